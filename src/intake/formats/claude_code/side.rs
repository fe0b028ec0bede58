//! What Claude Code writes beside its transcripts: the history of prompts and lists of tasks.

use super::record::string_or_skip;
use crate::event::{Attribute, Event, Kind, Millis, Piece, Status, Text};
use crate::intake::formats::Sink;
use crate::intake::formats::plain::bare_event;
use crate::intake::json::{Malformed, Scanner};
use std::borrow::Cow;

/// Reads one object of `history.jsonl` and says how many bytes it has.
pub fn history_line(bytes: &[u8], offset: u64, sink: &mut impl Sink) -> Result<usize, Malformed> {
    let mut scanner = Scanner::new(bytes);
    let (mut display, mut time, mut project, mut session) = (None, None, None, None);
    scanner.object(|scanner, key| {
        match key {
            b"display" => display = scanner.piece()?,
            b"timestamp" => time = scanner.unsigned()?,
            b"project" => project = string_or_skip(scanner)?,
            b"sessionId" => session = string_or_skip(scanner)?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    let length = scanner.position();
    let body = display.map_or(Text::None, Text::One);
    sink.event(Event {
        time: time.and_then(|time| Millis::try_from(time).ok()),
        session: session.map(|id| Piece::Escaped(id).decode()),
        directory: project.map(|path| Piece::Escaped(path).decode()),
        ..bare_event(Kind::History, &bytes[..length], offset, 0, body)
    });
    Ok(length)
}

/// Reads a list of things to do (`todos/`) or one task (`tasks/`), a JSON document.
pub fn task_document(bytes: &[u8], offset: u64, session: &str, sink: &mut impl Sink) -> Result<usize, Malformed> {
    let mut scanner = Scanner::new(bytes);
    let mut index = 0;
    if scanner.peek() == Some(b'[') {
        scanner.array(|scanner| task(scanner, offset, session, &mut index, sink))?;
    } else {
        task(&mut scanner, offset, session, &mut index, sink)?;
    }
    Ok(scanner.position())
}

fn task(
    scanner: &mut Scanner<'_>,
    offset: u64,
    session: &str,
    index: &mut u32,
    sink: &mut impl Sink,
) -> Result<(), Malformed> {
    let span = scanner.span()?;
    let end = scanner.position();
    let (mut body, mut state) = (None, None);
    Scanner::new(span).object_or_skip(|scanner, key| {
        match key {
            b"content" | b"subject" => body = scanner.piece()?.or(body),
            b"status" => state = string_or_skip(scanner)?,
            _ => scanner.skip()?,
        }
        Ok(())
    })?;
    let start = offset + (end - span.len()) as u64;
    let state = state.map(|state| Piece::Escaped(state).decode());
    sink.event(Event {
        session: (!session.is_empty()).then(|| Cow::Owned(session.to_owned())),
        status: Status::Unset,
        attributes: state.into_iter().map(|value| Attribute { name: "subtype", value }).collect(),
        ..bare_event(Kind::Task, span, start, *index, body.map_or(Text::None, Text::One))
    });
    *index += 1;
    Ok(())
}
