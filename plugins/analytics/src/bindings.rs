//! Joins the adding up to the contract.

use crate::rules::{FILE, Rules};
use crate::{Analytics, FIELDS, KINDS, Zone, events, report, shipped};
use std::cell::RefCell;

wit_bindgen::generate!({ path: "../../wit/analyzer", world: "analyzer" });

use exports::logwright::analyzer::analyze::{
    Batch, Cell, Column, Description, Guest, Insight, Interest, KindInterest, Line, Metric, Point, Report, Series,
    Table,
};
use logwright::analyzer::host;

thread_local! {
    /// What the instance gathers, for as long as it lives.
    static ANALYTICS: RefCell<Option<Analytics>> = const { RefCell::new(None) };
}

fn analytics<T>(take: impl FnOnce(&mut Analytics) -> Result<T, String>) -> Result<T, String> {
    ANALYTICS.with_borrow_mut(|held| match held {
        Some(analytics) => take(analytics),
        None => take(held.insert(start()?)),
    })
}

fn start() -> Result<Analytics, String> {
    let rules = match host::rule_file(FILE) {
        Some(written) => Rules::parse(&written).map_err(|problem| problem.to_string())?,
        None => shipped()?,
    };
    let zone = host::setting("zone").map_or(Ok(Zone::default()), |written| Zone::parse(&written))?;
    Ok(Analytics::new(rules, zone))
}

struct Guests;

impl Guest for Guests {
    fn describe() -> Result<Description, String> {
        analytics(|_| Ok(()))?;
        let kinds = KINDS.map(|(kind, failures_only)| KindInterest {
            kind: kind.to_owned(),
            failures_only,
            text_of_failures_only: false,
            text_bytes: 0,
            search: false,
        });
        Ok(Description {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            grants: Vec::new(),
            interest: Interest { kinds: kinds.into(), fields: FIELDS.map(str::to_owned).into(), literals: Vec::new() },
        })
    }

    fn observe(batch: Batch) -> Result<(), String> {
        let events = batch.events.iter().map(|event| events::Event {
            kind: event.kind,
            status: event.status,
            session: event.session,
            project: event.project,
            model: event.model,
            tool: event.tool,
            sub_agent: event.sub_agent,
            time: event.time,
            duration: event.duration,
            size: event.size,
        });
        let costs = batch.tokens.iter().map(|row| events::Cost {
            event: row.event,
            input: row.input,
            output: row.output,
            cache_creation: row.cache_creation,
            cache_read: row.cache_read,
        });
        let incidents = batch.incidents.iter().map(|row| events::Incident {
            event: row.event,
            disposition: row.disposition,
            fingerprint: row.fingerprint,
            cause: row.cause,
            owner: row.owner,
            resolution: row.resolution,
            resolved_after: row.resolved_after,
        });
        let (events, costs, incidents): (Vec<_>, Vec<_>, Vec<_>) =
            (events.collect(), costs.collect(), incidents.collect());
        let batch = events::Batch { names: &batch.names, events: &events, costs: &costs, incidents: &incidents };
        analytics(|analytics| {
            analytics.observe(&batch);
            Ok(())
        })
    }

    fn save() -> Result<Vec<u8>, String> {
        analytics(|analytics| analytics.save())
    }

    fn merge(state: Vec<u8>) -> Result<(), String> {
        analytics(|analytics| analytics.merge(&state))
    }

    fn finish() -> Result<Report, String> {
        analytics(|analytics| Ok(found(analytics.finish())))
    }
}

fn found(report: report::Report) -> Report {
    let metrics = report.metrics.into_iter().map(|metric| Metric {
        name: metric.name.to_owned(),
        title: metric.title.to_owned(),
        value: metric.value,
        unit: metric.unit.to_owned(),
    });
    let series = report.series.into_iter().map(|series| Series {
        name: series.name.to_owned(),
        title: series.title.to_owned(),
        unit: series.unit.to_owned(),
        lines: series.lines.into_iter().map(line).collect(),
    });
    let insights = report.insights.into_iter().map(|report::Insight { severity, text }| Insight { severity, text });
    Report {
        metrics: metrics.collect(),
        tables: report.tables.into_iter().map(table).collect(),
        series: series.collect(),
        insights: insights.collect(),
    }
}

fn table(table: report::Table) -> Table {
    let columns = table.columns.into_iter().map(|column| Column {
        name: column.name.to_owned(),
        title: column.title.to_owned(),
        unit: column.unit.to_owned(),
    });
    Table {
        name: table.name.to_owned(),
        title: table.title.to_owned(),
        columns: columns.collect(),
        rows: table.rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
    }
}

fn cell(cell: report::Cell) -> Cell {
    match cell {
        report::Cell::None => Cell::None,
        report::Cell::Text(text) => Cell::Text(text),
        report::Cell::Integer(number) => Cell::Integer(number),
        report::Cell::Real(number) => Cell::Real(number),
    }
}

fn line(line: report::Line) -> Line {
    let points = line.points.into_iter().map(|(time, value)| Point { time, value });
    Line { title: line.title, points: points.collect() }
}

export!(Guests);
