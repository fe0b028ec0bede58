//! Reads one file of a family into rows, judging batch by batch.

use super::intent::CallFacts;
use super::names::{FastMap, NameId, Names};
use super::panel::Panel;
use super::row::{ContextRow, EventRow, FileFacts, OpinionRow, PluginFailure, QuarantineRow};
use super::session::{Quote, QuoteRank, drop_quotes};
use crate::event::{Event, Kind, Millis, Severity, Tokens};
use crate::intake::formats::{Drift, Reason, Sink};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// Longest name of an unknown thing that is kept, in bytes.
const MAX_DRIFT_NAME: usize = 128;
/// Distinct unknown names of a file that are kept apart; the rest is counted as one.
const MAX_DRIFT_NAMES: usize = 256;
/// Rows of a file in quarantine; beyond them, the last row of each reason stands for all that follow.
const MAX_QUARANTINE_ROWS: usize = 1000;
/// Most bytes between two lines that follow each other: a line feed, a carriage return.
const LINE_END: u64 = 2;
/// Texts of a family that may serve as titles, before some are dropped.
pub const MAX_QUOTES: usize = 65_536;
/// Longest name that is kept of a tool, model or session, in bytes.
const MAX_NAME: usize = 512;

/// What is gathered over the files of a family, copies included.
#[derive(Default)]
pub struct Gathered {
    pub names: Names,
    pub events: Vec<EventRow>,
    pub contexts: Vec<ContextRow>,
    context_ids: FastMap<ContextRow, u32>,
    pub tokens: Vec<Tokens>,
    /// (index into events, label, place of the classifier)
    pub labels: Vec<(u32, NameId, u8)>,
    /// Verdicts that did not fill their event.
    pub opinions: Vec<OpinionRow>,
    /// Events that some classifier should have judged and did not.
    pub missed: Vec<u32>,
    /// What is known of tool calls, by index into events.
    pub calls: Vec<(u32, CallFacts)>,
    pub quotes: Vec<Quote>,
    /// How many quotes there may be before those that hardly win are dropped.
    quote_room: usize,
    /// (element, name, version) -> (count, file, offset)
    pub drift: BTreeMap<(&'static str, String, String), (u64, u32, u64)>,
    pub quarantine: Vec<QuarantineRow>,
    pub failures: Vec<PluginFailure>,
    /// Which tool a call was for, and when it was made.
    pub tools: FastMap<NameId, (NameId, Option<Millis>)>,
}

/// Takes the events of one file.
pub struct FileSink<'a> {
    gathered: &'a mut Gathered,
    panel: &'a mut Panel,
    agent: &'a str,
    file: u32,
    file_id: u64,
    first_row: usize,
    time: Option<Millis>,
    project: String,
    last_context: Option<(ContextRow, u32)>,
    facts: FileFacts,
    /// The last row in quarantine of each reason, as an index into the gathered ones.
    quarantined: [Option<usize>; Reason::ALL.len()],
    first_quarantined: usize,
}

impl<'a> FileSink<'a> {
    /// Starts a file of the given id, the `file`-th of its family.
    pub fn new(gathered: &'a mut Gathered, panel: &'a mut Panel, agent: &'a str, file: u32, file_id: u64) -> Self {
        let first_row = gathered.events.len();
        let first_quarantined = gathered.quarantine.len();
        FileSink {
            gathered,
            panel,
            agent,
            file,
            file_id,
            first_row,
            time: None,
            project: String::new(),
            last_context: None,
            facts: FileFacts::default(),
            quarantined: [None; Reason::ALL.len()],
            first_quarantined,
        }
    }

    /// Judges what is left and says what was counted.
    pub fn finish(self, lines: u64) -> FileFacts {
        self.panel.close(self.gathered, self.file);
        // Records before the first time of a file happened no later than it.
        if let Some(first) = self.facts.first {
            for row in &mut self.gathered.events[self.first_row..] {
                if row.time.is_some() {
                    break;
                }
                row.time = Some(first);
            }
        }
        FileFacts { lines, ..self.facts }
    }

    fn name(&mut self, value: Option<&str>) -> NameId {
        self.name_again(value, 0)
    }

    /// The number of a name that is likely to be the one of `guess`.
    fn name_again(&mut self, value: Option<&str>, guess: NameId) -> NameId {
        let value = value.unwrap_or_default();
        self.gathered.names.intern_again(&value[..value.floor_char_boundary(MAX_NAME)], guess)
    }

