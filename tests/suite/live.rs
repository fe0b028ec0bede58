//! Retention beside everything that happens at the same time: sources that grow, change and vanish while their copies are
//! archived, files of the house that somebody else touches, other runs, and readers.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use logwright::disk::RealDisk;
use logwright::event::Action;
use logwright::layout::{House, Tier};
use logwright::retention::{Journal, Retention};
use logwright::store::{DurableHand, Lock, Reader, Writer, open_as_it_came};

use crate::hooked::Hooked;
use crate::hostile::make_pipe;
use crate::house::{Yard, assert_same, ingest, rows};
use crate::tiers::{
    ANNOUNCED, ARCHIVED, DAY, PURGED, REMOVED, findings, lines, log_of, logs, prompt, retain, retain_as, retain_until,
    run_at, settings, tiers, two_sessions,
};

const ONE: &str = "projects/-p/one.jsonl";

/// What must differ between a house in which something was archived and one in which nothing was.
const OF_FILES: [&str; 4] = ["copied", "file", "offset", "path"];

/// What a house says of events, but for where they stand: an event is known by its place in its file. A line that was
/// torn when it was archived stays a torn one there.
pub fn said(house: &House) -> String {
    said_of(house, &["sessions", "events", "usage", "error_groups", "incidents", "drift"])
}

/// What some tables say.
pub fn said_of(house: &House, tables: &[&str]) -> String {
    let mut all = String::new();
    for table in tables {
        let own: &[&str] = if ["events", "incidents"].contains(table) { &["id", "resolved_by"] } else { &[] };
        let mut lines = rows(house, &format!("SELECT * FROM {table}"), &[&OF_FILES[..], own].concat());
        lines.sort();
        all.push_str(&format!("== {table}\n{}\n", lines.join("\n")));
    }
    all
}

/// What is kept of a source, in the order of its parts: each part replaces what came from its beginning on.
fn kept_of(house: &House, session: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in logs(house).iter().filter(|file| file.session == session && file.tier.is_kept()) {
        bytes.truncate(usize::try_from(file.from()).unwrap());
        std::io::Read::read_to_end(&mut open_as_it_came(house, file).unwrap(), &mut bytes).unwrap();
    }
    bytes
}

/// Compares a house with one that is fed with the yard as it is now.
#[track_caller]
pub fn assert_as_if_new(yard: &Yard, house: &House) {
    let fresh = yard.house();
    ingest(&fresh, &[yard.logs()]);
    assert_same("said", &said(&fresh), &said(house));
}

pub fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_log_whose_source_has_grown_is_not_archived() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    append(&yard.logs().join(ONE), &prompt("one", "more"));
    let outcome = retain(&house, ARCHIVED);
    assert_eq!((outcome.applied.archived.0, outcome.applied.passed_over), (1, vec![]));
    assert_eq!((tiers(&house, "one"), tiers(&house, "two")), (vec![(Tier::Active, 0)], vec![(Tier::Archive, 0)]));
    ingest(&house, &[yard.logs()]);
    assert_as_if_new(&yard, &house);
    retain(&house, ARCHIVED + DAY);
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

/// Something that happens to a source or a file of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Happening {
    Grows,
    Replaced,
    Removed,
    Folder,
    Link,
    Pipe,
}

const HAPPENINGS: [Happening; 6] =
    [Happening::Grows, Happening::Replaced, Happening::Removed, Happening::Folder, Happening::Link, Happening::Pipe];

impl Happening {
    /// Lets it happen to a file; `elsewhere` is where a link leads.
    fn happen(self, path: &Path, elsewhere: &Path) {
        match self {
            Happening::Grows => append(path, &prompt("one", "more")),
            Happening::Replaced => {
                let aside = elsewhere.with_extension("aside");
                fs::write(&aside, prompt("one", "something else")).unwrap();
                fs::rename(aside, path).unwrap();
            }
            Happening::Removed => fs::remove_file(path).unwrap(),
            Happening::Folder => {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            }
            Happening::Link => {
                fs::rename(path, elsewhere).unwrap();
                symlink(elsewhere, path).unwrap();
            }
            Happening::Pipe => {
                fs::remove_file(path).unwrap();
                make_pipe(path);
            }
        }
    }
}

/// Archives both sessions, and lets something happen to the source of the first before the operation with this number;
/// says how many there were, and when the copies were all written.
fn archive_meanwhile(yard: &Yard, house: &House, what: Happening, at: usize) -> (usize, Option<usize>) {
    let done = Arc::new(AtomicUsize::new(0));
    let named = Arc::new(AtomicUsize::new(usize::MAX));
    let (source, elsewhere) = (yard.logs().join(ONE), yard.root().join(format!("{what:?}-{at}.jsonl")));
    let disk = {
        let (done, named, written) = (done.clone(), named.clone(), AtomicUsize::new(0));
        Hooked::new(move |operation, path| {
            let number = done.fetch_add(1, Ordering::Relaxed);
            if number == at {
                what.happen(&source, &elsewhere);
            }
            match operation {
                "stamp" => written.store(number, Ordering::Relaxed),
                "rename" if path.to_string_lossy().contains("_one_") => {
                    named.store(written.load(Ordering::Relaxed), Ordering::Relaxed);
                }
                _ => {}
            }
            Ok(())
        })
    };
    let outcome = retain_as(house, &settings("[intake]\nworkers = 1\n"), &disk, ARCHIVED, None);
    outcome.unwrap_or_else(|error| panic!("{what:?} before operation {at}: {error}"));
    let named = named.load(Ordering::Relaxed);
    (done.load(Ordering::Relaxed), Some(named).filter(|named| *named != usize::MAX))
}

