//! Analyzers built for the draft 0.1.0 of their contract.

use super::contract::{
    AnalyzedEvent, AnalyzedIncident, Analyzer, AnalyzerBatch, CostView, DataCell, DataColumn, DataTable, Fault,
    Interest, KindInterest, Metric, Points, Report, Series,
};
use super::description_v0::{RawDescription, RawInterest};
use super::fault::Call;
use super::guest::Guest;
use super::instance::{Answer, Edition, Instance};
use super::package::Role;
use super::reports;
use std::convert::Infallible;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

#[allow(missing_docs, reason = "the contract is documented in wit/")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/analyzer",
        world: "analyzer",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
    });
}

use bindings::exports::logwright::analyzer::analyze as wit;

impl bindings::logwright::analyzer::host::Host for Guest {
    fn note(&mut self, severity: u8, text: String) -> wasmtime::Result<()> {
        Guest::note(self, severity, text).map_err(wasmtime::Error::new)
    }

    fn setting(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Guest::setting(self, &name).map_err(wasmtime::Error::new)
    }

    fn rule_file(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        Guest::rule_file(self, &name).map_err(wasmtime::Error::new)
    }
}

/// The draft 0.1.0 of the analyzers' contract.
pub struct AnalyzerV0;

/// An analyzer in its sandbox, for one worker.
pub type SandboxedAnalyzer = Instance<AnalyzerV0>;

impl Edition for AnalyzerV0 {
    const ROLE: Role = Role::Analyzer;
    type Linked = bindings::AnalyzerPre<Guest>;
    type Exports = bindings::Analyzer;
    type Interest = Interest;

    fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Self::Linked> {
        let mut linker = Linker::new(engine);
        bindings::Analyzer::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        bindings::AnalyzerPre::new(linker.instantiate_pre(component)?)
    }

    fn start(linked: &Self::Linked, store: &mut Store<Guest>) -> wasmtime::Result<Self::Exports> {
        linked.instantiate(store)
    }

    fn describe(exports: &Self::Exports, store: &mut Store<Guest>) -> Answer<RawDescription<RawInterest>> {
        Ok(exports.logwright_analyzer_analyze().call_describe(store)?.map(|raw| RawDescription {
            name: raw.name,
            version: raw.version,
            grants: raw.grants,
            interest: RawInterest {
                kinds: raw.interest.kinds.into_iter().map(kind).collect(),
                fields: raw.interest.fields,
                literals: raw.interest.literals,
            },
        }))
    }
}

impl Analyzer for Instance<AnalyzerV0> {
    fn interest(&self) -> &Interest {
        &self.loaded().description.interest
    }

    fn observe(&mut self, batch: &AnalyzerBatch) -> Result<(), Fault> {
        let count = batch.events.len();
        let call = Call::of_batch(&self.loaded().limits, format!("observe a batch of {count} events"), count);
        let names: Vec<&str> = batch.names.iter().map(String::as_str).collect();
        let texts: Vec<&str> = batch.texts.iter().map(String::as_str).collect();
        let events: Vec<_> = batch.events.iter().map(event).collect();
        let attributes = batch.attributes.iter();
        let attributes: Vec<_> =
            attributes.map(|row| wit::Attribute { event: row.event, name: row.name, value: row.value }).collect();
        let hits: Vec<_> = batch.hits.iter().map(|row| wit::Hit { event: row.event, literal: row.literal }).collect();
        let labels: Vec<_> = batch.labels.iter().map(|row| wit::Label { event: row.event, name: row.name }).collect();
        let tokens: Vec<_> = batch.tokens.iter().map(tokens).collect();
        let incidents: Vec<_> = batch.incidents.iter().map(incident).collect();
        let batch = wit::Batch {
            names: &names,
            texts: &texts,
            events: &events,
            attributes: &attributes,
            hits: &hits,
            labels: &labels,
            tokens: &tokens,
            incidents: &incidents,
        };
        self.call(&call, |exports, store| exports.logwright_analyzer_analyze().call_observe(store, batch), as_it_is)
    }

