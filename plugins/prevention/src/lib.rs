//! The first-party extractor: says what failures were caused by and what would prevent
//! them, by the rules in `rules/prevention.toml` or by a rule file of that name that the
//! user wrote.
//!
//! The logic knows nothing of WebAssembly, and so can be tested and measured without;
//! `bindings` joins it to the contract. It takes any text, cut anywhere, and never panics.

mod batch;
#[cfg(target_family = "wasm")]
mod bindings;
mod command;
mod compact;
mod diagnose;
mod evidence;
mod finder;
mod frames;
mod interest;
mod json;
mod lower;
mod mined;
mod native;
mod normal;
mod problem;
mod propose;
mod said;
mod shipped;
mod stack;
mod symbol;
mod tell;
mod template;
mod written;

pub use batch::{Attribute, Batch, Diagnosis, Excerpt, Findings, Hit, Incident};
pub use compact::{By, Capture, Class, Compact, DISPOSITIONS, Kind, Language, Mined, Pattern, Rule, Stack, Template};
pub use interest::Interest;
pub use problem::{FILE, Problem};
pub use propose::{Exemplar, Group, MIN_FAMILIES, Protocol};
pub use shipped::{DEFAULT, SHIPPED};
