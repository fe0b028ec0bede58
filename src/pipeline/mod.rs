//! From the bytes of a family to derived records: a pure function.
//!
//! It knows no clock, no store and no other family; the bytes come through readers that
//! the caller opens.

mod analyze;
mod batch;
mod command;
mod diagnose;
mod examine;
mod family;
mod file;
mod incident;
mod intent;
mod lift;
mod names;
mod panel;
mod record;
mod row;
mod search;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod trial;

pub use command::deeds;
pub use family::{FamilyError, FamilyFile, Pipeline, Seats, Stage};
pub use incident::{IncidentRow, Resolution};
pub use lift::{Logs, Source, Standing, Stream, excerpt, lift};
pub use names::{NameId, Names};
pub use panel::Seat;
pub use record::{ErrorRecord, RecordedDiagnosis};
pub use row::{
    ContextRow, Derived, DiagnosisRow, DriftRow, EventRow, FileFacts, Judged, LabelRow, OpinionRow, PluginFailure,
    QuarantineRow, StateRow,
};
pub use session::SessionRow;
pub use trial::{Again, Replayed, Tried, replay, try_analyzer, try_classifier, try_extractor};
