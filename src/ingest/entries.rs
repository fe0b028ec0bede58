//! What is written down of files, and what a run changes about it.

use crate::store::FileRow;
use std::collections::{HashMap, HashSet};

/// Entries by id, and what changes about them.
pub struct Entries {
    rows: Vec<FileRow>,
    by_id: HashMap<u64, usize>,
    last_part: HashMap<String, usize>,
    changed: HashSet<u64>,
    /// New id to the id of the entry that it takes the place of.
    replaced: HashMap<u64, u64>,
}

impl Entries {
    /// Starts with what is written down.
    pub fn new(rows: Vec<FileRow>) -> Entries {
        let by_id = rows.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let is_last = |(_, row): &(usize, &FileRow)| row.is_last && !row.source.is_empty();
        let last_part =
            rows.iter().enumerate().filter(is_last).map(|(index, row)| (row.source.clone(), index)).collect();
        Entries { rows, by_id, last_part, changed: HashSet::new(), replaced: HashMap::new() }
    }

    /// All entries, those of this run included, and those that it replaces.
    pub fn rows(&self) -> &[FileRow] {
        &self.rows
    }

    /// Ids of the entries that this run adds or changes.
    pub fn changed(&self) -> &HashSet<u64> {
        &self.changed
    }

    /// Which entry takes the place of which: new id to old id.
    pub fn replaced(&self) -> &HashMap<u64, u64> {
        &self.replaced
    }

    /// The part of a source that grows with it.
    pub fn last(&self, source: &str) -> Option<&FileRow> {
        self.last_part.get(source).map(|index| &self.rows[*index])
    }

    /// Notes what is to be written down; `before` is the entry that it takes the place of.
    pub fn note(&mut self, mut row: FileRow, before: Option<u64>) {
        if let Some(before) = before.filter(|before| *before != row.id) {
            self.replaced.insert(row.id, before);
        }
        self.changed.insert(row.id);
        let next = self.rows.len();
        let index = *self.by_id.entry(row.id).or_insert(next);
        if row.is_last && !row.source.is_empty() {
            self.last_part.insert(row.source.clone(), index);
        }
        if index == next {
            self.rows.push(row);
        } else {
            row.family = self.rows[index].family;
            self.rows[index] = row;
        }
    }
}
