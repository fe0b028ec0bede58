//! Any text, cut anywhere: an answer that the contract allows, and no panic.

use crate::support::{Words, diagnose};
use prevention::{DISPOSITIONS, SHIPPED};
use proptest::prelude::*;

/// Pieces that rules look for, so that arbitrary texts reach behind the first condition.
fn piece() -> impl Strategy<Value = String> {
    let literal = (0..SHIPPED.literals.len()).prop_map(|index| SHIPPED.literals[index].to_owned());
    let part = (0..SHIPPED.parts.len()).prop_map(|index| SHIPPED.parts[index].to_owned());
    let marks = prop_oneof![
        Just("Exit code "),
        Just("\u{1b}["),
        Just("\u{1b}]"),
        Just("\r"),
        Just("\n"),
        Just("'"),
        Just("\""),
        Just("`"),
        Just("\\u00"),
        Just("{\"output\":\""),
        Just("<tool_use_error>"),
        Just("Traceback (most recent call last)"),
        Just("Error: "),
        Just("error: "),
        Just("$("),
        Just("\u{202e}"),
        Just("é"),
        Just("Output:\n"),
        Just("-"),
    ];
    prop_oneof![literal, part, marks.prop_map(str::to_owned), ".{0,12}", "[0-9]{1,20}", "[a-z/.:\\\\]{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn every_text_gets_an_answer(text in text(), call in text(), before in text(), is_json in any::<bool>()) {
        let call = if is_json { format!("{{\"command\":{call:?}}}") } else { call };
        for tool in ["Bash", "Edit", "mcp__a__b", "", "Grep"] {
            let words = Words { kind: "tool-result", tool, call: &call, before: &before, text: &text, attributes: &[] };
            let (findings, found) = diagnose(SHIPPED, words);
            let name = |index: u32| findings.names[index as usize].as_str();
            prop_assert!(DISPOSITIONS.contains(&name(found.disposition)));
            let is_incident = name(found.disposition) == "incident";
            prop_assert_eq!(is_incident, !name(found.fingerprint).is_empty());
            prop_assert!(!name(found.title).is_empty() && !name(found.cause).is_empty());
            prop_assert!(name(found.fingerprint).len() <= 200 && name(found.title).len() <= 160);
            let is_shown = |character: char| !character.is_control() && character != '\u{202e}';
            prop_assert!(name(found.fingerprint).chars().all(is_shown), "{:?}", name(found.fingerprint));
            prop_assert!(name(found.title).chars().all(is_shown), "{:?}", name(found.title));
        }
    }

    #[test]
    fn the_answer_is_always_the_same(text in text(), call in text()) {
        let words = Words { kind: "tool-result", tool: "Bash", call: &call, text: &text, ..Words::default() };
        prop_assert_eq!(diagnose(SHIPPED, words), diagnose(SHIPPED, words));
    }
}

#[test]
fn rows_that_refer_to_nothing_are_passed_over() {
    let batch = prevention::Batch {
        names: &[],
        texts: &[],
        incidents: &[prevention::Incident { kind: 7, tool: 9 }],
        excerpts: &[prevention::Excerpt { incident: 0, name: 4, text: 4 }],
        attributes: &[prevention::Attribute { incident: 0, name: 4, value: 4 }],
        hits: &[prevention::Hit { incident: 0, literal: u32::MAX }],
    };
    assert_eq!(SHIPPED.diagnose(&batch).diagnoses.len(), 1);
}
