//! The rule file: the shipped one, and those with mistakes.

use crate::support::{Words, diagnose, say};
use prevention::{Compact, DEFAULT, SHIPPED};

#[test]
fn what_was_built_in_is_what_the_file_says() {
    assert_eq!(&Compact::parse(DEFAULT).unwrap(), SHIPPED);
}

#[test]
fn it_asks_for_no_more_than_the_rules_look_at() {
    let interest = SHIPPED.interest();
    assert_eq!(interest.fields, ["tool", "attributes"]);
    assert_eq!(interest.texts, [("failure", 8192), ("call", 2048), ("before", 512)]);
    assert_eq!(SHIPPED.grants(), ["critical"]);
    let own = Compact::parse(OWN).unwrap();
    assert_eq!(own.interest().texts, [("failure", 261)]);
    assert_eq!((own.interest().fields, own.interest().literals), (vec![], vec!["kaput".to_owned()]));
    assert_eq!(own.grants(), Vec::<String>::new());
}

/// Literals that the host searches for one plugin, unless a setting says otherwise, less some room.
const LITERALS: usize = 1024 - 64;

#[test]
fn it_declares_no_more_literals_than_a_plugin_may() {
    let literals = SHIPPED.literals;
    assert!(literals.len() <= LITERALS, "{}", literals.len());
    assert!(literals.iter().all(|literal| literal.len() <= 256));
}

/// What is said of the rules.
const DOCUMENT: &str = include_str!("../../../../docs/prevention.md");

#[test]
fn every_class_is_documented() {
    for class in SHIPPED.classes {
        assert!(DOCUMENT.contains(&format!("| `{}` |", class.name)), "{} is not documented", class.name);
    }
}

#[test]
fn the_example_in_the_document_is_understood() {
    let (_, behind) = DOCUMENT.split_once("```toml\n").unwrap();
    let rules = Compact::parse(behind.split_once("```").unwrap().0).unwrap();
    let words = Words { kind: "tool-result", tool: "Bash", call: r#"{"command":"tracker list"}"#, ..Words::default() };
    let said = say(&rules, Words { text: "Exit code 1\nHTTP 503", ..words });
    assert_eq!(said, "incident tracker.down environment tracker.down:503");
    assert_eq!(say(&rules, Words { text: "no", ..words }), "incident other agent other");
}

const OWN: &str = "format = 1
[stack.go]
frames = 1
places = ['/vendor/']
[class.mine]
owner = 'agent'
severity = 'WARN'
title = 'Mine'
[[rule]]
starts = ['Oh no']
holds = ['kaput']
class = 'mine'
disposition = 'benign'
reason = 'known'
[[rule]]
class = 'mine'
";

#[test]
fn a_file_of_ones_own_takes_the_place_of_the_shipped_one() {
    let own = Compact::parse(OWN).unwrap();
    let words = Words { kind: "tool-result", text: "Oh no, it is kaput", ..Words::default() };
    assert_eq!(say(&own, words), "benign known mine agent");
    assert_eq!(say(&own, Words { text: "Oh no", ..words }), "incident mine agent mine");
}

#[test]
fn a_mistake_is_reported_with_its_place() {
    let mistakes = [
        ("severity = 'WARN'", "severity = 'BAD'", "class mine: `BAD` is no severity; use TRACE, "),
        ("owner = 'agent'", "owner = 'me'", "class mine: `me` is no owner; use one of agent, "),
        ("format = 1", "format = 2", "has format 2, but this plugin reads format 1"),
        ("class = 'mine'\ndisposition", "class = 'other'\ndisposition", "rule 1: there is no class `other`"),
        ("'benign'", "'kind'", "rule 1: `kind` is no disposition; use one of incident, "),
        ("reason = 'known'", "", "rule 1: a disposition `benign` needs a reason"),
        ("reason = 'known'", "reason = 'known'\ncritical = true", "rule 1: only an incident can be critical"),
        ("stack.go", "stack.cobol", "stack cobol: nobody knows how its stack traces look"),
        ("frames = 1", "frames = 0", "stack go: at least one frame must count"),
        ("'/vendor/'", "'C:\\vendor'", "stack go: `C:\\vendor`: places are compared in lower case and with /"),
        ("'/vendor/'", "'vendor/'", "stack go: `vendor/`: a part of a place begins with /"),
        ("'/vendor/'", "''", "stack go: an empty text stands in every text"),
        ("reason = 'known'", "reason = 'known'\nstack = 'rust'", "rule 1: there is no stack `rust`"),
        ("holds = ['kaput']", "holds = ['@no']", "rule 1: there is no list `no`"),
        ("holds = ['kaput']", "holds = ['']", "rule 1: an empty text stands in every text"),
        ("holds = ['kaput']", "hold = ['kaput']", "unknown field `hold`"),
        ("holds = ['kaput']", "tools = ['a*b']", "rule 1: `a*b`: a * can only stand at the end of a tool's name"),
        ("holds = ['kaput']", "tell = ['{name} {code}']", "rule 1: `{name} {code}`: only one thing can be taken"),
        ("holds = ['kaput']", "tell = ['{name}']", "rule 1: `{name}` stands everywhere"),
        ("[[rule]]\nclass = 'mine'\n", "", "the last rule must have no conditions and give an incident"),
    ];
    for (right, wrong, message) in mistakes {
        let problem = Compact::parse(&OWN.replacen(right, wrong, 1)).unwrap_err().to_string();
        assert!(problem.starts_with("prevention.toml") && problem.contains(message), "{problem}");
    }
}

#[test]
fn only_what_destroys_data_is_critical() {
    let shell = Words { kind: "tool-result", tool: "Bash", ..Words::default() };
    let is_critical = |text| diagnose(SHIPPED, Words { text, ..shell }).1.critical;
    assert!(is_critical("Exit code 1\ncp: error writing 'x': No space left on device"));
    assert!(is_critical("Exit code 1\nError: database disk image is malformed"));
    assert!(!is_critical("Exit code 1\nrm: cannot remove 'x': No such file or directory"));
    assert!(SHIPPED.rules.iter().filter(|rule| rule.critical).count() <= 5);
}
