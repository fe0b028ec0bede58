//! Integration points, and what becomes of their files.

use crate::learning::{Fate, ModuleFile, ModuleState};
use crate::terminal::{Cell, Column, Meaning, Table};

/// Integration points, one a line.
pub fn modules_table(states: &[ModuleState]) -> Table {
    let mut table = Table::new([
        Column::new("module", "Module").meaning(Meaning::Accent),
        Column::new("path", "Folder").meaning(Meaning::Path),
        Column::new("written_files", "Written"),
        Column::new("own_files", "Yours"),
        Column::new("written", "Last written"),
    ])
    .named("modules", "Modules");
    for state in states {
        table.push([
            Cell::from(state.name.as_str()),
            Cell::from(state.path.as_str()),
            Cell::from(state.own),
            Cell::from(state.theirs),
            state.written.map_or(Cell::Null, Cell::Time),
        ]);
    }
    table
}

/// What becomes of files, one a line; for machines with what they would hold.
pub fn module_files_table(files: &[ModuleFile], is_whole: bool) -> Table {
    let mut columns = vec![
        Column::new("path", "File").meaning(Meaning::Path),
        Column::new("fate", "Is"),
        Column::new("bytes", "Size"),
    ];
    if is_whole {
        columns.push(Column::new("content", "Content"));
    }
    let mut table = Table::new(columns).named("files", "Files");
    for file in files {
        let meaning = match file.fate {
            Fate::New | Fate::Changed => Meaning::Good,
            Fate::Same => Meaning::Dim,
            Fate::Removed => Meaning::Bad,
            Fate::Theirs => Meaning::Warn,
        };
        let is_ours = !matches!(file.fate, Fate::Removed | Fate::Theirs);
        let mut row = vec![
            Cell::from(file.path.as_str()),
            Cell::Label(file.fate.name().to_owned(), meaning),
            if is_ours { Cell::Bytes(file.content.len() as u64) } else { Cell::Null },
        ];
        if is_whole {
            row.push(if is_ours { Cell::from(file.content.as_str()) } else { Cell::Null });
        }
        table.push(row);
    }
    table
}
