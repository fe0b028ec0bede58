//! Where things stand in a JSON file. Nothing is decoded but what is asked for.
//!
//! serde_json says whether the file is JSON, and where it is not; the project's own
//! scanner then says where each member begins and ends, which serde_json does not tell.

use super::fault::{Fault, Place};
use crate::event::Piece;
use crate::intake::json::{Malformed, Scanner};
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::ops::Range;

/// What some editors put before the text.
const MARK: char = '\u{feff}';

/// A JSON file that is known to be one.
#[derive(Clone, Copy)]
pub(super) struct Document<'a> {
    text: &'a str,
    start: usize,
}

/// A member of an object, or an item of an array.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// The key, decoded; an item has none.
    pub key: Cow<'a, str>,
    /// Where the key begins, or the item.
    pub start: usize,
    /// Where the value stands.
    pub value: Range<usize>,
}

/// An object or array.
#[derive(Debug)]
pub(super) struct Container<'a> {
    /// Where its first bracket stands.
    pub open: usize,
    /// What is in it, in order.
    pub parts: Vec<Part<'a>>,
    /// The place after its last bracket.
    pub end: usize,
}

impl<'a> Container<'a> {
    /// The member that counts, if some have this key: the last.
    pub fn member(&self, key: &str) -> Option<&Part<'a>> {
        self.parts.iter().rev().find(|part| part.key == key)
    }
}

impl<'a> Document<'a> {
    /// Looks whether this is JSON; a file without any value is `None`.
    pub fn read(bytes: &'a [u8]) -> Result<Option<Document<'a>>, Fault> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Fault::NotText(Document::seen(bytes).place(error.valid_up_to())))?;
        let document = Document::seen(bytes);
        let json = document.json();
        if json.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
            return Ok(None);
        }
        match serde_json::from_str::<IgnoredAny>(json) {
            Ok(_) => Ok(Some(Document { text, ..document })),
            Err(error) => Err(document.refuse(&error)),
        }
    }

    /// The text, as far as it is one, and where it begins.
    fn seen(bytes: &'a [u8]) -> Document<'a> {
        let text = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Document { text, start: if text.starts_with(MARK) { MARK.len_utf8() } else { 0 } }
    }

    fn json(&self) -> &'a str {
        self.slice(self.start..self.text.len())
    }

    /// The text from here to there.
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// All of it.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Line and column of a byte.
    pub fn place(&self, offset: usize) -> Place {
        Place::of(self.json().as_bytes(), offset.saturating_sub(self.start))
    }

    /// Where the file's value begins.
    pub fn root(&self) -> usize {
        let mut scanner = self.scanner(self.start);
        scanner.peek();
        scanner.position()
    }

    /// The object that begins here, or `None` if something else does.
    pub fn object(&self, at: usize) -> Result<Option<Container<'a>>, Fault> {
        let mut scanner = self.scanner(at);
        if scanner.peek() != Some(b'{') {
            return Ok(None);
        }
        let open = scanner.position();
        let (mut parts, mut from) = (Vec::new(), open + 1);
        let walked = scanner.object(|scanner, key| {
            let value = take(scanner)?;
            let gap = self.slice(from..value.start);
            let start = from + gap.len() - gap.trim_start_matches([' ', '\t', '\r', '\n', ',']).len();
            from = value.end;
            parts.push(Part { key: Piece::Escaped(key).decode(), start, value });
            Ok(())
        });
        walked.map_err(|fault| self.malformed(fault))?;
        Ok(Some(Container { open, parts, end: scanner.position() }))
    }

    /// The array that begins here, or `None` if something else does.
    pub fn array(&self, at: usize) -> Result<Option<Container<'a>>, Fault> {
        let mut scanner = self.scanner(at);
        if scanner.peek() != Some(b'[') {
            return Ok(None);
        }
        let open = scanner.position();
        let mut parts = Vec::new();
        let walked = scanner.array(|scanner| {
            let value = take(scanner)?;
            parts.push(Part { key: Cow::Borrowed(""), start: value.start, value });
            Ok(())
        });
        walked.map_err(|fault| self.malformed(fault))?;
        Ok(Some(Container { open, parts, end: scanner.position() }))
    }

    /// The text that a value is, decoded, or `None` if it is none.
    pub fn string(&self, value: &Range<usize>) -> Option<Cow<'a, str>> {
        let inside = self.slice(value.clone()).strip_prefix('"')?.strip_suffix('"')?;
        Some(Piece::Escaped(inside.as_bytes()).decode())
    }

    /// Of which type the value here is, in words.
    pub fn kind(&self, at: usize) -> &'static str {
        match self.text.as_bytes().get(at) {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "a truth value",
            Some(b'n') => "null",
            _ => "a number",
        }
    }

    fn scanner(&self, at: usize) -> Scanner<'a> {
        let mut scanner = Scanner::new(self.text.as_bytes());
        scanner.advance(at);
        scanner
    }

    fn malformed(&self, fault: Malformed) -> Fault {
        Fault::NotJson { place: self.place(fault.at), reason: format!("{} was expected", fault.expected) }
    }

    /// What serde_json said, with its place counted in characters, and by their names what other kinds of JSON allow.
    fn refuse(&self, error: &serde_json::Error) -> Fault {
        let json = self.json().as_bytes();
        let ended = error.line().checked_sub(2).and_then(|lines| memchr::memchr_iter(b'\n', json).nth(lines));
        let line = ended.map_or(0, |end| end + 1);
        let offset = line + error.column().saturating_sub(1);
        let (before, rest) = json.split_at(offset.min(json.len()));
        if rest.starts_with(b"//") || rest.starts_with(b"/*") {
            return Fault::Comment(Place::of(json, offset));
        }
        if let (Some(b'}' | b']'), Some(before)) = (rest.first(), before.trim_ascii_end().strip_suffix(b",")) {
            let reason = "a comma with nothing behind it".to_owned();
            return Fault::NotJson { place: Place::of(json, before.len()), reason };
        }
        let place = Place::of(json, offset);
        let reason = error.to_string();
        let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
        Fault::NotJson { place, reason: reason.to_owned() }
    }
}

/// Steps over any value and says where it stands.
fn take(scanner: &mut Scanner<'_>) -> Result<Range<usize>, Malformed> {
    scanner.peek();
    let start = scanner.position();
    scanner.skip()?;
    Ok(start..scanner.position())
}
