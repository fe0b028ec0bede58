//! An independent count of what a folder of Claude Code transcripts holds.
//!
//! It is the yardstick for the library and shares no code with it: whole files, one `serde_json::Value` per line, plain
//! sets and maps, nothing clever. It also serves the benches, which include it by path; so it holds no tests, these are in
//! `counts.rs`.
//!
//! What counts as what:
//! - a transcript is a `*.jsonl` file with `"parentUuid"` in its first 200,000 bytes;
//! - a call is an id of a `tool_use` block, a result the call id of a `tool_result` block, wherever they stand: in records
//!   of the types `user`, `assistant`, `tool` and `tool_result`, or in a message nested in a `progress` record;
//! - a result has failed if any of its copies says `is_error`, and it is a cascade if any copy says that a parallel call
//!   had failed;
//! - tokens are counted once for each (message id, request id), from the copy with the greatest output, the first on a tie;
//! - a family is what is linked by session id or by the id of a file's first record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What a folder of transcripts holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Transcripts.
    pub files: u64,
    /// Lines that are not blank.
    pub lines: u64,
    /// Those of them that are not JSON.
    pub unreadable: u64,
    /// Groups of files that belong together.
    pub families: u64,
    /// Distinct tool calls.
    pub calls: u64,
    /// Distinct tool calls that have a result.
    pub results: u64,
    /// Results that failed.
    pub failed: u64,
    /// Results that failed by themselves, not because a parallel call had failed.
    pub failed_alone: u64,
    /// Distinct messages that state their usage.
    pub messages: u64,
    /// Tokens of these messages.
    pub tokens: Tokens,
}

/// Tokens by their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read as input, neither from nor into a cache.
    pub input: u64,
    /// Written by the model.
    pub output: u64,
    /// Written into a cache.
    pub cache_creation: u64,
    /// Read from a cache.
    pub cache_read: u64,
}

/// Counts all transcripts at and below `dir`; what cannot be read counts as nothing.
pub fn count(dir: &Path) -> Counts {
    let mut state = State::default();
    for path in transcripts(dir) {
        if let Ok(bytes) = fs::read(&path) {
            state.file(&bytes);
        }
    }
    state.finish()
}

/// Lists the transcripts at and below `dir`, sorted.
pub fn transcripts(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "jsonl") && is_transcript(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_transcript(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    let mark = b"\"parentUuid\"";
    bytes[..bytes.len().min(200_000)].windows(mark.len()).any(|window| window == mark)
}

#[derive(Default)]
struct Outcome {
    failed: bool,
    cascade: bool,
}

#[derive(Default)]
struct State {
    files: u64,
    lines: u64,
    unreadable: u64,
    calls: BTreeSet<String>,
    results: BTreeMap<String, Outcome>,
    usage: HashMap<(Option<String>, Option<String>), Tokens>,
    /// For each file, the place of another file of its family, or its own.
    parents: Vec<usize>,
    /// The file in which a session id or the id of a first record was seen first.
    links: HashMap<String, usize>,
}

impl State {
    fn file(&mut self, bytes: &[u8]) {
        let file = self.parents.len();
        self.parents.push(file);
        self.files += 1;
        let mut first = None;
        for line in bytes.split(|byte| *byte == b'\n') {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            self.lines += 1;
            let Ok(record) = serde_json::from_slice::<Value>(line) else {
                self.unreadable += 1;
                continue;
            };
            if let Some(session) = text(&record, "sessionId").filter(|id| !id.is_empty()) {
                self.link(file, format!("session {session}"));
            }
            if first.is_none()
                && let Some(id) = text(&record, "uuid").filter(|id| !id.is_empty())
            {
                self.link(file, format!("first {id}"));
                first = Some(id);
            }
            self.record(&record);
        }
    }

    fn link(&mut self, file: usize, key: String) {
        let other = *self.links.entry(key).or_insert(file);
        let (a, b) = (self.root(file), self.root(other));
        self.parents[a] = b;
    }

    fn root(&self, mut file: usize) -> usize {
        while self.parents[file] != file {
            file = self.parents[file];
        }
        file
    }

    fn record(&mut self, record: &Value) {
        match record["type"].as_str() {
            Some("user" | "assistant" | "tool" | "tool_result") => self.message(record),
            Some("progress") => self.message(&record["data"]["message"]),
            _ => {}
        }
    }

    fn message(&mut self, record: &Value) {
        let message = &record["message"];
        for block in message["content"].as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("tool_use") => {
                    self.calls.extend(text(block, "id"));
                }
                Some("tool_result") => {
                    let Some(call) = text(block, "tool_use_id") else { continue };
                    let said = said(&block["content"]);
                    let outcome = self.results.entry(call).or_default();
                    outcome.failed |= block["is_error"] == true;
                    outcome.cascade |=
                        said.contains("Sibling tool call errored") || said.contains("Cancelled: parallel tool call");
                }
                _ => {}
            }
        }
        let usage = &message["usage"];
        let key = (text(message, "id"), text(record, "requestId"));
        if usage.is_object() && key != (None, None) {
            let number = |name: &str| usage[name].as_u64().unwrap_or(0);
            let tokens = Tokens {
                input: number("input_tokens"),
                output: number("output_tokens"),
                cache_creation: number("cache_creation_input_tokens"),
                cache_read: number("cache_read_input_tokens"),
            };
            let best = self.usage.entry(key).or_insert_with(|| tokens.clone());
            if tokens.output > best.output {
                *best = tokens;
            }
        }
    }

    fn finish(self) -> Counts {
        let failed = self.results.values().filter(|outcome| outcome.failed);
        let mut tokens = Tokens::default();
        for one in self.usage.values() {
            tokens.input = tokens.input.saturating_add(one.input);
            tokens.output = tokens.output.saturating_add(one.output);
            tokens.cache_creation = tokens.cache_creation.saturating_add(one.cache_creation);
            tokens.cache_read = tokens.cache_read.saturating_add(one.cache_read);
        }
        Counts {
            files: self.files,
            lines: self.lines,
            unreadable: self.unreadable,
            families: self.parents.iter().enumerate().filter(|(file, parent)| file == *parent).count() as u64,
            calls: self.calls.len() as u64,
            results: self.results.len() as u64,
            failed_alone: failed.clone().filter(|outcome| !outcome.cascade).count() as u64,
            failed: failed.count() as u64,
            messages: self.usage.len() as u64,
            tokens,
        }
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

/// The text of a result, whose content is a string or a list of blocks.
fn said(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}
