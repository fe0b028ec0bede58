//! How long tools take.

use super::Reading;
use crate::report::{Cell, Report};
use crate::state::Tool;

impl Reading<'_> {
    /// The tools that do not wait for a person.
    pub(super) fn machines(&self) -> impl Iterator<Item = (&str, &Tool)> {
        self.state.tools.iter().filter(|(name, _)| {
            !self.rules.latency.people.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == pattern,
            })
        })
    }

    pub(super) fn latency(&self, report: &mut Report) {
        let steps = self.rules.latency.steps;
        let waited = self.machines().map(|(_, tool)| tool.times.sum()).fold(0, u64::saturating_add);
        report.count("latency.total", "Time spent in tools", waited, "ms");
        let timed = self.machines().filter(|(_, tool)| tool.times.total() >= self.rules.latency.minimum.max(1));
        let rows = self.rows(timed, |tool| tool.times.percentile(90, steps).unwrap_or(0));
        let rows = rows.into_iter().map(|(name, tool)| {
            let times = &tool.times;
            let mut row = vec![Cell::name(name), Cell::count(times.total())];
            row.extend([50, 90, 99].map(|percent| Cell::some(times.percentile(percent, steps))));
            row.extend([Cell::count(times.longest()), Cell::count(times.sum()), Cell::share(times.sum(), waited)]);
            row
        });
        report.table(
            "latency",
            "Time of tools, the slowest first",
            &[
                ("tool", "Tool", ""),
                ("timed", "Timed", "calls"),
                ("median", "Median", "ms"),
                ("p90", "90th percentile", "ms"),
                ("p99", "99th percentile", "ms"),
                ("longest", "Longest", "ms"),
                ("total", "Total", "ms"),
                ("share", "Share of all tools' time", "ratio"),
            ],
            rows.collect(),
        );
    }
}
