//! What must hold of every ingest: again, in pieces, in any order, by any number of workers, anew, and after the loss of
//! the store, a house says the same.
//!
//! A failed case is printed with the input that led to it, shrunk as far as it goes.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use logwright::ingest::{Mode, Report};
use proptest::prelude::*;

use crate::house::{
    How, Yard, assert_same, dump, dump_without, files_below, ingest, ingest_as, kept, rows, small_yard,
};

/// The transcripts that are cut: a session with a sub-agent and its companions, and one full of odd records.
const CUT: [&str; 2] =
    ["claude-code/projects/-home-dev-orrery/4c1f7a52-9d3e-4b86-a0c7-5e2b8f6d1a93.jsonl", "odd/edge_cases.jsonl"];

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 64, ..ProptestConfig::default() }
}

/// A yard with every fixture.
fn full_yard() -> Yard {
    let yard = Yard::new();
    yard.fixture("claude-code");
    yard
}

/// A record as an agent writes it.
fn record(uuid: &str, session: &str, second: u32, text: &str) -> String {
    format!(
        "{{\"type\":\"user\",\"uuid\":\"{uuid}\",\"parentUuid\":null,\"sessionId\":\"{session}\",\
         \"timestamp\":\"2026-01-01T00:00:{second:02}.000Z\",\"cwd\":\"/p\",\"version\":\"2.1.0\",\
         \"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n"
    )
}

#[test]
fn a_second_ingest_changes_nothing() {
    let yard = full_yard();
    let house = yard.house();
    let first = ingest(&house, &[yard.logs()]);
    let (said, held) = (dump(&house), kept(&house));
    assert_eq!(first.files_new, held.lines().count() as u64);
    let second = ingest(&house, &[yard.logs()]);
    assert_eq!(second, Report { files_seen: first.files_seen, ..Report::default() });
    assert!(second.changed_nothing());
    assert_same("said", &said, &dump(&house));
    assert_same("kept", &held, &kept(&house));
}

/// Ingests a transcript cut after each of the lengths, then whole, and compares with the whole at once.
fn assert_pieces_are_the_whole(yard: &Yard, name: &str, expected: &(String, String), cuts: &[usize]) {
    let whole = fs::read(crate::fixtures::fixtures(name)).unwrap();
    let house = yard.house();
    for cut in cuts.iter().copied().chain([whole.len()]) {
        yard.write(name, &whole[..cut]);
        ingest(&house, &[yard.logs()]);
    }
    assert_same(&format!("{name} after {cuts:?}: said"), &expected.0, &dump(&house));
    assert_same(&format!("{name} after {cuts:?}: kept"), &expected.1, &kept(&house));
    fs::remove_dir_all(house.root()).unwrap();
}

/// A yard with a transcript and what belongs to it, and what a house says of it.
fn yard_to_cut(name: &str) -> (Yard, (String, String)) {
    let yard = Yard::new();
    yard.fixture(name.rsplit_once('/').unwrap().0);
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let expected = (dump(&house), kept(&house));
    (yard, expected)
}

#[test]
fn a_cut_near_any_line_end_does_not_matter() {
    for name in CUT {
        let (yard, expected) = yard_to_cut(name);
        let whole = fs::read(crate::fixtures::fixtures(name)).unwrap();
        let ends = memchr_ends(&whole);
        let mut cuts: Vec<usize> = ends.iter().flat_map(|end| [end - 1, *end, end + 1]).collect();
        cuts.extend([0, 1, 2, 100]);
        cuts.retain(|cut| *cut < whole.len());
        for cut in cuts {
            assert_pieces_are_the_whole(&yard, name, &expected, &[cut]);
        }
    }
}

/// Where the lines end, behind their line feeds.
fn memchr_ends(bytes: &[u8]) -> Vec<usize> {
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect()
}

