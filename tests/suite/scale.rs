//! A large house: retention that is interrupted again and again ends as if it had never been.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use logwright::retention::{Advance, Retention};
use logwright::settings::Settings;
use logwright::store::Writer;

use crate::hooked::Hooked;
use crate::house::{Yard, rows};
use crate::kept_house::{ARCHIVE, Hasty, day, ingest_at, retain_as, verify};
use crate::oracle::lies;
use crate::steps::copy;

/// Logs in the house: more than ten groups that move at once.
const LOGS: usize = 3000;

/// What the house says of its logs: where each lies, and since when.
const TIERS: &str = "SELECT path, tier, entered, stored, is_last FROM file ORDER BY path";

#[test]
fn retention_that_is_interrupted_ends_like_an_undisturbed_one() {
    let yard = Yard::in_memory();
    for number in 0..LOGS {
        let text = format!("{{\"type\":\"summary\",\"summary\":\"log {number}\",\"leafUuid\":\"{number}\"}}\n");
        yard.write(&format!("claude-code/projects/-p/{number:08x}-0000-4000-8000-000000000000.jsonl"), text.as_bytes());
    }
    let house = yard.house();
    ingest_at(&house, &[yard.logs()], &Hasty, day(0)).unwrap();
    let undisturbed = yard.house();
    copy(house.root(), undisturbed.root()).unwrap();
    let (settings, _) = Settings::parse("", "logwright.toml".as_ref()).unwrap();
    let outcome = retain_as(&undisturbed, &settings, &Hasty, ARCHIVE).unwrap();
    assert_eq!(outcome.applied.archived.0, LOGS as u64);
    let mut interruptions = 0;
    for round in 1.. {
        // Now somebody stops it, and now the disk is full, each time a little later.
        let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let refuses = round % 2 == 0;
        let operations = AtomicUsize::new(0);
        let disk = Hooked::new(move |operation, _| match operations.fetch_add(1, Ordering::Relaxed) {
            _ if !refuses => Ok(()),
            number if number > 900 + round * 70 && operation != "sync_disk" => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        });
        let progress = |advance| {
            if matches!(advance, Advance::Done(_)) && done.fetch_add(1, Ordering::Relaxed) > 150 + round * 40 {
                stop.store(!refuses, Ordering::Relaxed);
            }
        };
        let mut writer = Writer::open(&house.database()).unwrap();
        let now = ARCHIVE;
        let (workers, stop) = (2, &stop);
        let retention =
            Retention { house: &house, settings: &settings, disk: &disk, now, workers, stop, progress: &progress };
        let is_done = retention.run(&mut writer, None).is_ok_and(|outcome| !outcome.applied.interrupted);
        if is_done {
            break;
        }
        interruptions += 1;
        assert!(interruptions < 100, "it does not come to an end");
    }
    println!("{LOGS} logs, {interruptions} interruptions");
    assert!(interruptions > 4, "{interruptions} interruptions");
    assert_eq!(lies(&undisturbed), lies(&house));
    assert_eq!(rows(&undisturbed, TIERS, &[]), rows(&house, TIERS, &[]));
    assert_eq!(verify(&house), Vec::new());
    fs::remove_dir_all(undisturbed.root()).unwrap();
}
