//! What analyzers report, in charts and tables, whoever they are.

use super::HEIGHT;
use crate::cli::context::Context;
use crate::cli::failure::{Blame, DONE, Failure};
use crate::cli::plugin::suspension_of;
use crate::event::Severity;
use crate::plugin::{Role, Series};
use crate::terminal::chart::{days, sparkline};
use crate::terminal::{Format, Meaning, Span, wording};
use crate::view::{Reported, data_tables, even, insight_table, metric_table, report, series_tables, shown};
use std::collections::BTreeMap;

/// Rows of a table that are shown to people unless all are asked for.
const ROWS: usize = 15;
/// Columns of the titles before sparklines.
const TITLES: usize = 24;

/// What became of asking the analyzers.
#[derive(Default)]
struct Outcome {
    /// What they report.
    reported: Vec<Reported>,
    /// Why those that are suspended are, by their names.
    suspended: BTreeMap<String, String>,
    /// How many were asked for.
    asked: usize,
    /// How many of them failed.
    failed: usize,
}

impl Outcome {
    /// The exit code once all is shown that could be.
    fn code(&self) -> u8 {
        if self.failed > 0 { Blame::Plugin.code() } else { DONE }
    }
}

/// Lets the analyzers of the house report; `name` picks one, an empty one all.
fn reported(context: &mut Context, name: &str) -> Result<Outcome, Failure> {
    let (settings, _) = context.settings()?;
    let bench = context.bench(&settings)?;
    let reader = context.reader()?;
    let suspensions = reader.suspensions()?;
    let mut found = Outcome::default();
    let members = bench.lineup().members.iter().zip(bench.load()?);
    for (member, loaded) in members.filter(|(member, _)| member.role == Role::Analyzer) {
        if !name.is_empty() && member.name != name {
            continue;
        }
        found.asked += 1;
        if let Some(row) = suspension_of(&member.player(), bench.limits(), &suspensions) {
            found.suspended.insert(member.name.clone(), row.reason.clone());
        }
        let outcome = match loaded {
            Ok(loaded) => report(&reader, &mut loaded.analyzer()?)?,
            Err(fault) => Err(fault.clone()),
        };
        match outcome {
            Ok(reported) => found.reported.push(reported),
            Err(fault) => {
                found.failed += 1;
                context.terminal.warn(&fault.message);
            }
        }
    }
    Ok(found)
}

/// Shows whole reports.
pub fn run(context: &mut Context, name: &str, all_rows: bool) -> Result<u8, Failure> {
    let outcome = reported(context, name)?;
    if outcome.asked == 0 && !name.is_empty() {
        return Err(Failure::usage(format!("there is no report of an analyzer `{name}`"))
            .hint("`logwright plugin list` lists the analyzers"));
    }
    if outcome.asked == 0 {
        context.terminal.note("there is no analyzer, so there is nothing to report");
        context.terminal.hint("`logwright plugin list` says which are left out, and why");
    }
    for (plugin, reason) in &outcome.suspended {
        context.terminal.warn(&format!("{plugin} is suspended: {reason}"));
        context.terminal.hint(&format!("`logwright plugin resume {plugin}` lets it be asked again"));
    }
    let reported = &outcome.reported;
    if context.terminal.format() != Format::Table {
        let mut tables = vec![insight_table(reported)];
        for one in reported {
            tables.push(metric_table(one, false));
            tables.extend(data_tables(one));
            tables.extend(series_tables(one));
        }
        context.terminal.tables(&tables)?;
        return Ok(outcome.code());
    }
    for one in reported {
        draw(context, one, all_rows, outcome.suspended.contains_key(&one.plugin))?;
    }
    Ok(outcome.code())
}

