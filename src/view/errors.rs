//! Errors and groups of them, one by one.

mod lists;

pub use lists::{groups_table, incidents_table};

use super::story::{Entry, StoryOptions, entry_lines};
use crate::event::{Kind, Severity, parse_rfc3339};
use crate::store::{Past, RecordedError, StoredGroup, StoredIncident};
use crate::terminal::{Cell, Column, Line, Meaning, Span, Table, Zone, wording};
use lists::whole_incidents;

/// Columns of a field's name.
pub const FIELD: usize = 12;
/// Digits of an id that are enough to name it, as a rule.
const SHORT: usize = 8;
/// Longest value of a field that is shown to people, in characters.
const LONG_FIELD: usize = 400;
/// Lines of an error's history that are shown to people.
const PASTS: usize = 10;

/// The beginning of an id.
pub fn short_id(id: u64) -> String {
    let mut name = format!("{id:016x}");
    name.truncate(SHORT);
    name
}

/// An error with all that is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownError {
    /// What the store says.
    pub incident: StoredIncident,
    /// What the error files say.
    pub record: Option<RecordedError>,
    /// Call, failure and resolution.
    pub texts: [String; 3],
}

/// A word; none if it is empty.
pub(super) fn word(text: &str) -> Cell {
    if text.is_empty() { Cell::Null } else { Cell::from(text) }
}

pub(super) fn some(text: Option<&String>) -> Cell {
    text.map_or(Cell::Null, |text| word(text))
}

/// What happened, for people.
pub(super) fn error_title(incident: &StoredIncident) -> String {
    match (incident.title.as_str(), incident.disposition.as_str()) {
        ("", "" | "incident") => "(not diagnosed)".to_owned(),
        ("", disposition) if incident.reason.is_empty() => format!("({disposition})"),
        ("", disposition) => format!("({disposition}: {})", incident.reason),
        (title, _) => title.to_owned(),
    }
}

/// What became of it, for people.
fn status(incident: &StoredIncident) -> Cell {
    let forever = if incident.critical { ", critical" } else { "" };
    match incident.status.as_deref() {
        // What is no incident has no status; that it is none is worth as much.
        None => Cell::Label(format!("{}{forever}", incident.disposition), Meaning::Dim),
        Some("resolved") => Cell::Label(format!("resolved{forever}"), Meaning::Good),
        Some(status) => Cell::Label(format!("{status}{forever}"), Meaning::Bad),
    }
}

fn share(group: &StoredGroup) -> f64 {
    if group.incidents == 0 { 0.0 } else { group.resolved as f64 / group.incidents as f64 }
}

/// A field's name and value, the value bounded.
pub(super) fn field(name: &str, value: &str, meaning: Meaning) -> Line {
    let mut shown: String = value.chars().take(LONG_FIELD).collect();
    if shown.len() < value.len() {
        shown.push_str("...");
    }
    vec![Span::new(format!("{name:<FIELD$}"), Meaning::Dim), Span::new(shown, meaning)]
}

pub(super) fn heading(text: String) -> Line {
    vec![Span::new(text, Meaning::Heading)]
}

/// A severity in words and its number.
pub(super) fn severity(number: u8) -> String {
    Severity::new(number).map_or_else(|| number.to_string(), |severity| format!("{} ({number})", severity.name()))
}

/// All that is known of an error, for people.
pub fn error_lines(shown: &ShownError, zone: Zone) -> Vec<Line> {
    let incident = &shown.incident;
    let mut lines = vec![heading(error_title(incident))];
    let mut say = |name: &str, value: &str, meaning: Meaning| {
        if !value.is_empty() {
            lines.push(field(name, value, meaning));
        }
    };
    say("Error", &format!("{:016x}", incident.id), Meaning::Accent);
    if let Some(group) = incident.group {
        say("Group", &format!("{group:016x}"), Meaning::Accent);
    }
    if let (Some(_), Cell::Label(status, meaning)) = (&incident.status, status(incident)) {
        say("Status", &status, meaning);
    }
    let reason = if incident.reason.is_empty() { String::new() } else { format!(", {}", incident.reason) };
    let disposition = if incident.disposition.is_empty() { "not diagnosed" } else { &incident.disposition };
    say("Is", &format!("{disposition}{reason}"), Meaning::Plain);
    say("Cause", &incident.cause, Meaning::Plain);
    say("Owner", &incident.owner, Meaning::Plain);
    if incident.severity > 0 {
        say("Severity", &severity(incident.severity), Meaning::Plain);
    }
    if let Some(time) = incident.time {
        say("When", &zone.show(time, None), Meaning::Plain);
    }
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    say("Session", &text(&incident.session), Meaning::Plain);
    say("Sub-agent", &text(&incident.sub_agent), Meaning::Plain);
    say("Project", &text(&incident.project), Meaning::Path);
    say("Agent", &text(&incident.agent), Meaning::Plain);
    say("Tool", &incident.tool, Meaning::Plain);
    say("Kind", &incident.kind, Meaning::Plain);
    if incident.earlier > 0 {
        say("Before it", &wording::count(incident.earlier, "failure in a row", "failures in a row"), Meaning::Plain);
    }
    say("Resolved", &resolution(incident), Meaning::Plain);
    if let Some(handled) = &incident.handled {
        let why = if handled.why.is_empty() { String::new() } else { format!(": {}", handled.why) };
        let what = match (&handled.status, handled.cleared) {
            (Some(status), true) => format!("{status}, need not be kept for ever"),
            (Some(status), false) => status.clone(),
            (None, _) => "need not be kept for ever".to_owned(),
        };
        say("Person", &format!("{what}, on {}{why}", zone.show(handled.at, None)), Meaning::Plain);
    }
    if let Some(plugin) = &incident.plugin {
        say("Says", &format!("{plugin} {}", text(&incident.plugin_version)), Meaning::Plain);
    }
    if let Some(record) = &shown.record {
        say("Record", &record.path, Meaning::Path);
    }
    lines.extend(text_lines(shown, zone));
    lines.extend(past_lines(shown.record.as_ref().map_or(&[], |record| &record.history), zone));
    lines
}

