//! What must hold of every plan of retention, whatever lies in the house: nothing that is held is removed, everything has
//! one fate, families go whole, patience never moves more and time never removes less.
//!
//! Inventories are generated from fixed seeds; a failed case is printed with its seed and the input that led to it.

use std::collections::{BTreeMap, BTreeSet};

use logwright::event::{Action, Millis, Sort};
use logwright::layout::Tier;
use logwright::retention::{Age, Calendar, DAY, Exception, Holds, Item, Plan, Policy, Stay, is_cleanup_due, plan};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// 2026-06-15T12:00:00Z, in the middle of a month.
pub const NOW: Millis = 1_781_524_800_000;

fn cases(seed: u64) -> ProptestConfig {
    ProptestConfig {
        cases: 512,
        failure_persistence: None,
        max_shrink_iters: 4096,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    }
}

/// A time: mostly within the last months, near the limits of a day, and sometimes what no clock says.
fn time() -> impl Strategy<Value = Millis> {
    prop_oneof![
        8 => (0..200i64, -1500..1500i64).prop_map(|(days, rest)| NOW - days * DAY + rest),
        2 => (0..200i64).prop_map(|days| NOW - days * DAY),
        1 => prop_oneof![Just(0), Just(-1), Just(Millis::MIN), Just(Millis::MAX), Just(NOW + 400 * DAY)],
    ]
}

fn holds() -> impl Strategy<Value = Holds> {
    let rare = || prop::bool::weighted(0.1);
    (rare(), rare(), rare(), rare(), rare()).prop_map(|(unread, growing, cited, pinned, critical)| Holds {
        unread,
        growing,
        cited,
        pinned,
        critical,
    })
}

fn item() -> impl Strategy<Value = Item> {
    let tier = prop_oneof![3 => Just(Tier::Active), 3 => Just(Tier::Archive), 2 => Just(Tier::Trash), 1 => Just(Tier::Removed)];
    let family = prop_oneof![1 => Just(None), 3 => (0..6u64).prop_map(Some)];
    let names =
        (prop::sample::select(&["claude-code", "codex"][..]), prop::sample::select(&["", "/work/a", "/home/b"][..]));
    (tier, family, names, time(), time(), holds(), 0..1000u64, any::<bool>()).prop_map(
        |(tier, family, (agent, project), last, entered, holds, stored, is_day)| Item {
            id: 0,
            sort: if is_day { Sort::Errors } else { Sort::Log },
            path: String::new(),
            tier,
            folder: if is_day { "errors" } else { "sessions" },
            agent: agent.to_owned(),
            session: String::new(),
            project: project.to_owned(),
            family: if is_day { None } else { family },
            stored,
            last,
            entered,
            holds,
        },
    )
}

/// An inventory: every item has a number and a path of its own.
fn items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(item(), 0..24).prop_map(|mut items| {
        for (number, item) in items.iter_mut().enumerate() {
            // Numbers that do not follow the order of listing.
            item.id = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            item.path = format!("logs/{}", item.id);
        }
        items
    })
}

fn age() -> impl Strategy<Value = Age> {
    prop_oneof![6 => (1..150u32).prop_map(Age::Days), 1 => Just(Age::Never)]
}

fn policy() -> impl Strategy<Value = Policy> {
    (age(), age(), age(), prop::option::of((age(), age())), prop::option::of(age())).prop_map(
        |(active_days, archive_days, trash_days, agent, project)| Policy {
            active_days,
            archive_days,
            trash_days,
            max_active: 0,
            max_archive: 0,
            folders: BTreeMap::new(),
            agents: agent
                .map(|(active, archive)| {
                    ("codex".to_owned(), Exception { active_days: Some(active), archive_days: Some(archive) })
                })
                .into_iter()
                .collect(),
            projects: project
                .map(|age| ("/work/*".to_owned(), Exception { active_days: None, archive_days: Some(age) }))
                .into_iter()
                .collect(),
        },
    )
}

/// The limits of sizes.
fn sizes() -> impl Strategy<Value = (u64, u64)> {
    let size = || prop_oneof![1 => Just(0u64), 3 => 1..6000u64];
    (size(), size())
}

fn calendar() -> impl Strategy<Value = Calendar> {
    let some = || prop::option::of((0..70i64, 0..DAY).prop_map(|(days, rest)| NOW + 5 * DAY - days * DAY - rest));
    (some(), some(), prop::option::weighted(0.2, (-1..4i64).prop_map(|days| NOW - days * DAY)))
        .prop_map(|(cleaned, announced, rebuilt)| Calendar { cleaned, announced, rebuilt })
}

