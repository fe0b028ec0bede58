//! Carries a plan out: intent, copy aside, proof, rename, and only then the release of what was there before.
//!
//! Logs move in groups, because one wait of the disk serves them all; each step of the order stands in the ledger
//! before the next begins, so that whoever comes after a death knows where it broke off.

use super::fault::{RetentionError, at};
use super::inventory::Inventory;
use super::journal::Journal;
use super::pack::{Proof, Refused, pack, prove};
use super::plan::{Item, Move, Plan};
use crate::disk::{Stamp, open_unlinked};
use crate::event::{Action, Millis, Sort};
use crate::intake::Compression;
use crate::layout::{House, TRASH, archive_path};
use crate::settings::Layout;
use crate::store::{DurableHand, FileRow, Intent, Reader, Receipt, What, Writer};
use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Logs that are moved before the disk is waited for.
const GROUP_FILES: usize = 256;
/// Bytes that are packed before the disk is waited for.
const GROUP_BYTES: u64 = 512 << 20;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Logs that were archived, and their bytes before and after.
    pub archived: (u64, u64, u64),
    /// Logs that were removed, and their bytes.
    pub removed: (u64, u64),
    /// Logs that have left the trash, and their bytes.
    pub purged: (u64, u64),
    /// Logs that were to move and stayed, with the reason.
    pub passed_over: Vec<(String, String)>,
    /// Whether somebody stopped it before the end.
    pub interrupted: bool,
}

/// Who carries plans out. The caller holds the house's lock.
pub struct Carrier<'a> {
    /// The house.
    pub house: &'a House,
    /// Its folders.
    pub layout: &'a Layout,
    /// By whose hand.
    pub hand: &'a DurableHand<'a>,
    /// The time of the run.
    pub now: Millis,
    /// Threads that pack.
    pub workers: usize,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Advance) + Sync),
}

/// How far retention is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// So many bytes are to be read.
    Total(u64),
    /// So many more were.
    Done(u64),
}

/// A log that is about to move.
struct Load {
    intent: Intent,
    /// Where its new copy lies until it has its name, and its bytes.
    aside: Option<(PathBuf, u64)>,
    refused: Option<String>,
}

