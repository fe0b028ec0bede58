//! What a file is, told from its path and its first bytes.

use super::formats::is_known_type;
use super::json::{Malformed, Scanner};
use crate::event::{Millis, Piece, parse_rfc3339};
use memchr::memmem;
use std::path::Path;

/// How much of a file is looked at, in bytes.
pub const HEAD_BYTES: usize = 200_000;

/// The sorts of file that a reader exists for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A session transcript, or that of a sub-agent.
    Transcript,
    /// The agent's history of prompts.
    History,
    /// The state of a shell.
    ShellSnapshot,
    /// The agent's own debug log.
    DebugLog,
    /// Lists of things to do.
    Tasks,
    /// A tool result that was too long for the transcript.
    ToolOutput,
    /// The description of a sub-agent.
    SubAgent,
}

impl Form {
    const ALL: [Form; 7] = [
        Form::Transcript,
        Form::History,
        Form::ShellSnapshot,
        Form::DebugLog,
        Form::Tasks,
        Form::ToolOutput,
        Form::SubAgent,
    ];

    /// A stable word, as it stands in the `files` table.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Transcript => "transcript",
            Form::History => "history",
            Form::ShellSnapshot => "shell-snapshot",
            Form::DebugLog => "debug-log",
            Form::Tasks => "tasks",
            Form::ToolOutput => "tool-output",
            Form::SubAgent => "sub-agent",
        }
    }

    /// The form of a stable word.
    pub fn of_name(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// Whether a file has a record on each line or is one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Lines.
    Lines,
    /// One JSON document, or several that stretch over lines.
    Document,
}

impl Shape {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::Lines => "lines",
            Shape::Document => "document",
        }
    }

    /// The shape of a stable word.
    pub fn of_name(name: &str) -> Shape {
        if name == Shape::Document.name() { Shape::Document } else { Shape::Lines }
    }
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The agent that wrote it.
    pub agent: &'static str,
    /// What it is.
    pub form: Form,
    /// How it is to be read.
    pub shape: Shape,
    /// The session that it belongs to; empty if it belongs to none, or to several.
    pub session: String,
    /// The first time that stands in it, or in its name.
    pub start: Option<Millis>,
}

/// The state of the readers; raised when one is added, so that files that none existed for
/// are looked at again.
pub const READERS: u32 = 1;

/// The agent whose formats are known so far.
pub const CLAUDE_CODE: &str = "claude-code";
/// An agent whose transcripts are read as those of the first, as far as they are alike.
pub const QWEN_CODE: &str = "qwen-code";

/// Tells what a file is; `None` if no reader exists for it. `head` holds its first
/// [`HEAD_BYTES`] plain bytes, `path` is where the agent left it.
pub fn identify(path: &Path, head: &[u8]) -> Option<Identity> {
    let parts: Vec<&str> = path.iter().rev().filter_map(|part| part.to_str()).take(6).collect();
    let name = plain_name(parts.first()?);
    let parent = parts.get(1).copied().unwrap_or_default();
    let grandparent = parts.get(2).copied().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let under_subagents =
        parts.iter().skip(1).position(|part| *part == "subagents").and_then(|at| parts.get(at + 2)).copied();
    let found = |form, session: &str, start| {
        let shape = shape_of(head);
        Some(Identity { agent: CLAUDE_CODE, form, shape, session: session.to_owned(), start })
    };
    if name == "history.jsonl" && memmem::find(head, b"\"display\"").is_some() {
        return found(Form::History, "", first_number(head, "timestamp"));
    }
    if parent == "shell-snapshots" && name.starts_with("snapshot-") {
        return found(Form::ShellSnapshot, "", stem.split('-').find_map(|part| epoch_millis(part.as_bytes())));
    }
    if parent == "tool-results" {
        return found(Form::ToolOutput, grandparent, None);
    }
    if parent == "debug" && extension == "txt" {
        let start = head.split(|byte| *byte == b' ').next().and_then(|time| std::str::from_utf8(time).ok());
        return found(Form::DebugLog, stem, start.and_then(parse_rfc3339));
    }
    if extension == "json" && is_json_container(head) {
        if parent == "todos" {
            return found(Form::Tasks, stem.split("-agent-").next().unwrap_or(stem), None);
        }
        if grandparent == "tasks" {
            return found(Form::Tasks, parent, None);
        }
        if let (Some(session), true) = (under_subagents, name.ends_with(".meta.json")) {
            return found(Form::SubAgent, session, None);
        }
    }
    if !matches!(extension, "json" | "jsonl" | "ndjson") {
        return None;
    }
    let in_projects = extension == "jsonl" && (grandparent == "projects" || under_subagents.is_some());
    if !in_projects && !looks_like_transcript(head, extension) {
        return None;
    }
    let session = first_string(head, "sessionId").unwrap_or_else(|| under_subagents.unwrap_or(stem).to_owned());
    let start = first_string(head, "timestamp").and_then(|time| parse_rfc3339(&time));
    found(Form::Transcript, &session, start).map(|identity| Identity { agent: writer_of(head), ..identity })
}

