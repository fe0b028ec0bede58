//! Analyzers: folds over the events of a family, merged into a report.

use super::{AttributeView, Fault, Hit, Interest, Label, Plugin};
use crate::event::{Millis, Severity, Tokens};

/// One event as an analyzer sees it. Names are indices into [`AnalyzerBatch::names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract, documented in wit/")]
pub struct AnalyzedEvent {
    pub kind: u32,
    pub status: u32,
    pub session: u32,
    pub agent: u32,
    pub project: u32,
    pub model: u32,
    pub tool: u32,
    pub sub_agent: u32,
    pub category: u32,
    pub subcategory: u32,
    pub text: u32,
    pub severity: Severity,
    pub time: i64,
    pub duration: u64,
    pub size: u64,
}

/// What one model response cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CostView {
    /// Index into [`AnalyzerBatch::events`].
    pub event: u32,
    /// Its tokens.
    pub tokens: Tokens,
}

/// What was found out about a failed event. Names are indices into [`AnalyzerBatch::names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract, documented in wit/")]
pub struct AnalyzedIncident {
    /// Index into [`AnalyzerBatch::events`].
    pub event: u32,
    pub disposition: u32,
    pub fingerprint: u32,
    pub cause: u32,
    pub owner: u32,
    pub resolution: u32,
    pub resolved_after: u64,
}

/// Distinct events of one family in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnalyzerBatch {
    /// Interned strings; the first is empty.
    pub names: Vec<String>,
    /// Texts; the first is empty.
    pub texts: Vec<String>,
    /// The events.
    pub events: Vec<AnalyzedEvent>,
    /// Attributes, ordered by event.
    pub attributes: Vec<AttributeView>,
    /// Literal hits, ordered by event.
    pub hits: Vec<Hit>,
    /// Labels, ordered by event; names are indices into [`AnalyzerBatch::names`].
    pub labels: Vec<Label>,
    /// Costs, ordered by event.
    pub tokens: Vec<CostView>,
    /// Incidents, ordered by event.
    pub incidents: Vec<AnalyzedIncident>,
}

/// One number of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// A stable word.
    pub name: String,
    /// For people.
    pub title: String,
    /// Finite.
    pub value: f64,
    /// The unit, as a word.
    pub unit: String,
}

/// A column of a table of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataColumn {
    /// A stable word.
    pub name: String,
    /// For people.
    pub title: String,
    /// The unit, as a word.
    pub unit: String,
}

/// A value in a table of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DataCell {
    /// Nothing.
    #[default]
    None,
    /// Text; untrusted.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number, finite.
    Real(f64),
}

/// A table of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataTable {
    /// A stable word.
    pub name: String,
    /// For people.
    pub title: String,
    /// The columns.
    pub columns: Vec<DataColumn>,
    /// As many cells as columns.
    pub rows: Vec<Vec<DataCell>>,
}

/// One line of a series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// For people; empty if it is the only line.
    pub title: String,
    /// Times in order, and finite values.
    pub points: Vec<(Millis, f64)>,
}

/// Numbers over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// A stable word.
    pub name: String,
    /// For people.
    pub title: String,
    /// The unit, as a word.
    pub unit: String,
    /// The lines.
    pub lines: Vec<Points>,
}

/// Something that deserves to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insight {
    /// How grave it is.
    pub severity: Severity,
    /// What it says; untrusted.
    pub text: String,
}

/// What an analyzer found, validated: names are words, times in order, numbers finite,
/// rows as long as their header.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each is described at its type")]
pub struct Report {
    pub metrics: Vec<Metric>,
    pub tables: Vec<DataTable>,
    pub series: Vec<Series>,
    pub insights: Vec<Insight>,
}

/// An analyzer, wherever it runs. To observe another family, or to report, it is
/// renewed first.
pub trait Analyzer: Plugin {
    /// What it asked to see.
    fn interest(&self) -> &Interest;

    /// Takes the next events of a family. After a fault what was gathered is gone.
    fn observe(&mut self, batch: &AnalyzerBatch) -> Result<(), Fault>;

    /// Hands over what was gathered.
    fn save(&mut self) -> Result<Vec<u8>, Fault>;

    /// Takes what was saved of a family.
    fn merge(&mut self, state: &[u8]) -> Result<(), Fault>;

    /// Reports on all that was merged.
    fn finish(&mut self) -> Result<Report, Fault>;
}
