//! The vocabulary of the product: what a record is once it is understood.
//!
//! Nothing in here knows a disk, a clock, a store or a plugin.

mod keeping;
mod kind;
mod protocol;
mod record;
mod severity;
mod text;
mod time;
mod trigger;

pub use keeping::{Action, Pin, Sort};
pub use kind::{Kind, Status};
pub use protocol::{Evidence, GuardMode, Proposer, Protocol, ProtocolId, Status as ProtocolStatus};
pub use record::{Attribute, Event, Tokens};
pub use severity::Severity;
pub use text::{Piece, Text};
pub use time::{Millis, format_rfc3339, parse_rfc3339};
pub use trigger::{Condition, OPERATORS, Precaution, Trigger, names_tool};
