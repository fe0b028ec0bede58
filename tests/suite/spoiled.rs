//! What retention relies on, spoiled: each byte flipped and each file cut at each length. Nothing panics, `verify` names the
//! file, and nothing is removed on that day.

use std::fs;
use std::path::PathBuf;

use logwright::disk::RealDisk;
use logwright::layout::{House, Tier};
use logwright::retention::FaultKind;
use logwright::settings::Settings;

use crate::house::{How, Yard, files_below, ingest, ingest_as};
use crate::steps::copy;
use crate::tiers::{
    ANNOUNCED, ARCHIVED, DAY, REMOVED, findings, lines, logs, retain_as, retain_until, run_at, settings, snapshot,
    verified,
};

/// A session with an error in it.
pub fn failing(session: &str) -> String {
    let line = |at: u32, kind: &str, message: &str| {
        format!(
            "{{\"type\":\"{kind}\",\"sessionId\":\"{session}\",\"uuid\":\"{session}{at}\",\"parentUuid\":null,\
             \"cwd\":\"/home/dev/p\",\"version\":\"2.1.0\",\"timestamp\":\"2026-01-02T10:00:{at:02}Z\",\
             \"message\":{message}}}\n"
        )
    };
    line(
        1,
        "assistant",
        &format!(
            r#"{{"role":"assistant","content":[{{"type":"tool_use","id":"{session}","name":"Bash","input":{{"command":"cargo test --wrong"}}}}]}}"#
        ),
    ) + &line(
        3,
        "user",
        &format!(
            r#"{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{session}","content":"Exit code 2\nno such option --wrong","is_error":true}}]}}"#
        ),
    )
}