    fn save(&mut self) -> Result<Vec<u8>, Fault> {
        let call = Call::of_batch(&self.loaded().limits, "save what it gathered".to_owned(), 1);
        self.call(&call, |exports, store| exports.logwright_analyzer_analyze().call_save(store), as_it_is)
    }

    fn merge(&mut self, state: &[u8]) -> Result<(), Fault> {
        let task = format!("merge {} bytes that it saved", state.len());
        let call = Call::of_batch(&self.loaded().limits, task, 1);
        self.call(&call, |exports, store| exports.logwright_analyzer_analyze().call_merge(store, state), as_it_is)
    }

    fn finish(&mut self) -> Result<Report, Fault> {
        let call = Call::to_report(&self.loaded().limits);
        self.call(&call, |exports, store| exports.logwright_analyzer_analyze().call_finish(store), report)
    }
}

/// There is nothing to check where nothing is looked into.
fn as_it_is<T>(answer: T) -> Result<T, Infallible> {
    Ok(answer)
}

fn kind(raw: wit::KindInterest) -> (String, KindInterest) {
    let interest = KindInterest {
        wanted: true,
        failures_only: raw.failures_only,
        text_of_failures_only: raw.text_of_failures_only,
        text_bytes: raw.text_bytes,
        search: raw.search,
    };
    (raw.kind, interest)
}

fn event(view: &AnalyzedEvent) -> wit::Event {
    wit::Event {
        kind: view.kind,
        status: view.status,
        session: view.session,
        agent: view.agent,
        project: view.project,
        model: view.model,
        tool: view.tool,
        sub_agent: view.sub_agent,
        category: view.category,
        subcategory: view.subcategory,
        text: view.text,
        severity: view.severity.number(),
        time: view.time,
        duration: view.duration,
        size: view.size,
    }
}

fn tokens(view: &CostView) -> wit::Tokens {
    wit::Tokens {
        event: view.event,
        input: view.tokens.input,
        output: view.tokens.output,
        cache_creation: view.tokens.cache_creation,
        cache_read: view.tokens.cache_read,
    }
}

fn incident(view: &AnalyzedIncident) -> wit::Incident {
    wit::Incident {
        event: view.event,
        disposition: view.disposition,
        fingerprint: view.fingerprint,
        cause: view.cause,
        owner: view.owner,
        resolution: view.resolution,
        resolved_after: view.resolved_after,
    }
}

fn report(raw: wit::Report) -> Result<Report, String> {
    let metric = |raw: wit::Metric| Metric { name: raw.name, title: raw.title, value: raw.value, unit: raw.unit };
    let insights = raw.insights.into_iter().enumerate();
    let report = Report {
        metrics: raw.metrics.into_iter().map(metric).collect(),
        tables: raw.tables.into_iter().map(table).collect(),
        series: raw.series.into_iter().map(series).collect(),
        insights: insights
            .map(|(index, raw)| reports::insight(index, raw.severity, raw.text))
            .collect::<Result<_, _>>()?,
    };
    reports::check(&report)?;
    Ok(report)
}

fn table(raw: wit::Table) -> DataTable {
    let column = |raw: wit::Column| DataColumn { name: raw.name, title: raw.title, unit: raw.unit };
    let cell = |raw: wit::Cell| match raw {
        wit::Cell::None => DataCell::None,
        wit::Cell::Text(text) => DataCell::Text(text),
        wit::Cell::Integer(number) => DataCell::Integer(number),
        wit::Cell::Real(number) => DataCell::Real(number),
    };
    DataTable {
        name: raw.name,
        title: raw.title,
        columns: raw.columns.into_iter().map(column).collect(),
        rows: raw.rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect(),
    }
}

fn series(raw: wit::Series) -> Series {
    let line = |raw: wit::Line| Points {
        title: raw.title,
        points: raw.points.into_iter().map(|point| (point.time, point.value)).collect(),
    };
    Series { name: raw.name, title: raw.title, unit: raw.unit, lines: raw.lines.into_iter().map(line).collect() }
}
