//! Grounds in lines.

use super::*;
use crate::store::StoredEvent;

fn judge(role: &str, slot: u32, plugin: &str) -> Judge {
    Judge {
        role: role.to_owned(),
        slot,
        plugin: plugin.to_owned(),
        version: "1.0.0".to_owned(),
        content_hash: "c".repeat(64),
        settings_hash: "s".repeat(64),
        host_version: "0.1.0".to_owned(),
        limits: "few".to_owned(),
        first_used: 0,
        last_used: 1000,
        suspended: false,
        asked: Some(3),
    }
}

fn event(filled_by: Option<u32>) -> JudgedEvent {
    JudgedEvent {
        family: 1,
        n: 2,
        event: StoredEvent {
            id: 0xe,
            time: Some(0),
            kind: Kind::ToolResult,
            tool: "Bash".to_owned(),
            call: None,
            status: "error".to_owned(),
            duration: None,
            model: String::new(),
            category: "diagnostic".to_owned(),
            subcategory: "error".to_owned(),
            severity: 17,
            sub_agent: None,
            file: 1,
            offset: 10,
            length: 20,
            index: 0,
            labels: Vec::new(),
        },
        session: None,
        project: None,
        agent: None,
        file: None,
        source: None,
        filled_by,
        critical: false,
    }
}

fn said(lines: &[Line]) -> String {
    let line = |line: &Line| line.iter().map(|span| span.text.as_ref()).collect::<String>();
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_plugin_is_told_with_what_it_said() {
    let grounds = Grounds {
        judged: Some(event(Some(0))),
        judges: vec![
            judge("classifier", 0, "first"),
            judge("classifier", 1, "second"),
            judge("classifier", 2, "third"),
        ],
        labels: vec![(1, "odd".to_owned())],
        opinions: vec![Opinion {
            slot: 1,
            category: "operational".to_owned(),
            subcategory: String::new(),
            severity: 0,
        }],
        failures: vec![JudgeFailure {
            role: "classifier".to_owned(),
            slot: 2,
            kind: "trap".to_owned(),
            message: "it fell".to_owned(),
        }],
        ..Grounds::default()
    };
    let text = said(&grounds_lines(&grounds, Zone::utc()));
    for expected in [
        "classifier first 1.0.0\nSaid        diagnostic/error, ERROR (17)\nComponent   cccccccccccccccc\n",
        "Said        operational (another came first)\nSaid        labels odd\n",
        "Said        failed (trap): it fell\nAgain with  logwright plugin replay third 000000000000000e\n",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    assert!(!text.contains("No classifier"));
    let tables = grounds_tables(&grounds);
    assert_eq!(tables.iter().map(|table| table.rows.len()).collect::<Vec<_>>(), [1, 3, 3, 0, 1]);
    assert!(tables.iter().all(|table| table.rows.iter().all(|row| row.len() <= table.columns.len())));
}

#[test]
fn what_nobody_judged_is_told_so() {
    let incident = Some(StoredIncident { id: 5, ..StoredIncident::default() });
    let grounds = Grounds { judged: Some(event(None)), incident, ..Grounds::default() };
    let text = said(&grounds_lines(&grounds, Zone::utc()));
    assert!(text.ends_with("No classifier judged this event.\n\nNo extractor diagnosed this error."), "{text}");
    let gone = Grounds { judged: None, ..grounds };
    assert!(said(&grounds_lines(&gone, Zone::utc())).contains("its logs are gone"));
    grounds_tables(&gone);
}

#[test]
fn settings_are_told_while_they_are_the_same() {
    let judge = judge("classifier", 0, "first");
    let told = |today: &Today| said(&today.lines_of(&judge));
    let with = |settings: &str| {
        let mut today = Today::default();
        let values = vec![("depth".to_owned(), "3".to_owned())];
        today.add([&judge.content_hash, settings], values, vec!["plugins/rules/first/a.toml".to_owned()]);
        today
    };
    assert_eq!(
        told(&with(&judge.settings_hash)),
        "Settings    ssssssssssssssss\n            depth = 3\nRules       plugins/rules/first/a.toml"
    );
    assert_eq!(told(&with("t")), "Settings    other settings than today's (hash ssssssssssssssss)");
    assert_eq!(told(&Today::default()), "Settings    of a component that is not asked today (hash ssssssssssssssss)");
    let mut many = Today::default();
    let values = (0..30).map(|n| (n.to_string(), String::new())).collect();
    many.add([&judge.content_hash, &judge.settings_hash], values, Vec::new());
    assert!(told(&many).ends_with("19 = \n            ... 10 more"), "{}", told(&many));
}

#[test]
fn limits_are_told_once_and_whole() {
    let long = "x".repeat(1000);
    let mut judges = ["first", "second", "third"].map(|name| judge("classifier", 0, name));
    for judge in &mut judges {
        judge.limits.clone_from(&long);
    }
    assert_eq!(said(&limits_lines(judges.iter())), format!("\nLimits      {long}"));
    judges[1].limits = "few".to_owned();
    let text = said(&limits_lines(judges.iter()));
    assert_eq!(text, format!("\nLimits      first, third: {long}\n\nLimits      second: few"));
    assert!(limits_lines([].iter()).is_empty());
}

#[test]
fn what_led_to_an_error_is_shown() {
    let grounds = Grounds {
        judged: Some(event(None)),
        incident: Some(StoredIncident { id: 5, tool: "Bash".to_owned(), ..StoredIncident::default() }),
        around: [Some("{\"command\":\"cargo test\"}".to_owned()), Some("I test it.".to_owned())],
        judges: vec![judge("analyzer", 0, "counter")],
        ..Grounds::default()
    };
    let text = said(&grounds_lines(&grounds, Zone::utc()));
    for expected in [
        "What the agent said before\n  I test it.\n",
        "What was called\n  cargo test\n",
        "analyzer counter 1.0.0\nSaid        nothing of single events, only of the whole house; it was asked about 3 \
         records of these logs\n",
    ] {
        assert!(text.contains(expected), "{expected}:\n{text}");
    }
    let tables = grounds_tables(&grounds);
    assert!(tables.iter().all(|table| table.rows.iter().all(|row| row.len() <= table.columns.len())));
}
