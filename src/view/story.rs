//! A session as one reads it.

use crate::event::{Kind, Millis};
use crate::terminal::{Cell, Column, Line, Meaning, Span, Table, Zone, wording};

/// Lines of a text that are shown before the rest is only counted.
const FEW_LINES: usize = 8;
/// Longest line that is shown whole when texts are cut, in characters.
const LONG_LINE: usize = 400;

/// One event to show, from the store or from a live log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub time: Option<Millis>,
    /// What.
    pub kind: Kind,
    /// The tool.
    pub tool: String,
    /// Whether it failed.
    pub failed: bool,
    /// How long it took, in milliseconds.
    pub duration: Option<u64>,
    /// The sub-agent.
    pub sub_agent: Option<String>,
    /// Labels of the classifiers.
    pub labels: Vec<String>,
    /// What it says; missing if the raw log is gone.
    pub text: Option<String>,
}

/// How much of a session is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoryOptions {
    /// Whole texts, and kinds that are left out otherwise.
    pub full: bool,
    /// Failures only, with the calls that led to them.
    pub errors: bool,
}

impl StoryOptions {
    /// Whether an event of a kind belongs to the story. Bookkeeping does not, unless it failed.
    pub fn shows(self, kind: Kind, failed: bool) -> bool {
        let is_bookkeeping = matches!(
            kind,
            Kind::Usage
                | Kind::Snapshot
                | Kind::Context
                | Kind::Progress
                | Kind::Queue
                | Kind::Meta
                | Kind::Hook
                | Kind::Unknown
        );
        let is_quiet = matches!(kind, Kind::ToolOutput | Kind::Task | Kind::History | Kind::LogLine);
        if kind == Kind::Usage {
            return false;
        }
        if self.errors {
            return failed;
        }
        failed || self.full || !(is_bookkeeping || is_quiet)
    }
}

/// The lines of an entry: a head with time, speaker and first line, and what follows.
pub fn entry_lines(entry: &Entry, options: StoryOptions, zone: Zone) -> Vec<Line> {
    let (who, meaning) = speaker(entry);
    let time = entry.time.map_or_else(|| " ".repeat(8), |time| clock_time(time, zone));
    let text = entry.text.as_deref().unwrap_or("(the raw log is gone)");
    let body = if entry.kind == Kind::ToolCall && !options.full { gist(text) } else { text.to_owned() };
    let mut lines = body.trim_end().lines().map(str::trim_end).skip_while(|line| line.is_empty());
    let mut head = vec![Span::new(time, Meaning::Dim), Span::plain(" "), Span::new(format!("{who:<8}"), meaning)];
    if let Some(agent) = &entry.sub_agent {
        head.push(Span::new(format!(" [{agent}]"), Meaning::Dim));
    }
    let said = if entry.failed {
        Meaning::Bad
    } else if entry.kind == Kind::Reasoning {
        Meaning::Dim
    } else {
        Meaning::Plain
    };
    head.push(Span::plain(" "));
    head.push(Span::new(cut(lines.next().unwrap_or_default(), options), said));
    let is_slow = entry.duration.filter(|duration| *duration >= 10_000);
    if let Some(duration) = is_slow {
        head.push(Span::new(format!("  ({})", wording::duration(duration)), Meaning::Dim));
    }
    if !entry.labels.is_empty() {
        head.push(Span::new(format!("  [{}]", entry.labels.join(", ")), Meaning::Warn));
    }
    let mut shown = vec![head];
    let few = match entry.kind {
        _ if options.full => usize::MAX,
        Kind::Prompt | Kind::Response => FEW_LINES * 3,
        Kind::ToolResult if !entry.failed => 2,
        Kind::Reasoning => 2,
        _ => FEW_LINES,
    };
    let rest: Vec<&str> = lines.collect();
    for line in rest.iter().take(few) {
        shown.push(vec![Span::plain(" ".repeat(18)), Span::new(cut(line, options), said)]);
    }
    if rest.len() > few {
        let more =
            format!("{}... {}", " ".repeat(18), wording::count((rest.len() - few) as u64, "more line", "more lines"));
        shown.push(vec![Span::new(more, Meaning::Dim)]);
    }
    shown
}

fn speaker(entry: &Entry) -> (String, Meaning) {
    let tool = || if entry.tool.is_empty() { "tool".to_owned() } else { entry.tool.clone() };
    match entry.kind {
        Kind::Prompt => ("you".to_owned(), Meaning::Accent),
        Kind::Response => ("agent".to_owned(), Meaning::Heading),
        Kind::Reasoning => ("thinks".to_owned(), Meaning::Dim),
        Kind::ToolCall => (tool(), Meaning::Number),
        Kind::ToolResult if entry.failed => ("  failed".to_owned(), Meaning::Bad),
        Kind::ToolResult => ("  result".to_owned(), Meaning::Dim),
        kind => (kind.name().to_owned(), if entry.failed { Meaning::Bad } else { Meaning::Dim }),
    }
}

/// What a call is about: the member of its input that says most.
fn gist(input: &str) -> String {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str::<serde_json::Value>(input) else {
        return input.to_owned();
    };
    const TELLING: [&str; 12] = [
        "command",
        "file_path",
        "notebook_path",
        "path",
        "pattern",
        "query",
        "url",
        "skill",
        "description",
        "prompt",
        "subject",
        "taskId",
    ];
    let telling = TELLING.into_iter().filter_map(|name| members.get(name)?.as_str()).next();
    telling.map_or_else(|| input.to_owned(), str::to_owned)
}

fn cut(line: &str, options: StoryOptions) -> String {
    if options.full || line.chars().count() <= LONG_LINE {
        return line.to_owned();
    }
    line.chars().take(LONG_LINE).chain("...".chars()).collect()
}

/// `HH:MM:SS` in the zone.
fn clock_time(time: Millis, zone: Zone) -> String {
    let local = time + i64::from(zone.offset(time)) * 1000;
    let seconds = local.div_euclid(1000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Entries for machines.
pub fn entries_table(entries: &[Entry]) -> Table {
    let names = ["time", "kind", "tool", "status", "duration_ms", "sub_agent", "labels", "text"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("events", "Events");
    for entry in entries {
        let optional = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or(Cell::Null, Cell::from);
        table.push([
            entry.time.map_or(Cell::Null, Cell::Time),
            Cell::from(entry.kind.name()),
            optional(Some(&entry.tool)),
            optional(entry.failed.then_some("error")),
            entry.duration.map_or(Cell::Null, Cell::Duration),
            optional(entry.sub_agent.as_deref()),
            Cell::from(entry.labels.join(" ")),
            optional(entry.text.as_deref()),
        ]);
    }
    table
}
