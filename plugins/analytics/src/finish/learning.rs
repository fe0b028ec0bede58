//! Whether known failures become rarer.

use super::Reading;
use super::weeks::{Rate, Span, Weeks};
use crate::report::{Cell, Line, Report, named};
use std::cmp::Reverse;

/// A line of the series: its title, and which limit it shows.
type Limit = (&'static str, fn(Rate) -> f64);

impl Reading<'_> {
    pub(super) fn learning(&self, report: &mut Report) {
        let mut total = Span::default();
        self.recurrences.all.values().for_each(|span| total.add(*span));
        report.count("learning.recurrences", "Recurrences of known groups", total.recurrences, "incidents");
        if let Some(Rate { rate, low, high }) = self.rate(total) {
            let confidence = f64::from(self.rules.learning.confidence) / 100.0;
            report.metric("learning.rate", "Recurrences in 1,000 calls", rate, "");
            report.metric("learning.rate.low", "Recurrences in 1,000 calls, lower limit", low, "");
            report.metric("learning.rate.high", "Recurrences in 1,000 calls, upper limit", high, "");
            report.metric("learning.confidence", "Confidence of these limits", confidence, "ratio");
        }
        self.week_by_week(report);
        self.latest_weeks(report);
    }

    /// The rate of some time, if there was enough of it.
    fn rate(&self, span: Span) -> Option<Rate> {
        let rules = &self.rules.learning;
        if span.calls < rules.calls { None } else { span.rate(rules.confidence) }
    }

    fn week_by_week(&self, report: &mut Report) {
        let limits: [Limit; 3] =
            [("rate", |rate| rate.rate), ("lower limit", |rate| rate.low), ("upper limit", |rate| rate.high)];
        let lines = limits.map(|(title, value)| self.line(title, &self.recurrences.all, value));
        report.series("learning.rate", "Recurrences of known groups in 1,000 calls, by week", "", lines.into());
        let calls = |weeks: &&Weeks| weeks.values().fold(0, |sum: u64, span| sum.saturating_add(span.calls));
        let busiest = self.rows(self.recurrences.projects.iter().map(|(name, weeks)| (*name, weeks)), calls);
        let lines = busiest.into_iter().map(|(name, weeks)| self.line(named(name), weeks, |rate| rate.rate));
        report.series(
            "learning.projects",
            "Recurrences of known groups in 1,000 calls, by project and week",
            "",
            lines.collect(),
        );
    }

    fn line(&self, title: &str, weeks: &Weeks, value: fn(Rate) -> f64) -> Line {
        let shown = weeks.iter().filter(|(week, _)| **week > self.oldest());
        let points = shown.filter_map(|(week, span)| Some((self.zone.week_begins(*week), value(self.rate(*span)?))));
        Line { title: title.to_owned(), points: points.collect() }
    }

    /// The last week that is too old to be shown.
    fn oldest(&self) -> i32 {
        let last = self.recurrences.all.last_key_value().map_or(0, |(week, _)| *week);
        last.saturating_sub(self.rules.tables.weeks as i32)
    }

    fn latest_weeks(&self, report: &mut Report) {
        let projects = self.recurrences.projects.iter();
        let weeks = projects.flat_map(|(name, weeks)| weeks.iter().map(move |(week, span)| (*week, *span, *name)));
        let shown = weeks.filter(|(week, ..)| *week > self.oldest());
        let mut rated: Vec<_> = shown.filter_map(|row| Some((row, self.rate(row.1)?))).collect();
        rated.sort_by_key(|((week, span, name), _)| (Reverse((*week, span.calls)), *name));
        rated.truncate(self.rules.tables.rows as usize);
        let rows = rated.into_iter().map(|((week, span, name), Rate { rate, low, high })| {
            let mut row = vec![Cell::Integer(self.zone.week_begins(week)), Cell::name(name)];
            row.extend([span.calls, span.recurrences].map(Cell::count));
            row.extend([rate, low, high].map(Cell::Real));
            row
        });
        report.table(
            "learning.weeks",
            "Recurrences of known groups by project and week, the latest first",
            &[
                ("week", "Week from", "time"),
                ("project", "Project", ""),
                ("calls", "Answered calls", "calls"),
                ("recurrences", "Recurrences", "incidents"),
                ("rate", "In 1,000 calls", ""),
                ("low", "Lower limit", ""),
                ("high", "Upper limit", ""),
            ],
            rows.collect(),
        );
    }
}
