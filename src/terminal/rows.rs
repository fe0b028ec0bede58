//! The writer that puts rows into any format as they come, and whole tables by means of it.

use super::csv::{self, Reader};
use super::escape;
use super::format::{Format, Look};
use super::json;
use super::style::{Meaning, Paint, Span};
use super::table::Layout;
use super::value::{Cell, Column, Table};
use std::io::{self, Write};

/// Rows looked at before the widths of a table are settled. A guess: more would delay the first line for nothing.
const SAMPLE: usize = 1000;

/// Writes rows one at a time, however many there are.
///
/// A table is held back until its widths are settled, by a thousand rows or the end.
#[must_use = "rows may be held back until `finish`"]
pub struct RowWriter<'a> {
    out: &'a mut dyn Write,
    look: Look,
    columns: Vec<Column>,
    state: State,
    written: u64,
    buffer: Vec<u8>,
}

enum State {
    Sampling(Vec<Vec<Cell>>),
    Settled(Layout),
    /// What opens a JSON object, and what goes before the value of each key.
    Json(Vec<Vec<u8>>),
    Csv,
}

impl<'a> RowWriter<'a> {
    /// A writer of rows under columns.
    pub fn new(out: &'a mut dyn Write, look: Look, columns: Vec<Column>) -> io::Result<RowWriter<'a>> {
        RowWriter::within(out, look, columns, None)
    }

    /// A writer of rows that name the table which they belong to, where the format needs that.
    fn within(
        out: &'a mut dyn Write,
        look: Look,
        columns: Vec<Column>,
        table: Option<&str>,
    ) -> io::Result<RowWriter<'a>> {
        let keys = distinct_keys(&columns);
        let state = match look.format {
            Format::Table => State::Sampling(Vec::new()),
            Format::Json => {
                out.write_all(b"[")?;
                State::Json(leads(&keys, None)?)
            }
            Format::Ndjson => State::Json(leads(&keys, table)?),
            Format::Csv => {
                let cells: Vec<Cell> = keys.into_iter().map(Cell::Text).collect();
                csv::write_record(out, cells.iter(), reader(&look))?;
                State::Csv
            }
        };
        Ok(RowWriter { out, look, columns, state, written: 0, buffer: Vec::new() })
    }

    /// Writes a row; missing cells count as null, surplus ones are left out.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        let places = self.columns.len();
        let padded = cells.iter().chain(std::iter::repeat(&Cell::Null)).take(places);
        self.written += 1;
        match &mut self.state {
            State::Sampling(rows) => {
                rows.push(padded.cloned().collect());
                if rows.len() >= SAMPLE { self.settle() } else { Ok(()) }
            }
            State::Settled(layout) => write_row(self.out, self.look.paint, layout, cells),
            State::Json(leads) => {
                self.buffer.clear();
                if self.look.format == Format::Json {
                    self.buffer.extend_from_slice(if self.written == 1 { b"\n  " } else { b",\n  " });
                }
                for (lead, cell) in leads.iter().zip(padded) {
                    self.buffer.extend_from_slice(lead);
                    json::write_cell(&mut self.buffer, cell)?;
                }
                self.buffer.extend_from_slice(if leads.is_empty() { b"{}" } else { b"}" });
                if self.look.format == Format::Ndjson {
                    self.buffer.push(b'\n');
                }
                self.out.write_all(&self.buffer)
            }
            State::Csv => csv::write_record(self.out, padded, reader(&self.look)),
        }
    }

    /// Writes what was held back and the end; says how many rows there were.
    pub fn finish(mut self) -> io::Result<u64> {
        self.close()?;
        if self.look.format == Format::Json {
            self.out.write_all(b"\n")?;
        }
        Ok(self.written)
    }

    fn close(&mut self) -> io::Result<()> {
        match &self.state {
            State::Sampling(_) => self.settle(),
            State::Json(_) if self.look.format == Format::Json => {
                self.out.write_all(if self.written == 0 { b"]" } else { b"\n]" })
            }
            State::Settled(_) | State::Json(_) | State::Csv => Ok(()),
        }
    }

    /// Decides the widths from the rows so far and writes them.
    fn settle(&mut self) -> io::Result<()> {
        let State::Sampling(rows) = std::mem::replace(&mut self.state, State::Csv) else { return Ok(()) };
        let mut layout = Layout::plan(&self.columns, &rows, &self.look);
        for line in layout.header() {
            self.look.paint.write_line(self.out, &line)?;
        }
        for cells in &rows {
            write_row(self.out, self.look.paint, &mut layout, cells)?;
        }
        if rows.is_empty() {
            self.look.paint.write_line(self.out, &[Span::new("(none)", Meaning::Dim)])?;
        }
        self.state = State::Settled(layout);
        Ok(())
    }
}

