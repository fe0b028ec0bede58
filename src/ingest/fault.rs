//! What can stop an ingest.

use crate::plugin::Fault;
use crate::retention::RetentionError;
use crate::store::StoreError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why an ingest could not be finished. What it had brought in until then is kept.
#[derive(Debug)]
pub enum IngestError {
    /// The store refused.
    Store(StoreError),
    /// What a dead run of retention left could not be taken up.
    Retention(RetentionError),
    /// A classifier could not be started.
    Plugin(Fault),
    /// The house could not be written to.
    House {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A pattern in the settings is none.
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for IngestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IngestError::Store(error) => error.fmt(out),
            IngestError::Retention(error) => error.fmt(out),
            IngestError::Plugin(fault) => fault.fmt(out),
            IngestError::House { path, source } if source.kind() == io::ErrorKind::StorageFull => {
                write!(out, "no space left on the device that holds {}", path.display())
            }
            IngestError::House { path, .. } => write!(out, "cannot write to {}", path.display()),
            IngestError::Pattern { pattern, message } => {
                write!(out, "`{pattern}` under [exclude] is no glob: {message}")
            }
        }
    }
}

impl std::error::Error for IngestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            IngestError::Store(error) => error.source(),
            IngestError::Retention(error) => error.source(),
            IngestError::House { source, .. } if source.kind() != io::ErrorKind::StorageFull => Some(source),
            _ => None,
        }
    }
}

impl From<StoreError> for IngestError {
    fn from(error: StoreError) -> IngestError {
        IngestError::Store(error)
    }
}

impl From<RetentionError> for IngestError {
    fn from(error: RetentionError) -> IngestError {
        match error {
            RetentionError::Store(error) => IngestError::Store(error),
            RetentionError::House { path, source } => IngestError::House { path, source },
            other => IngestError::Retention(other),
        }
    }
}
