//! From a transcript record to events.

use super::content::{SHAPE_BYTES, kind_of_user_text};
use super::message::{Block, Content, Message};
use super::record::{Record, string_or_skip};
use crate::event::{Attribute, Event, Kind, Piece, Status, Text, parse_rfc3339};
use crate::intake::formats::{Drift, Sink};
use crate::intake::json::{Malformed, Scanner};
use std::borrow::Cow;
use std::collections::HashMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Reads the records of one transcript, in order.
#[derive(Debug)]
pub struct Transcript {
    /// The session to assume where a record names none.
    session: String,
    /// How often a record without an identity of its own was seen with the same bytes.
    repeats: HashMap<u64, u32>,
}

/// What all events of a record share.
struct Frame<'a> {
    offset: u64,
    length: u64,
    identity: u64,
    time: Option<i64>,
    version: Option<Cow<'a, str>>,
    session: Option<Cow<'a, str>>,
    sub_agent: Option<Cow<'a, str>>,
    parent: Option<Cow<'a, str>>,
    directory: Option<Cow<'a, str>>,
    next_index: u32,
}

impl Transcript {
    /// Starts a transcript of the given session, as its path tells.
    pub fn new(session: &str) -> Self {
        Transcript { session: session.to_owned(), repeats: HashMap::new() }
    }

    /// Reads the object at the start of `bytes`, which stand at `offset` in the file,
    /// and says how many bytes it has.
    pub fn object(&mut self, bytes: &[u8], offset: u64, sink: &mut impl Sink) -> Result<usize, Malformed> {
        let mut scanner = Scanner::new(bytes);
        let record = Record::scan(&mut scanner)?;
        let length = scanner.position();
        let mut frame = self.frame(&record, &bytes[..length], offset);
        let version = frame.version.clone();
        let mut drift = |element, name| {
            sink.drift(Drift { element, name, agent_version: version.as_deref(), offset });
        };
        for field in &record.unknown_fields {
            drift("field", field);
        }
        if !is_known_type(record.kind) {
            drift("record type", if record.kind.is_empty() { b"(none)" } else { record.kind });
        }
        if let Some(Message { content: Content::Blocks(blocks), .. }) = &record.message {
            for block in blocks.iter().filter(|block| !is_known_block(block.kind)) {
                drift("content block", if block.kind.is_empty() { b"(none)" } else { block.kind });
            }
        }
        events_of(&record, &mut frame, sink);
        Ok(length)
    }

    fn frame<'a>(&mut self, record: &Record<'a>, bytes: &'a [u8], offset: u64) -> Frame<'a> {
        let identity = record.uuid.map_or_else(
            || {
                // Copies of a session repeat such records in the same order.
                let content = Identities::Bytes.of(bytes);
                let repeat = self.repeats.entry(content).or_default();
                *repeat += 1;
                joined(content, u64::from(*repeat))
            },
            |uuid| Identities::Record.of(uuid),
        );
        let session = record.session.filter(|id| !id.is_empty()).map(text);
        Frame {
            offset,
            length: bytes.len() as u64,
            identity,
            time: record.timestamp.and_then(|time| parse_rfc3339(&text(time))),
            version: record.version.map(text),
            session: session.or_else(|| (!self.session.is_empty()).then(|| Cow::Owned(self.session.clone()))),
            sub_agent: record.agent_id.map(text).or_else(|| record.is_sidechain.then_some(Cow::Borrowed("sidechain"))),
            parent: record.parent.map(text),
            directory: record.directory.map(text),
            next_index: 0,
        }
    }
}

fn text(inside: &[u8]) -> Cow<'_, str> {
    Piece::Escaped(inside).decode()
}