/// Writes one table.
pub(super) fn write_table(out: &mut dyn Write, look: &Look, table: &Table) -> io::Result<()> {
    write_title(out, look, table)?;
    let mut writer = RowWriter::new(out, *look, table.columns.clone())?;
    for row in &table.rows {
        writer.row(row)?;
    }
    writer.finish().map(drop)
}

/// Writes several tables as one result.
///
/// As JSON, an object of arrays by the keys of the tables; as NDJSON, objects that begin with the key of their table
/// as `table`; as CSV and for people, one after the other with an empty line between them.
pub(super) fn write_tables(out: &mut dyn Write, look: &Look, tables: &[Table]) -> io::Result<()> {
    if look.format == Format::Json {
        out.write_all(b"{")?;
    }
    for (index, table) in tables.iter().enumerate() {
        match look.format {
            Format::Table if index > 0 => out.write_all(b"\n")?,
            Format::Csv if index > 0 => out.write_all(b"\r\n")?,
            Format::Json => {
                out.write_all(if index > 0 { b",\n" } else { b"\n" })?;
                json::write(out, table.key.as_ref())?;
                out.write_all(b": ")?;
            }
            _ => {}
        }
        write_title(out, look, table)?;
        let mut writer = RowWriter::within(out, *look, table.columns.clone(), Some(&table.key))?;
        for row in &table.rows {
            writer.row(row)?;
        }
        writer.close()?;
    }
    if look.format == Format::Json { out.write_all(b"\n}\n") } else { Ok(()) }
}

fn write_title(out: &mut dyn Write, look: &Look, table: &Table) -> io::Result<()> {
    if look.format != Format::Table || table.title.is_empty() {
        return Ok(());
    }
    let title = escape::line(&table.title).into_owned();
    look.paint.write_line(out, &[Span::new(title, Meaning::Heading)])
}

fn write_row(out: &mut dyn Write, paint: Paint, layout: &mut Layout, cells: &[Cell]) -> io::Result<()> {
    layout.row(cells).iter().try_for_each(|line| paint.write_line(out, line))
}

fn reader(look: &Look) -> Reader {
    if look.width.is_some() { Reader::Terminal } else { Reader::Machine }
}

/// What goes before each value of an object: `{"a":`, `,"b":`.
fn leads(keys: &[String], table: Option<&str>) -> io::Result<Vec<Vec<u8>>> {
    let mut leads = Vec::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        let mut lead = Vec::new();
        lead.extend_from_slice(if index > 0 { b"," } else { b"{" });
        if let (0, Some(table)) = (index, table) {
            lead.extend_from_slice(b"\"table\":");
            json::write(&mut lead, table)?;
            lead.push(b',');
        }
        json::write(&mut lead, key)?;
        lead.push(b':');
        leads.push(lead);
    }
    Ok(leads)
}

