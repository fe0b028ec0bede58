//! Protocols as agents and people read them.
//!
//! Pure. What a plugin or a log said is shown on one line, without signs that could end a comment, begin a heading or
//! reorder what is read; `said` masks what must not leave the house.

use super::journal::{Entry, Register};
use super::measure::Backtest;
use crate::event::{Condition, GuardMode, Precaution, ProtocolStatus as Status, Trigger, format_rfc3339};
use crate::secret::{mask, shorten_homes};

/// Characters of a text that is published.
const TEXT: usize = 1200;

/// What a file is known by that was written here: its first line.
pub const MARK: &str = "<!-- logwright: written by `logwright protocols publish`; changes are lost -->";

/// What the first line of a file of rules begins with, before a hash of the others.
pub const RULES: &str = "<!-- logwright: written by `logwright protocols publish` ";

/// Digits of the hash.
const DIGITS: usize = 16;

/// A text as it leaves the house: without secrets, and without the names of home folders.
pub fn said(text: &str) -> String {
    mask(&shorten_homes(text)).into_owned()
}

/// The protocols that are shown to agents, the surest first.
pub fn shown(register: &Register) -> Vec<&Entry> {
    // What is only observed is shown to nobody.
    let is_shown = |entry: &&Entry| entry.status == Status::Active && entry.guard != GuardMode::Observe;
    let mut shown: Vec<&Entry> = register.entries.values().filter(is_shown).collect();
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
    row("Applies to", line(&applies(&protocol.triggers, usize::MAX)));
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
    let body = summary(shown, said);
    format!("{RULES}{} -->\n{body}", digest(&body))
}

/// Whether a file of rules is as it was written here.
pub fn is_own_rules(text: &str) -> bool {
    let parts = text.strip_prefix(RULES).and_then(|rest| rest.split_once(" -->\n"));
    parts.is_some_and(|(hash, body)| hash == digest(body))
}

fn digest(body: &str) -> String {
    blake3::hash(body.as_bytes()).to_hex().chars().take(DIGITS).collect()
}

/// When a protocol applies, in words; a value of more than `longest` characters is cut.
pub fn applies(triggers: &[Trigger], longest: usize) -> String {
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
    together.iter().map(|(tools, trigger)| when(tools, trigger, longest)).collect::<Vec<_>>().join("; ")
}

fn when(tools: &[&str], trigger: &Trigger, longest: usize) -> String {
    let mut text = format!("a call of {}", either(tools));
    for (at, Condition { field, operator, value }) in trigger.conditions.iter().enumerate() {
        let joint = if at == 0 { "whose" } else { "and whose" };
        let operator = match operator.as_str() {
            "equals" => "is",
            "prefix" => "begins with",
            _ => "matches",
        };
        // Within a pattern a secret is written with signs that part it.
        let bare = value.replace('\\', "").replace(|sign| "()[]{}|?*+^$".contains(sign), " ");
        let value = if mask(&bare) == bare { value.as_str() } else { "[masked]" };
        let mut shown: String = value.chars().take(longest).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        text.push_str(&format!(" {joint} `{field}` {operator} `{shown}`"));
    }
    // So are precautions that differ in nothing but the tool.
    for (at, same) in
        trigger.unless.chunk_by(|one, other| (&one.field, one.within) == (&other.field, other.within)).enumerate()
    {
        let joint = if at == 0 { ", unless" } else { " or" };
        let tools: Vec<&str> = same.iter().map(|precaution| precaution.tool.as_str()).collect();
        let Some(Precaution { field, within, .. }) = same.first() else { continue };
        let with = if field.is_empty() { String::new() } else { format!(" with the same `{field}`") };
        text.push_str(&format!("{joint} {}{with} was called within {within} calls before", either(&tools)));
    }
    text
}

/// `a`, `b` or `c`.
fn either(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A text on one line, bounded, without control characters, marks of direction, or what begins or ends a comment.
pub fn one_line(text: &str) -> String {
    let is_hidden = |character: char| matches!(character, '\u{ad}' | '\u{61c}' | '\u{e0000}'..='\u{e007f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
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
    use super::{applies, is_own_rules, one_line, page, rules_file, shown, summary};
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
        let rules = rules_file(&entries, &said);
        assert!(is_own_rules(&rules) && !is_own_rules(&format!("{rules}mine\n")));
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
            unless: ["Read", "Write", "Cat"]
                .map(|tool| Precaution { tool: tool.to_owned(), field: "file_path".to_owned(), within: 50 })
                .into(),
        };
        let bare = Trigger { tool: "Bash".to_owned(), ..Trigger::default() };
        assert_eq!(
            applies(&[trigger("Edit"), trigger("Write"), bare], 3),
            "a call of `Edit` or `Write` whose `file_path` matches `*.r…`, unless `Read`, `Write` or `Cat` with the same \
             `file_path` was called within 50 calls before; a call of `Bash`"
        );
    }
}
