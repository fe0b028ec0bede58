//! `logwright errors show`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::super::ids::{Among, Target, find};
use crate::learning::{Entry, read_register};
use crate::store::{IncidentFilter, Reader, RecordedError, StoredEvent, StoredIncident, group_id, texts};
use crate::terminal::Format;
use crate::view::{
    Detail, FIELD, ShownError, error_lines, error_tables, group_lines, group_protocols_table, groups_table,
    incidents_table, protocol_advice_lines, protocol_name, session_name, short_id,
};

/// Bytes of each text that is taken from a raw log, as many as an error record has.
const EXCERPT: usize = 4096;
/// Errors of a group that are shown with it.
const LAST: usize = 5;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The error or group, or the first digits of its id; see `logwright errors`
    #[arg(value_name = "ID")]
    id: String,
}

/// Shows an error or a group.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    match find(&reader, &arguments.id, Among::Errors)? {
        Target::Error(id) => show_error(context, &reader, id),
        Target::Group(id) | Target::Event(id, _) => show_group(context, &reader, id),
    }
}

fn show_error(context: &mut Context, reader: &Reader, id: u64) -> Result<u8, Failure> {
    let (settings, _) = context.settings()?;
    let record = RecordedError::read(&context.house, &settings.layout.errors, reader, id)?;
    let last = record.as_ref().and_then(|record| record.last.clone());
    let incident = match reader.incident(id)? {
        Some(incident) => incident,
        None => StoredIncident::of_record(id, &last.clone().unwrap_or_default(), reader.handled(id)?),
    };
    let texts = match last {
        Some(last) => [last.call_text, last.failure_text, last.resolution_text],
        None => raw_texts(context, reader, &incident)?,
    };
    let shown = ShownError { incident, record, texts };
    if context.terminal.format() != Format::Table {
        context.terminal.tables(&error_tables(&shown))?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    for line in error_lines(&shown, zone) {
        context.terminal.hanging(&line, FIELD)?;
    }
    context.terminal.flush()?;
    let name = short_id(id);
    // Of what is known from its record alone there is no session to read.
    let session = shown.incident.session.as_deref().filter(|_| shown.incident.family.is_some());
    let session = session.map_or_else(String::new, |session| {
        format!("`logwright show {} --errors` shows the session, ", session_name(session))
    });
    context.terminal.hint(&format!("{session}`logwright why {name}` says who judged it"));
    Ok(DONE)
}

/// Call, failure and resolution of a failure that has no record, from its raw log.
fn raw_texts(context: &Context, reader: &Reader, incident: &StoredIncident) -> Result<[String; 3], Failure> {
    let mut found = [const { String::new() }; 3];
    let Some(family) = incident.family else { return Ok(found) };
    let [failure, call, resolution] = incident.events;
    let mut events: Vec<StoredEvent> = Vec::new();
    let mut whose: Vec<usize> = Vec::new();
    for (at, n) in [call, failure, resolution].into_iter().enumerate() {
        let Some(n) = n else { continue };
        if let Some(judged) = reader.judged_event(family, n)? {
            events.push(judged.event);
            whose.push(at);
        }
    }
    let read = texts(&context.house, &reader.files()?, &events, EXCERPT);
    for (at, text) in whose.into_iter().zip(read) {
        found[at] = text.unwrap_or_default();
    }
    Ok(found)
}

fn show_group(context: &mut Context, reader: &Reader, id: u64) -> Result<u8, Failure> {
    let filter = IncidentFilter { group: Some(id), ..IncidentFilter::default() };
    let is_short = context.terminal.format() == Format::Table;
    let (groups, _) = reader.error_groups(&filter, 1)?;
    let (incidents, _) = reader.incidents(&filter, LAST)?;
    let register = read_register(&context.house)?;
    let against = |entry: &&Entry| group_id(&entry.protocol.fingerprint) == id;
    let protocols: Vec<&Entry> = register.entries.values().filter(against).collect();
    if !is_short {
        let last = incidents_table(&incidents, Detail::Whole);
        let tables = [groups_table(&groups, Detail::Whole), last, group_protocols_table(&protocols)];
        context.terminal.tables(&tables)?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    for line in groups.first().map(|group| group_lines(group, zone)).unwrap_or_default() {
        context.terminal.hanging(&line, FIELD)?;
    }
    for line in protocol_advice_lines(&protocols) {
        context.terminal.hanging(&line, FIELD)?;
    }
    context.terminal.line(&[])?;
    let last = incidents_table(&incidents, Detail::Narrow).named("incidents", "The last of them");
    context.terminal.table(&last)?;
    context.terminal.flush()?;
    let name = short_id(id);
    let protocol = protocols.first().map_or_else(String::new, |entry| {
        format!("`logwright protocols show {}` shows what would prevent it, ", protocol_name(entry))
    });
    context.terminal.hint(&format!(
        "{protocol}`logwright errors --group {name} -n 0` lists all, `logwright why {name}` says who put them together"
    ));
    Ok(DONE)
}
