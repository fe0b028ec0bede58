//! Fetches the texts of events from the raw logs, where alone they stand.

use super::{FileRow, Kept, StoredEvent};
use crate::layout::House;
use crate::pipeline::{FamilyFile, Standing, excerpt, lift};
use std::collections::HashMap;

/// The texts of the events, each at most `limit` bytes, in their order. Where the raw log
/// is gone or cannot be read, the text is missing.
pub fn texts(house: &House, files: &[FileRow], events: &[StoredEvent], limit: usize) -> Vec<Option<String>> {
    let mut found = vec![None; events.len()];
    each_text(house, files, events, limit, |at, text| found[at] = Some(text));
    found
}

/// Hands over the texts of the events, each with its number among them, in the order in which they stand in the files.
pub fn each_text<'e>(
    house: &House,
    files: &[FileRow],
    events: impl IntoIterator<Item = &'e StoredEvent>,
    limit: usize,
    mut take: impl FnMut(usize, String),
) {
    let numbers: HashMap<u64, u32> = files.iter().map(|file| file.id).zip(0..).collect();
    let (which, places): (Vec<usize>, Vec<Standing>) = events
        .into_iter()
        .enumerate()
        .filter_map(|(at, event)| {
            let &StoredEvent { offset, length, index, .. } = event;
            Some((at, Standing { file: *numbers.get(&event.file)?, offset, length, index }))
        })
        .unzip();
    let family: Vec<FamilyFile<'_>> = files.iter().map(|file| file.in_family(usize::MAX)).collect();
    lift(&family, &Kept { house, files, proven: false }, &places, &mut |at, event| {
        take(which[at], excerpt(&event.text, limit));
    });
}
