//! Reads kept logs back.

use super::FileRow;
use crate::disk::open_regular;
use crate::intake::formats::Reading;
use crate::intake::{Compression, Form, Shape, decoder};
use crate::layout::House;
use std::io::{self, BufReader, Read};

/// How a kept file is read.
pub fn reading(file: &FileRow, max_line: usize) -> Reading<'_> {
    Reading {
        form: Form::of_name(&file.form).unwrap_or(Form::Transcript),
        shape: Shape::of_name(&file.shape),
        session: &file.session,
        max_line,
    }
}

/// Opens the plain bytes of a kept file, as far as they were written down.
pub fn open_plain(house: &House, file: &FileRow) -> io::Result<Box<dyn Read>> {
    let source = open_regular(&house.resolve(&file.path))?.take(file.length);
    match Compression::of_name(&file.compression) {
        Compression::None => Ok(Box::new(source)),
        compression => decoder(compression, BufReader::new(source)),
    }
}
