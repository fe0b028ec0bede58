//! What an ingest does at its end: takes over what guards did, mines protocols from the groups that changed, and
//! measures the families that changed.

use super::book::Book;
use super::fault::{LearningError, at};
use super::group::Gathered;
use super::guard::GuardFile;
use super::journal::{Change, Entry};
use super::measure::Measures;
use super::mine::{OWNERS, proposed};
use super::publish::said;
use super::spool::{is_indexed as firings_are_indexed, is_waiting, take_over};
use crate::disk::Disk;
use crate::event::{Millis, Proposer, Protocol, ProtocolStatus as Status};
use crate::layout::House;
use crate::plugin::{Extractor, Fault};
use crate::settings::Settings;
use crate::store::{DurableHand, IncidentFilter, Reader, StoreError, StoredGroup, Writer, group_id};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// Families that are measured between two transactions.
const ROUND: usize = 256;
/// Changed families from which on all groups are looked at.
const MANY: usize = 512;

/// The extractors of a house, started when they are needed.
pub type Extractors<'a> = dyn FnMut() -> Result<Vec<Ready>, Fault> + 'a;

/// An extractor, and what its proposals are known by.
pub type Ready = (Proposer, Box<dyn Extractor>);

/// What was learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    /// Protocols that are newly proposed.
    pub proposed: u64,
    /// Firings of guards that are new.
    pub firings: u64,
    /// Families that were measured.
    pub measured: u64,
    /// What extractors failed with.
    pub faults: Vec<String>,
}

/// Learning in a house. The caller holds its lock.
pub struct Learn<'a> {
    /// The house.
    pub house: &'a House,
    /// Its settings.
    pub settings: &'a Settings,
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The time of the run.
    pub now: Millis,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
}

