use super::super::{Fault, install, remove, status};
use super::{hook, is_ours};

/// What all three say of a file.
#[track_caller]
fn refused(file: &[u8]) -> String {
    let fault = install(Some(file), &hook(), is_ours).unwrap_err();
    assert_eq!(remove(Some(file), is_ours).unwrap_err(), fault);
    assert_eq!(status(Some(file), is_ours).unwrap_err(), fault);
    fault.to_string()
}

#[test]
fn comments_are_named_with_their_place() {
    for (file, place) in [
        ("{\n  // why\n  \"a\": 1\n}", "line 2, column 3"),
        ("{\n  \"ä\": 1, /* why */\n  \"b\": 1\n}", "line 2, column 11"),
        ("{\n  \"a\": 1 // why\n}", "line 2, column 10"),
        ("// why\n{}", "line 1, column 1"),
        ("\u{feff}/* why */{}", "line 1, column 1"),
        ("{}\n// why", "line 2, column 1"),
        ("{\"a\": [\n1,\n/**/2]}", "line 3, column 1"),
        ("{\"a\" /* */: 1}", "line 1, column 6"),
    ] {
        assert_eq!(refused(file.as_bytes()), format!("a comment in {place}; in JSON there are none"), "{file}");
    }
    assert!(install(Some(b"{\"a\": \"// no comment\"}"), &hook(), is_ours).is_ok());
}

#[test]
fn what_is_no_json_is_named_with_its_place() {
    for (file, said) in [
        ("{\n  \"a\": 1,\n}\n", "no JSON in line 2, column 9: a comma with nothing behind it"),
        ("{\"a\": [1, ]}", "no JSON in line 1, column 9: a comma with nothing behind it"),
        ("{\n  \"é\": 1 \"b\": 2\n}", "no JSON in line 2, column 10: expected `,` or `}`"),
        ("{'a': 1}", "no JSON in line 1, column 2: key must be a string"),
        ("{\"a\": tru}", "no JSON in line 1, column 10: expected ident"),
        ("{\"a\": [1, 2}", "no JSON in line 1, column 12: expected `,` or `]`"),
        ("{} {}", "no JSON in line 1, column 4: trailing characters"),
        (
            "{\"a\": \"x\ny\"}",
            "no JSON in line 1, column 8: control character (\\u0000-\\u001F) found while parsing a string",
        ),
    ] {
        assert_eq!(refused(file.as_bytes()), said, "{file}");
    }
    assert!(refused(b"{\"a\": 1\n").starts_with("no JSON in line 2, column 1: EOF"));
    assert!(refused(b"{\"hooks\": {\"PreToolUse\": [01]}}").contains("invalid number"));
    assert_eq!(refused(b"{\n \"\xff\": 1}"), "no UTF-8 in line 2, column 3");
    assert_eq!(refused("\u{feff}é".as_bytes()), "no JSON in line 1, column 1: expected value");
}

#[test]
fn other_types_than_expected_are_named() {
    for (file, said) in [
        ("[]", "the file is an array in line 1, column 1, where an object is known"),
        (" \"x\"", "the file is a text in line 1, column 2, where an object is known"),
        ("{\n\"hooks\":  []}", "`hooks` is an array in line 2, column 11, where an object is known"),
        ("{\"hooks\": null}", "`hooks` is null in line 1, column 11, where an object is known"),
        ("{\"hooks\": true}", "`hooks` is a truth value in line 1, column 11, where an object is known"),
        (
            "{\"hooks\": {\"PreToolUse\": {}}}",
            "`hooks.PreToolUse` is an object in line 1, column 26, where an array is known",
        ),
        (
            "{\"hooks\": {\"PreToolUse\": -1}}",
            "`hooks.PreToolUse` is a number in line 1, column 26, where an array is known",
        ),
    ] {
        assert_eq!(refused(file.as_bytes()), said, "{file}");
    }
}

#[test]
fn keys_that_stand_twice_are_refused_where_one_hides_the_other() {
    let said = "stands a second time in line 2, column 1; the agent takes only the last";
    assert_eq!(refused(b"{\"hooks\": {},\n\"h\\u006foks\": {}}"), format!("`hooks` {said}"));
    assert_eq!(refused(b"{\"hooks\": {\"PreToolUse\": [],\n\"PreToolUse\": []}}"), format!("`PreToolUse` {said}"));
    let elsewhere = "{\"env\": 1, \"env\": 2, \"hooks\": {\"Stop\": [], \"Stop\": [], \"PreToolUse\": [{\"hooks\": 1, \"hooks\": []}]}}";
    let edit = install(Some(elsewhere.as_bytes()), &hook(), is_ours).unwrap();
    assert_eq!(remove(Some(edit.bytes()), is_ours).unwrap().bytes(), elsewhere.as_bytes());
}

#[test]
fn of_keys_in_a_group_that_stand_twice_the_last_counts() {
    let file = r#"{"hooks":{"PreToolUse":[{"matcher":"A","matcher":"B","hooks":[{"command":"x","command":"logwright hook guard"}]}]}}"#;
    assert_eq!(status(Some(file.as_bytes()), is_ours).unwrap().installed[0].matcher, "B");
    let edit = install(Some(file.as_bytes()), &hook(), is_ours).unwrap();
    assert!(edit.bytes().starts_with(br#"{"hooks":{"PreToolUse":[{"matcher":"A","matcher":"Bash|Edit","#));
}

#[test]
fn nesting_without_end_costs_no_stack() {
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let edit = install(Some(deep.as_bytes()), &hook(), is_ours).unwrap();
    assert_eq!(remove(Some(edit.bytes()), is_ours).unwrap().bytes(), deep.as_bytes());
    assert!(matches!(install(Some(&[b'['; 200_000]), &hook(), is_ours), Err(Fault::NotJson { .. })));
}
