//! What a search found.

use super::sessions::session_name;
use crate::event::Kind;
use crate::search::{Excerpt, Hit, Outcome, RawHit};
use crate::terminal::{Cell, Column, Line, Look, Meaning, Span, Table, wording};

/// Columns of what an event is; longer names move what it says.
const WHAT: usize = 11;
/// Where a hit goes on below.
pub const HIT_INDENT: usize = 4;
/// Terminal lines that a hit takes, as a rule. A guess.
const LINES: usize = 2;

/// A hit on one line, in the width of a terminal: when, in which session, what, and the line that matches.
pub fn hit_line(hit: &Hit, look: &Look) -> Line {
    let time = hit.time.map_or_else(|| "-".to_owned(), |time| look.zone.show(time, Some(look.zone.offset(time))));
    let session = if hit.session.is_empty() { "-" } else { session_name(&hit.session) };
    let (what, meaning) = what(hit);
    let head = [
        Span::new(format!("{time}  "), Meaning::Dim),
        Span::new(format!("{session}  "), Meaning::Path),
        Span::new(format!("{what:<WHAT$}  "), meaning),
    ];
    let more = hit.lines.saturating_sub(1);
    let tail = (more > 0).then(|| format!("  (+{})", wording::count(more, "line", "lines")));
    let line = with_excerpt(head.into(), &hit.excerpt, look);
    line.into_iter().chain(tail.map(|tail| Span::new(tail, Meaning::Dim))).collect()
}

/// A line of a log, behind its place.
pub fn raw_hit_line(hit: &RawHit, look: &Look) -> Line {
    let head = [Span::new(hit.file.to_string(), Meaning::Path), Span::new(format!(":{}: ", hit.line), Meaning::Dim)];
    with_excerpt(head.into(), &hit.excerpt, look)
}

/// What an event is, in one or two words.
fn what(hit: &Hit) -> (String, Meaning) {
    let tool = if hit.tool.is_empty() { "tool" } else { &hit.tool };
    match hit.kind {
        Kind::ToolCall => (tool.to_owned(), Meaning::Number),
        Kind::ToolResult if hit.failed => (format!("{tool} failed"), Meaning::Bad),
        Kind::ToolResult => (format!("{tool} result"), Meaning::Dim),
        Kind::Prompt | Kind::Response => (hit.kind.name().to_owned(), Meaning::Heading),
        kind => (kind.name().to_owned(), if hit.failed { Meaning::Bad } else { Meaning::Dim }),
    }
}

/// Adds what matches, as much as a few lines of the terminal hold; for a file or a pipe, all that is known of it.
fn with_excerpt(mut line: Line, excerpt: &Excerpt, look: &Look) -> Line {
    let head: usize = line.iter().map(|span| span.text.chars().count()).sum();
    let room = look.width.map_or(usize::MAX, |width| (LINES * width).saturating_sub(head).max(width));
    let before = last_part(excerpt.before.trim_start(), room / 3);
    let matched = first_part(&excerpt.matched, room);
    let taken = before.chars().count() + matched.chars().count();
    let after = first_part(excerpt.after.trim_end(), room.saturating_sub(taken).max(room / 3));
    line.extend([Span::plain(before), Span::new(matched, Meaning::Accent), Span::plain(after)]);
    line
}

