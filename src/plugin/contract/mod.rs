//! The contract with plugins as the rest of the program sees it: plain values and
//! one trait for each role, free of WebAssembly.

mod analyzer;
mod classifier;
mod extractor;

pub use analyzer::{
    AnalyzedEvent, AnalyzedIncident, Analyzer, AnalyzerBatch, CostView, DataCell, DataColumn, DataTable, Insight,
    Metric, Points, Report, Series,
};
pub use classifier::{AttributeView, Batch, CATEGORIES, Classifier, EventView, Hit, Judgement, Label, Verdict};
pub use extractor::{
    DISPOSITIONS, Diagnosis, ErrorGroup, Excerpt, Exemplar, Extractor, Findings, IncidentBatch, IncidentFields,
    IncidentInterest, IncidentText, IncidentView, OWNERS, Proposal,
};

use super::guest::Notes;
use crate::event::Kind;
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
    // Only analyzers can ask for these.
    pub tokens: bool,
    pub verdict: bool,
    pub labels: bool,
    pub incident: bool,
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
    /// It answered the same question differently in a fresh instance: it remembers.
    Stateful,
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
            FaultKind::Stateful => "stateful",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// What all roles have in common. One value serves one worker.
pub trait Plugin {
    /// Who it is.
    fn provenance(&self) -> &Provenance;

    /// Whether it was granted to have something kept for ever.
    fn may_be_critical(&self) -> bool;

    /// Lets the next call start in a fresh instance, which knows nothing of what went before.
    fn renew(&mut self);

    /// The notes that it left since the last time.
    fn take_notes(&mut self) -> Notes {
        Notes::default()
    }

    /// Instructions that calls used since the last time; starting and describing do not count.
    fn take_fuel(&mut self) -> u64;
}
