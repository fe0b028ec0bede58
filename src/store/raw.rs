//! Reads kept logs back.

use super::FileRow;
use crate::disk::open_regular;
use crate::intake::formats::Reading;
use crate::intake::{Altered, Compression, Form, Shape, decoder};
use crate::layout::House;
use std::fs::File;
use std::io::{self, BufReader, Read, Take};

/// How a kept file is read.
pub fn reading(file: &FileRow, max_line: usize) -> Reading<'_> {
    Reading {
        form: Form::of_name(&file.form).unwrap_or(Form::Transcript),
        shape: Shape::of_name(&file.shape),
        session: &file.session,
        max_line,
    }
}

/// Opens the plain bytes of a kept file, as far as they were written down. One that is
/// shorter is [`Altered`].
pub fn open_plain(house: &House, file: &FileRow) -> io::Result<Box<dyn Read>> {
    plain(file, open_kept(house, file)?)
}

/// Like [`open_plain`], but whoever reads to the end learns from an error whether the bytes
/// are those that were kept.
pub fn open_proven(house: &House, file: &FileRow) -> io::Result<Box<dyn Read>> {
    let hash = Box::new(blake3::Hasher::new());
    plain(file, Proven { source: open_kept(house, file)?, hash, expected: file.hash.clone() })
}

fn open_kept(house: &House, file: &FileRow) -> io::Result<Take<File>> {
    let source = open_regular(&house.resolve(&file.path))?;
    if source.metadata()?.len() < file.length {
        return Err(io::Error::other(Altered));
    }
    Ok(source.take(file.length))
}

fn plain(file: &FileRow, source: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    match Compression::of_name(&file.compression) {
        Compression::None => Ok(Box::new(source)),
        compression => decoder(compression, BufReader::new(source)),
    }
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
