//! What is shown is what is done: the printed plan, the changes and the receipts agree, and a plan that is stale is refused.

use std::collections::BTreeSet;
use std::fs;

use logwright::layout::Tier;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use crate::house::{How, Yard, ingest_as, rows};
use crate::tiers::{ANNOUNCED, ARCHIVED, COPIED, DAY, REMOVED, findings, lines, logs, run_at, snapshot, two_sessions};

fn cases(seed: u64, cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 16,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

/// The plan that a run prints: its id, and what it does with which log.
fn plan_of(out: &str) -> (String, BTreeSet<(String, String)>) {
    let all: Value = serde_json::from_str(out).unwrap_or_else(|error| panic!("{error}: {out}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let plan = &all["plan"].as_array().map_or(&all["plan"], |rows| &rows[0]);
    let moves = all["moves"].as_array().unwrap_or_else(|| panic!("no moves in {out}"));
    let named = moves.iter().map(|made| (text(&made["action"]), text(&made["file"]))).collect();
    (text(&plan["plan"]), named)
}

proptest! {
    #![proptest_config(cases(11, 10))]
    #[test]
    fn what_is_shown_is_done(
        ages in (1..20u32, 1..40u32, 1..10u32),
        copied in prop::collection::vec(0..60i64, 1..5),
        pinned in 0..8usize,
        steps in prop::collection::vec(1..25i64, 3..7),
    ) {
        let yard = Yard::new();
        let house = yard.house();
        let mut now = COPIED;
        for (number, days) in copied.iter().enumerate() {
            let session = format!("s{number}");
            yard.write(&format!("projects/-p/{session}.jsonl"), lines(&session, 1 + number).as_bytes());
            ingest_as(&house, &[yard.logs()], &How { now, ..How::default() }).unwrap();
            now += days / 4 * DAY;
        }
        let settings = format!(
            "[retention]\nactive_days = {}\narchive_days = {}\ntrash_days = {}\n", ages.0, ages.1, ages.2
        );
        fs::write(house.settings(), settings).unwrap();
        let name = format!("s{pinned}");
        let _ = run_at(&yard, &house, now, &["retain", "pin", &name]);
        for days in steps {
            now += days * DAY;
            let before = logs(&house);
            let shown = run_at(&yard, &house, now, &["retain", "--dry-run", "--format", "json"]);
            prop_assert_eq!(shown.code, Some(0), "{:?}", shown);
            prop_assert_eq!(&logs(&house), &before, "a preview changed something");
            let (_, moves) = plan_of(&shown.out);
            let done = run_at(&yard, &house, now, &["retain", "--format", "json"]);
            prop_assert_eq!(done.code, Some(0), "{:?}", done);
            prop_assert_eq!(&plan_of(&done.out).1, &moves);
            let after = logs(&house);
            let mut changes = BTreeSet::new();
            for (one, two) in before.iter().zip(&after) {
                let action = match (one.tier, two.tier) {
                    (one, two) if one == two => continue,
                    (Tier::Active, Tier::Archive) => "archive",
                    (Tier::Archive, Tier::Trash) => "remove",
                    (Tier::Trash, Tier::Removed) => "purge",
                    other => panic!("{other:?}"),
                };
                changes.insert((action.to_owned(), one.path.clone()));
            }
            // Hashes are redacted in what is printed.
            let redacted: BTreeSet<_> = changes.iter().map(|(action, path)| (action.clone(), yard.redact(path.as_bytes()))).collect();
            prop_assert_eq!(&redacted, &moves);
            let removed = changes.iter().filter(|(action, _)| action == "remove").count();
            let at = logwright::event::format_rfc3339(now);
            let receipts = rows(&house, &format!("SELECT file FROM receipts WHERE time = '{at}'"), &[]);
            prop_assert_eq!(receipts.len(), removed);
            prop_assert_eq!(findings(&house), Vec::<String>::new());
            let again = run_at(&yard, &house, now, &["retain", "--dry-run", "--format", "json"]);
            prop_assert_eq!(plan_of(&again.out).1, BTreeSet::new(), "something is due again at once");
        }
    }
}

/// The id of the plan that a preview names, unredacted.
fn id_of(yard: &Yard, house: &logwright::layout::House, now: i64) -> String {
    let mut command = yard.command(house, &["retain", "--dry-run"]);
    let said = command.env("LOGWRIGHT_NOW", logwright::event::format_rfc3339(now)).output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    let id = said.split("plan ").nth(1).unwrap_or_else(|| panic!("{said}"));
    id[..16].to_owned()
}

#[test]
fn a_stale_plan_is_refused_and_changes_nothing() {
    let yard = two_sessions();
    let house = yard.house();
    crate::house::ingest(&house, &[yard.logs()]);
    let id = id_of(&yard, &house, ARCHIVED);
    let evidence = || (snapshot(&house.resolve("logs")), logs(&house), fs::read(house.ledger()).ok());
    // Another log is there, one has grown, one is pinned in the meantime, another plan was meant.
    let path = yard.logs().join("projects/-p/one.jsonl");
    let one = fs::read(&path).unwrap();
    yard.write("projects/-p/one.jsonl", lines("one", 9).as_bytes());
    let before = evidence();
    let ran = run_at(&yard, &house, ARCHIVED, &["retain", "--plan", &id]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("is no longer what would be done"), "{}", ran.err);
    assert_eq!(evidence(), before);
    yard.write("projects/-p/one.jsonl", &one);
    for wrong in ["0000000000000000", "", "nonsense"] {
        let ran = run_at(&yard, &house, ARCHIVED, &["retain", "--plan", wrong]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert_eq!(evidence(), before);
    }
    let ran = run_at(&yard, &house, ARCHIVED, &["retain", "--plan", &id]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(logs(&house).iter().all(|file| file.tier == Tier::Archive));
    // It can be used once.
    let ran = run_at(&yard, &house, ARCHIVED, &["retain", "--plan", &id]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn a_pin_that_came_in_between_makes_a_plan_stale() {
    let yard = two_sessions();
    let house = yard.house();
    crate::house::ingest(&house, &[yard.logs()]);
    crate::tiers::retain_until(&house, &[ARCHIVED, ANNOUNCED]);
    let id = id_of(&yard, &house, REMOVED);
    assert_eq!(run_at(&yard, &house, REMOVED, &["retain", "pin", "one"]).code, Some(0));
    let ran = run_at(&yard, &house, REMOVED, &["retain", "--plan", &id]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(logs(&house).iter().all(|file| file.tier == Tier::Archive));
    assert_eq!(run_at(&yard, &house, REMOVED, &["retain"]).code, Some(0));
    let tiers: Vec<Tier> = logs(&house).iter().map(|file| file.tier).collect();
    assert_eq!(tiers, [Tier::Archive, Tier::Trash]);
}

#[test]
fn the_future_is_shown_as_it_will_be() {
    let yard = two_sessions();
    let house = yard.house();
    crate::house::ingest(&house, &[yard.logs()]);
    let shown = run_at(&yard, &house, COPIED, &["retain", "--as-of", "2026-03-04T12:00:00Z", "--format", "json"]);
    let done = run_at(&yard, &house, ARCHIVED, &["retain", "--format", "json"]);
    assert_eq!((shown.code, done.code), (Some(0), Some(0)));
    assert_eq!(plan_of(&shown.out).1, plan_of(&done.out).1);
    assert_eq!(plan_of(&shown.out).1.len(), 2);
}

#[test]
fn the_line_for_cron_runs_this_program_on_this_house() {
    let yard = two_sessions();
    let house = yard.house();
    let ran = yard.command(&house, &["retain", "schedule", "--cron"]).output().unwrap();
    let (program, root) = (env!("CARGO_BIN_EXE_logwright"), house.root().display());
    assert_eq!(
        String::from_utf8(ran.stdout).unwrap(),
        format!("17 3 * * * '{program}' --quiet --root '{root}' ingest --yes\n")
    );
    assert!(!house.root().exists(), "printing it made a house");
}
