//! Ingest: brings sources into the house and understands what changed.

mod entries;
mod errors;
mod failures;
mod fault;
mod gather;
mod jobs;
mod judges;
mod keep;
mod recover;
mod report;
mod run;
mod understand;

pub use errors::{Decision, ErrorBook, Lines, handle};
pub use fault::IngestError;
pub use judges::{Judges, Load, Player, Ready, Suspended};
pub use keep::source_text;
pub use report::{Failing, Report, Step};
pub use run::{Ingest, Mode, create_folders, open_house};