fn first_part(text: &str, room: usize) -> String {
    match text.char_indices().nth(room) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

fn last_part(text: &str, room: usize) -> String {
    match text.char_indices().rev().nth(room) {
        Some((cut, dropped)) => format!("...{}", &text[cut + dropped.len_utf8()..]),
        None => text.to_owned(),
    }
}

/// Hits for machines: columns of the public table `events`, and what matches.
pub fn hits_table(hits: &[Hit]) -> Table {
    let names = [
        "id",
        "session",
        "time",
        "agent",
        "project",
        "kind",
        "tool",
        "status",
        "sub_agent",
        "file",
        "offset",
        "length",
        "line",
        "lines",
        "match",
        "text",
    ];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("hits", "Hits");
    let optional = |text: Option<&str>| text.filter(|text| !text.is_empty()).map_or(Cell::Null, Cell::from);
    for hit in hits {
        let (file, offset, length) = &hit.place;
        table.push([
            Cell::from(format!("{:016x}", hit.id)),
            optional(Some(&hit.session)),
            hit.time.map_or(Cell::Null, Cell::Time),
            Cell::from(&*hit.agent),
            optional(hit.project.as_deref()),
            Cell::from(hit.kind.name()),
            optional(Some(&hit.tool)),
            optional(hit.failed.then_some("error")),
            optional(hit.sub_agent.as_deref()),
            Cell::from(file.as_str()),
            Cell::from(*offset),
            Cell::from(*length),
            Cell::from(hit.line),
            Cell::from(hit.lines),
            Cell::from(hit.excerpt.matched.as_str()),
            Cell::from(hit.excerpt.text()),
        ]);
    }
    table
}

/// Lines of logs for machines.
pub fn raw_hits_table(hits: &[RawHit]) -> Table {
    let names = ["file", "line", "offset", "match", "text"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("lines", "Lines");
    for hit in hits {
        table.push([
            Cell::from(&*hit.file),
            Cell::from(hit.line),
            Cell::from(hit.offset),
            Cell::from(hit.excerpt.matched.as_str()),
            Cell::from(hit.excerpt.text()),
        ]);
    }
    table
}

/// How many events match.
pub fn hit_count_table(outcome: &Outcome<Hit>) -> Table {
    let columns = [("events", "Events"), ("sessions", "Sessions"), ("logs", "Logs")];
    let mut table = Table::new(columns.map(|(key, title)| Column::new(key, title)));
    table.push([outcome.total, outcome.sessions, outcome.logs].map(Cell::from));
    table
}

/// How many lines match.
pub fn raw_hit_count_table(outcome: &Outcome<RawHit>) -> Table {
    let columns = [("lines", "Lines"), ("logs", "Logs")];
    let mut table = Table::new(columns.map(|(key, title)| Column::new(key, title)));
    table.push([outcome.total, outcome.logs].map(Cell::from));
    table
}

#[cfg(test)]
mod tests {
    use super::{hit_line, raw_hit_line};
    use crate::event::Kind;
    use crate::search::{Excerpt, Hit, RawHit};
    use crate::terminal::{Format, Glyphs, Line, Look, Paint, Zone};

    fn look(width: Option<usize>) -> Look {
        Look { format: Format::Table, paint: Paint::Plain, glyphs: Glyphs::Unicode, width, zone: Zone::utc() }
    }

    fn text(line: &Line) -> String {
        line.iter().map(|span| &*span.text).collect()
    }

    fn excerpt(before: &str, matched: &str, after: &str) -> Excerpt {
        Excerpt { before: before.to_owned(), matched: matched.to_owned(), after: after.to_owned() }
    }

    #[test]
    fn a_hit_says_when_where_and_what() {
        let hit = Hit {
            id: 1,
            time: Some(0),
            session: "4c1f7a52-9d3e-4b86-a0c7-5e2b8f6d1a93".into(),
            agent: "claude-code".into(),
            project: None,
            sub_agent: None,
            kind: Kind::ToolResult,
            tool: "Bash".into(),
            failed: true,
            place: ("logs/a".to_owned(), 0, 1),
            line: 1,
            lines: 3,
            excerpt: excerpt("  not ", "found", "\n"),
        };
        assert_eq!(
            text(&hit_line(&hit, &look(None))),
            "1970-01-01 00:00:00  4c1f7a52  Bash failed  not found  (+2 lines)"
        );
        let nowhere = Hit { time: None, session: "".into(), kind: Kind::LogLine, tool: "".into(), lines: 1, ..hit };
        assert_eq!(text(&hit_line(&nowhere, &look(None))), "-  -  log-line     not found");
    }

    #[test]
    fn on_a_terminal_the_match_stays_in_view() {
        let hit = RawHit {
            file: "logs/a".into(),
            line: 7,
            offset: 0,
            excerpt: excerpt(&"b".repeat(200), "match", &"a".repeat(200)),
        };
        let shown = text(&raw_hit_line(&hit, &look(Some(30))));
        assert_eq!(shown, format!("logs/a:7: ...{}match{}...", "b".repeat(16), "a".repeat(26)));
        assert_eq!(text(&raw_hit_line(&hit, &look(None))).len(), 10 + 405);
        let long = RawHit { excerpt: excerpt("", &"m".repeat(100), "x"), ..hit };
        assert_eq!(text(&raw_hit_line(&long, &look(Some(30)))), format!("logs/a:7: {}...x", "m".repeat(50)));
    }
}
