//! Reads an error event in Sentry's form (its "event payload" with the interfaces `exception`,
//! `threads`, `stacktrace`, `logentry` and `message`) as far as it tells what failed.
//!
//! Events are written by many clients, and each leaves out or puts elsewhere what it likes:
//! nothing here is required, and what has an unexpected form counts as missing.

use super::print;
use serde_json::Value;
use std::fmt;

/// Exceptions of a chain that are read.
const EXCEPTIONS: usize = 50;

/// Frames of a stack that are read; of longer ones the outer ones go.
const FRAMES: usize = 500;

/// A failure as a tool would have reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of event.
    pub kind: &'static str,
    /// The tool.
    pub tool: &'static str,
    /// What the platform prints.
    pub text: String,
}

/// Why a file holds no failure that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON.
    NotJson,
    /// It is JSON, but no event.
    NotAnEvent,
    /// It is an event that says nothing of what failed.
    SaysNothing,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Unreadable::NotJson => "it is no JSON",
            Unreadable::NotAnEvent => "it is no event",
            Unreadable::SaysNothing => "it says nothing of what failed",
        })
    }
}

/// An event as far as it can be printed.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    /// The platform, which may be any word.
    pub platform: String,
    /// The first one caused the others; the last one is what was seen.
    pub exceptions: Vec<Exception>,
    /// What was logged.
    pub message: String,
}

/// An exception, a signal, a panic.
#[derive(Clone, Debug, Default)]
pub(super) struct Exception {
    pub kind: String,
    pub module: String,
    pub value: String,
    /// The outermost frame comes first.
    pub frames: Vec<Frame>,
}

/// A function on the stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Frame {
    pub function: String,
    pub module: String,
    pub file: String,
    pub package: String,
    pub line: u64,
    pub column: u64,
    pub address: String,
}

/// Reads an event; the answer depends on its bytes alone.
pub fn read(bytes: &[u8]) -> Result<Failure, Unreadable> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Unreadable::NotJson)?;
    let known = ["exception", "threads", "stacktrace", "logentry", "message", "platform", "event_id"];
    if !known.iter().any(|field| value.get(field).is_some()) {
        return Err(Unreadable::NotAnEvent);
    }
    let event = event(&value);
    if event.exceptions.is_empty() && event.message.is_empty() {
        return Err(Unreadable::SaysNothing);
    }
    Ok(Failure { kind: "tool-result", tool: "Bash", text: print::text(&event) })
}

fn event(value: &Value) -> Event {
    let mut exceptions: Vec<_> = list(value.get("exception")).into_iter().take(EXCEPTIONS).map(exception).collect();
    exceptions.retain(|one| !one.kind.is_empty() || !one.value.is_empty() || !one.frames.is_empty());
    // Clients for native code leave the stack to the thread that crashed.
    if exceptions.iter().all(|one| one.frames.is_empty()) {
        let frames = crashed_thread(value).or_else(|| value.get("stacktrace").map(frames)).unwrap_or_default();
        match exceptions.last_mut() {
            Some(last) => last.frames = frames,
            None if !frames.is_empty() => exceptions.push(Exception { frames, ..Exception::default() }),
            None => {}
        }
    }
    let mut platform = text(value, &["platform"]);
    if let Some(of_frames) = frame_platform(value).filter(|_| platform.is_empty() || platform == "other") {
        platform = of_frames;
    }
    Event { platform, exceptions, message: message(value) }
}

/// A list that may stand bare, below `values`, or as its only member.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(members)) => members.iter().collect(),
        Some(Value::Object(fields)) => match fields.get("values") {
            Some(Value::Array(members)) => members.iter().collect(),
            Some(_) => Vec::new(),
            None => value.into_iter().collect(),
        },
        _ => Vec::new(),
    }
}

fn exception(value: &Value) -> Exception {
    let stack = ["stacktrace", "raw_stacktrace"].iter().find_map(|field| value.get(field).filter(|it| it.is_object()));
    Exception {
        kind: text(value, &["type"]),
        module: text(value, &["module"]),
        value: text(value, &["value"]),
        frames: stack.map(frames).unwrap_or_default(),
    }
}

/// The stack of the thread that crashed, or else of the current one.
fn crashed_thread(value: &Value) -> Option<Vec<Frame>> {
    let threads = list(value.get("threads"));
    let is = |field: &'static str| move |thread: &&&Value| thread.get(field).and_then(Value::as_bool) == Some(true);
    let of = |thread: &&Value| thread.get("stacktrace").map(frames).filter(|frames| !frames.is_empty());
    let marked = threads.iter().find(is("crashed")).and_then(of);
    marked.or_else(|| threads.iter().find(is("current")).and_then(of)).or_else(|| threads.iter().find_map(of))
}

fn frames(stack: &Value) -> Vec<Frame> {
    let Some(Value::Array(all)) = stack.get("frames") else { return Vec::new() };
    let inner = all.get(all.len().saturating_sub(FRAMES)..).unwrap_or_default();
    inner.iter().filter(|frame| frame.is_object()).map(frame).collect()
}

fn frame(value: &Value) -> Frame {
    let number = |field: &str| value.get(field).and_then(Value::as_u64).unwrap_or(0);
    Frame {
        function: text(value, &["function", "raw_function", "symbol"]),
        module: text(value, &["module"]),
        file: text(value, &["abs_path", "filename"]),
        package: text(value, &["package"]),
        line: number("lineno"),
        column: number("colno"),
        address: text(value, &["instruction_addr"]),
    }
}

fn frame_platform(value: &Value) -> Option<String> {
    let exceptions = list(value.get("exception"));
    let last = exceptions.last()?.get("stacktrace")?.get("frames")?.as_array()?.last()?;
    Some(text(last, &["platform"])).filter(|platform| !platform.is_empty())
}

/// What was logged: as text, or as an interface with parameters.
fn message(value: &Value) -> String {
    let fields = ["logentry", "message", "sentry.interfaces.Message"];
    let entries = fields.iter().filter_map(|field| value.get(field));
    let mut messages = entries.map(|entry| match entry {
        Value::String(plain) => plain.clone(),
        other => text(other, &["formatted", "message"]),
    });
    messages.find(|message| !message.trim().is_empty()).unwrap_or_default()
}

/// The first of the fields that holds a text that is not empty.
fn text(value: &Value, fields: &[&str]) -> String {
    let found = fields.iter().filter_map(|field| value.get(field)?.as_str()).find(|text| !text.trim().is_empty());
    found.unwrap_or_default().to_owned()
}