/// A calendar on which removal is due.
pub const OPEN: Calendar = Calendar { cleaned: Some(NOW - 40 * DAY), announced: Some(NOW - 40 * DAY), rebuilt: None };

pub fn planned(items: &[Item], policy: &Policy, calendar: Calendar, now: Millis) -> Plan {
    plan(items, &policy.rules().unwrap(), calendar, now)
}

/// What moves: the ids, by what is done with them.
pub fn moved(items: &[Item], plan: &Plan) -> BTreeSet<(Action, u64)> {
    plan.moves.iter().map(|made| (made.action, items[made.item].id)).collect()
}

/// What the engine would make of a plan.
fn applied(items: &[Item], plan: &Plan, calendar: Calendar, now: Millis) -> (Vec<Item>, Calendar) {
    let mut items = items.to_vec();
    for made in &plan.moves {
        let item = &mut items[made.item];
        item.tier = match made.action {
            Action::Archive => Tier::Archive,
            Action::Remove => Tier::Trash,
            _ => Tier::Removed,
        };
        item.entered = now;
        item.stored = if item.tier == Tier::Removed { 0 } else { item.stored };
    }
    let calendar = Calendar {
        cleaned: if plan.is_cleanup { Some(now) } else { calendar.cleaned },
        announced: if plan.announces.is_some() { Some(now) } else { calendar.announced },
        ..calendar
    };
    (items, calendar)
}

proptest! {
    #![proptest_config(cases(1))]
    #[test]
    fn what_is_held_is_never_removed(
        items in items(), policy in policy(), sizes in sizes(), calendar in calendar(),
    ) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let plan = planned(&items, &policy, calendar, NOW);
        for made in plan.moves {
            let Item { holds, tier, .. } = &items[made.item];
            match made.action {
                Action::Archive => {
                    prop_assert!(!holds.growing && !holds.unread);
                    prop_assert_eq!(*tier, Tier::Active);
                }
                Action::Remove => {
                    prop_assert_eq!(*holds, Holds::default());
                    prop_assert_eq!(*tier, Tier::Archive);
                }
                Action::Purge => {
                    prop_assert_eq!(*holds, Holds::default());
                    prop_assert_eq!(*tier, Tier::Trash);
                }
                Action::Restore | Action::Forget => prop_assert!(false, "no plan does that"),
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(2))]
    #[test]
    fn everything_has_exactly_one_fate(
        items in items(), policy in policy(), sizes in sizes(), calendar in calendar(),
    ) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let plan = planned(&items, &policy, calendar, NOW);
        let stays = plan.stays.values().fold((0, 0), |sum, stay| (sum.0 + stay.0, sum.1 + stay.1));
        let moving: BTreeSet<usize> = plan.moves.iter().map(|made| made.item).collect();
        prop_assert_eq!(moving.len(), plan.moves.len(), "nothing moves twice");
        prop_assert_eq!(stays.0 as usize + moving.len(), items.len());
        let bytes: u64 = moving.iter().map(|at| items[*at].stored).sum();
        prop_assert_eq!(stays.1 + bytes, items.iter().map(|item| item.stored).sum::<u64>());
        let counted: u64 = [Action::Archive, Action::Remove, Action::Purge].map(|action| plan.taken(action, &items).0).iter().sum();
        prop_assert_eq!(counted as usize, plan.moves.len());
        for made in &plan.moves {
            prop_assert!(made.reason.starts_with("retention."), "{}", made.reason);
        }
    }
}

/// The longer of two ages, and the shorter.
fn sorted(one: Age, two: Age) -> (Age, Age) {
    (one.min(two), one.max(two))
}

