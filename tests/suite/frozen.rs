//! Houses as released programs left them, and houses of programs that are yet to come: the old ones are brought up to date
//! and say what they said, the new ones are left alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use logwright::layout::{House, Tier};
use logwright::store::{Entry, What};
use rusqlite::Connection;

use crate::house::{Yard, files_below, rows};
use crate::steps::copy;
use crate::tiers::{ARCHIVED, DAY, REMOVED, findings, logs, run_at, snapshot, two_sessions, verified};

/// A house that was frozen, copied, and closed to others as the program leaves it.
fn thawed(yard: &Yard, name: &str) -> House {
    let house = yard.house();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen").join(name), house.root()).unwrap();
    close(house.root());
    house
}

fn close(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => close(&path),
            false => fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap(),
        }
    }
}

/// What a database says, asked without the program.
fn asked(house: &House, sql: &str) -> Vec<String> {
    let connection = Connection::open(house.database()).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
        (0..columns)
            .map(|at| Ok(format!("{:?}", row.get_ref(at)?)))
            .collect::<rusqlite::Result<Vec<_>>>()
            .map(|row| row.join(" "))
    };
    let mut found: Vec<String> = statement.query_map([], row).unwrap().map(Result::unwrap).collect();
    found.sort();
    found
}

/// What must not change when a house is brought up to date.
const SAID: [&str; 5] = [
    "SELECT id, agent, project, title, started, ended, prompts, responses, tool_calls, failures, events, input_tokens,
        output_tokens FROM sessions",
    "SELECT id, session, time, kind, tool, call, status, duration_ms, model, file, offset, length, size FROM events",
    "SELECT * FROM usage",
    "SELECT id, session, time, tool, call, disposition, cause, owner, status FROM incidents",
    "SELECT path, source, part, agent, form, session, length, hash, lines, events, first_time, last_time FROM files",
];

fn said(house: &House) -> Vec<Vec<String>> {
    SAID.iter().map(|sql| asked(house, sql)).collect()
}