proptest! {
    #![proptest_config(cases(24))]
    #[test]
    fn cuts_anywhere_do_not_matter(which in 0..CUT.len(), mut parts in prop::collection::vec(0.0..1.0f64, 1..5)) {
        thread_local!(static YARDS: Vec<(Yard, (String, String))> = CUT.into_iter().map(yard_to_cut).collect());
        parts.sort_by(f64::total_cmp);
        let length = fs::metadata(crate::fixtures::fixtures(CUT[which])).unwrap().len() as f64;
        let cuts: Vec<usize> = parts.iter().map(|part| (part * length) as usize).collect();
        YARDS.with(|yards| assert_pieces_are_the_whole(&yards[which].0, CUT[which], &yards[which].1, &cuts));
    }
}

proptest! {
    #![proptest_config(cases(8))]
    #[test]
    fn the_order_of_arrival_does_not_matter(
        order in Just((0..45).collect::<Vec<usize>>()).prop_shuffle(),
        sizes in prop::collection::vec(1..12usize, 45),
    ) {
        thread_local!(static YARD: (Yard, String, String) = {
            let yard = full_yard();
            let house = yard.house();
            ingest(&house, &[yard.logs()]);
            let (said, held) = (dump(&house), kept(&house));
            (yard, said, held)
        });
        YARD.with(|(yard, said, held)| {
            let sources = yard.sources();
            assert!(sources.len() <= order.len());
            let mut order: Vec<PathBuf> = order.iter().filter_map(|at| sources.get(*at).cloned()).collect();
            let house = yard.house();
            for size in &sizes {
                let group: Vec<PathBuf> = order.drain(..(*size).min(order.len())).collect();
                if !group.is_empty() {
                    ingest(&house, &group);
                }
            }
            assert_same("said", said, &dump(&house));
            assert_same("kept", held, &kept(&house));
            fs::remove_dir_all(house.root()).unwrap();
        });
    }
}

#[test]
fn the_number_of_workers_does_not_matter() {
    let yard = full_yard();
    let said = [1, 2, 7].map(|workers| {
        let house = yard.house();
        ingest_as(&house, &[yard.logs()], &How { workers, ..How::default() }).unwrap();
        (dump(&house), kept(&house))
    });
    for other in &said[1..] {
        assert_same("said", &said[0].0, &other.0);
        assert_same("kept", &said[0].1, &other.1);
    }
}

/// A yard in which a source was rewritten twice, and a house that has all three.
fn rewritten() -> (Yard, logwright::layout::House) {
    let yard = full_yard();
    let house = yard.house();
    let name = "claude-code/projects/-p/s1.jsonl";
    for texts in [&["one", "two"][..], &["three"], &["four", "five", "six"]] {
        let lines = (0..).zip(texts).map(|(n, text)| record(&format!("u-{text}"), "s1", n, text));
        yard.write(name, lines.collect::<String>().as_bytes());
        ingest(&house, &[yard.logs()]);
    }
    (yard, house)
}

#[test]
fn a_rewritten_source_keeps_every_version() {
    let (_yard, house) = rewritten();
    assert_eq!(
        rows(&house, "SELECT part, length, events FROM files WHERE session = 's1' ORDER BY part", &[]),
        ["part=0 length=352 events=2", "part=352 length=180 events=1", "part=532 length=532 events=3"]
    );
    assert_eq!(rows(&house, "SELECT id, events FROM sessions WHERE id = 's1'", &[]), ["id=\"s1\" events=6"]);
}

#[test]
fn a_rebuild_says_the_same() {
    let (_yard, house) = rewritten();
    let (said, held) = (dump(&house), kept(&house));
    let everything = How { mode: Mode::Everything, ..How::default() };
    ingest_as(&house, &[], &everything).unwrap();
    assert_same("said", &said, &dump(&house));
    assert_same("kept", &held, &kept(&house));
}

#[test]
fn a_lost_store_is_made_anew_from_the_raw_logs() {
    let (yard, house) = rewritten();
    let (said, held) = (dump(&house), kept(&house));
    let without_source = dump_without(&house, &["copied", "source"]);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    ingest_as(&house, &[], &How { mode: Mode::Everything, ..How::default() }).unwrap();
    assert_same("said, sources unknown", &without_source, &dump_without(&house, &["copied", "source"]));
    assert_same("kept", &held, &kept(&house));
    ingest(&house, &[yard.logs()]);
    assert_same("kept, once the sources are seen again", &held, &kept(&house));
    assert_same("said, once the sources are seen again", &said, &dump(&house));
}

