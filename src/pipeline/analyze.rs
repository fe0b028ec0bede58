//! Lets analyzers fold over the distinct events of a family, and keeps what they gathered.

use super::batch::{MAX_BYTES, MAX_EVENTS};
use super::examine::{Part, Patience, examine};
use super::family::FamilyFile;
use super::lift::{Logs, excerpt, lift};
use super::names::NameId;
use super::panel::{Seat, Tally};
use super::row::{Derived, EventRow, StateRow};
use super::search::{Literals, SEARCH_BYTES};
use super::table::NameTable;
use crate::event::Status;
use crate::plugin::{
    AnalyzedEvent, AnalyzedIncident, Analyzer, AnalyzerBatch, AttributeView, CostView, Fault, Hit, Interest,
    KindInterest, Label, Provenance, Role,
};
use std::collections::BTreeSet;

/// Events whose texts are held at once.
const ROUND: usize = 2048;

/// The analyzers of one worker, in order.
pub struct Analysis {
    members: Vec<(Seat<dyn Analyzer>, Literals)>,
    failures: u32,
}

/// What is fetched of an event, for who asked for it.
#[derive(Clone, Debug, Default)]
struct Lifted {
    text: String,
    hits: Vec<u32>,
    attributes: Vec<(&'static str, String)>,
}

/// Why a fold came to no end: the batch that it failed in, as indices into the events, and the fault.
type Broken = (Vec<u32>, Fault);

impl Analysis {
    /// Analyzers in order; each may fail on so many events of a family.
    pub fn new(seats: Vec<Seat<dyn Analyzer>>, failures: u32) -> Analysis {
        let member = |seat: Seat<dyn Analyzer>| {
            let literals = Literals::new(&seat.plugin.interest().literals);
            (seat, literals)
        };
        Analysis { members: seats.into_iter().map(member).collect(), failures }
    }

    /// Stops asking the plugins of which this is true.
    pub fn suspend(&mut self, whom: &dyn Fn(&Provenance) -> bool) {
        for seat in self.members.iter_mut().map(|(seat, _)| seat) {
            seat.suspended |= whom(seat.plugin.provenance());
        }
    }

    /// Folds over the events of a family.
    pub fn analyze(&mut self, derived: &mut Derived, files: &[FamilyFile<'_>], logs: &dyn Logs) {
        derived.states.clear();
        derived.judged.retain(|row| row.role != Role::Analyzer);
        derived.failures.retain(|failure| failure.role != Role::Analyzer);
        for (slot, (seat, literals)) in self.members.iter_mut().enumerate() {
            seat.plugin.take_fuel();
            let wanted: Vec<u32> = {
                let interest = seat.plugin.interest();
                let wants = |event: &EventRow| {
                    let kind = interest.of(event.kind);
                    kind.wanted && (!kind.failures_only || event.status == Status::Error)
                };
                (0_u32..).zip(&derived.events).filter(|(_, event)| wants(event)).map(|(at, _)| at).collect()
            };
            let mut tally = Tally { asked: wanted.len() as u64, unjudged: 0 };
            let mut failures = Vec::new();
            let mut fold = Fold { seat, literals, derived, files, logs };
            let state = match fold.seat.suspended {
                true => None,
                false => fold.state(&wanted, Patience::new(self.failures), &mut failures),
            };
            match state {
                Some(bytes) => {
                    tally.unjudged = failures.len() as u64;
                    derived.states.push(StateRow { slot: slot as u8, bytes });
                }
                None => tally.unjudged = tally.asked,
            }
            for (at, fault) in failures {
                derived.failed(Role::Analyzer, slot, at, fault);
            }
            let row = tally.row(Role::Analyzer, slot, seat);
            derived.judged.push(row);
        }
    }
}

/// One analyzer at work on one family.
struct Fold<'a> {
    seat: &'a mut Seat<dyn Analyzer>,
    literals: &'a Literals,
    derived: &'a Derived,
    files: &'a [FamilyFile<'a>],
    logs: &'a dyn Logs,
}

