//! The one hand: nothing else changes evidence.
//!
//! The order never varies: write aside, sync, rename, sync the folder; only then may the
//! caller write down that the bytes are there. An interruption may leave litter in the
//! folder for unfinished copies, or bytes behind the recorded end of a copy, but never
//! a hole, and nothing is ever written over. Copies are synced in groups, for one wait of the disk serves them all.
//!
//! What is moved or removed was written into the ledger before, which is the task of whoever asks for it.

use crate::disk::{Disk, DiskFile, Stamp};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// From how many files on the whole disk is synced at once instead of each file.
const GROUP: usize = 8;

/// The extension of unfinished copies.
const PARTIAL: &str = "partial";
/// The extension of what came through a pipe, until it is copied.
pub const SPOOL: &str = "spool";

/// Writes evidence.
pub struct DurableHand<'d> {
    disk: &'d dyn Disk,
    pending: Mutex<Pending>,
    serial: AtomicU64,
}

/// Where a new file lies, which name it gets, and the file.
type Aside = (PathBuf, PathBuf, Box<dyn DiskFile>);

#[derive(Default)]
struct Pending {
    /// Written aside, to be moved to their names.
    aside: Vec<Aside>,
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

    /// Creates folders below `root` and makes their names, and those of the folders above them, safe.
    pub fn create_safe_folders(&self, folders: &[PathBuf], root: &Path) -> io::Result<()> {
        self.create_folders(folders)?;
        let above: BTreeSet<&Path> = folders
            .iter()
            .flat_map(|folder| folder.ancestors().skip(1).take_while(|above| above.starts_with(root)))
            .collect();
        above.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Writes a new file aside, in the folder `incoming`; [`DurableHand::settle`] gives it
    /// its name. After an error nothing is left.
    pub fn write_new(
        &self,
        incoming: &Path,
        target: &Path,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.write_stamped(incoming, target, None, fill).map(drop)
    }

    /// Like [`DurableHand::write_new`], with a time and a mode; says where the file lies until it has its name.
    pub fn write_stamped(
        &self,
        incoming: &Path,
        target: &Path,
        stamp: Option<Stamp>,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<PathBuf> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let aside = incoming.join(format!("{serial}.{PARTIAL}"));
        let mut file = self.disk.create(&aside)?;
        let filled = fill(&mut file).and_then(|()| file.flush());
        if let Err(error) = filled.and_then(|()| stamp.map_or(Ok(()), |stamp| file.stamp(stamp))) {
            drop(file);
            // The error that led here is the one to report.
            let _ = self.disk.remove(&aside);
            return Err(error);
        }
        self.pending().aside.push((aside.clone(), target.to_owned(), file));
        Ok(aside)
    }

    /// Gives up a file that was written aside.
    pub fn give_up(&self, aside: &Path) -> io::Result<()> {
        self.pending().aside.retain(|(path, ..)| path != aside);
        self.disk.remove(aside)
    }

    /// Writes behind the end of a file of `length` bytes.
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
        let aside = self.sync_all()?;
        let mut folders = BTreeSet::new();
        for (from, to, _) in &aside {
            // Whoever decided to write a new copy saw that nothing has its name; nothing is
            // ever written over.
            if is_there(to) {
                return Err(taken(to));
            }
            self.disk.rename(from, to)?;
            folders.extend(to.parent());
        }
        folders.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Makes all that was written since the last call safe; new files still lie aside.
    pub fn sync(&self) -> io::Result<()> {
        let aside = self.sync_all()?;
        self.pending().aside.extend(aside);
        Ok(())
    }

    /// Syncs what is pending, and hands over what lies aside.
    fn sync_all(&self) -> io::Result<Vec<Aside>> {
        let Pending { mut aside, mut extended } = std::mem::take(&mut *self.pending());
        let Some(any) = aside.first().map(|(path, ..)| path.clone()).or_else(|| Some(extended.first()?.0.clone()))
        else {
            return Ok(aside);
        };
        let at_once = aside.len() + extended.len() >= GROUP && self.disk.sync_disk(&any).is_ok();
        if !at_once {
            extended.iter_mut().try_for_each(|(_, file)| file.sync())?;
            aside.iter_mut().try_for_each(|(.., file)| file.sync())?;
        }
        Ok(aside)
    }

    /// Moves files to names that nothing has, in folders that exist, and waits until that is safe. One that is gone, or
    /// whose new name is taken, stays, with the reason.
    pub fn move_all(&self, moves: &[(PathBuf, PathBuf)]) -> io::Result<Vec<Option<io::Error>>> {
        let mut folders = BTreeSet::new();
        let mut stays = Vec::with_capacity(moves.len());
        for (from, to) in moves {
            let moved = if is_there(to) { Err(taken(to)) } else { self.disk.rename(from, to) };
            stays.push(match moved {
                Ok(()) => None,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists || !is_there(from) => Some(error),
                Err(error) => return Err(error),
            });
            folders.extend([to.parent(), from.parent()].into_iter().flatten());
        }
        folders.into_iter().filter(|folder| folder.is_dir()).try_for_each(|folder| self.disk.sync_folder(folder))?;
        Ok(stays)
    }

    /// Removes files, of which some may be gone, and waits until that is safe.
    pub fn remove_all(&self, paths: &[PathBuf]) -> io::Result<()> {
        let mut folders = BTreeSet::new();
        for path in paths {
            match self.disk.remove(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => folders.extend(path.parent()),
            }
        }
        folders.into_iter().filter(|folder| folder.is_dir()).try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Waits until the names of files that are in place would survive a loss of power.
    pub fn sync_names(&self, paths: &[PathBuf]) -> io::Result<()> {
        let folders: BTreeSet<&Path> =
            paths.iter().filter_map(|path| path.parent()).filter(|path| path.is_dir()).collect();
        folders.into_iter().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Cuts off what a dead writer left half written behind the last whole line of a file.
    pub fn cut_torn_tail(&self, path: &Path, length: u64) -> io::Result<()> {
        self.disk.cut(path, length)
    }

    /// Gives a file of evidence new content, all of it or nothing, since a person wants something forgotten, or a ledger
    /// is made anew. What a death leaves half written lies in the folder `incoming`.
    pub fn rewrite(&self, incoming: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let aside = incoming.join(format!("{serial}.{PARTIAL}"));
        let mut file = self.disk.create(&aside)?;
        let written = file.write_all(content).and_then(|()| file.sync()).and_then(|()| self.disk.rename(&aside, path));
        if let Err(error) = written {
            drop(file);
            // The error that led here is the one to report.
            let _ = self.disk.remove(&aside);
            return Err(error);
        }
        path.parent().map_or(Ok(()), |folder| self.disk.sync_folder(folder))
    }

    /// Notes that a writer is at work; the note outlives its death.
    pub fn mark(&self, path: &Path) -> io::Result<()> {
        self.disk.create(path)?.sync()?;
        path.parent().map_or(Ok(()), |folder| self.disk.sync_folder(folder))
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
        let entries = match fs::read_dir(incoming) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == PARTIAL || extension == SPOOL) {
                self.disk.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Gives a kept file a better name.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)?;
        to.parent().map_or(Ok(()), |folder| self.disk.sync_folder(folder))
    }
}

/// Whether anything has that name, a link that leads nowhere included.
pub fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn taken(path: &Path) -> io::Error {
    io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", path.display()))
}

#[cfg(test)]
mod tests {
    use super::DurableHand;
    use crate::disk::{Disk, DiskFile, RealDisk, Stamp};
    use std::io::{self, Write};
    use std::path::Path;
    use std::sync::{Arc, Mutex};

    /// Does what it is told and remembers the order.
    #[derive(Default)]
    struct Watched {
        done: Arc<Mutex<Vec<String>>>,
    }

    struct WatchedFile(Box<dyn DiskFile>, String, Arc<Mutex<Vec<String>>>);

    impl Write for WatchedFile {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.2.lock().unwrap().push(format!("write {}", self.1));
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl DiskFile for WatchedFile {
        fn stamp(&mut self, stamp: Stamp) -> io::Result<()> {
            self.0.stamp(stamp)
        }

        fn sync(&mut self) -> io::Result<()> {
            self.2.lock().unwrap().push(format!("sync {}", self.1));
            self.0.sync()
        }
    }

    fn name(path: &Path) -> String {
        path.file_name().unwrap().to_string_lossy().into_owned()
    }

    impl Watched {
        fn note(&self, what: String) {
            self.done.lock().unwrap().push(what);
        }

        fn file(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
            Box::new(WatchedFile(file, name(path), self.done.clone()))
        }
    }

    impl Disk for Watched {
        fn create_folder(&self, path: &Path) -> io::Result<()> {
            RealDisk.create_folder(path)
        }

        fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
            Ok(self.file(path, RealDisk.create(path)?))
        }

        fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
            Ok(self.file(path, RealDisk.extend(path, length)?))
        }

        fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
            RealDisk.cut(path, length)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.note(format!("rename {} {}", name(from), name(to)));
            RealDisk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.note(format!("remove {}", name(path)));
            RealDisk.remove(path)
        }

        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            self.note(format!("sync folder {}", name(path)));
            RealDisk.sync_folder(path)
        }

