//! Protocols as agents and people read them.
//!
//! Pure. What a plugin or a log said is shown on one line, without signs that could end a comment, begin a heading or
//! reorder what is read; `said` masks what must not leave the house.

use super::journal::{Entry, Register};
use super::measure::Backtest;
use crate::event::{Condition, Precaution, ProtocolStatus as Status, Trigger, format_rfc3339};

/// Characters of a text that is published.
const TEXT: usize = 1200;

/// What a file is known by that was written here: its first line.
pub const MARK: &str = "<!-- logwright: written by `logwright protocols publish`; changes are lost -->";

/// The protocols that are shown to agents, the surest first.
pub fn shown(register: &Register) -> Vec<&Entry> {
    let mut shown: Vec<&Entry> = register.entries.values().filter(|entry| entry.status == Status::Active).collect();
    shown.sort_by_key(|entry| {
        let protocol = &entry.protocol;
        (std::cmp::Reverse((protocol.confidence, protocol.evidence.families)), protocol.id)
    });
    shown
}

/// The page of a protocol.
pub fn page(entry: &Entry, backtest: &Backtest, said: &dyn Fn(&str) -> String) -> String {
    let protocol = &entry.protocol;
    let evidence = &protocol.evidence;
    let line = |text: &str| one_line(&said(text));
    let day = |time: i64| format_rfc3339(time).chars().take(10).collect::<String>();
    let mut page = format!("{MARK}\n# {}\n\n{}\n\n", line(&protocol.title), line(&protocol.advice));
    let mut row = |name: &str, value: String| page.push_str(&format!("- {name}: {value}\n"));
    row("Applies to", line(&applies(&protocol.triggers)));
    row(
        "Against",
        format!("`{}` (`{}`), owner {}", code(&said(&protocol.fingerprint)), code(&protocol.cause), protocol.owner),
    );
    row(
        "Seen",
        format!(
            "{} times in {} families of sessions on {} days, {} to {}",
            evidence.incidents,
            evidence.families,
            evidence.days,
            day(evidence.first),
            day(evidence.last)
        ),
    );
    let resolutions: Vec<String> =
        evidence.resolutions.iter().take(5).map(|(name, count)| format!("`{}` {count}", code(&said(name)))).collect();
    let resolved = format!("{} of {}", evidence.resolved, evidence.incidents);
    row("Resolved", if resolutions.is_empty() { resolved } else { format!("{resolved}: {}", resolutions.join(", ")) });
    if backtest.families > 0 {
        let rate = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.2}"));
        row(
            "Backtest",
            format!(
                "on {} later families: fires {} times per 1,000 calls, meets {} of {} incidents, {} false alarms per \
                 100 clean families",
                backtest.families,
                rate(backtest.firing_rate()),
                backtest.met,
                backtest.incidents,
                rate(backtest.false_alarm_rate())
            ),
        );
    }
    row("Guard", entry.guard.name().to_owned());
    row("Confidence", format!("{} of 100", protocol.confidence));
    row("Proposed by", format!("{} {}", line(&protocol.proposer.name), line(&protocol.proposer.version)));
    row("Protocol", format!("`{}`", protocol.id));
    page
}

/// What agents are given of all protocols, in few words.
pub fn summary(shown: &[&Entry], said: &dyn Fn(&str) -> String) -> String {
    let mut text = String::from("## What has gone wrong here before, and how to prevent it\n\n");
    for entry in shown {
        let protocol = &entry.protocol;
        let times = format!("{} times in {} sessions", protocol.evidence.incidents, protocol.evidence.sessions);
        text.push_str(&format!("- {} ({times})\n", one_line(&said(&protocol.advice))));
    }
    text
}

/// A file of rules of its own.
pub fn rules_file(shown: &[&Entry], said: &dyn Fn(&str) -> String) -> String {
    format!("{MARK}\n{}", summary(shown, said))
}

/// When a protocol applies, in words.
pub fn applies(triggers: &[Trigger]) -> String {
    // Tools with the same conditions are told together.
    let mut together: Vec<(Vec<&str>, &Trigger)> = Vec::new();
    for trigger in triggers {
        let is_same = |(_, known): &&mut (Vec<&str>, &Trigger)| {
            (&known.conditions, &known.unless) == (&trigger.conditions, &trigger.unless)
        };
        match together.iter_mut().find(is_same) {
            Some((tools, _)) => tools.push(&trigger.tool),
            None => together.push((vec![&trigger.tool], trigger)),
        }
    }
    together.iter().map(|(tools, trigger)| when(tools, trigger)).collect::<Vec<_>>().join("; ")
}

