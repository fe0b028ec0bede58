//! Looks for a pattern in everything that is kept, archives included.
//!
//! Logs are read once, at the speed of a byte search: a sieve says which lines may hold a hit, and only those are
//! decoded. What an event is, and which of several copies of it counts, is known from the store, so that a hit is an
//! event and not a place. Nothing is written, and nothing is held but what is to be shown.

mod excerpt;
mod outcome;
mod pattern;
mod run;
mod said;
mod shelf;
mod sieve;

pub use excerpt::Excerpt;
pub use outcome::{Hit, Outcome, RawHit, Unread};
pub use pattern::{Case, Found, Pattern, PatternError, Reach, Syntax, words_of};
pub use run::{Search, Step};
pub use said::{Unquoted, said};
