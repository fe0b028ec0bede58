//! `logwright why`.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::ids::{Among, Target, find};
use super::restore::tell_removed;
use crate::lineup::Lineup;
use crate::plugin::Role;
use crate::store::{IncidentFilter, Reader, RecordedError, StoredIncident, texts};
use crate::terminal::Format;
use crate::view::{
    Detail, FIELD, Grounds, GroupGrounds, grounds_lines, grounds_tables, group_grounds_lines, group_judges_table,
    group_lines, groups_table, incidents_table, short_id,
};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Bytes of each text that are shown.
const EXCERPT: usize = 4096;
/// Errors of a group that are named with it.
const LAST: usize = 5;

/// Show who said what of an event, an error or a group, and on what grounds
///
/// It names the plugins that judged it, with the hashes, settings and limits by which the
/// same finding can be had again, and what they were shown. Settings and rule files are
/// listed if they are still the same. The first digits of an id are enough.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The event, error or group, or the first digits of its id
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let mut of_family = None;
    let mut grounds = match find(&reader, &arguments.id, Among::Everything)? {
        Target::Group(id) => return show_group(context, &reader, id),
        Target::Event(family, n) => {
            of_family = Some(family);
            let incident = match reader.error_of(family, n)? {
                Some(id) => reader.incident(id)?,
                None => None,
            };
            of_event(context, &reader, family, n, incident)?
        }
        Target::Error(id) => match reader.incident(id)? {
            Some(incident) => match (incident.family, incident.events[0]) {
                (Some(family), Some(n)) => {
                    of_family = Some(family);
                    of_event(context, &reader, family, n, Some(incident))?
                }
                _ => Grounds { incident: Some(incident), ..Grounds::default() },
            },
            None => of_record(context, &reader, id)?,
        },
    };
    tell_today(context, |hashes, values, files| grounds.today.add(hashes, values, files))?;
    if context.terminal.format() != Format::Table {
        context.terminal.tables(&grounds_tables(&grounds))?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    for line in grounds_lines(&grounds, zone) {
        context.terminal.hanging(&line, FIELD)?;
    }
    of_family.map_or(Ok(()), |family| tell_removed(context, &reader, family))?;
    Ok(DONE)
}

/// Tells what is written now for each plugin of the house: hashes of component and settings, settings, rule files.
fn tell_today(
    context: &mut Context,
    mut tell: impl FnMut([&str; 2], Vec<(String, String)>, Vec<String>),
) -> Result<(), Failure> {
    let (settings, _) = context.settings()?;
    let lineup = match Lineup::read(&context.house, &settings) {
        Ok(lineup) => lineup,
        // Who judged then can be told without knowing who would judge now.
        Err(error) => {
            context.terminal.warn(&error.to_string());
            return Ok(());
        }
    };
    for member in &lineup.members {
        let mut names: BTreeSet<&str> =
            settings.plugin.settings.get(&member.name).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        names.extend((member.role == Role::Analyzer).then_some("zone"));
        let value = |name: &str| Some((name.to_owned(), member.settings.value(name)?.to_owned()));
        let values = names.into_iter().filter_map(value).collect();
        let root = context.house.root();
        let shown = |path: &PathBuf| path.strip_prefix(root).unwrap_or(path).display().to_string();
        let files = member.rule_files.iter().map(shown).collect();
        tell([&member.content_hash, &member.settings.hash()], values, files);
    }
    Ok(())
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
    judges.extend(reader.judges_of(family, "analyzer")?);
    let mut events = vec![judged.event.clone()];
    let mut whose = Vec::new();
    if incident.is_some() {
        for (at, n) in reader.around(family, n)?.into_iter().enumerate() {
            let Some(n) = n else { continue };
            if let Some(found) = reader.judged_event(family, n)? {
                events.push(found.event);
                whose.push(at);
            }
        }
    }
    let mut found = texts(&context.house, &reader.files()?, &events, EXCERPT).into_iter();
    let text = found.next().flatten();
    let mut around = [None, None];
    for (at, text) in whose.into_iter().zip(found) {
        around[at] = text;
    }
    Ok(Grounds {
        labels: reader.labels_of(family, n)?,
        opinions: reader.opinions_of(family, n)?,
        failures: reader.failures_of(family, judged.event.id)?,
        judged: Some(judged),
        incident,
        recorded: None,
        judges,
        text,
        around,
        ..Grounds::default()
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
    let (judges, last) = (reader.judges_of_group(id)?, reader.incidents(&filter, LAST)?.0);
    let mut grounds = GroupGrounds { group, judges, last, ..GroupGrounds::default() };
    tell_today(context, |hashes, values, files| grounds.today.add(hashes, values, files))?;
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
