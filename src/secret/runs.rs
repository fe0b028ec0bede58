//! Runs of bytes of one set, each of which is walked once however many candidates begin in it: what keeps a line that
//! repeats a prefix a million times linear.

use std::ops::Range;

/// Bytes that a run is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Letters and digits.
    Alnum,
    /// Letters, digits and `_`.
    Word,
    /// What base64 for addresses is made of: letters, digits, `_` and `-`.
    Url,
    /// The same with `.`, as in tokens of several parts.
    Dotted,
    /// Base64: letters, digits, `+`, `/` and `=`.
    Base64,
    /// A value in an address, with percent signs.
    Percent,
    /// What stands before the host in an address, and the host.
    Authority,
    /// A value without quotes.
    Bare,
    /// A cookie or another value of a header without quotes: up to the end of the line.
    Line,
}

const SETS: usize = 9;

impl Set {
    fn has(self, bytes: &[u8], at: usize) -> bool {
        let Some(&byte) = bytes.get(at) else { return false };
        let alnum = byte.is_ascii_alphanumeric();
        match self {
            Set::Alnum => alnum,
            Set::Word => alnum || byte == b'_',
            Set::Url => alnum || matches!(byte, b'_' | b'-'),
            Set::Dotted => alnum || matches!(byte, b'_' | b'-' | b'.'),
            Set::Base64 => alnum || matches!(byte, b'+' | b'/' | b'='),
            Set::Percent => alnum || matches!(byte, b'%' | b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~'),
            Set::Authority => {
                byte > b' ' && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | 0x7f)
            }
            Set::Bare => match byte {
                b'"' | b'\'' | b'`' | b';' | b'&' | b'|' | b'<' | b'>' | 0x7f | ..=b' ' => false,
                b'\\' => !matches!(bytes.get(at + 1), Some(b'n' | b'r' | b't' | b'u' | b'"' | b'\'' | b'\\') | None),
                b',' => bytes.get(at + 1).is_some_and(|&next| next > b' ' && !matches!(next, b'"' | b'\'')),
                _ => true,
            },
            Set::Line => match byte {
                b'"' | b'\'' | b'`' | b'\n' | b'\r' => false,
                b'\\' => !matches!(bytes.get(at + 1), Some(b'n' | b'r' | b'"' | b'\'') | None),
                _ => true,
            },
        }
    }
}

/// The last run that was walked, of each set.
pub struct Runs<'t> {
    bytes: &'t [u8],
    walked: [Range<usize>; SETS],
}

impl<'t> Runs<'t> {
    /// Begins with nothing walked.
    pub fn new(bytes: &'t [u8]) -> Runs<'t> {
        Runs { bytes, walked: [const { 0..0 }; SETS] }
    }

    /// Returns where the run of `set` ends that `from` stands in, or `from` if there is none.
    pub fn end(&mut self, set: Set, from: usize) -> usize {
        let Some(walked) = self.walked.get_mut(set as usize) else { return from };
        if walked.contains(&from) {
            return walked.end;
        }
        if !set.has(self.bytes, from) {
            // What was walked stays known.
            return from;
        }
        let mut end = from;
        while set.has(self.bytes, end) {
            if end == walked.start && walked.end > walked.start {
                // The rest is known.
                end = walked.end;
                break;
            }
            end += 1;
        }
        *walked = from..end;
        end
    }
}
