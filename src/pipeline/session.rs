//! Sessions: what the events of one id add up to.

use super::names::NameId;
use super::row::{ContextRow, Derived, EventRow};
use crate::event::{Event, Kind, Millis, Status, Tokens};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Longest title, in bytes.
const MAX_TITLE: usize = 200;

/// One session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: NameId,
    /// Where it began.
    pub project: NameId,
    /// Version of the agent at its end.
    pub version: NameId,
    /// What it is about: its title, or its first prompt.
    pub title: String,
    /// When it began.
    pub started: Option<Millis>,
    /// When it was last heard of.
    pub ended: Option<Millis>,
    /// Prompts of the person, sub-agents' prompts not counted.
    pub prompts: u64,
    /// Distinct model responses.
    pub responses: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool results flagged as errors.
    pub failures: u64,
    /// Sub-agents.
    pub sub_agents: u64,
    /// Events.
    pub events: u64,
    /// Tokens of all responses.
    pub tokens: Tokens,
}

/// How well a text serves as a title; the greater is the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuoteRank {
    Prompt,
    Summary,
    AiTitle,
    CustomTitle,
}

impl QuoteRank {
    /// Whether an event carries a text that may serve as a title.
    pub fn of(event: &Event<'_>) -> Option<QuoteRank> {
        match event.kind {
            Kind::Prompt if event.sub_agent.is_none() => Some(QuoteRank::Prompt),
            Kind::Meta => match event.attributes.first().map(|attribute| &*attribute.value) {
                Some("summary") => Some(QuoteRank::Summary),
                Some("ai-title") => Some(QuoteRank::AiTitle),
                Some("custom-title") => Some(QuoteRank::CustomTitle),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A text that may serve as a title.
#[derive(Clone, Debug)]
pub struct Quote {
    /// Index of the event as it was gathered.
    pub row: u32,
    pub rank: QuoteRank,
    pub text: String,
}

impl Quote {
    /// Lifts the first line of an event's text, and the next where the first only announces it.
    pub fn new(row: u32, rank: QuoteRank, event: &Event<'_>) -> Quote {
        let mut text = String::new();
        event.text.decode_into(MAX_TITLE * 2, &mut text);
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut title = lines.next().unwrap_or_default().to_owned();
        if title.ends_with(':')
            && let Some(next) = lines.next()
        {
            title = format!("{title} {}", next.trim_start_matches('#').trim_start());
        }
        title.truncate(title.floor_char_boundary(MAX_TITLE));
        Quote { row, rank, text: title }
    }
}

/// Texts that are kept of each end of a session, by rank, when there are too many.
const KEPT_QUOTES: usize = 64;

/// Drops the texts that hardly become a title: of the prompts of a session the first and the
/// last are kept, of its other texts the last. More than one, since one may turn out to be a
/// copy that counts for another session, as those do with which a forked session begins.
pub fn drop_quotes(quotes: &mut Vec<Quote>, events: &[EventRow], contexts: &[ContextRow]) {
    let group = |quote: &Quote| {
        let event = &events[quote.row as usize];
        (contexts[event.context as usize].session, quote.rank)
    };
    quotes.sort_unstable_by_key(|quote| {
        let event = &events[quote.row as usize];
        (group(quote), event.time, contexts[event.context as usize].file, event.offset, event.index)
    });
    let mut kept = Vec::new();
    for run in quotes.chunk_by_mut(|one, other| group(one) == group(other)) {
        let tail = run.len().saturating_sub(KEPT_QUOTES);
        let is_prompt = run[0].rank == QuoteRank::Prompt;
        for (at, quote) in run.iter_mut().enumerate() {
            if at >= tail || (is_prompt && at < KEPT_QUOTES) {
                kept.push(Quote { text: std::mem::take(&mut quote.text), ..*quote });
            }
        }
    }
    *quotes = kept;
}

/// The project of each session: the directory of its first event that has one.
pub fn projects(events: &[EventRow], contexts: &[ContextRow]) -> HashMap<NameId, NameId> {
    let mut projects = HashMap::new();
    for event in events {
        let context = contexts[event.context as usize];
        if context.directory != 0 {
            projects.entry(context.session).or_insert(context.directory);
        }
    }
    projects
}

/// Adds up the sessions of a family. `is_transcript` tells which files make sessions;
/// `quotes` are (index into events, rank, text) in order of events.
pub fn sessions(derived: &Derived, is_transcript: &[bool], quotes: &[(u32, QuoteRank, String)]) -> Vec<SessionRow> {
    let mut rows: BTreeMap<&str, SessionRow> = BTreeMap::new();
    let mut sub_agents: BTreeSet<(NameId, NameId)> = BTreeSet::new();
    for event in &derived.events {
        let context = derived.contexts[event.context as usize];
        if context.session == 0 || !is_transcript[context.file as usize] {
            continue;
        }
        let row = rows.entry(derived.names.get(context.session)).or_default();
        row.id = context.session;
        row.project = context.project;
        row.events += 1;
        row.started = row.started.or(event.time);
        row.ended = row.ended.max(event.time);
        if context.version != 0 {
            row.version = context.version;
        }
        if context.sub_agent != 0 && sub_agents.insert((context.session, context.sub_agent)) {
            row.sub_agents += 1;
        }
        match event.kind {
            Kind::Prompt if context.sub_agent == 0 => row.prompts += 1,
            Kind::ToolCall => row.tool_calls += 1,
            Kind::ToolResult if event.status == Status::Error => row.failures += 1,
            Kind::Usage => {
                row.responses += 1;
                if let Some(tokens) = (event.tokens as usize).checked_sub(1).map(|at| derived.tokens[at]) {
                    row.tokens.input += tokens.input;
                    row.tokens.output += tokens.output;
                    row.tokens.cache_creation += tokens.cache_creation;
                    row.tokens.cache_read += tokens.cache_read;
                }
            }
            _ => {}
        }
    }
    let mut best: HashMap<NameId, QuoteRank> = HashMap::new();
    for (event, rank, text) in quotes {
        let session = derived.contexts[derived.events[*event as usize].context as usize].session;
        // The first prompt says what a session is about; of titles the last counts.
        let is_better = match best.get(&session) {
            None => true,
            Some(held) => rank > held || (rank == held && *rank != QuoteRank::Prompt),
        };
        if is_better && let Some(row) = rows.get_mut(derived.names.get(session)) {
            best.insert(session, *rank);
            row.title.clone_from(text);
        }
    }
    rows.into_values().collect()
}
