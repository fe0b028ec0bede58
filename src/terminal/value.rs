//! What a command shows: tables of typed cells, worded differently for people and for machines.

use super::style::Meaning;
use super::zone::Zone;
use super::{escape, wording};
use crate::event::Millis;
use std::borrow::Cow;

/// One value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Not known.
    #[default]
    Null,
    /// Text, as it came.
    Text(String),
    /// Text with a meaning of its own, whatever its column means.
    Label(String, Meaning),
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Boolean(bool),
    /// An instant.
    Time(Millis),
    /// A size in bytes.
    Bytes(u64),
    /// A duration in milliseconds.
    Duration(u64),
    /// A share of one: 0.5 is shown as `50.0%` and handed to machines as 0.5.
    Percent(f64),
}

impl Cell {
    /// The value as people read it, on one line and free of anything hostile.
    ///
    /// A time names its offset from UTC unless it is the one `known` to the reader.
    pub fn shown(&self, zone: Zone, known: Option<i32>) -> Cow<'_, str> {
        match self {
            Cell::Null => Cow::Borrowed("-"),
            Cell::Text(text) | Cell::Label(text, _) => escape::line(text),
            Cell::Integer(value) => Cow::Owned(wording::integer(*value)),
            Cell::Real(value) => Cow::Owned(wording::real(*value)),
            Cell::Boolean(value) => Cow::Borrowed(if *value { "yes" } else { "no" }),
            Cell::Time(time) => Cow::Owned(zone.show(*time, known)),
            Cell::Bytes(value) => Cow::Owned(wording::bytes(*value)),
            Cell::Duration(value) => Cow::Owned(wording::duration(*value)),
            Cell::Percent(value) => Cow::Owned(wording::percent(*value)),
        }
    }

    /// Whether the value is a quantity, which stands to the right and is never cut.
    pub const fn is_quantity(&self) -> bool {
        matches!(self, Cell::Integer(_) | Cell::Real(_) | Cell::Bytes(_) | Cell::Duration(_) | Cell::Percent(_))
    }

    /// Whether the value is text, which may be cut.
    pub const fn is_text(&self) -> bool {
        matches!(self, Cell::Text(_) | Cell::Label(..))
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Cell {
        Cell::Integer(value)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Cell {
        Cell::Integer(i64::from(value))
    }
}

/// A count; nothing countable exceeds `i64`.
impl From<u64> for Cell {
    fn from(value: u64) -> Cell {
        Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

/// A count; nothing countable exceeds `i64`.
impl From<usize> for Cell {
    fn from(value: usize) -> Cell {
        Cell::Integer(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Cell {
        Cell::Real(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Cell {
        Cell::Boolean(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

/// To which side the values of a column lean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// To the right if all are quantities.
    #[default]
    Auto,
    /// To the left.
    Left,
    /// To the right.
    Right,
}

/// What is known of a column before its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name for machines; it stays the same from version to version.
    pub key: Cow<'static, str>,
    /// The name for people.
    pub title: Cow<'static, str>,
    /// To which side the values lean.
    pub align: Align,
    /// What the values are.
    pub meaning: Meaning,
    /// Who gives way when a table is too wide: the highest first, 0 never; if not given, 1 for text and 0 for the rest.
    pub shrink: Option<u8>,
}

impl Column {
    /// A column by its names for machines and for people.
    pub fn new(key: impl Into<Cow<'static, str>>, title: impl Into<Cow<'static, str>>) -> Column {
        Column { key: key.into(), title: title.into(), align: Align::Auto, meaning: Meaning::Plain, shrink: None }
    }

    /// The same, leaning to a side.
    pub fn align(self, align: Align) -> Column {
        Column { align, ..self }
    }

    /// The same, with a meaning.
    pub fn meaning(self, meaning: Meaning) -> Column {
        Column { meaning, ..self }
    }

    /// The same, giving way with a priority.
    pub fn shrink(self, priority: u8) -> Column {
        Column { shrink: Some(priority), ..self }
    }
}

/// Rows under columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The name for machines, needed where several tables are shown together.
    pub key: Cow<'static, str>,
    /// The name for people; empty where the table speaks for itself.
    pub title: Cow<'static, str>,
    /// What stands in each place of a row.
    pub columns: Vec<Column>,
    /// The values; a missing one counts as null.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without a title.
    pub fn new(columns: impl Into<Vec<Column>>) -> Table {
        Table { columns: columns.into(), ..Table::default() }
    }

    /// The same, with its names for machines and for people.
    pub fn named(self, key: impl Into<Cow<'static, str>>, title: impl Into<Cow<'static, str>>) -> Table {
        Table { key: key.into(), title: title.into(), ..self }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl Into<Vec<Cell>>) {
        self.rows.push(row.into());
    }
}

#[cfg(test)]
mod tests {
    use super::Cell;
    use crate::terminal::zone::{Zone, tests::EUROPE};

    #[test]
    fn people_read_words() {
        let cells = [
            Cell::Null,
            Cell::from("a\u{1b}\nb"),
            Cell::from(12_345_usize),
            Cell::from(Some(0.5)),
            Cell::from(true),
            Cell::Time(0),
            Cell::Bytes(1_200_000),
            Cell::Duration(192_000),
            Cell::Percent(0.125),
        ];
        let shown = cells.each_ref().map(|cell| cell.shown(Zone::utc(), Some(0)).into_owned());
        let words = ["-", r"a\x1b\nb", "12,345", "0.50", "yes", "1970-01-01 00:00:00", "1.2 MB", "3m 12s", "12.5%"];
        assert_eq!(shown, words);
        assert_eq!(Cell::Time(0).shown(EUROPE, None), "1970-01-01 01:00:00 UTC+1");
        assert_eq!(Cell::from(None::<&str>), Cell::Null);
        assert_eq!(Cell::from(u64::MAX), Cell::Integer(i64::MAX));
    }
}
