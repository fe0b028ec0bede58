//! What is written down of files, and what a run changes about it.

use crate::layout::{source_id, source_mark};
use crate::store::FileRow;
use std::collections::{HashMap, HashSet};

/// Entries by id, and what changes about them.
pub struct Entries {
    rows: Vec<FileRow>,
    by_id: HashMap<u64, usize>,
    last_part: HashMap<String, usize>,
    /// Copies whose source is not known, by what their names tell of it.
    unclaimed: HashMap<Option<u32>, Vec<usize>>,
    changed: HashSet<u64>,
    /// Ids of entries that others take the place of, and of those others.
    replaced: HashMap<u64, u64>,
    /// The same the other way round.
    replaces: HashMap<u64, Vec<u64>>,
}

impl Entries {
    /// Starts with what is written down.
    pub fn new(rows: Vec<FileRow>) -> Entries {
        let mut entries = Entries {
            by_id: rows.iter().enumerate().map(|(index, row)| (row.id, index)).collect(),
            last_part: HashMap::new(),
            unclaimed: HashMap::new(),
            changed: HashSet::new(),
            replaced: HashMap::new(),
            replaces: HashMap::new(),
            rows,
        };
        (0..entries.rows.len()).for_each(|index| entries.file(index));
        entries
    }

    /// All entries, those of this run included, and those that it replaces.
    pub fn rows(&self) -> &[FileRow] {
        &self.rows
    }

    /// Ids of the entries that this run adds or changes.
    pub fn changed(&self) -> &HashSet<u64> {
        &self.changed
    }

    /// The entries that this run adds or changes.
    pub fn changed_rows(&self) -> impl Iterator<Item = &FileRow> {
        self.changed.iter().filter_map(|id| self.rows.get(*self.by_id.get(id)?))
    }

    /// Which entry takes the place of which: old id to new id.
    pub fn replaced(&self) -> &HashMap<u64, u64> {
        &self.replaced
    }

    /// The part of a source that grows with it.
    pub fn last(&self, source: &str) -> Option<&FileRow> {
        self.last_part.get(source).map(|index| &self.rows[*index])
    }

    /// The hashes of logs that were removed, by their length.
    pub fn removed(&self) -> HashMap<u64, HashSet<String>> {
        let mut removed: HashMap<u64, HashSet<String>> = HashMap::new();
        for row in self.rows.iter().filter(|row| !row.tier.is_kept()) {
            removed.entry(row.length).or_default().insert(row.hash.clone());
        }
        removed
    }

    /// Gives copies of which only the name tells the source, since their entries were lost,
    /// back to it.
    pub fn claim(&mut self, source: &str) {
        let mark = u32::try_from(source_id(source) >> 32).ok();
        let Some(mut parts) = self.unclaimed.remove(&mark) else { return };
        parts.sort_by_key(|index| self.rows[*index].part);
        for index in parts {
            let row = &self.rows[index];
            let is_last = self.last(source).is_none_or(|last| last.part < row.part);
            self.note(FileRow { source: source.to_owned(), is_last, ..row.clone() }, None);
        }
    }

    /// Notes what is to be written down; `before` is the entry that it takes the place of.
    pub fn note(&mut self, mut row: FileRow, before: Option<u64>) {
        if let Some(before) = before.filter(|before| *before != row.id) {
            self.changed.remove(&before);
            let mut olds = self.replaces.remove(&before).unwrap_or_default();
            olds.push(before);
            self.replaced.extend(olds.iter().map(|old| (*old, row.id)));
            self.replaces.entry(row.id).or_default().append(&mut olds);
        }
        self.changed.insert(row.id);
        let next = self.rows.len();
        let index = *self.by_id.entry(row.id).or_insert(next);
        if index == next {
            self.rows.push(row);
        } else {
            row.family = self.rows[index].family;
            self.rows[index] = row;
        }
        self.file(index);
    }

    /// Makes an entry findable by its source.
    fn file(&mut self, index: usize) {
        let row = &self.rows[index];
        if row.source.is_empty() {
            self.unclaimed.entry(source_mark(&row.path)).or_default().push(index);
        } else if row.is_last {
            // One part grows with its source, which is the latest: the others are written down as what they are.
            let before = self.last_part.get(&row.source).copied().filter(|before| *before != index);
            match before {
                Some(before) if self.rows[before].part > row.part => self.rows[index].is_last = false,
                _ => {
                    self.last_part.insert(row.source.clone(), index);
                    before.into_iter().for_each(|before| self.rows[before].is_last = false);
                }
            }
        }
    }
}
