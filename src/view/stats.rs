//! Tokens, tools, failures and categories.

use super::sessions::last_part;
use crate::store::{CategoryTally, Range, Reader, SlotTally, StoreError, TokenTally, ToolTally};
use crate::terminal::{Cell, Column, Meaning, Table, Zone};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// All that the overview counts.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Activity by local day, without gaps.
    pub days: Vec<(NaiveDate, SlotTally)>,
    /// Tokens by model.
    pub models: Vec<TokenTally>,
    /// Tokens by project.
    pub projects: Vec<TokenTally>,
    /// Calls by tool.
    pub tools: Vec<ToolTally>,
    /// Events by category.
    pub categories: Vec<CategoryTally>,
    /// Events by label.
    pub labels: Vec<(String, u64)>,
}

/// More days than this in a row without any activity are not shown.
const LONGEST_GAP: usize = 366;

impl Stats {
    /// Counts what lies in the range; days are those of the zone.
    pub fn read(reader: &Reader, range: &Range, zone: Zone) -> Result<Stats, StoreError> {
        Ok(Stats {
            days: by_day(&reader.slots(range)?, zone),
            models: reader.tokens_by_model(range)?,
            projects: reader.tokens_by_project(range)?,
            tools: reader.tools(range)?,
            categories: reader.categories(range)?,
            labels: reader.labels(range)?,
        })
    }
}

fn by_day(slots: &[SlotTally], zone: Zone) -> Vec<(NaiveDate, SlotTally)> {
    let mut days: BTreeMap<NaiveDate, SlotTally> = BTreeMap::new();
    for slot in slots {
        let Some(date) = zone.date(slot.time) else { continue };
        let day = days.entry(date).or_insert(SlotTally { time: slot.time, ..SlotTally::default() });
        day.calls += slot.calls;
        day.failures += slot.failures;
        day.output_tokens += slot.output_tokens;
        day.tokens += slot.tokens;
        day.prompts += slot.prompts;
    }
    let mut whole: Vec<(NaiveDate, SlotTally)> = Vec::new();
    for (date, day) in days {
        if let Some((last, _)) = whole.last() {
            let gap: Vec<NaiveDate> =
                last.iter_days().skip(1).take_while(|between| *between < date).take(LONGEST_GAP).collect();
            if gap.len() < LONGEST_GAP {
                whole.extend(gap.into_iter().map(|between| (between, SlotTally::default())));
            }
        }
        whole.push((date, day));
    }
    whole
}

/// Activity by day.
pub fn day_table(stats: &Stats) -> Table {
    let mut table = Table::new([
        Column::new("day", "Day"),
        Column::new("prompts", "Prompts"),
        Column::new("tool_calls", "Calls"),
        Column::new("failures", "Failed").meaning(Meaning::Bad),
        Column::new("output_tokens", "Output tokens"),
        Column::new("tokens", "All tokens"),
    ])
    .named("days", "By day");
    for (date, day) in &stats.days {
        table.push([
            Cell::from(date.to_string()),
            Cell::from(day.prompts),
            Cell::from(day.calls),
            Cell::from(day.failures),
            Cell::from(day.output_tokens),
            Cell::from(day.tokens),
        ]);
    }
    table
}

fn token_table(key: &'static str, title: &'static str, rows: &[TokenTally], shown: impl Fn(&str) -> String) -> Table {
    let mut table = Table::new([
        Column::new(key, title).meaning(Meaning::Accent),
        Column::new("responses", "Responses"),
        Column::new("input_tokens", "Input"),
        Column::new("output_tokens", "Output"),
        Column::new("cache_creation_tokens", "Cache written"),
        Column::new("cache_read_tokens", "Cache read"),
    ]);
    for row in rows {
        table.push([
            if row.name.is_empty() { Cell::Null } else { Cell::from(shown(&row.name)) },
            Cell::from(row.responses),
            Cell::from(row.tokens.input),
            Cell::from(row.tokens.output),
            Cell::from(row.tokens.cache_creation),
            Cell::from(row.tokens.cache_read),
        ]);
    }
    table
}

/// Tokens by model.
pub fn model_table(stats: &Stats) -> Table {
    token_table("model", "Model", &stats.models, str::to_owned).named("models", "By model")
}

/// Tokens by project; `is_short` shows the last part of its path.
pub fn project_table(stats: &Stats, is_short: bool) -> Table {
    let shown = |path: &str| if is_short { last_part(path).to_owned() } else { path.to_owned() };
    token_table("project", "Project", &stats.projects, shown).named("projects", "By project")
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
            if tool.tool.is_empty() { Cell::Null } else { Cell::from(tool.tool.as_str()) },
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
        table.push([
            if row.category.is_empty() { Cell::from("(not judged)") } else { Cell::from(row.category.as_str()) },
            Cell::from(row.subcategory.as_str()),
            Cell::from(row.events),
            Cell::from(row.errors),
        ]);
    }
    table
}

/// Events by label.
pub fn label_table(stats: &Stats) -> Table {
    let mut table =
        Table::new([Column::new("label", "Label").meaning(Meaning::Accent), Column::new("events", "Events")])
            .named("labels", "By label");
    for (label, events) in &stats.labels {
        table.push([Cell::from(label.as_str()), Cell::from(*events)]);
    }
    table
}