fn when(tools: &[&str], trigger: &Trigger) -> String {
    let tools: Vec<String> = tools.iter().map(|tool| format!("`{tool}`")).collect();
    let mut text = format!("a call of {}", tools.join(" or "));
    for (at, Condition { field, operator, value }) in trigger.conditions.iter().enumerate() {
        let joint = if at == 0 { "whose" } else { "and whose" };
        let operator = match operator.as_str() {
            "equals" => "is",
            "prefix" => "begins with",
            _ => "matches",
        };
        text.push_str(&format!(" {joint} `{field}` {operator} `{value}`"));
    }
    for (at, Precaution { tool, field, within }) in trigger.unless.iter().enumerate() {
        let joint = if at == 0 { ", unless" } else { " or" };
        let same = if field.is_empty() { String::new() } else { format!(" with the same `{field}`") };
        text.push_str(&format!("{joint} `{tool}`{same} was called within {within} calls before"));
    }
    text
}

/// A text on one line, bounded, without control characters, marks of direction, or what begins or ends a comment.
pub fn one_line(text: &str) -> String {
    let is_hidden = |character: char| matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let visible = text.chars().map(|one| if one.is_control() || one.is_whitespace() { ' ' } else { one });
    let visible: String = visible.filter(|one| !is_hidden(*one)).take(TEXT).collect();
    let line = visible.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.replace("<!--", "<! --").replace("-->", "-- >")
}

/// A text within one pair of backticks.
fn code(text: &str) -> String {
    one_line(text).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::{applies, one_line, page, rules_file, shown, summary};
    use crate::event::{Condition, GuardMode, Precaution, Protocol, ProtocolId, ProtocolStatus as Status, Trigger};
    use crate::learning::{Backtest, Change, Register};

    fn register() -> Register {
        let protocol = |id, confidence, advice: &str| Protocol {
            id: ProtocolId(id),
            confidence,
            title: format!("title {id}"),
            advice: advice.to_owned(),
            ..Protocol::default()
        };
        let mut text = String::new();
        for (id, confidence, advice) in [(1, 40, "mild"), (2, 90, "strong\n# heading --> end"), (3, 99, "proposed")] {
            text.push_str(&Change::Proposed(Box::new(protocol(id, confidence, advice))).line("", 0));
            if id < 3 {
                text.push_str(&Change::Accepted(ProtocolId(id), GuardMode::Off, 0).line("", 0));
                text.push_str(&Change::Activated(ProtocolId(id)).line("", 0));
            }
        }
        Register::read(&text)
    }

    #[test]
    fn only_active_protocols_are_shown_the_surest_first_and_masked() {
        let register = register();
        let entries = shown(&register);
        assert!(entries.iter().all(|entry| entry.status == Status::Active));
        let said = |text: &str| text.replace("mild", "[masked]");
        let text = summary(&entries, &said);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("- ")).collect();
        assert_eq!(
            lines,
            ["- strong # heading -- > end (0 times in 0 sessions)", "- [masked] (0 times in 0 sessions)"]
        );
        assert!(rules_file(&entries, &said).starts_with(super::MARK));
        let page = page(entries[1], &Backtest::default(), &said);
        assert!(page.contains("\n[masked]\n") && !page.contains("mild") && !page.contains("Backtest"), "{page}");
    }

    #[test]
    fn nothing_breaks_out_of_its_line() {
        assert_eq!(one_line("a\n\u{202e}b\t\u{200b} c\u{1b}[0m"), "a b c [0m");
        assert_eq!(one_line("x <!-- y -->"), "x <! -- y -- >");
        assert_eq!(one_line(&"x".repeat(9999)).len(), 1200);
    }

    #[test]
    fn triggers_are_told_in_words_tools_with_the_same_together() {
        let trigger = |tool: &str| Trigger {
            tool: tool.to_owned(),
            conditions: vec![Condition {
                field: "file_path".to_owned(),
                operator: "glob".to_owned(),
                value: "*.rs".to_owned(),
            }],
            unless: vec![Precaution { tool: "Read".to_owned(), field: "file_path".to_owned(), within: 50 }],
        };
        let bare = Trigger { tool: "Bash".to_owned(), ..Trigger::default() };
        assert_eq!(
            applies(&[trigger("Edit"), trigger("Write"), bare]),
            "a call of `Edit` or `Write` whose `file_path` matches `*.rs`, unless `Read` with the same `file_path` was \
             called within 50 calls before; a call of `Bash`"
        );
    }
}
