//! Sessions in a list.

use crate::store::SessionSummary;
use crate::terminal::{Cell, Column, Meaning, Table};

/// How much of a session's id is enough to name it, as a rule: to its first hyphen from here on, and at most so much.
const SHORT: usize = 8;
const LONGEST: usize = 20;

/// How much of a list of sessions is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What fits 80 columns and leaves room for what a session is about.
    Narrow,
    /// What people compare.
    Wide,
    /// Everything, uncut, for machines.
    Whole,
}

/// The beginning of a session's id.
pub fn session_name(id: &str) -> &str {
    let room = &id[..id.floor_char_boundary(LONGEST)];
    let from = id.floor_char_boundary(SHORT);
    room[from..].find('-').map_or(room, |at| &room[..from + at])
}

/// Sessions as a table.
pub fn sessions_table(sessions: &[SessionSummary], detail: Detail) -> Table {
    let is_short = detail != Detail::Whole;
    let mut columns = vec![
        Column::new("id", "Session").meaning(Meaning::Accent),
        Column::new("started", "Started"),
        Column::new("project", "Project").meaning(Meaning::Path),
        Column::new("title", "About"),
        Column::new("tool_calls", "Calls"),
        Column::new("failures", "Failed").meaning(Meaning::Bad),
    ];
    if detail != Detail::Narrow {
        columns.extend([Column::new("prompts", "Prompts"), Column::new("output_tokens", "Output")]);
    }
    if !is_short {
        let more = [
            "ended",
            "agent",
            "version",
            "responses",
            "sub_agents",
            "events",
            "input_tokens",
            "cache_creation_tokens",
            "cache_read_tokens",
        ];
        columns.extend(more.map(|name| Column::new(name, name)));
    }
    let mut table = Table::new(columns).named("sessions", "Sessions");
    for session in sessions {
        let time = |time: Option<i64>| time.map_or(Cell::Null, Cell::Time);
        let mut row = vec![
            Cell::from(if is_short { session_name(&session.id) } else { &session.id }),
            time(session.started),
            match session.project.as_deref() {
                Some(project) => Cell::from(if is_short { last_part(project) } else { project }),
                None => Cell::Null,
            },
            Cell::from(session.title.as_str()),
            Cell::from(session.tool_calls),
            if is_short && session.failures == 0 { Cell::Null } else { Cell::from(session.failures) },
        ];
        if detail != Detail::Narrow {
            row.extend([Cell::from(session.prompts), Cell::from(session.tokens.output)]);
        }
        if !is_short {
            row.extend([
                time(session.ended),
                Cell::from(session.agent.as_str()),
                session.version.as_deref().map_or(Cell::Null, Cell::from),
                Cell::from(session.responses),
                Cell::from(session.sub_agents),
                Cell::from(session.events),
                Cell::from(session.tokens.input),
                Cell::from(session.tokens.cache_creation),
                Cell::from(session.tokens.cache_read),
            ]);
        }
        table.push(row);
    }
    table
}

/// The last part of a path, of whichever system.
pub fn last_part(path: &str) -> &str {
    path.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or(path)
}