#[test]
fn a_source_that_changes_meanwhile_loses_nothing() {
    for what in HAPPENINGS {
        let mut at = 0;
        loop {
            let yard = two_sessions();
            let house = yard.house();
            ingest(&house, &[yard.logs()]);
            let before = fs::read(yard.logs().join(ONE)).unwrap();
            let (done, named) = archive_meanwhile(&yard, &house, what, at);
            let case = format!("{what:?} before operation {at}");
            assert_eq!(tiers(&house, "two"), [(Tier::Archive, 0)], "{case}");
            assert_eq!(findings(&house), Vec::<String>::new(), "{case}");
            assert!(kept_of(&house, "one").starts_with(&before), "{case}");
            if at >= done {
                break;
            }
            // What grows is not archived, up to the moment in which the archive is proven and gets its name.
            let is_seen = what == Happening::Grows || what == Happening::Replaced;
            assert!(!is_seen || named.is_none_or(|named| at > named), "{case}: archived while it grew");
            let source = yard.logs().join(ONE);
            let is_file = source.is_file();
            ingest(&house, &[yard.logs()]);
            let kept = kept_of(&house, "one");
            match what {
                Happening::Grows => {
                    assert_eq!(kept, fs::read(&source).unwrap(), "{case}");
                    assert_as_if_new(&yard, &house);
                }
                Happening::Replaced => assert_eq!(kept, fs::read(&source).unwrap(), "{case}"),
                Happening::Link => assert!(is_file && kept == before, "{case}"),
                _ => assert_eq!(kept, before, "{case}"),
            }
            let bytes: Vec<Vec<u8>> = logs(&house).iter().map(|file| read(&house, file)).collect();
            assert!(bytes.iter().any(|bytes| bytes.starts_with(&before)), "{case}: the first version is gone");
            // Each operation for what happens most, and some for the rest: they take their time.
            at += if what == Happening::Grows { 1 } else { 5 };
        }
    }
}

pub fn read(house: &House, file: &logwright::store::FileRow) -> Vec<u8> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut open_as_it_came(house, file).unwrap(), &mut bytes).unwrap();
    bytes
}

/// Plans in a house, lets something happen, and carries the plan out.
fn apply_after(house: &House, now: i64, happen: impl FnOnce()) -> Result<logwright::retention::Applied, String> {
    let (settings, stop) = (settings(""), AtomicBool::new(false));
    let retention =
        Retention { house, settings: &settings, disk: &RealDisk, now, workers: 2, stop: &stop, progress: &|_| {} };
    let hand = DurableHand::new(&RealDisk);
    let mut writer = Writer::open(&house.database()).unwrap();
    retention.attend(&hand, &mut writer).unwrap();
    let (inventory, plan) = retention.preview(&Reader::open(&house.database()).unwrap()).unwrap();
    let (mut journal, _) = Journal::open(house, &hand, &mut writer, now).unwrap();
    happen();
    let applied = retention.carrier(&hand).apply(&plan, &inventory, &mut journal, &mut writer);
    let applied = applied.map_err(|error| error.to_string())?;
    writer.finish().unwrap();
    Ok(applied)
}

/// When each step is due, and on which days retention runs before.
const STEPS: [(Action, i64, &[i64]); 3] = [
    (Action::Archive, ARCHIVED, &[]),
    (Action::Remove, REMOVED, &[ARCHIVED, ANNOUNCED]),
    (Action::Purge, PURGED, &[ARCHIVED, ANNOUNCED, REMOVED]),
];

#[test]
fn a_file_of_the_house_that_somebody_touched_is_passed_over() {
    for (action, now, before) in STEPS {
        for what in HAPPENINGS {
            let yard = two_sessions();
            let house = yard.house();
            ingest(&house, &[yard.logs()]);
            retain_until(&house, before);
            let touched = log_of(&house, "one");
            let path = house.resolve(&touched.path);
            let elsewhere = yard.root().join("elsewhere.jsonl");
            let applied = apply_after(&house, now, || what.happen(&path, &elsewhere));
            let case = format!("{action:?}, {what:?}");
            let applied = applied.unwrap_or_else(|error| panic!("{case}: {error}"));
            let moved = applied.archived.0 + applied.removed.0 + applied.purged.0;
            let two = log_of(&house, "two").tier;
            let expected = [Tier::Archive, Tier::Trash, Tier::Removed][action as usize];
            assert_eq!(two, expected, "{case}: the other log");
            // What leaves the trash goes whatever it is, but for what is no file.
            let is_told = action != Action::Purge || what == Happening::Folder;
            let is_told = is_told && !(action == Action::Remove && what == Happening::Replaced);
            let is_told = is_told && !(action == Action::Remove && what == Happening::Grows);
            if is_told {
                assert_eq!((applied.passed_over.len(), moved), (1, 1), "{case}: {applied:?}");
                assert_eq!(applied.passed_over[0].0, touched.path, "{case}");
            }
            if what == Happening::Link {
                assert!(elsewhere.is_file(), "{case}: something outside was touched");
            }
            // The next runs are not held up by it.
            ingest(&house, &[]);
            retain(&house, now + DAY);
        }
    }
}

