//! Files without structure of their own: log lines, and files that are one event.

use super::Sink;
use crate::event::{Attribute, Event, Kind, Piece, Status, Text, parse_rfc3339};
use std::borrow::Cow;
use xxhash_rust::xxh3::Xxh3Default;

/// An event about which nothing is known but its bytes; copies with the same bytes are
/// the same event.
pub fn bare_event<'a>(kind: Kind, bytes: &[u8], offset: u64, index: u32, body: Text<'a>) -> Event<'a> {
    let mut identity = Xxh3Default::new();
    identity.update(kind.name().as_bytes());
    identity.update(&index.to_le_bytes());
    identity.update(bytes);
    Event {
        identity: identity.digest(),
        offset,
        length: bytes.len() as u64,
        index,
        time: None,
        kind,
        status: Status::Unset,
        agent_version: None,
        session: None,
        sub_agent: None,
        parent: None,
        directory: None,
        tool: None,
        call: None,
        model: None,
        duration: None,
        tokens: None,
        size: bytes.len() as u64,
        text: body,
        attributes: Vec::new(),
    }
}

/// A file that is one event: a shell snapshot, a spilled tool result, a description.
pub fn whole_file(kind: Kind, bytes: &[u8], session: &str, sink: &mut impl Sink) {
    let event = bare_event(kind, bytes, 0, 0, Text::One(Piece::Plain(bytes)));
    sink.event(Event { session: owned(session), ..event });
}

/// One line of a debug log: `<RFC 3339 time> [LEVEL] text`. Lines without a time belong
/// to the one before.
pub fn log_line(line: &[u8], offset: u64, session: &str, sink: &mut impl Sink) {
    let mut event = bare_event(Kind::LogLine, &offset.to_le_bytes(), offset, 0, Text::None);
    event.length = line.len() as u64;
    event.size = line.len() as u64;
    event.session = owned(session);
    let (time, rest) = split_word(line);
    event.time = std::str::from_utf8(time).ok().and_then(parse_rfc3339);
    let (level, message) = if event.time.is_some() { split_word(rest) } else { (&line[..0], line) };
    let is_level = level.starts_with(b"[") && level.ends_with(b"]");
    event.text = Text::One(Piece::Plain(if is_level { message } else { line }));
    if is_level {
        let level = String::from_utf8_lossy(&level[1..level.len() - 1]);
        if matches!(&*level, "ERROR" | "FATAL" | "CRITICAL") {
            event.status = Status::Error;
        }
        event.attributes.push(Attribute { name: "subtype", value: level });
    }
    sink.event(event);
}

fn owned(session: &str) -> Option<Cow<'static, str>> {
    (!session.is_empty()).then(|| Cow::Owned(session.to_owned()))
}

fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b' ', line).unwrap_or(line.len());
    (&line[..end], line.get(end + 1..).unwrap_or_default())
}
