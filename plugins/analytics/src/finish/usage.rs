//! Who used what, and when.

use super::Reading;
use crate::report::{Cell, Line, Report};
use crate::state::Day;
use std::collections::BTreeMap;

/// Name, title and unit of a series, and what it shows of a day.
type Daily = (&'static str, &'static str, &'static str, fn(&Day) -> u64);

impl Reading<'_> {
    pub(super) fn usage(&self, report: &mut Report) {
        let (state, total) = (self.state, &self.total);
        let tokens = &total.tokens;
        for (name, title, count, unit) in [
            ("usage.families", "Families of logs (a session with its copies)", state.families, ""),
            ("usage.sessions", "Sessions", total.sessions, "sessions"),
            ("usage.prompts", "Prompts", total.prompts, "prompts"),
            ("usage.responses", "Model responses", total.responses, "responses"),
            ("usage.days", "Days with activity", state.days.len() as u64, "days"),
            ("usage.hours", "Hours with activity", self.hours(), "hours"),
            ("usage.tokens.input", "Input tokens read anew", tokens.input, "tokens"),
            ("usage.tokens.output", "Output tokens", tokens.output, "tokens"),
            ("usage.tokens.cache_creation", "Input tokens written to the cache", tokens.cache_creation, "tokens"),
            ("usage.tokens.cache_read", "Input tokens read from the cache", tokens.cache_read, "tokens"),
        ] {
            report.count(name, title, count, unit);
        }
        self.models(report);
        self.projects(report);
        self.day_by_day(report);
        let hours = state.hours.iter().map(|(hour, prompts)| vec![Cell::Integer(hour.into()), Cell::count(*prompts)]);
        report.table(
            "usage.hour_of_day",
            "Prompts by hour of the day",
            &[("hour", "Hour", ""), ("prompts", "Prompts", "prompts")],
            hours.collect(),
        );
    }

    fn hours(&self) -> u64 {
        self.state.days.iter().map(|(_, day)| u64::from(day.hours.0.count_ones())).sum()
    }

    fn models(&self, report: &mut Report) {
        let rows = self.rows(self.state.models.iter(), |model| model.tokens.output);
        let rows = rows.into_iter().map(|(name, model)| {
            let tokens = &model.tokens;
            let mut row = vec![Cell::name(name), Cell::count(model.responses)];
            row.extend([tokens.input, tokens.output, tokens.cache_creation, tokens.cache_read].map(Cell::count));
            row.push(Cell::share(tokens.cache_read, tokens.read()));
            row
        });
        report.table(
            "usage.models",
            "Use by model",
            &[
                ("model", "Model", ""),
                ("responses", "Responses", "responses"),
                ("input", "Input", "tokens"),
                ("output", "Output", "tokens"),
                ("cache_creation", "Cache written", "tokens"),
                ("cache_read", "Cache read", "tokens"),
                ("cache_share", "Cache hits", "ratio"),
            ],
            rows.collect(),
        );
    }

    fn projects(&self, report: &mut Report) {
        let rows = self.rows(self.state.projects.iter(), |project| project.tokens.output);
        let rows = rows.into_iter().map(|(name, project)| {
            let mut row = vec![Cell::name(name)];
            row.extend([project.sessions, project.prompts, project.responses, project.calls].map(Cell::count));
            row.extend([Cell::count(project.failures), Cell::share(project.failures, project.answers)]);
            row.push(Cell::count(project.tokens.output));
            row
        });
        report.table(
            "usage.projects",
            "Use by project",
            &[
                ("project", "Project", ""),
                ("sessions", "Sessions", "sessions"),
                ("prompts", "Prompts", "prompts"),
                ("responses", "Responses", "responses"),
                ("calls", "Tool calls", "calls"),
                ("failures", "Failures", "failures"),
                ("failure_share", "Failure share", "ratio"),
                ("output", "Output", "tokens"),
            ],
            rows.collect(),
        );
    }

    fn day_by_day(&self, report: &mut Report) {
        let lines: [Daily; 4] = [
            ("usage.daily.output", "Output tokens by day", "tokens", |day| day.output),
            ("usage.daily.prompts", "Prompts by day", "prompts", |day| day.prompts),
            ("usage.daily.sessions", "Sessions begun by day", "sessions", |day| day.sessions),
            ("tools.daily.failures", "Tool failures by day", "failures", |day| day.failures),
        ];
        let Some((last, _)) = self.state.days.iter().next_back() else { return };
        let shown: BTreeMap<i32, &Day> = self
            .state
            .days
            .iter()
            .filter(|(day, _)| *day > last.saturating_sub(self.rules.tables.days as i32))
            .collect();
        let Some((first, _)) = shown.first_key_value() else { return };
        for (name, title, unit, value) in lines {
            // A day without anything is a zero and no gap.
            let points = (*first..=last)
                .map(|day| (self.zone.day_begins(day), shown.get(&day).map_or(0.0, |held| value(held) as f64)));
            report.series(name, title, unit, vec![Line { title: String::new(), points: points.collect() }]);
        }
    }
}
