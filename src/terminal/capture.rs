//! Streams that keep what is written to them, so that tests see the whole answer.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// What a terminal wrote so far.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    pub(super) out: Kept,
    pub(super) err: Kept,
}

impl Captured {
    /// What went to standard output.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// What went to standard error.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

/// A stream into memory; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
