//! Reads what happened in a session: its events from the store, their texts from the logs.

use crate::event::Kind;
use crate::layout::House;
use crate::learning::LearningError;
use crate::learning::acts::{Act, Moment, Outcome, Told};
use crate::learning::group::files_of;
use crate::store::{Dispositions, IncidentFilter, Reader, SessionSummary, StoredEvent, StoredIncident, each_text};
use std::collections::{HashMap, HashSet};

/// Bytes of a text that are fetched: the input of most calls whole.
const FETCHED: usize = 16 * 1024;
/// Bytes of an input that are kept once it was looked through, of a prompt, and of an answer.
const KEPT: usize = 4 * 1024;
const ANSWER: usize = 2 * 1024;
/// Events of a session that are looked at, the last of them; more than any session that was seen has.
const EVENTS: usize = 50_000;
/// Incidents of a session that are looked at.
const INCIDENTS: usize = 10_000;
/// Responses among which the last one that says something is looked for.
const LAST: usize = 5;

/// What happened in a session. `read` are the logs that were opened so far; `progress` hears of the bytes of new ones.
pub fn tell(
    reader: &Reader,
    house: &House,
    session: &SessionSummary,
    read: &mut HashSet<u64>,
    progress: &dyn Fn(u64),
) -> Result<Told, LearningError> {
    let mut events = Vec::new();
    let mut incidents = Vec::new();
    for family in session.before.iter().chain([&session.family]) {
        events.extend(reader.events(*family, &session.id)?);
        let filter = IncidentFilter {
            family: Some(*family),
            session: Some(session.id.clone()),
            dispositions: Dispositions::All,
            ..IncidentFilter::default()
        };
        incidents.extend(reader.incidents(&filter, INCIDENTS)?.0);
    }
    incidents.retain(|incident| incident.session.as_ref() == Some(&session.id));
    incidents.sort_by_key(|incident| (incident.time, incident.id));
    if !session.before.is_empty() {
        events.sort_by_key(|event| event.time);
    }
    let wanted = wanted(events);
    let files = files_of(reader, &wanted)?;
    let mut texts: Vec<String> = vec![String::new(); wanted.len()];
    each_text(house, &files, &wanted, FETCHED, |at, text| {
        if let (Some(place), Some(event)) = (texts.get_mut(at), wanted.get(at)) {
            *place = if event.kind == Kind::ToolCall { text } else { cut(text, kept(event.kind)) };
        }
    });
    progress(files.iter().filter(|file| read.insert(file.id)).map(|file| file.length).sum());
    let version = session.version.as_deref().unwrap_or_default();
    Ok(Told {
        session: session.id.clone(),
        agent: format!("{} {version}", session.agent).trim_end().to_owned(),
        project: session.project.clone().unwrap_or_default(),
        title: session.title.clone(),
        started: session.started,
        ended: session.ended,
        calls: session.tool_calls,
        failures: session.failures,
        ..moments(&wanted, texts, incidents)
    })
}

const fn kept(kind: Kind) -> usize {
    if matches!(kind, Kind::ToolResult) { ANSWER } else { KEPT }
}

fn cut(mut text: String, most: usize) -> String {
    text.truncate(text.floor_char_boundary(most));
    text
}

/// The events that a digest or a pattern is about, the last ones.
fn wanted(events: Vec<StoredEvent>) -> Vec<StoredEvent> {
    let is_own = |event: &StoredEvent| event.sub_agent.is_none();
    let spoken = events.iter().filter(|event| event.kind == Kind::Response && is_own(event));
    let last: HashSet<u64> = spoken.rev().take(LAST).map(|event| event.id).collect();
    let mut wanted: Vec<StoredEvent> = events
        .into_iter()
        .filter(|event| match event.kind {
            Kind::ToolCall | Kind::ToolResult => true,
            Kind::Prompt | Kind::Compaction => is_own(event),
            Kind::Response => last.contains(&event.id),
            _ => false,
        })
        .collect();
    wanted.drain(..wanted.len().saturating_sub(EVENTS));
    wanted
}

/// What happened, from the events and their texts.
fn moments(events: &[StoredEvent], texts: Vec<String>, incidents: Vec<StoredIncident>) -> Told {
    let of_call: HashMap<&str, usize> =
        incidents.iter().enumerate().filter_map(|(at, incident)| Some((incident.call.as_deref()?, at))).collect();
    let mut told = Told::default();
    let mut calls: HashMap<&str, usize> = HashMap::new();
    for (event, text) in events.iter().zip(texts) {
        let call = event.call.as_deref().filter(|call| !call.is_empty());
        match event.kind {
            Kind::Prompt => told.moments.push(Moment::Prompt(text)),
            Kind::Compaction => told.moments.push(Moment::Forgot),
            Kind::Response if !text.trim().is_empty() => told.last_words = text,
            Kind::ToolCall => {
                calls.extend(call.map(|call| (call, told.moments.len())));
                let incident = call.and_then(|call| of_call.get(call).copied());
                told.moments.push(Moment::Call(Box::new(act(event, text, incident))));
            }
            Kind::ToolResult => {
                let place = call.and_then(|call| calls.get(call));
                if let Some(Moment::Call(act)) = place.and_then(|place| told.moments.get_mut(*place)) {
                    act.outcome = if event.status == "error" { Outcome::Failed } else { Outcome::Done };
                    act.duration = event.duration;
                    act.answer = text;
                }
            }
            _ => {}
        }
    }
    told.incidents = incidents;
    told
}

fn act(event: &StoredEvent, input: String, incident: Option<usize>) -> Act {
    let is_whole = input.len() < FETCHED && !input.is_empty();
    let mut act = Act::new(&event.tool, input);
    // What was cut, or could not be read, is like nothing else.
    act.input ^= if is_whole { 0 } else { event.id };
    act.text = cut(act.text, KEPT);
    act.command = act.command.map(|command| cut(command, KEPT));
    Act { event: event.id, time: event.time, actor: event.sub_agent.clone().unwrap_or_default(), incident, ..act }
}
