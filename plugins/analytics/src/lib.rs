//! The first-party analyzer: adds up what sessions used, what failed and what came back, and
//! says what deserves to be read, by the thresholds in `rules/analytics.toml` or in a rule
//! file of that name that the user wrote.
//!
//! The adding up knows nothing of WebAssembly, and so can be tested and measured without;
//! `bindings` joins it to the contract.

mod analytics;
#[cfg(target_family = "wasm")]
mod bindings;
mod bounded;
mod events;
mod failure;
mod finish;
mod histogram;
mod interval;
mod known;
mod observe;
mod recovery;
mod report;
mod rules;
mod saved;
mod shipped;
mod slots;
mod state;
mod sum;
mod words;
mod zone;

pub use analytics::Analytics;
pub use events::{Batch, Cost, Event, FIELDS, Incident, KINDS};
pub use report::{Cell, Column, Insight, Line, Metric, Report, Series, Table};
pub use rules::{FILE, Problem, Rules};
pub use shipped::{DEFAULT, shipped};
pub use zone::Zone;
