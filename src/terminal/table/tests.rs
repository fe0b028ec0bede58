//! Exact tables: wide, narrow, foreign, hostile, empty.

use super::Layout;
use crate::terminal::format::{Format, Look};
use crate::terminal::glyphs::Glyphs;
use crate::terminal::style::{Line, Meaning, Paint};
use crate::terminal::value::{Cell, Column};
use crate::terminal::zone::{
    Zone,
    tests::{EUROPE, SPRING},
};
use proptest::prelude::*;

fn look(width: Option<usize>) -> Look {
    Look { format: Format::Table, paint: Paint::Plain, glyphs: Glyphs::Unicode, width, zone: Zone::utc() }
}

fn drawn(columns: &[Column], rows: &[Vec<Cell>], look: &Look) -> String {
    let text = |line: Line| line.into_iter().map(|span| span.text).collect::<String>();
    let mut layout = Layout::plan(columns, rows, look);
    let mut lines: Vec<String> = layout.header().into_iter().map(text).collect();
    lines.extend(rows.iter().flat_map(|row| layout.row(row)).map(text));
    lines.join("\n")
}

fn sessions() -> (Vec<Column>, Vec<Vec<Cell>>) {
    let columns = vec![
        Column::new("started", "Started"),
        Column::new("project", "Project").meaning(Meaning::Path),
        Column::new("title", "Title").shrink(2),
        Column::new("errors", "Errors"),
    ];
    let row = |time, project: &str, title: &str, errors: i64| {
        vec![Cell::Time(time), Cell::from(project), Cell::from(title), Cell::from(errors)]
    };
    let rows = vec![
        row(0, "/home/me/projects/website", "Repair the build of the whole site", 12),
        row(86_400_000, "/srv/api", "日本語のタイトル", 12_345),
    ];
    (columns, rows)
}

#[test]
fn a_wide_terminal_shows_everything() {
    let (columns, rows) = sessions();
    assert_eq!(
        drawn(&columns, &rows, &look(Some(120))),
        "\
Started (UTC)        Project                    Title                               Errors
───────────────────  ─────────────────────────  ──────────────────────────────────  ──────
1970-01-01 00:00:00  /home/me/projects/website  Repair the build of the whole site      12
1970-01-02 00:00:00  /srv/api                   日本語のタイトル                    12,345"
    );
}

#[test]
fn text_gives_way_by_priority() {
    let (columns, rows) = sessions();
    assert_eq!(
        drawn(&columns, &rows, &look(Some(70))),
        "\
Started (UTC)        Project                    Title           Errors
───────────────────  ─────────────────────────  ──────────────  ──────
1970-01-01 00:00:00  /home/me/projects/website  Repair the bu…      12
1970-01-02 00:00:00  /srv/api                   日本語のタイ…   12,345"
    );
    assert_eq!(
        drawn(&columns, &rows, &look(Some(50))),
        "\
Started (UTC)        Project       Title    Errors
───────────────────  ────────────  ───────  ──────
1970-01-01 00:00:00  …cts/website  Repair…      12
1970-01-02 00:00:00  /srv/api      日本語…  12,345"
    );
}

#[test]
fn a_terminal_too_narrow_shows_rows_downwards() {
    let (columns, rows) = sessions();
    assert_eq!(
        drawn(&columns, &rows, &look(Some(36))),
        "\
Started (UTC)  1970-01-01 00:00:00
Project        …/me/projects/website
Title          Repair the build of…
Errors         12

Started (UTC)  1970-01-02 00:00:00
Project        /srv/api
Title          日本語のタイトル
Errors         12,345"
    );
}

#[test]
fn a_file_gets_everything() {
    let columns = [Column::new("a", "A"), Column::new("b", "B")];
    let long = "x".repeat(500);
    let rows = vec![vec![Cell::from(long.as_str()), Cell::from("end")], vec![Cell::from("y"), Cell::from("end")]];
    let text = drawn(&columns, &rows, &look(None));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[2], format!("{long}  end"));
    assert_eq!(lines[3], format!("y{}end", " ".repeat(121)));
}

#[test]
fn nothing_ends_in_spaces() {
    let columns = [Column::new("a", "A"), Column::new("b", ""), Column::new("c", "")];
    let rows = vec![
        vec![Cell::from("left "), Cell::from(""), Cell::from("")],
        vec![Cell::from(""), Cell::from("mid"), Cell::from("  ")],
        vec![Cell::from(7_i64), Cell::from(""), Cell::from("right")],
    ];
    assert_eq!(drawn(&columns, &rows, &look(Some(80))), "A\n─────  ───  ─────\nleft\n       mid\n7           right");
}

#[test]
fn times_name_their_zone_once_or_each() {
    let columns = [Column::new("t", "Time")];
    let rows = |times: &[i64]| times.iter().map(|time| vec![Cell::Time(*time)]).collect::<Vec<_>>();
    let europe = Look { zone: EUROPE, ..look(Some(80)) };
    assert_eq!(drawn(&columns, &rows(&[0]), &europe), "Time (UTC+1)\n───────────────────\n1970-01-01 01:00:00");
    assert_eq!(
        drawn(&columns, &rows(&[SPRING - 1, SPRING]), &europe),
        "Time\n─────────────────────────\n2026-03-29 01:59:59 UTC+1\n2026-03-29 03:00:00 UTC+2"
    );
}

#[test]
fn hostile_text_stays_in_its_cell() {
    let columns = [Column::new("a", "A\u{1b}"), Column::new("b", "B")];
    let rows = vec![vec![Cell::from("x\n\u{202e}y"), Cell::Null]];
    assert_eq!(drawn(&columns, &rows, &look(Some(80))), "A\\x1b         B\n────────────  ─\nx\\n\\u{202e}y  -");
}

#[test]
fn ascii_terminals_get_ascii() {
    let ascii = Look { glyphs: Glyphs::Ascii, ..look(Some(8)) };
    let rows = vec![vec![Cell::from("a long text")]];
    assert_eq!(drawn(&[Column::new("a", "A")], &rows, &ascii), "A\n--------\na lon...");
}

#[test]
fn no_rows_and_no_columns() {
    assert_eq!(drawn(&[Column::new("a", "Alpha")], &[], &look(Some(80))), "Alpha\n─────");
    assert_eq!(drawn(&[], &[], &look(Some(80))), "");
}

proptest! {
    #[test]
    fn a_table_never_exceeds_its_terminal(
        texts in prop::collection::vec(prop::collection::vec("[a-z日\u{1b} ]{0,40}", 3), 0..5),
        width in 20usize..100,
    ) {
        let columns = ["a", "b", "c"].map(|key| Column::new(key, key));
        let rows: Vec<Vec<Cell>> = texts.into_iter().map(|row| row.into_iter().map(Cell::from).collect()).collect();
        for line in drawn(&columns, &rows, &look(Some(width))).lines() {
            prop_assert!(crate::terminal::fit::width(line) <= width, "{line}");
            prop_assert_eq!(line.trim_end(), line);
        }
    }
}
