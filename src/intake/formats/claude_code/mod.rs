//! Claude Code: what its files say.
//!
//! Transcripts have one JSON object a line; every version of the agent adds types and
//! fields, so that everything here is an open set: what is unknown is kept and counted.

mod content;
mod message;
mod record;
mod side;
#[cfg(test)]
mod tests;
mod transcript;

pub use side::{history_line, task_document};
pub use transcript::{Transcript, is_known_type};
