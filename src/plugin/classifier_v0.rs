//! Classifiers built for the draft 0.1.0 of their contract.

use super::contract::{Batch, Classifier, Fault, FaultKind, Interest, Judgement, Label, Plugin, Provenance};
use super::description_v0::{Description, understand};
use super::fault::{Call, fault};
use super::guest::{Guest, Notes};
use super::limits::{Limits, Who};
use super::sandbox::Loaded;
use super::verdicts::{self, RawVerdict};
use super::words;
use std::sync::Arc;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Engine, Store};

#[allow(missing_docs, reason = "the contract is documented in wit/")]
pub(super) mod bindings {
    wasmtime::component::bindgen!({
        path: "wit/classifier",
        world: "classifier",
        ownership: Borrowing { duplicate_if_necessary: true },
        imports: { default: trappable },
    });
}

use bindings::ClassifierPre as Pre;
use bindings::exports::logwright::classifier::classify as wit;

/// Characters kept of an error that a plugin words itself.
const DECLINED_CHARACTERS: usize = 500;

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

/// A component that is linked, and can be started cheaply and often.
pub(super) struct Linked(Pre<Guest>);

/// Links a component to the host.
pub(super) fn link(engine: &Engine, component: &Component) -> wasmtime::Result<Linked> {
    let mut linker = Linker::new(engine);
    bindings::Classifier::add_to_linker::<_, HasSelf<_>>(&mut linker, |guest| guest)?;
    Ok(Linked(Pre::new(linker.instantiate_pre(component)?)?))
}

/// An instance that has described itself and can judge.
struct Live {
    store: Store<Guest>,
    bindings: bindings::Classifier,
}

/// Starts a component and lets it describe itself.
pub(super) fn describe(
    linked: &Linked,
    store: Store<Guest>,
    who: &Who,
    limits: &Limits,
) -> Result<(Description, Notes), Fault> {
    start(linked, store, who, limits).map(|(mut live, description)| (description, live.store.data_mut().take_notes()))
}

fn start(linked: &Linked, mut store: Store<Guest>, who: &Who, limits: &Limits) -> Result<(Live, Description), Fault> {
    let call = Call { task: "describe itself".to_owned(), fuel: limits.fuel_start, fuel_keys: &["fuel_start"] };
    let (bindings, description) = Guest::ready(&mut store, call.fuel)
        .and_then(|()| linked.0.instantiate(&mut store))
        .and_then(|bindings| {
            let description = bindings.logwright_classifier_classify().call_describe(&mut store)?;
            Ok((bindings, description))
        })
        .map_err(|error| fault(who, limits, &call, &error))?;
    let description = description.map_err(|text| declined(who, &call.task, &text))?;
    let description = understand(who, description)?;
    Ok((Live { store, bindings }, description))
}

fn declined(who: &Who, task: &str, text: &str) -> Fault {
    who.fault(FaultKind::Declined, format!("declined to {task}: {}", words::quote(text, DECLINED_CHARACTERS)))
}

/// A classifier in its sandbox, for one worker.
pub struct SandboxedClassifier {
    loaded: Arc<Loaded>,
    /// Nothing after a fault; the next batch starts a fresh instance.
    live: Option<Live>,
    notes: Notes,
    fuel: u64,
    events: Vec<wit::Event>,
}

impl SandboxedClassifier {
    /// Starts an instance.
    pub(super) fn new(loaded: Arc<Loaded>) -> Result<SandboxedClassifier, Fault> {
        let live = Some(fresh(&loaded)?);
        Ok(SandboxedClassifier { loaded, live, notes: Notes::default(), fuel: 0, events: Vec::new() })
    }

    /// The notes that it left since the last time, at most as many as one call may leave.
    pub fn take_notes(&mut self) -> Notes {
        std::mem::take(&mut self.notes)
    }

    fn call(&mut self, live: &mut Live, batch: &Batch) -> Result<Judgement, Fault> {
        let Loaded { who, limits, .. } = &*self.loaded;
        let count = batch.events.len();
        let call = Call {
            task: format!("judge a batch of {count} events"),
            fuel: limits.fuel(count),
            fuel_keys: &["fuel_per_event", "fuel_per_batch"],
        };
        let names: Vec<&str> = batch.names.iter().map(String::as_str).collect();
        let texts: Vec<&str> = batch.texts.iter().map(String::as_str).collect();
        self.events.clear();
        self.events.extend(batch.events.iter().map(event));
        let attributes: Vec<_> = batch.attributes.iter().map(attribute).collect();
        let hits: Vec<_> = batch.hits.iter().map(hit).collect();
        let batch =
            wit::Batch { names: &names, texts: &texts, events: &self.events, attributes: &attributes, hits: &hits };
        let answer = Guest::ready(&mut live.store, call.fuel)
            .and_then(|()| live.bindings.logwright_classifier_classify().call_judge(&mut live.store, batch));
        self.fuel += call.fuel - live.store.get_fuel().unwrap_or_default();
        let raw = answer
            .map_err(|error| fault(who, limits, &call, &error))?
            .map_err(|text| declined(who, &call.task, &text))?;
        let verdicts = raw.verdicts.iter().map(|raw| RawVerdict {
            category: raw.category,
            subcategory: raw.subcategory,
            severity: raw.severity,
            critical: raw.critical,
        });
        let labels = raw.labels.iter().map(|raw| Label { event: raw.event, name: raw.name });
        verdicts::check(count, raw.names, verdicts, labels)
            .map_err(|breach| who.fault(FaultKind::Invalid, format!("broke the contract: {breach}")))
    }
}

impl Plugin for SandboxedClassifier {
    fn provenance(&self) -> &Provenance {
        &self.loaded.provenance
    }

    fn may_be_critical(&self) -> bool {
        false
    }

    fn renew(&mut self) {
        self.live = None;
    }

    fn take_fuel(&mut self) -> u64 {
        std::mem::take(&mut self.fuel)
    }
}

impl Classifier for SandboxedClassifier {
    fn interest(&self) -> &Interest {
        &self.loaded.description.interest
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault> {
        let mut live = match self.live.take() {
            Some(live) => live,
            None => fresh(&self.loaded)?,
        };
        let answer = self.call(&mut live, batch);
        self.notes.add(live.store.data_mut().take_notes(), self.loaded.limits.notes);
        if answer.is_ok() {
            self.live = Some(live);
        }
        answer
    }
}

/// A fresh instance, which must describe itself as it did when it was loaded.
fn fresh(loaded: &Loaded) -> Result<Live, Fault> {
    let (mut live, description) = start(&loaded.linked, loaded.store(), &loaded.who, &loaded.limits)?;
    if description != loaded.description {
        let what = "describes itself differently each time; a description may depend on settings and rule files only";
        return Err(loaded.who.fault(FaultKind::Invalid, what));
    }
    // They were taken when it was loaded.
    live.store.data_mut().take_notes();
    Ok(live)
}

fn event(view: &super::contract::EventView) -> wit::Event {
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

fn attribute(view: &super::contract::AttributeView) -> wit::Attribute {
    wit::Attribute { event: view.event, name: view.name, value: view.value }
}

fn hit(hit: &super::contract::Hit) -> wit::Hit {
    wit::Hit { event: hit.event, literal: hit.literal }
}
