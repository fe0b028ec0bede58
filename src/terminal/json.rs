//! JSON that is exact for machines and harmless on a terminal.
//!
//! JSON may write any character as `\u....` without changing the value, so hostile characters are written that way.

use super::escape;
use super::value::Cell;
use crate::event::format_rfc3339;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Writes a value on one line, without its end.
pub(super) fn write<T: Serialize + ?Sized>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Careful)).map_err(io::Error::from)
}

/// Writes a cell: numbers as numbers, times as RFC 3339 in UTC, durations in milliseconds, shares of one.
pub(super) fn write_cell(out: &mut dyn Write, cell: &Cell) -> io::Result<()> {
    match cell {
        Cell::Null => out.write_all(b"null"),
        Cell::Text(text) | Cell::Label(text, _) => write(out, text),
        Cell::Integer(value) => write(out, value),
        Cell::Real(value) | Cell::Percent(value) => write(out, value),
        Cell::Boolean(value) => write(out, value),
        Cell::Time(time) => write(out, &format_rfc3339(*time)),
        Cell::Bytes(value) | Cell::Duration(value) => write(out, value),
    }
}

/// Compact output in which nothing hostile stands as itself.
struct Careful;

impl Formatter for Careful {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = escape::find(rest, escape::is_hostile) {
            out.write_all(&rest.as_bytes()[..at])?;
            let mut tail = rest[at..].chars();
            if let Some(c) = tail.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
            rest = tail.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{write, write_cell};
    use crate::terminal::escape::is_hostile;
    use crate::terminal::value::Cell;
    use proptest::prelude::*;

    fn written(cell: &Cell) -> String {
        let mut out = Vec::new();
        write_cell(&mut out, cell).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn cells_keep_their_types() {
        assert_eq!(written(&Cell::Null), "null");
        assert_eq!(written(&Cell::Integer(-1200)), "-1200");
        assert_eq!(written(&Cell::Real(0.1)), "0.1");
        assert_eq!(written(&Cell::Real(f64::NAN)), "null");
        assert_eq!(written(&Cell::Boolean(true)), "true");
        assert_eq!(written(&Cell::Time(0)), r#""1970-01-01T00:00:00.000Z""#);
        assert_eq!(written(&Cell::Bytes(u64::MAX)), "18446744073709551615");
        assert_eq!(written(&Cell::Duration(1500)), "1500");
        assert_eq!(written(&Cell::Percent(0.5)), "0.5");
    }

    #[test]
    fn hostile_text_keeps_its_value() {
        assert_eq!(written(&Cell::from("a\"\\\n\t\u{1b}")), r#""a\"\\\n\t\u001b""#);
        assert_eq!(written(&Cell::from("\u{7f}\u{9b}\u{202e}\u{e0041}ö")), r#""\u007f\u009b\u202e\udb40\udc41ö""#);
    }

    proptest! {
        #[test]
        fn text_is_read_back(text in any::<String>(), seeds in prop::collection::vec(0u32..0x2100, 0..60)) {
            let text = text + &seeds.into_iter().filter_map(char::from_u32).collect::<String>();
            let mut out = Vec::new();
            write(&mut out, &text).unwrap();
            let json = String::from_utf8(out).unwrap();
            prop_assert!(!json.chars().any(is_hostile));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
