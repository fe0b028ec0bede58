//! Comma-separated values after RFC 4180: lines end with CR LF, quotes are doubled.
//!
//! A null is an empty field, an empty text is `""`. CSV has no way to write a hostile character otherwise, so text
//! goes out exact to a file or a pipe, and escaped to a terminal.

use super::escape;
use super::json;
use super::value::Cell;
use crate::event::format_rfc3339;
use std::borrow::Cow;
use std::io::{self, Write};

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A file or another program.
    Machine,
    /// A terminal.
    Terminal,
}

/// Writes one record and its end.
pub(super) fn write_record<'a>(
    out: &mut dyn Write,
    cells: impl Iterator<Item = &'a Cell>,
    reader: Reader,
) -> io::Result<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        match cell {
            Cell::Null => {}
            Cell::Text(text) | Cell::Label(text, _) => write_text(out, text, reader)?,
            Cell::Time(time) => out.write_all(format_rfc3339(*time).as_bytes())?,
            Cell::Real(value) | Cell::Percent(value) if !value.is_finite() => {}
            _ => json::write_cell(out, cell)?,
        }
    }
    out.write_all(b"\r\n")
}

/// Writes text, quoted where it must be.
pub(super) fn write_text(out: &mut dyn Write, text: &str, reader: Reader) -> io::Result<()> {
    let text = match reader {
        Reader::Machine => Cow::Borrowed(text),
        Reader::Terminal => escape::block(text),
    };
    if !text.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return out.write_all(text.as_bytes());
    }
    write!(out, "\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::{Reader, write_record};
    use crate::terminal::style::Meaning;
    use crate::terminal::value::Cell;

    fn written(cells: &[Cell], reader: Reader) -> String {
        let mut out = Vec::new();
        write_record(&mut out, cells.iter(), reader).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let cells = ["plain", "a,b", "say \"hi\"", "two\nlines", "", " spaced "].map(Cell::from);
        assert_eq!(
            written(&cells, Reader::Machine),
            "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"\", spaced \r\n"
        );
        let cells = [
            Cell::Null,
            Cell::Label("bad".into(), Meaning::Bad),
            Cell::Integer(1200),
            Cell::Real(f64::NAN),
            Cell::Percent(0.5),
            Cell::Time(0),
            Cell::Boolean(false),
        ];
        assert_eq!(written(&cells, Reader::Machine), ",bad,1200,,0.5,1970-01-01T00:00:00.000Z,false\r\n");
    }

    #[test]
    fn only_a_terminal_needs_protection() {
        let cells = [Cell::from("\u{1b}[2J\tx")];
        assert_eq!(written(&cells, Reader::Machine), "\u{1b}[2J\tx\r\n");
        assert_eq!(written(&cells, Reader::Terminal), "\\x1b[2J x\r\n");
    }
}