/// What the first format did not have.
const SINCE_FORMAT_1: &str = "
    DROP VIEW protocols; DROP VIEW firings; DROP TABLE protocol; DROP TABLE firing; DROP TABLE measured; DROP TABLE exposure;
    DROP VIEW receipts; DROP TABLE receipt; DROP TABLE pin; DROP TABLE citation; DROP TABLE critical_file; DROP VIEW files;
    CREATE VIEW files AS SELECT id FROM file; DROP INDEX file_due;
    ALTER TABLE file DROP COLUMN tier; ALTER TABLE file DROP COLUMN entered; ALTER TABLE file DROP COLUMN stored;
    ALTER TABLE file DROP COLUMN mode;
    DROP VIEW incidents; DROP VIEW error_groups; DROP VIEW plugins;
    DROP TABLE plugin; DROP TABLE suspension; DROP TABLE handling; DROP TABLE error_record; DROP TABLE error_file;
    DROP TABLE judged; DROP TABLE opinion; DROP TABLE incident; DROP TABLE state;
    PRAGMA user_version = 1;";

#[test]
fn a_house_of_the_first_format_is_understood_anew() {
    let (yard, house) = rewritten();
    let (said, held) = (dump(&house), kept(&house));
    rusqlite::Connection::open(house.database()).unwrap().execute_batch(SINCE_FORMAT_1).unwrap();
    fs::remove_dir_all(house.resolve("logs/errors")).unwrap();
    let early = yard.run(&house, &["sessions"]);
    assert_eq!(
        (early.code, early.err.as_str()),
        (
            Some(3),
            "error (house): TEMP/house1/store/logwright.db has format 1, written by an older logwright\n\
             hint: `logwright ingest` brings it up to date; the logs themselves stay as they are\n"
        )
    );
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_new, report.bytes_copied), (0, 0));
    assert_same("said", &said, &dump(&house));
    assert_same("kept", &held, &kept(&house));
    assert!(ingest(&house, &[yard.logs()]).changed_nothing());
}

#[test]
fn copies_of_a_session_collapse() {
    let yard = Yard::new();
    let records = ["a", "b", "c", "d"].map(|id| record(id, "s1", 1, id));
    yard.write("projects/-p/s1.jsonl", records.concat().as_bytes());
    yard.write("projects/-p/checkpoint.jsonl", records[..3].concat().as_bytes());
    let house = yard.house();
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_new, report.families, report.events), (2, 1, 4));
    assert_eq!(rows(&house, "SELECT id, prompts, events FROM sessions", &[]), ["id=\"s1\" prompts=4 events=4"]);
}

#[test]
fn a_session_id_that_changes_half_way_links_the_files() {
    let yard = Yard::new();
    let first: String = ["a", "b"].map(|id| record(id, "s1", 1, id)).concat();
    let resumed = first.clone() + &["c", "d"].map(|id| record(id, "s2", 2, id)).concat();
    yard.write("projects/-p/s1.jsonl", first.as_bytes());
    yard.write("projects/-p/s2.jsonl", resumed.as_bytes());
    yard.write("projects/-p/s3.jsonl", record("e", "s3", 3, "e").as_bytes());
    let house = yard.house();
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_new, report.families, report.events), (3, 2, 5));
    assert_eq!(
        rows(&house, "SELECT id, title, events FROM sessions ORDER BY id", &[]),
        ["id=\"s1\" title=\"a\" events=2", "id=\"s2\" title=\"c\" events=2", "id=\"s3\" title=\"e\" events=1"]
    );
}

