//! Which tools were called, and how they did.

use super::Reading;
use crate::report::{Cell, Report, share};

impl Reading<'_> {
    pub(super) fn tools(&self, report: &mut Report) {
        let total = &self.total;
        let resolved = self.state.tools.iter().map(|(_, tool)| tool.resolved).fold(0, u64::saturating_add);
        report.count("tools.calls", "Tool calls", total.calls, "calls");
        report.count("tools.failures", "Tool failures", total.failures, "failures");
        report.share("tools.failure_share", "Failures of all answered calls", total.failures, total.answers);
        report.share("tools.resolved_share", "Failures that were resolved", resolved, total.failures);
        if let Some(calls) = share(total.answers, total.failures) {
            report.metric("tools.calls_per_failure", "Answered calls for each failure", calls, "calls");
        }
        let rows = self.rows(self.state.tools.iter(), |tool| tool.calls.max(tool.answers));
        let rows = rows.into_iter().map(|(name, tool)| {
            let cause = self.rows(tool.causes.iter(), |cause| cause.incidents).into_iter().next();
            let mut row = vec![Cell::name(name)];
            row.extend([tool.calls, tool.answers, tool.failures].map(Cell::count));
            row.extend([Cell::share(tool.failures, tool.answers), Cell::share(tool.resolved, tool.failures)]);
            row.push(Cell::some((tool.failures > 0).then_some(tool.run.0)));
            row.push(cause.map_or(Cell::None, |(cause, _)| Cell::name(cause)));
            row.push(Cell::count(tool.excused));
            row
        });
        report.table(
            "tools",
            "Tools",
            &[
                ("tool", "Tool", ""),
                ("calls", "Calls", "calls"),
                ("answers", "Answered", "calls"),
                ("failures", "Failures", "failures"),
                ("failure_share", "Failure share", "ratio"),
                ("resolved_share", "Resolved", "ratio"),
                ("run", "Longest run of failures", "failures"),
                ("cause", "Most frequent cause", ""),
                ("excused", "Flagged, but no failure", "calls"),
            ],
            rows.collect(),
        );
    }
}