/// The name without what a compressor added.
fn plain_name(name: &str) -> &str {
    name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz")).unwrap_or(name)
}

fn is_json_container(head: &[u8]) -> bool {
    matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Anything with `parentUuid` is a transcript, but documents have all sorts of things in
/// them: one needs a record of a known type with a session.
fn looks_like_transcript(head: &[u8], extension: &str) -> bool {
    if memmem::find(head, b"\"parentUuid\"").is_some() {
        if extension != "json" {
            return true;
        }
        let (mut is_found, mut is_empty) = (false, true);
        records(head, |record| {
            is_empty = false;
            is_found = record.has_session && is_known_type(record.kind);
            !is_found
        });
        // The first record may be longer than what is looked at.
        let shows = || {
            let kind = first_string(head, "type").unwrap_or_default();
            is_known_type(kind.as_bytes()) && first_string(head, "sessionId").is_some()
        };
        return is_found || (is_empty && shows());
    }
    let line = head.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let speaks = ["user", "assistant"].into_iter().any(|kind| first_string(line, "type").as_deref() == Some(kind));
    speaks && [&b"\"sessionId\""[..], b"\"message\""].into_iter().all(|key| memmem::find(line, key).is_some())
}

/// What of a record tells who wrote it.
#[derive(Debug, Default)]
struct Traits<'a> {
    kind: &'a [u8],
    has_session: bool,
    has_content: bool,
    has_parts: bool,
    has_foreign_member: bool,
}

