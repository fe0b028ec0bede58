//! The contract with plugins as the rest of the program sees it: plain values and
//! one trait for each role, free of WebAssembly.

use crate::event::{Kind, Severity};
use std::fmt;

/// What a plugin wants to see of each kind of event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindInterest {
    /// Whether events of the kind are handed over at all.
    pub wanted: bool,
    /// Hand over only events whose status is an error.
    pub failures_only: bool,
    /// Hand over text, and search literals, only where the status is an error.
    pub text_of_failures_only: bool,
    /// Bytes of text to hand over, cut at a character.
    pub text_bytes: u32,
    /// Whether the declared literals are searched in the whole decoded text.
    pub search: bool,
}

/// The optional fields that a plugin asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names the field of the event that it asks for")]
pub struct Fields {
    pub session: bool,
    pub agent: bool,
    pub project: bool,
    pub model: bool,
    pub tool: bool,
    pub sub_agent: bool,
    pub time: bool,
    pub duration: bool,
    pub size: bool,
    pub attributes: bool,
}

/// What a plugin declared that it needs; the host hands over nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// One entry for each of [`Kind::ALL`].
    pub kinds: [KindInterest; Kind::ALL.len()],
    /// The optional fields.
    pub fields: Fields,
    /// Literals to search for.
    pub literals: Vec<String>,
}

impl Interest {
    /// What is wanted of a kind.
    pub fn of(&self, kind: Kind) -> KindInterest {
        self.kinds[kind as usize]
    }
}

/// One event as a plugin sees it. Names are indices into [`Batch::names`], where
/// index 0 is the empty string and stands for "absent".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract, documented in wit/")]
pub struct EventView {
    pub kind: u32,
    pub status: u32,
    pub session: u32,
    pub agent: u32,
    pub project: u32,
    pub model: u32,
    pub tool: u32,
    pub sub_agent: u32,
    pub text: u32,
    pub time: i64,
    pub duration: u64,
    pub size: u64,
}

/// A named attribute of one event of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeView {
    /// Index into [`Batch::events`].
    pub event: u32,
    /// Index into [`Batch::names`].
    pub name: u32,
    /// Index into [`Batch::names`].
    pub value: u32,
}

/// A declared literal found in the text of one event of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Index into [`Batch::events`].
    pub event: u32,
    /// Index into [`Interest::literals`].
    pub literal: u32,
}

/// A canonical batch: what crosses the border in one call.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Interned strings; the first is empty.
    pub names: Vec<String>,
    /// Texts; the first is empty.
    pub texts: Vec<String>,
    /// The events.
    pub events: Vec<EventView>,
    /// Attributes, ordered by event.
    pub attributes: Vec<AttributeView>,
    /// Literal hits, ordered by event.
    pub hits: Vec<Hit>,
}

/// What a classifier says of one event. Names are indices into [`Judgement::names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// `operational`, `diagnostic` or `analytical`; an empty name abstains.
    pub category: u32,
    /// The subcategory.
    pub subcategory: u32,
    /// The severity; unset leaves it open.
    pub severity: Severity,
    /// Asks that the event be kept for ever.
    pub critical: bool,
}

/// A further word on one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Index into [`Batch::events`].
    pub event: u32,
    /// Index into [`Judgement::names`].
    pub name: u32,
}

/// What came back for a batch, validated: one verdict an event, every index in
/// range, every category in the vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// The strings that verdicts and labels refer to.
    pub names: Vec<String>,
    /// One for each event of the batch.
    pub verdicts: Vec<Verdict>,
    /// Ordered by event.
    pub labels: Vec<Label>,
}

/// The categories that a classifier may give.
pub const CATEGORIES: [&str; 3] = ["operational", "diagnostic", "analytical"];

/// What makes a finding repeatable: who judged, by which rules, on which host.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Provenance {
    /// The plugin's own name.
    pub plugin: String,
    /// The plugin's own version.
    pub version: String,
    /// BLAKE3 of the component, in hex.
    pub content_hash: String,
    /// BLAKE3 of settings and rule files, in hex.
    pub settings_hash: String,
    /// Version of this program.
    pub host_version: String,
}

/// Why a plugin did not answer. The text names plugin, version, limit, value and setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// The message for people.
    pub message: String,
}

/// The ways in which a plugin can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// It cannot be used at all: not a component, wrong role, unknown imports.
    Refused,
    /// It ran out of fuel.
    Fuel,
    /// It asked for more memory than it may have.
    Memory,
    /// It returned more than it may.
    Output,
    /// The outer alarm rang; not reproducible, and so no finding.
    Clock,
    /// It trapped: a panic, a bad pointer, a stack overflow.
    Trap,
    /// It returned an error of its own.
    Declined,
    /// It returned something that the contract does not allow.
    Invalid,
}

impl FaultKind {
    /// A stable word for tables and machine output.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::Refused => "refused",
            FaultKind::Fuel => "fuel",
            FaultKind::Memory => "memory",
            FaultKind::Output => "output",
            FaultKind::Clock => "clock",
            FaultKind::Trap => "trap",
            FaultKind::Declined => "declined",
            FaultKind::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// A classifier, wherever it runs. One value serves one worker.
pub trait Classifier {
    /// What it asked to see.
    fn interest(&self) -> &Interest;

    /// Who it is.
    fn provenance(&self) -> &Provenance;

    /// Judges a batch. After a fault the classifier is as good as new.
    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault>;
}
