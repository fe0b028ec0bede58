//! What an event says, as it was meant: the text that is searched.

use crate::event::{Piece, Text};
use memchr::memchr;

/// How a text that stands in the log without quotes is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unquoted {
    /// It is the text.
    Text,
    /// It is a value of JSON, such as the input of a tool: its strings are decoded where they stand.
    Json,
}

/// Appends the whole text to `out`, its pieces joined by line feeds.
///
/// Apart from what JSON writes as escapes, and from what is no UTF-8, these are the bytes of the log in their order.
/// The sieve counts on that.
pub fn said(text: &Text<'_>, unquoted: Unquoted, out: &mut String) {
    for (index, piece) in text.pieces().iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        match piece {
            Piece::Plain(json) if unquoted == Unquoted::Json => decode_strings(json, out),
            piece => drop(piece.decode_into(usize::MAX, out)),
        }
    }
}

/// Appends a value of JSON with the escapes in its strings decoded, and everything else as it stands.
fn decode_strings(json: &[u8], out: &mut String) {
    let mut rest = json;
    while let Some(quote) = memchr(b'"', rest) {
        let (before, string) = rest.split_at(quote + 1);
        Piece::Plain(before).decode_into(usize::MAX, out);
        let end = end_of_string(string);
        Piece::Escaped(&string[..end]).decode_into(usize::MAX, out);
        rest = &string[end..];
        if let Some(after) = rest.strip_prefix(b"\"") {
            out.push('"');
            rest = after;
        }
    }
    Piece::Plain(rest).decode_into(usize::MAX, out);
}

/// Where the quote stands that ends a string, from behind its opening one.
fn end_of_string(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(quote) = memchr(b'"', &bytes[at..]) {
        at += quote;
        if bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0 {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Unquoted, said};
    use crate::event::{Piece, Text};

    fn of(pieces: &[Piece<'_>], unquoted: Unquoted) -> String {
        let mut text = Text::None;
        pieces.iter().for_each(|piece| text.push(*piece));
        let mut out = String::new();
        said(&text, unquoted, &mut out);
        out
    }

    #[test]
    fn the_input_of_a_tool_is_read_as_it_was_meant() {
        let input = Piece::Plain(br#"{"command":"echo \"a\\n\" | wc","n":[1,"\u00e9"]}"#);
        assert_eq!(of(&[input], Unquoted::Json), r#"{"command":"echo "a\n" | wc","n":[1,"é"]}"#);
        assert_eq!(of(&[input], Unquoted::Text), r#"{"command":"echo \"a\\n\" | wc","n":[1,"\u00e9"]}"#);
    }

    #[test]
    fn pieces_are_lines() {
        let pieces = [Piece::Escaped(br"a\tb"), Piece::Plain(b"\"c\\\"d"), Piece::Plain(b"\xff")];
        assert_eq!(of(&pieces, Unquoted::Json), "a\tb\n\"c\"d\n\u{fffd}");
        assert_eq!(of(&[], Unquoted::Json), "");
    }
}