/// A house with something of every sort: a log in the trash with its receipt, an archive, an active log, a pin, days of
/// error records that are archived and that are not, and the record of a critical error.
pub fn full_house(yard: &Yard) -> House {
    let house = yard.house();
    yard.write("projects/-p/old.jsonl", lines("old", 3).as_bytes());
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED]);
    yard.write("projects/-p/fails.jsonl", failing("fails").as_bytes());
    let later = How { now: ARCHIVED + DAY, ..How::default() };
    ingest_as(&house, &[yard.logs()], &later).unwrap();
    retain_until(&house, &[ANNOUNCED, REMOVED]);
    yard.write("projects/-p/young.jsonl", lines("young", 2).as_bytes());
    ingest_as(&house, &[yard.logs()], &How { now: REMOVED, ..How::default() }).unwrap();
    let ran = run_at(yard, &house, REMOVED, &["retain", "pin", "young", "--why", "for ever"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let tiers: Vec<Tier> = logs(&house).iter().map(|file| file.tier).collect();
    assert_eq!(tiers, [Tier::Archive, Tier::Trash, Tier::Active]);
    assert_eq!(findings(&house), Vec::<String>::new());
    house
}

/// The files that are spoiled: those that hold evidence or say what becomes of it.
fn relied_on(house: &House) -> Vec<PathBuf> {
    let mut files = files_below(&house.resolve("logs"));
    files.extend(files_below(&house.trash()));
    files.extend(files_below(&house.receipts()));
    files.extend([house.ledger()]);
    files
}

/// Settings by which everything is due at once.
fn impatient() -> Settings {
    settings("[retention]\nactive_days = 1\narchive_days = 1\ntrash_days = 1\n")
}

/// Counts of the logs that were removed and purged.
fn gone(house: &House) -> (usize, usize) {
    let count = |tier| logs(house).iter().filter(|file| file.tier == tier).count();
    (count(Tier::Trash), count(Tier::Removed))
}

#[test]
fn every_flipped_byte_and_every_cut_is_found() {
    let yard = Yard::new();
    let house = full_house(&yard);
    let files = relied_on(&house);
    assert!(files.len() >= 6, "{files:?}");
    let mut unseen = Vec::new();
    for path in files {
        let name = path.strip_prefix(house.root()).unwrap().display().to_string();
        let whole = fs::read(&path).unwrap();
        let mut check = |what: String, bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let found = findings(&house);
            if !found.iter().any(|found| found.ends_with(&name)) {
                unseen.push((name.clone(), what, bytes.to_vec()));
            }
        };
        for length in (0..whole.len()).step_by(if whole.len() > 1500 { 13 } else { 3 }) {
            check(format!("cut to {length}"), &whole[..length]);
        }
        for at in (0..whole.len()).step_by(if whole.len() > 1500 { 7 } else { 1 }) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            check(format!("byte {at}"), &flipped);
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(findings(&house), Vec::<String>::new());
    // Some bits of a zstd frame say how much memory it needs, and it unpacks to the same bytes all the same.
    unseen.retain(|(name, _, bytes)| {
        let plain = |bytes: &[u8]| zstd::decode_all(bytes).unwrap_or_default();
        !(name.ends_with(".zst") && plain(bytes) == plain(&fs::read(house.resolve(name)).unwrap()))
    });
    let unseen: Vec<_> = unseen.into_iter().map(|(name, what, _)| format!("{name}: {what}")).collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn nothing_is_removed_while_the_ledger_is_damaged() {
    let yard = Yard::new();
    let first = full_house(&yard);
    let whole = fs::read(first.ledger()).unwrap();
    let places = (0..whole.len()).step_by(whole.len() / 12);
    let cuts = (0..whole.len()).step_by(whole.len() / 6).map(|at| whole[..at].to_vec());
    let flips = places.map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 4;
        flipped
    });
    for ledger in cuts.chain(flips) {
        let house = yard.house();
        copy(first.root(), house.root()).unwrap();
        fs::write(house.ledger(), &ledger).unwrap();
        let before = gone(&house);
        // In a month in which the cleanup is due.
        let now = REMOVED + 40 * DAY;
        let outcome = retain_as(&house, &impatient(), &RealDisk, now, None).unwrap();
        let is_torn = whole.starts_with(&ledger) && ledger.len() < whole.len();
        assert!(outcome.rebuilt.is_some() || is_torn, "a changed ledger was believed");
        assert_eq!((gone(&house), outcome.applied.removed, outcome.applied.purged), (before, (0, 0), (0, 0)));
        assert_eq!(retain_as(&house, &impatient(), &RealDisk, now, None).unwrap().applied.removed, (0, 0));
        let found: Vec<_> =
            verified(&house).found.into_iter().filter(|found| found.kind != FaultKind::Exposed).collect();
        assert_eq!(found, [], "after the ledger was made anew");
        // The pin is still known, and the next day is an ordinary one.
        let reader = logwright::store::Reader::open(&house.database()).unwrap();
        assert_eq!(reader.pins().unwrap().len(), 1);
        let next = retain_as(&house, &impatient(), &RealDisk, now + DAY, None).unwrap();
        assert!(next.applied.purged.0 > 0, "{:?}", next.plan);
        fs::remove_dir_all(house.root()).unwrap();
    }
}

#[test]
fn the_announcement_is_made_again_if_it_is_spoiled() {
    let yard = Yard::new();
    yard.write("projects/-p/old.jsonl", lines("old", 3).as_bytes());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED, ANNOUNCED]);
    assert_eq!(findings(&house), Vec::<String>::new());
    let whole = fs::read(house.announcement()).unwrap();
    let spoiled = (0..whole.len()).map(|at| whole[..at].to_vec()).chain((0..whole.len()).map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    }));
    for bytes in spoiled {
        fs::write(house.announcement(), &bytes).unwrap();
        assert_eq!(findings(&house), ["announcement store/announcement"], "{}", String::from_utf8_lossy(&bytes));
    }
    fs::remove_file(house.announcement()).unwrap();
    assert_eq!(findings(&house), ["announcement store/announcement"]);
    let outcome = retain_as(&house, &settings(""), &RealDisk, ANNOUNCED + DAY, None).unwrap();
    assert_eq!(outcome.applied.removed, (0, 0));
    assert_eq!(fs::read(house.announcement()).unwrap(), whole, "the same, until the same day");
    assert_eq!(findings(&house), Vec::<String>::new());
    retain_until(&house, &[REMOVED]);
    assert!(!house.announcement().exists());
    assert_eq!(findings(&house), Vec::<String>::new());
}

/// A fault, and what is found of it.
type Seeded = (&'static str, fn(&House), &'static str);

