//! `logwright stats`.

mod reports;

use super::context::Context;
use super::failure::{DONE, Failure};
use super::when::parse_when;
use crate::plugin::CATEGORIES;
use crate::store::{GroupTally, Range};
use crate::terminal::chart::{Bar, Stack, bars, days, stacks};
use crate::terminal::{Format, Line, Meaning, Span, wording};
use crate::view::{Stats, category_table, day_table, label_table, last_part, model_table, project_table, tool_table};

/// Rows of the charts over days.
const HEIGHT: usize = 5;
/// Bars that are drawn of each kind.
const BARS: usize = 12;

/// Show tokens, tools, failures and categories in charts
///
/// Machine formats give the same figures as tables: days, models, projects, tools,
/// categories and labels.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Count from this day, or so long ago: 2026-01-31, 12h, 7d, 4w
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Count to the beginning of this day, or until so long ago
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only projects whose path contains this
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
    /// Only sessions whose id begins with this
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Show every row as a table, without charts
    #[arg(long)]
    tables: bool,
    /// Show what analyzers report on the whole house: all of them, or the one named
    #[arg(long, value_name = "ANALYZER", num_args = 0..=1, default_missing_value = "",
        conflicts_with_all = ["since", "until", "project", "session"])]
    report: Option<String>,
}

impl Arguments {
    /// Whether the whole house is meant.
    fn is_unbounded(&self) -> bool {
        self.since.is_none() && self.until.is_none() && self.project.is_none() && self.session.is_none()
    }
}

/// What a chart counts of a day.
type Count = fn(&GroupTally) -> u64;

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    if let Some(name) = &arguments.report {
        return reports::run(context, name, arguments.tables);
    }
    let when = |text: &Option<String>| text.as_deref().map(|text| parse_when(text, context)).transpose();
    let range = Range {
        since: when(&arguments.since)?,
        until: when(&arguments.until)?,
        project: arguments.project.clone(),
        session: arguments.session.clone(),
    };
    let stats = Stats::read(&context.reader()?, &range, context.terminal.look().zone)?;
    if arguments.tables || context.terminal.format() != Format::Table {
        let is_short = context.terminal.format() == Format::Table;
        let tables = [
            day_table(&stats, is_short),
            model_table(&stats),
            project_table(&stats, is_short),
            tool_table(&stats),
            category_table(&stats),
            label_table(&stats),
        ];
        context.terminal.tables(&tables)?;
        return Ok(DONE);
    }
    if stats.categories.is_empty() {
        context.terminal.note("no events in that range");
        return Ok(DONE);
    }
    draw_days(context, &stats)?;
    draw_groups(context, "model", &stats.models, str::to_owned)?;
    draw_groups(context, "project", &stats.projects, |path| last_part(path).to_owned())?;
    draw_tools(context, &stats)?;
    draw_categories(context, &stats)?;
    if arguments.is_unbounded() {
        reports::draw_insights(context)?;
    }
    Ok(DONE)
}

fn draw_days(context: &mut Context, stats: &Stats) -> Result<(), Failure> {
    let in_a_row = stats.days_in_a_row();
    let Some((first, _)) = in_a_row.first() else { return Ok(()) };
    let terminal = &mut context.terminal;
    let canvas = terminal.canvas();
    let series: [(&str, Count); 3] = [
        ("Output tokens by day", |day| day.tokens.output),
        ("Tool calls by day", |day| day.calls),
        ("Failed tool calls by day", |day| day.failures),
    ];
    for (index, (title, value)) in series.into_iter().enumerate() {
        let values: Vec<f64> = in_a_row.iter().map(|(_, day)| value(day) as f64).collect();
        if index > 0 && values.iter().all(|value| *value == 0.0) {
            continue;
        }
        if index > 0 {
            terminal.line(&[])?;
        }
        terminal.heading(title)?;
        terminal.lines(&days(*first, &values, HEIGHT, |value| wording::integer(value as i64), canvas))?;
    }
    let earlier = stats.days[..stats.days.len() - in_a_row.len()].iter();
    match earlier.filter(|(_, day)| *day != GroupTally::default()).count() {
        0 => Ok(()),
        earlier => {
            let left_out = wording::count(earlier as u64, "earlier day is", "earlier days are");
            let text = format!("{left_out} left out; `--tables` shows all");
            Ok(terminal.hanging(&[Span::new(text, Meaning::Dim)], 0)?)
        }
    }
}

