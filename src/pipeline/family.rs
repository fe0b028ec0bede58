//! Understands a family: reads its files, collapses copies, adds up.

use super::batch::BatchBuilder;
use super::file::{FileSink, Gathered};
use super::names::{FastMap, NameId};
use super::row::{ContextRow, Derived, DriftRow, EventRow, LabelRow};
use super::session::{projects, sessions};
use crate::event::{Kind, Tokens};
use crate::intake::Form;
use crate::intake::formats::{ReadError, Reading, read};
use crate::plugin::Classifier;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, Read};

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

/// The plugins, made ready for one family after the other; each worker has its own.
pub struct Pipeline {
    classifier: Box<dyn Classifier>,
    batch: BatchBuilder,
}

impl Pipeline {
    /// Prepares what the classifier asked for.
    pub fn new(classifier: Box<dyn Classifier>) -> Pipeline {
        let batch = BatchBuilder::new(classifier.interest().clone());
        Pipeline { classifier, batch }
    }

    /// Derives all records of a family, whatever families came before. The files come in
    /// canonical order, by id; `open` gives the plain bytes of the n-th.
    pub fn understand<'r>(
        &mut self,
        files: &[FamilyFile<'_>],
        mut open: impl FnMut(usize) -> io::Result<Box<dyn Read + 'r>>,
    ) -> Result<Derived, FamilyError> {
        let Pipeline { classifier, batch } = self;
        // A family that could not be read to its end leaves events behind.
        batch.clear();
        let mut gathered = Gathered::default();
        let mut facts = Vec::with_capacity(files.len());
        for (index, file) in files.iter().enumerate() {
            let mut sink = FileSink::new(&mut gathered, &mut **classifier, batch, file.agent, index as u32, file.id);
            let lines = open(index)
                .map_err(|source| ReadError { offset: 0, source })
                .and_then(|source| read(source, file.reading, &mut sink))
                .map_err(|source| FamilyError { file: index, source })?;
            facts.push(sink.finish(lines));
        }
        let mut derived = collapse(gathered, files);
        derived.files = facts;
        derived.provenance = Some(classifier.provenance().clone());
        Ok(derived)
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
        .map(|(event, label)| LabelRow { event: place_of[*event as usize], label: *label })
        .filter(|label| label.event != u32::MAX)
        .collect();
    labels.sort_by_key(|label| label.event);
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
        ..Derived::default()
    };
    renumber(&mut derived, &gathered.contexts, &gathered.tokens);
    pair(&mut derived.events);
    let is_transcript: Vec<bool> = files.iter().map(|file| file.reading.form == Form::Transcript).collect();
    derived.sessions = sessions(&derived, &is_transcript, &quotes);
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