/// The only file below a folder whose name holds a word.
fn one(house: &House, folder: &str, word: &str) -> PathBuf {
    let found = files_below(&house.resolve(folder)).into_iter().find(|path| path.to_string_lossy().contains(word));
    found.unwrap_or_else(|| panic!("no {word} in {folder}"))
}

const SEEDED: [Seeded; 19] = [
    ("an active log that was changed", |house| flip(&one(house, "logs/sessions", "_young_")), "altered logs/sessions/"),
    ("an active log that is gone", |house| remove(&one(house, "logs/sessions", "_young_")), "missing logs/sessions/"),
    (
        "an archive that was changed",
        |house| flip(&one(house, "logs/archived-snapshots", "_fails_")),
        "altered logs/archived-snapshots/",
    ),
    (
        "an archive that is gone",
        |house| remove(&one(house, "logs/archived-snapshots", "_fails_")),
        "missing logs/archived-snapshots/",
    ),
    ("a log in the trash that was changed", |house| flip(&one(house, "store/trash", "_old_")), "altered store/trash/"),
    ("a log in the trash that is gone", |house| remove(&one(house, "store/trash", "_old_")), "missing store/trash/"),
    (
        "an archive that is a folder",
        |house| folder(&one(house, "logs/archived-snapshots", "_fails_")),
        "altered logs/archived-snapshots/",
    ),
    ("a ledger that was changed", |house| flip(&house.ledger()), "ledger store/ledger"),
    ("a ledger that is gone", |house| remove(&house.ledger()), "ledger store/ledger"),
    ("a receipt that was changed", |house| flip(&one(house, "store/receipts", ".jsonl")), "receipt store/receipts/"),
    ("a receipt that is gone", |house| remove(&one(house, "store/receipts", ".jsonl")), "receipt store/trash/"),
    (
        "a stray file among the receipts",
        |house| write(&house.receipts().join("x.jsonl"), "x\n"),
        "receipt store/receipts/x.jsonl",
    ),
    ("a day of error records that was changed", |house| flip(&day(house)), "altered logs/archived-snapshots/"),
    ("a day of error records that is gone", |house| remove(&day(house)), "missing logs/archived-snapshots/"),
    ("a stray log", |house| write(&house.resolve("logs/sessions/x.jsonl"), "x\n"), "unlisted logs/sessions/x.jsonl"),
    ("a stray file beside the folders of logs", |house| write(&house.resolve("logs/x"), "x"), "unlisted logs/x"),
    ("a stray file in the trash", |house| write(&house.trash().join("x"), "x"), "unlisted store/trash/x"),
    (
        "a half-written copy",
        |house| write(&house.incoming().join("7.partial"), "x"),
        "unfinished store/incoming/7.partial",
    ),
    ("a house that others can read", |house| open_up(house), "exposed ."),
];

fn day(house: &House) -> PathBuf {
    one(house, "logs/archived-snapshots", "2026-01-02.jsonl")
}

