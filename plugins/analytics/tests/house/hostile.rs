//! Logs that want to do harm.

use crate::family::{Family, analytics, with, word};
use analytics::{Analytics, Cell, Cost, DEFAULT, Event, Incident, Report, Rules};

/// The least limit that a call's output has by default.
const OUTPUT: usize = 1 << 20;

fn assert_sound(report: &Report) {
    assert!(report.metrics.iter().all(|metric| metric.value.is_finite()));
    for table in &report.tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
        let cells = table.rows.iter().flatten();
        assert!(
            cells.into_iter().all(|cell| !matches!(cell, Cell::Real(value) if !value.is_finite())),
            "{}",
            table.name
        );
    }
    for line in report.series.iter().flat_map(|series| &series.lines) {
        assert!(line.points.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(line.points.iter().all(|(_, value)| value.is_finite()));
    }
    let mut names: Vec<_> = report.metrics.iter().map(|metric| metric.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), report.metrics.len());
}

fn reported(mut analytics: Analytics, states: &[Vec<u8>]) -> Report {
    states.iter().for_each(|state| analytics.merge(state).unwrap());
    analytics.finish()
}

#[test]
fn nothing_gives_a_report_without_numbers_that_are_none() {
    for states in [vec![], vec![Family::new().saved(128)]] {
        let report = reported(analytics(), &states);
        assert_sound(&report);
        assert!(report.tables.is_empty() && report.series.is_empty() && report.insights.is_empty());
    }
}

#[test]
fn the_greatest_numbers_neither_panic_nor_overflow() {
    let mut family = Family::new();
    for time in [i64::MIN, -1, 0, 1, 253_402_300_799_999, 253_402_300_800_000, i64::MAX] {
        for kind in ["usage", "tool-call", "tool-result", "hook", "compaction"] {
            let at = family.push(Event {
                kind: word(kind),
                status: word("error"),
                session: word("s1"),
                tool: word("Edit"),
                time,
                duration: u64::MAX,
                size: u64::MAX,
                ..Event::default()
            });
            let [input, output, cache_creation, cache_read] = [u64::MAX; 4];
            family.costs.push(Cost { event: at, input, output, cache_creation, cache_read });
            family.incidents.push(Incident {
                event: at,
                disposition: word("incident"),
                fingerprint: word("edit.no_match"),
                resolution: word("changed"),
                resolved_after: u64::MAX,
                ..Incident::default()
            });
        }
    }
    let state = family.saved(3);
    assert_sound(&reported(analytics(), &[state.clone(), state.clone(), state]));
}

/// A family in which every name is a new one, and long.
fn crowded(seed: u64) -> Family {
    let mut family = Family::new();
    let name = |what: &str, number: u64, family: &mut Family| {
        family.names.push(format!("{what}-{seed}-{number}-{}", "é".repeat(300)));
        family.names.len() as u32 - 1
    };
    for number in 0..6_000u64 {
        let [tool, session, project, model, group, cause] =
            ["tool", "session", "project", "model", "group", "cause"].map(|what| name(what, number, &mut family));
        for kind in ["usage", "tool-call", "tool-result"] {
            let at = family.push(Event {
                kind: word(kind),
                status: word("error"),
                session,
                project,
                model,
                tool,
                time: 86_400_000 * (number as i64 + 1),
                duration: number.pow(3),
                ..Event::default()
            });
            family.incidents.push(Incident {
                event: at,
                disposition: word("incident"),
                fingerprint: group,
                cause,
                owner: word("agent"),
                resolution: word("changed"),
                resolved_after: 86_400_000 * (number % 40),
            });
        }
    }
    family
}

#[test]
fn many_names_are_bounded_and_still_add_up_in_any_order() {
    let states: Vec<_> = (0..40).map(|seed| crowded(seed).saved(6_000)).collect();
    assert!(states.iter().all(|state| state.len() < OUTPUT), "{:?}", states.iter().map(Vec::len).max());
    let rules = Rules::parse(&DEFAULT.replace("rows = 20", "rows = 1000").replace("calls = 100", "calls = 1")).unwrap();
    let report = reported(with(rules.clone()), &states);
    assert_sound(&report);
    let calls = report.metrics.iter().find(|metric| metric.name == "tools.calls").unwrap();
    assert_eq!(calls.value, 40.0 * 6_000.0);
    let tools = report.tables.iter().find(|table| table.name == "tools").unwrap();
    assert_eq!(tools.rows.len(), 512 + 1);
    let backwards: Vec<_> = states.into_iter().rev().collect();
    assert_eq!(reported(with(rules), &backwards), report);
}
