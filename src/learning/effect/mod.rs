//! Whether a protocol keeps its error group from coming back: counts, exact intervals, verdicts.
//!
//! Pure. The method, its sources, and what was measured of it stand in `docs/effect.md`.

pub mod control;
pub mod count;
mod judge;
pub mod rate;
mod words;

pub use judge::{Baseline, Case, Effect, Lacking, Other, Settings, Verdict, judge};
