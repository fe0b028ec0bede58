//! The first-party classifier: says what each event is, by the rules in
//! `rules/classifier.toml` or by a rule file of that name that the user wrote.
//!
//! The judging knows nothing of WebAssembly, and so can be tested and measured
//! without; `bindings` joins it to the contract.

#[cfg(target_family = "wasm")]
mod bindings;
mod interest;
mod judge;
mod kept;
mod rules;
mod shipped;

pub use interest::{Interest, KindInterest};
pub use judge::{Attribute, Batch, Event, Hit, Judgement, Label, Verdict};
pub use kept::{Outcome, Rule, Rules};
pub use rules::{FILE, Problem};
pub use shipped::{DEFAULT, SHIPPED};
