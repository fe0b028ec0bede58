//! The state of a house.

use crate::store::{AgentTally, DriftTally, QuarantineTally, Totals};
use crate::terminal::{Cell, Column, Meaning, Table};

/// The state of the house as one row of numbers, for machines.
pub fn totals_table(root: &str, totals: &Totals) -> Table {
    let cells = [
        ("root", Cell::from(root)),
        ("files", Cell::from(totals.files)),
        ("bytes", Cell::Bytes(totals.bytes)),
        ("sessions", Cell::from(totals.sessions)),
        ("families", Cell::from(totals.families)),
        ("events", Cell::from(totals.events)),
        ("tool_calls", Cell::from(totals.tool_calls)),
        ("failures", Cell::from(totals.failures)),
        ("first", totals.first.map_or(Cell::Null, Cell::Time)),
        ("last", totals.last.map_or(Cell::Null, Cell::Time)),
        ("last_ingest", totals.last_ingest.map_or(Cell::Null, Cell::Time)),
        ("drift", Cell::from(totals.drift_count)),
        ("quarantined", Cell::from(totals.quarantined)),
        ("unjudged", Cell::from(totals.unjudged)),
        ("stored_bytes", Cell::Bytes(totals.stored)),
        ("archived", Cell::from(totals.archived)),
        ("removed", Cell::from(totals.removed)),
    ];
    let (names, row): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
    let mut table = Table::new(names.into_iter().map(|name| Column::new(name, name)).collect::<Vec<_>>());
    table.push(row);
    table.named("house", "House")
}

/// How many tool calls have an id that stands in several families.
pub fn collisions_table(tool_calls: u64) -> Table {
    let mut table = Table::new([Column::new("tool_calls", "Tool calls")]).named("collisions", "In several families");
    table.push([Cell::from(tool_calls)]);
    table
}

/// What each agent left.
pub fn agents_table(agents: &[AgentTally]) -> Table {
    let mut table = Table::new([
        Column::new("agent", "Agent"),
        Column::new("form", "Logs"),
        Column::new("files", "Files"),
        Column::new("bytes", "Size"),
        Column::new("events", "Events read"),
    ])
    .named("logs", "Logs");
    for agent in agents {
        table.push([
            Cell::from(agent.agent.as_str()),
            Cell::from(agent.form.as_str()),
            Cell::from(agent.files),
            Cell::Bytes(agent.bytes),
            Cell::from(agent.events),
        ]);
    }
    table
}

/// What no version of the formats known here has.
pub fn drift_table(drift: &[DriftTally]) -> Table {
    let mut table = Table::new([
        Column::new("element", "Unknown"),
        Column::new("name", "Name").meaning(Meaning::Accent),
        Column::new("count", "Times"),
    ])
    .named("drift", "Unknown types and fields (kept, and counted)");
    for row in drift {
        table.push([Cell::from(row.element.as_str()), Cell::from(row.name.as_str()), Cell::from(row.count)]);
    }
    table
}

/// Records that were not, or not wholly, understood.
pub fn quarantine_table(rows: &[QuarantineTally]) -> Table {
    let mut table = Table::new([
        Column::new("file", "File").meaning(Meaning::Path),
        Column::new("offset", "At byte"),
        Column::new("records", "Records"),
        Column::new("reason", "Reason").meaning(Meaning::Warn),
    ])
    .named("quarantine", "Passed over");
    for row in rows {
        table.push([
            Cell::from(row.file.as_str()),
            Cell::from(row.offset),
            Cell::from(row.records),
            Cell::from(row.reason.as_str()),
        ]);
    }
    table
}
