//! Packs a log for the archive, and proves what was packed.
//!
//! One zstd frame for each log, with the length and a checksum in it, which the ordinary `zstd` reads. Level 6 with
//! long-distance matching is the fastest that makes cumulative logs 5.5 times smaller; the window is at most 128 MiB,
//! which is what the ordinary tool takes without being asked.

use crate::disk::{Stamp, open_unlinked};
use crate::intake::{Altered, Compression, decoder};
use crate::store::{DurableHand, Intent};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Compression level, measured; see docs/performance.md.
const LEVEL: i32 = 6;
/// The largest window, as a power of two.
const LONGEST_WINDOW: u32 = 27;
/// The smallest window.
const SHORTEST_WINDOW: u32 = 10;
/// How much is read in one piece.
const CHUNK: usize = 256 * 1024;

/// Why a file was not packed or unpacked.
#[derive(Debug)]
pub enum Refused {
    /// It is not what was kept, or cannot be read; it stays as it is.
    Source(io::Error),
    /// Somebody wanted it to stop.
    Stopped,
    /// The house cannot be written to.
    House(io::Error),
}

/// What a proof found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The very bytes that were kept.
    Sound,
    /// Something else.
    Altered,
    /// Nothing.
    Missing,
}

/// Writes the archive of a log aside; says where, and how many bytes it has.
pub fn pack(
    hand: &DurableHand<'_>,
    incoming: &Path,
    from: &Path,
    to: &Path,
    intent: &Intent,
    stop: &AtomicBool,
) -> Result<(PathBuf, u64), Refused> {
    let mut source = open_sized(from, intent.length)?;
    let mut stored = 0;
    let mut refused = None;
    let stamp = Stamp { modified_ns: intent.modified_ns, mode: intent.mode };
    let written = hand.write_stamped(incoming, to, Some(stamp), |out| {
        let mut encoder = zstd::Encoder::new(Counted { out, count: &mut stored }, LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(intent.length))?;
        encoder.long_distance_matching(true)?;
        let window = (u64::BITS - intent.length.leading_zeros()).clamp(SHORTEST_WINDOW, LONGEST_WINDOW);
        encoder.window_log(window)?;
        let copied = copy_proven(&mut source, &mut encoder, intent, stop);
        let copied = copied.map_err(|error| take_refusal(error, &mut refused));
        copied.and_then(|()| encoder.finish().map(drop))
    });
    match (written, refused) {
        (Ok(aside), _) => Ok((aside, stored)),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(Refused::House(error)),
    }
}

/// Writes the bytes of an archive aside as they came; says where.
pub fn unpack(
    hand: &DurableHand<'_>,
    incoming: &Path,
    from: &Path,
    to: &Path,
    intent: &Intent,
    stop: &AtomicBool,
) -> Result<PathBuf, Refused> {
    let source = open_unlinked(from).map_err(Refused::Source)?;
    let mut source = decoder(Compression::Zstd, source).map_err(Refused::Source)?;
    let mut refused = None;
    let stamp = Stamp { modified_ns: intent.modified_ns, mode: intent.mode };
    let written = hand.write_stamped(incoming, to, Some(stamp), |out| {
        let copied = copy_proven(&mut source, out, intent, stop);
        copied.map_err(|error| take_refusal(error, &mut refused))
    });
    match (written, refused) {
        (Ok(aside), _) => Ok(aside),
        (Err(_), Some(refused)) => Err(refused),
        (Err(error), None) => Err(Refused::House(error)),
    }
}

/// Compares a file with what was kept. `compression` is how the house packed it.
pub fn prove(path: &Path, compression: Compression, length: u64, hash: &str) -> io::Result<Proof> {
    let source = match open_unlinked(path) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Proof::Missing),
        // A link, a folder, a pipe.
        Err(error) if error.raw_os_error().is_none() => return Ok(Proof::Altered),
        Err(error) => return Err(error),
    };
    if compression == Compression::None && source.metadata()?.len() != length {
        return Ok(Proof::Altered);
    }
    let mut found = blake3::Hasher::new();
    let read = decoder(compression, BufReader::with_capacity(CHUNK, source))
        .and_then(|plain| io::copy(&mut plain.take(length.saturating_add(1)), &mut found));
    Ok(match read {
        Ok(read) if read == length && found.finalize().to_hex().as_str() == hash => Proof::Sound,
        // A stream that cannot be unpacked is not what was kept, either; what the system refuses is another matter.
        Err(error) if error.raw_os_error().is_some() => return Err(error),
        _ => Proof::Altered,
    })
}

/// Opens a file that must have so many bytes.
fn open_sized(path: &Path, length: u64) -> Result<File, Refused> {
    let source = open_unlinked(path).map_err(Refused::Source)?;
    let found = source.metadata().map_err(Refused::Source)?.len();
    if found == length { Ok(source) } else { Err(Refused::Source(io::Error::other(Altered))) }
}

/// Copies a log; its end is refused if it is not what was kept.
fn copy_proven(from: &mut dyn Read, to: &mut dyn Write, intent: &Intent, stop: &AtomicBool) -> io::Result<()> {
    let mut hash = blake3::Hasher::new();
    let mut chunk = vec![0; CHUNK];
    let mut length = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::other(Aside(Refused::Stopped)));
        }
        let read = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(io::Error::other(Aside(Refused::Source(error)))),
        };
        hash.update(&chunk[..read]);
        length += read as u64;
        to.write_all(&chunk[..read])?;
    }
    if length != intent.length || hash.finalize().to_hex().as_str() != intent.hash {
        return Err(io::Error::other(Aside(Refused::Source(io::Error::other(Altered)))));
    }
    Ok(())
}

/// Carries a refusal through an error of writing.
#[derive(Debug)]
struct Aside(Refused);

impl std::fmt::Display for Aside {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Refused::Source(error) | Refused::House(error) => error.fmt(out),
            Refused::Stopped => out.write_str("stopped"),
        }
    }
}

impl std::error::Error for Aside {}

/// Takes the refusal out of an error, if it carries one.
fn take_refusal(error: io::Error, refused: &mut Option<Refused>) -> io::Error {
    match error.downcast::<Aside>() {
        Ok(Aside(inner)) => {
            *refused = Some(inner);
            io::Error::other("given up")
        }
        Err(error) => error,
    }
}

/// Counts what is written.
struct Counted<'a> {
    out: &'a mut dyn Write,
    count: &'a mut u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        *self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
