//! The first-party classifier as it is embedded: what it asks for and what it says.

use crate::event::{Kind, Severity, Status};
use crate::plugin::{
    AttributeView, Batch, Classifier, Compiler, EventView, FaultKind, Granted, Hit, Interest, Limits, LoadedPlugin,
    PluginSettings, Sandbox, builtin,
};
use std::collections::BTreeMap;

fn load(rules: Option<&str>) -> Result<LoadedPlugin, crate::plugin::Fault> {
    let files = rules.map(|rules| ("classifier.toml".to_owned(), rules.to_owned()));
    let settings = PluginSettings::new(BTreeMap::new(), files.into_iter().collect()).unwrap();
    let sandbox = Sandbox::new(Limits::default(), None, Compiler::Here).unwrap();
    sandbox.load(builtin::CLASSIFIER, settings, &Granted::Everything)
}

fn interest(plugin: &LoadedPlugin) -> Interest {
    plugin.classifier().unwrap().interest().clone()
}

/// An event in words.
#[derive(Clone, Copy, Default)]
struct Words<'a> {
    kind: &'a str,
    status: &'a str,
    tool: &'a str,
    text: &'a str,
    duration: u64,
    subtype: &'a str,
}

/// A batch of one event, handed over as the interest asks.
fn batch(plugin: &LoadedPlugin, words: Words<'_>) -> Batch {
    let mut batch = Batch { names: vec![String::new()], texts: vec![String::new()], ..Batch::default() };
    let mut name = |text: &str| {
        batch.names.push(text.to_owned());
        if text.is_empty() { 0 } else { batch.names.len() as u32 - 1 }
    };
    let mut event = EventView {
        kind: name(words.kind),
        status: name(words.status),
        tool: name(words.tool),
        duration: words.duration,
        ..EventView::default()
    };
    if !words.subtype.is_empty() {
        batch.attributes.push(AttributeView { event: 0, name: name("subtype"), value: name(words.subtype) });
    }
    let interest = interest(plugin);
    let wanted = interest.of(Kind::of_name(words.kind).unwrap_or(Kind::Unknown));
    assert!(wanted.wanted && !wanted.failures_only);
    if words.status == Status::Error.name() || !wanted.text_of_failures_only {
        let end = words.text.floor_char_boundary(wanted.text_bytes as usize);
        batch.texts.push(words.text[..end].to_owned());
        event.text = 1;
        let held = interest.literals.iter().zip(0..).filter(|(literal, _)| words.text.contains(*literal));
        if wanted.search {
            batch.hits.extend(held.map(|(_, literal)| Hit { event: 0, literal }));
        }
    }
    batch.events.push(event);
    batch
}

/// `category/subcategory SEVERITY label label`
fn say(plugin: &LoadedPlugin, words: Words<'_>) -> String {
    let judgement = plugin.classifier().unwrap().judge(&batch(plugin, words)).unwrap();
    let name = |index: u32| judgement.names[index as usize].as_str();
    let verdict = judgement.verdicts[0];
    let mut said = format!("{}/{} {}", name(verdict.category), name(verdict.subcategory), verdict.severity.name());
    judgement.labels.iter().for_each(|label| said.extend([" ", name(label.name)]));
    said
}

#[test]
fn it_asks_for_no_more_than_its_rules_look_at() {
    let plugin = load(None).unwrap();
    let interest = interest(&plugin);
    assert!(interest.fields.tool && interest.fields.duration && interest.fields.attributes);
    assert!(!interest.fields.session && !interest.fields.project && !interest.fields.model && !interest.fields.time);
    let results = interest.of(Kind::ToolResult);
    assert!(results.text_of_failures_only && results.search && results.text_bytes <= 64);
    for kind in [Kind::ToolCall, Kind::Response, Kind::Reasoning, Kind::ToolOutput, Kind::Usage, Kind::Snapshot] {
        assert_eq!((interest.of(kind).text_bytes, interest.of(kind).search), (0, false), "{}", kind.name());
    }
}

#[test]
fn every_kind_gets_a_category_a_subcategory_and_a_severity() {
    let plugin = load(None).unwrap();
    let mut classifier = plugin.classifier().unwrap();
    for kind in Kind::ALL.map(Kind::name).into_iter().chain(["a-kind-of-tomorrow"]) {
        for status in ["", "ok", "error"] {
            let judgement = classifier.judge(&batch(&plugin, Words { kind, status, ..Words::default() })).unwrap();
            let verdict = judgement.verdicts[0];
            assert_ne!(judgement.names[verdict.category as usize], "", "{kind} {status}");
            assert_ne!(judgement.names[verdict.subcategory as usize], "", "{kind} {status}");
            assert_ne!(verdict.severity, Severity::UNSET, "{kind} {status}");
            assert!(!verdict.critical);
        }
    }
}

