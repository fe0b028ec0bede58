//! From failure to cause to rule to measured effect.

mod acts;
mod book;
mod digest;
mod fault;
mod group;
mod guard;
mod journal;
mod learn;
mod marker;
mod measure;
mod mine;
mod modules;
mod operations;
mod quote;
mod resolution;
mod spool;
mod trigger;

pub use book::{Book, read_register};
pub use fault::LearningError;
pub use group::Gathered;
pub use guard::{GuardFile, Guarded, Question, RECENT, Recent, Verdict, decide};
pub use journal::{Change, Entry, Past, Place, Plan, Register, What};
pub use learn::{Extractors, Learn, Learned};
pub use measure::{Backtest, Measure, Measures};
pub use mine::{OWNERS, proposed};
pub use modules::{AboutIt, Fate, Module, ModuleFile, ModuleState, Modules, Scope, module_files_about, module_states};
pub use spool::{SPOOL, SpoolLine};
pub use trigger::{BadPattern, Call, FURTHEST, Matcher, Seen, Trace, VALUE_BYTES, watched};
