//! What failed, whose it is to mend, and how it was recovered from.

use super::Reading;
use crate::report::{Cell, Report};
use crate::state::Failures;

impl Reading<'_> {
    pub(super) fn failures(&self, report: &mut Report) {
        let Failures { incident, benign, echo, decision, unsaid } = &self.state.failures;
        let dispositions = [
            ("incident: something went wrong", *incident),
            ("benign: to be expected", *benign),
            ("echo: another failure repeated", *echo),
            ("decision: a person said no", *decision),
            ("nobody said", *unsaid),
        ];
        let all = dispositions.iter().fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        report.count("failures.flagged", "Events flagged as failures", all, "failures");
        report.count("failures.incidents", "Incidents", *incident, "incidents");
        let rows = dispositions.into_iter().filter(|(_, count)| *count > 0);
        let rows = rows.map(|(name, count)| vec![Cell::name(name), Cell::count(count), Cell::share(count, all)]);
        report.table(
            "failures.dispositions",
            "What became of flagged failures",
            &[("disposition", "Disposition", ""), ("count", "Count", "failures"), ("share", "Share", "ratio")],
            rows.collect(),
        );
        let causes = self.state.causes.iter();
        let causes = causes.flat_map(|(cause, owners)| owners.iter().map(move |(owner, sum)| (cause, (owner, sum))));
        let rows = self.rows(causes, |(_, sum)| sum.incidents).into_iter().map(|(cause, (owner, sum))| {
            let resolved = sum.repeated.saturating_add(sum.changed);
            let mut row = vec![Cell::name(cause), Cell::name(owner)];
            row.extend([sum.incidents, sum.families].map(Cell::count));
            row.extend([Cell::share(resolved, sum.incidents), Cell::share(sum.changed, resolved)]);
            row.push(Cell::some(sum.recovery.percentile(50, self.rules.latency.steps)));
            row
        });
        report.table(
            "failures.causes",
            "Incidents by cause",
            &[
                ("cause", "Cause", ""),
                ("owner", "Whose to mend", ""),
                ("incidents", "Incidents", "incidents"),
                ("families", "Families", ""),
                ("resolved_share", "Resolved", "ratio"),
                ("changed_share", "Of these by another input", "ratio"),
                ("recovery", "Median time to recovery", "ms"),
            ],
            rows.collect(),
        );
    }
}
