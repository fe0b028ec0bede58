//! Fetches the texts of events from the raw logs, where alone they stand.

use crate::layout::House;
use crate::pipeline::{FamilyFile, Logs, Source, Standing, excerpt, lift};
use crate::store::{FileRow, StoredEvent, open_plain};
use std::collections::HashMap;
use std::io::{self, Read};

/// The kept files of a house.
struct Kept<'a> {
    house: &'a House,
    files: &'a [FileRow],
}

impl Logs for Kept<'_> {
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>> {
        Ok(open_plain(self.house, &self.files[file])?)
    }

    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>> {
        Ok(open_plain(self.house, &self.files[file])?)
    }
}

/// The texts of the events, each at most `limit` bytes, in their order. Where the raw log
/// is gone or cannot be read, the text is missing.
pub fn texts(house: &House, files: &[FileRow], events: &[StoredEvent], limit: usize) -> Vec<Option<String>> {
    let mut found = vec![None; events.len()];
    let numbers: HashMap<u64, u32> = files.iter().map(|file| file.id).zip(0..).collect();
    let (which, places): (Vec<usize>, Vec<Standing>) = events
        .iter()
        .enumerate()
        .filter_map(|(at, event)| {
            let &StoredEvent { offset, length, index, .. } = event;
            Some((at, Standing { file: *numbers.get(&event.file)?, offset, length, index }))
        })
        .unzip();
    let family: Vec<FamilyFile<'_>> = files.iter().map(|file| file.in_family(usize::MAX)).collect();
    lift(&family, &Kept { house, files }, &places, &mut |at, event| {
        found[which[at]] = Some(excerpt(&event.text, limit));
    });
    found
}
