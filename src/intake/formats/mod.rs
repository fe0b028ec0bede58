//! The formats in which agents write: one folder or file for each agent.

mod claude_code;
mod plain;
mod read;

pub(super) use claude_code::is_known_type;
pub use read::{ReadError, Reading, read, record};

use crate::event::Event;

/// Takes what a reader finds in a file, in the order of the file.
pub trait Sink {
    /// An event.
    fn event(&mut self, event: Event<'_>);

    /// Something that no version of the format known to the reader has.
    fn drift(&mut self, drift: Drift<'_>);

    /// Bytes that could not be understood.
    fn quarantine(&mut self, offset: u64, length: u64, reason: Reason);
}

/// Something in a log that the reader does not know; it is kept, and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drift<'a> {
    /// What sort of thing is unknown: `record type`, `field`, `content block`, ...
    pub element: &'static str,
    /// The name as it stands in the log.
    pub name: &'a [u8],
    /// Version of the agent that wrote it, if the record says so.
    pub agent_version: Option<&'a str>,
    /// Where the record starts, in bytes.
    pub offset: u64,
}

/// Why bytes were not, or not wholly, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The last line of the file is incomplete: cut off, or still being written.
    TornTail,
    /// The line is not JSON.
    NotJson,
    /// The line is JSON, but no object.
    NotAnObject,
    /// The line holds NUL bytes, as files do after a crash.
    NulBytes,
    /// The line is not UTF-8; it was read with replacement characters.
    NotUtf8,
    /// The line is longer than `[intake] max_line`.
    TooLong,
    /// The compressed stream is damaged from here on.
    BadCompression,
}

impl Reason {
    /// Every reason, in the order of the declaration.
    pub const ALL: [Reason; 7] = [
        Reason::TornTail,
        Reason::NotJson,
        Reason::NotAnObject,
        Reason::NulBytes,
        Reason::NotUtf8,
        Reason::TooLong,
        Reason::BadCompression,
    ];

    /// A stable word, as it stands in the `quarantine` table.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::TornTail => "torn-tail",
            Reason::NotJson => "not-json",
            Reason::NotAnObject => "not-an-object",
            Reason::NulBytes => "nul-bytes",
            Reason::NotUtf8 => "not-utf8",
            Reason::TooLong => "too-long",
            Reason::BadCompression => "bad-compression",
        }
    }

    /// What it means, for people, and the way out.
    pub const fn explanation(self) -> &'static str {
        match self {
            Reason::TornTail => "the last line is incomplete; it is read again when the file grows",
            Reason::NotJson => "the line is not JSON; it was passed over and is kept as it is",
            Reason::NotAnObject => "the line is JSON but no object; it was passed over and is kept as it is",
            Reason::NulBytes => "the line holds NUL bytes, as after a crash; what stands beside them was read",
            Reason::NotUtf8 => "the line is not UTF-8; it was read with replacement characters",
            Reason::TooLong => "the line is longer than `[intake] max_line`; raise it and run `logwright rebuild`",
            Reason::BadCompression => "the compressed file is damaged from here on; what stands before was read",
        }
    }

    /// Whether it is the ordinary state of a file that somebody writes to.
    pub const fn is_ordinary(self) -> bool {
        matches!(self, Reason::TornTail)
    }
}