/// Two pictures for each way to divide: what was written, and of which category the events were.
fn draw_groups(
    context: &mut Context,
    title: &str,
    groups: &[(String, GroupTally)],
    shown: impl Fn(&str) -> String,
) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    let canvas = terminal.canvas();
    let label = |name: &str| if name.is_empty() { "(none)".to_owned() } else { shown(name) };
    let written: Vec<Bar> = groups
        .iter()
        .filter(|(_, group)| group.responses > 0)
        .take(BARS)
        .map(|(name, group)| Bar {
            label: label(name),
            value: group.tokens.output as f64,
            shown: format!("{} of {}", short(group.tokens.output), short(group.all_tokens())),
            meaning: Meaning::Accent,
        })
        .collect();
    terminal.line(&[])?;
    terminal.heading(&format!("Output tokens, of all tokens, by {title}"))?;
    terminal.lines(&bars(&written, canvas))?;
    let judged: Vec<Stack> = groups
        .iter()
        .take(BARS)
        .map(|(name, group)| {
            let failed = if group.failures == 0 {
                String::new()
            } else {
                format!(", {} failed", wording::integer(group.failures as i64))
            };
            Stack {
                label: label(name),
                parts: group.categories.iter().map(|count| *count as f64).collect(),
                shown: format!("{}{failed}", wording::count(group.calls, "call", "calls")),
            }
        })
        .collect();
    terminal.line(&[])?;
    terminal.heading(&format!("Events by category and {title}"))?;
    terminal.lines(&stacks(&judged, &CATEGORIES, canvas))?;
    rest(context, groups.len().saturating_sub(BARS), title, &format!("{title}s"))
}

/// A large count in a few letters: 951 M.
fn short(count: u64) -> String {
    match count {
        0..10_000 => wording::integer(count as i64),
        10_000..10_000_000 => format!("{}k", wording::integer((count / 1000) as i64)),
        _ => format!("{}M", wording::integer((count / 1_000_000) as i64)),
    }
}

fn draw_tools(context: &mut Context, stats: &Stats) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    let canvas = terminal.canvas();
    let rows: Vec<Bar> = stats
        .tools
        .iter()
        .filter(|tool| tool.calls > 0)
        .take(BARS)
        .map(|tool| {
            let failed = match tool.failures {
                0 => String::new(),
                failures => format!(", {} failed", wording::integer(failures as i64)),
            };
            Bar {
                label: tool.tool.clone(),
                value: tool.calls as f64,
                shown: format!("{}{failed}", wording::integer(tool.calls as i64)),
                meaning: if tool.failures * 10 > tool.calls { Meaning::Bad } else { Meaning::Accent },
            }
        })
        .collect();
    terminal.line(&[])?;
    terminal.heading("Tool calls")?;
    terminal.lines(&bars(&rows, canvas))?;
    rest(context, stats.tools.iter().filter(|tool| tool.calls > 0).count().saturating_sub(BARS), "tool", "tools")
}

fn draw_categories(context: &mut Context, stats: &Stats) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    let canvas = terminal.canvas();
    let rows: Vec<Bar> = stats
        .categories
        .iter()
        .map(|row| {
            let errors = if row.errors == 0 {
                String::new()
            } else {
                format!(", {}", wording::count(row.errors, "error", "errors"))
            };
            Bar {
                label: match (row.category.as_str(), row.subcategory.as_str()) {
                    ("", _) => "(not judged)".to_owned(),
                    (category, "") => category.to_owned(),
                    (category, subcategory) => format!("{category} / {subcategory}"),
                },
                value: row.events as f64,
                shown: format!("{}{errors}", wording::integer(row.events as i64)),
                meaning: if row.category == "diagnostic" { Meaning::Warn } else { Meaning::Accent },
            }
        })
        .collect();
    terminal.line(&[])?;
    terminal.heading("Events by category")?;
    terminal.lines(&bars(&rows, canvas))?;
    if stats.labels.is_empty() {
        return Ok(());
    }
    let rows: Vec<Bar> = stats
        .labels
        .iter()
        .take(BARS)
        .map(|(label, events)| Bar {
            label: label.clone(),
            value: *events as f64,
            shown: wording::integer(*events as i64),
            meaning: Meaning::Warn,
        })
        .collect();
    terminal.line(&[])?;
    terminal.heading("What went wrong")?;
    terminal.lines(&bars(&rows, canvas))?;
    rest(context, stats.labels.len().saturating_sub(BARS), "label", "labels")
}

fn rest(context: &mut Context, more: usize, one: &str, many: &str) -> Result<(), Failure> {
    if more > 0 {
        let text = format!(
            "... {}; `--tables` shows all",
            wording::count(more as u64, &format!("more {one}"), &format!("more {many}"))
        );
        let line: Line = vec![Span::new(text, Meaning::Dim)];
        context.terminal.hanging(&line, 0)?;
    }
    Ok(())
}