impl<'a> Frame<'a> {
    /// The next event of the record; its identity is that of the record and its place in it.
    fn event(&mut self, kind: Kind, body: Text<'a>) -> Event<'a> {
        let index = self.next_index;
        self.next_index += 1;
        Event {
            identity: joined(self.identity, u64::from(index)),
            offset: self.offset,
            length: self.length,
            index,
            time: self.time,
            kind,
            status: Status::Unset,
            agent_version: self.version.clone(),
            session: self.session.clone(),
            sub_agent: self.sub_agent.clone(),
            parent: self.parent.clone(),
            directory: self.directory.clone(),
            tool: None,
            call: None,
            model: None,
            duration: None,
            tokens: None,
            size: body.raw_len() as u64,
            text: body,
            attributes: Vec::new(),
        }
    }
}

/// Adds the agent's own word for what the event is.
fn with_subtype<'a>(mut event: Event<'a>, subtype: Option<Cow<'a, str>>) -> Event<'a> {
    event.attributes.extend(subtype.map(|value| Attribute { name: "subtype", value }));
    event
}

/// What is told apart by an id of its own, whatever record it stands in; each has hashes of its own.
#[derive(Clone, Copy)]
enum Identities {
    Record = 1,
    Bytes,
    Call,
    Result,
    Usage,
    Request,
}

impl Identities {
    fn of(self, id: &[u8]) -> u64 {
        xxh3_64_with_seed(id, self as u64)
    }
}

/// The identity of two things together.
fn joined(one: u64, other: u64) -> u64 {
    let mut both = [0; 16];
    both[..8].copy_from_slice(&one.to_le_bytes());
    both[8..].copy_from_slice(&other.to_le_bytes());
    xxh3_64(&both)
}

fn events_of<'a>(record: &Record<'a>, frame: &mut Frame<'a>, sink: &mut impl Sink) {
    match record.kind {
        b"progress" => progress(record, frame, sink),
        b"attachment" => sink.event(attachment(record, frame)),
        b"system" => sink.event(system(record, frame)),
        b"file-history-snapshot" | b"file-history-delta" | b"attribution-snapshot" => {
            sink.event(with_subtype(frame.event(Kind::Snapshot, Text::None), Some(record.kind_name())));
        }
        b"queue-operation" => sink.event(frame.event(Kind::Queue, body(record))),
        kind => match &record.message {
            Some(message) if speaks_for_the_model(kind, message) => assistant(record, message, frame, sink),
            Some(message) => user(record, message, frame, sink),
            None if is_known_type(kind) => {
                sink.event(with_subtype(frame.event(Kind::Meta, body(record)), Some(record.kind_name())));
            }
            None => {
                sink.event(with_subtype(frame.event(Kind::Unknown, body(record)), Some(record.kind_name())));
            }
        },
    }
}

/// Types that nobody has described are sorted by the role in their message.
fn speaks_for_the_model(kind: &[u8], message: &Message<'_>) -> bool {
    kind == b"assistant" || (kind != b"user" && message.role == Some(b"assistant"))
}

fn body<'a>(record: &Record<'a>) -> Text<'a> {
    record.content.map_or(Text::None, Text::One)
}

fn assistant<'a>(record: &Record<'a>, message: &Message<'a>, frame: &mut Frame<'a>, sink: &mut impl Sink) {
    let model = message.model.map(text);
    let mut send = |mut event: Event<'a>| {
        event.model.clone_from(&model);
        if record.is_api_error {
            event.kind = Kind::ApiError;
            event.status = Status::Error;
            let error = record.error.map(|json| Cow::Owned(text(json).trim_matches('"').to_owned()));
            event.attributes.extend(error.map(|value| Attribute { name: "error_type", value }));
        }
        sink.event(event);
    };
    match &message.content {
        Content::None => {}
        Content::Text(piece) => send(frame.event(Kind::Response, Text::One(*piece))),
        Content::Blocks(blocks) => {
            for block in blocks {
                send(block_event(block, Kind::Response, frame));
            }
        }
    }
    let is_model = message.model.is_none_or(|model| model != b"<synthetic>");
    if let Some(tokens) = message.usage.filter(|_| is_model) {
        let mut event = frame.event(Kind::Usage, Text::None);
        if let Some(id) = message.id {
            let request = Identities::Request.of(record.request.unwrap_or_default());
            event.identity = joined(Identities::Usage.of(id), request);
        }
        event.tokens = Some(tokens);
        event.model = model;
        sink.event(event);
    }
}

