//! Whatever breaks off an ingest, nothing is lost and the next one completes it: a full disk at every operation, Ctrl-C,
//! SIGKILL, a second ingest at the same time, a damaged or newer store.

use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use logwright::layout::House;
use rustix::process::{Pid, Signal, kill_process};

use crate::hooked::Hooked;
use crate::house::{
    How, Ran, Yard, assert_same, dump, dump_without, files_below, holds, ingest, ingest_as, kept, rows, small_yard,
};
use crate::multiply::multiply;
use crate::steps::copy;

/// What happens to the operations from some number on.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// One finds the disk full; then there is room again.
    FullOnce,
    /// The disk is full.
    Full,
    /// The run dies.
    Death,
}

/// A disk on which trouble begins at some operation, counted from 0; and how many there were.
fn troubled(trouble: Trouble, at: usize) -> (Hooked, Arc<AtomicUsize>) {
    let done = Arc::new(AtomicUsize::new(0));
    let counter = done.clone();
    let disk = Hooked::new(move |operation, _| {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        match trouble {
            Trouble::FullOnce if number == at => Err(io::ErrorKind::StorageFull.into()),
            Trouble::Full if number >= at => Err(io::ErrorKind::StorageFull.into()),
            Trouble::Death if number >= at => panic!("died at operation {number}, {operation}"),
            _ => Ok(()),
        }
    });
    (disk, done)
}

/// Ingests the yard with trouble at some operation: what came of it, unless the run died, and how many operations
/// there were.
fn ingest_with(yard: &Yard, house: &House, trouble: Trouble, at: usize) -> (Option<Result<(), String>>, usize) {
    let (disk, done) = troubled(trouble, at);
    let how = How { disk: &disk, workers: 1, ..How::default() };
    let outcome = catch_unwind(AssertUnwindSafe(|| ingest_as(house, &[yard.logs()], &how)));
    let outcome = outcome.ok().map(|done| done.map(drop).map_err(|error| yard.redact(error.to_string().as_bytes())));
    (outcome, done.load(Ordering::Relaxed))
}

/// Sources as they are before the change, and what a house says that was fed with them before and after it.
struct Changed {
    yard: Yard,
    /// A house that has seen the sources before the change.
    before: House,
    said: String,
    held: String,
}

/// A change of every sort: new, grown, grown with a better name, rewritten, and all in one family or another.
fn changed() -> Changed {
    const GROWN: &str = "claude-code/projects/-home-dev-orrery/4c1f7a52-9d3e-4b86-a0c7-5e2b8f6d1a93.jsonl";
    let yard = small_yard();
    let whole = fs::read(yard.logs().join(GROWN)).unwrap();
    let subject = "claude-code/projects/-Users-chloe-c-slay/2969822b-3c7d-47bd-8814-4bc86f67056a.jsonl";
    let renamed = fs::read(yard.logs().join(subject)).unwrap();
    yard.write(GROWN, &whole[..whole.len() / 2]);
    // Neither session nor time is there yet.
    yard.write(subject, &renamed[..5]);
    yard.write(
        "claude-code/projects/-p/rewritten.jsonl",
        b"{\"type\":\"summary\",\"summary\":\"first\",\"leafUuid\":\"1\"}\n",
    );
    let before = yard.house();
    ingest(&before, &[yard.logs()]);
    yard.write(GROWN, &whole);
    yard.write(subject, &renamed);
    yard.write(
        "claude-code/projects/-p/rewritten.jsonl",
        b"{\"type\":\"summary\",\"summary\":\"second one\",\"leafUuid\":\"2\"}\n",
    );
    yard.fixture("claude-code/projects/-tmp");
    yard.fixture("claude-code/projects/-path-to-Demo");
    let undisturbed = yard.house();
    copy(before.root(), undisturbed.root()).unwrap();
    let report = ingest(&undisturbed, &[yard.logs()]);
    assert_eq!((report.files_new, report.files_grown, report.files_rewritten), (5, 2, 1));
    Changed { said: dump(&undisturbed), held: kept(&undisturbed), before, yard }
}

impl Changed {
    /// A house that has seen the sources before the change.
    fn house(&self) -> House {
        let house = self.yard.house();
        copy(self.before.root(), house.root()).unwrap();
        house
    }

