//! What a plugin says of itself is checked, whatever its role.

use super::guests::{description, overwritten, wat};
use super::{limits, load};
use crate::plugin::{FaultKind, Limits, Role};

/// What is said of a guest after a change.
fn refusal(role: Role, from: &str, to: &str) -> String {
    let wat = wat(role);
    assert!(wat.contains(from), "{from}");
    refused(role, &wat.replace(from, to), limits())
}

fn refused(role: Role, wat: &str, limits: Limits) -> String {
    let fault = load(role, wat, limits).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
    fault.message
}

#[test]
fn names_and_versions_are_plain() {
    for role in Role::ALL {
        assert!(refusal(role, "\"test-guest\"", "\"../../guest\"").contains("calls itself `../../gues`"));
        assert!(refusal(role, "\"1.2.3\"", "\"1 2 3\"").contains("gives `1 2 3` as its version"));
    }
}

#[test]
fn kinds_texts_and_fields_are_known() {
    for role in [Role::Classifier, Role::Analyzer] {
        let message = refusal(role, "(i32.const 128) \"*\"", "(i32.const 128) \"?\"");
        assert!(message.starts_with("test-guest 1.2.3 asks for events of kind `?`; known are prompt, "), "{message}");
    }
    let message = refusal(Role::Extractor, "\"failure\"", "\"fajlure\"");
    assert_eq!(
        message,
        "test-guest 1.2.3 asks for the text `fajlure`; known are failure, call, before, resolution, answer"
    );
    for (role, field, known) in [
        (
            Role::Classifier,
            "\"tool\"",
            "session, agent, project, model, tool, sub-agent, time, duration, size, attributes",
        ),
        (
            Role::Extractor,
            "\"labels\"",
            "tool, session, agent, project, model, sub-agent, time, duration, resolution, attributes, labels",
        ),
        (
            Role::Analyzer,
            "\"tokens\"",
            "session, agent, project, model, tool, sub-agent, time, duration, size, attributes, tokens, verdict, \
             labels, incident",
        ),
    ] {
        let odd = "x".repeat(field.len() - 2);
        let message = refusal(role, field, &format!("\"{odd}\""));
        assert_eq!(message, format!("test-guest 1.2.3 asks for the field `{odd}`; known are {known}"));
    }
}

#[test]
fn what_comes_after_a_classifier_is_none_of_its_fields() {
    for field in ["tokens", "verdict", "labels", "incident"] {
        let wat = wat(Role::Classifier).replace("(i32.const 144) \"tool\"", &format!("(i32.const 144) \"{field}\""));
        let message = refused(Role::Classifier, &overwritten(&wat, 356, &[field.len() as u32]), limits());
        assert!(message.starts_with(&format!("test-guest 1.2.3 asks for the field `{field}`; known are")), "{message}");
    }
}

#[test]
fn grants_are_known() {
    for role in [Role::Classifier, Role::Extractor] {
        let message = refusal(role, "\"critical\"", "\"everyday\"");
        let said = format!("asks for the grant `everyday`; in the role of {role} known is critical");
        assert_eq!(message, format!("test-guest 1.2.3 {said}"));
    }
    // The list of its fields stands in for that of its grants.
    let wat = overwritten(&wat(Role::Analyzer), description(Role::Analyzer) + 20, &[352, 1]);
    let message = refused(Role::Analyzer, &wat, limits());
    assert_eq!(message, "test-guest 1.2.3 asks for the grant `tokens`; in the role of analyzer there is none");
}

#[test]
fn literals_are_bounded() {
    for role in Role::ALL {
        // One literal, which is its version.
        let literals = description(role) + 44;
        let wat = overwritten(&overwritten(&wat(role), literals, &[1000, 1]), 1000, &[80, 5]);
        assert!(load(role, &wat, Limits { literals: 1, literal_bytes: 5, ..limits() }).is_ok());
        assert_eq!(
            refused(role, &wat, Limits { literals: 0, ..limits() }),
            "test-guest 1.2.3 declares more literals than it may: 1 of at most 0 literals; \
             to allow more, raise `literals` under [plugin.limits]"
        );
        assert_eq!(
            refused(role, &wat, Limits { literal_bytes: 4, ..limits() }),
            "test-guest 1.2.3 declares a longer literal than it may: 5 of at most 4 bytes; \
             to allow more, raise `literal_length` under [plugin.limits]"
        );
    }
}
