//! Splits a stream into lines, at the speed of a byte search and within bounded memory.

use memchr::{memchr, memrchr};
use std::io::{self, Read};

/// How much is asked for in one read.
const CHUNK: usize = 256 * 1024;

/// One line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line without its line feed.
    Whole {
        /// Where it starts in the stream.
        offset: u64,
        /// Its bytes.
        bytes: &'a [u8],
        /// Whether a line feed ended it; only the last line can lack one.
        terminated: bool,
    },
    /// A line longer than the limit; it was read over.
    TooLong {
        /// Where it starts in the stream.
        offset: u64,
        /// How many bytes it has.
        length: u64,
    },
}

/// A stream, line by line.
pub struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    limit: usize,
    finished: bool,
}

impl<R: Read> Lines<R> {
    /// Reads `source`, whose first byte has the given offset; lines of more than
    /// `limit` bytes are read over.
    pub fn new(source: R, offset: u64, limit: usize) -> Self {
        Lines { source, buffer: vec![0; CHUNK], start: 0, end: 0, offset, limit, finished: false }
    }

    /// The next line, or `None` at the end of the stream.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[self.start + searched..self.end]) {
                return Ok(Some(self.take(searched + at, true)));
            }
            searched = self.end - self.start;
            if searched > self.limit {
                return self.read_over().map(Some);
            }
            if !self.fill()? {
                return Ok((searched > 0).then(|| self.take(searched, false)));
            }
        }
    }

    /// All whole lines that are at hand, as one piece without its last line feed, or `None` at the end of the stream.
    /// Whoever looks for few things in many lines finds them at once in a piece, and not line by line.
    ///
    /// A line that is longer than the limit may stand in a piece, or come as [`Line::TooLong`].
    pub fn piece(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = 0;
        loop {
            if let Some(at) = memrchr(b'\n', &self.buffer[self.start + searched..self.end]) {
                return Ok(Some(self.take_all(searched + at, true)));
            }
            searched = self.end - self.start;
            if searched > self.limit {
                return self.read_over().map(Some);
            }
            if !self.fill()? {
                return Ok((searched > 0).then(|| self.take_all(searched, false)));
            }
        }
    }

    fn take(&mut self, length: usize, terminated: bool) -> Line<'_> {
        let limit = self.limit;
        match self.take_all(length, terminated) {
            Line::Whole { offset, .. } if length > limit => Line::TooLong { offset, length: length as u64 },
            line => line,
        }
    }

    fn take_all(&mut self, length: usize, terminated: bool) -> Line<'_> {
        let (start, offset) = (self.start, self.offset);
        let used = length + usize::from(terminated);
        self.start += used;
        self.offset += used as u64;
        Line::Whole { offset, bytes: &self.buffer[start..start + length], terminated }
    }

    /// Reads to the end of a line that is longer than the limit.
    fn read_over(&mut self) -> io::Result<Line<'_>> {
        let offset = self.offset;
        loop {
            let found = memchr(b'\n', &self.buffer[self.start..self.end]);
            let used = found.map_or(self.end - self.start, |at| at + 1);
            self.start += used;
            self.offset += used as u64;
            if found.is_some() || !self.fill()? {
                let length = self.offset - offset - u64::from(found.is_some());
                self.buffer.truncate(CHUNK.max(self.end));
                return Ok(Line::TooLong { offset, length });
            }
        }
    }

    /// Reads more behind what is there; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        if self.finished {
            return Ok(false);
        }
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};
    use proptest::prelude::*;
    use std::io::Read;

    /// Gives its bytes in small, uneven sips.
    struct Sips<'a>(&'a [u8], usize);

    impl Read for Sips<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 = self.1 * 31 % 17;
            let sip = (self.1 + 1).min(self.0.len()).min(buffer.len());
            buffer[..sip].copy_from_slice(&self.0[..sip]);
            self.0 = &self.0[sip..];
            Ok(sip)
        }
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_bytes(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300), sip in 1usize..17, limit in 1usize..40) {
            let mut lines = Lines::new(Sips(&bytes, sip), 7, limit);
            let mut offset = 7;
            let mut expected: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
            if expected.last().is_some_and(|last| last.is_empty()) {
                expected.pop();
            }
            for (index, line) in expected.iter().enumerate() {
                let last = index + 1 == expected.len();
                match lines.next().unwrap().unwrap() {
                    Line::Whole { offset: at, bytes: found, terminated } => {
                        prop_assert_eq!((at, found), (offset, *line));
                        prop_assert!(line.len() <= limit);
                        prop_assert_eq!(terminated, !last || bytes.ends_with(b"\n"));
                    }
                    Line::TooLong { offset: at, length } => {
                        prop_assert_eq!((at, length), (offset, line.len() as u64));
                        prop_assert!(line.len() > limit);
                    }
                }
                offset += line.len() as u64 + 1;
            }
            prop_assert!(lines.next().unwrap().is_none());
        }

        #[test]
        fn pieces_are_the_bytes_but_for_what_is_too_long(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300), sip in 1usize..17, limit in 1usize..40) {
            let mut lines = Lines::new(Sips(&bytes, sip), 7, limit);
            let mut at = 0;
            while let Some(piece) = lines.piece().unwrap() {
                match piece {
                    Line::Whole { offset, bytes: found, terminated } => {
                        prop_assert_eq!(offset, at as u64 + 7);
                        prop_assert_eq!(found, &bytes[at..at + found.len()]);
                        at += found.len();
                        prop_assert_eq!(bytes.get(at) == Some(&b'\n'), terminated);
                        at += usize::from(terminated);
                    }
                    Line::TooLong { offset, length } => {
                        prop_assert_eq!(offset, at as u64 + 7);
                        prop_assert!(length > limit as u64 && !bytes[at..at + length as usize].contains(&b'\n'));
                        at = (at + length as usize + 1).min(bytes.len());
                    }
                }
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