    /// Asserts that the house says what an undisturbed one says, after one more ingest, and drops it.
    fn assert_completes(&self, house: &House, what: &str) {
        ingest(house, &[self.yard.logs()]);
        assert_same(&format!("{what}: kept"), &self.held, &kept(house));
        assert_same(&format!("{what}: said"), &self.said, &dump(house));
        fs::remove_dir_all(house.root()).unwrap();
    }
}

/// Asserts that the message is that of a full disk.
fn assert_told(outcome: Option<Result<(), String>>, what: &str) {
    if let Some(Err(said)) = outcome {
        assert!(said.starts_with("no space left on the device that holds TEMP/house"), "{what}: {said}");
    }
}

#[test]
fn trouble_at_any_operation_is_got_over() {
    let changed = changed();
    for trouble in [Trouble::FullOnce, Trouble::Full, Trouble::Death] {
        for at in 0.. {
            let house = changed.house();
            let what = format!("{trouble:?} at operation {at}");
            let (outcome, operations) = ingest_with(&changed.yard, &house, trouble, at);
            assert_told(outcome, &what);
            changed.assert_completes(&house, &what);
            if operations <= at {
                assert!(operations > 30, "{operations} operations");
                break;
            }
        }
    }
}

#[test]
fn trouble_in_a_new_house_is_got_over() {
    let yard = small_yard();
    let undisturbed = yard.house();
    ingest(&undisturbed, &[yard.logs()]);
    let (said, held) = (dump(&undisturbed), kept(&undisturbed));
    for trouble in [Trouble::FullOnce, Trouble::Full, Trouble::Death] {
        for at in 0.. {
            let house = yard.house();
            let what = format!("{trouble:?} at operation {at}");
            let (outcome, operations) = ingest_with(&yard, &house, trouble, at);
            assert_told(outcome, &what);
            ingest(&house, &[yard.logs()]);
            assert_same(&format!("{what}: kept"), &held, &kept(&house));
            assert_same(&format!("{what}: said"), &said, &dump(&house));
            fs::remove_dir_all(house.root()).unwrap();
            if operations <= at {
                break;
            }
        }
    }
}

#[test]
fn what_was_kept_and_not_written_down_is_found_again() {
    let changed = changed();
    let house = changed.house();
    for _ in 0..2 {
        let how = How { stops_before_writing: true, ..How::default() };
        let error = ingest_as(&house, &[changed.yard.logs()], &how).unwrap_err();
        assert_eq!(error.to_string(), "stopped before writing");
        assert_same("kept", &changed.held, &kept(&house));
    }
    changed.assert_completes(&house, "after two runs that wrote nothing down");
}

/// Each version stays, though nothing was written down of those in the middle and the last source is gone.
#[test]
fn versions_of_runs_that_wrote_nothing_down_stay() {
    let yard = small_yard();
    let house = yard.house();
    let versions = ["first", "the second one", "3", "the fourth"]
        .map(|text| format!("{{\"type\":\"summary\",\"summary\":\"{text}\",\"leafUuid\":\"1\"}}\n"));
    for (n, version) in versions.iter().enumerate() {
        let source = yard.write("claude-code/projects/-p/s.jsonl", version.as_bytes());
        let how = How { stops_before_writing: n > 0, ..How::default() };
        let outcome = ingest_as(&house, &[yard.logs()], &how);
        assert_eq!(outcome.is_ok(), n == 0);
        fs::remove_file(source).unwrap();
    }
    ingest(&house, &[yard.logs()]);
    dump(&house);
    for version in &versions {
        assert!(holds(&house, version.as_bytes()), "{version} is lost");
    }
    let sql = "SELECT count(*) AS n FROM events WHERE session = 's'";
    assert_eq!(rows(&house, sql, &[]), ["n=4"]);
}

#[test]
fn a_copy_that_is_gone_is_made_again_when_its_source_grows() {
    let yard = small_yard();
    let name = "claude-code/projects/-p/s.jsonl";
    let line = |text: &str| format!("{{\"type\":\"summary\",\"summary\":\"{text}\",\"leafUuid\":\"1\"}}\n");
    yard.write(name, line("one").as_bytes());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let copies = files_below(&house.resolve("logs/sessions"));
    let copy = copies.iter().find(|path| fs::read(path).unwrap() == line("one").as_bytes()).unwrap();
    fs::remove_file(copy).unwrap();
    yard.write(name, (line("one") + &line("two")).as_bytes());
    ingest(&house, &[yard.logs()]);
    let at_once = yard.house();
    ingest(&at_once, &[yard.logs()]);
    assert_same("kept", &kept(&at_once), &kept(&house));
    assert_same("said", &dump(&at_once), &dump(&house));
}