fn flip(path: &std::path::Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn remove(path: &std::path::Path) {
    fs::remove_file(path).unwrap();
}

fn folder(path: &std::path::Path) {
    fs::remove_file(path).unwrap();
    fs::create_dir(path).unwrap();
}

fn write(path: &std::path::Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn open_up(house: &House) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(house.root(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Copies a house with its modes and times.
fn twin(yard: &Yard, house: &House) -> House {
    let other = yard.house();
    let done = std::process::Command::new("cp").arg("-a").args([house.root(), other.root()]).status().unwrap();
    assert!(done.success());
    other
}

/// Everything below a house but for what readers of the database share in memory.
fn still(house: &House) -> std::collections::BTreeMap<PathBuf, String> {
    let mut all = snapshot(house.root());
    all.retain(|path, _| !["store/logwright.db-shm", "store/logwright.db-wal"].iter().any(|name| path.ends_with(name)));
    all
}

#[test]
fn every_seeded_fault_is_found_and_nothing_else() {
    let yard = Yard::new();
    let whole = full_house(&yard);
    for (what, spoil, expected) in SEEDED {
        let house = twin(&yard, &whole);
        spoil(&house);
        let before = still(&house);
        let found = findings(&house);
        let kind = expected.split(' ').next().unwrap();
        let is_of_kind = |found: &String| found.starts_with(&format!("{kind} "));
        let is_found = found.iter().any(|found| found.starts_with(expected));
        assert!(is_found && found.iter().all(is_of_kind) && found.len() <= 2, "{what}: {found:?}");
        let ran = run_at(&yard, &house, REMOVED, &["verify"]);
        let is_damage = verified(&house).has_damage();
        assert_eq!(ran.code, Some(if is_damage { 3 } else { 1 }), "{what}: {ran:?}");
        assert_eq!(still(&house), before, "{what}: a verification changed something");
        fs::remove_dir_all(house.root()).unwrap();
    }
    // The database itself, of which only a page is spoiled.
    let house = twin(&yard, &whole);
    let mut bytes = fs::read(house.database()).unwrap();
    let page = 8 * 4096;
    bytes[page..page + 4096].fill(0xa5);
    fs::write(house.database(), &bytes).unwrap();
    assert!(findings(&house).iter().any(|found| found.starts_with("database")), "{:?}", findings(&house));
}

#[test]
fn a_repair_mends_what_it_says_and_only_that() {
    let yard = Yard::new();
    let whole = full_house(&yard);
    for (what, spoil, expected) in SEEDED {
        let house = twin(&yard, &whole);
        spoil(&house);
        let before = snapshot(house.root());
        let ran = run_at(&yard, &house, REMOVED, &["verify", "--repair"]);
        let is_mended = expected.starts_with("ledger") || expected.starts_with("unfinished");
        let found = findings(&house);
        assert_eq!(found.is_empty(), is_mended, "{what}: {found:?}\n{ran:?}");
        let is_of_store = |path: &PathBuf| {
            let name = path.to_string_lossy().into_owned();
            name.starts_with("store/ledger")
                || name.starts_with("store/incoming")
                || name.starts_with("store/logwright.db")
                || name == "store/lock"
        };
        let (mut before, mut after) = (before, snapshot(house.root()));
        before.retain(|path, _| !is_of_store(path));
        after.retain(|path, _| !is_of_store(path));
        assert_eq!(after, before, "{what}: a repair changed evidence");
        fs::remove_dir_all(house.root()).unwrap();
    }
}

#[test]
fn a_lost_database_is_made_anew_with_all_tiers() {
    let yard = Yard::new();
    let whole = full_house(&yard);
    for is_ledger_lost in [false, true] {
        let house = twin(&yard, &whole);
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
        }
        if is_ledger_lost {
            fs::remove_file(house.ledger()).unwrap();
        }
        let ran = run_at(&yard, &house, REMOVED + DAY, &["rebuild"]);
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        let tiers: Vec<(String, Tier)> = logs(&house).into_iter().map(|file| (file.session, file.tier)).collect();
        let expected = [("fails", Tier::Archive), ("old", Tier::Trash), ("young", Tier::Active)];
        assert_eq!(tiers, expected.map(|(session, tier)| (session.to_owned(), tier)), "{ran:?}");
        assert_eq!(findings(&house), Vec::<String>::new(), "{ran:?}");
        let reader = logwright::store::Reader::open(&house.database()).unwrap();
        assert_eq!(reader.pins().unwrap().len(), usize::from(!is_ledger_lost), "pins stand in the ledger alone");
        assert_eq!(reader.error_days().unwrap().len(), 1);
        assert_eq!(crate::house::rows(&house, "SELECT count(*) AS n FROM incidents", &[]), ["n=1"]);
        drop(reader);
        let ran = run_at(&yard, &house, REMOVED + DAY, &["ingest", "logs"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(logs(&house).len(), 3, "something was brought in again: {ran:?}");
        // What lies in the trash comes back from there, and what has lain there long enough goes.
        let restored = twin(&yard, &house);
        let ran = run_at(&yard, &restored, REMOVED + DAY, &["restore", "old"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(findings(&restored), Vec::<String>::new());
        let later = retain_as(&house, &settings(""), &RealDisk, REMOVED + 20 * DAY, None).unwrap();
        assert_eq!(later.applied.purged.0, 1, "{:?}", later.plan);
    }
}