/// Files of the same name that say nothing yet are taken for one session; each finds its own when it has grown.
#[test]
fn families_part_when_their_link_proves_false() {
    let names = ["projects/-p/agent-1.jsonl", "projects/-q/agent-1.jsonl", "projects/-r/agent-1.jsonl"];
    let whole = |at: usize| record(&format!("u{at}"), &format!("s{at}"), 1, "text");
    for last in 0..names.len() {
        let yard = Yard::new();
        let house = yard.house();
        names.iter().for_each(|name| drop(yard.write(name, b"{\"type\":\"user\",")));
        assert_eq!(ingest(&house, &[yard.logs()]).families, 1);
        for at in (0..names.len()).map(|at| (at + last) % names.len()) {
            yard.write(names[at], whole(at).as_bytes());
            ingest(&house, &[yard.logs()]);
            let at_once = yard.house();
            ingest(&at_once, &[yard.logs()]);
            assert_same(&format!("after {}", names[at]), &dump(&at_once), &dump(&house));
            assert_same(&format!("after {}", names[at]), &kept(&at_once), &kept(&house));
        }
    }
}

#[test]
fn a_small_yard_is_understood_whole() {
    let yard = small_yard();
    let house = yard.house();
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_seen, report.unknown.len(), report.quarantined.len()), (9, 0, 0));
}

/// What can happen to a source and its house.
#[derive(Clone, Debug)]
enum Turn {
    Append(u8),
    Rewrite(u8),
    Cut(f64),
    Remove,
    Ingest,
    /// Everything is kept, and the run dies before it writes anything down.
    Die,
    LoseStore,
    Rebuild,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        4 => any::<u8>().prop_map(Turn::Append),
        3 => any::<u8>().prop_map(Turn::Rewrite),
        2 => (0.0..1.0f64).prop_map(Turn::Cut),
        1 => Just(Turn::Remove),
        5 => Just(Turn::Ingest),
        3 => Just(Turn::Die),
        1 => Just(Turn::LoseStore),
        1 => Just(Turn::Rebuild),
    ];
    prop::collection::vec(turn, 1..24)
}

proptest! {
    #![proptest_config(cases(24))]
    #[test]
    fn every_version_that_was_seen_is_kept(turns in turns()) {
        let yard = Yard::new();
        let house = yard.house();
        let path = yard.write("projects/-p/s.jsonl", b"");
        let mut source: Option<Vec<u8>> = None;
        let mut seen: Vec<Vec<u8>> = Vec::new();
        for (second, turn) in (0..).zip(turns.into_iter().chain([Turn::Ingest])) {
            let said = |n: u8| record(&format!("u{second}"), &format!("s{}", n % 2), second, &"x".repeat(n.into()));
            match turn {
                Turn::Append(n) => source.get_or_insert_default().extend_from_slice(said(n).as_bytes()),
                Turn::Rewrite(n) => source = Some(said(n).into_bytes()),
                Turn::Cut(part) => source.iter_mut().for_each(|bytes| bytes.truncate((part * bytes.len() as f64) as usize)),
                Turn::Remove => source = None,
                Turn::LoseStore => {
                    for suffix in ["", "-wal", "-shm"] {
                        let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
                    }
                }
                Turn::Ingest | Turn::Die | Turn::Rebuild => {
                    let mode = if matches!(turn, Turn::Rebuild) { Mode::Everything } else { Mode::Changes };
                    let stops_before_writing = matches!(turn, Turn::Die);
                    // A run that has nothing to write down succeeds.
                    let done = ingest_as(&house, &[yard.logs()], &How { mode, stops_before_writing, ..How::default() });
                    prop_assert!(stops_before_writing || done.is_ok(), "{done:?}");
                    seen.extend(source.clone());
                }
            }
            match &source {
                None => drop(fs::remove_file(&path)),
                Some(bytes) => {
                    yard.write("projects/-p/s.jsonl", bytes);
                    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_770_000_000 + u64::from(second));
                    OpenOptions::new().append(true).open(&path).unwrap().set_modified(changed).unwrap();
                }
            }
            let copies: Vec<Vec<u8>> =
                files_below(&house.resolve("logs")).iter().map(|path| fs::read(path).unwrap()).collect();
            for version in &seen {
                let is_kept = copies.iter().any(|copy| copy.starts_with(version));
                prop_assert!(is_kept, "lost: {}", String::from_utf8_lossy(version));
            }
        }
        let said = dump(&house);
        ingest_as(&house, &[], &How { mode: Mode::Everything, ..How::default() }).unwrap();
        assert_same("after a rebuild", &said, &dump(&house));
    }
}
