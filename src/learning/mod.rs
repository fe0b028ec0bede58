//! From failure to cause to rule to measured effect.

pub mod agent_settings;
pub mod block;
mod book;
pub mod effect;
mod fault;
mod group;
mod guard;
mod journal;
mod learn;
mod measure;
mod mine;
mod outcome;
mod places;
mod publish;
mod resolution;
mod spool;
pub mod template;
mod trigger;
mod watch;

pub use book::{Book, read_register};
pub use fault::LearningError;
pub use group::Gathered;
pub use guard::{GuardFile, Guarded, Question, RECENT, Recent, Verdict, decide, is_held_back};
pub use journal::{Change, Entry, Past, Place, Plan, Register, What};
pub use learn::{Extractors, Learn, Learned};
pub use measure::{Backtest, Measure, Measures};
pub use mine::{OWNERS, proposed};
pub use outcome::effect as effect_of;
pub use places::{AS_IT_SHOULD, Deed, Deeds, NOT_THERE, PAGES, Publisher, carry_out, read, write};
pub use publish::{applies, one_line, page, said, shown};
pub use spool::{SPOOL, SpoolLine};
pub use trigger::{BadPattern, Call, FURTHEST, Matcher, Seen, Trace, VALUE_BYTES, watched};
pub use watch::guard;
