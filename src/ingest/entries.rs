//! What is written down of files, and what a run changes about it.

use crate::store::{FileRow, FileUpdate};
use std::collections::HashMap;

/// Entries by id, and what changes about them.
pub struct Entries {
    rows: Vec<FileRow>,
    by_id: HashMap<u64, usize>,
    last_part: HashMap<String, usize>,
    updates: HashMap<u64, FileUpdate>,
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
        Entries { rows, by_id, last_part, updates: HashMap::new(), replaced: HashMap::new() }
    }

    /// All entries, those of this run included, and those that it replaces.
    pub fn rows(&self) -> &[FileRow] {
        &self.rows
    }

    /// What this run changes, by id.
    pub fn updates(&self) -> &HashMap<u64, FileUpdate> {
        &self.updates
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
    pub fn note(&mut self, update: FileUpdate, before: Option<u64>) {
        if let Some(before) = before.filter(|before| *before != update.id) {
            self.replaced.insert(update.id, before);
        }
        let next = self.rows.len();
        let index = *self.by_id.entry(update.id).or_insert(next);
        let family = self.rows.get(index).and_then(|row| row.family);
        let row = row_of(&update, family);
        if index == next {
            self.rows.push(row);
        } else {
            self.rows[index] = row;
        }
        if update.is_last && !update.source.is_empty() {
            self.last_part.insert(update.source.clone(), index);
        }
        self.updates.insert(update.id, update);
    }
}

fn row_of(update: &FileUpdate, family: Option<u64>) -> FileRow {
    FileRow {
        id: update.id,
        source: update.source.clone(),
        part: update.part,
        is_last: update.is_last,
        path: update.path.clone(),
        agent: update.agent.clone(),
        form: update.form.to_owned(),
        shape: update.shape.to_owned(),
        session: update.session.clone(),
        compression: update.compression.to_owned(),
        length: update.length,
        hash: update.hash.clone(),
        copied: update.copied,
        stat: update.stat,
        links: update.links.clone(),
        family,
    }
}
