//! Extractors built for the draft 0.1.0 of their contract.

use super::contract::{
    Diagnosis, ErrorGroup, Exemplar, Extractor, Fault, Findings, IncidentBatch, IncidentInterest, IncidentView,
    Proposal,
};
use super::description_v0::{RawDescription, RawIncidentInterest};
use super::fault::Call;
use super::findings::{self, RawDiagnosis};
use super::guest::Guest;
use super::instance::{Answer, Edition, Instance};
use super::package::Role;
use super::proposals;
use crate::event::{Condition, Precaution, Trigger};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

#[allow(missing_docs, reason = "the contract is documented in wit/")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/extractor",
        world: "extractor",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
    });
}

use bindings::exports::logwright::extractor::extract as wit;

impl bindings::logwright::extractor::host::Host for Guest {
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

/// The draft 0.1.0 of the extractors' contract.
pub struct ExtractorV0;

/// An extractor in its sandbox, for one worker.
pub type SandboxedExtractor = Instance<ExtractorV0>;

impl Edition for ExtractorV0 {
    const ROLE: Role = Role::Extractor;
    type Linked = bindings::ExtractorPre<Guest>;
    type Exports = bindings::Extractor;
    type Interest = IncidentInterest;

    fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Self::Linked> {
        let mut linker = Linker::new(engine);
        bindings::Extractor::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        bindings::ExtractorPre::new(linker.instantiate_pre(component)?)
    }

    fn start(linked: &Self::Linked, store: &mut Store<Guest>) -> wasmtime::Result<Self::Exports> {
        linked.instantiate(store)
    }

    fn describe(exports: &Self::Exports, store: &mut Store<Guest>) -> Answer<RawDescription<RawIncidentInterest>> {
        Ok(exports.logwright_extractor_extract().call_describe(store)?.map(|raw| RawDescription {
            name: raw.name,
            version: raw.version,
            grants: raw.grants,
            interest: RawIncidentInterest {
                fields: raw.interest.fields,
                texts: raw.interest.texts.into_iter().map(|raw| (raw.text, raw.bytes)).collect(),
                literals: raw.interest.literals,
            },
        }))
    }
}

impl Extractor for Instance<ExtractorV0> {
    fn interest(&self) -> &IncidentInterest {
        &self.loaded().description.interest
    }

    fn diagnose(&mut self, batch: &IncidentBatch) -> Result<Findings, Fault> {
        let count = batch.incidents.len();
        let may_be_critical = self.loaded().may_be_critical;
        let call = Call::of_batch(&self.loaded().limits, format!("diagnose a batch of {count} incidents"), count);
        let names: Vec<&str> = batch.names.iter().map(String::as_str).collect();
        let texts: Vec<&str> = batch.texts.iter().map(String::as_str).collect();
        let incidents: Vec<_> = batch.incidents.iter().map(incident).collect();
        let excerpts = batch.excerpts.iter();
        let excerpts: Vec<_> =
            excerpts.map(|row| wit::Excerpt { incident: row.incident, name: row.name, text: row.text }).collect();
        let attributes = batch.attributes.iter();
        let attributes: Vec<_> =
            attributes.map(|row| wit::Attribute { incident: row.event, name: row.name, value: row.value }).collect();
        let labels: Vec<_> =
            batch.labels.iter().map(|row| wit::Label { incident: row.event, name: row.name }).collect();
        let hits: Vec<_> =
            batch.hits.iter().map(|row| wit::Hit { incident: row.event, literal: row.literal }).collect();
        let batch = wit::Batch {
            names: &names,
            texts: &texts,
            incidents: &incidents,
            excerpts: &excerpts,
            attributes: &attributes,
            labels: &labels,
            hits: &hits,
        };
        self.call(
            &call,
            |exports, store| exports.logwright_extractor_extract().call_diagnose(store, batch),
            |raw| {
                let diagnoses = raw.diagnoses.iter().map(|raw| {
                    let said = Diagnosis {
                        disposition: raw.disposition,
                        reason: raw.reason,
                        fingerprint: raw.fingerprint,
                        title: raw.title,
                        cause: raw.cause,
                        owner: raw.owner,
                        critical: raw.critical && may_be_critical,
                        ..Diagnosis::default()
                    };
                    RawDiagnosis { said, severity: raw.severity }
                });
                findings::check(count, raw.names, diagnoses)
            },
        )
    }

    fn propose(&mut self, group: &ErrorGroup) -> Result<Vec<Proposal>, Fault> {
        let count = group.exemplars.len();
        let task = format!("propose protocols for a group with {count} exemplars");
        let call = Call::of_batch(&self.loaded().limits, task, 1 + count);
        let texts: Vec<Vec<_>> = group.exemplars.iter().map(texts_of).collect();
        let exemplars: Vec<_> = group
            .exemplars
            .iter()
            .zip(&texts)
            .map(|(exemplar, texts)| wit::Exemplar { tool: &exemplar.tool, project: &exemplar.project, texts })
            .collect();
        let resolutions: Vec<_> =
            group.resolutions.iter().map(|(name, count)| wit::Tally { name, count: *count }).collect();
        let group = wit::Group {
            fingerprint: &group.fingerprint,
            title: &group.title,
            cause: &group.cause,
            owner: &group.owner,
            incidents: group.incidents,
            sessions: group.sessions,
            families: group.families,
            days: group.days,
            resolved: group.resolved,
            first: group.first,
            last: group.last,
            exemplars: &exemplars,
            resolutions: &resolutions,
        };
        self.call(
            &call,
            |exports, store| exports.logwright_extractor_extract().call_propose(store, group),
            |raw| proposals::check(raw.into_iter().map(proposal).collect()),
        )
    }
}

fn incident(view: &IncidentView) -> wit::Incident {
    wit::Incident {
        kind: view.kind,
        tool: view.tool,
        session: view.session,
        agent: view.agent,
        project: view.project,
        model: view.model,
        sub_agent: view.sub_agent,
        resolution: view.resolution,
        earlier: view.earlier,
        time: view.time,
        duration: view.duration,
    }
}

fn texts_of(exemplar: &Exemplar) -> Vec<wit::NamedText<'_>> {
    exemplar.texts.iter().map(|(name, text)| wit::NamedText { name: name.name(), text }).collect()
}

fn proposal(raw: wit::Protocol) -> Proposal {
    let condition = |raw: wit::Condition| Condition { field: raw.field, operator: raw.operator, value: raw.value };
    let precaution = |raw: wit::Precaution| Precaution { tool: raw.tool, field: raw.field, within: raw.within };
    Proposal {
        title: raw.title,
        trigger: Trigger {
            tool: raw.trigger.tool,
            conditions: raw.trigger.conditions.into_iter().map(condition).collect(),
            unless: raw.trigger.unless.into_iter().map(precaution).collect(),
        },
        advice: raw.advice,
        confidence: raw.confidence,
    }
}
