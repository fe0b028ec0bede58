//! What is learned from failures that come back: six weeks of sessions, with a protocol that becomes active in the middle.

use std::path::PathBuf;

use logwright::event::format_rfc3339;
use logwright::layout::House;
use serde_json::{Value, json};

use crate::house::{Ran, Yard};
use crate::tiers::DAY;

/// The first day of the six weeks: 2026-01-05.
const FIRST: i64 = 1_767_571_200_000;
/// Days of the six weeks, and the day on which the protocol becomes active.
const DAYS: i64 = 42;
const MIDDLE: i64 = 21;
/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

/// Runs the program at a time; what it printed, ids and all.
fn run_at(yard: &Yard, house: &House, now: i64, arguments: &[&str]) -> Ran {
    let mut command = yard.command(house, arguments);
    command.env("LOGWRIGHT_NOW", format_rfc3339(now));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let ran = Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) };
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran
}

/// A number below 100 that looks as if it were drawn, always the same for a session.
fn drawn(day: i64, number: i64) -> i64 {
    let mut bits =
        (day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
    bits = (bits ^ (bits >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 29)) % 100) as i64
}

/// A session with eight edits, each after a read but for one in `fails`, which is refused and then made up for.
fn session(name: &str, start: i64, fails: bool) -> String {
    let mut lines: Vec<Value> = Vec::new();
    let mut add = |kind: &str, content: Value| {
        let number = lines.len();
        let uuid = format!("{name}-{number}");
        lines.push(json!({
            "type": kind, "sessionId": name, "uuid": uuid, "timestamp": format_rfc3339(start + 60_000 * number as i64),
            "cwd": "/p", "version": "2.1.144", "message": {"role": kind, "content": content, "id": format!("m{uuid}")},
        }));
    };
    add("user", json!("do it"));
    let mut call = |tool: &str, number: usize, file: usize, answer: Option<&str>| {
        let id = format!("{name}-{tool}-{number}");
        let path = format!("/p/{file}.rs");
        let input = match tool {
            "Read" => json!({"file_path": path}),
            _ => json!({"file_path": path, "old_string": "a", "new_string": "b"}),
        };
        add("assistant", json!([{"type": "tool_use", "id": id, "name": tool, "input": input}]));
        let said = answer.unwrap_or("done");
        add("user", json!([{"type": "tool_result", "tool_use_id": id, "content": said, "is_error": answer.is_some()}]));
    };
    for file in 0..8 {
        if fails && file == 3 {
            let refused =
                "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>";
            call("Edit", 100 + file, file, Some(refused));
        }
        call("Read", file, file, None);
        call("Edit", file, file, None);
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Writes the sessions of some days, of which so many of 100 fail once.
fn play(yard: &Yard, days: std::ops::Range<i64>, each: i64, failing: i64) {
    for day in days {
        for number in 0..each {
            let name = format!("s{day:02}{number:02}");
            let start = FIRST + day * DAY + number * HOUR;
            yard.write(
                &format!("projects/-p/{name}.jsonl"),
                session(&name, start, drawn(day, number) < failing).as_bytes(),
            );
        }
    }
}

/// Six weeks in which `before` and then `after` of 100 sessions fail, the second half with `each` a day: what is said of
/// the protocol that became active in the middle.
fn six_weeks(before: i64, after: i64, each: i64) -> Value {
    let yard = Yard::new();
    let house = yard.house();
    let logs: PathBuf = yard.logs();
    let logs = logs.to_str().unwrap();
    // It is proposed from the first days; those after them, until it becomes active, are what it is compared with.
    play(&yard, 0..3, 8, before.max(30));
    run_at(&yard, &house, FIRST + 3 * DAY, &["ingest", logs]);
    play(&yard, 3..MIDDLE, 8, before);
    let now = FIRST + MIDDLE * DAY;
    run_at(&yard, &house, now, &["ingest", logs]);
    let listed: Value =
        serde_json::from_str(&run_at(&yard, &house, now, &["protocols", "--format", "json"]).out).unwrap();
    let protocol = listed.as_array().unwrap().iter().find(|one| one["cause"] == "edit.not_read").unwrap();
    assert_eq!((&protocol["status"], &protocol["effect"]), (&json!("proposed"), &Value::Null));
    let id = protocol["id"].as_str().unwrap().to_owned();
    run_at(&yard, &house, now, &["protocols", "accept", &id, "--guard", "advise", "--why", "it recurs"]);
    run_at(&yard, &house, now, &["protocols", "publish"]);
    play(&yard, MIDDLE..DAYS, each, after);
    let now = FIRST + DAYS * DAY;
    run_at(&yard, &house, now, &["ingest", logs]);
    let shown = run_at(&yard, &house, now, &["protocols", "show", &id, "--format", "json"]).out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let protocol = shown["protocols"][0].clone();
    assert_eq!((&protocol["status"], &protocol["effect_baseline"]), (&json!("active"), &json!("before")));
    let history: Vec<&str> =
        shown["history"].as_array().unwrap().iter().map(|past| past["what"].as_str().unwrap()).collect();
    assert_eq!(
        [history[0], history[history.len() - 2], history[history.len() - 1]],
        ["proposed", "accepted", "activated"]
    );
    assert_eq!(shown["history"][history.len() - 2]["why"], "it recurs");
    protocol
}

#[test]
fn a_protocol_that_prevents_is_said_to_work() {
    let said = six_weeks(40, 3, 8);
    assert_eq!(said["effect"], "works", "{said:#}");
    assert!(said["effect_high"].as_f64().unwrap() < 1.0, "{said:#}");
}

#[test]
fn a_protocol_that_changes_nothing_has_no_effect() {
    let said = six_weeks(50, 50, 8);
    assert_eq!(said["effect"], "no effect", "{said:#}");
    let (low, high) = (said["effect_low"].as_f64().unwrap(), said["effect_high"].as_f64().unwrap());
    assert!(low > 0.5 && low < 1.0 && high > 1.0, "{said:#}");
}

#[test]
fn a_protocol_after_which_it_happens_more_often_is_worse() {
    let said = six_weeks(15, 70, 8);
    assert_eq!(said["effect"], "worse", "{said:#}");
    assert!(said["effect_low"].as_f64().unwrap() > 1.0, "{said:#}");
}

#[test]
fn a_few_sessions_are_not_enough_data() {
    let yard_of_little = six_weeks(40, 3, 1);
    assert_eq!(yard_of_little["effect"], "not enough data", "{yard_of_little:#}");
}

#[test]
fn what_becomes_active_as_soon_as_it_is_found_has_nothing_to_be_compared_with() {
    let yard = Yard::new();
    let house = yard.house();
    let logs = yard.logs();
    let logs = logs.to_str().unwrap();
    play(&yard, 0..MIDDLE, 4, 50);
    let now = FIRST + MIDDLE * DAY;
    run_at(&yard, &house, now, &["ingest", logs]);
    let listed = |now: i64| -> Value {
        serde_json::from_str::<Value>(&run_at(&yard, &house, now, &["protocols", "--format", "json"]).out).unwrap()[0]
            .clone()
    };
    let id = listed(now)["id"].as_str().unwrap().to_owned();
    run_at(&yard, &house, now, &["protocols", "accept", &id]);
    run_at(&yard, &house, now, &["protocols", "publish"]);
    play(&yard, MIDDLE..DAYS, 4, 0);
    let now = FIRST + DAYS * DAY;
    run_at(&yard, &house, now, &["ingest", logs]);
    let said = listed(now);
    assert_eq!((&said["effect"], &said["baseline_recurrences"]), (&json!("not enough data"), &json!(0)), "{said:#}");
}

#[test]
fn a_protocol_rests_on_what_came_before_and_is_tested_on_what_came_later() {
    let yard = Yard::new();
    let house = yard.house();
    let logs = yard.logs();
    let logs = logs.to_str().unwrap();
    play(&yard, 0..3, 2, 100);
    run_at(&yard, &house, FIRST + 3 * DAY, &["ingest", logs]);
    let listed = |day: i64| -> Value {
        let ran = run_at(&yard, &house, FIRST + day * DAY, &["protocols", "list", "--all", "--format", "json"]);
        serde_json::from_str::<Value>(&ran.out).unwrap()[0].clone()
    };
    let first = listed(3);
    // Three families were enough; the three that came later are what it is tested on.
    assert_eq!((&first["families"], &first["backtest_families"]), (&json!(6), &json!(3)), "{first:#}");
    assert_eq!((&first["backtest_incidents"], &first["backtest_met"]), (&json!(3), &json!(3)), "{first:#}");
    assert!(first["resolutions"].as_str().unwrap().contains("after:Read 6"), "{first:#}");
    assert!(first["advice"].as_str().unwrap().contains("In 6 of 6 cases"), "{first:#}");
    // What is rejected stays rejected, whatever else happens.
    let id = first["id"].as_str().unwrap().to_owned();
    run_at(&yard, &house, FIRST + 3 * DAY, &["protocols", "reject", &id, "--why", "known"]);
    play(&yard, 3..6, 2, 100);
    run_at(&yard, &house, FIRST + 6 * DAY, &["ingest", logs]);
    let later = listed(6);
    assert_eq!((&later["status"], &later["id"]), (&json!("rejected"), &json!(id)), "{later:#}");
    let again = run_at(&yard, &house, FIRST + 6 * DAY, &["protocols", "reject", &id]);
    assert!(again.err.contains("as it was before"), "{again:?}");
    // The journal is the truth: a lost database changes nothing about it.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    run_at(&yard, &house, FIRST + 6 * DAY, &["rebuild"]);
    let rebuilt = listed(6);
    assert_eq!((&rebuilt["status"], &rebuilt["id"]), (&json!("rejected"), &json!(id)), "{rebuilt:#}");
    let table =
        run_at(&yard, &house, FIRST + 6 * DAY, &["query", "SELECT status, why FROM protocols", "--format", "csv"]);
    assert_eq!(table.out, "status,why\r\nrejected,known\r\n");
}

#[test]
fn logs_that_a_live_protocol_rests_on_are_held() {
    let yard = Yard::new();
    let house = yard.house();
    let logs = yard.logs();
    play(&yard, 0..3, 1, 100);
    let soon = FIRST + 4 * DAY;
    run_at(&yard, &house, soon, &["ingest", logs.to_str().unwrap()]);
    let listed: Value =
        serde_json::from_str(&run_at(&yard, &house, soon, &["protocols", "--format", "json"]).out).unwrap();
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    let later = FIRST + 10 * DAY;
    run_at(&yard, &house, later, &["protocols", "accept", &id]);
    run_at(&yard, &house, later + 60 * DAY, &["retain"]);
    // In half a year all three would go, were they not cited.
    let held = run_at(&yard, &house, later + 200 * DAY, &["retain", "--dry-run"]);
    assert!(held.out.contains("cited"), "{held:?}");
    run_at(&yard, &house, later + 200 * DAY, &["protocols", "retire", &id]);
    let free = run_at(&yard, &house, later + 200 * DAY, &["retain", "--dry-run"]);
    assert!(!free.out.contains("cited"), "{free:?}");
}
