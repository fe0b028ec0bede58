//! The product's answers agree with the independent counter, to the token.

use crate::counter::{Counts, Tokens, count};
use crate::fixtures::fixtures;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Asks a house; the first row of the answer.
fn ask(house: &Path, sql: &str) -> Vec<u64> {
    let output = Command::new(env!("CARGO_BIN_EXE_logwright"))
        .env("LOGWRIGHT_PLUGIN_CACHE", crate::house::plugin_cache())
        .args(["--format", "json", "query", sql, "--root"])
        .arg(house)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Columns come in the order of the statement, which a map would lose.
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let row = rows[0].as_object().unwrap();
    let mut names: Vec<&String> = row.keys().collect();
    names.sort();
    names.into_iter().map(|name| row[name].as_u64().unwrap_or_default()).collect()
}

fn assert_agrees(fixture: &str) {
    let logs = fixtures(fixture);
    let folder = tempfile::tempdir().unwrap();
    let house = folder.path().join("house");
    let output = Command::new(env!("CARGO_BIN_EXE_logwright"))
        .env("LOGWRIGHT_PLUGIN_CACHE", crate::house::plugin_cache())
        .arg("--root")
        .arg(&house)
        .arg("ingest")
        .arg(&logs)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));

    let counted = count(&logs);
    let calls = ask(
        &house,
        "SELECT sum(kind = 'tool-call') AS a, sum(kind = 'tool-result') AS b,
            sum(kind = 'tool-result' AND status = 'error') AS c,
            sum(kind = 'tool-result' AND status = 'error'
                AND id NOT IN (SELECT event FROM findings WHERE label = 'cascade')) AS d FROM events",
    );
    let tokens = ask(
        &house,
        "SELECT coalesce(sum(input_tokens), 0) AS a, coalesce(sum(output_tokens), 0) AS b,
            coalesce(sum(cache_creation_tokens), 0) AS c, coalesce(sum(cache_read_tokens), 0) AS d FROM usage",
    );
    let answered = Counts {
        calls: calls[0],
        results: calls[1],
        failed: calls[2],
        failed_alone: calls[3],
        tokens: Tokens { input: tokens[0], output: tokens[1], cache_creation: tokens[2], cache_read: tokens[3] },
        // The counter knows neither the events nor the sessions of the product.
        ..counted.clone()
    };
    assert_eq!(answered, counted, "{fixture}");
}

#[test]
fn real_excerpts_are_counted_alike() {
    assert_agrees("claude-code");
}

#[test]
fn odd_records_are_counted_alike() {
    assert_agrees("odd");
}

#[test]
fn records_of_another_writer_are_counted_alike() {
    assert_agrees("qwen-code");
}
