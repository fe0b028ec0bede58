//! What the analyzer answers: the contract's report as plain values.

/// All that was found.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each is described at its type")]
pub struct Report {
    pub metrics: Vec<Metric>,
    pub tables: Vec<Table>,
    pub series: Vec<Series>,
    pub insights: Vec<Insight>,
}

/// One number.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Metric {
    pub name: &'static str,
    pub title: &'static str,
    pub value: f64,
    pub unit: &'static str,
}

/// Rows of cells.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Table {
    pub name: &'static str,
    pub title: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// The head of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Column {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
}

/// A value in a table.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the cases are those of the contract")]
pub enum Cell {
    None,
    Text(String),
    Integer(i64),
    Real(f64),
}

/// Numbers over time.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Series {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub lines: Vec<Line>,
}

/// One line of a series: times in order, and values.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Line {
    pub title: String,
    pub points: Vec<(i64, f64)>,
}

/// Something that deserves to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Insight {
    pub severity: u8,
    pub text: String,
}

impl Report {
    pub(crate) fn metric(&mut self, name: &'static str, title: &'static str, value: f64, unit: &'static str) {
        self.metrics.push(Metric { name, title, value, unit });
    }

    pub(crate) fn count(&mut self, name: &'static str, title: &'static str, count: u64, unit: &'static str) {
        self.metric(name, title, count as f64, unit);
    }

    /// A metric that is left out where there is nothing to divide by.
    pub(crate) fn share(&mut self, name: &'static str, title: &'static str, part: u64, whole: u64) {
        if let Some(share) = share(part, whole) {
            self.metric(name, title, share, "ratio");
        }
    }

    /// A table, left out where it has no rows.
    pub(crate) fn table(
        &mut self,
        name: &'static str,
        title: &'static str,
        columns: &[(&'static str, &'static str, &'static str)],
        rows: Vec<Vec<Cell>>,
    ) {
        if !rows.is_empty() {
            let columns = columns.iter().map(|&(name, title, unit)| Column { name, title, unit }).collect();
            self.tables.push(Table { name, title, columns, rows });
        }
    }

    /// A series, without its empty lines; left out where none is left.
    pub(crate) fn series(&mut self, name: &'static str, title: &'static str, unit: &'static str, lines: Vec<Line>) {
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.points.is_empty()).collect();
        if !lines.is_empty() {
            self.series.push(Series { name, title, unit, lines });
        }
    }
}

/// A part of a whole; nothing where there is no whole.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl Cell {
    /// A name from a log; what has none is said to have none.
    pub(crate) fn name(name: &str) -> Cell {
        Cell::Text(named(name).to_owned())
    }

    pub(crate) fn count(count: u64) -> Cell {
        Cell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(crate) fn share(part: u64, whole: u64) -> Cell {
        share(part, whole).map_or(Cell::None, Cell::Real)
    }

    pub(crate) fn time(time: Option<i64>) -> Cell {
        time.map_or(Cell::None, Cell::Integer)
    }

    pub(crate) fn some(count: Option<u64>) -> Cell {
        count.map_or(Cell::None, Cell::count)
    }
}

/// A name as it is shown.
pub(crate) fn named(name: &str) -> &str {
    if name.is_empty() { "(none)" } else { name }
}
