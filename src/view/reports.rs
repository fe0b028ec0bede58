//! Reports of analyzers, shown without knowing what they are about.

use crate::event::Millis;
use crate::plugin::{Analyzer, DataCell, DataTable, Fault, Metric, Points, Report, Series};
use crate::store::{Reader, StoreError};
use crate::terminal::{Cell, Column, Meaning, Table, wording};
use chrono::{DateTime, NaiveDate};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Days of a series that are drawn one by one at most.
const LONGEST: i64 = 10_000;

/// What an analyzer reports on the whole house.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Its name.
    pub plugin: String,
    /// Families of which it gathered nothing: it failed on them, or has not seen them yet.
    pub missing: u64,
    /// What it found.
    pub report: Report,
}

/// Merges what an analyzer gathered, and lets it report.
pub fn report(reader: &Reader, analyzer: &mut dyn Analyzer) -> Result<Result<Reported, Fault>, StoreError> {
    let by = analyzer.provenance().clone();
    analyzer.renew();
    let missing = match reader.states(&by, |state| analyzer.merge(state))? {
        Ok(missing) => missing,
        Err(fault) => return Ok(Err(fault)),
    };
    Ok(analyzer.finish().map(|report| Reported { plugin: by.plugin, missing, report }))
}

/// A number with its unit, as a cell.
fn cell(value: f64, unit: &str) -> Cell {
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    match unit {
        "ratio" => Cell::Percent(value),
        "ms" if value >= 0.0 => Cell::Duration(value as u64),
        "bytes" if value >= 0.0 => Cell::Bytes(value as u64),
        "time" => Cell::Time(value as i64),
        _ if whole => Cell::Integer(value as i64),
        _ => Cell::Real(value),
    }
}

/// The name of a table of an analyzer, for machines.
fn named(reported: &Reported, name: &str) -> String {
    format!("{}.{name}", reported.plugin)
}

/// The numbers of a report.
pub fn metric_table(reported: &Reported, for_people: bool) -> Table {
    let columns = if for_people {
        vec![Column::new("title", "").meaning(Meaning::Dim), Column::new("value", "")]
    } else {
        vec![Column::new("name", ""), Column::new("title", ""), Column::new("value", ""), Column::new("unit", "")]
    };
    let title = format!("In numbers ({})", reported.plugin);
    let mut table = Table::new(columns).named(named(reported, "metrics"), title);
    for Metric { name, title, value, unit } in &reported.report.metrics {
        let shown = cell(*value, unit);
        table.push(if for_people {
            vec![Cell::from(title.as_str()), shown]
        } else {
            vec![Cell::from(name.as_str()), Cell::from(title.as_str()), shown, Cell::from(unit.as_str())]
        });
    }
    table
}

/// The tables of a report.
pub fn data_tables(reported: &Reported) -> Vec<Table> {
    reported.report.tables.iter().map(|table| data_table(reported, table)).collect()
}

fn data_table(reported: &Reported, from: &DataTable) -> Table {
    let columns: Vec<Column> =
        from.columns.iter().map(|column| Column::new(column.name.clone(), column.title.clone())).collect();
    let mut table = Table::new(columns).named(named(reported, &from.name), from.title.clone());
    for row in &from.rows {
        let cells = row.iter().zip(&from.columns).map(|(value, column)| match value {
            DataCell::None => Cell::Null,
            DataCell::Text(text) => Cell::from(text.as_str()),
            DataCell::Integer(value) => match column.unit.as_str() {
                "ms" if *value >= 0 => Cell::Duration(*value as u64),
                "bytes" if *value >= 0 => Cell::Bytes(*value as u64),
                "time" => Cell::Time(*value),
                _ => Cell::Integer(*value),
            },
            DataCell::Real(value) => cell(*value, &column.unit),
        });
        table.push(cells.collect::<Vec<_>>());
    }
    table
}

