//! Checks what an analyzer reported, before anyone shows it.

use super::bounds;
use super::contract::{DataCell, DataTable, Insight, Report, Series};
use crate::event::Severity;

/// How many at most: of a report, of a table, of a series, and points of all series.
const METRICS: usize = 256;
const TABLES: usize = 64;
const COLUMNS: usize = 32;
const ROWS: usize = 10_000;
const SERIES: usize = 64;
const LINES: usize = 64;
const POINTS: usize = 100_000;
const INSIGHTS: usize = 256;

/// Bytes at most.
const TITLE_BYTES: usize = 512;
const UNIT_BYTES: usize = 32;
const CELL_BYTES: usize = 4096;
const INSIGHT_BYTES: usize = 4096;

/// An insight, if the contract allows it.
pub(super) fn insight(index: usize, severity: u8, text: String) -> Result<Insight, String> {
    bounds::given(|| format!("the text of insight {index}"), &text, INSIGHT_BYTES)?;
    match Severity::new(severity) {
        Some(severity) if severity != Severity::UNSET => Ok(Insight { severity, text }),
        _ => Err(format!("the severity of insight {index} is {severity}, where 1 to 24 are allowed")),
    }
}

/// Whether the contract allows a report, whose insights were checked when they were made.
pub(super) fn check(report: &Report) -> Result<(), String> {
    let Report { metrics, tables, series, insights } = report;
    bounds::count("metrics", metrics.len(), METRICS)?;
    bounds::count("tables", tables.len(), TABLES)?;
    bounds::count("series", series.len(), SERIES)?;
    bounds::count("insights", insights.len(), INSIGHTS)?;
    for (index, metric) in metrics.iter().enumerate() {
        let of = || format!("metric {index}");
        check_head(of, &metric.name, &metric.title, &metric.unit)?;
        check_number(|| format!("the value of {}", of()), metric.value)?;
    }
    tables.iter().enumerate().try_for_each(|(index, table)| check_table(index, table))?;
    let points = series.iter().flat_map(|series| &series.lines).map(|line| line.points.len()).sum();
    bounds::count("points of all series", points, POINTS)?;
    series.iter().enumerate().try_for_each(|(index, series)| check_series(index, series))
}

/// Name, title and unit of something.
fn check_head(of: impl Fn() -> String, name: &str, title: &str, unit: &str) -> Result<(), String> {
    bounds::word(|| format!("the name of {}", of()), name)?;
    bounds::text(|| format!("the title of {}", of()), title, TITLE_BYTES)?;
    bounds::text(|| format!("the unit of {}", of()), unit, UNIT_BYTES)?;
    if unit.is_empty() { Ok(()) } else { bounds::word(|| format!("the unit of {}", of()), unit) }
}

fn check_number(place: impl FnOnce() -> String, number: f64) -> Result<(), String> {
    if number.is_finite() { Ok(()) } else { Err(format!("{} is {number}, which is no finite number", place())) }
}

fn check_table(index: usize, table: &DataTable) -> Result<(), String> {
    check_head(|| format!("table {index}"), &table.name, &table.title, "")?;
    bounds::count(&format!("columns of table {index}"), table.columns.len(), COLUMNS)?;
    bounds::count(&format!("rows of table {index}"), table.rows.len(), ROWS)?;
    for (number, column) in table.columns.iter().enumerate() {
        check_head(|| format!("column {number} of table {index}"), &column.name, &column.title, &column.unit)?;
    }
    for (row, cells) in table.rows.iter().enumerate() {
        if cells.len() != table.columns.len() {
            let (cells, columns) = (cells.len(), table.columns.len());
            return Err(format!("row {row} of table {index} has {cells} cells for {columns} columns"));
        }
        for (column, cell) in cells.iter().enumerate() {
            let place = || format!("cell {column} of row {row} of table {index}");
            match cell {
                DataCell::None | DataCell::Integer(_) => {}
                DataCell::Text(text) => bounds::text(place, text, CELL_BYTES)?,
                DataCell::Real(number) => check_number(place, *number)?,
            }
        }
    }
    Ok(())
}

