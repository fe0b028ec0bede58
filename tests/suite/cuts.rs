//! A loss of power at any moment of what retention does loses nothing: every cut point, with every subset of what was not
//! safe yet, with the database as it was before, as it was then, and lost.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use logwright::layout::House;

use crate::kept_house::{Deed, Kept, is_exhaustive};
use crate::simulated::{Crash, Database, Record, SimDisk, Tree};

/// How many states were looked at.
#[derive(Default)]
struct Covered {
    cuts: usize,
    crashes: usize,
    distinct: usize,
    failed: Vec<String>,
}

/// A state to be tried.
struct Case<'a> {
    crash: Crash,
    tree: Tree,
    database: Database,
    which: &'a str,
}

/// Puts a state into a house of its own, recovers, and recovers again; what is wrong then.
fn try_case(kept: &Kept, deed: Deed, case: &Case<'_>, house: &House) -> Vec<String> {
    case.tree.write(house, &case.database);
    let recover = || {
        let recovered = catch_unwind(AssertUnwindSafe(|| deed.recover(house)));
        match recovered {
            Ok(Ok(report)) if report.unreadable.is_empty() => None,
            Ok(Ok(report)) => Some(format!("unreadable: {:?}", report.unreadable)),
            Ok(Err(error)) => Some(format!("it does not recover: {error}")),
            Err(_) => Some("it panics".to_owned()),
        }
    };
    let mut complaints: Vec<String> = recover().into_iter().collect();
    complaints.extend(kept.complaints(house, deed));
    let once = Tree::of(house);
    complaints.extend(recover().map(|why| format!("the second time: {why}")));
    let twice = Tree::of(house);
    if once != twice {
        complaints.push(format!("a second recovery changes it\n{}{}", once.shown(), twice.shown()));
    }
    complaints.extend(kept.complaints(house, deed).into_iter().map(|what| format!("the second time: {what}")));
    fs::remove_dir_all(house.root()).unwrap();
    complaints
}

fn record(kept: &Kept, deed: Deed) -> Record {
    let house = kept.before(deed);
    let disk = SimDisk::new(&house);
    deed.carry_out(&house, &disk).unwrap();
    let complaints = kept.complaints(&house, deed);
    assert!(complaints.is_empty(), "{deed:?}, undisturbed: {complaints:#?}");
    fs::remove_dir_all(house.root()).unwrap();
    disk.finish()
}

/// Tries everything that can be left of a deed.
fn cut_everywhere(kept: &Kept, deed: Deed) -> Covered {
    let record = record(kept, deed);
    let limit = if is_exhaustive() { 10 } else { 4 };
    let mut covered = Covered { cuts: record.len() + 1, ..Covered::default() };
    let mut seen = HashSet::new();
    let mut cases = Vec::new();
    for cut in 0..=record.len() {
        for crash in record.crashes(cut, limit) {
            covered.crashes += 1;
            let tree = record.tree(&crash);
            let hash = tree.hash();
            let databases = [
                ("as it was before", record.database(0)),
                ("as it was then", record.database(cut)),
                ("lost", Database::default()),
            ];
            for (which, database) in databases {
                // The same files beside the same database are the same state.
                let is_new =
                    seen.insert((hash, std::sync::Arc::as_ptr(&database) as usize * usize::from(which != "lost")));
                if is_new {
                    let crash = Crash { dropped: crash.dropped.clone(), ..crash };
                    cases.push(Case { crash, tree: tree.clone(), database, which });
                }
            }
        }
    }
    covered.distinct = cases.len();
    let next = AtomicUsize::new(0);
    let failed: Mutex<BTreeMap<String, (usize, String)>> = Mutex::default();
    let houses: Vec<House> = (0..2).map(|_| kept.yard.house()).collect();
    thread::scope(|scope| {
        for house in &houses {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let complaints = try_case(kept, deed, case, house);
                    if !complaints.is_empty() {
                        let Crash { cut, dropped, torn } = &case.crash;
                        let shown = format!(
                            "{deed:?}, cut {cut}, dropped {dropped:?}, torn {torn:?}, database {}:\n{}\n{}{}",
                            case.which,
                            complaints.join("\n"),
                            record.around(*cut),
                            case.tree.shown()
                        );
                        let mut failed = failed.lock().unwrap();
                        failed.entry(complaints[0].clone()).or_insert((0, shown)).0 += 1;
                    }
                }
            });
        }
    });
    // One of each sort is shown.
    let failed = failed.into_inner().unwrap().into_values();
    covered.failed = failed.map(|(count, shown)| format!("{count} such states; {shown}")).collect();
    covered
}

#[test]
fn nothing_is_lost_wherever_the_power_goes() {
    let kept = Kept::new();
    let mut all = Covered::default();
    let only = std::env::var("LOGWRIGHT_DEED").unwrap_or_default();
    for deed in Deed::ALL.into_iter().filter(|deed| only.is_empty() || format!("{deed:?}") == only) {
        let started = std::time::Instant::now();
        let covered = cut_everywhere(&kept, deed);
        let Covered { cuts, crashes, distinct, failed } = covered;
        println!("{deed:?}: {cuts} cut points, {crashes} crash states, {distinct} tried; {:?}", started.elapsed());
        all.cuts += cuts;
        all.crashes += crashes;
        all.distinct += distinct;
        all.failed.extend(failed);
    }
    let Covered { cuts, crashes, distinct, failed } = all;
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    println!("all: {cuts} cut points, {crashes} crash states, {distinct} distinct ones with their databases tried");
    assert!(!only.is_empty() || (cuts > 330 && crashes > 3_900 && distinct > 1_400));
}