/// Shows what deserves to be read, below the overview.
pub fn draw_insights(context: &mut Context) -> Result<(), Failure> {
    let reported = reported(context, "")?.reported;
    if reported.iter().any(|one| !one.report.insights.is_empty()) {
        context.terminal.line(&[])?;
    }
    for one in &reported {
        insights(context, one)?;
    }
    let names: Vec<&str> = reported.iter().map(|one| one.plugin.as_str()).collect();
    if !names.is_empty() {
        context
            .terminal
            .hint(&format!("`logwright stats --report` shows all that is reported by {}", names.join(", ")));
    }
    Ok(())
}

fn insights(context: &mut Context, reported: &Reported) -> Result<(), Failure> {
    if reported.report.insights.is_empty() {
        return Ok(());
    }
    context.terminal.heading(&format!("Worth knowing ({})", reported.plugin))?;
    for insight in &reported.report.insights {
        let meaning = match insight.severity {
            grave if grave >= Severity::ERROR => Meaning::Bad,
            grave if grave >= Severity::WARN => Meaning::Warn,
            _ => Meaning::Plain,
        };
        context.terminal.hanging(&[Span::new("- ", Meaning::Dim), Span::new(insight.text.clone(), meaning)], 2)?;
    }
    Ok(())
}

fn draw(context: &mut Context, reported: &Reported, all_rows: bool, suspended: bool) -> Result<(), Failure> {
    insights(context, reported)?;
    if reported.missing > 0 {
        let families = wording::count(reported.missing, "family", "families");
        context.terminal.note(&format!("{} gathered nothing of {families} of logs", reported.plugin));
        // It will see nothing while it is suspended, which was said.
        if !suspended {
            context.terminal.hint("`logwright ingest` lets it see what it has not seen");
        }
    }
    if !reported.report.metrics.is_empty() {
        context.terminal.line(&[])?;
        context.terminal.table(&metric_table(reported, true))?;
    }
    for series in reported.report.series.iter().filter(|series| series.lines.iter().any(|line| !line.points.is_empty()))
    {
        draw_series(context, series)?;
    }
    for mut table in data_tables(reported).into_iter().filter(|table| !table.rows.is_empty()) {
        let more = if all_rows { 0 } else { table.rows.len().saturating_sub(ROWS) };
        table.rows.truncate(table.rows.len() - more);
        context.terminal.line(&[])?;
        context.terminal.table(&table)?;
        if more > 0 {
            let text = format!("... {}; `--tables` shows all", wording::count(more as u64, "more row", "more rows"));
            context.terminal.hanging(&[Span::new(text, Meaning::Dim)], 0)?;
        }
    }
    Ok(())
}

/// One line as a chart over its days, several as one sparkline each.
fn draw_series(context: &mut Context, series: &Series) -> Result<(), Failure> {
    let canvas = context.terminal.canvas();
    context.terminal.line(&[])?;
    context.terminal.heading(&series.title)?;
    if let [line] = series.lines.as_slice()
        && let Some(even) = even(line).filter(|even| even.step == 1)
    {
        let lines = days(even.first, &even.values, HEIGHT, |value| shown(value, &series.unit), canvas);
        return Ok(context.terminal.lines(&lines)?);
    }
    for line in &series.lines {
        let values = match even(line) {
            Some(even) => even.values,
            None => line.points.iter().map(|(_, value)| *value).collect(),
        };
        let Some((_, last)) = line.points.last() else { continue };
        let title: String = line.title.chars().take(TITLES).collect();
        let narrow =
            crate::terminal::chart::Canvas { width: canvas.width.saturating_sub(TITLES + 16).max(8), ..canvas };
        context.terminal.hanging(
            &[
                Span::new(format!("{title:<TITLES$} "), Meaning::Accent),
                sparkline(&values, narrow, Meaning::Series(0)),
                Span::new(format!("  {}", shown(*last, &series.unit)), Meaning::Dim),
            ],
            TITLES,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn one_that_fails_is_told_by_the_exit_code() {
        assert_eq!(Outcome { asked: 2, ..Outcome::default() }.code(), 0);
        assert_eq!(Outcome { asked: 2, failed: 1, ..Outcome::default() }.code(), 4);
    }
}