impl Carrier<'_> {
    /// Carries a plan out.
    pub fn apply(
        &self,
        plan: &Plan,
        inventory: &Inventory,
        journal: &mut Journal,
        writer: &mut Writer,
    ) -> Result<Applied, RetentionError> {
        let mut applied = Applied::default();
        let items = &inventory.items;
        (self.progress)(Advance::Total(plan.taken(Action::Archive, items).1));
        let of = |action| plan.moves.iter().filter(move |made| made.action == action).collect::<Vec<_>>();
        self.archive(&of(Action::Archive), items, journal, writer, &mut applied)?;
        self.remove(&of(Action::Remove), items, journal, writer, &mut applied)?;
        self.purge(&of(Action::Purge), items, journal, writer, &mut applied)?;
        applied.interrupted = self.stop.load(Ordering::Relaxed);
        Ok(applied)
    }

    fn archive(
        &self,
        moves: &[&Move],
        items: &[Item],
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        let mut rest = moves;
        while !rest.is_empty() && !self.stop.load(Ordering::Relaxed) {
            let (group, later) = rest.split_at(group_size(rest, items));
            rest = later;
            let mut loads = Vec::new();
            let reader = Reader::open(&self.house.database())?;
            for made in group {
                let item = &items[made.item];
                match self.intent(made, item, &reader)? {
                    Ok(intent) => loads.push(Load { intent, aside: None, refused: None }),
                    Err(why) => applied.passed_over.push((item.path.clone(), why)),
                }
            }
            drop(reader);
            self.archive_group(loads, journal, writer, applied)?;
        }
        Ok(())
    }

    fn archive_group(
        &self,
        mut loads: Vec<Load>,
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        let intents = loads.iter().map(|load| What::Intent(Box::new(load.intent.clone()))).collect();
        journal.append(self.hand, writer, self.now, intents)?;
        self.create_folders(loads.iter().map(|load| load.intent.to.as_str()))?;
        self.each(&mut loads, |load| {
            let (from, to) = (self.house.resolve(&load.intent.from), self.house.resolve(&load.intent.to));
            let packed = pack(self.hand, &self.house.incoming(), &from, &to, &load.intent, self.stop);
            (self.progress)(Advance::Done(load.intent.length));
            match packed {
                Ok(aside) => load.aside = Some(aside),
                Err(Refused::Source(error)) => load.refused = Some(error.to_string()),
                Err(Refused::Stopped) => load.refused = Some(String::new()),
                Err(Refused::House(error)) => return Err(error),
            }
            Ok(())
        })?;
        let incoming = self.house.incoming();
        self.hand.sync().map_err(at(&incoming))?;
        self.each(&mut loads, |load| {
            if let Some((aside, _)) = &load.aside {
                let proof = prove(aside, Compression::Zstd, load.intent.length, &load.intent.hash)?;
                if proof != Proof::Sound {
                    load.refused = Some("what was packed could not be read back".to_owned());
                }
            }
            Ok(())
        })?;
        for load in loads.iter_mut().filter(|load| load.refused.is_some()) {
            if let Some((aside, _)) = load.aside.take() {
                self.hand.give_up(&aside).map_err(at(&aside))?;
            }
        }
        self.hand.settle().map_err(at(&incoming))?;
        let file = |load: &Load| load.intent.file.clone();
        let steps = loads.iter().map(|load| match &load.aside {
            Some((_, stored)) => What::Placed { file: file(load), stored: *stored },
            None => What::GivenUp { file: file(load) },
        });
        journal.append(self.hand, writer, self.now, steps.collect())?;
        let placed = || loads.iter().filter(|load| load.aside.is_some());
        let old: Vec<PathBuf> = placed().map(|load| self.house.resolve(&load.intent.from)).collect();
        self.hand.remove_all(&old).map_err(at(&incoming))?;
        journal.append(
            self.hand,
            writer,
            self.now,
            placed().map(|load| What::Released { file: file(load) }).collect(),
        )?;
        for load in loads {
            match (load.aside, load.refused) {
                (Some((_, stored)), _) => {
                    applied.archived.0 += 1;
                    applied.archived.1 += load.intent.length;
                    applied.archived.2 += stored;
                }
                (None, Some(why)) if !why.is_empty() => applied.passed_over.push((load.intent.from, why)),
                _ => {}
            }
        }
        Ok(())
    }

    fn remove(
        &self,
        moves: &[&Move],
        items: &[Item],
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        if moves.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let reader = Reader::open(&self.house.database())?;
        let days = reader.error_days()?;
        // One run is one receipt file; a second one in the same millisecond gets another name.
        let run = receipt_id(self.house, self.now);
        let (mut intents, mut receipts) = (Vec::new(), Vec::new());
        for made in moves {
            let item = &items[made.item];
            let (mut receipt, stored) = match item.sort {
                Sort::Log => match reader.file(item.id)?.filter(|file| file.path == item.path) {
                    Some(file) => (Receipt::of_file(&file, &item.project, Some(item.last)), file.stored),
                    None => continue,
                },
                Sort::Errors => match days.iter().find(|day| day.path == item.path) {
                    Some(day) => {
                        let receipt = Receipt {
                            format: 1,
                            file: hex(item.id),
                            path: item.path.clone(),
                            length: day.length,
                            hash: day.hash.clone(),
                            last_time: Some(item.last),
                            ..Receipt::default()
                        };
                        (receipt, day.stored)
                    }
                    None => continue,
                },
            };
            receipt.id.clone_from(&run);
            receipt.at = self.now;
            receipt.sort = item.sort;
            receipt.what = "removed".to_owned();
            receipt.rule.clone_from(&made.reason);
            let name = item.path.rsplit('/').next().unwrap_or_default();
            let stamp = self.stamp_of(&item.path);
            let stamp = match stamp {
                Ok(stamp) => stamp,
                Err(error) => {
                    applied.passed_over.push((item.path.clone(), error.to_string()));
                    continue;
                }
            };
            intents.push(Intent {
                action: Action::Remove,
                sort: item.sort,
                file: hex(item.id),
                from: item.path.clone(),
                to: format!("{TRASH}/{run}-{name}"),
                hash: receipt.hash.clone(),
                length: receipt.length,
                stored,
                modified_ns: stamp.modified_ns,
                mode: stamp.mode,
                rule: made.reason.clone(),
                receipt: run.clone(),
            });
            receipts.push(receipt);
        }
        self.write_receipts(&run, &receipts)?;
        let whats = intents.iter().map(|intent| What::Intent(Box::new(intent.clone()))).collect();
        journal.append_with(self.hand, writer, self.now, whats, &receipts)?;
        self.hand.create_safe_folders(&[self.house.trash()], self.house.root()).map_err(at(&self.house.trash()))?;
        let moves: Vec<(PathBuf, PathBuf)> =
            intents.iter().map(|intent| (self.house.resolve(&intent.from), self.house.resolve(&intent.to))).collect();
        self.hand.move_all(&moves).map_err(at(&self.house.trash()))?;
        let released = intents.iter().map(|intent| What::Released { file: intent.file.clone() }).collect();
        journal.append(self.hand, writer, self.now, released)?;
        for intent in &intents {
            applied.removed.0 += 1;
            applied.removed.1 += intent.stored;
        }
        Ok(())
    }

    fn purge(
        &self,
        moves: &[&Move],
        items: &[Item],
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        if moves.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let intents: Vec<Intent> = moves
            .iter()
            .map(|made| {
                let item = &items[made.item];
                Intent {
                    action: Action::Purge,
                    sort: item.sort,
                    file: hex(item.id),
                    from: item.path.clone(),
                    to: String::new(),
                    hash: String::new(),
                    length: 0,
                    stored: item.stored,
                    modified_ns: 0,
                    mode: 0,
                    rule: made.reason.clone(),
                    receipt: String::new(),
                }
            })
            .collect();
        self.let_go(&intents, journal, writer)?;
        for intent in &intents {
            applied.purged.0 += 1;
            applied.purged.1 += intent.stored;
        }
        Ok(())
    }

    /// Removes what the intents name, once they stand in the ledger.
    pub(super) fn let_go(
        &self,
        intents: &[Intent],
        journal: &mut Journal,
        writer: &mut Writer,
    ) -> Result<(), RetentionError> {
        let whats = intents.iter().map(|intent| What::Intent(Box::new(intent.clone()))).collect();
        journal.append(self.hand, writer, self.now, whats)?;
        let gone: Vec<PathBuf> = intents.iter().map(|intent| self.house.resolve(&intent.from)).collect();
        self.hand.remove_all(&gone).map_err(at(self.house.root()))?;
        let released = intents.iter().map(|intent| What::Released { file: intent.file.clone() }).collect();
        journal.append(self.hand, writer, self.now, released)
    }

    /// Writes receipts where they outlive the ledger and the database.
    pub(super) fn write_receipts(&self, run: &str, receipts: &[Receipt]) -> Result<(), RetentionError> {
        let folder = self.house.receipts();
        self.hand.create_safe_folders(std::slice::from_ref(&folder), self.house.root()).map_err(at(&folder))?;
        let path = folder.join(format!("{run}.jsonl"));
        let written = self.hand.write_new(&self.house.incoming(), &path, |out| {
            // In few pieces: each is a call of the system.
            for receipts in receipts.chunks(256) {
                let mut text = Vec::new();
                for receipt in receipts {
                    serde_json::to_writer(&mut text, receipt)?;
                    text.push(b'\n');
                }
                out.write_all(&text)?;
            }
            Ok(())
        });
        written.and_then(|()| self.hand.settle()).map_err(at(&path))
    }

    /// What is about to be done with an active log; else why it stays.
    fn intent(&self, made: &Move, item: &Item, reader: &Reader) -> Result<Result<Intent, String>, RetentionError> {
        let stamp = match self.stamp_of(&item.path) {
            Ok(stamp) => stamp,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let (length, hash) = match item.sort {
            Sort::Log => match reader.file(item.id)?.filter(|file: &FileRow| file.path == item.path) {
                Some(file) => (file.length, file.hash),
                None => return Ok(Err("it is not there any more".to_owned())),
            },
            Sort::Errors => match hash_of(&self.house.resolve(&item.path)) {
                Ok(found) => found,
                Err(error) => return Ok(Err(error.to_string())),
            },
        };
        Ok(Ok(Intent {
            action: Action::Archive,
            sort: item.sort,
            file: hex(item.id),
            from: item.path.clone(),
            to: archive_path(&self.layout.archive, &item.path, item.last.min(self.now)),
            hash,
            length,
            stored: item.stored,
            modified_ns: stamp.modified_ns,
            mode: stamp.mode,
            rule: made.reason.clone(),
            receipt: String::new(),
        }))
    }

    fn stamp_of(&self, path: &str) -> io::Result<Stamp> {
        Ok(Stamp::of(&open_unlinked(&self.house.resolve(path))?.metadata()?))
    }

    /// Creates the folders of files, and makes their names safe.
    pub(super) fn create_folders<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Result<(), RetentionError> {
        let folders: BTreeSet<PathBuf> =
            paths.filter_map(|path| Some(self.house.resolve(path).parent()?.to_owned())).collect();
        // Those that exist, too: a run that died may have made one whose name is not safe yet.
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        self.hand.create_safe_folders(&folders, self.house.root()).map_err(at(self.house.root()))
    }

    /// Does something with each load, in parallel; the first refusal of the house ends it.
    fn each(
        &self,
        loads: &mut [Load],
        work: impl Fn(&mut Load) -> io::Result<()> + Sync,
    ) -> Result<(), RetentionError> {
        let places: Vec<Mutex<&mut Load>> = loads.iter_mut().map(Mutex::new).collect();
        let next = AtomicUsize::new(0);
        let fault: Mutex<Option<io::Error>> = Mutex::new(None);
        let is_over = || fault.lock().is_ok_and(|fault| fault.is_some());
        thread::scope(|scope| {
            for _ in 0..self.workers.min(places.len()) {
                scope.spawn(|| {
                    while !is_over() {
                        let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let Ok(mut load) = place.lock() else { return };
                        if let (Err(error), Ok(mut fault)) = (work(&mut load), fault.lock()) {
                            fault.get_or_insert(error);
                        }
                    }
                });
            }
        });
        match fault.into_inner().unwrap_or(None) {
            Some(error) => Err(at(&self.house.incoming())(error)),
            None => Ok(()),
        }
    }
}

pub(super) fn hex(id: u64) -> String {
    format!("{id:016x}")
}

/// The id of a run that leaves receipts: its time, and a number where that is taken.
pub(super) fn receipt_id(house: &House, now: Millis) -> String {
    let id = |number: u64| hex((now.unsigned_abs() << 8) + number);
    let is_free = |id: &String| !house.receipts().join(format!("{id}.jsonl")).exists();
    (0..256).map(id).find(is_free).unwrap_or_else(|| id(255))
}

/// Length and hash of a file that nobody writes to.
fn hash_of(path: &std::path::Path) -> io::Result<(u64, String)> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(open_unlinked(path)?)?;
    Ok((hash.count(), hash.finalize().to_hex().to_string()))
}

/// How many logs move before the disk is waited for.
fn group_size(moves: &[&Move], items: &[Item]) -> usize {
    let mut bytes = 0;
    let fits = |made: &&&Move| {
        bytes += items[made.item].stored;
        bytes <= GROUP_BYTES
    };
    moves.iter().take(GROUP_FILES).take_while(fits).count().max(1)
}
