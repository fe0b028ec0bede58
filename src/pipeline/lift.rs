//! Fetches events again from the raw logs, where alone their texts stand.

use super::family::FamilyFile;
use crate::event::{Event, Text};
use crate::intake::Form;
use crate::intake::formats::{Drift, Reading, Reason, Sink, record};
use std::io::{self, Read, Seek, SeekFrom, Take};

/// Bytes of a log from its beginning; what nobody wants is passed by.
pub trait Source: Read {
    /// Passes by so many bytes.
    fn pass(&mut self, bytes: u64) -> io::Result<()>;
}

/// A stretch of a file is passed by without reading it.
impl<F: Read + Seek> Source for Take<F> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        let bytes = bytes.min(self.limit());
        let step = i64::try_from(bytes).map_err(io::Error::other)?;
        self.get_mut().seek(SeekFrom::Current(step))?;
        self.set_limit(self.limit() - bytes);
        Ok(())
    }
}

/// What can only be read.
pub struct Stream<R>(pub R);

impl<R: Read> Read for Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Source for Stream<R> {
    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        io::copy(&mut self.0.by_ref().take(bytes), &mut io::sink()).map(drop)
    }
}

/// The files of a family, in their order.
pub trait Logs {
    /// Opens the plain bytes of a file, to read all of them.
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>>;

    /// Opens them to read some of them again.
    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>>;
}

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// Index into the files.
    pub file: u32,
    /// Where its record starts, in bytes of the plain file.
    pub offset: u64,
    /// How long that is.
    pub length: u64,
    /// Which event of the record.
    pub index: u32,
}

/// Fetches the events at `places` and hands each to `take` with its number there; the order is that of the files. What
/// cannot be read any more is left out.
pub fn lift(files: &[FamilyFile<'_>], logs: &dyn Logs, places: &[Standing], take: &mut dyn FnMut(usize, &Event<'_>)) {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|at| places[*at]);
    for run in order.chunk_by(|one, other| places[*one].file == places[*other].file) {
        let file = places[run[0]].file as usize;
        // What was read until then stands.
        let source = logs.reopen(file);
        let _ = source.and_then(|source| lift_from(source, files[file].reading, places, run, take));
    }
}

fn lift_from(
    mut source: Box<dyn Source + '_>,
    reading: Reading<'_>,
    places: &[Standing],
    run: &[usize],
    take: &mut dyn FnMut(usize, &Event<'_>),
) -> io::Result<()> {
    let mut at = 0;
    let mut bytes: Vec<u8> = Vec::new();
    for group in run.chunk_by(|one, other| places[*one].offset == places[*other].offset) {
        let place = places[group[0]];
        source.pass(place.offset.saturating_sub(at))?;
        bytes.clear();
        source.by_ref().take(place.length).read_to_end(&mut bytes)?;
        at = place.offset + bytes.len() as u64;
        let mut wanted = Wanted { places, group, is_tasks: reading.form == Form::Tasks, take };
        record(reading, &bytes, place.offset, &mut wanted);
    }
    Ok(())
}

/// Takes the wanted events of a record.
struct Wanted<'a, 't> {
    places: &'a [Standing],
    group: &'a [usize],
    /// A task stands in its document at a number, and is read here alone.
    is_tasks: bool,
    take: &'a mut (dyn FnMut(usize, &Event<'_>) + 't),
}

impl Sink for Wanted<'_, '_> {
    fn event(&mut self, event: Event<'_>) {
        for at in self.group.iter().filter(|at| self.is_tasks || self.places[**at].index == event.index) {
            (self.take)(*at, &event);
        }
    }

    fn drift(&mut self, _: Drift<'_>) {}

    fn quarantine(&mut self, _: u64, _: u64, _: Reason) {}
}

/// At most `limit` bytes of a text.
pub fn excerpt(text: &Text<'_>, limit: usize) -> String {
    let mut out = String::new();
    text.decode_into(limit, &mut out);
    out
}