/// The keys of columns, the second of two equal ones with a number: a query may name its columns as it likes.
fn distinct_keys(columns: &[Column]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut key = column.key.to_string();
        let mut number = 2;
        while keys.contains(&key) {
            key = format!("{}_{number}", column.key);
            number += 1;
        }
        keys.push(key);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::{Format, Look, RowWriter, write_table, write_tables};
    use crate::terminal::glyphs::Glyphs;
    use crate::terminal::style::{Meaning, Paint};
    use crate::terminal::value::{Cell, Column, Table};
    use crate::terminal::zone::Zone;

    fn look(format: Format) -> Look {
        Look { format, paint: Paint::Plain, glyphs: Glyphs::Unicode, width: None, zone: Zone::utc() }
    }

    fn sample() -> Table {
        let columns = [Column::new("session", "Session"), Column::new("errors", "Errors")];
        let mut table = Table::new(columns).named("sessions", "Sessions");
        table.push([Cell::from("a,\"b\""), Cell::from(1200_i64)]);
        table.push([Cell::from("c")]);
        table
    }

    fn written(format: Format, table: &Table) -> String {
        let mut out = Vec::new();
        write_table(&mut out, &look(format), table).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_table_in_each_format() {
        let table = sample();
        assert_eq!(
            written(Format::Table, &table),
            "Sessions\nSession  Errors\n───────  ──────\na,\"b\"     1,200\nc             -\n"
        );
        assert_eq!(
            written(Format::Json, &table),
            "[\n  {\"session\":\"a,\\\"b\\\"\",\"errors\":1200},\n  {\"session\":\"c\",\"errors\":null}\n]\n"
        );
        assert_eq!(
            written(Format::Ndjson, &table),
            "{\"session\":\"a,\\\"b\\\"\",\"errors\":1200}\n{\"session\":\"c\",\"errors\":null}\n"
        );
        assert_eq!(written(Format::Csv, &table), "session,errors\r\n\"a,\"\"b\"\"\",1200\r\nc,\r\n");
    }

    #[test]
    fn an_empty_table_in_each_format() {
        let table = Table { rows: Vec::new(), ..sample() };
        assert_eq!(written(Format::Table, &table), "Sessions\nSession  Errors\n───────  ──────\n(none)\n");
        assert_eq!(written(Format::Json, &table), "[]\n");
        assert_eq!(written(Format::Ndjson, &table), "");
        assert_eq!(written(Format::Csv, &table), "session,errors\r\n");
    }

    #[test]
    fn several_tables_are_one_result() {
        let mut other = Table::new([Column::new("n", "N")]).named("other", "");
        other.push([Cell::from(1_i64)]);
        let tables = [Table { rows: Vec::new(), ..sample() }, other];
        let written = |format| {
            let mut out = Vec::new();
            write_tables(&mut out, &look(format), &tables).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(Format::Json), "{\n\"sessions\": [],\n\"other\": [\n  {\"n\":1}\n]\n}\n");
        assert_eq!(written(Format::Ndjson), "{\"table\":\"other\",\"n\":1}\n");
        assert_eq!(written(Format::Csv), "session,errors\r\n\r\nn\r\n1\r\n");
        assert_eq!(written(Format::Table), "Sessions\nSession  Errors\n───────  ──────\n(none)\n\nN\n─\n1\n");
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(json["other"][0]["n"], 1);
    }

    #[test]
    fn equal_keys_are_told_apart() {
        let mut table = Table::new(["a", "a", "a_2", "a"].map(|key| Column::new(key, key)));
        table.push([1_i64, 2, 3, 4].map(Cell::from));
        assert_eq!(written(Format::Ndjson, &table), "{\"a\":1,\"a_2\":2,\"a_2_2\":3,\"a_3\":4}\n");
    }

    #[test]
    fn a_long_table_streams_after_the_sample() {
        let mut out = Vec::new();
        let mut writer =
            RowWriter::new(&mut out, look(Format::Table), vec![Column::new("n", "N"), Column::new("t", "T")]).unwrap();
        for n in 0..1001_i64 {
            writer.row(&[Cell::from(n * 10), Cell::from("x")]).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 1001);
        let text = String::from_utf8(out).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("    N  T"));
        assert_eq!(lines.nth(1), Some("    0  x"));
        assert_eq!(lines.last(), Some("10,000  x"));
    }

    #[test]
    fn a_label_is_coloured_only_where_colour_is_on() {
        let mut table = Table::new([Column::new("s", "Status"), Column::new("p", "Place").meaning(Meaning::Path)]);
        table.push([Cell::Label("failed".into(), Meaning::Bad), Cell::from("/tmp")]);
        let mut out = Vec::new();
        write_table(&mut out, &Look { paint: Paint::Ansi, ..look(Format::Table) }, &table).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\u{1b}[1mStatus\u{1b}[0m  \u{1b}[1mPlace\u{1b}[0m\n\u{1b}[2m──────  ─────\u{1b}[0m\n\
             \u{1b}[31mfailed\u{1b}[0m  \u{1b}[36m/tmp\u{1b}[0m\n"
        );
        assert_eq!(written(Format::Table, &table), "Status  Place\n──────  ─────\nfailed  /tmp\n");
    }
}
