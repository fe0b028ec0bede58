//! There and back: what is archived, removed and restored is the same in every byte, time and mode, and what a house says
//! of it does not depend on where it lies.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use logwright::ingest::Mode;
use logwright::layout::{House, Tier};

use crate::house::{How, Yard, assert_same, ingest, ingest_as, rows, small_yard};
use crate::tiers::{
    ANNOUNCED, ARCHIVED, DAY, PURGED, REMOVED, findings, lines, logs, restore_all, retain, retain_until, run_at,
    snapshot, two_sessions,
};

/// The raw logs of a house: bytes, time and mode of each.
fn raw(house: &House) -> Vec<String> {
    let all = snapshot(&house.resolve("logs/sessions")).into_iter().chain(snapshot(&house.resolve("logs/system")));
    all.map(|(path, stamp)| format!("{} {stamp}", path.display())).collect()
}

/// The days of error records.
fn days(house: &House) -> Vec<String> {
    snapshot(&house.resolve("logs/errors"))
        .into_iter()
        .map(|(path, stamp)| format!("{} {stamp}", path.display()))
        .collect()
}

#[test]
fn archived_and_restored_is_as_before() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    // Whoever changed times and modes of the copies finds them again.
    for (number, file) in logs(&house).iter().enumerate() {
        let path = house.resolve(&file.path);
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000 + number as u64, 123_456_789);
        OpenOptions::new().append(true).open(&path).unwrap().set_modified(time).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(if number % 2 == 0 { 0o600 } else { 0o400 })).unwrap();
    }
    let (before, days_before) = (raw(&house), days(&house));
    let rows_before = logs(&house);
    let later = ARCHIVED + 200 * DAY;
    let outcome = retain(&house, later);
    assert_eq!(outcome.applied.archived.0 as usize, rows_before.len() + days_before.len());
    assert!(raw(&house).is_empty() && days(&house).is_empty(), "{:?}", raw(&house));
    let restored = restore_all(&house, later);
    assert_eq!((restored.logs.len(), restored.passed_over), (rows_before.len() + days_before.len(), vec![]));
    assert_eq!((raw(&house), days(&house)), (before, days_before));
    let rows_after: Vec<_> =
        logs(&house).into_iter().map(|file| logwright::store::FileRow { entered: 0, ..file }).collect();
    let rows_before: Vec<_> =
        rows_before.into_iter().map(|file| logwright::store::FileRow { entered: 0, ..file }).collect();
    assert_eq!(rows_after, rows_before);
    assert_eq!(findings(&house), Vec::<String>::new());
    // Brought back, it is left alone for as long as anything new.
    assert_eq!(retain(&house, later + 29 * DAY).applied.archived.0, 0);
}

#[test]
fn the_ordinary_tool_unpacks_an_archive() {
    let yard = small_yard();
    // Compressible, larger than the smallest window, and with repetitions far apart.
    let long: String = (0..40_000).map(|number| lines("long", 1).replace("text 0", &number.to_string())).collect();
    yard.write("projects/-p/long.jsonl", long.as_bytes());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let before: Vec<(u64, Vec<u8>)> =
        logs(&house).iter().map(|file| (file.id, fs::read(house.resolve(&file.path)).unwrap())).collect();
    retain(&house, ARCHIVED + 200 * DAY);
    for (file, (id, bytes)) in logs(&house).iter().zip(&before) {
        assert_eq!((file.id, file.tier), (*id, Tier::Archive));
        let packed = fs::read(house.resolve(&file.path)).unwrap();
        // As the tool does: no window beyond what it takes without being asked.
        let mut plain = Vec::new();
        let mut decoder = zstd::Decoder::new(packed.as_slice()).unwrap();
        decoder.window_log_max(27).unwrap();
        decoder.read_to_end(&mut plain).unwrap();
        assert!(plain == *bytes, "{}", file.path);
        // One frame, which says how long it is and has a checksum.
        let descriptor = packed[4];
        assert_eq!(descriptor & 4, 4, "{}: no checksum", file.path);
        assert_eq!(zstd::zstd_safe::get_frame_content_size(&packed).unwrap(), Some(bytes.len() as u64));
        assert_eq!(zstd::zstd_safe::find_frame_compressed_size(&packed).unwrap(), packed.len());
    }
    if let Ok(said) =
        std::process::Command::new("zstd").args(["-dc", "-q"]).arg(house.resolve(&logs(&house)[0].path)).output()
    {
        assert!(said.stdout == before[0].1);
    }
}