fn failed(plugin: &LoadedPlugin, tool: &str, text: &str) -> String {
    say(plugin, Words { kind: "tool-result", status: "error", tool, text, ..Words::default() })
}

#[test]
fn it_says_what_an_event_is() {
    let plugin = load(None).unwrap();
    let call = Words { kind: "tool-call", tool: "Bash", ..Words::default() };
    assert_eq!(say(&plugin, call), "operational/command-history INFO");
    assert_eq!(say(&plugin, Words { tool: "Read", ..call }), "operational/tool-usage INFO");
    let ok = Words { kind: "tool-result", status: "ok", tool: "Bash", ..Words::default() };
    assert_eq!(say(&plugin, ok), "operational/tool-usage INFO");
    assert_eq!(say(&plugin, Words { duration: 120_000, ..ok }), "diagnostic/bottleneck WARN slow");
    assert_eq!(say(&plugin, Words { duration: 120_000, tool: "Agent", ..ok }), "operational/tool-usage INFO");
    assert_eq!(failed(&plugin, "Bash", "Exit code 1\nno"), "diagnostic/error ERROR bash.exit");
    assert_eq!(
        failed(&plugin, "Bash", "Exit code 127\nx: command not found"),
        "diagnostic/error ERROR bash.exit command-not-found"
    );
    assert_eq!(
        failed(&plugin, "Bash", "<tool_use_error>Cancelled: parallel tool call Read(x) errored</tool_use_error>"),
        "diagnostic/error INFO cascade"
    );
    assert_eq!(
        failed(
            &plugin,
            "Edit",
            "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>"
        ),
        "diagnostic/error ERROR edit.not_read"
    );
    assert_eq!(
        failed(&plugin, "Bash", &format!("Exit code 143\n{}Command timed out after 2m 0.0s", "x".repeat(9999))),
        "diagnostic/bottleneck ERROR timeout bash.timeout"
    );
    assert_eq!(failed(&plugin, "mcp__x__y", "no"), "diagnostic/integration-failure ERROR mcp.error");
    assert_eq!(
        failed(&plugin, "Bash", "Permission to use Bash with command rm has been denied."),
        "diagnostic/error WARN permission-denied"
    );
    assert_eq!(
        failed(&plugin, "Write", "The user doesn't want to proceed with this tool use. The tool use was rejected"),
        "operational/tool-usage WARN user-rejected"
    );
    let hook = Words { kind: "hook", status: "error", subtype: "hook_non_blocking_error", ..Words::default() };
    assert_eq!(say(&plugin, hook), "diagnostic/system-diagnostic ERROR hook-failed");
    assert_eq!(
        say(&plugin, Words { subtype: "hook_blocking_error", ..hook }),
        "diagnostic/system-diagnostic WARN hook-blocked"
    );
    let unknown = Words { kind: "unknown", ..Words::default() };
    assert_eq!(say(&plugin, unknown), "diagnostic/system-diagnostic INFO unknown-record");
}

const OWN: &str =
    "format = 1\n[[rule]]\ncategory = 'analytical'\nsubcategory = 'mine'\nseverity = 'INFO3'\ncritical = true";

#[test]
fn a_rule_file_takes_the_place_of_its_own() {
    let (plugin, usual) = (load(Some(OWN)).unwrap(), load(None).unwrap());
    assert_eq!(say(&plugin, Words { kind: "prompt", ..Words::default() }), "analytical/mine INFO");
    let (own, usual) = (plugin.provenance(), usual.provenance());
    assert_eq!(own.content_hash, usual.content_hash);
    assert_ne!(own.settings_hash, usual.settings_hash);
}

#[test]
fn a_rule_file_with_a_mistake_is_declined_with_the_place() {
    let mistakes = [
        (OWN.replace("analytical", "strange"), "rule 1: `strange` is no category; use one of operational, "),
        (OWN.replace("critical", "crtical"), "unknown field `crtical`"),
        (OWN.replace("format = 1", "format = 2"), "has format 2, but this plugin reads format 1"),
        (
            OWN.replace("critical = true", "status = 'error'"),
            "the last rule must give a category and have no conditions",
        ),
    ];
    for (rules, message) in mistakes {
        let fault = load(Some(&rules)).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Declined);
        assert!(fault.message.contains("declined to describe itself: classifier.toml"), "{fault}");
        assert!(fault.message.contains(message), "{fault}");
    }
}
