//! What was removed or forgotten, and what comes after: nothing that is left of it moves, removes or counts twice.

use std::fs;

use logwright::layout::{House, Tier};

use crate::house::{Yard, ingest, rows};
use crate::spoiled::failing;
use crate::tiers::{
    ANNOUNCED, ARCHIVED, COPIED, DAY, PURGED, REMOVED, findings, lines, log_of, retain, retain_until, run_at, tiers,
    two_sessions,
};

const ONE: &str = "projects/-p/one.jsonl";

fn run(yard: &Yard, house: &House, now: i64, arguments: &[&str]) -> String {
    let ran = run_at(yard, house, now, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran.out
}

fn events(house: &House, session: &str) -> Vec<String> {
    rows(house, &format!("SELECT count(*) AS n FROM events WHERE session = '{session}'"), &[])
}

/// A line that ended something is lost; what it was about has come back since, to the same place.
#[test]
fn no_line_that_is_left_of_a_damaged_ledger_removes_anything() {
    let yard = two_sessions();
    let house = yard.house();
    run(&yard, &house, COPIED, &["ingest", "logs"]);
    run(&yard, &house, COPIED, &["forget", "--session", "one", "--yes"]);
    run(&yard, &house, COPIED + DAY, &["ingest", "--again", "logs"]);
    let log = house.resolve(&log_of(&house, "one").path);
    let before = fs::read(&log).unwrap();
    let ledger = fs::read_to_string(house.ledger()).unwrap();
    let spoiled: String =
        ledger.split_inclusive('\n').map(|line| line.replace("\"released\"", "\"releasec\"")).collect();
    assert_ne!(ledger, spoiled);
    fs::write(house.ledger(), spoiled).unwrap();
    let ran = run_at(&yard, &house, COPIED + 2 * DAY, &["verify", "--repair"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::read(&log).unwrap(), before);
    retain_until(&house, &[COPIED + 3 * DAY, ARCHIVED]);
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn what_is_left_of_a_log_that_is_gone_can_be_forgotten() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED, PURGED]);
    assert_eq!((tiers(&house, "one"), events(&house, "one")), (vec![(Tier::Removed, 0)], vec!["n=3".to_owned()]));
    run(&yard, &house, PURGED, &["forget", "--session", "one", "--yes"]);
    assert_eq!((events(&house, "one"), events(&house, "two")), (vec!["n=0".to_owned()], vec!["n=2".to_owned()]));
    run(&yard, &house, PURGED, &["forget", "--match", "text 0", "--yes"]);
    assert_eq!(events(&house, "two"), ["n=0"]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_session_that_goes_on_after_its_removal_is_one_session() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED, PURGED]);
    yard.write(ONE, lines("one", 5).as_bytes());
    run(&yard, &house, PURGED + DAY, &["ingest", "logs"]);
    assert_eq!(events(&house, "one"), ["n=5"]);
    let listed = run(&yard, &house, PURGED + DAY, &["sessions", "--format", "csv"]);
    assert_eq!(listed.matches("one,").count(), 1, "{listed}");
    let shown = run(&yard, &house, PURGED + DAY, &["show", "one", "--format", "json"]);
    assert_eq!(shown.matches("\"prompt\"").count(), 5, "{shown}");
    // What is read again leaves alone what is sealed.
    run(&yard, &house, PURGED + DAY, &["rebuild"]);
    assert_eq!(events(&house, "one"), ["n=5"]);
}

#[test]
fn what_a_person_decided_stands_in_the_archive_too() {
    let yard = Yard::new();
    yard.write("projects/-p/fails.jsonl", failing("fails").as_bytes());
    let house = yard.house();
    run(&yard, &house, COPIED, &["ingest", "logs"]);
    let id = rows(&house, "SELECT id FROM incidents", &[])[0].trim_start_matches("id=").trim_matches('"').to_owned();
    run(&yard, &house, COPIED, &["errors", "resolve", &id, "--why", "mended"]);
    retain(&house, ARCHIVED + DAY);
    let days = fs::read_dir(house.resolve("logs/errors")).unwrap().filter(|day| day.as_ref().unwrap().path().is_file());
    assert_eq!(days.count(), 0, "all days are archived");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    run(&yard, &house, ARCHIVED + 2 * DAY, &["rebuild"]);
    assert_eq!(
        rows(&house, "SELECT status, resolved_by FROM incidents", &[]),
        ["status=\"resolved\" resolved_by=\"person\""]
    );
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_run_that_was_broken_off_costs_no_time() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let disk = crate::hooked::Hooked::new(|operation, path| {
        let is_copy = operation == "write" && path.extension().is_some_and(|extension| extension == "partial");
        if is_copy { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    });
    let (settings, _) = logwright::settings::Settings::parse("", std::path::Path::new("logwright.toml")).unwrap();
    let retention = logwright::retention::Retention {
        house: &house,
        settings: &settings,
        disk: &disk,
        now: ARCHIVED,
        workers: 1,
        stop: &std::sync::atomic::AtomicBool::new(false),
        progress: &|_| {},
    };
    let mut writer = logwright::store::Writer::open(&house.database()).unwrap();
    assert!(retention.run(&mut writer, None).is_err());
    drop(writer);
    retain(&house, ARCHIVED + DAY);
    assert_eq!((tiers(&house, "one"), tiers(&house, "two")), (vec![(Tier::Archive, 0)], vec![(Tier::Archive, 0)]));
}