#[test]
fn copies_are_as_their_sources_were() {
    let yard = two_sessions();
    let source = yard.logs().join("projects/-p/one.jsonl");
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_650_000_000, 987_654_321);
    OpenOptions::new().append(true).open(&source).unwrap().set_modified(time).unwrap();
    fs::set_permissions(&source, Permissions::from_mode(0o640)).unwrap();
    let stamp = |path: &Path| {
        let found = fs::metadata(path).unwrap();
        (found.mode() & 0o7777, found.mtime(), found.mtime_nsec(), fs::read(path).unwrap())
    };
    let before = stamp(&source);
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    fs::remove_file(&source).unwrap();
    for (now, folder) in [(ARCHIVED, "active"), (ARCHIVED, "archive"), (REMOVED, "trash")] {
        match folder {
            "archive" => retain_until(&house, &[ARCHIVED]),
            "trash" => retain_until(&house, &[ANNOUNCED, REMOVED]),
            _ => {}
        }
        let here = snapshot(&house.resolve("logs"));
        let ran = run_at(&yard, &house, now, &["restore", "one", "--to", folder]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let copies = crate::house::files_below(&yard.root().join(folder));
        assert!(copies.iter().any(|path| stamp(path) == before), "{folder}: {copies:?}");
        assert_eq!(snapshot(&house.resolve("logs")), here, "{folder}: the house was changed");
        // Nothing is written over.
        let ran = run_at(&yard, &house, now, &["restore", "one", "--to", folder]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
    }
}

#[test]
fn the_trash_empties_after_its_grace_and_not_before() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED]);
    assert_eq!(retain(&house, REMOVED + 7 * DAY - 1000).applied.purged.0, 0);
    assert_eq!(crate::house::files_below(&house.trash()).len(), 2);
    assert_eq!(retain(&house, REMOVED + 7 * DAY).applied.purged.0, 2);
    assert!(crate::house::files_below(&house.trash()).is_empty());
    assert_eq!(findings(&house), Vec::<String>::new());
    let ran = run_at(&yard, &house, PURGED, &["restore", "one"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("it was removed on "), "{}", ran.err);
}

/// What the commands of a person say, but for where files lie.
fn told(yard: &Yard, house: &House, now: i64) -> String {
    let commands: [&[&str]; 8] = [
        &["stats", "--format", "json"],
        &["sessions", "--format", "json"],
        &["errors", "--format", "json"],
        &["show", "4c1f7a52", "--format", "json"],
        &["show", "4c1f7a52"],
        &["show", "4c1f7a52", "--errors"],
        &["query", "SELECT session, time, kind, tool, status FROM events ORDER BY 1, 2, 3, 4"],
        &["query", "SELECT * FROM usage ORDER BY 1, 2"],
    ];
    let mut all = String::new();
    for arguments in commands {
        let ran = run_at(yard, house, now, arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
        all.push_str(&format!("$ {}\n{}{}\n", arguments.join(" "), ran.out, ran.err));
    }
    let path = |line: &str| {
        line.replace("logs/archived-snapshots/2026/01/", "logs/")
            .replace(".zst", "")
            .replace("logs/sessions/", "logs/")
            .replace("logs/system/", "logs/")
    };
    let root = house.root().file_name().unwrap().to_string_lossy().into_owned();
    all.lines().map(|line| path(line).replace(&root, "HOUSE") + "\n").collect()
}

#[test]
fn every_view_says_the_same_wherever_the_logs_lie() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let now = ARCHIVED + 300 * DAY;
    let before = told(&yard, &house, now);
    let everything = How { mode: Mode::Everything, now, ..How::default() };
    let outcome = retain(&house, now);
    assert!(outcome.applied.archived.0 > 3, "{:?}", outcome.applied);
    assert_same("archived", &before, &told(&yard, &house, now));
    ingest_as(&house, &[], &everything).unwrap();
    assert_same("archived, and understood anew", &before, &told(&yard, &house, now));
    restore_all(&house, now);
    ingest_as(&house, &[], &everything).unwrap();
    assert_same("restored, and understood anew", &before, &told(&yard, &house, now));
}

#[test]
fn what_was_removed_comes_back_whole() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let said = |house: &House| {
        ["sessions", "events", "usage", "incidents", "error_groups", "findings"]
            .map(|table| {
                let mut lines = rows(house, &format!("SELECT * FROM {table}"), &["file", "path"]);
                lines.sort();
                format!("== {table}\n{}\n", lines.join("\n"))
            })
            .concat()
    };
    let (before, held) = (said(&house), raw(&house));
    let start = ARCHIVED + 300 * DAY;
    retain_until(&house, &[start, start + 100 * DAY, start + 140 * DAY]);
    let removed: Vec<_> = logs(&house).into_iter().filter(|file| file.tier == Tier::Trash).collect();
    assert_eq!(removed.len(), held.len());
    assert_same("what was understood stays", &before, &said(&house));
    // Neither a rebuild nor an ingest makes it less.
    let everything = How { mode: Mode::Everything, now: start + 141 * DAY, ..How::default() };
    ingest_as(&house, &[], &everything).unwrap();
    assert_same("what was understood stays after a rebuild", &before, &said(&house));
    // One log of a family brings back the others, and no other family.
    let family: Vec<_> = removed.iter().filter(|file| file.session.starts_with("4c1f7a52")).collect();
    assert!(family.len() > 1);
    let id = format!("{:016x}", family[0].id);
    let ran = run_at(&yard, &house, start + 141 * DAY, &["restore", &id]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for file in logs(&house) {
        let is_of = file.family == family[0].family;
        assert_eq!(file.tier, if is_of { Tier::Active } else { Tier::Trash }, "{}", file.path);
    }
    assert_same("what was understood is as before", &before, &said(&house));
    restore_all(&house, start + 141 * DAY);
    assert_eq!(raw(&house).len(), held.len());
    ingest_as(&house, &[], &everything).unwrap();
    assert_same("what was understood is as before after a rebuild", &before, &said(&house));
    assert_eq!(findings(&house), Vec::<String>::new());
    assert_eq!(rows(&house, "SELECT DISTINCT state FROM receipts", &[]), ["state=\"restored\""]);
}
