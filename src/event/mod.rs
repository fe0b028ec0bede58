//! The vocabulary of the product: what a record is once it is understood.
//!
//! Nothing in here knows a disk, a clock, a store or a plugin.

mod keeping;
mod kind;
mod record;
mod severity;
mod text;
mod time;

pub use keeping::{Action, Pin, Sort};
pub use kind::{Kind, Status};
pub use record::{Attribute, Event, Tokens};
pub use severity::Severity;
pub use text::{Piece, Text};
pub use time::{Millis, format_rfc3339, parse_rfc3339};
