//! What is forgotten is nowhere: of a key that leaked no byte is left below the house, in whatever tier its logs were.

use std::fs;
use std::path::PathBuf;

use logwright::layout::{House, Tier};

use crate::house::{How, Yard, files_below, ingest, ingest_as, rows};
use crate::spoiled::failing;
use crate::tiers::{ANNOUNCED, ARCHIVED, DAY, REMOVED, findings, lines, logs, prompt, retain_until, run_at};

const KEY: &str = "sk-live-4eC39HqLyjWDarjtT1zdp7dc";

/// The files below a house that hold a text, packed or not.
fn holding(house: &House, text: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        let plain = zstd::decode_all(bytes.as_slice()).unwrap_or_default();
        [bytes, plain].iter().any(|bytes| memchr::memmem::find(bytes, text.as_bytes()).is_some())
    };
    files_below(house.root()).into_iter().filter(holds).collect()
}

/// A yard with a key in logs of three sessions, beside one without.
fn leaky() -> Yard {
    let yard = Yard::new();
    for session in ["old", "kept"] {
        let text = lines(session, 3) + &prompt(session, &format!("use {KEY} for it"));
        yard.write(&format!("projects/-p/{session}.jsonl"), text.as_bytes());
    }
    yard.write("projects/-p/fails.jsonl", failing("fails").replace("--wrong", &format!("--key={KEY}")).as_bytes());
    yard.write("projects/-p/clean.jsonl", lines("clean", 2).as_bytes());
    yard
}

/// A house in which the logs of that yard lie in all tiers.
fn house_of(yard: &Yard) -> House {
    let house = yard.house();
    let path = |session: &str| yard.logs().join(format!("projects/-p/{session}.jsonl"));
    ingest(&house, &[path("old")]);
    retain_until(&house, &[ARCHIVED]);
    ingest_as(&house, &[path("fails")], &How { now: ARCHIVED + DAY, ..How::default() }).unwrap();
    retain_until(&house, &[ANNOUNCED, REMOVED]);
    ingest_as(&house, &[yard.logs()], &How { now: REMOVED, ..How::default() }).unwrap();
    let tiers: Vec<(String, Tier)> = logs(&house).into_iter().map(|file| (file.session, file.tier)).collect();
    let expected = [("clean", Tier::Active), ("fails", Tier::Archive), ("kept", Tier::Active), ("old", Tier::Trash)];
    assert_eq!(tiers, expected.map(|(session, tier)| (session.to_owned(), tier)));
    house
}

#[test]
fn no_byte_of_a_leaked_key_is_left() {
    let yard = leaky();
    let house = house_of(&yard);
    assert!(holding(&house, KEY).len() >= 4, "{:?}", holding(&house, KEY));
    // A ledger that was set aside, and a database.
    fs::write(house.resolve("store/ledger.damaged-1"), KEY).unwrap();
    fs::write(house.resolve("store/logwright.db.format-2"), KEY).unwrap();
    let ran = run_at(&yard, &house, REMOVED, &["forget", "--match", KEY, "--dry-run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!holding(&house, KEY).is_empty());
    let ran = run_at(&yard, &house, REMOVED, &["forget", "--match", KEY, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(holding(&house, KEY), Vec::<PathBuf>::new());
    assert!(!(ran.out + &ran.err).contains(KEY), "the key was printed again");
    assert_eq!(findings(&house), Vec::<String>::new());
    assert_eq!(rows(&house, "SELECT id FROM sessions", &[]), ["id=\"clean\""]);
    assert_eq!(rows(&house, "SELECT count(*) AS n FROM incidents", &[]), ["n=0"]);
    let forgotten = rows(&house, "SELECT session, what FROM receipts WHERE what = 'forgotten' ORDER BY 1", &[]);
    assert_eq!(forgotten.len(), 3, "{forgotten:?}");
    // The agents' own logs are as they were, and are not brought in again, not even after the loss of the database.
    let ran = run_at(&yard, &house, REMOVED + DAY, &["ingest", "logs"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(holding(&house, KEY), Vec::<PathBuf>::new());
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    assert_eq!(run_at(&yard, &house, REMOVED + DAY, &["rebuild"]).code, Some(0));
    let ran = run_at(&yard, &house, REMOVED + DAY, &["ingest", "logs"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(holding(&house, KEY), Vec::<PathBuf>::new());
    assert_eq!(rows(&house, "SELECT id FROM sessions", &[]), ["id=\"clean\""]);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_session_is_forgotten_alone_and_with_its_error_records() {
    let yard = leaky();
    let house = house_of(&yard);
    let ran = run_at(&yard, &house, REMOVED, &["forget", "--session", "fails", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(rows(&house, "SELECT id FROM sessions ORDER BY id", &[]), ["id=\"clean\"", "id=\"kept\"", "id=\"old\""]);
    assert_eq!(rows(&house, "SELECT count(*) AS n FROM incidents", &[]), ["n=0"]);
    assert_eq!(holding(&house, "--key="), Vec::<PathBuf>::new());
    assert_eq!(findings(&house), Vec::<String>::new());
    // Nobody was asked, so that nothing happens without a word.
    let before = logs(&house);
    let ran = run_at(&yard, &house, REMOVED, &["forget", "--session", "kept"]);
    assert_eq!((ran.code, logs(&house)), (Some(2), before), "{}", ran.err);
}

#[test]
fn the_error_records_of_an_archived_log_go_with_it() {
    let yard = Yard::new();
    // The key stands in the log, and not in what is written down of the error.
    let text = failing("fails") + &prompt("fails", &format!("use {KEY}"));
    yard.write("projects/-p/fails.jsonl", text.as_bytes());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    crate::tiers::retain(&house, ARCHIVED);
    let ran = run_at(&yard, &house, ARCHIVED, &["forget", "--match", KEY, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(holding(&house, "no such option"), Vec::<PathBuf>::new());
    assert_eq!(findings(&house), Vec::<String>::new());
}
