//! Classifiers built for the draft 0.1.0 of their contract.

use super::contract::{
    AttributeView, Batch, Classifier, EventView, Fault, Hit, Interest, Judgement, KindInterest, Label,
};
use super::description_v0::{RawDescription, RawInterest};
use super::fault::Call;
use super::guest::Guest;
use super::instance::{Answer, Edition, Instance};
use super::package::Role;
use super::verdicts::{self, RawVerdict};
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

#[allow(missing_docs, reason = "the contract is documented in wit/")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/classifier",
        world: "classifier",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
    });
}

use bindings::exports::logwright::classifier::classify as wit;

impl bindings::logwright::classifier::host::Host for Guest {
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

/// The draft 0.1.0 of the classifiers' contract.
pub struct ClassifierV0;

/// A classifier in its sandbox, for one worker.
pub type SandboxedClassifier = Instance<ClassifierV0>;

impl Edition for ClassifierV0 {
    const ROLE: Role = Role::Classifier;
    type Linked = bindings::ClassifierPre<Guest>;
    type Exports = bindings::Classifier;
    type Interest = Interest;

    fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Self::Linked> {
        let mut linker = Linker::new(engine);
        bindings::Classifier::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
        bindings::ClassifierPre::new(linker.instantiate_pre(component)?)
    }

    fn start(linked: &Self::Linked, store: &mut Store<Guest>) -> wasmtime::Result<Self::Exports> {
        linked.instantiate(store)
    }

    fn describe(exports: &Self::Exports, store: &mut Store<Guest>) -> Answer<RawDescription<RawInterest>> {
        Ok(exports.logwright_classifier_classify().call_describe(store)?.map(|raw| RawDescription {
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

impl Classifier for Instance<ClassifierV0> {
    fn interest(&self) -> &Interest {
        &self.loaded().description.interest
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault> {
        let count = batch.events.len();
        let may_be_critical = self.loaded().may_be_critical;
        let call = Call::of_batch(&self.loaded().limits, format!("judge a batch of {count} events"), count);
        let names: Vec<&str> = batch.names.iter().map(String::as_str).collect();
        let texts: Vec<&str> = batch.texts.iter().map(String::as_str).collect();
        let events: Vec<_> = batch.events.iter().map(event).collect();
        let attributes: Vec<_> = batch.attributes.iter().map(attribute).collect();
        let hits: Vec<_> = batch.hits.iter().map(hit).collect();
        let batch = wit::Batch { names: &names, texts: &texts, events: &events, attributes: &attributes, hits: &hits };
        self.call(
            &call,
            |exports, store| exports.logwright_classifier_classify().call_judge(store, batch),
            |raw| {
                let verdicts = raw.verdicts.iter().map(|raw| RawVerdict {
                    category: raw.category,
                    subcategory: raw.subcategory,
                    severity: raw.severity,
                    critical: raw.critical && may_be_critical,
                });
                let labels = raw.labels.iter().map(|raw| Label { event: raw.event, name: raw.name });
                verdicts::check(count, raw.names, verdicts, labels)
            },
        )
    }
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

fn event(view: &EventView) -> wit::Event {
    wit::Event {
        kind: view.kind,
        status: view.status,
        session: view.session,
        agent: view.agent,
        project: view.project,
        model: view.model,
        tool: view.tool,
        sub_agent: view.sub_agent,
        text: view.text,
        time: view.time,
        duration: view.duration,
        size: view.size,
    }
}

fn attribute(view: &AttributeView) -> wit::Attribute {
    wit::Attribute { event: view.event, name: view.name, value: view.value }
}

fn hit(hit: &Hit) -> wit::Hit {
    wit::Hit { event: hit.event, literal: hit.literal }
}