proptest! {
    #![proptest_config(cases(3))]
    #[test]
    fn longer_limits_never_move_more(
        items in items(), one in policy(), two in (age(), age(), age()), calendar in calendar(), sizes in sizes(),
        more in 0..3000u64,
    ) {
        let ages = [sorted(one.active_days, two.0), sorted(one.archive_days, two.1), sorted(one.trash_days, two.2)];
        let with = |ages: [Age; 3]| Policy { active_days: ages[0], archive_days: ages[1], trash_days: ages[2], ..one.clone() };
        let (short, long) = (with(ages.map(|age| age.0)), with(ages.map(|age| age.1)));
        let (short, long) = (planned(&items, &short, calendar, NOW), planned(&items, &long, calendar, NOW));
        prop_assert!(moved(&items, &long).is_subset(&moved(&items, &short)));
        // The same of sizes, as long as there are any.
        let small = Policy { max_active: sizes.0, max_archive: sizes.1, ..one };
        let grown = |size| if size == 0 { 0 } else { size + more };
        let large = Policy { max_active: grown(sizes.0), max_archive: grown(sizes.1), ..small.clone() };
        let (small, large) = (planned(&items, &small, calendar, NOW), planned(&items, &large, calendar, NOW));
        prop_assert!(moved(&items, &large).is_subset(&moved(&items, &small)));
    }
}

proptest! {
    #![proptest_config(cases(4))]
    #[test]
    fn a_later_day_never_removes_less(
        items in items(), policy in policy(), calendar in calendar(), first in 0..90 * DAY, second in 0..90 * DAY,
    ) {
        let early = planned(&items, &policy, calendar, NOW + first);
        let late = planned(&items, &policy, calendar, NOW + first + second);
        prop_assert!(moved(&items, &early).is_subset(&moved(&items, &late)));
    }
}

proptest! {
    #![proptest_config(cases(5))]
    #[test]
    fn the_order_of_listing_does_not_matter(
        (items, shuffled) in items().prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
        policy in policy(), sizes in sizes(), calendar in calendar(),
    ) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let (one, two) = (planned(&items, &policy, calendar, NOW), planned(&shuffled, &policy, calendar, NOW));
        let said = |items: &[Item], plan: &Plan| -> Vec<(Action, u64, String)> {
            plan.moves.iter().map(|made| (made.action, items[made.item].id, made.reason.clone())).collect()
        };
        prop_assert_eq!(said(&items, &one), said(&shuffled, &two));
        prop_assert_eq!(one.id(&items), two.id(&shuffled));
        prop_assert_eq!((one.stays, one.announces, one.is_cleanup), (two.stays, two.announces, two.is_cleanup));
    }
}

proptest! {
    #![proptest_config(cases(6))]
    #[test]
    fn planning_again_after_applying_is_empty(
        items in items(), policy in policy(), sizes in sizes(), calendar in calendar(),
    ) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let first = planned(&items, &policy, calendar, NOW);
        let (after, calendar) = applied(&items, &first, calendar, NOW);
        let second = planned(&after, &policy, calendar, NOW);
        // What was archived a moment ago may be too much for the archive, and was counted as active before.
        let is_excess = |item: usize| policy.max_archive > 0 && items[item].tier == Tier::Active;
        let left: Vec<_> = second.moves.iter().filter(|made| made.action != Action::Remove || !is_excess(made.item)).collect();
        if policy.max_archive == 0 {
            prop_assert!(left.is_empty(), "{left:?}");
        } else {
            prop_assert!(left.iter().all(|made| made.action == Action::Remove), "{left:?}");
        }
    }
}

proptest! {
    #![proptest_config(cases(7))]
    #[test]
    fn what_has_no_age_is_young(items in items(), policy in policy(), calendar in calendar(), future in 1..Millis::MAX / 2) {
        // A clock that starts in the future, or that was never read, has run for no time.
        for since in [NOW.saturating_add(future), Millis::MAX] {
            let unknown: Vec<Item> = items.iter().map(|item| Item { last: since, entered: since, ..item.clone() }).collect();
            let plan = planned(&unknown, &policy, calendar, NOW);
            prop_assert!(plan.moves.is_empty() && plan.announces.is_none());
            prop_assert_eq!(plan.stays.keys().copied().filter(|stay| *stay != Stay::Young).count(), 0);
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]
    #[test]
    fn families_go_whole_or_not_at_all(
        items in items(), policy in policy(), sizes in sizes(), calendar in calendar(),
    ) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let plan = planned(&items, &policy, calendar, NOW);
        let removed: BTreeSet<usize> =
            plan.moves.iter().filter(|made| made.action == Action::Remove).map(|made| made.item).collect();
        for family in 0..6 {
            let kept = |at: &usize| items[*at].family == Some(family) && items[*at].tier.is_kept();
            let of: Vec<usize> = (0..items.len()).filter(kept).collect();
            let going = of.iter().filter(|at| removed.contains(at)).count();
            prop_assert!(going == 0 || going == of.len(), "{going} of {}", of.len());
        }
    }
}

