//! Whatever breaks off an ingest, nothing is lost and the next one completes it: a full disk at every operation, Ctrl-C,
//! SIGKILL, a second ingest at the same time, a damaged or newer store.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use logwright::layout::House;
use rustix::process::{Pid, Signal, kill_process};

use crate::hooked::Hooked;
use crate::house::{How, Ran, Yard, assert_same, dump, dump_without, files_below, ingest, ingest_as, kept, small_yard};
use crate::multiply::multiply;
use crate::steps::copy;

/// A disk that is full during some of the operations that change it, counted from 0; and how many there were.
fn scarce(full: Range<usize>) -> (Hooked, Arc<AtomicUsize>) {
    let done = Arc::new(AtomicUsize::new(0));
    let counter = done.clone();
    let disk = Hooked::new(move |_, _| match full.contains(&counter.fetch_add(1, Ordering::Relaxed)) {
        true => Err(io::ErrorKind::StorageFull.into()),
        false => Ok(()),
    });
    (disk, done)
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
    assert_eq!((report.files_new, report.files_grown, report.files_rewritten), (6, 2, 1));
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

#[test]
fn a_disk_may_be_full_at_any_operation() {
    let changed = changed();
    for is_freed_at_once in [true, false] {
        for at in 0.. {
            let house = changed.house();
            let (disk, done) = scarce(at..if is_freed_at_once { at + 1 } else { usize::MAX });
            let outcome = ingest_as(&house, &[changed.yard.logs()], &How { disk: &disk, workers: 1, ..How::default() });
            let is_through = done.load(Ordering::Relaxed) <= at;
            if let Err(error) = &outcome {
                let said = changed.yard.redact(error.to_string().as_bytes());
                assert!(
                    said.starts_with("no space left on the device that holds TEMP/house"),
                    "operation {at}: {said}"
                );
            }
            changed.assert_completes(&house, &format!("operation {at}, freed at once: {is_freed_at_once}"));
            if is_through {
                assert!(outcome.is_ok() && at > 30, "{at} operations");
                break;
            }
        }
    }
}

#[test]
fn a_new_house_may_be_on_a_full_disk() {
    let yard = small_yard();
    let undisturbed = yard.house();
    ingest(&undisturbed, &[yard.logs()]);
    let (said, held) = (dump(&undisturbed), kept(&undisturbed));
    for at in 0.. {
        let house = yard.house();
        let (disk, _) = scarce(at..usize::MAX);
        let outcome = ingest_as(&house, &[yard.logs()], &How { disk: &disk, workers: 1, ..How::default() });
        ingest(&house, &[yard.logs()]);
        assert_same(&format!("operation {at}: kept"), &held, &kept(&house));
        assert_same(&format!("operation {at}: said"), &said, &dump(&house));
        fs::remove_dir_all(house.root()).unwrap();
        if outcome.is_ok() {
            break;
        }
    }
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
            }
        }
        assert_same("kept", &held, &kept(&house));
        assert_same("said", &said, &dump(&house));
        fs::remove_dir_all(house.root()).unwrap();
    }
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
    let cases: [(&str, fn(&mut Vec<u8>)); 3] = [
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
            this one knows format 1\nhint: use the newer logwright, or another house with --root\n";
        assert_eq!((ran.code, ran.err.as_str()), (Some(3), err), "{command:?}");
    }
    assert_same("nothing but the lock is new", &before, &listed());
}
