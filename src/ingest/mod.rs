//! Ingest: brings sources into the house and understands what changed.

mod entries;
mod fault;
mod gather;
mod jobs;
mod keep;
mod recover;
mod report;
mod run;
mod understand;

pub use fault::IngestError;
pub use keep::source_text;
pub use report::{Report, Step};
pub use run::{Ingest, Mode, create_folders, open_house};
pub use understand::{Judges, LoadClassifier};
