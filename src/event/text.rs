//! The text of an event, left in the bytes of its record until somebody asks for it.

use std::borrow::Cow;

/// A stretch of a record that carries text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The inside of a JSON string, between the quotes, escapes still in place.
    Escaped(&'a [u8]),
    /// Bytes that are the text as they stand: a log line, or a JSON value shown as it is.
    Plain(&'a [u8]),
}

impl<'a> Piece<'a> {
    /// Length in bytes as it stands in the log.
    pub fn raw_len(self) -> usize {
        match self {
            Piece::Escaped(bytes) | Piece::Plain(bytes) => bytes.len(),
        }
    }

    /// Appends the text to `out` until `out` holds `limit` bytes, cut at a character, and
    /// says whether all of it found room.
    ///
    /// What is not UTF-8, and what JSON could not mean (lone surrogates, unknown
    /// escapes), becomes U+FFFD.
    pub fn decode_into(self, limit: usize, out: &mut String) -> bool {
        match self {
            Piece::Plain(bytes) => push_bounded(bytes, limit, out),
            Piece::Escaped(bytes) => unescape(bytes, limit, out),
        }
    }

    /// The whole text, borrowed where the record already holds it as it is.
    pub fn decode(self) -> Cow<'a, str> {
        let bytes = match self {
            Piece::Escaped(bytes) | Piece::Plain(bytes) => bytes,
        };
        let plain = matches!(self, Piece::Plain(_)) || memchr::memchr(b'\\', bytes).is_none();
        if plain && let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(bytes.len());
        self.decode_into(usize::MAX, &mut out);
        Cow::Owned(out)
    }
}

/// The text of an event: nothing, one piece or several that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Text<'a> {
    /// No text.
    #[default]
    None,
    /// One piece.
    One(Piece<'a>),
    /// Several pieces, to be joined by line feeds.
    Many(Vec<Piece<'a>>),
}

impl<'a> Text<'a> {
    /// Adds a piece at the end.
    pub fn push(&mut self, piece: Piece<'a>) {
        *self = match std::mem::take(self) {
            Text::None => Text::One(piece),
            Text::One(first) => Text::Many(vec![first, piece]),
            Text::Many(mut pieces) => {
                pieces.push(piece);
                Text::Many(pieces)
            }
        };
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece<'a>] {
        match self {
            Text::None => &[],
            Text::One(piece) => std::slice::from_ref(piece),
            Text::Many(pieces) => pieces,
        }
    }

    /// Length in bytes as it stands in the log.
    pub fn raw_len(&self) -> usize {
        self.pieces().iter().map(|piece| piece.raw_len()).sum()
    }

    /// Appends at most `limit` bytes of the text to `out`, cut at a character.
    pub fn decode_into(&self, limit: usize, out: &mut String) {
        let end = out.len().saturating_add(limit);
        for (index, piece) in self.pieces().iter().enumerate() {
            if index > 0 {
                if out.len() >= end {
                    return;
                }
                out.push('\n');
            }
            if !piece.decode_into(end, out) {
                return;
            }
        }
    }

    /// The whole text.
    pub fn decode(&self) -> Cow<'a, str> {
        match self {
            Text::None => Cow::Borrowed(""),
            Text::One(piece) => piece.decode(),
            Text::Many(_) => {
                let mut out = String::with_capacity(self.raw_len());
                self.decode_into(usize::MAX, &mut out);
                Cow::Owned(out)
            }
        }
    }
}

/// Appends `bytes` to `out`, whose length must not pass `limit`; whether all found room.
fn push_bounded(bytes: &[u8], limit: usize, out: &mut String) -> bool {
    let room = limit.saturating_sub(out.len());
    // A little more than fits, so that a cut inside a character is seen as a cut.
    let some = &bytes[..bytes.len().min(room.saturating_add(4))];
    let is_all = some.len() == bytes.len();
    match simdutf8::basic::from_utf8(some) {
        Ok(text) => push_str_bounded(text, limit, out) && is_all,
        Err(_) => {
            some.utf8_chunks().all(|chunk| {
                let replacement = if chunk.invalid().is_empty() { "" } else { "\u{fffd}" };
                push_str_bounded(chunk.valid(), limit, out) && push_str_bounded(replacement, limit, out)
            }) && is_all
        }
    }
}