impl Learn<'_> {
    /// Learns from what changed.
    pub fn run(&self, extractors: &mut Extractors<'_>) -> Result<Learned, LearningError> {
        let mut learned = Learned::default();
        let database = self.house.database();
        let reader = Reader::open(&database)?;
        let hand = DurableHand::new(self.disk);
        let mut book = Book::open(self.house, &hand, self.now)?;
        let changed = reader.unmeasured()?;
        let is_indexed = book.is_indexed(&reader)? && firings_are_indexed(self.house, &reader)?;
        self.mend_guard(&book)?;
        if changed.is_empty() && is_indexed && !is_waiting(self.house) {
            return Ok(learned);
        }
        let mut writer = Writer::open(&database)?;
        learned.firings = take_over(self.house, &hand, &reader, &mut writer, self.now)?;
        let mut revised: BTreeSet<_> = BTreeSet::new();
        if !changed.is_empty() {
            let changes = self.mine(&reader, &book, &changed, extractors, &mut learned)?;
            for (change, _) in &changes {
                match change {
                    Change::Proposed(_) => learned.proposed += 1,
                    // In other words it is about the same calls.
                    Change::Revised(protocol) if book.has_other_triggers(protocol) => {
                        revised.insert(protocol.id);
                    }
                    _ => {}
                }
            }
            book.write(&changes)?;
        }
        let is_new = !book.is_indexed(&reader)?;
        if is_new {
            book.index(&reader, &mut writer)?;
            writer.write(|group| revised.iter().try_for_each(|id| group.unexpose(*id)) as Result<(), StoreError>)?;
        }
        let entries: Vec<&Entry> = book.register.entries.values().collect();
        // What an extractor failed on is looked at again by the next run.
        let changed = if learned.faults.is_empty() { changed } else { Vec::new() };
        learned.measured = self.measure(&reader, &mut writer, &entries, &changed)?;
        writer.finish()?;
        Ok(learned)
    }

    /// Sees to it that the guard goes by what the journal says, should its file be lost or of before a death.
    fn mend_guard(&self, book: &Book<'_>) -> Result<(), LearningError> {
        let (path, wanted) = (self.house.guard(), GuardFile::new(&book.register, said));
        let is_there = |bytes: Vec<u8>| bytes == wanted.bytes();
        let is_right = std::fs::read(&path).map_or(wanted.protocols.is_empty(), is_there);
        if is_right { Ok(()) } else { self.disk.replace(&path, &wanted.bytes()).map_err(at(&path)) }
    }

    /// What is proposed against the groups of families that changed.
    fn mine(
        &self,
        reader: &Reader,
        book: &Book<'_>,
        changed: &[u64],
        extractors: &mut Extractors<'_>,
        learned: &mut Learned,
    ) -> Result<Vec<(Change, &'static str)>, LearningError> {
        let groups = self.groups(reader, changed)?;
        let mut scope: BTreeSet<String> = groups.iter().map(|group| group.fingerprint.clone()).collect();
        // A group may be gone, with its logs or with the rule that made it.
        for entry in book.register.entries.values().filter(|entry| entry.status == Status::Proposed) {
            let fingerprint = &entry.protocol.fingerprint;
            let filter = IncidentFilter { group: Some(group_id(fingerprint)), ..IncidentFilter::default() };
            if !scope.contains(fingerprint) && reader.error_groups(&filter, 1)?.0.is_empty() {
                scope.insert(fingerprint.clone());
            }
        }
        let recurring: Vec<StoredGroup> =
            groups.into_iter().filter(|group| group.families > 1 && OWNERS.contains(&group.owner.as_str())).collect();
        let mut today: Vec<Protocol> = Vec::new();
        if !recurring.is_empty() {
            let mut ready = extractors()?;
            for group in recurring {
                if self.stop.load(Ordering::Relaxed) {
                    return Ok(Vec::new());
                }
                let gathered = Gathered::read(reader, self.house, &self.settings.layout.errors, group)?;
                today.extend(proposed(&gathered, &mut ready, |fault| learned.faults.push(fault.message))?);
            }
        }
        // A fault says nothing about what is proposed no more.
        let is_sure = learned.faults.is_empty();
        Ok(book.register.proposals(today, |fingerprint| is_sure && scope.contains(fingerprint)))
    }

    /// The groups that families have incidents of; of many families, all groups.
    fn groups(&self, reader: &Reader, changed: &[u64]) -> Result<Vec<StoredGroup>, LearningError> {
        if changed.len() >= MANY {
            return Ok(reader.error_groups(&IncidentFilter::default(), usize::MAX)?.0);
        }
        let mut ids = BTreeSet::new();
        for family in changed {
            ids.extend(reader.groups_of(*family)?);
        }
        let mut groups = Vec::with_capacity(ids.len());
        for id in ids {
            let filter = IncidentFilter { group: Some(id), ..IncidentFilter::default() };
            groups.extend(reader.error_groups(&filter, 1)?.0);
        }
        Ok(groups)
    }

    /// Measures families that changed by all protocols that count, and the others by those that are new.
    fn measure(
        &self,
        reader: &Reader,
        writer: &mut Writer,
        entries: &[&Entry],
        changed: &[u64],
    ) -> Result<u64, LearningError> {
        let counts = |entry: &&&Entry| !matches!(entry.status, Status::Rejected | Status::Withdrawn);
        let protocols: Vec<&Protocol> = entries.iter().filter(counts).map(|entry| &entry.protocol).collect();
        let mut measured = self.measure_all(reader, writer, &Measures::new(protocols.iter().copied()), changed)?;
        let done: BTreeSet<u64> = changed.iter().copied().collect();
        // Families that were measured before, by the protocols that they lack.
        let mut lacking: std::collections::BTreeMap<Vec<u64>, Vec<&Protocol>> = std::collections::BTreeMap::new();
        for protocol in protocols {
            let mut families = reader.unexposed(protocol.id)?;
            families.retain(|family| !done.contains(family));
            if !families.is_empty() {
                lacking.entry(families).or_default().push(protocol);
            }
        }
        for (families, protocols) in lacking {
            measured += self.measure_all(reader, writer, &Measures::new(protocols), &families)?;
        }
        Ok(measured)
    }

    fn measure_all(
        &self,
        reader: &Reader,
        writer: &mut Writer,
        measures: &Measures,
        families: &[u64],
    ) -> Result<u64, LearningError> {
        let mut count = 0;
        for round in families.chunks(ROUND) {
            let mut rows = Vec::with_capacity(round.len());
            for family in round {
                if self.stop.load(Ordering::Relaxed) {
                    break;
                }
                rows.push(measures.of_family(reader, self.house, *family)?);
            }
            count += rows.len() as u64;
            let write = |group: &mut crate::store::Group<'_>| -> Result<(), StoreError> {
                for (measured, shown) in &rows {
                    group.measured(measured)?;
                    for (protocol, exposure) in shown {
                        group.exposure(measured.family, *protocol, exposure)?;
                    }
                }
                Ok(())
            };
            writer.write(write)?;
        }
        Ok(count)
    }
}
