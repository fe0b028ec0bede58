//! The rules that are shipped, judged without a sandbox.

use classifier::{Attribute, Batch, DEFAULT, Event, Hit, Judgement, Problem, Rules, SHIPPED};

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

#[test]
fn what_was_built_in_is_what_the_file_says() {
    assert_eq!(&Rules::parse(DEFAULT).unwrap(), SHIPPED);
}

#[test]
fn critical_is_asked_for_only_if_a_rule_says_it() {
    assert_eq!(SHIPPED.grants(), Vec::<String>::new());
    let own = "format = 1\n[[rule]]\ncategory = 'analytical'\nsubcategory = 'x'\nseverity = 'INFO'\ncritical = true";
    assert_eq!(Rules::parse(own).unwrap().grants(), ["critical"]);
}

fn first(judgement: &Judgement<'_>) -> (String, u8, Vec<String>) {
    let verdict = judgement.verdicts[0];
    let name = |index: u32| judgement.names[index as usize].to_owned();
    let labels = judgement.labels.iter().filter(|label| label.event == 0).map(|label| name(label.name)).collect();
    (format!("{}/{}", name(verdict.category), name(verdict.subcategory)), verdict.severity, labels)
}

#[test]
fn the_first_rule_with_a_category_decides_and_earlier_labels_stay() {
    let rules = Rules::parse(DEFAULT).unwrap();
    let refused = rules.interest().literals.iter().position(|literal| literal == "ECONNREFUSED").unwrap() as u32;
    let names = strings(&["", "tool-result", "error", "Bash"]);
    let texts = strings(&["", "Exit code 127"]);
    let event = Event { kind: 1, status: 2, tool: 3, text: 1, ..Event::default() };
    let judged = rules.judge(&Batch {
        names: &names,
        texts: &texts,
        events: &[event, Event { text: 0, ..event }],
        attributes: &[],
        hits: &[Hit { event: 0, literal: refused }],
    });
    let labels = strings(&["bash.exit", "command-not-found", "network"]);
    assert_eq!(first(&judged), ("diagnostic/integration-failure".to_owned(), 17, labels));
    assert_eq!(judged.verdicts.len(), 2);
    assert!(judged.labels.iter().all(|label| label.event == 0));
}

#[test]
fn attributes_belong_to_their_event() {
    let rules = Rules::parse(DEFAULT).unwrap();
    let names = strings(&["", "system", "subtype", "agents_killed"]);
    let event = Event { kind: 1, ..Event::default() };
    let judged = rules.judge(&Batch {
        names: &names,
        texts: &strings(&[""]),
        events: &[event, event],
        attributes: &[Attribute { event: 1, name: 2, value: 3 }],
        hits: &[],
    });
    assert_eq!(first(&judged).2, Vec::<String>::new());
    assert_eq!(judged.labels.iter().map(|label| label.event).collect::<Vec<_>>(), [1]);
}

#[test]
fn a_verdict_depends_on_the_event_alone() {
    let rules = Rules::parse(DEFAULT).unwrap();
    let kinds: Vec<String> = rules.interest().kinds.into_iter().map(|need| need.kind).collect();
    let names = [strings(&["", "error", "mcp__x"]), kinds].concat();
    let texts = strings(&["", "Exit code 1"]);
    let events: Vec<_> = (3..names.len() as u32)
        .flat_map(|kind| {
            [0, 1].map(|failed| Event { kind, status: failed, tool: failed * 2, text: failed, ..Event::default() })
        })
        .collect();
    let judge = |events: &[Event]| {
        let judged = rules.judge(&Batch { names: &names, texts: &texts, events, attributes: &[], hits: &[] });
        judged.verdicts.iter().map(|verdict| judged.names[verdict.subcategory as usize].to_owned()).collect::<Vec<_>>()
    };
    let alone: Vec<_> = events.iter().flat_map(|event| judge(std::slice::from_ref(event))).collect();
    assert_eq!(judge(&events), alone);
}

#[test]
fn rules_without_an_end_are_refused() {
    assert_eq!(Rules::parse("format = 1").unwrap_err(), Problem::NoLastRule);
    let only =
        "format = 1\n[[rule]]\nkinds = ['prompt']\ncategory = 'analytical'\nsubcategory = 'x'\nseverity = 'INFO'";
    assert_eq!(Rules::parse(only).unwrap_err(), Problem::NoLastRule);
}

#[test]
fn all_twelve_subcategories_are_given_and_defined() {
    let document = include_str!("../../../docs/classification.md");
    for name in [
        "command-history",
        "tool-usage",
        "performance",
        "resource-use",
        "error",
        "system-diagnostic",
        "integration-failure",
        "bottleneck",
        "pattern",
        "usage-statistics",
        "effectiveness",
        "learning-progression",
    ] {
        assert!(DEFAULT.contains(&format!("subcategory = \"{name}\"")), "no rule gives {name}");
        assert!(document.contains(&format!(" / `{name}` |")), "{name} is not defined");
    }
}
