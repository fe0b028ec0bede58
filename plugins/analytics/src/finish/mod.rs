//! From the sums to the report.

mod failures;
mod insights;
mod latency;
mod learning;
mod recurrence;
mod resources;
mod tools;
mod trend;
mod usage;
mod weeks;

use crate::report::Report;
use crate::rules::Rules;
use crate::state::{Project, State};
use crate::sum::Sum;
use crate::zone::Zone;
use weeks::Recurrences;

/// What a report is made of.
struct Reading<'s> {
    state: &'s State,
    rules: &'s Rules,
    zone: Zone,
    /// All projects together.
    total: Project,
    recurrences: Recurrences<'s>,
}

/// Reports on all that was gathered.
pub(crate) fn finish(state: &State, rules: &Rules, zone: Zone) -> Report {
    let mut total = Project::default();
    state.projects.iter().for_each(|(_, project)| total.add(project.clone()));
    let recurrences = Recurrences::of(state);
    let reading = Reading { state, rules, zone, total, recurrences };
    let mut report = Report::default();
    reading.usage(&mut report);
    reading.tools(&mut report);
    reading.latency(&mut report);
    reading.failures(&mut report);
    reading.resources(&mut report);
    reading.recurrence(&mut report);
    reading.learning(&mut report);
    reading.insights(&mut report);
    report
}

impl Reading<'_> {
    /// The rows that a table shows: those with the greatest values, by name where these are equal.
    fn rows<'t, T>(&self, rows: impl Iterator<Item = (&'t str, T)>, rank: impl Fn(&T) -> u64) -> Vec<(&'t str, T)> {
        let mut rows: Vec<_> = rows.collect();
        // The sort is stable, and the rows come in the order of their names.
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(rank(row)));
        rows.truncate(self.rules.tables.rows as usize);
        rows
    }
}
