//! Fetches the texts of events from the raw logs, where alone they stand.

use crate::layout::House;
use crate::pipeline::{FamilyFile, Standing, excerpt, lift};
use crate::store::{FileRow, Kept, StoredEvent};
use std::collections::HashMap;

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
    lift(&family, &Kept { house, files, proven: false }, &places, &mut |at, event| {
        found[which[at]] = Some(excerpt(&event.text, limit));
    });
    found
}
