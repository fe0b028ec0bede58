//! What can go wrong with the store.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Why the store could not be used.
#[derive(Debug)]
pub enum StoreError {
    /// There is no house, or nothing in it.
    Missing(PathBuf),
    /// A newer program wrote it.
    Newer {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// An older program wrote it; the next writer brings it up to date.
    Older {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// The file is no database of ours, or is broken.
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The disk is full.
    Full(PathBuf),
    /// The system said no.
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Any other refusal of SQLite.
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Sorts an error of SQLite on the database at `path`.
    pub fn of_sqlite(path: &Path, error: rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                StoreError::Damaged { path: path.to_owned(), source: error }
            }
            Some(ErrorCode::DiskFull) => StoreError::Full(path.to_owned()),
            // SQLite keeps to itself why; whoever tries again is told.
            Some(ErrorCode::CannotOpen) => match File::open(path) {
                Err(source) if source.kind() == io::ErrorKind::NotFound => StoreError::Missing(path.to_owned()),
                Err(source) => StoreError::Io { path: path.to_owned(), source },
                Ok(_) => StoreError::Io { path: path.to_owned(), source: io::Error::other(error) },
            },
            Some(ErrorCode::SystemIoFailure) => {
                StoreError::Io { path: path.to_owned(), source: io::Error::other(error) }
            }
            _ => StoreError::Sqlite(error),
        }
    }

    /// The same, sorted as an error on the database at `path` if it was not sorted yet.
    pub fn at(self, path: &Path) -> StoreError {
        match self {
            StoreError::Sqlite(error) => StoreError::of_sqlite(path, error),
            sorted => sorted,
        }
    }
}

/// Not sorted yet: whoever knows the path calls `at`.
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Sqlite(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Missing(path) => write!(out, "there is no house at {}", path.display()),
            StoreError::Newer { path, found, known } => write!(
                out,
                "{} has format {found}, written by a newer logwright; this one knows format {known}",
                path.display()
            ),
            StoreError::Older { path, found } => {
                write!(out, "{} has format {found}, written by an older logwright", path.display())
            }
            StoreError::Damaged { path, .. } => write!(out, "{} is damaged", path.display()),
            StoreError::Full(path) => write!(out, "no space left on the device that holds {}", path.display()),
            StoreError::Io { path, .. } => write!(out, "cannot use {}", path.display()),
            StoreError::Sqlite(_) => write!(out, "the store refused"),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StoreError::Damaged { source, .. } | StoreError::Sqlite(source) => Some(source),
            StoreError::Io { source, .. } => Some(source),
            StoreError::Missing(_) | StoreError::Newer { .. } | StoreError::Older { .. } | StoreError::Full(_) => None,
        }
    }
}