/// What brought an error to its end, for people.
fn resolution(incident: &StoredIncident) -> String {
    let how = match incident.resolution.as_str() {
        "" => return String::new(),
        "repeated" => "the same call succeeded",
        "changed" => "a call with another input succeeded",
        other => other,
    };
    let after =
        incident.resolved_after.map_or_else(String::new, |after| format!(" {} later", wording::duration(after)));
    format!("{how}{after}")
}

/// The texts as a session shows them.
fn text_lines(shown: &ShownError, zone: Zone) -> Vec<Line> {
    let kinds = [Kind::ToolCall, Kind::of_name(&shown.incident.kind).unwrap_or(Kind::ToolResult), Kind::ToolCall];
    let heads = ["Call", "Failure", "What succeeded"];
    let mut lines = Vec::new();
    for (at, text) in shown.texts.iter().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        lines.push(Vec::new());
        lines.push(heading(heads[at].to_owned()));
        lines.extend(excerpt_lines(kinds[at], &shown.incident.tool, text, at == 1, zone));
    }
    lines
}

/// A text below its heading, as a session shows it.
pub(super) fn excerpt_lines(kind: Kind, tool: &str, text: &str, failed: bool, zone: Zone) -> Vec<Line> {
    let entry = Entry {
        id: None,
        time: None,
        kind,
        tool: tool.to_owned(),
        call: None,
        failed,
        duration: None,
        sub_agent: None,
        model: String::new(),
        verdict: None,
        labels: Vec::new(),
        place: None,
        text: Some(text.to_owned()),
    };
    let mut lines = entry_lines(&entry, StoryOptions::default(), zone);
    // It has neither a time nor a speaker here: its heading says what it is.
    for (at, line) in lines.iter_mut().enumerate() {
        let said = line.split_off(line.len().min(if at == 0 { 4 } else { 1 }));
        if !said.is_empty() {
            *line = said;
        } else if let Some(rest) = line.first_mut() {
            rest.text = rest.text.trim_start().to_owned().into();
        }
        if let Some(first) = line.first_mut() {
            *first = Span::new(format!("  {}", first.text).trim_end().to_owned(), first.meaning);
        }
    }
    lines
}

fn past_lines(history: &[Past], zone: Zone) -> Vec<Line> {
    if history.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Vec::new(), heading("History".to_owned())];
    let earlier = history.len().saturating_sub(PASTS);
    if earlier > 0 {
        lines.push(vec![Span::new(
            format!("  ... {}", wording::count(earlier as u64, "earlier line", "earlier lines")),
            Meaning::Dim,
        )]);
    }
    for past in &history[earlier..] {
        let why = if past.why.is_empty() { String::new() } else { format!(": {}", past.why) };
        let when = parse_rfc3339(&past.recorded).map_or_else(|| past.recorded.clone(), |time| zone.show(time, None));
        let mut line = field("", format!("{when} {}{why}", past.what).trim_start(), Meaning::Plain);
        line[0] = Span::plain("  ");
        lines.push(line);
    }
    lines
}

