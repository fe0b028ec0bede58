//! Why a settings file is left as it is.

use std::fmt;

/// A place in a file, as an editor shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1 on.
    pub line: usize,
    /// The character in that line, from 1 on.
    pub column: usize,
}

impl Place {
    /// Where the byte at `offset` stands; a character that is not whole counts as one.
    pub(super) fn of(bytes: &[u8], offset: usize) -> Place {
        let before = bytes.get(..offset).unwrap_or(bytes);
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let column = 1 + String::from_utf8_lossy(before.get(start..).unwrap_or_default()).chars().count();
        Place { line, column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

/// What keeps a settings file from being understood, and so from being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no UTF-8.
    NotText(Place),
    /// It has a comment, with which the agent does not read it either.
    Comment(Place),
    /// It is no JSON.
    NotJson {
        /// Where it stops being JSON.
        place: Place,
        /// What is wrong there.
        reason: String,
    },
    /// Something on the way to the hooks is of another type than the agent knows.
    Unexpected {
        /// What it is, in words.
        what: &'static str,
        /// Of which type it is.
        found: &'static str,
        /// Of which type it should be.
        wanted: &'static str,
        /// Where it begins.
        place: Place,
    },
    /// A key on the way to the hooks stands twice, so that what is there is not what counts.
    Twice {
        /// The key.
        key: &'static str,
        /// Where the second one stands.
        place: Place,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotText(place) => write!(out, "no UTF-8 in {place}"),
            Fault::Comment(place) => write!(out, "a comment in {place}; in JSON there are none"),
            Fault::NotJson { place, reason } => write!(out, "no JSON in {place}: {reason}"),
            Fault::Unexpected { what, found, wanted, place } => {
                write!(out, "{what} is {found} in {place}, where {wanted} is known")
            }
            Fault::Twice { key, place } => {
                write!(out, "`{key}` stands a second time in {place}; the agent takes only the last")
            }
        }
    }
}

impl std::error::Error for Fault {}
