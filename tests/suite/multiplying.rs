//! The multiplier of the benches: copies have nothing in common, and each means what the original means.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::counter::{Counts, Tokens, count, transcripts};
use crate::fixtures::fixtures;
use crate::multiply::{Ids, Written, multiply, multiply_to};

fn renamed(text: &str, copy: u32) -> String {
    let mut out = Vec::new();
    Ids::of(copy).rename(text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap()
}

fn times(counts: &Counts, copies: u64) -> Counts {
    Counts {
        files: counts.files * copies,
        lines: counts.lines * copies,
        unreadable: counts.unreadable * copies,
        families: counts.families * copies,
        calls: counts.calls * copies,
        results: counts.results * copies,
        failed: counts.failed * copies,
        failed_alone: counts.failed_alone * copies,
        messages: counts.messages * copies,
        tokens: Tokens {
            input: counts.tokens.input * copies,
            output: counts.tokens.output * copies,
            cache_creation: counts.tokens.cache_creation * copies,
            cache_read: counts.tokens.cache_read * copies,
        },
    }
}

/// All strings under keys for ids, at any depth.
fn ids(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(fields) => {
            for (key, value) in fields {
                let is_key = ["uuid", "sessionId", "requestId", "tool_use_id", "id"].contains(&key.as_str());
                if let (true, Value::String(id)) = (is_key, value) {
                    found.insert(id.clone());
                }
                ids(value, found);
            }
        }
        _ => {}
    }
}

fn all_ids(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in transcripts(dir) {
        for line in fs::read_to_string(file).unwrap().lines() {
            if let Ok(record) = serde_json::from_str(line) {
                ids(&record, &mut found);
            }
        }
    }
    found
}

#[test]
fn counts_multiply_exactly() {
    let from = fixtures("claude-code");
    let to = tempfile::tempdir().unwrap();
    let written = multiply(&from, to.path(), 5).unwrap();
    assert_eq!(written.copies, 5);
    assert_eq!(count(to.path()), times(&count(&from), 5));
}

#[test]
fn copies_have_no_id_in_common() {
    let from = fixtures("claude-code");
    let to = tempfile::tempdir().unwrap();
    multiply(&from, to.path(), 5).unwrap();
    assert_eq!(all_ids(to.path()).len(), all_ids(&from).len() * 5);
}

#[test]
fn it_writes_whole_copies_until_there_is_enough() {
    let from = tempfile::tempdir().unwrap();
    fs::create_dir(from.path().join("slug")).unwrap();
    fs::write(from.path().join("slug/full.jsonl"), [b'x'; 100]).unwrap();
    let expected = [(0, 1), (1, 1), (100, 1), (101, 2), (250, 3)];
    for (bytes, copies) in expected {
        let to = tempfile::tempdir().unwrap();
        let written = multiply_to(from.path(), to.path(), bytes).unwrap();
        assert_eq!(written, Written { copies, files: copies.into(), bytes: u64::from(copies) * 100 }, "for {bytes}");
    }
}

#[test]
fn the_first_copy_is_the_original() {
    let text = r#"{"uuid":"7d2e4001-5a1b-4c3d-8e9f-0a1b2c3d4e01","id":"msg_1"}"#;
    assert_eq!(renamed(text, 0), text);
    assert_eq!(Ids::of(0).rename_path(Path::new("a/agent-b1.jsonl")), Path::new("a/agent-b1.jsonl"));
}

#[test]
fn an_id_is_renamed_alike_wherever_it_stands() {
    let text = concat!(
        r#"{"sessionId":"7d2e4001-5a1b-4c3d-8e9f-0a1b2c3d4e01","id":"toolu_01HandMadeTask0000000001","#,
        r#""text":"see /7d2e4001-5a1b-4c3d-8e9f-0a1b2c3d4e01/x and \"toolu_01HandMadeTask0000000001\" and \n"}"#,
    );
    let copy = renamed(text, 7);
    assert_eq!(copy.len(), text.len());
    let record: Value = serde_json::from_str(&copy).unwrap();
    let (session, call) = (record["sessionId"].as_str().unwrap(), record["id"].as_str().unwrap());
    assert_ne!(session, "7d2e4001-5a1b-4c3d-8e9f-0a1b2c3d4e01");
    assert_eq!((&session[14..15], &session[19..20]), ("4", "8"), "version and variant stay");
    assert!(call.starts_with("toolu_01") && call != "toolu_01HandMadeTask0000000001", "{call}");
    assert_eq!(record["text"], format!("see /{session}/x and \"{call}\" and \n"));
    assert_eq!(renamed(text, 7), copy, "twice the same");
    assert_ne!(renamed(text, 8), copy, "another copy is another");
}

#[test]
fn an_id_without_a_shape_gets_the_number_of_the_copy() {
    let text = r#"{"sessionId":"test_session","id": "msg_1","agentId":"a1","uuid":"","parentUuid":null,"name":"uuid"}"#;
    let expected = concat!(
        r#"{"sessionId":"test_sessionc0002","id": "msg_1c0002","agentId":"a1c0002","uuid":"","#,
        r#""parentUuid":null,"name":"uuid"}"#,
    );
    assert_eq!(renamed(text, 2), expected);
}

#[test]
fn what_is_no_id_stays() {
    let text =
        r#"{"timestamp":"2026-01-02T03:04:05.000Z","cwd":"/home/dev/my-app_v2","n":12,"t":"recall_this a-b-c-d-e"}"#;
    assert_eq!(renamed(text, 3), text);
}

#[test]
fn files_of_different_copies_have_different_names() {
    let path = |text: &str, copy| Ids::of(copy).rename_path(Path::new(text)).display().to_string();
    assert_eq!(path("slug/agent-a1.jsonl", 3), "slugc0003/agent-a1c0003.jsonl");
    assert_eq!(path("slug/s1/subagents/agent-a1.meta.json", 3), "slugc0003/s1/subagents/agent-a1c0003.meta.json");
    assert_eq!(path("history.jsonl", 3), "historyc0003.jsonl");
    let session = "7d2e4001-5a1b-4c3d-8e9f-0a1b2c3d4e01";
    assert_eq!(path(&format!("slug/{session}.jsonl"), 3), format!("slugc0003/{}.jsonl", renamed(session, 3)));
}
