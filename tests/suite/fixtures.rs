//! The fixtures: where they are, where they come from, and what they must not lose.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::counter::transcripts;

/// The path of a fixture, by its path below `tests/fixtures/`.
pub fn fixtures(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    assert!(path.exists(), "the fixture {} is missing", path.display());
    path
}

/// All files below a folder, sorted.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn every_fixture_has_an_origin_and_a_licence() {
    let root = fixtures("");
    let notice = fs::read_to_string(root.join("NOTICE.md")).unwrap();
    let named: Vec<&str> = notice.split('`').skip(1).step_by(2).collect();
    let is_named =
        |path: &str| named.contains(&path) || named.iter().any(|name| name.ends_with('/') && path.starts_with(name));
    let unnamed: Vec<String> = files(&root)
        .iter()
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .filter(|path| path != "NOTICE.md" && !is_named(path))
        .collect();
    assert!(unnamed.is_empty(), "tests/fixtures/NOTICE.md does not say where these come from: {unnamed:#?}");
    for name in named.iter().filter(|name| name.starts_with("licenses/") || name.starts_with("claude-code/")) {
        assert!(root.join(name).exists(), "tests/fixtures/NOTICE.md names {name}, which is missing");
    }
}

#[test]
fn excerpts_show_what_tests_need() {
    let all: String =
        transcripts(&fixtures("claude-code")).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let needles = [
        r#""version":"1.0."#,
        r#""version":"2.0."#,
        r#""version":"2.1."#,
        r#""version":"2.1.219""#,
        r#""is_error":true"#,
        "Sibling tool call errored",
        "The user doesn't want to proceed with this tool use",
        "File has not been read yet",
        "String to replace not found in file",
        "InputValidationError",
        "Exit code ",
        r#""type":"agent_progress""#,
        r#""type":"hook_progress""#,
        r#""subtype":"api_error""#,
        r#""subtype":"compact_boundary""#,
        r#""subtype":"stop_hook_summary""#,
        r#""subtype":"turn_duration""#,
        r#""isCompactSummary":true"#,
        r#""isApiErrorMessage":true"#,
        r#""isSidechain":true"#,
        r#""model":"<synthetic>""#,
        r#""model":"glm-4.7""#,
        r#""type":"hook_success""#,
        r#""toolDenialKind":"#,
        r#""type":"queue-operation""#,
        r#""type":"file-history-snapshot""#,
        r#""type":"summary""#,
        r#""type":"thinking""#,
        "<persisted-output>",
    ];
    let missing: Vec<&str> = needles.into_iter().filter(|needle| !all.contains(needle)).collect();
    assert!(missing.is_empty(), "no excerpt shows {missing:?}");
}

#[test]
fn some_messages_grow_and_some_records_repeat() {
    let mut outputs: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut homes: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in transcripts(&fixtures("claude-code")) {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Ok(record) = serde_json::from_str::<Value>(line) else { continue };
            let message = &record["message"];
            if let (Some(id), Some(output)) = (message["id"].as_str(), message["usage"]["output_tokens"].as_u64()) {
                outputs.entry(id.into()).or_default().push(output);
            }
            if let Some(id) = record["uuid"].as_str() {
                homes.entry(id.into()).or_default().push(path.clone());
            }
        }
    }
    let growing = outputs.values().filter(|outputs| outputs.iter().max() > outputs.first()).count();
    homes.values_mut().for_each(|homes| homes.dedup());
    let repeated = homes.values().filter(|homes| homes.len() > 1).count();
    assert_eq!((growing, repeated), (11, 21));
}