impl Fold<'_> {
    /// What the analyzer gathers over the events. Those on which it fails are left out, and it begins again.
    fn state(&mut self, wanted: &[u32], mut patience: Patience, failures: &mut Vec<(u32, Fault)>) -> Option<Vec<u8>> {
        let mut left_out = BTreeSet::new();
        loop {
            let (batch, fault) = match self.run(wanted, &left_out) {
                Ok(state) => return Some(state),
                Err(broken) => broken,
            };
            let parts = self.trace(&batch, &mut patience);
            let before = left_out.len();
            for part in parts {
                if let Part::Poison(at, fault) = part {
                    left_out.insert(batch[at]);
                    failures.push((batch[at], fault));
                }
            }
            if left_out.len() == before {
                // No event alone is to blame.
                failures.extend(batch.first().map(|at| (*at, fault)));
                return None;
            }
            if !patience.is_left() {
                return None;
            }
        }
    }

    /// One run over all events.
    fn run(&mut self, wanted: &[u32], left_out: &BTreeSet<u32>) -> Result<Vec<u8>, Broken> {
        self.seat.plugin.renew();
        let events: Vec<u32> = wanted.iter().copied().filter(|at| !left_out.contains(at)).collect();
        for round in events.chunks(ROUND) {
            let lifted = self.lift(round);
            let mut start = 0;
            while start < round.len() {
                let (batch, end) = self.batch(round, start, &lifted);
                self.seat.plugin.observe(&batch).map_err(|fault| (round[start..end].to_vec(), fault))?;
                start = end;
            }
        }
        self.seat.plugin.save().map_err(|fault| (Vec::new(), fault))
    }

    /// The events of a batch on which the analyzer fails, each stretch in a fresh instance.
    fn trace(&mut self, events: &[u32], patience: &mut Patience) -> Vec<Part<()>> {
        let lifted = self.lift(events);
        let batches: Vec<Vec<AnalyzerBatch>> =
            (0..events.len()).map(|at| vec![self.builder().one(events, at, &lifted)]).collect();
        examine(&mut *self.seat.plugin, events.len(), patience, |plugin, stretch| {
            plugin.renew();
            batches[stretch].iter().flatten().try_for_each(|batch| plugin.observe(batch))
        })
    }

    /// Fetches what was asked for and does not stand in the rows.
    fn lift(&mut self, events: &[u32]) -> Vec<Lifted> {
        let interest = self.seat.plugin.interest();
        let needs = |at: u32| {
            let event = &self.derived.events[at as usize];
            let kind = interest.of(event.kind);
            interest.fields.attributes || reads_text(kind, event)
        };
        let numbers: Vec<usize> = (0..events.len()).filter(|number| needs(events[*number])).collect();
        let mut lifted = vec![Lifted::default(); events.len()];
        if numbers.is_empty() {
            return lifted;
        }
        let places: Vec<_> = numbers.iter().map(|number| self.derived.standing(events[*number])).collect();
        lift(self.files, self.logs, &places, &mut |at, event| {
            let row = &self.derived.events[events[numbers[at]] as usize];
            let kind = interest.of(row.kind);
            let place = &mut lifted[numbers[at]];
            if reads_text(kind, row) {
                let limit = kind.text_bytes as usize;
                place.text = excerpt(&event.text, if kind.search { SEARCH_BYTES.max(limit) } else { limit });
                if kind.search {
                    place.hits = self.literals.find(&place.text);
                }
                place.text.truncate(place.text.floor_char_boundary(limit));
            }
            if interest.fields.attributes {
                let attributes = event.attributes.iter().map(|row| (row.name, row.value.clone().into_owned()));
                place.attributes = attributes.collect();
            }
        });
        lifted
    }

    fn builder(&self) -> Builder<'_> {
        let mut builder = Builder {
            interest: self.seat.plugin.interest(),
            derived: self.derived,
            files: self.files,
            batch: AnalyzerBatch { texts: vec![String::new()], ..AnalyzerBatch::default() },
            names: NameTable::default(),
            bytes: 0,
        };
        builder.names.clear(&mut builder.batch.names);
        builder
    }

    /// The batch that starts at an event of a round, and where it ends.
    fn batch(&self, round: &[u32], start: usize, lifted: &[Lifted]) -> (AnalyzerBatch, usize) {
        let mut builder = self.builder();
        let mut end = start;
        while end < round.len() && !builder.is_full() {
            builder.push(round[end], &lifted[end]);
            end += 1;
        }
        (builder.batch, end)
    }
}

