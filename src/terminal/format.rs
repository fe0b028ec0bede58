//! The formats of results, and how they look on a stream.

use super::glyphs::Glyphs;
use super::style::Paint;
use super::zone::Zone;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values after RFC 4180.
    Csv,
}

impl Format {
    /// Every format, in the order in which help lists them.
    pub const ALL: [Format; 4] = [Format::Table, Format::Json, Format::Ndjson, Format::Csv];

    /// The name by which users choose it.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
        }
    }

    /// The format of a name.
    pub fn of_name(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How results look on a stream.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The format.
    pub format: Format,
    /// Whether meaning is coloured.
    pub paint: Paint,
    /// What tables and charts are drawn with.
    pub glyphs: Glyphs,
    /// The columns of the terminal that shows the results; `None` if it is a file or a pipe, which nothing is cut for.
    pub width: Option<usize>,
    /// The zone in which people read times.
    pub zone: Zone,
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn formats_are_found_by_name() {
        for format in Format::ALL {
            assert_eq!(Format::of_name(format.name()), Some(format));
        }
        assert_eq!(Format::of_name("xml"), None);
    }
}
