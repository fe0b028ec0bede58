//! Fetches the texts of events from the raw logs, where alone they stand.

use crate::event::Event;
use crate::intake::Form;
use crate::intake::formats::{Drift, Reason, Sink, record};
use crate::layout::House;
use crate::store::{FileRow, StoredEvent, open_plain, reading};
use std::collections::HashMap;
use std::io::{self, Read};

/// The texts of the events, each at most `limit` bytes, in their order. Where the raw log
/// is gone or cannot be read, the text is missing.
pub fn texts(house: &House, files: &[FileRow], events: &[StoredEvent], limit: usize) -> Vec<Option<String>> {
    let mut found = vec![None; events.len()];
    let mut by_file: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        by_file.entry(event.file).or_default().push(index);
    }
    for (id, mut indices) in by_file {
        let Some(file) = files.iter().find(|file| file.id == id) else { continue };
        indices.sort_by_key(|index| (events[*index].offset, events[*index].index));
        // What was read until then stands; the rest stays missing.
        let _ = read_texts(house, file, events, &indices, limit, &mut found);
    }
    found
}

fn read_texts(
    house: &House,
    file: &FileRow,
    events: &[StoredEvent],
    indices: &[usize],
    limit: usize,
    found: &mut [Option<String>],
) -> io::Result<()> {
    let mut plain = open_plain(house, file)?;
    let reading = reading(file, usize::MAX);
    let mut at = 0;
    let mut bytes: Vec<u8> = Vec::new();
    let mut start = None;
    for index in indices {
        let event = &events[*index];
        if start != Some(event.offset) {
            io::copy(&mut plain.by_ref().take(event.offset.saturating_sub(at)), &mut io::sink())?;
            bytes.clear();
            plain.by_ref().take(event.length).read_to_end(&mut bytes)?;
            at = event.offset + bytes.len() as u64;
            start = Some(event.offset);
        }
        // A task stands in its document at a number, and is read here alone.
        let number = if reading.form == Form::Tasks { 0 } else { event.index };
        let mut wanted = Wanted { index: number, limit, text: None };
        record(reading, &bytes, event.offset, &mut wanted);
        found[*index] = wanted.text;
    }
    Ok(())
}

/// Takes the text of one event of a record.
struct Wanted {
    index: u32,
    limit: usize,
    text: Option<String>,
}

impl Sink for Wanted {
    fn event(&mut self, event: Event<'_>) {
        if event.index == self.index {
            let mut text = String::new();
            event.text.decode_into(self.limit, &mut text);
            self.text = Some(text);
        }
    }

    fn drift(&mut self, _: Drift<'_>) {}

    fn quarantine(&mut self, _: u64, _: u64, _: Reason) {}
}
