//! Clocks that jump, and files whose times say something else than what stands in them.

use std::fs::OpenOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use logwright::disk::RealDisk;
use logwright::layout::{House, Tier};
use logwright::retention::Outcome;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::hooked::Hooked;
use crate::house::{How, Yard, ingest, ingest_as};
use crate::tiers::{
    ANNOUNCED, ARCHIVED, COPIED, DAY, REMOVED, findings, lines, logs, retain, retain_as, retain_until, run_at,
    settings, tiers, two_sessions,
};

/// A session whose records say this time; none without one.
fn dated(session: &str, time: Option<&str>) -> String {
    let line = lines(session, 1);
    let stamp = "\"timestamp\":\"2026-01-01T00:00:00.000Z\",";
    assert!(line.contains(stamp));
    line.replace(stamp, &time.map_or(String::new(), |time| format!("\"timestamp\":\"{time}\",")))
}

#[test]
fn the_time_of_a_file_says_nothing() {
    for seconds in [0, 1_000_000_000, 1_769_947_200, 4_000_000_000] {
        let yard = two_sessions();
        for path in yard.sources() {
            let file = OpenOptions::new().append(true).open(path).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        }
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        assert_eq!(retain(&house, COPIED + 30 * DAY - 1000).applied.archived.0, 0, "{seconds}");
        assert_eq!(retain(&house, COPIED + 30 * DAY).applied.archived.0, 2, "{seconds}");
    }
}

#[test]
fn odd_times_inside_a_log_make_it_no_older() {
    // What is of the future is as old as now, whenever that is; what has no time is as old as its copy.
    for (time, archived_at) in [
        (Some("2026-01-01T00:00:00Z"), Some(30)),
        (Some("1970-01-01T00:00:00Z"), Some(30)),
        (Some("1969-12-31T23:59:59Z"), Some(30)),
        (Some("0001-01-01T00:00:00Z"), Some(30)),
        (None, Some(30)),
        (Some("no time"), Some(30)),
        (Some("2026-02-11T12:00:00Z"), Some(40)),
        (Some("2999-01-01T00:00:00Z"), None),
    ] {
        let yard = Yard::new();
        let path = yard.write("projects/-p/odd.jsonl", dated("odd", time).as_bytes());
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_500_000_000);
        OpenOptions::new().append(true).open(path).unwrap().set_modified(long_ago).unwrap();
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        let found = (0..400).find(|days| {
            let settings = settings("");
            let (inventory, plan) = crate::tiers::previewed(&house, &settings, COPIED + days * DAY);
            assert!(inventory.items.len() >= plan.moves.len());
            !plan.moves.is_empty()
        });
        assert_eq!(found, archived_at, "{time:?}");
        if archived_at.is_none() {
            assert_eq!(retain(&house, COPIED + 2000 * DAY).applied.archived.0, 0);
        }
    }
}

