//! `logwright why`.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::ids::{Among, Target, find};
use crate::store::{IncidentFilter, Reader, RecordedError, StoredIncident};
use crate::terminal::Format;
use crate::view::{
    Detail, FIELD, Grounds, GroupGrounds, grounds_lines, grounds_tables, group_grounds_lines, group_judges_table,
    group_lines, groups_table, incidents_table, short_id, texts,
};

/// Bytes of the event's text that are shown.
const EXCERPT: usize = 4096;
/// Errors of a group that are named with it.
const LAST: usize = 5;

/// Show who said what of an event, an error or a group, and on what grounds
///
/// It names the plugins that judged it, with the hashes, settings and limits by which the
/// same finding can be had again, and what they were shown. The first digits of an id are
/// enough.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The event, error or group, or the first digits of its id
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let grounds = match find(&reader, &arguments.id, Among::Everything)? {
        Target::Group(id) => return show_group(context, &reader, id),
        Target::Event(family, n) => {
            let incident = match reader.error_of(family, n)? {
                Some(id) => reader.incident(id)?,
                None => None,
            };
            of_event(context, &reader, family, n, incident)?
        }
        Target::Error(id) => match reader.incident(id)? {
            Some(incident) => match (incident.family, incident.events[0]) {
                (Some(family), Some(n)) => of_event(context, &reader, family, n, Some(incident))?,
                _ => Grounds { incident: Some(incident), ..Grounds::default() },
            },
            None => of_record(context, &reader, id)?,
        },
    };
    if context.terminal.format() != Format::Table {
        context.terminal.tables(&grounds_tables(&grounds))?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    for line in grounds_lines(&grounds, zone) {
        context.terminal.hanging(&line, FIELD)?;
    }
    Ok(DONE)
}

/// Who judged an event, and the error that it is.
fn of_event(
    context: &Context,
    reader: &Reader,
    family: u64,
    n: u32,
    incident: Option<StoredIncident>,
) -> Result<Grounds, Failure> {
    let Some(judged) = reader.judged_event(family, n)? else {
        return Ok(Grounds { incident, ..Grounds::default() });
    };
    let mut judges = reader.judges_of(family, "classifier")?;
    if incident.is_some() {
        judges.extend(reader.judges_of(family, "extractor")?);
    }
    let event = std::slice::from_ref(&judged.event);
    let text = texts(&context.house, &reader.files()?, event, EXCERPT).into_iter().next().flatten();
    Ok(Grounds {
        labels: reader.labels_of(family, n)?,
        opinions: reader.opinions_of(family, n)?,
        failures: reader.failures_of(family, judged.event.id)?,
        judged: Some(judged),
        incident,
        recorded: None,
        judges,
        text,
    })
}

/// Who diagnosed an error of which nothing but the record is left.
fn of_record(context: &Context, reader: &Reader, id: u64) -> Result<Grounds, Failure> {
    let (settings, _) = context.settings()?;
    let record = RecordedError::read(&context.house, &settings.layout.errors, reader, id)?;
    let last = record.and_then(|record| record.last).unwrap_or_default();
    let incident = StoredIncident::of_record(id, &last, reader.handled(id)?);
    Ok(Grounds { incident: Some(incident), recorded: last.plugin, ..Grounds::default() })
}

fn show_group(context: &mut Context, reader: &Reader, id: u64) -> Result<u8, Failure> {
    let filter = IncidentFilter { group: Some(id), ..IncidentFilter::default() };
    let group = reader.error_groups(&filter, 1)?.0.into_iter().next().unwrap_or_default();
    let grounds = GroupGrounds { judges: reader.judges_of_group(id)?, last: reader.incidents(&filter, LAST)?.0, group };
    if context.terminal.format() != Format::Table {
        let group = groups_table(std::slice::from_ref(&grounds.group), Detail::Whole);
        let last = incidents_table(&grounds.last, Detail::Whole);
        context.terminal.tables(&[group, group_judges_table(&grounds), last])?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    let lines = group_lines(&grounds.group, zone).into_iter().chain(group_grounds_lines(&grounds, zone));
    for line in lines {
        context.terminal.hanging(&line, FIELD)?;
    }
    context.terminal.flush()?;
    if let Some(last) = grounds.last.first() {
        let hint = format!("`logwright why {}` says it of the last of its errors", short_id(last.id));
        context.terminal.hint(&hint);
    }
    Ok(DONE)
}
