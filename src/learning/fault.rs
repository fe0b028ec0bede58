//! What can stop learning.

use crate::plugin::Fault;
use crate::store::StoreError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing more could be learned. Nothing is lost by it; the next run goes on.
#[derive(Debug)]
pub enum LearningError {
    /// The store refused.
    Store(StoreError),
    /// A plugin failed.
    Plugin(Fault),
    /// The house, or a file that agents read, could not be read or written to.
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Names what was touched.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> LearningError + use<'_> {
    move |source| LearningError::File { path: path.to_owned(), source }
}

impl LearningError {
    /// The same, sorted as an error on the database at `path` if it was not sorted yet.
    pub fn at(self, path: &Path) -> LearningError {
        match self {
            LearningError::Store(error) => LearningError::Store(error.at(path)),
            other => other,
        }
    }
}

impl From<StoreError> for LearningError {
    fn from(error: StoreError) -> LearningError {
        LearningError::Store(error)
    }
}

impl From<Fault> for LearningError {
    fn from(fault: Fault) -> LearningError {
        LearningError::Plugin(fault)
    }
}

impl fmt::Display for LearningError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LearningError::Store(error) => error.fmt(out),
            LearningError::Plugin(fault) => fault.fmt(out),
            LearningError::File { path, .. } => write!(out, "{} cannot be read or written", path.display()),
        }
    }
}

impl std::error::Error for LearningError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LearningError::Store(error) => error.source(),
            LearningError::Plugin(_) => None,
            LearningError::File { source, .. } => Some(source),
        }
    }
}
