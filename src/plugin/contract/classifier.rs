//! Classifiers: what each event is.

use super::{Fault, Interest, Plugin};
use crate::event::Severity;

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

/// A classifier, wherever it runs.
pub trait Classifier: Plugin {
    /// What it asked to see.
    fn interest(&self) -> &Interest;

    /// Judges a batch. After a fault the classifier is as good as new.
    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault>;
}
