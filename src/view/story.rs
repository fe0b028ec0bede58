//! A session as one reads it.

use crate::event::{Kind, Millis};
use crate::terminal::{Cell, Column, Line, Meaning, Span, Table, Zone, wording};

/// Lines of a text that are shown before the rest is only counted.
const FEW_LINES: usize = 8;
/// Longest line that is shown whole when texts are cut, in characters.
const LONG_LINE: usize = 400;

/// Columns before what is said: a time and a speaker.
pub const INDENT: usize = 21;
/// Columns of a speaker's name; longer ones move what they say.
const SPEAKER: usize = 11;
/// How much of a sub-agent's id is shown.
const SHORT_ID: usize = 9;

/// One event to show, from the store or from a live log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id, where it is stored.
    pub id: Option<u64>,
    /// When.
    pub time: Option<Millis>,
    /// What.
    pub kind: Kind,
    /// The tool.
    pub tool: String,
    /// The id of the tool call it belongs to.
    pub call: Option<String>,
    /// Whether it failed.
    pub failed: bool,
    /// How long it took, in milliseconds.
    pub duration: Option<u64>,
    /// The sub-agent.
    pub sub_agent: Option<String>,
    /// The model.
    pub model: String,
    /// What the classifiers made of it: category, subcategory, severity.
    pub verdict: Option<(String, String, u8)>,
    /// Labels of the classifiers.
    pub labels: Vec<String>,
    /// The kept file, and the first byte and length of its record there.
    pub place: Option<(String, u64, u64)>,
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
    let body = match entry.kind {
        _ if options.full => text.to_owned(),
        Kind::ToolCall => gist(text, &TELLING),
        Kind::ApiError => gist(text, &["formatted", "message"]),
        Kind::Hook => lines_of_list(text),
        _ => text.to_owned(),
    };
    let mut lines = body.trim_end().lines().map(str::trim_end).skip_while(|line| line.is_empty());
    let mut head =
        vec![Span::new(time, Meaning::Dim), Span::plain(" "), Span::new(format!("{who:<SPEAKER$}"), meaning)];
    if let Some(agent) = &entry.sub_agent {
        head.push(Span::new(format!(" [{}]", &agent[..agent.floor_char_boundary(SHORT_ID)]), Meaning::Dim));
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
        // Nothing ends in spaces.
        let indent = if line.is_empty() { 0 } else { INDENT };
        shown.push(vec![Span::plain(" ".repeat(indent)), Span::new(cut(line, options), said)]);
    }
    if rest.len() > few {
        let more = format!(
            "{}... {}",
            " ".repeat(INDENT),
            wording::count((rest.len() - few) as u64, "more line", "more lines")
        );
        shown.push(vec![Span::new(more, Meaning::Dim)]);
    }
    shown
}

fn speaker(entry: &Entry) -> (String, Meaning) {
    let tool = || if entry.tool.is_empty() { "tool".to_owned() } else { entry.tool.clone() };
    match entry.kind {
        Kind::Prompt if entry.sub_agent.is_some() => ("asks".to_owned(), Meaning::Dim),
        Kind::Prompt => ("you".to_owned(), Meaning::Accent),
        Kind::Response => ("agent".to_owned(), Meaning::Heading),
        Kind::Reasoning => ("thinks".to_owned(), Meaning::Dim),
        Kind::ToolCall => (tool(), Meaning::Number),
        Kind::ToolResult if entry.failed => ("  failed".to_owned(), Meaning::Bad),
        Kind::ToolResult => ("  result".to_owned(), Meaning::Dim),
        kind => (kind.name().to_owned(), if entry.failed { Meaning::Bad } else { Meaning::Dim }),
    }
}

/// The members of a call's input that say what it is about, the best one first.
const TELLING: [&str; 13] = [
    "command",
    "file_path",
    "absolute_path",
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

/// The member of a JSON object that says most; other texts as they are.
fn gist(input: &str, telling: &[&str]) -> String {
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str::<serde_json::Value>(input) else {
        return input.to_owned();
    };
    let found = telling.iter().find_map(|name| members.get(*name)?.as_str());
    found.map_or_else(|| input.to_owned(), str::to_owned)
}

/// The texts of a JSON array, each on a line of its own; other texts as they are.
fn lines_of_list(text: &str) -> String {
    serde_json::from_str::<Vec<String>>(text).map_or_else(|_| text.to_owned(), |texts| texts.join("\n"))
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

/// Entries for machines: the columns of the public table `events`, and labels and text.
pub fn entries_table(session: &str, entries: &[Entry]) -> Table {
    let names = [
        "id",
        "session",
        "time",
        "kind",
        "tool",
        "call",
        "status",
        "duration_ms",
        "model",
        "sub_agent",
        "category",
        "subcategory",
        "severity",
        "labels",
        "file",
        "offset",
        "length",
        "text",
    ];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("events", "Events");
    for entry in entries {
        let optional = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or(Cell::Null, Cell::from);
        let (category, subcategory, severity) = entry.verdict.as_ref().map_or((None, None, None), |verdict| {
            (Some(verdict.0.as_str()), Some(verdict.1.as_str()), Some(verdict.2).filter(|severity| *severity > 0))
        });
        let place = entry.place.as_ref();
        let number = |number: Option<u64>| number.map_or(Cell::Null, Cell::from);
        table.push([
            entry.id.map_or(Cell::Null, |id| Cell::from(format!("{id:016x}"))),
            optional(Some(session)),
            entry.time.map_or(Cell::Null, Cell::Time),
            Cell::from(entry.kind.name()),
            optional(Some(&entry.tool)),
            optional(entry.call.as_deref()),
            optional(entry.failed.then_some("error")),
            entry.duration.map_or(Cell::Null, Cell::Duration),
            optional(Some(&entry.model)),
            optional(entry.sub_agent.as_deref()),
            optional(category),
            optional(subcategory),
            number(severity.map(u64::from)),
            optional(Some(&entry.labels.join(" "))),
            optional(place.map(|place| place.0.as_str())),
            number(place.map(|place| place.1)),
            number(place.map(|place| place.2)),
            optional(entry.text.as_deref()),
        ]);
    }
    table
}
