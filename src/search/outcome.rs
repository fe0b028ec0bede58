//! What a search found.

use super::excerpt::Excerpt;
use crate::event::{Kind, Millis};
use std::sync::Arc;

/// An event that says what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its id.
    pub id: u64,
    /// When.
    pub time: Option<Millis>,
    /// The session; empty if it belongs to none.
    pub session: Arc<str>,
    /// The agent.
    pub agent: Arc<str>,
    /// The project's path.
    pub project: Option<Arc<str>>,
    /// The sub-agent.
    pub sub_agent: Option<Arc<str>>,
    /// What it is.
    pub kind: Kind,
    /// The tool; empty if it has none.
    pub tool: Arc<str>,
    /// Whether it failed.
    pub failed: bool,
    /// The kept file, and the first byte and length of its record there.
    pub place: (String, u64, u64),
    /// The number of the first line of its text that matches, from 1.
    pub line: u64,
    /// How many lines of its text match.
    pub lines: u64,
    /// That line.
    pub excerpt: Excerpt,
}

/// A line of a log that matches as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawHit {
    /// The kept file.
    pub file: Arc<str>,
    /// The number of the line, from 1.
    pub line: u64,
    /// Where the match starts, in bytes of the plain file.
    pub offset: u64,
    /// The line.
    pub excerpt: Excerpt,
}

/// A log that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The kept file.
    pub path: String,
    /// Why.
    pub why: String,
    /// Whether that is nothing new: the log came with this damage.
    pub is_known: bool,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome<H> {
    /// The first of the hits, the newest first.
    pub hits: Vec<H>,
    /// How many there are.
    pub total: u64,
    /// Sessions with a hit.
    pub sessions: u64,
    /// Logs with a hit.
    pub logs: u64,
    /// Logs that were searched.
    pub searched: u64,
    /// Logs that nobody has understood yet, in which no event is known.
    pub waiting: u64,
    /// Lines that were passed over because they are too long.
    pub too_long: u64,
    /// Logs that were not read to their end.
    pub unread: Vec<Unread>,
    /// Whether somebody stopped it.
    pub interrupted: bool,
}
