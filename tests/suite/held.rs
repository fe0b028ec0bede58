//! What is held stays, in a house as in a plan: critical errors with their logs and days, pins, and families that are only
//! partly old.

use std::fs;
use std::path::PathBuf;

use logwright::disk::RealDisk;
use logwright::layout::{House, Tier};
use logwright::plugin::Role;

use crate::guests::guest;
use crate::house::{How, Yard, files_below, ingest, ingest_as, rows};
use crate::spoiled::failing;
use crate::tiers::{
    ANNOUNCED, ARCHIVED, COPIED, DAY, PURGED, REMOVED, findings, lines, log_of, retain, retain_as, retain_until,
    run_at, settings, tiers, two_sessions,
};

/// A house with a critical error.
fn critical_house(yard: &Yard) -> House {
    yard.write("projects/-p/fails.jsonl", failing("fails").as_bytes());
    let house = yard.house();
    let always = guest(Role::Extractor, "careful").chooses("(return (i32.const 16))");
    let ran = always.install(yard, &house, &["--allow-critical"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let ran = run_at(yard, &house, COPIED, &["ingest", "logs"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(records(&house).len(), 1);
    assert_eq!(findings(&house), Vec::<String>::new());
    house
}

/// The records of critical errors.
fn records(house: &House) -> Vec<PathBuf> {
    files_below(&house.resolve("logs/errors/critical"))
}

fn run(yard: &Yard, house: &House, now: i64, arguments: &[&str]) {
    let ran = run_at(yard, house, now, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
}

#[test]
fn a_critical_error_keeps_its_log_and_its_day_until_it_is_cleared() {
    let yard = Yard::new();
    let house = critical_house(&yard);
    let days = |house: &House| -> Vec<Tier> {
        let reader = logwright::store::Reader::open(&house.database()).unwrap();
        reader.error_days().unwrap().into_iter().map(|day| day.tier).collect()
    };
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED, REMOVED + 400 * DAY]);
    assert_eq!((tiers(&house, "fails"), days(&house)), (vec![(Tier::Archive, 0)], vec![Tier::Archive]));
    let before = fs::read(&records(&house)[0]).unwrap();
    let id = records(&house)[0].file_stem().unwrap().to_string_lossy().into_owned();
    let now = REMOVED + 400 * DAY;
    run(&yard, &house, now, &["errors", "clear", &id, "--why", "known"]);
    retain_until(&house, &[now + DAY, now + 40 * DAY]);
    assert_eq!(tiers(&house, "fails"), [(Tier::Trash, 0)]);
    // What was written for ever is.
    assert_eq!(fs::read(&records(&house)[0]).unwrap(), before);
    assert_eq!(findings(&house), Vec::<String>::new());
    retain_until(&house, &[now + 80 * DAY]);
    assert_eq!((tiers(&house, "fails"), days(&house).contains(&Tier::Removed)), (vec![(Tier::Removed, 0)], true));
    assert_eq!(findings(&house), Vec::<String>::new());
    assert_eq!(fs::read(&records(&house)[0]).unwrap(), before);
}

#[test]
fn every_change_of_a_critical_record_is_found() {
    let yard = Yard::new();
    let house = critical_house(&yard);
    let path = records(&house).remove(0);
    let name = path.strip_prefix(house.root()).unwrap().display().to_string();
    let whole = fs::read(&path).unwrap();
    let cuts = (0..whole.len()).map(|at| whole[..at].to_vec());
    let flips = (0..whole.len()).map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    });
    for spoiled in cuts.chain(flips) {
        fs::write(&path, &spoiled).unwrap();
        assert_eq!(findings(&house), [format!("critical {name}")], "{}", String::from_utf8_lossy(&spoiled));
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(findings(&house), [format!("critical {name}")]);
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    assert_eq!(findings(&house), [format!("critical {name}")]);
    fs::write(house.resolve("logs/errors/critical/0123456789abcdef.json"), &whole).unwrap();
    assert!(findings(&house).contains(&"unlisted logs/errors/critical/0123456789abcdef.json".to_owned()));
}

#[test]
fn a_critical_error_is_forgotten_when_a_person_says_so() {
    let yard = Yard::new();
    let house = critical_house(&yard);
    retain(&house, ARCHIVED);
    run(&yard, &house, ARCHIVED, &["forget", "--session", "fails", "--yes"]);
    assert_eq!(records(&house), Vec::<PathBuf>::new());
    assert_eq!(findings(&house), Vec::<String>::new());
    assert_eq!(rows(&house, "SELECT count(*) AS n FROM incidents", &[]), ["n=0"]);
}

#[test]
fn what_is_pinned_in_the_trash_stays_there() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED]);
    run(&yard, &house, REMOVED, &["retain", "pin", "one"]);
    retain_until(&house, &[PURGED]);
    assert_eq!((tiers(&house, "one"), tiers(&house, "two")), (vec![(Tier::Trash, 0)], vec![(Tier::Removed, 0)]));
    run(&yard, &house, PURGED, &["restore", "one"]);
    retain_until(&house, &[PURGED + 31 * DAY, PURGED + 300 * DAY]);
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
    run(&yard, &house, PURGED, &["retain", "unpin", "one"]);
    retain_until(&house, &[PURGED + 340 * DAY]);
    assert_eq!(tiers(&house, "one"), [(Tier::Trash, 0)]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_full_archive_does_not_part_a_family() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain(&house, ARCHIVED);
    // One grows: what is new of it is active and young.
    yard.write("projects/-p/one.jsonl", lines("one", 6).as_bytes());
    ingest_as(&house, &[yard.logs()], &How { now: ARCHIVED + 100 * DAY, ..How::default() }).unwrap();
    let full = settings("[retention]\narchive_days = \"never\"\nmax_archive = 1\n");
    for now in [ARCHIVED + 101 * DAY, ARCHIVED + 120 * DAY] {
        retain_as(&house, &full, &RealDisk, now, None).unwrap();
    }
    let part = lines("one", 3).len() as u64;
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0), (Tier::Active, part)]);
    assert_eq!(log_of(&house, "two").tier, Tier::Trash);
}

#[test]
fn a_family_of_which_a_log_is_spoiled_stays_whole() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain(&house, ARCHIVED);
    yard.write("projects/-p/one.jsonl", lines("one", 6).as_bytes());
    ingest_as(&house, &[yard.logs()], &How { now: ARCHIVED + DAY, ..How::default() }).unwrap();
    retain_until(&house, &[ARCHIVED + 40 * DAY, ANNOUNCED + 40 * DAY]);
    assert!(tiers(&house, "one").iter().all(|(tier, _)| *tier == Tier::Archive));
    let first = crate::tiers::logs(&house).into_iter().find(|file| file.session == "one" && file.part > 0).unwrap();
    fs::remove_file(house.resolve(&first.path)).unwrap();
    let outcome = retain(&house, REMOVED + 40 * DAY);
    assert_eq!((outcome.applied.removed.0, outcome.applied.passed_over.len()), (1, 2), "{:?}", outcome.applied);
    assert!(tiers(&house, "one").iter().all(|(tier, _)| *tier == Tier::Archive));
    assert_eq!(log_of(&house, "two").tier, Tier::Trash);
}