        fn sync_disk(&self, _: &Path) -> io::Result<()> {
            self.note("sync disk".to_owned());
            Ok(())
        }
    }

    fn folders() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let (incoming, logs) = (root.path().join("incoming"), root.path().join("logs"));
        DurableHand::new(&RealDisk).create_folders(&[incoming.clone(), logs.clone()]).unwrap();
        (root, incoming, logs)
    }

    #[test]
    fn a_name_is_given_only_to_what_is_safe() {
        let (_root, incoming, logs) = folders();
        let disk = Watched::default();
        let hand = DurableHand::new(&disk);
        std::fs::write(logs.join("old"), "1234").unwrap();
        hand.write_new(&incoming, &logs.join("new"), |out| out.write_all(b"x")).unwrap();
        hand.append(&logs.join("old"), 4, |out| out.write_all(b"5")).unwrap();
        hand.settle().unwrap();
        let done = disk.done.lock().unwrap().join(", ");
        assert_eq!(
            done,
            "write 0.partial, write old, sync old, sync 0.partial, rename 0.partial new, sync folder logs"
        );
        assert_eq!(std::fs::read_to_string(logs.join("old")).unwrap(), "12345");
    }

    #[test]
    fn many_files_wait_for_the_disk_once() {
        let (_root, incoming, logs) = folders();
        let disk = Watched::default();
        let hand = DurableHand::new(&disk);
        for n in 0..super::GROUP {
            hand.write_new(&incoming, &logs.join(n.to_string()), |_| Ok(())).unwrap();
        }
        hand.settle().unwrap();
        let done = disk.done.lock().unwrap();
        assert_eq!(done.iter().filter(|what| what.starts_with("sync")).count(), 2, "{done:?}");
        assert_eq!(done[0], "sync disk");
    }

    #[test]
    fn nothing_is_written_over() {
        let (_root, incoming, logs) = folders();
        let hand = DurableHand::new(&RealDisk);
        std::fs::write(logs.join("kept"), "evidence").unwrap();
        hand.write_new(&incoming, &logs.join("kept"), |out| out.write_all(b"other")).unwrap();
        assert_eq!(hand.settle().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(hand.append(&logs.join("kept"), 3, |_| Ok(())).is_err());
        assert_eq!(std::fs::read_to_string(logs.join("kept")).unwrap(), "evidence");
    }

    #[test]
    fn a_failed_copy_leaves_nothing() {
        let (_root, incoming, logs) = folders();
        let hand = DurableHand::new(&RealDisk);
        let failed = hand.write_new(&incoming, &logs.join("new"), |out| {
            out.write_all(b"half")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        hand.settle().unwrap();
        assert_eq!(std::fs::read_dir(&incoming).unwrap().count() + std::fs::read_dir(&logs).unwrap().count(), 0);
    }
}
