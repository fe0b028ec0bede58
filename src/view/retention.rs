//! What retention would do, did, and has left.

use crate::event::{Action, Millis};
use crate::retention::{Inventory, Plan};
use crate::store::ReceiptRow;
use crate::terminal::{Cell, Column, Meaning, Table};

/// A plan in one row, for machines.
pub fn plan_table(inventory: &Inventory, plan: &Plan, now: Millis, is_preview: bool) -> Table {
    let taken = |action| plan.taken(action, &inventory.items);
    let (archives, removals, purges) = (taken(Action::Archive), taken(Action::Remove), taken(Action::Purge));
    let cells = [
        ("plan", Cell::from(plan.id(&inventory.items).to_string())),
        ("at", Cell::Time(now)),
        ("is_preview", Cell::from(is_preview)),
        ("is_cleanup", Cell::from(plan.is_cleanup)),
        ("archives", Cell::from(archives.0)),
        ("archives_bytes", Cell::Bytes(archives.1)),
        ("removals", Cell::from(removals.0)),
        ("removals_bytes", Cell::Bytes(removals.1)),
        ("purges", Cell::from(purges.0)),
        ("purges_bytes", Cell::Bytes(purges.1)),
    ];
    one_row(cells.into_iter().collect()).named("plan", "Plan")
}

fn one_row(cells: Vec<(&'static str, Cell)>) -> Table {
    let (names, row): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
    let mut table = Table::new(names.into_iter().map(|name| Column::new(name, name)).collect::<Vec<_>>());
    table.push(row);
    table
}

/// What moves, and why.
pub fn moves_table(inventory: &Inventory, plan: &Plan, limit: usize, is_whole: bool) -> Table {
    let mut columns = vec![
        Column::new("action", "Action").meaning(Meaning::Accent),
        Column::new("last", "Last event"),
        Column::new("bytes", "Size"),
        Column::new("file", "Log").meaning(Meaning::Path).shrink(2),
        Column::new("reason", "Rule").shrink(1),
    ];
    if is_whole {
        let more = ["id", "tier", "agent", "session", "project", "entered"];
        columns.extend(more.map(|name| Column::new(name, name)));
    }
    let mut table = Table::new(columns).named("moves", "What moves");
    for made in plan.moves.iter().take(limit) {
        let item = &inventory.items[made.item];
        let name = if is_whole { item.path.as_str() } else { item.path.rsplit('/').next().unwrap_or_default() };
        let mut row = vec![
            Cell::from(made.action.name()),
            Cell::Time(item.last),
            Cell::Bytes(item.stored),
            Cell::from(name),
            Cell::from(made.reason.as_str()),
        ];
        if is_whole {
            let some = |text: &str| if text.is_empty() { Cell::Null } else { Cell::from(text) };
            row.extend([
                Cell::from(format!("{:016x}", item.id)),
                Cell::from(item.tier.name()),
                some(&item.agent),
                some(&item.session),
                some(&item.project),
                Cell::Time(item.entered),
            ]);
        }
        table.push(row);
    }
    table
}

/// What stays, and why.
pub fn stays_table(inventory: &Inventory, plan: &Plan) -> Table {
    let mut table = Table::new([
        Column::new("reason", "Stays"),
        Column::new("logs", "Logs"),
        Column::new("bytes", "Size"),
        Column::new("meaning", "Because").meaning(Meaning::Dim),
    ])
    .named("stays", "What stays");
    let mut stays = plan.stays.clone();
    let young = stays.entry(crate::retention::Stay::Young).or_default();
    *young = (young.0 + inventory.young.0, young.1 + inventory.young.1);
    for (stay, (count, bytes)) in stays.into_iter().filter(|(_, (count, _))| *count > 0) {
        table.push([Cell::from(stay.name()), Cell::from(count), Cell::Bytes(bytes), Cell::from(stay.explanation())]);
    }
    table
}

/// What is left of logs that were removed.
pub fn receipts_table(receipts: &[ReceiptRow], is_whole: bool) -> Table {
    let mut columns = vec![
        Column::new("time", "Removed"),
        Column::new("state", "State").meaning(Meaning::Accent),
        Column::new("length", "Size"),
        Column::new("file", "Log").meaning(Meaning::Path).shrink(2),
        Column::new("rule", "Rule").shrink(1),
    ];
    if is_whole {
        let more = ["id", "log", "what", "source", "agent", "session", "project", "hash", "last_time", "done"];
        columns.extend(more.map(|name| Column::new(name, name)));
    }
    let mut table = Table::new(columns).named("receipts", "Receipts");
    for row in receipts {
        let receipt = &row.receipt;
        let name = receipt.path.rsplit('/').next().unwrap_or_default();
        let mut cells = vec![
            Cell::Time(receipt.at),
            Cell::from(row.state.as_str()),
            Cell::Bytes(receipt.length),
            Cell::from(if is_whole { receipt.path.as_str() } else { name }),
            Cell::from(receipt.rule.as_str()),
        ];
        if is_whole {
            let some = |text: &str| if text.is_empty() { Cell::Null } else { Cell::from(text) };
            cells.extend([
                Cell::from(receipt.id.as_str()),
                Cell::from(receipt.file.as_str()),
                Cell::from(receipt.what.as_str()),
                some(&receipt.source),
                some(&receipt.agent),
                some(&receipt.session),
                some(&receipt.project),
                some(&receipt.hash),
                receipt.last_time.map_or(Cell::Null, Cell::Time),
                Cell::Time(row.done),
            ]);
        }
        table.push(cells);
    }
    table
}