    fn context(&mut self, event: &Event<'_>) -> u32 {
        let last = self.last_context.map(|(last, _)| last).unwrap_or_default();
        let context = ContextRow {
            file: self.file,
            session: self.name_again(event.session.as_deref(), last.session),
            version: self.name_again(event.agent_version.as_deref(), last.version),
            sub_agent: self.name_again(event.sub_agent.as_deref(), last.sub_agent),
            project: 0,
            directory: self.name_again(event.directory.as_deref(), last.directory),
        };
        if let Some((last, id)) = self.last_context
            && last == context
        {
            return id;
        }
        let next = self.gathered.contexts.len() as u32;
        let id = *self.gathered.context_ids.entry(context).or_insert(next);
        if id == next {
            self.gathered.contexts.push(context);
        }
        self.last_context = Some((context, id));
        id
    }
}

impl Sink for FileSink<'_> {
    fn event(&mut self, mut event: Event<'_>) {
        self.panel.make_room(self.gathered, self.file);
        self.facts.events += 1;
        if let Some(time) = event.time {
            self.time = Some(time);
            self.facts.first.get_or_insert(time);
            self.facts.last = self.facts.last.max(Some(time));
        }
        let call = self.name(event.call.as_deref());
        let mut tool = self.name(event.tool.as_deref());
        match event.kind {
            Kind::ToolCall if call != 0 => drop(self.gathered.tools.entry(call).or_insert((tool, event.time))),
            Kind::ToolResult if tool == 0 => {
                let (called, start) = self.gathered.tools.get(&call).copied().unwrap_or_default();
                tool = called;
                // Where the agent measured nothing, the time between call and result is what it took.
                if let (None, Some(start), Some(end)) = (event.duration, start, event.time) {
                    event.duration = u64::try_from(end - start).ok();
                }
            }
            _ => {}
        }
        if self.project.is_empty()
            && let Some(directory) = &event.directory
        {
            self.project = directory.clone().into_owned();
        }
        let row = self.gathered.events.len() as u32;
        self.panel.show(&event, row, self.agent, self.gathered.names.get(tool), &self.project);
        if event.kind == Kind::ToolCall {
            self.gathered.calls.push((row, CallFacts::of(self.gathered.names.get(tool), &event.text)));
        }
        if let Some(rank) = QuoteRank::of(&event) {
            if self.gathered.quotes.len() >= self.gathered.quote_room.max(MAX_QUOTES) {
                let Gathered { quotes, events, contexts, .. } = &mut *self.gathered;
                drop_quotes(quotes, events, contexts);
                self.gathered.quote_room = 2 * self.gathered.quotes.len();
            }
            self.gathered.quotes.push(Quote::new(row, rank, &event));
        }
        let tokens = event.tokens.map_or(0, |tokens| {
            self.gathered.tokens.push(tokens);
            self.gathered.tokens.len() as u32
        });
        let mut place = [0; 20];
        place[..8].copy_from_slice(&self.file_id.to_le_bytes());
        place[8..16].copy_from_slice(&event.offset.to_le_bytes());
        place[16..].copy_from_slice(&event.index.to_le_bytes());
        let context = self.context(&event);
        let model = self.name(event.model.as_deref());
        self.gathered.events.push(EventRow {
            identity: event.identity,
            id: xxh3_64(&place),
            time: event.time.or(self.time),
            offset: event.offset,
            length: event.length,
            size: event.size,
            duration: event.duration,
            index: event.index,
            context,
            tool,
            call,
            model,
            category: 0,
            subcategory: 0,
            tokens,
            kind: event.kind,
            status: event.status,
            severity: Severity::UNSET,
            judge: 0,
            critical: false,
        });
    }

    fn drift(&mut self, drift: Drift<'_>) {
        let name = String::from_utf8_lossy(&drift.name[..drift.name.len().min(MAX_DRIFT_NAME)]).into_owned();
        let version = drift.agent_version.unwrap_or_default();
        let version = version[..version.floor_char_boundary(MAX_DRIFT_NAME)].to_owned();
        let mut key = (drift.element, name, version);
        if self.gathered.drift.len() >= MAX_DRIFT_NAMES && !self.gathered.drift.contains_key(&key) {
            key = (drift.element, "(many others)".to_owned(), String::new());
        }
        let (count, ..) = self.gathered.drift.entry(key).or_insert((0, self.file, drift.offset));
        *count += 1;
    }

    fn quarantine(&mut self, offset: u64, length: u64, reason: Reason) {
        let rows = &mut self.gathered.quarantine;
        // Each reason has room for a row of its own.
        let is_full = rows.len() - self.first_quarantined >= MAX_QUARANTINE_ROWS - Reason::ALL.len();
        let last = &mut self.quarantined[reason as usize];
        if let Some(row) = last.map(|at| &mut rows[at])
            && (is_full || offset <= row.offset + row.length + LINE_END)
        {
            // What starts inside the row is the record that it ends with, told twice.
            row.records += u64::from(offset >= row.offset + row.length);
            row.length = row.length.max(offset + length - row.offset);
            return;
        }
        *last = Some(rows.len());
        rows.push(QuarantineRow { file: self.file, offset, length, reason, records: 1 });
    }
}
