//! A disk that asks before each operation: it may refuse, or do something to the world in the meantime.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use logwright::disk::{Disk, DiskFile, RealDisk, Stamp};

/// Is told the operation, by the name of its method, and the path.
type Hook = dyn Fn(&str, &Path) -> io::Result<()> + Send + Sync;

/// The real disk, with a hook before each operation that changes it.
#[derive(Clone)]
pub struct Hooked(Arc<Hook>);

impl Hooked {
    /// A disk with this hook.
    pub fn new(hook: impl Fn(&str, &Path) -> io::Result<()> + Send + Sync + 'static) -> Hooked {
        Hooked(Arc::new(hook))
    }

    fn file(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(HookedFile { file, path: path.to_owned(), disk: self.clone() })
    }
}

struct HookedFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    disk: Hooked,
}

impl Write for HookedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Of a write that is refused, some arrives all the same; one that was interrupted had not begun.
        let refused = (self.disk.0)("write", &self.path);
        let arrived = |error: &io::Error| if error.kind() == io::ErrorKind::Interrupted { 0 } else { bytes.len() / 2 };
        refused.or_else(|error| self.file.write_all(&bytes[..arrived(&error)]).and(Err(error)))?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for HookedFile {
    fn stamp(&mut self, stamp: Stamp) -> io::Result<()> {
        (self.disk.0)("stamp", &self.path)?;
        self.file.stamp(stamp)
    }

    fn sync(&mut self) -> io::Result<()> {
        (self.disk.0)("sync", &self.path)?;
        self.file.sync()
    }
}

impl Disk for Hooked {
    fn append_line(&self, path: &Path, line: &[u8]) -> io::Result<()> {
        (self.0)("append_line", path)?;
        RealDisk.append_line(path, line)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        (self.0)("create_folder", path)?;
        RealDisk.create_folder(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        (self.0)("create", path)?;
        RealDisk.create(path).map(|file| self.file(path, file))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        (self.0)("extend", path)?;
        RealDisk.extend(path, length).map(|file| self.file(path, file))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        (self.0)("cut", path)?;
        RealDisk.cut(path, length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        (self.0)("rename", to)?;
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        (self.0)("remove", path)?;
        RealDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        (self.0)("sync_folder", path)?;
        RealDisk.sync_folder(path)
    }

    fn sync_disk(&self, path: &Path) -> io::Result<()> {
        (self.0)("sync_disk", path)?;
        RealDisk.sync_disk(path)
    }
}
