//! Any text, cut anywhere: an answer that the contract allows, and no panic.

use crate::support::{Words, diagnose};
use prevention::{DISPOSITIONS, Exemplar, Group, SHIPPED};
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
        Just("\n    at a.b (c.js:1:2)"),
        Just("\n  File \"a.py\", line 1, in f"),
        Just("\nCaused by: x.YError"),
        Just("\n\t... 3 more"),
        Just("\ngoroutine 1 [x]:\n"),
        Just("\nstack backtrace:\n   0: <a as b>::c"),
        Just("\n#0  0x1 in a::b<c"),
        Just("(+0x1)"),
        Just("operator"),
        Just("_block_invoke"),
        Just("-["),
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
    fn every_group_gets_protocols_that_are_short_and_plain(
        class in 0..SHIPPED.classes.len(),
        rest in "[a-z:.{}<#|() -]{0,16}",
        call in text(),
        failure in text(),
        tally in "(after:|added:|after:Bash:|field:)?\\PC{0,40}",
        count in any::<u64>(),
    ) {
        let cause = SHIPPED.classes[class].name;
        let fingerprint = format!("{cause}:{rest}");
        let calls = [format!("{{\"command\":{call:?}}}"), call];
        let failure = failure.as_str();
        let exemplar = |tool| calls.iter().map(move |call| Exemplar { tool, call, failure });
        let exemplars = ["Bash", "Edit", "{tool}"].into_iter().flat_map(exemplar).collect();
        let resolutions = vec![("repeated", count), ("changed", count), (tally.as_str(), count)];
        let numbers = Group { incidents: count, families: count, resolved: count, ..Group::default() };
        let group = Group { fingerprint: &fingerprint, cause, exemplars, resolutions, ..numbers };
        for protocol in SHIPPED.propose(&group, 3) {
            prop_assert!(protocol.confidence <= 95);
            prop_assert!(protocol.title.len() <= 200 && protocol.advice.len() <= 800);
            prop_assert!(!protocol.title.is_empty() && !protocol.advice.contains(char::is_control));
        }
    }

    #[test]
    fn the_answer_is_always_the_same(text in text(), call in text()) {
        let words = Words { kind: "tool-result", tool: "Bash", call: &call, text: &text, ..Words::default() };
        prop_assert_eq!(diagnose(SHIPPED, words), diagnose(SHIPPED, words));
    }
}

#[test]
fn stack_traces_made_to_be_slow_are_not() {
    let names =
        ["a<", "operator<", "<a as b>::", "::{{closure}}", "(", "/x ", " at ", "+0x1", "a.b$c", "_block_invoke"];
    let heads = ["SIGSEGV\n", "Traceback (most recent call last)\n", "panicked at x.rs:1\nstack backtrace:\n"];
    for (name, head) in names.iter().flat_map(|name| heads.map(|head| (name, head))) {
        for length in [1, 20, 4000] {
            let text = format!("{head}{}", format!("    #1 0x1 in {}\n", name.repeat(length)).repeat(4000 / length));
            let text = &text[..text.len().min(8192)];
            let words = Words { kind: "tool-result", tool: "Bash", text, ..Words::default() };
            let started = std::time::Instant::now();
            diagnose(SHIPPED, words);
            // A guess that leaves room for slow machines; what is quadratic takes far longer.
            assert!(started.elapsed() < std::time::Duration::from_secs(1), "{name} {head}");
        }
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
