//! Carries a plan out: intent, copy aside, proof, rename, and only then the release of what was there before.
//!
//! Logs move in groups, because one wait of the disk serves them all; each step of the order stands in the ledger
//! before the next begins, so that whoever comes after a death knows where it broke off.

use super::fault::{RetentionError, at};
use super::inventory::{Inventory, has_changed};
use super::journal::Journal;
use super::pack::{Proof, Refused, pack, prove};
use super::plan::{Item, Move, Plan};
use crate::disk::{Stamp, open_unlinked};
use crate::event::{Action, Millis, Sort};
use crate::intake::{Compression, explain};
use crate::layout::{House, archive_path};
use crate::settings::Layout;
use crate::store::{DurableHand, FileRow, Intent, Reader, What, Writer, is_there};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
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

/// The source that a log grows with, and its size and time of change when it was copied.
type Source = (String, (u64, i64));

/// A log that is about to move.
struct Load {
    intent: Intent,
    source: Option<Source>,
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
                    Ok((intent, source)) => loads.push(Load { intent, source, aside: None, refused: None }),
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
                } else if load.source.as_ref().is_some_and(|(source, seen)| has_changed(source, *seen)) {
                    load.refused = Some("its source has changed meanwhile".to_owned());
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

    /// What is about to be done with an active log; else why it stays.
    fn intent(
        &self,
        made: &Move,
        item: &Item,
        reader: &Reader,
    ) -> Result<Result<(Intent, Option<Source>), String>, RetentionError> {
        let stamp = match self.stamp_of(&item.path) {
            Ok(stamp) => stamp,
            Err(error) => return Ok(Err(explain(&error))),
        };
        let mut source = None;
        let (length, hash) = match item.sort {
            Sort::Log => match reader.file(item.id)?.filter(|file: &FileRow| file.path == item.path) {
                Some(file) => {
                    source = file.is_last.then(|| (file.source.clone(), (file.stat.size, file.stat.modified_ns)));
                    (file.length, file.hash)
                }
                None => return Ok(Err("it is not there any more".to_owned())),
            },
            Sort::Errors => match hash_of(&self.house.resolve(&item.path)) {
                Ok(found) => found,
                Err(error) => return Ok(Err(explain(&error))),
            },
        };
        let to = archive_path(&self.layout.archive, &item.path, item.last.min(self.now));
        if is_there(&self.house.resolve(&to)) {
            return Ok(Err(format!("{to} is there already")));
        }
        if let Some(link) = self.link_above(&self.layout.archive, &to) {
            return Ok(Err(format!("{link} is a link")));
        }
        let intent = Intent {
            action: Action::Archive,
            sort: item.sort,
            file: hex(item.id),
            from: item.path.clone(),
            to,
            hash,
            length,
            stored: item.stored,
            modified_ns: stamp.modified_ns,
            mode: stamp.mode,
            rule: made.reason.clone(),
            receipt: String::new(),
        };
        Ok(Ok((intent, source)))
    }

    /// The folder between `above` and a file that is a link, and so leads who knows where.
    fn link_above(&self, above: &str, path: &str) -> Option<String> {
        let folders = Path::new(path).ancestors().skip(1).take_while(|folder| *folder != Path::new(above));
        let link = folders.filter_map(Path::to_str).find(|folder| self.house.resolve(folder).is_symlink());
        link.map(str::to_owned)
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

/// Length and hash of a file that nobody writes to.
fn hash_of(path: &Path) -> io::Result<(u64, String)> {
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
