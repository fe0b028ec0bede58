//! Understands a family: reads its files, collapses copies, adds up.

use super::analyze::Analysis;
use super::diagnose::Diagnosis;
use super::file::{FileSink, Gathered};
use super::incident::incidents;
use super::intent::CallFacts;
use super::lift::Logs;
use super::names::{FastMap, NameId};
use super::panel::{Panel, Seat};
use super::row::{ContextRow, Derived, DriftRow, EventRow, LabelRow, OpinionRow};
use super::session::{projects, sessions};
use crate::event::{Kind, Tokens};
use crate::intake::Form;
use crate::intake::formats::{ReadError, Reading, read};
use crate::plugin::{Analyzer, Classifier, Extractor, Provenance};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// One file of a family.
#[derive(Clone, Copy, Debug)]
pub struct FamilyFile<'a> {
    /// Its id: a hash of where it came from.
    pub id: u64,
    /// The agent that wrote it.
    pub agent: &'a str,
    /// How it is to be read.
    pub reading: Reading<'a>,
}

/// Why a family could not be understood.
#[derive(Debug)]
pub struct FamilyError {
    /// Index of the file.
    pub file: usize,
    /// What went wrong.
    pub source: ReadError,
}

impl fmt::Display for FamilyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(out)
    }
}

impl std::error::Error for FamilyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}

/// The plugins of one worker, each role in order.
pub struct Seats {
    /// Those that say what each event is.
    pub classifiers: Vec<Seat<dyn Classifier>>,
    /// Those that say what failures were.
    pub extractors: Vec<Seat<dyn Extractor>>,
    /// Those that add up.
    pub analyzers: Vec<Seat<dyn Analyzer>>,
}

/// The plugins, made ready for one family after the other; each worker has its own.
pub struct Pipeline {
    panel: Panel,
    diagnosis: Diagnosis,
    analysis: Analysis,
}

/// From where on a family is understood anew; what comes before is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its files are read, and its events judged.
    Read,
    /// Its incidents are diagnosed.
    Diagnose,
    /// Its events are analyzed.
    Analyze,
}

impl Pipeline {
    /// Prepares what the plugins asked for. Each may fail on so many records of a family before it is not asked about
    /// it any more.
    pub fn new(seats: Seats, failures: u32) -> Pipeline {
        Pipeline {
            panel: Panel::new(seats.classifiers, failures),
            diagnosis: Diagnosis::new(seats.extractors, failures),
            analysis: Analysis::new(seats.analyzers, failures),
        }
    }

    /// Asks about every batch twice, instead of about one in a thousand.
    pub fn checking_all(mut self) -> Pipeline {
        self.panel.check_all();
        self.diagnosis.check_all();
        self
    }

    /// Stops asking the plugins of which this is true.
    pub fn suspend(&mut self, whom: &dyn Fn(&Provenance) -> bool) {
        self.panel.suspend(whom);
        self.diagnosis.suspend(whom);
        self.analysis.suspend(whom);
    }

    /// Derives all records of a family, whatever families came before. The files come in canonical order, by id.
    pub fn understand(&mut self, files: &[FamilyFile<'_>], logs: &dyn Logs) -> Result<Derived, FamilyError> {
        self.panel.begin();
        let mut gathered = Gathered::default();
        let mut facts = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            let mut sink = FileSink::new(&mut gathered, &mut self.panel, file.agent, index as u32, file.id);
            let lines = logs
                .open(index)
                .map_err(|source| ReadError { offset: 0, source })
                .and_then(|source| read(source, file.reading, &mut sink))
                .map_err(|source| FamilyError { file: index, source })?;
            facts.push(sink.finish(lines));
        }
        let mut derived = collapse(gathered, files);
        derived.files = facts;
        derived.judged = self.panel.finish();
        self.understand_from(Stage::Diagnose, &mut derived, files, logs);
        Ok(derived)
    }

