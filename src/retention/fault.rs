//! What can stop retention.

use crate::store::{LedgerFault, StoreError};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why retention could not be finished. Nothing is lost by it; the next run goes on.
#[derive(Debug)]
pub enum RetentionError {
    /// The store refused.
    Store(StoreError),
    /// A newer program wrote the ledger, or it cannot be read.
    Ledger(LedgerFault),
    /// The house could not be written to.
    House {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What would be done is no longer what was shown.
    Stale {
        /// The plan that was asked for.
        asked: String,
        /// The plan as it is now.
        found: String,
    },
    /// A glob under `[retention.projects]` is none.
    Policy {
        /// The glob.
        glob: String,
        /// Why it is none.
        why: String,
    },
}

impl RetentionError {
    /// The same, sorted as an error on the database at `path` if it was not sorted yet.
    pub fn at(self, path: &Path) -> RetentionError {
        match self {
            RetentionError::Store(error) => RetentionError::Store(error.at(path)),
            other => other,
        }
    }
}

/// Names what was touched.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> RetentionError + use<'_> {
    move |source| RetentionError::House { path: path.to_owned(), source }
}

impl fmt::Display for RetentionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RetentionError::Store(error) => error.fmt(out),
            RetentionError::Ledger(fault) => fault.fmt(out),
            RetentionError::House { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                write!(out, "no space left on the device that holds {}", path.display())
            }
            RetentionError::House { path, .. } => write!(out, "cannot write to {}", path.display()),
            RetentionError::Stale { asked, found } => {
                write!(out, "the plan {asked} is no longer what would be done; that is {found}")
            }
            RetentionError::Policy { glob, why } => {
                write!(out, "`{glob}` under [retention.projects] is no glob: {why}")
            }
        }
    }
}

impl std::error::Error for RetentionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RetentionError::Store(error) => error.source(),
            RetentionError::House { source, .. } if source.kind() != io::ErrorKind::StorageFull => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for RetentionError {
    fn from(error: StoreError) -> RetentionError {
        RetentionError::Store(error)
    }
}