fn check_series(index: usize, series: &Series) -> Result<(), String> {
    check_head(|| format!("series {index}"), &series.name, &series.title, &series.unit)?;
    bounds::count(&format!("lines of series {index}"), series.lines.len(), LINES)?;
    for (number, line) in series.lines.iter().enumerate() {
        let place = |point| format!("point {point} of line {number} of series {index}");
        bounds::text(|| format!("the title of line {number} of series {index}"), &line.title, TITLE_BYTES)?;
        if let Some(point) = line.points.windows(2).position(|pair| pair[0].0 > pair[1].0) {
            return Err(format!("{} is earlier than the one before", place(point + 1)));
        }
        for (point, (_, value)) in line.points.iter().enumerate() {
            check_number(|| place(point), *value)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        CELL_BYTES, COLUMNS, INSIGHTS, LINES, METRICS, POINTS, ROWS, SERIES, TABLES, TITLE_BYTES, check, insight,
    };
    use crate::plugin::contract::{DataCell, DataColumn, DataTable, Insight, Metric, Points, Report, Series};

    fn metric() -> Metric {
        Metric { name: "calls.all".into(), title: "Calls".into(), value: 1.0, unit: "calls".into() }
    }

    fn column() -> DataColumn {
        DataColumn { name: "tool".into(), ..DataColumn::default() }
    }

    fn table(columns: usize, rows: usize) -> DataTable {
        let rows = vec![vec![DataCell::Integer(1); columns]; rows];
        DataTable { name: "tools".into(), title: String::new(), columns: vec![column(); columns], rows }
    }

    fn series(lines: Vec<Points>) -> Series {
        Series { name: "calls".into(), lines, ..Series::default() }
    }

    fn line(points: &[(i64, f64)]) -> Points {
        Points { title: String::new(), points: points.to_vec() }
    }

    fn said(report: Report) -> String {
        check(&report).err().unwrap_or_default()
    }

    fn of_tables(tables: Vec<DataTable>) -> String {
        said(Report { tables, ..Report::default() })
    }

    fn of_series(series: Vec<Series>) -> String {
        said(Report { series, ..Report::default() })
    }

    fn of_metrics(metrics: Vec<Metric>) -> String {
        said(Report { metrics, ..Report::default() })
    }

    #[test]
    fn counts_are_met_exactly() {
        let over = |count: usize, what: &str| format!("{} {what}, where {count} are allowed", count + 1);
        for more in [0, 1] {
            let expected = |count, what| if more == 0 { String::new() } else { over(count, what) };
            assert_eq!(of_metrics(vec![metric(); METRICS + more]), expected(METRICS, "metrics"));
            assert_eq!(of_tables(vec![table(1, 1); TABLES + more]), expected(TABLES, "tables"));
            assert_eq!(of_tables(vec![table(COLUMNS + more, 1)]), expected(COLUMNS, "columns of table 0"));
            assert_eq!(of_tables(vec![table(1, ROWS + more)]), expected(ROWS, "rows of table 0"));
            assert_eq!(of_series(vec![series(Vec::new()); SERIES + more]), expected(SERIES, "series"));
            let lines = series(vec![Points::default(); LINES + more]);
            assert_eq!(of_series(vec![lines]), expected(LINES, "lines of series 0"));
            let half = series(vec![line(&[(0, 0.0); POINTS / 2])]);
            let rest = series(vec![line(&vec![(0, 0.0); POINTS / 2 + more])]);
            assert_eq!(of_series(vec![half, rest]), expected(POINTS, "points of all series"));
            let insights = vec![Insight::default(); INSIGHTS + more];
            assert_eq!(said(Report { insights, ..Report::default() }), expected(INSIGHTS, "insights"));
        }
    }

    #[test]
    fn numbers_are_finite() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let end = format!(" is {value}, which is no finite number");
            assert_eq!(of_metrics(vec![metric(), Metric { value, ..metric() }]), format!("the value of metric 1{end}"));
            let mut odd = table(2, 2);
            odd.rows[1][0] = DataCell::Real(value);
            assert_eq!(of_tables(vec![odd]), format!("cell 0 of row 1 of table 0{end}"));
            assert_eq!(
                of_series(vec![series(vec![line(&[(0, value)])])]),
                format!("point 0 of line 0 of series 0{end}")
            );
        }
    }

    #[test]
    fn rows_fit_their_header_and_points_their_time() {
        let mut odd = table(2, 2);
        odd.rows[1].pop();
        assert_eq!(of_tables(vec![odd]), "row 1 of table 0 has 1 cells for 2 columns");
        assert_eq!(of_series(vec![series(vec![line(&[(1, 0.0), (1, 0.0), (2, 0.0)])])]), "");
        let said = "point 2 of line 0 of series 0 is earlier than the one before";
        assert_eq!(of_series(vec![series(vec![line(&[(1, 0.0), (2, 0.0), (1, 0.0)])])]), said);
    }

    #[test]
    fn names_are_words_and_texts_are_bounded() {
        assert_eq!(of_metrics(vec![Metric { unit: String::new(), ..metric() }]), "");
        let name = of_metrics(vec![Metric { name: "a b".into(), ..metric() }]);
        assert!(name.starts_with("the name of metric 0 is `a b`, where letters"), "{name}");
        let unit = of_metrics(vec![Metric { unit: "\u{1b}".into(), ..metric() }]);
        assert!(unit.starts_with(r"the unit of metric 0 is `\u{1b}`"), "{unit}");
        let title = |bytes| of_metrics(vec![Metric { title: "x".repeat(bytes), ..metric() }]);
        assert_eq!(title(TITLE_BYTES), "");
        assert_eq!(title(TITLE_BYTES + 1), "the title of metric 0 has 513 bytes, where 512 are allowed");
        let mut long = table(1, 1);
        long.rows[0][0] = DataCell::Text("x".repeat(CELL_BYTES + 1));
        assert_eq!(of_tables(vec![long]), "cell 0 of row 0 of table 0 has 4097 bytes, where 4096 are allowed");
    }

    #[test]
    fn an_insight_says_something_and_how_grave_it_is() {
        assert!(insight(0, 24, "x".to_owned()).is_ok());
        assert_eq!(insight(7, 9, String::new()), Err("the text of insight 7 is empty".to_owned()));
        for severity in [0, 25] {
            let said = format!("the severity of insight 7 is {severity}, where 1 to 24 are allowed");
            assert_eq!(insight(7, severity, "x".to_owned()), Err(said));
        }
    }
}
