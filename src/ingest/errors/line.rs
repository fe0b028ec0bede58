//! The lines of error files.

use super::Decision;
use crate::event::{Millis, format_rfc3339};
use crate::pipeline::{ErrorRecord, Resolution};
use crate::store::FileRow;
use serde::Serialize;

/// The version of the lines.
const FORMAT: u32 = 1;

/// What a line of an error file says.
#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    what: &'a str,
    id: String,
    /// When the line was written.
    recorded: String,
    /// When it happened.
    time: Option<String>,
    kind: &'a str,
    agent: &'a str,
    session: &'a str,
    sub_agent: &'a str,
    project: &'a str,
    tool: &'a str,
    call: &'a str,
    status: &'a str,
    disposition: &'a str,
    title: &'a str,
    cause: &'a str,
    owner: &'a str,
    severity: u8,
    fingerprint: &'a str,
    critical: bool,
    plugin: Option<Plugin<'a>>,
    source: &'a str,
    file: &'a str,
    offset: u64,
    length: u64,
    resolution: &'a str,
    resolved_by: Option<String>,
    resolved_after_ms: Option<u64>,
    call_text: &'a str,
    failure_text: &'a str,
    resolution_text: &'a str,
    /// By which an equal record is known.
    digest: [String; 2],
}

#[derive(Serialize)]
struct Plugin<'a> {
    name: &'a str,
    version: &'a str,
    content_hash: &'a str,
    settings_hash: &'a str,
}

/// What a person decided, as a line.
#[derive(Serialize)]
struct Decided<'a> {
    format: u32,
    what: &'a str,
    id: String,
    recorded: String,
    why: &'a str,
}

pub fn hex(id: u64) -> String {
    format!("{id:016x}")
}

/// The line of what a person decided.
pub fn decision(id: u64, decision: Decision, why: &str, now: Millis) -> Vec<u8> {
    json(&Decided { format: FORMAT, what: decision.word(), id: hex(id), recorded: format_rfc3339(now), why })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and numbers can be written as JSON")
}

/// The line of a record.
pub fn line_of(record: &ErrorRecord, what: &str, files: &[FileRow], now: Millis) -> Vec<u8> {
    let said = record.diagnosis.as_ref();
    let word = |of: fn(&crate::pipeline::RecordedDiagnosis) -> &String| said.map_or("", |said| of(said).as_str());
    let (file, offset, length) = record.place;
    let file = &files[file as usize];
    json(&Written {
        format: FORMAT,
        what,
        id: hex(record.id),
        recorded: format_rfc3339(now),
        time: record.time.map(format_rfc3339),
        kind: record.kind.name(),
        agent: &record.agent,
        session: &record.session,
        sub_agent: &record.sub_agent,
        project: &record.project,
        tool: &record.tool,
        call: &record.call,
        status: if record.resolution == Resolution::None { "open" } else { "resolved" },
        disposition: word(|said| &said.disposition),
        title: word(|said| &said.title),
        cause: word(|said| &said.cause),
        owner: word(|said| &said.owner),
        severity: said.map_or(0, |said| said.severity.number()),
        fingerprint: word(|said| &said.fingerprint),
        critical: record.critical,
        plugin: said.map(|said| Plugin {
            name: &said.by.plugin,
            version: &said.by.version,
            content_hash: &said.by.content_hash,
            settings_hash: &said.by.settings_hash,
        }),
        source: &file.source,
        file: &file.path,
        offset,
        length,
        resolution: record.resolution.name(),
        resolved_by: record.resolved_by.map(hex),
        resolved_after_ms: record.resolved_after,
        call_text: &record.call_text,
        failure_text: &record.failure_text,
        resolution_text: &record.resolution_text,
        digest: [hex(record.diagnosis_digest()), hex(record.resolution_digest())],
    })
}
