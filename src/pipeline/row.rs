//! Derived records: what the store keeps of a family.

use super::incident::IncidentRow;
use super::lift::Standing;
use super::names::{NameId, Names};
use super::record::ErrorRecord;
use super::session::SessionRow;
use crate::event::{Kind, Millis, Severity, Status, Tokens};
use crate::plugin::{Fault, FaultKind, Notes, Provenance, Role};

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
    /// The place of the classifier that filled the verdict, from 1; 0 if none did.
    pub judge: u8,
    /// Whether a classifier that may asks that it be kept for ever.
    pub critical: bool,
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
    /// The place of the classifier.
    pub slot: u8,
}

/// A verdict that did not fill its event, since another classifier came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpinionRow {
    /// Index into [`Derived::events`].
    pub event: u32,
    /// The place of the classifier.
    pub slot: u8,
    /// The category.
    pub category: NameId,
    /// The subcategory.
    pub subcategory: NameId,
    /// How bad it is.
    pub severity: Severity,
}

/// What an extractor said of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiagnosisRow {
    /// The place of the extractor, from 1; 0 if nobody said anything.
    pub judge: u8,
    /// What it was: `incident`, `benign`, `echo` or `decision`.
    pub disposition: NameId,
    /// Why it is benign, or of what it is an echo.
    pub reason: NameId,
    /// What its group shares.
    pub fingerprint: NameId,
    /// What happened, for people.
    pub title: NameId,
    /// The class of the cause.
    pub cause: NameId,
    /// Whose it is to mend.
    pub owner: NameId,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is to be kept for ever.
    pub critical: bool,
}

/// What a plugin did for a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Its role.
    pub role: Role,
    /// Its place among those of the role, from 0.
    pub slot: u8,
    /// Who it is.
    pub provenance: Provenance,
    /// It was not asked, for it is suspended.
    pub suspended: bool,
    /// Events, or incidents, that it was to judge.
    pub asked: u64,
    /// Those of them that it did not judge.
    pub unjudged: u64,
    /// Instructions that it used.
    pub fuel: u64,
    /// Notes that it left.
    pub notes: Notes,
}

/// What an analyzer gathered over the family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateRow {
    /// The place of the analyzer.
    pub slot: u8,
    /// In a form of its own.
    pub bytes: Vec<u8>,
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

/// A record on which a plugin fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFailure {
    /// The plugin's role.
    pub role: Role,
    /// Its place among those of the role.
    pub slot: u8,
    /// The event's id.
    pub event: u64,
    /// Index into the files of the family.
    pub file: u32,
    /// Where its record stands.
    pub offset: u64,
    /// How long that is.
    pub length: u64,
    /// What went wrong.
    pub kind: FaultKind,
    /// The message for people.
    pub message: String,
}

impl PluginFailure {
    /// The failure of a plugin on an event of a file.
    pub fn new(role: Role, slot: usize, file: u32, event: &EventRow, fault: Fault) -> PluginFailure {
        let EventRow { id, offset, length, .. } = *event;
        let Fault { kind, message } = fault;
        PluginFailure { role, slot: slot as u8, event: id, file, offset, length, kind, message }
    }
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
    /// Verdicts that did not fill their event, ordered by event.
    pub opinions: Vec<OpinionRow>,
    /// Failures with their surroundings, ordered by event.
    pub incidents: Vec<IncidentRow>,
    /// What extractors say of them, one for each.
    pub diagnoses: Vec<DiagnosisRow>,
    /// Self-contained records of them, in the same order.
    pub records: Vec<ErrorRecord>,
    /// What analyzers gathered.
    pub states: Vec<StateRow>,
    /// What each plugin did.
    pub judged: Vec<Judged>,
    /// Records on which plugins fail.
    pub failures: Vec<PluginFailure>,
    /// Events that some classifier should have judged and none did.
    pub unjudged: u64,
}

impl OpinionRow {
    /// Whether it says something else than what fills the event.
    pub fn differs_from(&self, event: &EventRow) -> bool {
        (self.category, self.subcategory, self.severity) != (event.category, event.subcategory, event.severity)
    }
}

impl Derived {
    /// Writes down that a plugin fails on an event.
    pub fn failed(&mut self, role: Role, slot: usize, event: u32, fault: Fault) {
        let event = &self.events[event as usize];
        let file = self.contexts[event.context as usize].file;
        self.failures.push(PluginFailure::new(role, slot, file, event, fault));
    }

    /// Where the record of an event stands.
    pub fn standing(&self, event: u32) -> Standing {
        let event = &self.events[event as usize];
        let file = self.contexts[event.context as usize].file;
        Standing { file, offset: event.offset, length: event.length, index: event.index }
    }

    /// The labels of an event.
    pub fn labels_of(&self, event: u32) -> &[LabelRow] {
        let start = self.labels.partition_point(|label| label.event < event);
        let end = self.labels.partition_point(|label| label.event <= event);
        &self.labels[start..end]
    }

    /// Milliseconds from a failure to the call that resolved it.
    pub fn resolved_after(&self, incident: &IncidentRow) -> Option<u64> {
        let end = self.events[incident.resolution? as usize].time?;
        let start = self.events[incident.event as usize].time?;
        u64::try_from(end.checked_sub(start)?).ok()
    }
}
