//! What an analyzer may say and save, and what is said of one that says something else.

use super::guests::{Calls, Started, observed, state, wat};
use super::{limits, load};
use crate::event::Severity;
use crate::plugin::{
    Analyzer, DataCell, DataColumn, DataTable, FaultKind, Insight, Limits, Metric, Plugin, Points, Report, Role,
    SandboxedAnalyzer, Series,
};

fn analyzer(limits: Limits) -> SandboxedAnalyzer {
    load(Role::Analyzer, &wat(Role::Analyzer), limits).unwrap().analyzer().unwrap()
}

/// The report on so many events.
fn report(events: f64) -> Report {
    let column = |name: &str, title: &str, unit: &str| DataColumn {
        name: name.to_owned(),
        title: title.to_owned(),
        unit: unit.to_owned(),
    };
    Report {
        metrics: vec![Metric { name: "calls.all".into(), title: "Calls".into(), value: events, unit: "calls".into() }],
        tables: vec![DataTable {
            name: "tools".into(),
            title: "Calls".into(),
            columns: vec![column("tools", "tools", ""), column("calls", "Calls", "calls")],
            rows: vec![vec![DataCell::Text("Bash".into()), DataCell::Real(0.5)]],
        }],
        series: vec![Series {
            name: "calls.all".into(),
            title: "Calls".into(),
            unit: "calls".into(),
            lines: vec![Points { title: String::new(), points: vec![(1000, 1.0), (2000, 2.0)] }],
        }],
        insights: vec![Insight { severity: Severity::INFO, text: "Most calls succeed".into() }],
    }
}

#[test]
fn what_is_saved_of_families_is_merged_and_reported() {
    let mut analyzer = analyzer(limits());
    let mut saved = Vec::new();
    for batches in [1, 2] {
        for _ in 0..batches {
            analyzer.observe(&observed(0, 0)).unwrap();
        }
        saved.push(analyzer.save().unwrap());
        analyzer.renew();
    }
    assert_eq!(saved, [state(0, 0, 3), state(0, 0, 6)]);
    saved.iter().for_each(|state| analyzer.merge(state).unwrap());
    assert_eq!(analyzer.finish(), Ok(report(9.0)));
    analyzer.renew();
    assert_eq!(analyzer.finish(), Ok(report(0.0)));
    assert!(!analyzer.may_be_critical());
}

#[test]
fn after_a_fault_what_was_gathered_is_gone() {
    let mut analyzer = analyzer(limits());
    analyzer.observe(&observed(0, 0)).unwrap();
    analyzer.observe(&observed(3, 0)).unwrap_err();
    assert_eq!(analyzer.save(), Ok(state(0, 0, 0)));
}

#[test]
fn the_bound_of_what_is_saved_is_met_exactly() {
    let mut analyzer = analyzer(Limits { output_bytes: 10_000, ..limits() });
    analyzer.observe(&observed(0, 4)).unwrap();
    assert_eq!(analyzer.save().unwrap().len(), 10_000);
    analyzer.observe(&observed(0, 5)).unwrap();
    let fault = analyzer.save().unwrap_err();
    let said = "test-guest 1.2.3 returned more than it may: at most 10000 bytes; \
                to allow more, raise `output` under [plugin.limits]";
    assert_eq!((fault.kind, fault.message.as_str()), (FaultKind::Output, said));
    assert!(analyzer.save().is_ok());
}

#[test]
fn lies_are_named_by_their_place() {
    for (way, said) in [
        (5, "row 0 of table 0 has 1 cells for 2 columns"),
        (7, "the value of metric 0 is NaN, which is no finite number"),
        (8, "cell 1 of row 0 of table 0 is inf, which is no finite number"),
        (14, "point 1 of line 0 of series 0 is earlier than the one before"),
        (16, "the name of metric 0 is `Most calls succeed`, where letters, digits, `.`, `_` and `-` are allowed"),
        (20, "the severity of insight 0 is 0, where 1 to 24 are allowed"),
    ] {
        let mut guest = Started::new(Calls::Finish, limits());
        let fault = guest.call(way).unwrap_err();
        assert_eq!(
            (fault.kind, fault.message),
            (FaultKind::Invalid, format!("test-guest 1.2.3 broke the contract: {said}"))
        );
        assert_eq!(guest.call(0), Ok(()));
    }
}

#[test]
fn a_cell_of_no_known_kind_cannot_be_read() {
    let mut guest = Started::new(Calls::Finish, limits());
    let fault = guest.call(6).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Invalid);
    let start = "test-guest 1.2.3 gave back something that cannot be read when it was to report: ";
    assert!(fault.message.starts_with(start), "{fault}");
    assert_eq!(guest.call(0), Ok(()));
}
