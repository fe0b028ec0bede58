//! What was archived or removed, and what its source did since: it grew, was rewritten, moved, or is wanted again.

use std::fs::{self, OpenOptions};

use logwright::layout::{House, Tier};
use logwright::store::FileRow;

use crate::house::{How, Yard, assert_same, ingest, ingest_as, rows};
use crate::live::{append, assert_as_if_new, read, said, said_of};
use crate::tiers::{
    ANNOUNCED, ARCHIVED, DAY, PURGED, REMOVED, findings, lines, log_of, logs, prompt, retain, retain_until, tiers,
    two_sessions,
};

const ONE: &str = "projects/-p/one.jsonl";

/// Cuts of what was archived: at the end of a line, in the middle of one, and within the first.
fn cuts() -> Vec<usize> {
    let text = lines("one", 3);
    let first = text.find('\n').unwrap();
    vec![first + 1, first + 40, text.len() - 1, 20]
}

#[test]
fn an_archived_session_that_grows_gets_a_new_part() {
    for cut in cuts() {
        let yard = two_sessions();
        let house = yard.house();
        let whole = lines("one", 5);
        yard.write(ONE, &whole.as_bytes()[..cut]);
        ingest(&house, &[yard.logs()]);
        retain(&house, ARCHIVED);
        let archive = log_of_part(&house, 0);
        assert_eq!(archive.tier, Tier::Archive, "cut at {cut}");
        let before = fs::read(house.resolve(&archive.path)).unwrap();
        yard.write(ONE, whole.as_bytes());
        ingest(&house, &[yard.logs()]);
        assert_eq!(fs::read(house.resolve(&archive.path)).unwrap(), before, "the archive was rewritten");
        assert_eq!(kept_of_source(&house, ONE), whole.as_bytes(), "cut at {cut}");
        assert_as_if_new(&yard, &house);
        // It grows on, is archived again, and grows once more.
        yard.write(ONE, lines("one", 6).as_bytes());
        ingest(&house, &[yard.logs()]);
        assert_as_if_new(&yard, &house);
        retain(&house, ARCHIVED + 40 * DAY);
        yard.write(ONE, lines("one", 7).as_bytes());
        ingest(&house, &[yard.logs()]);
        assert_as_if_new(&yard, &house);
        assert_eq!(findings(&house), Vec::<String>::new(), "cut at {cut}");
        ingest_as(&house, &[], &How { mode: logwright::ingest::Mode::Everything, ..How::default() }).unwrap();
        assert_as_if_new(&yard, &house);
    }
}

/// The parts of a source, in their order.
fn parts(house: &House, name: &str) -> Vec<FileRow> {
    let mut found: Vec<_> = logs(house).into_iter().filter(|file| file.source.ends_with(name)).collect();
    found.sort_by_key(|file| file.part);
    found
}

fn log_of_part(house: &House, number: usize) -> FileRow {
    parts(house, ONE).swap_remove(number)
}

/// What is kept of a source whatever its session.
fn kept_of_source(house: &House, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in parts(house, name).iter().filter(|file| file.tier.is_kept()) {
        bytes.truncate(usize::try_from(file.from()).unwrap());
        bytes.extend(read(house, file));
    }
    bytes
}

#[test]
fn an_archived_session_that_is_rewritten_keeps_both() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain(&house, ARCHIVED);
    let (before, other) = (lines("one", 3), prompt("one", "quite another text") + &lines("one", 4));
    yard.write(ONE, other.as_bytes());
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_rewritten, report.files_grown), (1, 0));
    let kept: Vec<Vec<u8>> = parts(&house, ONE).iter().map(|file| read(&house, file)).collect();
    assert_eq!(kept, [before.as_bytes(), other.as_bytes()]);
    // Neither is a shorter one.
    yard.write(ONE, &other.as_bytes()[..300]);
    ingest(&house, &[yard.logs()]);
    let kept: Vec<Vec<u8>> = parts(&house, ONE).iter().map(|file| read(&house, file)).collect();
    assert_eq!(kept, [before.as_bytes(), other.as_bytes(), &other.as_bytes()[..300]]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn what_was_removed_is_not_brought_in_again_but_what_grows_is() {
    for days in [&[ARCHIVED, ANNOUNCED, REMOVED][..], &[ARCHIVED, ANNOUNCED, REMOVED, PURGED]] {
        let yard = two_sessions();
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        let said_before = said(&house);
        retain_until(&house, days);
        let is_gone = days.len() == 4;
        let gone = if is_gone { Tier::Removed } else { Tier::Trash };
        assert_eq!((tiers(&house, "one"), tiers(&house, "two")), (vec![(gone, 0)], vec![(gone, 0)]));
        for _ in 0..2 {
            let report = ingest(&house, &[yard.logs()]);
            assert_eq!((report.files_new, report.bytes_copied), (0, 0), "{report:?}");
        }
        // Its time of change says nothing, nor does its place.
        fs::rename(yard.logs().join("projects/-p/two.jsonl"), yard.logs().join("projects/-p/moved.jsonl")).unwrap();
        let touched = OpenOptions::new().append(true).open(yard.logs().join(ONE)).unwrap();
        touched.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let report = ingest(&house, &[yard.logs()]);
        assert_eq!((report.files_new, report.bytes_copied, report.put_away), (0, 0, 1), "{report:?}");
        assert_same("what is derived stays", &said_before, &said(&house));
        // What is written later is new.
        append(&yard.logs().join(ONE), &prompt("one", "later"));
        ingest(&house, &[yard.logs()]);
        assert_eq!(tiers(&house, "one"), [(gone, 0), (Tier::Active, lines("one", 3).len() as u64)]);
        let later = &parts(&house, ONE)[1];
        assert_eq!(read(&house, later), prompt("one", "later").as_bytes());
        assert_as_if_named_so(&yard, &house);
        assert_eq!(findings(&house), Vec::<String>::new());
    }
}

/// Like [`assert_as_if_new`], where a source has another name by now than when it was brought in.
#[track_caller]
fn assert_as_if_named_so(yard: &Yard, house: &House) {
    fs::rename(yard.logs().join("projects/-p/moved.jsonl"), yard.logs().join("projects/-p/two.jsonl")).unwrap();
    let fresh = yard.house();
    ingest(&fresh, &[yard.logs()]);
    let tables = ["events", "usage", "incidents", "drift"];
    assert_same("said", &said_of(&fresh, &tables), &said_of(house, &tables));
    // What is sealed of a session and what is new are counted apart, and make up the whole.
    let sums = "SELECT id, sum(prompts) AS prompts, sum(events) AS events FROM sessions GROUP BY id";
    assert_eq!(rows(&fresh, sums, &[]), rows(house, sums, &[]));
}

#[test]
fn again_brings_back_what_was_removed() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED, REMOVED, PURGED]);
    let again = How { again: true, now: PURGED + DAY, ..How::default() };
    let report = ingest_as(&house, &[yard.logs()], &again).unwrap();
    assert_eq!(report.files_new, 2);
    assert_eq!((tiers(&house, "one"), tiers(&house, "two")), (vec![(Tier::Active, 0)], vec![(Tier::Active, 0)]));
    assert_as_if_new(&yard, &house);
    assert_eq!(findings(&house), Vec::<String>::new());
    // It ages like anything else that is brought in.
    let outcome = retain(&house, PURGED + 2 * DAY);
    assert_eq!(outcome.applied.archived.0, 0);
    retain(&house, PURGED + 32 * DAY);
    assert_eq!(log_of(&house, "one").tier, Tier::Archive);
    assert_eq!(findings(&house), Vec::<String>::new());
}