#[test]
fn a_file_of_the_house_may_vanish_at_any_moment() {
    for (action, now, before) in STEPS {
        let mut at = 0;
        loop {
            let yard = two_sessions();
            let house = yard.house();
            ingest(&house, &[yard.logs()]);
            retain_until(&house, before);
            let path = house.resolve(&log_of(&house, "one").path);
            let done = Arc::new(AtomicUsize::new(0));
            let counter = done.clone();
            let disk = Hooked::new(move |_, _| {
                if counter.fetch_add(1, Ordering::Relaxed) == at {
                    let _ = fs::remove_file(&path);
                }
                Ok(())
            });
            let case = format!("{action:?}, before operation {at}");
            let first = retain_as(&house, &settings(""), &disk, now, None);
            assert!(first.is_ok(), "{case}: {first:?}");
            // Nothing is stuck: whatever was begun is finished or given up, and the other log moves.
            let second = retain_as(&house, &settings(""), &RealDisk, now + DAY, None);
            assert!(second.is_ok(), "{case}: {second:?}");
            let expected = [Tier::Archive, Tier::Trash, Tier::Removed][action as usize];
            assert_eq!(log_of(&house, "two").tier, expected, "{case}");
            let unfinished = findings(&house).into_iter().filter(|found| found.starts_with("unfinished"));
            assert_eq!(unfinished.collect::<Vec<_>>(), Vec::<String>::new(), "{case}");
            if at >= done.load(Ordering::Relaxed) {
                break;
            }
            at += 1;
        }
    }
}

#[test]
fn two_runs_at_once_do_the_work_once() {
    let yard = two_sessions();
    for n in 0..20 {
        yard.write(&format!("projects/-p/s{n}.jsonl"), lines(&format!("s{n}"), 3).as_bytes());
    }
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    yard.write("projects/-p/late.jsonl", lines("late", 3).as_bytes());
    let now = logwright::event::format_rfc3339(ARCHIVED);
    let start = |arguments: &[&str]| {
        yard.command(&house, arguments).env("LOGWRIGHT_NOW", &now).stdout(Stdio::piped()).spawn().unwrap()
    };
    let runs: Vec<_> = [&["retain"][..], &["ingest", "logs"], &["retain"], &["ingest", "logs"], &["retain"]]
        .into_iter()
        .map(start)
        .collect();
    let codes: Vec<_> = runs.into_iter().map(|run| run.wait_with_output().unwrap()).collect();
    for ran in &codes {
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    }
    let active: Vec<_> =
        logs(&house).into_iter().filter(|file| file.tier == Tier::Active).map(|file| file.session).collect();
    assert_eq!(active, ["late"]);
    assert_eq!(findings(&house), Vec::<String>::new());
    assert_as_if_new(&yard, &house);
}

#[test]
fn readers_never_fail_while_logs_move() {
    let yard = two_sessions();
    for n in 0..30 {
        yard.write(&format!("projects/-p/s{n}.jsonl"), lines(&format!("s{n}"), 20).as_bytes());
    }
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = [
            &["show", "s7"][..],
            &["stats"],
            &["query", "SELECT count(*) AS n FROM events"],
            &["sessions"],
            &["verify"],
        ]
        .into_iter()
        .map(|arguments| {
            let (over, mut command) = (&over, yard.command(&house, arguments));
            scope.spawn(move || {
                let mut runs = 0;
                while !over.load(Ordering::Relaxed) || runs < 2 {
                    let ran = command.output().unwrap();
                    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
                    assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {said}");
                    runs += 1;
                }
            })
        })
        .collect();
        let lock = || Lock::take(&house.lock(), |_| {}).unwrap();
        for round in 0..6 {
            let _alone = lock();
            retain(&house, ARCHIVED + round * 31 * DAY);
            let restored = crate::tiers::restore_all(&house, ARCHIVED + round * 31 * DAY);
            assert_eq!((restored.logs.len(), restored.passed_over.len()), (32, 0));
        }
        over.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn every_command_announces_the_first_removal() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED]);
    for arguments in [&["status"][..], &["sessions"], &["ingest", "logs"]] {
        let ran = run_at(&yard, &house, ANNOUNCED + DAY, arguments);
        assert!(ran.err.contains("the policy removes logs for the first time: 2 logs"), "{arguments:?}: {}", ran.err);
    }
    retain(&house, REMOVED);
    let ran = run_at(&yard, &house, REMOVED, &["status"]);
    assert!(!ran.err.contains("for the first time"), "{}", ran.err);
}
