//! The one hand: nothing else changes evidence.
//!
//! The order never varies: write aside, sync, rename, sync the folder; only then may the
//! caller write down that the bytes are there. An interruption may leave litter in the
//! folder for unfinished copies, or bytes behind the recorded end of a copy, but never
//! a hole. Copies are synced in groups, for one wait of the disk serves them all.

use crate::disk::{Disk, DiskFile};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// From how many files on the whole disk is synced at once instead of each file.
const GROUP: usize = 8;

/// Writes evidence.
pub struct DurableHand<'d> {
    disk: &'d dyn Disk,
    pending: Mutex<Pending>,
    serial: AtomicU64,
}

#[derive(Default)]
struct Pending {
    /// Written aside, to be moved to their names.
    aside: Vec<(PathBuf, PathBuf, Box<dyn DiskFile>)>,
    /// Written behind the end of a file that is in place.
    extended: Vec<(PathBuf, Box<dyn DiskFile>)>,
}

impl<'d> DurableHand<'d> {
    /// A hand on a disk.
    pub fn new(disk: &'d dyn Disk) -> Self {
        DurableHand { disk, pending: Mutex::default(), serial: AtomicU64::new(0) }
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates the folders of a house.
    pub fn create_folders(&self, folders: &[PathBuf]) -> io::Result<()> {
        folders.iter().try_for_each(|folder| self.disk.create_folder(folder))
    }

    /// Writes a new file aside, in the folder `incoming`; [`DurableHand::settle`] gives it
    /// its name. After an error nothing is left.
    pub fn write_new(
        &self,
        incoming: &Path,
        target: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let aside = incoming.join(format!("{serial}.partial"));
        let mut file = self.disk.create(&aside)?;
        if let Err(error) = fill(&mut file).and_then(|()| file.flush()) {
            drop(file);
            // The error that led here is the one to report.
            let _ = self.disk.remove(&aside);
            return Err(error);
        }
        self.pending().aside.push((aside, target.to_owned(), file));
        Ok(())
    }

    /// Writes behind the first `length` bytes of a file. What lay beyond them was never
    /// written down as being there.
    pub fn append(
        &self,
        path: &Path,
        length: u64,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut file = self.disk.extend(path, length)?;
        fill(&mut file).and_then(|()| file.flush())?;
        self.pending().extended.push((path.to_owned(), file));
        Ok(())
    }

    /// Makes all that was written since the last call safe and gives new files their names.
    pub fn settle(&self) -> io::Result<()> {
        let Pending { mut aside, mut extended } = std::mem::take(&mut *self.pending());
        let Some(any) = aside.first().map(|(path, ..)| path.clone()).or_else(|| Some(extended.first()?.0.clone()))
        else {
            return Ok(());
        };
        let at_once = aside.len() + extended.len() >= GROUP && self.disk.sync_disk(&any).is_ok();
        if !at_once {
            extended.iter_mut().try_for_each(|(_, file)| file.sync())?;
            aside.iter_mut().try_for_each(|(.., file)| file.sync())?;
        }
        let mut folders = BTreeSet::new();
        for (from, to, _) in &aside {
            self.disk.rename(from, to)?;
            folders.extend(to.parent());
        }
        folders.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Notes that a writer is at work; the note outlives its death.
    pub fn mark(&self, path: &Path) -> io::Result<()> {
        self.disk.create(path).map(drop)
    }

    /// Notes that the writer is done.
    pub fn unmark(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }

    /// Writes what comes through a pipe to a file of which a copy can be made.
    pub fn spool(&self, path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.disk.create(path)?;
        fill(&mut file)?;
        file.flush()
    }

    /// Removes what a dead writer left in the folder for unfinished copies.
    pub fn clear_litter(&self, incoming: &Path) -> io::Result<()> {
        for entry in fs::read_dir(incoming)? {
            self.disk.remove(&entry?.path())?;
        }
        Ok(())
    }

    /// Gives a kept file a better name.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)?;
        to.parent().map_or(Ok(()), |folder| self.disk.sync_folder(folder))
    }
}