/// Starts an ingest of everything in the yard.
fn start(yard: &Yard, house: &House) -> Child {
    yard.command(house, &["ingest", "logs"]).spawn().unwrap()
}

/// Waits until something is so, or the process has ended.
fn wait_until(child: &mut Child, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() && !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "it hangs");
        std::thread::yield_now();
    }
}

fn signal(child: &Child, signal: Signal) {
    // It may have ended already.
    let _ = kill_process(Pid::from_child(child), signal);
}

/// Moments of an ingest that can be seen from outside, in the order in which they come.
fn moment(house: &House, at: usize) -> bool {
    let sessions = || files_below(&house.resolve("logs/sessions")).len();
    let log = || fs::metadata(format!("{}-wal", house.database().display())).map_or(0, |found| found.len());
    match at {
        0 => house.root().exists(),
        1 => house.lock().exists(),
        2 => house.unfinished().exists(),
        3 => !files_below(&house.incoming()).is_empty(),
        4 => files_below(&house.incoming()).len() > 100,
        5 => sessions() > 0,
        6 => sessions() > 100,
        7 => sessions() > 0 && files_below(&house.incoming()).is_empty(),
        8 => sessions() > 0 && log() > 300_000,
        _ => sessions() > 0 && log() > 3_000_000,
    }
}

/// A yard that keeps an ingest busy for a while, and what a house says of it.
fn large_yard() -> (Yard, String, String) {
    let yard = Yard::new();
    let project = "claude-code/projects/D--oh-my-posh";
    multiply(&crate::fixtures::fixtures(project), &yard.logs().join("projects/-p"), 40).unwrap();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let (said, held) = (dump(&house), kept(&house));
    fs::remove_dir_all(house.root()).unwrap();
    (yard, said, held)
}

#[test]
fn a_killed_ingest_is_completed_by_the_next() {
    let (yard, said, held) = large_yard();
    let worn = yard.house();
    for at in 0..10 {
        for house in [&yard.house(), &worn] {
            let mut child = start(&yard, house);
            wait_until(&mut child, || moment(house, at));
            signal(&child, Signal::KILL);
            child.wait().unwrap();
            if house != &worn {
                ingest(house, &[yard.logs()]);
                assert_same(&format!("killed at moment {at}: kept"), &held, &kept(house));
                assert_same(&format!("killed at moment {at}: said"), &said, &dump(house));
                fs::remove_dir_all(house.root()).unwrap();
            }
        }
    }
    let ran = yard.run(&worn, &["ingest", "logs"]);
    assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
    assert_same("killed ten times: kept", &held, &kept(&worn));
    assert_same("killed ten times: said", &said, &dump(&worn));
}

#[test]
fn ctrl_c_stops_an_ingest_and_the_next_goes_on() {
    let (yard, said, held) = large_yard();
    let mut interrupted = 0;
    for at in [2, 3, 5, 7, 8] {
        let house = yard.house();
        let mut child = start(&yard, &house);
        wait_until(&mut child, || moment(&house, at));
        signal(&child, Signal::INT);
        let ran = Ran::of(child.wait_with_output().unwrap(), &yard);
        // Before the program listens, the signal ends it; at the end it comes too late.
        assert!(matches!(ran.code, Some(130 | 0) | None), "{ran:?}");
        if ran.code == Some(130) {
            interrupted += 1;
            let stopped = "note: stopped; what was done until then is kept, and the next run goes on from there\n";
            assert!(ran.err.starts_with(stopped), "{ran:?}");
        }
        let ran = yard.run(&house, &["ingest", "logs"]);
        assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
        assert_same(&format!("interrupted at moment {at}: kept"), &held, &kept(&house));
        assert_same(&format!("interrupted at moment {at}: said"), &said, &dump(&house));
        fs::remove_dir_all(house.root()).unwrap();
    }
    assert!(interrupted > 0, "no ingest was interrupted");
}