fn user<'a>(record: &Record<'a>, message: &Message<'a>, frame: &mut Frame<'a>, sink: &mut impl Sink) {
    // Other writers of the format leave messages whose content has another shape.
    let unread = record.kind != b"user";
    let said = |body: Text<'a>, frame: &mut Frame<'a>| {
        let mut beginning = String::new();
        body.decode_into(SHAPE_BYTES, &mut beginning);
        let (kind, subtype) = match kind_of_user_text(&beginning) {
            _ if unread => (Kind::Unknown, None),
            _ if record.is_compact_summary => (Kind::Compaction, Some("summary")),
            (Kind::Prompt, _) if record.is_meta => (Kind::Context, Some("meta")),
            sorted => sorted,
        };
        with_subtype(frame.event(kind, body), subtype.map(Cow::Borrowed))
    };
    match &message.content {
        Content::None => sink.event(said(Text::None, frame)),
        Content::Text(piece) => sink.event(said(Text::One(*piece), frame)),
        Content::Blocks(blocks) => {
            for block in blocks {
                let mut event = match block.kind {
                    b"text" => said(block.text.clone(), frame),
                    _ => block_event(block, Kind::Context, frame),
                };
                if event.kind == Kind::ToolResult {
                    event.duration = record.duration;
                    let denial = record.denial.map(text);
                    event.attributes.extend(denial.map(|value| Attribute { name: "denial", value }));
                }
                sink.event(event);
            }
        }
    }
}

/// The event of one block; `plain` is the kind of a text.
fn block_event<'a>(block: &Block<'a>, plain: Kind, frame: &mut Frame<'a>) -> Event<'a> {
    let is_result = block.kind.ends_with(b"tool_result");
    let kind = match block.kind {
        b"text" => plain,
        b"thinking" | b"redacted_thinking" => Kind::Reasoning,
        b"tool_use" | b"server_tool_use" | b"mcp_tool_use" => Kind::ToolCall,
        _ if is_result => Kind::ToolResult,
        _ => Kind::Context,
    };
    let mut event = frame.event(kind, block.text.clone());
    event.size = block.size;
    match (kind, block.id) {
        (Kind::ToolCall, Some(id)) => event.identity = Identities::Call.of(id),
        (Kind::ToolResult, Some(id)) => event.identity = Identities::Result.of(id),
        _ => {}
    }
    match kind {
        Kind::ToolCall => {
            event.call = block.id.map(text);
            event.tool = block.name.map(text);
        }
        Kind::ToolResult => {
            event.call = block.id.map(text);
            event.status = if block.is_error { Status::Error } else { Status::Ok };
        }
        Kind::Context => event = with_subtype(event, Some(text(block.kind))),
        _ => {}
    }
    event
}

fn system<'a>(record: &Record<'a>, frame: &mut Frame<'a>) -> Event<'a> {
    let (kind, status, body) = match record.subtype {
        Some(b"api_error") => (Kind::ApiError, Status::Error, record.error.map(Piece::Plain)),
        Some(b"stop_hook_summary") => {
            let errors = record.hook_errors.filter(|errors| !is_empty(errors));
            (Kind::Hook, if errors.is_some() { Status::Error } else { Status::Ok }, errors.map(Piece::Plain))
        }
        Some(b"compact_boundary" | b"microcompact_boundary") => (Kind::Compaction, Status::Unset, record.content),
        Some(b"local_command") => (Kind::Command, Status::Unset, record.content),
        _ => (Kind::System, Status::Unset, record.content),
    };
    let mut event = frame.event(kind, body.map_or(Text::None, Text::One));
    event.status = status;
    event.duration = record.duration;
    with_subtype(event, record.subtype.map(text))
}

