//! Copies that were damaged, and what a lost store can be made from again.

use crate::house::{Yard, dump};
use std::fs;

/// One session beside others of its sort.
fn yard() -> Yard {
    let yard = Yard::new();
    let line = |session: &str| {
        format!(
            "{{\"type\":\"user\",\"parentUuid\":null,\"uuid\":\"{session}\",\"sessionId\":\"{session}\",\
             \"timestamp\":\"2026-01-01T00:00:00Z\",\"message\":{{\"content\":\"hello\"}}}}\n"
        )
    };
    yard.write("projects/-p/one.jsonl", line("one").repeat(3).as_bytes());
    yard.write("projects/-p/two.jsonl", line("two").as_bytes());
    yard
}

/// The copy of a session in the house.
fn copy_of(house: &logwright::layout::House, session: &str) -> std::path::PathBuf {
    let name = format!("_{session}_");
    let mut found = fs::read_dir(house.root().join("logs/sessions")).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.to_string_lossy().contains(&name)).unwrap()
}

#[test]
fn a_copy_that_was_cut_or_changed_is_told_and_what_was_known_stays() {
    for change in [|bytes: &mut Vec<u8>| bytes.truncate(20), |bytes: &mut Vec<u8>| bytes[5] ^= 1] {
        let yard = yard();
        let house = yard.house();
        assert_eq!(yard.run(&house, &["ingest", "logs"]).code, Some(0));
        let before = dump(&house);
        fs::remove_file(yard.logs().join("projects/-p/one.jsonl")).unwrap();
        let copy = copy_of(&house, "one");
        let mut bytes = fs::read(&copy).unwrap();
        change(&mut bytes);
        fs::write(&copy, &bytes).unwrap();
        let ran = yard.run(&house, &["rebuild"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("a kept log cannot be read, what was known of it stays"), "{ran:?}");
        assert_eq!(dump(&house), before);
        assert_eq!(fs::read(&copy).unwrap(), bytes);
    }
}

#[test]
fn a_cut_copy_is_completed_while_its_source_is_there() {
    let yard = yard();
    let house = yard.house();
    yard.run(&house, &["ingest", "logs"]);
    let copy = copy_of(&house, "one");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..20]).unwrap();
    let mut grown = whole.clone();
    grown.extend_from_slice(b"{\"type\":\"mode\",\"mode\":\"plan\",\"sessionId\":\"one\"}\n");
    yard.write("projects/-p/one.jsonl", &grown);
    assert_eq!(yard.run(&house, &["ingest", "logs"]).code, Some(0));
    assert_eq!(fs::read(&copy).unwrap(), grown);
}

#[test]
fn a_store_that_is_older_than_the_copies_is_caught_up() {
    let yard = yard();
    let house = yard.house();
    yard.run(&house, &["ingest", "logs"]);
    let old = fs::read(house.database()).unwrap();
    let path = yard.logs().join("projects/-p/one.jsonl");
    for round in ["a", "b"] {
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(
            format!("{{\"type\":\"mode\",\"mode\":\"{round}\",\"sessionId\":\"one\"}}\n").as_bytes(),
        );
        fs::write(&path, &bytes).unwrap();
        assert_eq!(yard.run(&house, &["ingest", "logs"]).code, Some(0));
        if round == "a" {
            fs::write(house.database(), &old).unwrap();
        }
    }
    let fresh = yard.house();
    yard.run(&fresh, &["ingest", "logs"]);
    assert_eq!(dump(&house), dump(&fresh));
}

#[test]
fn names_are_enough_for_logs_that_only_their_paths_tell() {
    let yard = yard();
    let bare = b"{\"type\":\"summary\",\"summary\":\"s\",\"leafUuid\":\"1\"}\n";
    let long = "s".repeat(120);
    for path in ["projects/-p/x-tasks.jsonl", "projects/-p/my_session.jsonl", "projects/-p/with space+%.jsonl"] {
        yard.write(path, bare);
    }
    yard.write("projects/-p/S_one/tool-results/b.txt", b"out");
    yard.write(&format!("projects/-p/{long}/tool-results/c.txt"), b"out");
    yard.write("tasks/S_two/1.json", b"{\"subject\":\"do\",\"status\":\"pending\"}");
    let house = yard.house();
    assert_eq!(yard.run(&house, &["ingest", "logs"]).code, Some(0));
    let before = dump(&house);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    assert_eq!(yard.run(&house, &["rebuild"]).code, Some(0));
    assert_eq!(yard.run(&house, &["ingest", "logs"]).code, Some(0));
    assert_eq!(dump(&house), before);
}
