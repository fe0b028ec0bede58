//! Derived records: what the store keeps of a family.

use super::names::{NameId, Names};
use super::session::SessionRow;
use crate::event::{Kind, Millis, Severity, Status, Tokens};
use crate::plugin::{FaultKind, Provenance};

/// One distinct event, narrow: strings are numbers into [`Derived::names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// What copies share.
    pub identity: u64,
    /// Hash of its file's id, offset and index.
    pub id: u64,
    /// When; records without a time take that of the record before them.
    pub time: Option<Millis>,
    /// Where the record starts in the plain file, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// Bytes of content.
    pub size: u64,
    /// Milliseconds.
    pub duration: Option<u64>,
    /// Which event of its record.
    pub index: u32,
    /// Index into [`Derived::contexts`].
    pub context: u32,
    /// The tool's name.
    pub tool: NameId,
    /// The call's id.
    pub call: NameId,
    /// The model's name.
    pub model: NameId,
    /// The category; 0 if nobody judged.
    pub category: NameId,
    /// The subcategory.
    pub subcategory: NameId,
    /// Index into [`Derived::tokens`] plus one; 0 if it cost nothing.
    pub tokens: u32,
    /// What it is.
    pub kind: Kind,
    /// How it ended.
    pub status: Status,
    /// How bad it is.
    pub severity: Severity,
}

/// What runs of events have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ContextRow {
    /// Index into the files of the family.
    pub file: u32,
    /// The session.
    pub session: NameId,
    /// The agent's version.
    pub version: NameId,
    /// The sub-agent.
    pub sub_agent: NameId,
    /// The project: the directory in which the session began.
    pub project: NameId,
    /// The working directory.
    pub directory: NameId,
}

/// A word that a classifier added to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// Index into [`Derived::events`].
    pub event: u32,
    /// The word.
    pub label: NameId,
}

/// Something unknown, counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DriftRow {
    /// What sort of thing.
    pub element: &'static str,
    /// Its name in the log, at most 128 bytes of it.
    pub name: String,
    /// The agent's version; empty if unknown.
    pub agent_version: String,
    /// How often, copies included.
    pub count: u64,
    /// The first file that has it, as an index into the files of the family.
    pub file: u32,
    /// Where it stands there, in bytes.
    pub offset: u64,
}

/// Records that were not, or not wholly, understood: one, or several of the same reason
/// that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuarantineRow {
    /// Index into the files of the family.
    pub file: u32,
    /// Where, in bytes of the plain file.
    pub offset: u64,
    /// How much, in bytes, up to the end of the last record.
    pub length: u64,
    /// Why.
    pub reason: crate::intake::formats::Reason,
    /// How many records.
    pub records: u64,
}

/// What was counted over one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Lines that are not blank.
    pub lines: u64,
    /// Events, copies included.
    pub events: u64,
    /// The first time that stands in it.
    pub first: Option<Millis>,
    /// The last time that stands in it.
    pub last: Option<Millis>,
}

/// A batch that a plugin did not judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFailure {
    /// Index into the files of the family.
    pub file: u32,
    /// Offset of the first record of the batch.
    pub offset: u64,
    /// How many events were not judged.
    pub events: u32,
    /// What went wrong.
    pub kind: FaultKind,
    /// The message for people.
    pub message: String,
}

/// All that is derived from a family.
#[derive(Debug, Default)]
pub struct Derived {
    /// The strings.
    pub names: Names,
    /// Distinct events in order of time.
    pub events: Vec<EventRow>,
    /// What runs of events have in common.
    pub contexts: Vec<ContextRow>,
    /// Token counts.
    pub tokens: Vec<Tokens>,
    /// Labels, ordered by event.
    pub labels: Vec<LabelRow>,
    /// Sessions, ordered by id.
    pub sessions: Vec<SessionRow>,
    /// Unknown things.
    pub drift: Vec<DriftRow>,
    /// Bytes not understood.
    pub quarantine: Vec<QuarantineRow>,
    /// One for each file, in the order given.
    pub files: Vec<FileFacts>,
    /// Who judged.
    pub provenance: Option<Provenance>,
    /// Batches that were not judged.
    pub failures: Vec<PluginFailure>,
}