/// What the agent hung on to the conversation: hooks first of all.
fn attachment<'a>(record: &Record<'a>, frame: &mut Frame<'a>) -> Event<'a> {
    let json = record.attachment.unwrap_or_default();
    let mut kind: &[u8] = b"";
    let mut duration = None;
    let mut exit_code = None;
    let mut tool_use = None;
    let mut hook_text = Text::None;
    // The record's own scan has seen that the value is closed.
    let _ = Scanner::new(json).object_or_skip(|scanner, key| {
        match key {
            b"type" => kind = string_or_skip(scanner)?.unwrap_or_default(),
            b"durationMs" => duration = scanner.unsigned()?,
            b"exitCode" => exit_code = Some(scanner.span()?),
            b"toolUseID" => tool_use = string_or_skip(scanner)?,
            b"stderr" | b"stdout" | b"content" => {
                if let Some(piece) = scanner.piece()?.filter(|piece| piece.raw_len() > 0) {
                    hook_text.push(piece);
                }
            }
            b"blockingError" => hook_text.push(Piece::Plain(scanner.span()?)),
            _ => scanner.skip()?,
        }
        Ok(())
    });
    let is_hook = kind.starts_with(b"hook_");
    let mut event = match kind {
        _ if is_hook => frame.event(Kind::Hook, hook_text),
        b"queued_command" => frame.event(Kind::Queue, Text::One(Piece::Plain(json))),
        _ => frame.event(Kind::Context, Text::One(Piece::Plain(json))),
    };
    if is_hook {
        event.status = match kind {
            b"hook_non_blocking_error" | b"hook_blocking_error" | b"hook_error_during_execution" => Status::Error,
            b"hook_success" => Status::Ok,
            _ => Status::Unset,
        };
        event.call = tool_use.map(text);
        let exit_code = exit_code.map(|code| String::from_utf8_lossy(code));
        event.attributes.extend(exit_code.map(|value| Attribute { name: "exit_code", value }));
    }
    event.size = json.len() as u64;
    event.duration = duration;
    with_subtype(event, Some(text(kind)))
}

/// A sign of life; that of a sub-agent carries the sub-agent's own record.
fn progress<'a>(record: &Record<'a>, frame: &mut Frame<'a>, sink: &mut impl Sink) {
    let json = record.data.unwrap_or_default();
    let mut kind: &[u8] = b"";
    let mut agent_id = None;
    let mut nested = None;
    // The record's own scan has seen that the value is closed.
    let _ = Scanner::new(json).object_or_skip(|scanner, key| {
        match key {
            b"type" => kind = string_or_skip(scanner)?.unwrap_or_default(),
            b"agentId" => agent_id = string_or_skip(scanner)?,
            b"message" if scanner.peek() == Some(b'{') => nested = Some(Record::scan(scanner)?),
            _ => scanner.skip()?,
        }
        Ok(())
    });
    // Only messages are nested by the agent; a hostile log must not nest for ever.
    let Some(nested) = nested.filter(|nested| nested.message.is_some() && nested.kind != b"progress") else {
        let kind_of_event = if kind == b"hook_progress" { Kind::Hook } else { Kind::Progress };
        let mut event = frame.event(kind_of_event, Text::One(Piece::Plain(json)));
        event.size = json.len() as u64;
        sink.event(with_subtype(event, Some(text(kind))));
        return;
    };
    if let Some(uuid) = nested.uuid {
        frame.identity = Identities::Record.of(uuid);
    }
    frame.time = nested.timestamp.and_then(|time| parse_rfc3339(&text(time))).or(frame.time);
    frame.sub_agent = Some(agent_id.map_or(Cow::Borrowed("sidechain"), text));
    events_of(&nested, frame, sink);
}

fn is_known_block(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"text"
            | b"thinking"
            | b"redacted_thinking"
            | b"tool_use"
            | b"server_tool_use"
            | b"mcp_tool_use"
            | b"tool_reference"
            | b"image"
            | b"document"
            | b"fallback"
    ) || kind.ends_with(b"tool_result")
}

/// Whether some version of the format has records of this type.
pub fn is_known_type(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"user"
            | b"assistant"
            | b"system"
            | b"summary"
            | b"attachment"
            | b"progress"
            | b"file-history-snapshot"
            | b"file-history-delta"
            | b"attribution-snapshot"
            | b"queue-operation"
            | b"permission-mode"
            | b"mode"
            | b"last-prompt"
            | b"ai-title"
            | b"custom-title"
            | b"agent-name"
            | b"agent-setting"
            | b"pr-link"
            | b"bridge-session"
            | b"worktree-state"
            | b"cost-state"
            | b"atis-latch"
            | b"frame-link"
            | b"history-suppression"
            | b"tag"
    ) || kind.starts_with(b"artifact-")
}

/// Whether a value says nothing: none, or an empty text or list, whatever space stands in it.
fn is_empty(value: &[u8]) -> bool {
    let mut signs = value.iter().filter(|byte| !byte.is_ascii_whitespace());
    let first = [signs.next(), signs.next(), signs.next()];
    matches!(first, [Some(b'['), Some(b']'), None] | [Some(b'"'), Some(b'"'), None] | [Some(b'{'), Some(b'}'), None])
        || value.trim_ascii() == b"null"
        || value.trim_ascii() == b"false"
}