/// The series of a report, one row for each point.
pub fn series_tables(reported: &Reported) -> Vec<Table> {
    let table = |series: &Series| {
        let columns = [Column::new("line", ""), Column::new("time", ""), Column::new("value", "")];
        let mut table = Table::new(columns).named(named(reported, &series.name), series.title.clone());
        for line in &series.lines {
            for (time, value) in &line.points {
                let title = if line.title.is_empty() { Cell::Null } else { Cell::from(line.title.as_str()) };
                table.push([title, Cell::Time(*time), cell(*value, &series.unit)]);
            }
        }
        table
    };
    reported.report.series.iter().map(table).collect()
}

/// What deserves to be read.
pub fn insight_table(reported: &[Reported]) -> Table {
    let columns = [Column::new("plugin", ""), Column::new("severity", ""), Column::new("text", "")];
    let mut table = Table::new(columns).named("insights", "Worth knowing");
    for one in reported {
        for insight in &one.report.insights {
            let severity = Cell::Integer(i64::from(insight.severity.number()));
            table.push([Cell::from(one.plugin.as_str()), severity, Cell::from(insight.text.as_str())]);
        }
    }
    table
}

/// A value of a series as people read it.
pub fn shown(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => wording::percent(value),
        "ms" if value >= 0.0 => wording::duration(value as u64),
        "bytes" if value >= 0.0 => wording::bytes(value as u64),
        _ if value.fract() == 0.0 => wording::integer(value as i64),
        _ => wording::real(value),
    }
}

/// A line with a value for each span from its first point to its last: those without a point are 0.
pub struct Even {
    /// The day of the first value.
    pub first: NaiveDate,
    /// Days from one value to the next.
    pub step: i64,
    /// The values.
    pub values: Vec<f64>,
}

/// Spreads the points of a line evenly, by whole days; nothing if they cannot be.
pub fn even(line: &Points) -> Option<Even> {
    let day = |time: Millis| time.div_euclid(DAY);
    let (first, last) = (day(line.points.first()?.0), day(line.points.last()?.0));
    let gaps = line.points.windows(2).map(|pair| day(pair[1].0) - day(pair[0].0));
    let step = gaps.filter(|gap| *gap > 0).min().unwrap_or(1);
    let count = (last - first) / step + 1;
    if !(1..=LONGEST).contains(&count) {
        return None;
    }
    let mut values = vec![0.0; count as usize];
    for (time, value) in &line.points {
        values[((day(*time) - first) / step) as usize] += value;
    }
    let first = DateTime::from_timestamp_millis(first * DAY)?.date_naive();
    Some(Even { first, step, values })
}

#[cfg(test)]
mod tests {
    use super::{DAY, even, shown};
    use crate::plugin::Points;

    fn line(points: &[(i64, f64)]) -> Points {
        Points { title: String::new(), points: points.iter().map(|(day, value)| (day * DAY + 5, *value)).collect() }
    }

    #[test]
    fn gaps_are_nothing() {
        let days = even(&line(&[(10, 1.0), (11, 2.0), (14, 3.0)])).unwrap();
        assert_eq!((days.step, days.values), (1, vec![1.0, 2.0, 0.0, 0.0, 3.0]));
        let weeks = even(&line(&[(7, 1.0), (14, 2.0), (28, 3.0)])).unwrap();
        assert_eq!((weeks.step, weeks.values), (7, vec![1.0, 2.0, 0.0, 3.0]));
        assert_eq!(even(&line(&[(3, 9.0)])).unwrap().values, [9.0]);
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        assert!(even(&line(&[])).is_none());
        assert!(even(&line(&[(0, 1.0), (1, 1.0), (1 << 30, 1.0)])).is_none());
    }

    #[test]
    fn units_are_words() {
        assert_eq!(shown(0.5, "ratio"), "50.0%");
        assert_eq!(shown(1500.0, "ms"), "1.5s");
        assert_eq!(shown(2.0, "calls"), "2");
        assert_eq!(shown(2.25, "calls"), "2.25");
    }
}
