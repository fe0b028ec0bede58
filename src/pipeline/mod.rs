//! From the bytes of a family to derived records: a pure function.
//!
//! It knows no clock, no store and no other family; the bytes come through readers that
//! the caller opens.

mod batch;
mod family;
mod file;
mod names;
mod row;
mod session;
#[cfg(test)]
mod tests;

pub use family::{FamilyError, FamilyFile, Pipeline};
pub use names::{NameId, Names};
pub use row::{ContextRow, Derived, DriftRow, EventRow, FileFacts, LabelRow, PluginFailure, QuarantineRow};
pub use session::SessionRow;
