//! The operations that change the disk, with a real form; tests have others.
//!
//! Evidence changes only through `store`'s durable hand, which is their one caller there.

use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// What a file is besides its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Last modification in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The permission bits.
    pub mode: u32,
}

impl Stamp {
    /// The stamp of a file.
    pub fn of(metadata: &fs::Metadata) -> Stamp {
        let modified_ns = metadata.mtime().saturating_mul(NANOS).saturating_add(metadata.mtime_nsec());
        Stamp { modified_ns, mode: metadata.mode() & 0o7777 }
    }
}

/// Nanoseconds in a second.
const NANOS: i64 = 1_000_000_000;

/// A file that is being written.
pub trait DiskFile: Write + Send {
    /// Sets when the file was last modified, and who may do what with it.
    fn stamp(&mut self, stamp: Stamp) -> io::Result<()>;
    /// Waits until what was written would survive a loss of power.
    fn sync(&mut self) -> io::Result<()>;
}

/// What can be changed on a disk.
pub trait Disk: Send + Sync {
    /// Creates a folder and those above it, readable by the owner alone.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Creates a file, or empties it, readable by the owner alone.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file of `length` bytes to write behind them; one of another length is an error.
    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>>;
    /// Cuts a file to a length that it has or exceeds, and waits until that would survive a loss of power.
    fn cut(&self, path: &Path, length: u64) -> io::Result<()>;
    /// Moves a file within the disk, over whatever has the name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Waits until the names in a folder would survive a loss of power.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Waits until everything written to the disk that holds `path` would.
    fn sync_disk(&self, path: &Path) -> io::Result<()>;

    /// Appends to a file, which it creates if need be, with one write: of several processes at once each line stays
    /// whole. For what is no evidence; nothing is synced.
    fn append_line(&self, path: &Path, line: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        open_for_writing(path, &mut options)?.write_all(line)
    }

    /// Gives a file new content, all of it or nothing. For what is no evidence.
    fn replace(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.replace_stamped(path, content, None)
    }

    /// The same, with a time and permission bits; without a stamp the owner alone can read it.
    fn replace_stamped(&self, path: &Path, content: &[u8], stamp: Option<Stamp>) -> io::Result<()> {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let aside = Path::new(&aside);
        let mut file = self.create(aside)?;
        file.write_all(content)?;
        stamp.map_or(Ok(()), |stamp| file.stamp(stamp))?;
        file.sync()?;
        self.rename(aside, path)?;
        path.parent().map_or(Ok(()), |folder| self.sync_folder(folder))
    }
}

/// Opens a file for reading if it is one: a pipe in its place must not hold up the run.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_for_reading(path, OFlags::NONBLOCK)
}

/// Like [`open_regular`], but a link in its place is an error.
pub fn open_unlinked(path: &Path) -> io::Result<File> {
    open_for_reading(path, OFlags::NONBLOCK | OFlags::NOFOLLOW)
}

fn open_for_reading(path: &Path, flags: OFlags) -> io::Result<File> {
    let is_unlinked = flags.contains(OFlags::NOFOLLOW);
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let file = opened.map_err(|error| explain_kind(error, is_unlinked))?;
    if !file.metadata()?.is_file() {
        return Err(no_regular_file());
    }
    Ok(file)
}

/// Opens a file of the house for writing: neither a link nor a pipe in its place is followed.
fn open_for_writing(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let file = options.custom_flags(flags.bits() as i32).open(path).map_err(|error| explain_kind(error, true))?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_regular_file()) }
}

fn no_regular_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file (any more)")
}

/// Says in our words what the system says of a link that must not be followed, and of a socket.
fn explain_kind(error: io::Error, is_unlinked: bool) -> io::Error {
    match error.raw_os_error().map(rustix::io::Errno::from_raw_os_error) {
        Some(rustix::io::Errno::LOOP) if is_unlinked => io::Error::new(io::ErrorKind::InvalidInput, "it is a link"),
        Some(rustix::io::Errno::NXIO) => no_regular_file(),
        _ => error,
    }
}

/// Opens a file that others hold open too, a lock or a database; a new one is readable by
/// the owner alone.
pub fn open_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl DiskFile for File {
    fn stamp(&mut self, stamp: Stamp) -> io::Result<()> {
        self.set_permissions(Permissions::from_mode(stamp.mode))?;
        let time = Duration::from_nanos(stamp.modified_ns.unsigned_abs());
        self.set_modified(if stamp.modified_ns < 0 { UNIX_EPOCH - time } else { UNIX_EPOCH + time })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Disk for RealDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        Ok(Box::new(file))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        let file = open_for_writing(path, OpenOptions::new().append(true))?;
        if file.metadata()?.len() != length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the copy has another length than it should"));
        }
        Ok(Box::new(file))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = open_for_writing(path, OpenOptions::new().write(true))?;
        if file.metadata()?.len() < length {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is shorter than it should be"));
        }
        file.set_len(length)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    #[cfg(target_os = "linux")]
    fn sync_disk(&self, path: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(path)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_disk(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