fn push_str_bounded(text: &str, limit: usize, out: &mut String) -> bool {
    let room = limit.saturating_sub(out.len());
    let cut = text.floor_char_boundary(room);
    out.push_str(&text[..cut]);
    cut == text.len()
}

/// Appends the meaning of the inside of a JSON string; whether all found room.
/// Source: RFC 8259, section 7.
fn unescape(bytes: &[u8], limit: usize, out: &mut String) -> bool {
    let mut rest = bytes;
    loop {
        let Some(at) = memchr::memchr(b'\\', rest) else {
            return push_bounded(rest, limit, out);
        };
        if !push_bounded(&rest[..at], limit, out) {
            return false;
        }
        let (character, used) = escape(&rest[at..]);
        if out.len() + character.len_utf8() > limit {
            return false;
        }
        out.push(character);
        rest = &rest[at + used..];
    }
}

/// The character that an escape stands for, and how many bytes it takes.
fn escape(bytes: &[u8]) -> (char, usize) {
    let simple = |character| (character, 2);
    match bytes.get(1) {
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(&quoted @ (b'"' | b'\\' | b'/')) => simple(char::from(quoted)),
        Some(b'u') => {
            let Some(high) = hex4(bytes.get(2..6)) else {
                return (char::REPLACEMENT_CHARACTER, 2);
            };
            if let Some(character) = char::from_u32(high) {
                return (character, 6);
            }
            let low = (bytes.get(6..8) == Some(b"\\u")).then(|| hex4(bytes.get(8..12))).flatten();
            match low {
                Some(low @ 0xdc00..=0xdfff) if high < 0xdc00 => {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                }
                _ => (char::REPLACEMENT_CHARACTER, 6),
            }
        }
        Some(_) => simple(char::REPLACEMENT_CHARACTER),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |code, digit| Some(code << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::{Piece, Text};
    use proptest::prelude::*;

    fn decode(inside: &[u8]) -> String {
        Piece::Escaped(inside).decode().into_owned()
    }

    #[test]
    fn escapes_mean_what_the_standard_says() {
        assert_eq!(decode(br#"a\n\t\"\\\/\u00e9\ud83d\ude00z"#), "a\n\t\"\\/é😀z");
    }

    #[test]
    fn what_cannot_be_meant_becomes_a_replacement() {
        assert_eq!(decode(br"\ud83dx"), "\u{fffd}x");
        assert_eq!(decode(br"\udc00\ud83d"), "\u{fffd}\u{fffd}");
        assert_eq!(decode(br"\q\u12"), "\u{fffd}\u{fffd}12");
        assert_eq!(decode(b"a\xffb\\"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn a_limit_never_cuts_a_character() {
        let text = Text::Many(vec![Piece::Plain("aé".as_bytes()), Piece::Escaped(br"\u00e9")]);
        let cut = |limit| {
            let mut out = String::new();
            text.decode_into(limit, &mut out);
            out
        };
        assert_eq!(cut(1), "a");
        assert_eq!(cut(2), "a");
        assert_eq!(cut(3), "aé");
        assert_eq!(cut(5), "aé\n");
        assert_eq!(cut(99), "aé\né");
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(decode(&json.as_bytes()[1..json.len() - 1]), text);
        }

        #[test]
        fn any_bytes_decode_within_the_limit(bytes in any::<Vec<u8>>(), limit in 0usize..64) {
            let mut out = String::new();
            Piece::Escaped(&bytes).decode_into(limit, &mut out);
            prop_assert!(out.len() <= limit);
            let mut plain = String::new();
            Piece::Plain(&bytes).decode_into(limit, &mut plain);
            prop_assert!(plain.len() <= limit);
        }
    }
}