/// All that is known of an error, for machines.
pub fn error_tables(shown: &ShownError) -> Vec<Table> {
    let mut texts = Table::new(["what", "text"].map(|name| Column::new(name, name))).named("texts", "Texts");
    for (what, text) in
        ["call", "failure", "resolution"].into_iter().zip(&shown.texts).filter(|(_, text)| !text.is_empty())
    {
        texts.push([Cell::from(what), Cell::from(text.as_str())]);
    }
    let mut history =
        Table::new(["recorded", "what", "why"].map(|name| Column::new(name, name))).named("history", "History");
    let mut record = Table::new(["path", "file", "offset", "length", "source"].map(|name| Column::new(name, name)))
        .named("record", "Record");
    if let Some(recorded) = &shown.record {
        for past in &recorded.history {
            history.push([word(&past.recorded), word(&past.what), word(&past.why)]);
        }
        let last = recorded.last.clone().unwrap_or_default();
        record.push([
            word(&recorded.path),
            word(&last.file),
            Cell::from(last.offset),
            Cell::from(last.length),
            word(&last.source),
        ]);
    }
    vec![whole_incidents(std::slice::from_ref(&shown.incident)), texts, history, record]
}

/// What is known of a group, for people.
pub fn group_lines(group: &StoredGroup, zone: Zone) -> Vec<Line> {
    let title = if group.title.is_empty() { "(without a title)" } else { &group.title };
    let mut lines = vec![heading(title.to_owned())];
    let mut say = |name: &str, value: &str, meaning: Meaning| {
        if !value.is_empty() {
            lines.push(field(name, value, meaning));
        }
    };
    say("Group", &format!("{:016x}", group.id), Meaning::Accent);
    say("Shares", &group.fingerprint, Meaning::Plain);
    say("Cause", &group.cause, Meaning::Plain);
    say("Owner", &group.owner, Meaning::Plain);
    let times = wording::count(group.incidents, "time", "times");
    let sessions = wording::count(group.sessions, "session", "sessions");
    let families = wording::count(group.families, "family", "families");
    let days = wording::count(group.days, "day", "days");
    say("Happened", &format!("{times}, in {sessions} of {families}, on {days}"), Meaning::Plain);
    say("Resolved", &wording::percent(share(group)), Meaning::Plain);
    if let (Some(first), Some(last)) = (group.first, group.last) {
        say("From", &format!("{} to {}", zone.show(first, None), zone.show(last, None)), Meaning::Plain);
    }
    if group.critical {
        say("Critical", "some of them are kept for ever", Meaning::Warn);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[Line]) -> String {
        let line = |line: &Line| line.iter().map(|span| span.text.as_ref()).collect::<String>();
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_nobody_diagnosed_is_told_so() {
        let title_of = |title_text: &str, disposition: &str, reason: &str| {
            error_title(&StoredIncident {
                title: title_text.to_owned(),
                disposition: disposition.to_owned(),
                reason: reason.to_owned(),
                ..StoredIncident::default()
            })
        };
        assert_eq!(title_of("", "", ""), "(not diagnosed)");
        assert_eq!(title_of("", "benign", "no match"), "(benign: no match)");
        assert_eq!(title_of("", "echo", ""), "(echo)");
        assert_eq!(title_of("A file is missing", "incident", ""), "A file is missing");
    }

    #[test]
    fn an_error_is_told_in_lines() {
        let incident = StoredIncident {
            id: 0xab,
            tool: "Bash".to_owned(),
            status: Some("resolved".to_owned()),
            resolution: "changed".to_owned(),
            resolved_after: Some(2000),
            kind: "tool-result".to_owned(),
            ..StoredIncident::default()
        };
        let past = |what: &str| Past { what: what.to_owned(), recorded: "today".to_owned(), why: "so".to_owned() };
        let history = (0..12).map(|_| past("raised")).collect();
        let record = Some(RecordedError { path: "logs/errors/a.jsonl".to_owned(), last: None, history });
        let texts = [r#"{"command":"ls x"}"#.to_owned(), "Exit code 2\nno x".to_owned(), String::new()];
        let text = said(&error_lines(&ShownError { incident, record, texts }, Zone::utc()));
        assert!(text.starts_with("(not diagnosed)\nError       00000000000000ab\nStatus      resolved\n"), "{text}");
        assert!(text.contains("Resolved    a call with another input succeeded 2.0s later\n"), "{text}");
        assert!(
            text.contains("\nCall\n  ls x\n\nFailure\n  Exit code 2\n  no x\n\nHistory\n  ... 2 earlier lines\n"),
            "{text}"
        );
        assert!(text.ends_with("  today raised: so"), "{text}");
    }

    #[test]
    fn nothing_grows_without_bounds() {
        let line = field("Project", &"ä".repeat(100_000), Meaning::Plain);
        assert!(line[1].text.chars().count() <= LONG_FIELD + 3);
        let lines = excerpt_lines(Kind::ToolResult, "Bash", &"x\n".repeat(100_000), true, Zone::utc());
        assert!(lines.len() < 20);
        for hostile in ["", "\n", "\u{1b}[2J\r\n\u{202e}", "{\"command\":"] {
            for kind in Kind::ALL {
                excerpt_lines(kind, "", hostile, false, Zone::utc());
            }
        }
    }
}
