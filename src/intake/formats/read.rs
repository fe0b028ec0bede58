//! Reads a file of a known form from its first byte to its last.

use super::claude_code::{Transcript, history_line, task_document};
use super::{Reason, Sink, plain};
use crate::event::Kind;
use crate::intake::identify::{Form, Shape};
use crate::intake::is_damage;
use crate::intake::json::{Malformed, Scanner};
use crate::intake::lines::{Line, Lines};
use std::fmt;
use std::io::{self, Read};

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What the file is.
    pub form: Form,
    /// Whether it has lines or is one document.
    pub shape: Shape,
    /// The session that its path tells; empty if none.
    pub session: &'a str,
    /// Longest line, and largest document, in bytes.
    pub max_line: usize,
}

impl Reading<'_> {
    /// Whether each record stands on a line; otherwise the whole file is looked at at once.
    pub fn is_by_line(&self) -> bool {
        let is_of_lines = matches!(self.form, Form::Transcript | Form::History | Form::DebugLog);
        is_of_lines && self.shape == Shape::Lines
    }

    /// Whether a text that stands in the log without quotes is a value of JSON, and not the text itself.
    pub fn is_json(&self) -> bool {
        matches!(self.form, Form::Transcript | Form::History | Form::Tasks)
    }
}

/// Why a file could not be read to its end.
#[derive(Debug)]
pub struct ReadError {
    /// How many bytes had been read.
    pub offset: u64,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot read on after byte {}", self.offset)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Reads `source` and hands what it finds to `sink`. Returns the number of lines that
/// are not blank.
pub fn read(source: impl Read, reading: Reading<'_>, sink: &mut impl Sink) -> Result<u64, ReadError> {
    match (reading.form, reading.shape) {
        (Form::ShellSnapshot, _) => whole(source, reading, Kind::Snapshot, sink),
        (Form::ToolOutput, _) => whole(source, reading, Kind::ToolOutput, sink),
        (Form::SubAgent, _) => whole(source, reading, Kind::Meta, sink),
        (Form::Tasks, _) | (_, Shape::Document) => document(source, reading, sink),
        (Form::DebugLog, Shape::Lines) => lines(source, reading, sink, |line, offset, _, sink| {
            plain::log_line(line, offset, reading.session, sink);
        }),
        (Form::History, Shape::Lines) => lines(source, reading, sink, |line, offset, last, sink| {
            objects(line, offset, last, sink, history_line);
        }),
        (Form::Transcript, Shape::Lines) => {
            let mut transcript = Transcript::new(reading.session);
            lines(source, reading, sink, |line, offset, last, sink| {
                objects(line, offset, last, sink, |bytes, offset, sink| transcript.object(bytes, offset, sink));
            })
        }
    }
}

/// Reads one record again, from its own bytes, as they stand at `offset`.
pub fn record(reading: Reading<'_>, bytes: &[u8], offset: u64, sink: &mut impl Sink) {
    // The record was understood when it was read first; if it no longer is, nothing comes.
    let _ = match reading.form {
        Form::Transcript => Transcript::new(reading.session).object(bytes, offset, sink),
        Form::History => history_line(bytes, offset, sink),
        Form::Tasks => task_document(bytes, offset, reading.session, sink),
        Form::DebugLog => return plain::log_line(bytes, offset, reading.session, sink),
        Form::ShellSnapshot => return plain::whole_file(Kind::Snapshot, bytes, reading.session, sink),
        Form::ToolOutput => return plain::whole_file(Kind::ToolOutput, bytes, reading.session, sink),
        Form::SubAgent => return plain::whole_file(Kind::Meta, bytes, reading.session, sink),
    };
}

/// Reads line by line; `each` gets the line without white space around it, its offset
/// and whether it is an unfinished last line.
fn lines<S: Sink>(
    source: impl Read,
    reading: Reading<'_>,
    sink: &mut S,
    mut each: impl FnMut(&[u8], u64, bool, &mut S),
) -> Result<u64, ReadError> {
    let mut lines = Lines::new(source, 0, reading.max_line);
    let mut end = 0;
    let mut count = 0;
    loop {
        let next = match lines.next() {
            Err(error) if is_damage(&error) => {
                sink.quarantine(end, 0, Reason::BadCompression);
                return Ok(count);
            }
            next => next.map_err(|source| ReadError { offset: end, source })?,
        };
        match next {
            None => return Ok(count),
            Some(Line::TooLong { offset, length }) => {
                count += 1;
                end = offset + length + 1;
                sink.quarantine(offset, length, Reason::TooLong);
            }
            Some(Line::Whole { offset, bytes, terminated }) => {
                let after = offset + bytes.len() as u64;
                end = after + u64::from(terminated);
                let bytes = if offset == 0 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
                let shift = after - offset - bytes.len() as u64;
                let line = bytes.trim_ascii_end();
                if line.is_empty() {
                    continue;
                }
                count += 1;
                if simdutf8::basic::from_utf8(line).is_err() {
                    sink.quarantine(offset, line.len() as u64, Reason::NotUtf8);
                }
                each(line, offset + shift, !terminated, sink);
            }
        }
    }
}

/// Reads the objects on a line: one, as a rule; two, where a line feed got lost.
fn objects<S: Sink>(
    line: &[u8],
    offset: u64,
    is_last: bool,
    sink: &mut S,
    mut object: impl FnMut(&[u8], u64, &mut S) -> Result<usize, Malformed>,
) {
    let mut at = 0;
    let mut nul_seen = false;
    while at < line.len() {
        let rest = &line[at..];
        match rest[0] {
            b' ' | b'\t' | b'\r' => at += 1,
            0 => {
                at += rest.iter().take_while(|byte| **byte == 0).count();
                if !nul_seen {
                    nul_seen = true;
                    sink.quarantine(offset, line.len() as u64, Reason::NulBytes);
                }
            }
            b'{' => match object(rest, offset + at as u64, sink) {
                Ok(length) => at += length,
                Err(fault) => {
                    let reason = match () {
                        () if memchr::memchr(0, rest).is_some() => Reason::NulBytes,
                        () if fault.torn && is_last => Reason::TornTail,
                        () => Reason::NotJson,
                    };
                    sink.quarantine(offset + at as u64, rest.len() as u64, reason);
                    return;
                }
            },
            _ => {
                let is_value = serde_json::from_slice::<serde::de::IgnoredAny>(rest).is_ok();
                let reason = if is_value { Reason::NotAnObject } else { Reason::NotJson };
                sink.quarantine(offset + at as u64, rest.len() as u64, reason);
                return;
            }
        }
    }
}

/// Reads a file that is one JSON document: an object, an array of objects, or objects
/// that stretch over several lines.
fn document(source: impl Read, reading: Reading<'_>, sink: &mut impl Sink) -> Result<u64, ReadError> {
    let Some(bytes) = slurp(source, reading.max_line, sink)? else { return Ok(1) };
    let bytes = bytes.as_slice();
    if simdutf8::basic::from_utf8(bytes).is_err() {
        sink.quarantine(0, bytes.len() as u64, Reason::NotUtf8);
    }
    let mut transcript = Transcript::new(reading.session);
    let mut scanner = Scanner::new(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let shift = bytes.len() as u64 - scanner.rest().len() as u64;
    let mut count = 0;
    let outcome = (|| {
        while scanner.peek().is_some() {
            let start = scanner.position();
            if reading.form == Form::Tasks {
                count += 1;
                let used = task_document(scanner.rest(), shift + start as u64, reading.session, sink)?;
                scanner.advance(used);
                continue;
            }
            let mut element = |scanner: &mut Scanner<'_>| {
                count += 1;
                let value = scanner.span()?;
                let offset = shift + (scanner.position() - value.len()) as u64;
                match reading.form {
                    _ if !value.starts_with(b"{") => sink.quarantine(offset, value.len() as u64, Reason::NotAnObject),
                    Form::History => drop(history_line(value, offset, sink)?),
                    _ => drop(transcript.object(value, offset, sink)?),
                }
                Ok(())
            };
            if scanner.peek() == Some(b'[') { scanner.array(&mut element)? } else { element(&mut scanner)? }
        }
        Ok(())
    })();
    if let Err(Malformed { torn, .. }) = outcome {
        let at = scanner.position().min(bytes.len());
        let reason = if torn { Reason::TornTail } else { Reason::NotJson };
        sink.quarantine(shift + at as u64, (bytes.len() - at) as u64, reason);
    }
    Ok(count)
}

fn whole(source: impl Read, reading: Reading<'_>, kind: Kind, sink: &mut impl Sink) -> Result<u64, ReadError> {
    let Some(bytes) = slurp(source, reading.max_line, sink)? else { return Ok(1) };
    if bytes.is_empty() {
        return Ok(0);
    }
    plain::whole_file(kind, &bytes, reading.session, sink);
    Ok(memchr::memchr_iter(b'\n', &bytes).count() as u64 + u64::from(!bytes.ends_with(b"\n")))
}

/// Reads a whole file of bounded size; a larger one goes to quarantine.
fn slurp(mut source: impl Read, limit: usize, sink: &mut impl Sink) -> Result<Option<Vec<u8>>, ReadError> {
    let mut bytes = Vec::new();
    let read = source.by_ref().take(limit as u64).read_to_end(&mut bytes);
    let more = read.and_then(|_| io::copy(&mut source, &mut io::sink()));
    if more.as_ref().is_err_and(is_damage) {
        sink.quarantine(bytes.len() as u64, 0, Reason::BadCompression);
        return Ok(Some(bytes));
    }
    let more = more.map_err(|source| ReadError { offset: bytes.len() as u64, source })?;
    if more > 0 {
        sink.quarantine(0, bytes.len() as u64 + more, Reason::TooLong);
        return Ok(None);
    }
    Ok(Some(bytes))
}