#[test]
fn archives_of_odd_times_lie_in_folders_that_are_told_again() {
    let yard = Yard::new();
    for (name, time) in [("a", Some("1970-01-01T00:00:00Z")), ("b", None), ("c", Some("0001-01-01T00:00:00Z"))] {
        yard.write(&format!("projects/-p/{name}.jsonl"), dated(name, time).as_bytes());
    }
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    assert_eq!(retain(&house, ARCHIVED).applied.archived.0, 3);
    assert_eq!(findings(&house), Vec::<String>::new());
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", house.database().display()));
    }
    let ran = run_at(&yard, &house, ARCHIVED, &["rebuild"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(logs(&house).iter().filter(|file| file.tier == Tier::Archive).count(), 3);
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_put_back_removes_nothing_early() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    // A year too early, and back again: nothing happens, and nothing breaks.
    for now in [COPIED - 365 * DAY, 0, COPIED + DAY, COPIED - DAY] {
        let outcome = retain(&house, now);
        assert_eq!(outcome.applied, Default::default(), "{now}");
        ingest_as(&house, &[yard.logs()], &How { now, ..How::default() }).unwrap();
    }
    retain_until(&house, &[ARCHIVED]);
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
    // Put back while the removal is announced: the seven days are not over sooner.
    retain_until(&house, &[ANNOUNCED, ANNOUNCED - 300 * DAY, ANNOUNCED + DAY, ANNOUNCED - DAY, ANNOUNCED + 6 * DAY]);
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
    retain_until(&house, &[REMOVED]);
    assert_eq!(tiers(&house, "one"), [(Tier::Trash, 0)]);
    // In the trash, too.
    retain_until(&house, &[REMOVED - 100 * DAY, REMOVED + DAY, 0, REMOVED + 6 * DAY]);
    assert_eq!(tiers(&house, "one"), [(Tier::Trash, 0)]);
    assert_eq!(findings(&house), Vec::<String>::new());
    retain_until(&house, &[REMOVED + 7 * DAY]);
    assert_eq!(tiers(&house, "one"), [(Tier::Removed, 0)]);
}

#[test]
fn what_happened_in_a_future_that_never_was_is_young() {
    let yard = two_sessions();
    let house = yard.house();
    let future = COPIED + 10_000 * DAY;
    ingest_as(&house, &[yard.logs()], &How { now: future, ..How::default() }).unwrap();
    for now in [COPIED, COPIED + 31 * DAY, COPIED + 5000 * DAY] {
        assert_eq!(retain(&house, now).applied.archived.0, 0, "{now}");
    }
    assert_eq!(retain(&house, future + 30 * DAY).applied.archived.0, 2);
}

#[test]
fn a_clock_that_jumps_forward_still_announces() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    // Ten years at once: archived, announced, but nothing is removed that nobody was told of.
    for now in [COPIED + 3650 * DAY, COPIED + 3650 * DAY + 1, COPIED + 7300 * DAY] {
        let outcome: Outcome = retain(&house, now);
        assert_eq!(outcome.applied.removed.0, 0, "{now}: {:?}", outcome.plan);
        if now == COPIED + 7300 * DAY {
            assert!(outcome.announced.is_some());
        }
    }
    assert!(house.announcement().exists());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 12, failure_persistence: None, max_shrink_iters: 32, rng_seed: RngSeed::Fixed(12), ..ProptestConfig::default()
    })]
    #[test]
    fn whatever_the_clock_says_nothing_is_lost_without_a_receipt(
        jumps in prop::collection::vec(prop_oneof![4 => -40..60i64, 1 => -4000..4000i64], 4..14),
    ) {
        let yard = two_sessions();
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        let mut now = COPIED;
        for jump in jumps {
            now += jump * DAY;
            let before = removed(&house);
            let outcome = retain_as(&house, &settings(""), &RealDisk, now, None);
            prop_assert!(outcome.is_ok(), "{outcome:?}");
            if removed(&house) > before {
                prop_assert!(!crate::house::files_below(&house.receipts()).is_empty());
            }
            let ingested = ingest_as(&house, &[yard.logs()], &How { now, ..How::default() });
            prop_assert!(ingested.is_ok(), "{ingested:?}");
            let found: Vec<String> = findings(&house).into_iter().filter(|found| !found.starts_with("announcement")).collect();
            prop_assert_eq!(found, Vec::<String>::new());
        }
        prop_assert_eq!(logs(&house).len(), 2);
    }
}

/// Logs that were removed.
fn removed(house: &House) -> usize {
    logs(house).iter().filter(|file| !file.tier.is_kept()).count()
}

#[test]
fn the_times_of_copies_may_change_during_a_run() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let paths: Vec<_> = logs(&house).iter().map(|file| house.resolve(&file.path)).collect();
    let count = Arc::new(AtomicUsize::new(0));
    let disk = Hooked::new(move |_, _| {
        let seconds = if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { 0 } else { 4_000_000_000 };
        for path in &paths {
            if let Ok(file) = OpenOptions::new().append(true).open(path) {
                file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
            }
        }
        Ok(())
    });
    let outcome = retain_as(&house, &settings(""), &disk, ARCHIVED, None).unwrap();
    assert_eq!((outcome.applied.archived.0, outcome.applied.passed_over), (2, vec![]));
    assert_eq!(findings(&house), Vec::<String>::new());
}