#[test]
fn ingests_at_the_same_time_wait_for_each_other() {
    let (yard, said, held) = large_yard();
    let mut waits = 0;
    for round in 0..4 {
        let house = yard.house();
        let children = [start(&yard, &house), start(&yard, &house), start(&yard, &house)];
        let ids = children.each_ref().map(Child::id);
        for child in children {
            let ran = Ran::of(child.wait_with_output().unwrap(), &yard);
            assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""), "round {round}: {ran:?}");
            for line in ran.err.lines().filter(|line| line.contains("waiting")) {
                let expected =
                    |who: &str| format!("note: waiting for another logwright{who} to finish with this house");
                let is_so = ids.iter().any(|id| line == expected(&format!(" (process {id})"))) || line == expected("");
                assert!(is_so, "{line}");
                waits += 1;
            }
        }
        assert_same("kept", &held, &kept(&house));
        assert_same("said", &said, &dump(&house));
        fs::remove_dir_all(house.root()).unwrap();
    }
    assert!(waits > 0, "nobody had to wait");
}

#[test]
fn reading_while_an_ingest_writes_never_fails() {
    let (yard, ..) = large_yard();
    let house = yard.house();
    let first = yard.sources().into_iter().take(1).collect::<Vec<PathBuf>>();
    ingest(&house, &first);
    let mut child = start(&yard, &house);
    let mut reads = 0;
    while child.try_wait().unwrap().is_none() {
        let ran = yard.run(&house, &["query", "--format", "ndjson", "SELECT count(*) > 0 AS some FROM events"]);
        assert_eq!(ran, Ran { code: Some(0), out: "{\"some\":1}\n".to_owned(), err: String::new() });
        reads += 1;
    }
    assert!(child.wait().unwrap().success() && reads > 0);
}

/// A house with something in it.
fn furnished() -> (Yard, House, String, String) {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let (said, held) = (dump_without(&house, &["copied", "source"]), kept(&house));
    (yard, house, said, held)
}

#[test]
fn a_damaged_store_is_told_and_rebuilt() {
    type Damage = fn(&mut Vec<u8>);
    let cases: [(&str, Damage); 3] = [
        ("overwritten header", |bytes| bytes[..100].fill(b'x')),
        ("cut in the middle", |bytes| bytes.truncate(bytes.len() / 2 / 4096 * 4096)),
        ("overwritten pages", |bytes| bytes[4096..].fill(0xa5)),
    ];
    for (what, damage) in cases {
        let (yard, house, said, held) = furnished();
        let mut bytes = fs::read(house.database()).unwrap();
        damage(&mut bytes);
        fs::write(house.database(), &bytes).unwrap();
        for command in [&["ingest", "logs"][..], &["query", "SELECT * FROM events"], &["status"]] {
            let ran = yard.run(&house, command);
            assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{what}, {command:?}: {ran:?}");
            let hint = "hint: `logwright rebuild` makes it anew from the raw logs, which are untouched\n";
            let is_told = ran.err.starts_with("error (house): TEMP/house1/store/logwright.db is damaged\n");
            assert!(is_told && ran.err.ends_with(hint), "{what}, {command:?}: {ran:?}");
        }
        let ran = yard.run(&house, &["rebuild"]);
        let aside = "store/logwright.db.damaged-1769947200000";
        let warning = format!("warning: the database was damaged; it is set aside as TEMP/house1/{aside}\n");
        assert_eq!((ran.code, ran.said()), (Some(0), warning), "{what}");
        assert!(house.resolve(aside).is_file());
        assert_same(what, &said, &dump_without(&house, &["copied", "source"]));
        assert_same(what, &held, &kept(&house));
    }
}

#[test]
fn a_house_of_a_newer_format_is_not_touched() {
    let (yard, house, ..) = furnished();
    let store = rusqlite::Connection::open(house.database()).unwrap();
    store.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let listed = || {
        let line = |path: &PathBuf| format!("{} {}\n", blake3::hash(&fs::read(path).unwrap()), path.display());
        // Whoever reads leaves what SQLite needs beside the database.
        let is_own = |line: &String| !["lock\n", "-wal\n", "-shm\n"].iter().any(|ending| line.ends_with(ending));
        files_below(house.root()).iter().map(line).filter(is_own).collect::<String>()
    };
    let before = listed();
    yard.write("claude-code/projects/-p/new.jsonl", b"{\"type\":\"summary\"}\n");
    for command in [&["ingest", "logs"][..], &["status"], &["rebuild"], &["query", "SELECT 1"], &[]] {
        let ran = yard.run(&house, command);
        let err = "error (house): TEMP/house1/store/logwright.db has format 99, written by a newer logwright; \
            this one knows format 4\nhint: use the newer logwright, or another house with --root\n";
        assert_eq!((ran.code, ran.err.as_str()), (Some(3), err), "{command:?}");
    }
    assert_same("nothing but the lock is new", &before, &listed());
}
