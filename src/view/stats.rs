//! Tokens, tools, failures and categories, by day, model and project.

use super::sessions::last_part;
use crate::plugin::CATEGORIES;
use crate::store::{Activity, CategoryTally, GroupTally, Range, Reader, StoreError, ToolTally};
use crate::terminal::{Cell, Column, Meaning, Table, Zone};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// All that the overview counts.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// What happened on each local day, without gaps.
    pub days: Vec<(NaiveDate, GroupTally)>,
    /// What happened with each model, the one that wrote most first.
    pub models: Vec<(String, GroupTally)>,
    /// What happened in each project, the one in which most was written first.
    pub projects: Vec<(String, GroupTally)>,
    /// Calls by tool.
    pub tools: Vec<ToolTally>,
    /// Events by category and subcategory.
    pub categories: Vec<CategoryTally>,
    /// Events by label.
    pub labels: Vec<(String, u64)>,
}

/// A longer gap between two days with any activity is not filled: some clock was wrong.
const LONGEST_GAP: usize = 10_000;

impl Stats {
    /// Counts what lies in the range; days are those of the zone.
    pub fn read(reader: &Reader, range: &Range, zone: Zone) -> Result<Stats, StoreError> {
        let activity = reader.activity(range)?;
        Ok(Stats {
            days: by_day(&activity, zone),
            models: by_name(&activity, |part| &part.model),
            projects: by_name(&activity, |part| &part.project),
            tools: reader.tools(range)?,
            categories: reader.categories(range)?,
            labels: reader.labels(range)?,
        })
    }
}

impl Stats {
    /// The days up to the last one that follow each other without a gap.
    pub fn days_in_a_row(&self) -> &[(NaiveDate, GroupTally)] {
        let is_gap = |pair: &[(NaiveDate, GroupTally)]| pair[0].0.succ_opt() != Some(pair[1].0);
        let start = self.days.windows(2).rposition(is_gap).map_or(0, |at| at + 1);
        &self.days[start..]
    }
}

fn by_name(activity: &[Activity], name: impl Fn(&Activity) -> &String) -> Vec<(String, GroupTally)> {
    let mut groups: BTreeMap<&String, GroupTally> = BTreeMap::new();
    for part in activity {
        groups.entry(name(part)).or_default().add(&part.counts);
    }
    let mut groups: Vec<_> = groups.into_iter().map(|(name, counts)| (name.clone(), counts)).collect();
    groups.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.tokens.output));
    groups
}

fn by_day(activity: &[Activity], zone: Zone) -> Vec<(NaiveDate, GroupTally)> {
    let mut days: BTreeMap<NaiveDate, GroupTally> = BTreeMap::new();
    for part in activity {
        if let Some(date) = part.slot.and_then(|slot| zone.date(slot)) {
            days.entry(date).or_default().add(&part.counts);
        }
    }
    let mut whole: Vec<(NaiveDate, GroupTally)> = Vec::new();
    for (date, day) in days {
        if let Some((last, _)) = whole.last() {
            let between = last.iter_days().skip(1).take_while(|between| *between < date);
            let gap: Vec<NaiveDate> = between.take(LONGEST_GAP).collect();
            if gap.len() < LONGEST_GAP {
                whole.extend(gap.into_iter().map(|between| (between, GroupTally::default())));
            }
        }
        whole.push((date, day));
    }
    whole
}

fn group_table<'a>(
    key: &'static str,
    title: &'static str,
    rows: impl Iterator<Item = (Cell, &'a GroupTally)>,
) -> Table {
    let mut columns = vec![
        Column::new(key, title).meaning(Meaning::Accent).shrink(1),
        Column::new("prompts", "Prompts"),
        Column::new("responses", "Responses"),
        Column::new("tool_calls", "Calls"),
        Column::new("failures", "Failed").meaning(Meaning::Bad),
        Column::new("input_tokens", "Input"),
        Column::new("output_tokens", "Output"),
        Column::new("cache_creation_tokens", "Cache written"),
        Column::new("cache_read_tokens", "Cache read"),
    ];
    columns.extend(CATEGORIES.map(|category| Column::new(category, capitalised(category))));
    let mut table = Table::new(columns);
    for (name, group) in rows {
        let mut row = vec![
            name,
            Cell::from(group.prompts),
            Cell::from(group.responses),
            Cell::from(group.calls),
            Cell::from(group.failures),
            Cell::from(group.tokens.input),
            Cell::from(group.tokens.output),
            Cell::from(group.tokens.cache_creation),
            Cell::from(group.tokens.cache_read),
        ];
        row.extend(group.categories.map(Cell::from));
        table.push(row);
    }
    table
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn name(name: &str) -> Cell {
    if name.is_empty() { Cell::Null } else { Cell::from(name) }
}

/// What happened on each day; for people only days on which anything did.
pub fn day_table(stats: &Stats, is_short: bool) -> Table {
    let days = stats.days.iter().filter(|(_, day)| !is_short || *day != GroupTally::default());
    group_table("day", "Day", days.map(|(date, day)| (Cell::from(date.to_string()), day))).named("days", "By day")
}

/// What happened with each model. Events that no model caused have none.
pub fn model_table(stats: &Stats) -> Table {
    group_table("model", "Model", stats.models.iter().map(|(model, group)| (name(model), group)))
        .named("models", "By model")
}

/// What happened in each project; for people the last part of its path.
pub fn project_table(stats: &Stats, is_short: bool) -> Table {
    let shown = |path: &str| name(if is_short { last_part(path) } else { path });
    group_table("project", "Project", stats.projects.iter().map(|(project, group)| (shown(project), group)))
        .named("projects", "By project")
}

/// Calls by tool.
pub fn tool_table(stats: &Stats) -> Table {
    let mut table = Table::new([
        Column::new("tool", "Tool").meaning(Meaning::Accent),
        Column::new("calls", "Calls"),
        Column::new("failures", "Failed").meaning(Meaning::Bad),
        Column::new("failure_share", "Share"),
        Column::new("median_ms", "Median time"),
        Column::new("longest_ms", "Longest"),
    ])
    .named("tools", "By tool");
    for tool in &stats.tools {
        let share = if tool.calls == 0 { Cell::Null } else { Cell::Percent(tool.failures as f64 / tool.calls as f64) };
        table.push([
            name(&tool.tool),
            Cell::from(tool.calls),
            Cell::from(tool.failures),
            share,
            tool.median_ms.map_or(Cell::Null, Cell::Duration),
            tool.longest_ms.map_or(Cell::Null, Cell::Duration),
        ]);
    }
    table
}

/// Events by category.
pub fn category_table(stats: &Stats) -> Table {
    let mut table = Table::new([
        Column::new("category", "Category"),
        Column::new("subcategory", "Subcategory").meaning(Meaning::Accent),
        Column::new("events", "Events"),
        Column::new("errors", "Errors").meaning(Meaning::Bad),
    ])
    .named("categories", "By category");
    for row in &stats.categories {
        table.push([name(&row.category), name(&row.subcategory), Cell::from(row.events), Cell::from(row.errors)]);
    }
    table
}

/// Events by label.
pub fn label_table(stats: &Stats) -> Table {
    let columns = [Column::new("label", "Label").meaning(Meaning::Accent), Column::new("events", "Events")];
    let mut table = Table::new(columns).named("labels", "By label");
    for (label, events) in &stats.labels {
        table.push([Cell::from(label.as_str()), Cell::from(*events)]);
    }
    table
}
