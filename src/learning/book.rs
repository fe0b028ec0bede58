//! The journal of protocols on disk, and its index in the store.
//!
//! The file is the truth; the tables are made from it. Lines are only ever appended, and are safe before the index
//! knows of them.

use super::fault::{LearningError, at};
use super::journal::{Change, Entry, Register};
use crate::event::{Millis, Protocol};
use crate::layout::House;
use crate::store::{DurableHand, Group, ProtocolRow, Reader, StoreError, Writer, group_id};
use std::fs;
use std::io;
use std::path::Path;

/// The fact that says how many bytes of the journal the index knows.
const INDEXED: &str = "protocol_journal";

/// The protocols of a house.
pub struct Book<'a> {
    house: &'a House,
    hand: &'a DurableHand<'a>,
    /// When what is written was written.
    now: Millis,
    /// What the journal comes to.
    pub register: Register,
    length: u64,
}

/// Reads a journal; none is an empty one.
pub fn read_register(house: &House) -> Result<Register, LearningError> {
    Ok(Register::read(&read(&house.protocols())?))
}

fn read(path: &Path) -> Result<String, LearningError> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(at(path)(error)),
    }
}

impl<'a> Book<'a> {
    /// Opens the journal. The caller holds the house's lock.
    pub fn open(house: &'a House, hand: &'a DurableHand<'a>, now: Millis) -> Result<Book<'a>, LearningError> {
        let path = house.protocols();
        let register = read_register(house)?;
        let length = fs::metadata(&path).map_or(0, |found| found.len());
        Ok(Book { house, hand, now, register, length })
    }

    /// Whether the index knows all of the journal.
    pub fn is_indexed(&self, reader: &Reader) -> Result<bool, LearningError> {
        Ok(u64::try_from(reader.fact(INDEXED)?).ok() == Some(self.length))
    }

    /// Whether a protocol is about other calls than it was.
    pub fn has_other_triggers(&self, protocol: &Protocol) -> bool {
        let known = self.register.entries.get(&protocol.id);
        known.is_none_or(|entry| entry.protocol.triggers != protocol.triggers)
    }

    /// Appends changes, each with its reason, and waits until they are safe.
    pub fn write(&mut self, changes: &[(Change, &str)]) -> Result<(), LearningError> {
        if changes.is_empty() {
            return Ok(());
        }
        let path = self.house.protocols();
        let text: String = changes.iter().map(|(change, why)| change.line(why, self.now)).collect();
        append(self.hand, &self.house.incoming(), &path, &text).map_err(at(&path))?;
        *self = Book::open(self.house, self.hand, self.now)?;
        Ok(())
    }

    /// Makes the index anew.
    pub fn index(&self, reader: &Reader, writer: &mut Writer) -> Result<(), LearningError> {
        let rows: Vec<ProtocolRow<'_>> = self.register.entries.values().map(row).collect();
        let mut cited = Vec::new();
        for entry in self.register.entries.values().filter(|entry| entry.status.is_live()) {
            let examples: Vec<u64> = entry.protocol.evidence.examples.iter().map(|id| id.0).collect();
            let files = reader.files_of_incidents(&examples)?;
            cited.extend(files.into_iter().map(|file| (file, entry.protocol.id)));
        }
        let length = i64::try_from(self.length).unwrap_or(i64::MAX);
        let write = |group: &mut Group<'_>| -> Result<(), StoreError> {
            group.protocols(&rows)?;
            group.citations(&cited)?;
            group.fact(INDEXED, length)
        };
        Ok(writer.write(write)?)
    }
}

fn row(entry: &Entry) -> ProtocolRow<'_> {
    let protocol = &entry.protocol;
    ProtocolRow {
        id: protocol.id,
        group: group_id(&protocol.fingerprint),
        status: entry.status.name(),
        guard: entry.guard.name(),
        title: &protocol.title,
        cause: &protocol.cause,
        owner: &protocol.owner,
        advice: &protocol.advice,
        confidence: protocol.confidence,
        proposed: entry.proposed,
        activated: entry.activated,
        ended: entry.ended,
        why: entry.history.last().map_or("", |past| &past.why),
    }
}

/// Appends whole lines to a file, behind the end of a line that a dead run left torn, and waits until they are safe.
pub(super) fn append(hand: &DurableHand<'_>, incoming: &Path, path: &Path, lines: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            hand.write_new(incoming, path, |out| out.write_all(lines.as_bytes()))?;
        }
        Err(error) => return Err(error),
        Ok(found) => {
            let is_torn = fs::read(path)?.last().is_some_and(|last| *last != b'\n');
            hand.append(path, found.len(), |out| {
                out.write_all(if is_torn { b"\n" } else { b"" })?;
                out.write_all(lines.as_bytes())
            })?;
        }
    }
    hand.settle()
}
