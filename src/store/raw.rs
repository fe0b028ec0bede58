//! Reads kept logs back.

use super::{FileRow, Reader};
use crate::disk::open_regular;
use crate::intake::formats::Reading;
use crate::intake::{Altered, Compression, Form, Shape, decoder};
use crate::layout::{House, Tier};
use crate::pipeline::{FamilyFile, Logs, Source, Stream};
use std::fs::File;
use std::io::{self, BufReader, Read};

impl FileRow {
    /// The file as the pipeline reads it; lines longer than `max_line` bytes are passed over.
    pub fn in_family(&self, max_line: usize) -> FamilyFile<'_> {
        let reading = Reading {
            form: Form::of_name(&self.form).unwrap_or(Form::Transcript),
            shape: Shape::of_name(&self.shape),
            session: &self.session,
            max_line,
        };
        FamilyFile { id: self.id, agent: &self.agent, reading }
    }
}

/// Kept files, as the pipeline reads them.
pub struct Kept<'a> {
    /// The house.
    pub house: &'a House,
    /// The files, in their order.
    pub files: &'a [FileRow],
    /// Whether whoever reads one whole is told if it is not what was kept.
    pub proven: bool,
}

impl Logs for Kept<'_> {
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>> {
        let file = &self.files[file];
        Ok(if self.proven { open_proven(self.house, file)? } else { open_plain(self.house, file)? })
    }

    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>> {
        open_plain(self.house, &self.files[file])
    }
}

/// Opens the plain bytes of a kept file, as far as they were written down, whatever tier it is in. One that is
/// shorter is [`Altered`].
pub fn open_plain(house: &House, file: &FileRow) -> io::Result<Box<dyn Source>> {
    let (stored, tier) = open_stored(house, file)?;
    let compression = Compression::of_name(&file.compression);
    if tier.is_packed() {
        let kept = decoder(Compression::Zstd, stored)?.take(file.length);
        return Ok(Box::new(Stream(decoder(compression, BufReader::new(kept))?)));
    }
    let kept = stored.take(file.length);
    match compression {
        Compression::None => Ok(Box::new(kept)),
        compression => Ok(Box::new(Stream(decoder(compression, BufReader::new(kept))?))),
    }
}

/// Like [`open_plain`], but whoever reads to the end learns from an error whether the bytes
/// are those that were kept.
pub fn open_proven(house: &House, file: &FileRow) -> io::Result<Box<dyn Read>> {
    let hash = Box::new(blake3::Hasher::new());
    let source = Proven { source: open_as_it_came(house, file)?, hash, expected: file.hash.clone() };
    match Compression::of_name(&file.compression) {
        Compression::None => Ok(Box::new(source)),
        compression => decoder(compression, BufReader::new(source)),
    }
}

/// Opens the bytes of a kept log as they came, whatever tier it is in.
pub fn open_as_it_came(house: &House, file: &FileRow) -> io::Result<Box<dyn Read>> {
    let (stored, tier) = open_stored(house, file)?;
    let compression = if tier.is_packed() { Compression::Zstd } else { Compression::None };
    Ok(Box::new(decoder(compression, stored)?.take(file.length)))
}

/// Opens the file of a log. One that has changed its tier since its row was read is looked up again.
fn open_stored(house: &House, file: &FileRow) -> io::Result<(File, Tier)> {
    let (opened, row) = match open_regular(&house.resolve(&file.path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let moved = Reader::open(&house.database()).and_then(|reader| reader.file(file.id)).ok().flatten();
            let moved = moved.filter(|row| row.path != file.path).ok_or(error)?;
            (open_regular(&house.resolve(&moved.path))?, moved)
        }
        opened => (opened?, file.clone()),
    };
    if opened.metadata()?.len() < row.stored {
        return Err(io::Error::other(Altered));
    }
    Ok((opened, row.tier))
}

/// Compares what was read with a hash once all was read.
struct Proven<R> {
    source: R,
    hash: Box<blake3::Hasher>,
    expected: String,
}

impl<R: Read> Read for Proven<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hash.update(&buffer[..read]);
        if read == 0 && !buffer.is_empty() && self.hash.finalize().to_hex().as_str() != self.expected {
            return Err(io::Error::other(Altered));
        }
        Ok(read)
    }
}
