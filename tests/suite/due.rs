//! When exactly something is due: to the second, over the ends of months, leap days and the days on which clocks change.

use std::collections::BTreeSet;

use logwright::event::Action;
use logwright::layout::Tier;
use logwright::retention::{ANNOUNCED_DAYS, Age, Calendar, DAY, Item, Policy, is_cleanup_due};

use crate::planned::{NOW, OPEN, at, moved, never, planned};
use crate::tiers::instant;

/// The default policy.
fn usual() -> Policy {
    Policy { active_days: Age::Days(30), archive_days: Age::Days(90), trash_days: Age::Days(7), ..never() }
}

#[test]
fn days_are_counted_to_the_second() {
    // The end of a month, of a short one, of a year, a leap day, and the days on which clocks change in Europe and America.
    let starts = [
        "2026-01-31T23:59:59Z",
        "2026-02-28T00:00:00Z",
        "2025-12-31T23:59:59Z",
        "2028-02-28T12:00:00Z",
        "2028-02-29T00:00:00Z",
        "2026-03-29T00:59:59Z",
        "2026-10-25T01:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:30:00Z",
        "1970-01-01T00:00:00Z",
    ];
    let tiers =
        [(Tier::Active, 30, Action::Archive), (Tier::Archive, 90, Action::Remove), (Tier::Trash, 7, Action::Purge)];
    for start in starts {
        let since = instant(start);
        for (tier, days, action) in tiers {
            for (age, is_due) in
                [((days - 1) * DAY, false), (days * DAY - 1000, false), (days * DAY, true), ((days + 1) * DAY, true)]
            {
                let item = Item { last: since, entered: since - 400 * DAY, ..at(tier, 1) };
                let item = if tier == Tier::Trash { Item { last: 0, entered: since, ..item } } else { item };
                let now = since + age;
                let calendar =
                    Calendar { cleaned: Some(now - 40 * DAY), announced: Some(now - 40 * DAY), rebuilt: None };
                let plan = planned(std::slice::from_ref(&item), &usual(), calendar, now);
                let found: Vec<Action> = plan.moves.iter().map(|made| made.action).collect();
                let expected = if is_due { vec![action] } else { vec![] };
                assert_eq!(found, expected, "{start}, {} after {age} ms", tier.name());
            }
        }
    }
}

#[test]
fn the_announcement_lasts_seven_days_to_the_second() {
    let items = [Item { last: NOW - 300 * DAY, ..at(Tier::Archive, 1) }];
    let first = planned(&items, &usual(), Calendar::default(), NOW);
    assert_eq!((first.announces, first.moves.len(), first.is_cleanup), (Some((1, 1)), 0, false));
    let until = ANNOUNCED_DAYS.reached_at(NOW).unwrap();
    for (now, moves) in [(NOW, 0), (until - 1000, 0), (until, 1), (until + DAY, 1)] {
        let calendar = Calendar { announced: Some(NOW), ..Calendar::default() };
        let plan = planned(&items, &usual(), calendar, now);
        assert_eq!((plan.moves.len(), plan.announces), (moves, None), "{now}");
    }
}

#[test]
fn a_cleanup_is_once_in_each_month() {
    let dates = [
        ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", true),
        ("2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z", false),
        ("2028-02-29T12:00:00Z", "2028-03-01T00:00:00Z", true),
        ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", true),
        ("2025-06-15T00:00:00Z", "2026-06-15T00:00:00Z", true),
        // A clock that was put back makes no second one.
        ("2026-06-01T00:00:00Z", "2026-05-31T23:59:59Z", false),
    ];
    for (cleaned, now, is_due) in dates {
        assert_eq!(is_cleanup_due(Some(instant(cleaned)), instant(now)), is_due, "{cleaned}, {now}");
    }
    assert!(is_cleanup_due(None, NOW));
}

#[test]
fn nothing_is_removed_on_the_day_on_which_the_ledger_was_rebuilt() {
    let items = [
        Item { last: NOW - 300 * DAY, ..at(Tier::Archive, 1) },
        Item { entered: NOW - 300 * DAY, ..at(Tier::Trash, 2) },
        Item { last: NOW - 300 * DAY, ..at(Tier::Active, 3) },
    ];
    // A clock that was put back since then does not shorten the day.
    for (rebuilt, is_day) in [(NOW, true), (NOW - DAY + 1, true), (NOW - DAY, false), (NOW + 30 * DAY, true)] {
        let plan = planned(&items, &usual(), Calendar { rebuilt: Some(rebuilt), ..OPEN }, NOW);
        let found: Vec<Action> = plan.moves.iter().map(|made| made.action).collect();
        // The archive takes nothing away.
        let expected =
            if is_day { vec![Action::Archive] } else { vec![Action::Archive, Action::Remove, Action::Purge] };
        assert_eq!(found, expected, "{rebuilt}");
    }
}

#[test]
fn a_family_that_cannot_go_makes_no_room() {
    // The oldest archive belongs to a log that is still active; the next one is free to go.
    let items = [
        Item { family: Some(1), last: NOW - 50 * DAY, stored: 100, ..at(Tier::Archive, 1) },
        Item { family: Some(1), last: NOW - DAY, stored: 5, ..at(Tier::Active, 2) },
        Item { family: Some(2), last: NOW - 40 * DAY, stored: 100, ..at(Tier::Archive, 3) },
        Item { family: Some(3), last: NOW - 30 * DAY, stored: 100, ..at(Tier::Archive, 4) },
    ];
    let plan = planned(&items, &Policy { max_archive: 200, ..never() }, OPEN, NOW);
    assert_eq!(moved(&items, &plan), BTreeSet::from([(Action::Remove, 3)]));
}