proptest! {
    #![proptest_config(cases(9))]
    #[test]
    fn removal_waits_for_its_day(items in items(), policy in policy(), sizes in sizes(), calendar in calendar()) {
        let policy = Policy { max_active: sizes.0, max_archive: sizes.1, ..policy };
        let plan = planned(&items, &policy, calendar, NOW);
        let removes = plan.moves.iter().any(|made| made.action == Action::Remove);
        if removes {
            let announced = calendar.announced.expect("it was announced");
            prop_assert!(announced + 7 * DAY <= NOW);
            prop_assert!(is_cleanup_due(calendar.cleaned, NOW) && plan.is_cleanup);
            prop_assert!(plan.announces.is_none());
        }
        if removes || plan.moves.iter().any(|made| made.action == Action::Purge) {
            prop_assert!(calendar.rebuilt.is_none_or(|rebuilt| rebuilt + DAY <= NOW));
        }
        if plan.announces.is_some() {
            prop_assert!(calendar.announced.is_none());
        }
        // Nobody is told of a cleanup that did not take what was due.
        let waits = [Stay::Announced, Stay::Caution, Stay::Cleanup].iter().any(|stay| {
            let removal = |at: &&Item| at.tier == Tier::Archive;
            plan.stays.get(stay).is_some_and(|(count, _)| *count > 0) && items.iter().any(|item| removal(&item))
        });
        prop_assert!(!(waits && plan.is_cleanup && removes));
    }
}

/// Items without families and holds that are old enough only for their size.
fn loose() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec((0..100i64, 0..100i64, 1..1000u64), 1..20).prop_map(|all| {
        let item = |(number, (last, entered, stored)): (usize, (i64, i64, u64))| Item {
            last: NOW - last * DAY,
            entered: NOW - entered * DAY,
            stored,
            ..at(Tier::Archive, number as u64 + 1)
        };
        all.into_iter().enumerate().map(item).collect()
    })
}

proptest! {
    #![proptest_config(cases(10))]
    #[test]
    fn a_full_tier_lets_the_oldest_go_until_the_rest_fits(
        items in loose(), limit in 1..8000u64, days in prop::option::of(1..100u32), is_active in any::<bool>(),
    ) {
        let tier = if is_active { Tier::Active } else { Tier::Archive };
        let items: Vec<Item> = items.into_iter().map(|item| Item { tier, ..item }).collect();
        let age = days.map_or(Age::Never, Age::Days);
        let policy = Policy { max_active: limit, max_archive: limit, ..never() };
        let policy = Policy { active_days: age, archive_days: age, ..policy };
        let plan = planned(&items, &policy, OPEN, NOW);
        let (due, full): (Vec<_>, Vec<_>) = plan.moves.iter().partition(|made| made.reason.contains("_days"));
        let stored = |moves: &[&logwright::retention::Move]| moves.iter().map(|made| items[made.item].stored).sum::<u64>();
        let all: u64 = items.iter().map(|item| item.stored).sum();
        let left = all - stored(&due) - stored(&full);
        prop_assert!(left <= limit, "{left} bytes stay where {limit} may");
        // The youngest of those that go for their size would have been too much.
        let youngest = full.iter().max_by_key(|made| (items[made.item].last, items[made.item].id));
        if let Some(youngest) = youngest {
            prop_assert!(left + items[youngest.item].stored > limit, "one too many went");
            let (last, id) = (items[youngest.item].last, items[youngest.item].id);
            for (at, item) in items.iter().enumerate() {
                let goes = plan.moves.iter().any(|made| made.item == at);
                prop_assert!(goes || (item.last, item.id) > (last, id), "an older one stayed");
            }
        }
    }
}

/// A policy by which nothing is ever due.
pub fn never() -> Policy {
    Policy {
        active_days: Age::Never,
        archive_days: Age::Never,
        trash_days: Age::Never,
        max_active: 0,
        max_archive: 0,
        folders: BTreeMap::new(),
        agents: BTreeMap::new(),
        projects: BTreeMap::new(),
    }
}

/// A log without anything that would hold it.
pub fn at(tier: Tier, id: u64) -> Item {
    Item {
        id,
        sort: Sort::Log,
        path: format!("logs/{id}"),
        tier,
        folder: "sessions",
        agent: "claude-code".to_owned(),
        session: String::new(),
        project: String::new(),
        family: None,
        stored: 1,
        last: 0,
        entered: 0,
        holds: Holds::default(),
    }
}