fn reads_text(kind: KindInterest, event: &EventRow) -> bool {
    let has_text = !kind.text_of_failures_only || event.status == Status::Error;
    has_text && (kind.search || kind.text_bytes > 0)
}

/// Gathers events into a batch: what the analyzer asked for, and no more.
struct Builder<'a> {
    interest: &'a Interest,
    derived: &'a Derived,
    files: &'a [FamilyFile<'a>],
    batch: AnalyzerBatch,
    names: NameTable,
    /// Bytes of texts.
    bytes: usize,
}

impl Builder<'_> {
    fn is_full(&self) -> bool {
        self.batch.events.len() >= MAX_EVENTS || self.bytes + self.names.bytes() >= MAX_BYTES
    }

    fn one(mut self, events: &[u32], at: usize, lifted: &[Lifted]) -> AnalyzerBatch {
        self.push(events[at], &lifted[at]);
        self.batch
    }

    fn name(&mut self, name: &str) -> u32 {
        self.names.number(&mut self.batch.names, name)
    }

    fn known(&mut self, wanted: bool, name: NameId) -> u32 {
        let derived = self.derived;
        if wanted { self.name(derived.names.get(name)) } else { 0 }
    }

    fn push(&mut self, at: u32, lifted: &Lifted) {
        let (interest, derived) = (self.interest, self.derived);
        let fields = interest.fields;
        let event = &derived.events[at as usize];
        let context = derived.contexts[event.context as usize];
        let number = self.batch.events.len() as u32;
        let mut view = AnalyzedEvent {
            kind: self.name(event.kind.name()),
            status: self.name(event.status.name()),
            session: self.known(fields.session, context.session),
            project: self.known(fields.project, context.project),
            model: self.known(fields.model, event.model),
            tool: self.known(fields.tool, event.tool),
            sub_agent: self.known(fields.sub_agent, context.sub_agent),
            category: self.known(fields.verdict, event.category),
            subcategory: self.known(fields.verdict, event.subcategory),
            ..AnalyzedEvent::default()
        };
        if fields.agent {
            view.agent = self.name(self.files[context.file as usize].agent);
        }
        if fields.verdict {
            view.severity = event.severity;
        }
        if fields.time {
            view.time = event.time.unwrap_or_default();
        }
        if fields.duration {
            view.duration = event.duration.unwrap_or_default();
        }
        if fields.size {
            view.size = event.size;
        }
        if !lifted.text.is_empty() {
            self.bytes += lifted.text.len();
            self.batch.texts.push(lifted.text.clone());
            view.text = self.batch.texts.len() as u32 - 1;
        }
        self.batch.hits.extend(lifted.hits.iter().map(|literal| Hit { event: number, literal: *literal }));
        for (name, value) in &lifted.attributes {
            let (name, value) = (self.name(name), self.name(value));
            self.batch.attributes.push(AttributeView { event: number, name, value });
        }
        if fields.labels {
            for label in derived.labels_of(at) {
                let name = self.known(true, label.label);
                self.batch.labels.push(Label { event: number, name });
            }
        }
        if fields.tokens
            && let Some(tokens) = (event.tokens as usize).checked_sub(1).map(|at| derived.tokens[at])
        {
            self.batch.tokens.push(CostView { event: number, tokens });
        }
        if fields.incident {
            self.incident(at, number);
        }
        self.batch.events.push(view);
    }

    fn incident(&mut self, at: u32, number: u32) {
        let derived = self.derived;
        let Ok(found) = derived.incidents.binary_search_by_key(&at, |incident| incident.event) else { return };
        let (incident, said) = (&derived.incidents[found], derived.diagnoses.get(found).copied().unwrap_or_default());
        let row = AnalyzedIncident {
            event: number,
            disposition: self.known(true, said.disposition),
            fingerprint: self.known(true, said.fingerprint),
            cause: self.known(true, said.cause),
            owner: self.known(true, said.owner),
            resolution: self.name(incident.how.name()),
            resolved_after: derived.resolved_after(incident).unwrap_or_default(),
        };
        self.batch.incidents.push(row);
    }
}
