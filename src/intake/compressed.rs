//! Compressed logs, read as if they were plain.

use std::fmt;
use std::io::{self, BufReader, Read};

/// How the bytes of a file are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl Compression {
    /// Tells from the first bytes of a file.
    pub fn of_head(head: &[u8]) -> Compression {
        match head {
            [0x1f, 0x8b, 8, ..] => Compression::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// A stable word; empty for plain files.
    pub const fn name(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }

    /// The compression of a stable word.
    pub fn of_name(name: &str) -> Compression {
        match name {
            "gzip" => Compression::Gzip,
            "zstd" => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// A kept file that is not what was kept: an error of the house, not of the stream in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Altered;

impl fmt::Display for Altered {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("it is not what was kept: it was cut or changed")
    }
}

impl std::error::Error for Altered {}

/// Whether an error says that a compressed stream is damaged; those of the system carry a
/// code, and those of the house are [`Altered`].
pub fn is_damage(error: &io::Error) -> bool {
    error.raw_os_error().is_none() && !error.get_ref().is_some_and(|inner| inner.is::<Altered>())
}

/// Reads the plain bytes of `source`; several members or frames are read as one stream.
pub fn decoder<'a>(compression: Compression, source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(source))),
        Compression::Zstd => {
            let mut decoder = zstd::Decoder::new(source)?;
            // Long-distance matching up to 128 MiB, the most that the format's own tool accepts unasked.
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Compression, decoder};
    use std::io::{Read, Write};

    fn read_back(packed: &[u8]) -> String {
        let mut text = String::new();
        decoder(Compression::of_head(packed), packed).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn several_parts_are_one_stream() {
        let mut gzip = Vec::new();
        for part in ["one\n", "two\n"] {
            let mut encoder = flate2::write::GzEncoder::new(&mut gzip, flate2::Compression::fast());
            encoder.write_all(part.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
        assert_eq!(read_back(&gzip), "one\ntwo\n");
        let frames = ["one\n", "two\n"].map(|part| zstd::encode_all(part.as_bytes(), 1).unwrap()).concat();
        assert_eq!(read_back(&frames), "one\ntwo\n");
        assert_eq!(read_back(b"plain"), "plain");
    }
}
