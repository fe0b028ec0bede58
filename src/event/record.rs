//! An event: a record understood.

use super::{Kind, Millis, Status, Text};
use std::borrow::Cow;

/// One event, borrowed from the bytes of its record. `docs/schema.md` says which
/// text each kind carries.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// What makes copies of the event the same one within a family: a hash of the
    /// identity that the agent gave it, never of where it was found.
    pub identity: u64,
    /// Where the record starts in the decompressed file, in bytes.
    pub offset: u64,
    /// How long the record is, in bytes.
    pub length: u64,
    /// Which event of its record this is, from 0.
    pub index: u32,
    /// When it happened.
    pub time: Option<Millis>,
    /// What it is.
    pub kind: Kind,
    /// How it ended.
    pub status: Status,
    /// The version of the agent that wrote it.
    pub agent_version: Option<Cow<'a, str>>,
    /// The session that it belongs to.
    pub session: Option<Cow<'a, str>>,
    /// The sub-agent that it belongs to, if it is not the session's own.
    pub sub_agent: Option<Cow<'a, str>>,
    /// The record or call that it followed from, as the agent names it.
    pub parent: Option<Cow<'a, str>>,
    /// The working directory at that moment.
    pub directory: Option<Cow<'a, str>>,
    /// The tool that was called, or that answered.
    pub tool: Option<Cow<'a, str>>,
    /// The id that ties a call to its result.
    pub call: Option<Cow<'a, str>>,
    /// The model that wrote it.
    pub model: Option<Cow<'a, str>>,
    /// How long it took, in milliseconds.
    pub duration: Option<u64>,
    /// What it cost; on `usage` events only.
    pub tokens: Option<Tokens>,
    /// Bytes of content as they stand in the log.
    pub size: u64,
    /// What it says.
    pub text: Text<'a>,
    /// Further facts by name.
    pub attributes: Vec<Attribute<'a>>,
}

/// A further fact about an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Its name; OpenTelemetry's where there is one.
    pub name: &'static str,
    /// Its value.
    pub value: Cow<'a, str>,
}

/// Token counts of one model response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tokens {
    /// Tokens read anew.
    pub input: u64,
    /// Tokens written, reasoning included.
    pub output: u64,
    /// Tokens written to the prompt cache.
    pub cache_creation: u64,
    /// Tokens read from the prompt cache.
    pub cache_read: u64,
}