    /// Does again what comes from a stage on, [`Stage::Read`] excepted, with the rows of the stages before.
    pub fn understand_from(&mut self, stage: Stage, derived: &mut Derived, files: &[FamilyFile<'_>], logs: &dyn Logs) {
        if stage <= Stage::Diagnose {
            self.diagnosis.diagnose(derived, files, logs);
        }
        self.analysis.analyze(derived, files, logs);
    }
}

/// Hashes that are keys already.
#[derive(Default)]
struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are 64-bit numbers")
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Keeps one copy of each event: that with the greatest output, then the earliest by
/// (time, session id, offset), then by file.
fn collapse(mut gathered: Gathered, files: &[FamilyFile<'_>]) -> Derived {
    let output = |row: &EventRow, tokens: &[Tokens]| match row.tokens {
        0 => 0,
        at => tokens[at as usize - 1].output,
    };
    let mut winners: HashMap<u64, u32, BuildHasherDefault<PassThrough>> =
        HashMap::with_capacity_and_hasher(gathered.events.len(), BuildHasherDefault::default());
    for (index, row) in gathered.events.iter().enumerate() {
        match winners.entry(row.identity) {
            Entry::Vacant(place) => drop(place.insert(index as u32)),
            Entry::Occupied(mut place) => {
                let held = &gathered.events[*place.get() as usize];
                let rank = |row: &EventRow| {
                    let context = gathered.contexts[row.context as usize];
                    let session = gathered.names.get(context.session);
                    let output = std::cmp::Reverse(output(row, &gathered.tokens));
                    (output, row.time, session, row.offset, context.file, row.index)
                };
                if rank(row) < rank(held) {
                    place.insert(index as u32);
                }
            }
        }
    }
    let mut order: Vec<u32> = winners.into_values().collect();
    order.sort_unstable_by_key(|index| {
        let row = &gathered.events[*index as usize];
        (row.time, gathered.contexts[row.context as usize].file, row.offset, row.index)
    });
    let mut place_of = vec![u32::MAX; gathered.events.len()];
    for (place, index) in order.iter().enumerate() {
        place_of[*index as usize] = place as u32;
    }
    let events: Vec<EventRow> = order.iter().map(|index| gathered.events[*index as usize]).collect();
    let mut labels: Vec<LabelRow> = gathered
        .labels
        .iter()
        .map(|(event, label, slot)| LabelRow { event: place_of[*event as usize], label: *label, slot: *slot })
        .filter(|label| label.event != u32::MAX)
        .collect();
    labels.sort_by_key(|label| (label.event, label.slot));
    let mut opinions: Vec<OpinionRow> = gathered
        .opinions
        .iter()
        .map(|opinion| OpinionRow { event: place_of[opinion.event as usize], ..*opinion })
        .filter(|opinion| opinion.event != u32::MAX && opinion.differs_from(&events[opinion.event as usize]))
        .collect();
    opinions.sort_by_key(|opinion| (opinion.event, opinion.slot));
    let mut calls: Vec<(u32, CallFacts)> = gathered
        .calls
        .iter()
        .map(|(event, facts)| (place_of[*event as usize], *facts))
        .filter(|(event, _)| *event != u32::MAX)
        .collect();
    calls.sort_unstable_by_key(|(event, _)| *event);
    gathered.missed.sort_unstable();
    gathered.missed.dedup();
    let is_unjudged = |row: &&u32| place_of[**row as usize] != u32::MAX && gathered.events[**row as usize].judge == 0;
    let unjudged = gathered.missed.iter().filter(is_unjudged).count() as u64;
    let mut quotes: Vec<_> = gathered
        .quotes
        .drain(..)
        .map(|quote| (place_of[quote.row as usize], quote.rank, quote.text))
        .filter(|(event, ..)| *event != u32::MAX)
        .collect();
    quotes.sort_by_key(|(event, ..)| *event);
    gathered.quarantine.sort();
    let drift = gathered.drift.into_iter().map(|((element, name, agent_version), (count, file, offset))| DriftRow {
        element,
        name,
        agent_version,
        count,
        file,
        offset,
    });
    let mut derived = Derived {
        events,
        labels,
        drift: drift.collect(),
        quarantine: gathered.quarantine,
        failures: gathered.failures,
        names: gathered.names,
        opinions,
        unjudged,
        ..Derived::default()
    };
    renumber(&mut derived, &gathered.contexts, &gathered.tokens);
    pair(&mut derived.events);
    let is_transcript: Vec<bool> = files.iter().map(|file| file.reading.form == Form::Transcript).collect();
    derived.sessions = sessions(&derived, &is_transcript, &quotes);
    derived.incidents = incidents(&derived, &calls);
    derived
}

/// Numbers contexts and token counts in the order of the events, and gives each session
/// its project.
fn renumber(derived: &mut Derived, contexts: &[ContextRow], tokens: &[Tokens]) {
    let projects = projects(&derived.events, contexts);
    let mut new_ids = vec![u32::MAX; contexts.len()];
    for event in &mut derived.events {
        let id = &mut new_ids[event.context as usize];
        if *id == u32::MAX {
            *id = derived.contexts.len() as u32;
            let context = contexts[event.context as usize];
            let project = projects.get(&context.session).copied().unwrap_or_default();
            derived.contexts.push(ContextRow { project, ..context });
        }
        event.context = *id;
        if event.tokens != 0 {
            derived.tokens.push(tokens[event.tokens as usize - 1]);
            event.tokens = derived.tokens.len() as u32;
        }
    }
}

/// Gives each result the tool and the model of its call, and the time between the two
/// where the agent measured none.
fn pair(events: &mut [EventRow]) {
    let calls: FastMap<NameId, (NameId, NameId, Option<i64>)> = events
        .iter()
        .filter(|event| event.kind == Kind::ToolCall && event.call != 0)
        .map(|event| (event.call, (event.tool, event.model, event.time)))
        .collect();
    for event in events.iter_mut().filter(|event| event.kind == Kind::ToolResult) {
        let Some(&(tool, model, called)) = calls.get(&event.call) else { continue };
        event.tool = tool;
        event.model = model;
        if event.duration.is_none()
            && let (Some(end), Some(start)) = (event.time, called)
        {
            event.duration = u64::try_from(end - start).ok();
        }
    }
}
