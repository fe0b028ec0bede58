//! How well rules do on data whose truth is known: error events with known groups, logs with known templates.

pub mod accuracy;
mod event;
mod grouping;
mod print;
mod structured;
#[cfg(test)]
mod tests;

pub use event::{Failure, Unreadable, read};
pub use grouping::{Tried, diagnose, known_group, mine};
pub use structured::{Labelled, Structured, read as read_structured};