impl<'a> Traits<'a> {
    fn scan(scanner: &mut Scanner<'a>) -> Result<Traits<'a>, Malformed> {
        let mut traits = Traits::default();
        scanner.object(|scanner, key| {
            match key {
                b"type" if scanner.peek() == Some(b'"') => traits.kind = scanner.string()?,
                b"sessionId" => traits.has_session = scanner.span()?.starts_with(b"\""),
                b"message" => scanner.object_or_skip(|scanner, key| {
                    traits.has_content |= key == b"content";
                    traits.has_parts |= key == b"parts";
                    scanner.skip()
                })?,
                _ => {
                    traits.has_foreign_member |= matches!(key, b"usageMetadata" | b"toolCallResult");
                    scanner.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(traits)
    }
}

/// Bad records after which no more are looked at.
const MAX_BAD: usize = 16;

/// Hands over the whole records in `head`, be they on lines or in an array, until `each`
/// has seen enough.
fn records<'a>(head: &'a [u8], mut each: impl FnMut(&Traits<'a>) -> bool) {
    let mut rest = head;
    let mut bad = 0;
    while bad < MAX_BAD
        && let Some(start) = memchr::memchr(b'{', rest)
    {
        let mut scanner = Scanner::new(&rest[start..]);
        match Traits::scan(&mut scanner) {
            Ok(record) if each(&record) => rest = scanner.rest(),
            Ok(_) | Err(Malformed { torn: true, .. }) => return,
            Err(_) => {
                bad += 1;
                let line = &rest[start..];
                rest = memchr::memchr(b'\n', line).map_or(&[], |end| &line[end..]);
            }
        }
    }
}

/// Who wrote a transcript, told by the first record in which the writers differ: one has
/// messages of `parts` without `content`, and members that the other never has.
fn writer_of(head: &[u8]) -> &'static str {
    let mut agent = CLAUDE_CODE;
    records(head, |record| {
        if record.has_foreign_member || (record.has_parts && !record.has_content) {
            agent = QWEN_CODE;
            return false;
        }
        record.kind != b"assistant"
    });
    agent
}

/// A file is a document if it starts an array, or an object that its first line does not end.
fn shape_of(head: &[u8]) -> Shape {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let opens_only = line == b"{" || (line.starts_with(b"[") && !line.starts_with(b"[]"));
    if opens_only { Shape::Document } else { Shape::Lines }
}

/// The first value of a member of that name, wherever it stands.
fn first_value<'a>(head: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let quoted = format!("\"{key}\"");
    memmem::find_iter(head, quoted.as_bytes()).find_map(|at| {
        let rest = head[at + quoted.len()..].trim_ascii_start().strip_prefix(b":")?;
        Some(rest.trim_ascii_start())
    })
}

fn first_string(head: &[u8], key: &str) -> Option<String> {
    let inside = first_value(head, key)?.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', inside).filter(|end| *end > 0)?;
    Some(Piece::Escaped(&inside[..end]).decode().into_owned())
}

fn first_number(head: &[u8], key: &str) -> Option<Millis> {
    let value = first_value(head, key)?;
    let end = value.iter().position(|byte| !byte.is_ascii_digit())?;
    epoch_millis(&value[..end])
}

/// Thirteen digits are milliseconds since 1970 for any date that matters here.
fn epoch_millis(digits: &[u8]) -> Option<Millis> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.len() == 13)?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{CLAUDE_CODE, Form, QWEN_CODE, Shape, identify};
    use std::path::Path;

    fn form(path: &str, head: &str) -> Option<(Form, Shape, String, Option<i64>)> {
        let found = identify(Path::new(path), head.as_bytes())?;
        Some((found.form, found.shape, found.session, found.start))
    }

    #[test]
    fn files_are_told_by_path_and_content() {
        let line = r#"{"parentUuid":null,"sessionId":"s1","timestamp":"2026-01-01T00:00:00Z"}"#;
        let at = Some(1_767_225_600_000);
        assert_eq!(form("/x/any.jsonl", line), Some((Form::Transcript, Shape::Lines, "s1".into(), at)));
        let typed = line.replacen('{', r#"{"type":"user","#, 1);
        assert_eq!(form("/x/any.json.zst", &typed), Some((Form::Transcript, Shape::Lines, "s1".into(), at)));
        assert_eq!(
            form("/h/projects/-p/s2.jsonl", r#"{"type":"summary"}"#),
            Some((Form::Transcript, Shape::Lines, "s2".into(), None))
        );
        assert_eq!(
            form("/h/projects/-p/s3/subagents/agent-1.jsonl", "{"),
            Some((Form::Transcript, Shape::Document, "s3".into(), None))
        );
        assert_eq!(
            form("/h/projects/-p/s3/subagents/agent-1.meta.json", "{}"),
            Some((Form::SubAgent, Shape::Lines, "s3".into(), None))
        );
        assert_eq!(
            form("/h/projects/-p/s3/tool-results/b1.txt", "out"),
            Some((Form::ToolOutput, Shape::Lines, "s3".into(), None))
        );
        assert_eq!(
            form("/h/shell-snapshots/snapshot-zsh-1767225600000-ab12.sh", "PATH"),
            Some((Form::ShellSnapshot, Shape::Lines, String::new(), at))
        );
        assert_eq!(
            form("/h/todos/s4-agent-a5.json", "[{\"content\":1}]"),
            Some((Form::Tasks, Shape::Document, "s4".into(), None))
        );
        assert_eq!(form("/h/tasks/s5/1.json", "{\n}"), Some((Form::Tasks, Shape::Document, "s5".into(), None)));
        assert_eq!(form("/h/.credentials.json", "{\"token\":1}"), None);
        assert_eq!(form("/h/notes.txt", "\"parentUuid\""), None);
    }

    #[test]
    fn a_document_is_a_transcript_if_a_record_in_it_is() {
        let document = |record: &str| form("/x/chat.json", record).is_some();
        let known = r#"{"parentUuid":null,"sessionId":"s","type":"user"}"#;
        assert!(document(known));
        assert!(document(&format!("[\n  {{\"parentUuid\":null}},\n  {known}\n]")));
        assert!(!document(r#"{"parentUuid":null,"sessionId":"s","type":"note"}"#));
        assert!(!document(r#"{"parentUuid":null,"sessionId":null,"type":"user"}"#));
        assert!(!document(r#"{"rows":[{"parentUuid":null,"sessionId":"s","type":"user"}]}"#));
        assert!(!document("[\"parentUuid\"]"));
        // A first record that is longer than what is looked at.
        assert!(document(r#"[{"parentUuid":null,"sessionId":"s","type":"user","message":{"content":"long"#));
        assert!(!document(r#"[{"parentUuid":null,"text":"long"#));
        // Lines are taken in any case.
        assert!(form("/x/chat.jsonl", r#"{"parentUuid":null,"type":"note"}"#).is_some());
    }

    #[test]
    fn the_writer_is_told_by_what_only_it_writes() {
        let agent = |lines: &[&str]| identify(Path::new("/x/any.jsonl"), lines.join("\n").as_bytes()).unwrap().agent;
        let start = r#"{"parentUuid":null,"sessionId":"s","type":"system"}"#;
        let user = r#"{"type":"user","message":{"role":"user","content":"say \"parts\""}}"#;
        let parts = r#"{"type":"user","message":{"role":"user","parts":[{"text":"hi"}]}}"#;
        let both = r#"{"type":"user","message":{"role":"user","content":[{"parts":1}],"parts":[]}}"#;
        let assistant = r#"{"type":"assistant","message":{"role":"assistant","content":[]}}"#;
        let counted = r#"{"type":"assistant","message":{"role":"assistant","content":[]},"usageMetadata":{}}"#;
        assert_eq!(agent(&[start, user]), CLAUDE_CODE);
        assert_eq!(agent(&[start, user, both, assistant, parts]), CLAUDE_CODE);
        assert_eq!(agent(&[start, parts]), QWEN_CODE);
        assert_eq!(agent(&[start, "{no record}", "", parts]), QWEN_CODE);
        assert_eq!(agent(&[start, user, counted]), QWEN_CODE);
        assert_eq!(agent(&[start, user, r#"{"type":"user","message":{"parts":["#]), CLAUDE_CODE);
    }
}
