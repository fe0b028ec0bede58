//! One writer at a time; readers need no lock.

use super::StoreError;
use crate::disk::open_private;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The right to change a house, given up when dropped or when the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// What the holder of a lock wrote about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Number of the process that holds it, if it could be read.
    pub holder: Option<u32>,
}

impl Lock {
    /// Whether a process holds the lock at this moment.
    pub fn is_held(path: &Path) -> bool {
        File::open(path).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Keeps writers out for as long as everything is read; a house without a lock has none. If a writer is at work,
    /// `waiting` is called once and the call returns when that process is done. Nothing is written.
    pub fn share(path: &Path, waiting: impl FnOnce(Waiting)) -> Result<Option<Lock>, StoreError> {
        let Ok(mut file) = File::open(path) else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&mut file).take(20).read_to_string(&mut holder);
                waiting(Waiting { holder: holder.trim().parse().ok() });
                file.lock_shared().map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
            }
            Err(TryLockError::Error(source)) => return Err(StoreError::Io { path: path.to_owned(), source }),
        }
        Ok(Some(Lock { _file: file }))
    }

    /// Takes the lock. If another process holds it, `waiting` is called once and the
    /// call returns when that process is done.
    pub fn take(path: &Path, waiting: impl FnOnce(Waiting)) -> Result<Lock, StoreError> {
        let fault = |source| StoreError::Io { path: path.to_owned(), source };
        let mut file = open_private(path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who holds it is a courtesy; the lock itself does not depend on it. Who only reads writes no number.
                if file.try_lock_shared().is_err() {
                    let _ = (&file).take(20).read_to_string(&mut holder);
                }
                waiting(Waiting { holder: holder.trim().parse().ok() });
                file.lock().map_err(fault)?;
            }
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(fault)?;
        writeln!(file, "{}", std::process::id()).map_err(fault)?;
        Ok(Lock { _file: file })
    }
}