#[test]
fn a_house_of_format_2_is_brought_up_to_date() {
    for by_upgrade in [true, false] {
        let yard = Yard::new();
        let house = thawed(&yard, "format-2");
        let before = said(&house);
        assert!(before[0].len() == 1 && before[1].len() > 40 && before[3].len() == 4, "{before:?}");
        let still = evidence(&house);
        for arguments in
            [&["sessions"][..], &["stats"], &["show", "--last"], &["errors"], &["verify"], &["retain", "--dry-run"]]
        {
            let ran = yard.run(&house, arguments);
            assert_eq!(ran.code, Some(3), "{arguments:?}: {ran:?}");
            assert!(ran.err.contains("has format 2, written by an older logwright"), "{arguments:?}: {}", ran.err);
            assert!(ran.err.contains("hint: `logwright "), "{arguments:?}: {}", ran.err);
            assert_eq!(evidence(&house), still, "{arguments:?} changed something");
        }
        if by_upgrade {
            let ran = yard.run(&house, &["house", "upgrade"]);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(house.resolve("store/logwright.db.format-2").is_file());
            assert_eq!(said(&house), before);
            let ran = yard.run(&house, &["house", "upgrade"]);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(ran.err.contains("the newest that this program knows"), "{}", ran.err);
        }
        let ran = yard.run(&house, &["ingest", "logs"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(said(&house), before);
        let ran = yard.run(&house, &["rebuild"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(said(&house), before);
        assert_eq!(findings(&house), Vec::<String>::new());
        let raw = |all: &std::collections::BTreeMap<PathBuf, String>| -> Vec<(PathBuf, String)> {
            all.iter()
                .filter(|(path, _)| path.starts_with("logs"))
                .map(|(path, is)| (path.clone(), is.clone()))
                .collect()
        };
        assert_eq!(raw(&snapshot(house.root())), raw(&still), "a raw log or an error record was changed");
        // It ages like any other: nothing that lay there for long is gone at once.
        let outcome = crate::tiers::retain(&house, ARCHIVED + 400 * DAY);
        assert!(outcome.applied.archived.0 > 0 && outcome.applied.removed.0 == 0, "{:?}", outcome.applied);
        assert_eq!(findings(&house), Vec::<String>::new());
    }
}

#[test]
fn a_house_of_format_3_is_brought_up_to_date() {
    let yard = Yard::new();
    let house = thawed(&yard, "format-3");
    let ran = yard.run(&house, &["sessions"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let ran = yard.run(&house, &["house", "upgrade"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = yard.run(&house, &["verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let found: Vec<(String, Tier)> = logs(&house).into_iter().map(|file| (file.session, file.tier)).collect();
    let expected = [("fails", Tier::Archive), ("old", Tier::Trash), ("young", Tier::Active)];
    assert_eq!(found, expected.map(|(session, tier)| (session.to_owned(), tier)));
    let before = said(&house);
    assert_eq!([before[0].len(), before[1].len(), before[3].len()], [3, 7, 1]);
    assert_eq!(
        rows(&house, "SELECT session, what, state FROM receipts", &[]),
        ["session=\"old\" what=\"removed\" state=\"trash\""]
    );
    let ran = run_at(&yard, &house, REMOVED, &["retain", "pin"]);
    assert!(ran.out.contains("young") && ran.out.contains("for ever"), "{ran:?}");
    for arguments in [&["show", "fails"][..], &["show", "young"], &["stats"], &["errors"], &["sessions"]] {
        let ran = run_at(&yard, &house, REMOVED, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    }
    let ran = run_at(&yard, &house, REMOVED, &["ingest", "logs"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run_at(&yard, &house, REMOVED, &["restore", "--all"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(findings(&house), Vec::<String>::new());
    for sql in &SAID[..1] {
        assert_eq!(asked(&house, sql), before[0]);
    }
    // Frozen is what is text, packed, or the one database.
    for path in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen/format-3")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_text = || std::str::from_utf8(&fs::read(&path).unwrap()).is_ok();
        assert!(name == "logwright.db" || name.ends_with(".zst") || is_text(), "{name}");
    }
}

#[test]
fn a_house_of_this_format_is_opened_by_every_build() {
    let yard = Yard::new();
    let house = thawed(&yard, "format-4");
    let ran = yard.run(&house, &["verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    let listed = yard.run(&house, &["protocols", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let protocol = &listed[0];
    assert_eq!([&protocol["status"], &protocol["guard"], &protocol["guard_firings"]], ["active", "deny", "deny 1"]);
    assert_eq!((&protocol["incidents"], &protocol["backtest_families"]), (&4.into(), &1.into()));
    let before = said(&house);
    for arguments in [&["show", "--last"][..], &["errors"], &["stats"], &["ingest", "logs"], &["protocols", "publish"]]
    {
        let ran = yard.run(&house, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    }
    assert_eq!(said(&house), before);
    let sql = "SELECT protocol, action, tool, session FROM firings";
    assert_eq!(
        rows(&house, sql, &["protocol"]),
        ["action=\"deny\" tool=\"Edit\" session=\"5b0c1f9e-3a52-4f0e-9c1d-7d7f6f1f2a10\""]
    );
    for path in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/frozen/format-4")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name == "logwright.db" || std::str::from_utf8(&fs::read(&path).unwrap()).is_ok(), "{name}");
    }
}

/// Every command that would write.
const WRITERS: [&[&str]; 9] = [
    &["ingest", "logs"],
    &["rebuild"],
    &["retain"],
    &["retain", "pin", "one"],
    &["restore", "--all"],
    &["forget", "--session", "one", "--yes"],
    &["verify", "--repair"],
    &["house", "upgrade"],
    &["errors", "resolve", "1234"],
];

#[test]
fn a_newer_house_is_not_written_to() {
    let yard = two_sessions();
    let house = yard.house();
    crate::house::ingest(&house, &[yard.logs()]);
    crate::tiers::retain(&house, ARCHIVED);
    Connection::open(house.database()).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let before = evidence(&house);
    for arguments in WRITERS {
        let ran = run_at(&yard, &house, ARCHIVED + 200 * DAY, arguments);
        assert!(!matches!(ran.code, Some(0 | 70)), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("format 99"), "{arguments:?}: {}", ran.err);
        assert_eq!(evidence(&house), before, "{arguments:?} changed something");
    }
}

/// All files of a house but for the lock, in which who holds it writes its number.
fn evidence(house: &House) -> std::collections::BTreeMap<PathBuf, String> {
    let mut all = snapshot(house.root());
    all.retain(|path, _| !path.to_string_lossy().starts_with("store/lock") && !path.to_string_lossy().contains(".db-"));
    all
}

#[test]
fn a_newer_ledger_is_not_written_to() {
    let yard = two_sessions();
    let house = yard.house();
    crate::house::ingest(&house, &[yard.logs()]);
    let entry = Entry { number: 0, at: 0, what: What::Ledger { format: 2 } };
    let json = serde_json::to_vec(&entry).unwrap();
    let text = [format!("{:016x} ", xxhash_rust::xxh3::xxh3_64(&json)).as_bytes(), &json, b"\n"].concat();
    fs::write(house.ledger(), &text).unwrap();
    let logs_before = snapshot(&house.resolve("logs"));
    for arguments in &WRITERS[..7] {
        let ran = run_at(&yard, &house, ARCHIVED + 200 * DAY, arguments);
        assert!(!matches!(ran.code, Some(0 | 70)), "{arguments:?}: {ran:?}");
        assert!(ran.err.contains("the ledger has format 2"), "{arguments:?}: {}", ran.err);
        assert_eq!(fs::read(house.ledger()).unwrap(), text, "{arguments:?}");
        assert_eq!(snapshot(&house.resolve("logs")), logs_before, "{arguments:?}");
    }
    // Whoever only reads is not kept from it.
    for arguments in [&["sessions"][..], &["show", "one"], &["stats"]] {
        assert_eq!(yard.run(&house, arguments).code, Some(0), "{arguments:?}");
    }
    assert_eq!(verified(&house).found.len(), 1);
}
