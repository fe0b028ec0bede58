//! `logwright status`.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::plugin::suspension_of;
use crate::ingest::source_text;
use crate::intake::{Place, READERS, discover, standard_places};
use crate::lineup::Lineup;
use crate::store::{Lock, Reader, Totals};
use crate::terminal::{Format, Meaning, Span, wording};
use crate::view::{agents_table, collisions_table, drift_table, quarantine_table, totals_table};
use globset::GlobSet;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;

/// Unknown names and passed-over records that are listed.
const LISTED: usize = 20;
/// Passed-over records that machines are told one by one; how many there are stands beside.
const TOLD: usize = 10_000;
/// Columns of the names before what is said.
const NAMES: usize = 10;

/// Show what the house holds, and what could not be read
#[derive(Debug, clap::Args)]
pub struct Arguments {}

const MORE_QUARANTINED: &str = "there is more; `logwright query \"SELECT * FROM quarantine\"` lists all";

/// Runs the command.
pub fn run(context: &mut Context, _: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let totals = reader.totals()?;
    let collisions = reader.collisions()?;
    let agents = agents_table(&reader.agents()?);
    let mut drift = reader.drift()?;
    let unknown = drift.len();
    let shown = if context.terminal.format() == Format::Table { LISTED } else { TOLD };
    let mut quarantine = reader.quarantine(shown + 1)?;
    let is_cut = quarantine.len() > shown;
    quarantine.truncate(shown);
    warn_of_others(context);
    if context.terminal.format() != Format::Table {
        let root = context.house.root().display().to_string();
        let tables = [
            totals_table(&root, &totals),
            agents,
            drift_table(&drift),
            quarantine_table(&quarantine),
            collisions_table(collisions),
        ];
        context.terminal.tables(&tables)?;
        if is_cut {
            context.terminal.flush()?;
            context.terminal.note(MORE_QUARANTINED);
        }
        return Ok(DONE);
    }
    show_totals(context, &totals)?;
    show_oddities(context, &totals, "below")?;
    if collisions > 0 {
        let calls = wording::count(collisions, "tool call whose id stands", "tool calls whose ids stand");
        note_line(context, format!("{calls} in several families, and are counted in each"))?;
    }
    note_suspended(context, &reader)?;
    context.terminal.line(&[])?;
    context.terminal.table(&agents)?;
    drift.truncate(LISTED);
    if !drift.is_empty() {
        context.terminal.line(&[])?;
        context.terminal.table(&drift_table(&drift))?;
        if unknown > LISTED {
            context
                .terminal
                .note(&format!("{} more; `logwright query \"SELECT * FROM drift\"` lists all", unknown - LISTED));
        }
    }
    if !quarantine.is_empty() {
        context.terminal.line(&[])?;
        context.terminal.table(&quarantine_table(&quarantine))?;
        if is_cut {
            context.terminal.note(MORE_QUARANTINED);
        }
    }
    let waiting = unseen(context, &reader)?;
    if waiting > 0 {
        context.terminal.hint("`logwright ingest` brings in what is new");
    }
    Ok(DONE)
}

/// Logs hold what was said in confidence.
fn warn_of_others(context: &mut Context) {
    let root = context.house.root().to_owned();
    if std::fs::metadata(&root).is_ok_and(|root| root.permissions().mode() & 0o077 != 0) {
        context.terminal.warn(&format!("others can list this house; `chmod 700 {}` mends it", root.display()));
    }
}

/// The state of the house in a few lines, or one row for machines.
pub fn show_totals(context: &mut Context, totals: &Totals) -> Result<(), Failure> {
    let root = context.house.root().display().to_string();
    let terminal = &mut context.terminal;
    if terminal.format() != Format::Table {
        return Ok(terminal.table(&totals_table(&root, totals))?);
    }
    let zone = terminal.look().zone;
    let mut say = |name: &str, text: String, meaning| {
        terminal.hanging(&[Span::new(format!("{name:<NAMES$}"), Meaning::Dim), Span::new(text, meaning)], NAMES)
    };
    say("House", root, Meaning::Path)?;
    let logs = wording::count(totals.files, "file", "files");
    let mut tiers = String::new();
    if totals.archived > 0 {
        let archived = wording::integer(totals.archived as i64);
        tiers.push_str(&format!(", {archived} of them archived; they take {}", wording::bytes(totals.stored)));
    }
    if totals.removed > 0 {
        tiers.push_str(&format!("; {} removed before", wording::count(totals.removed, "log was", "logs were")));
    }
    say("Logs", format!("{logs}, {}{tiers}", wording::bytes(totals.bytes)), Meaning::Plain)?;
    let sessions = wording::count(totals.sessions, "session", "sessions");
    let events = wording::count(totals.events, "event", "events");
    say("Holds", format!("{sessions}, {events}"), Meaning::Plain)?;
    let share = if totals.tool_calls == 0 { 0.0 } else { totals.failures as f64 / totals.tool_calls as f64 };
    let calls = wording::count(totals.tool_calls, "tool call", "tool calls");
    say(
        "Tools",
        format!("{calls}, {} failed ({})", wording::integer(totals.failures as i64), wording::percent(share)),
        Meaning::Plain,
    )?;
    if let (Some(first), Some(last)) = (totals.first, totals.last) {
        say("From", format!("{} to {}", zone.show(first, None), zone.show(last, None)), Meaning::Plain)?;
    }
    if let Some(time) = totals.last_ingest {
        say("Ingested", zone.show(time, None), Meaning::Plain)?;
    }
    Ok(())
}

/// What deserves a look, for people; `place` is where more is said about it.
pub fn show_oddities(context: &mut Context, totals: &Totals, place: &str) -> Result<(), Failure> {
    let count = wording::count;
    let kept = count(totals.drift_count, "unknown type or field, which is", "unknown types and fields, which are");
    let passed = count(totals.quarantined, "record", "records");
    let oddities = [
        (totals.drift_count, format!("{kept} kept and counted; see {place}")),
        (totals.quarantined, format!("{passed} passed over or read in part; see {place}")),
        (totals.unjudged, format!("{} that no classifier judged", count(totals.unjudged, "event", "events"))),
    ];
    if context.house.unfinished().exists() && !Lock::is_held(&context.house.lock()) {
        let text = "the last run was not finished; `logwright ingest` goes on with what it had kept";
        note_line(context, text.to_owned())?;
    }
    for (_, text) in oddities.into_iter().filter(|(count, _)| *count > 0) {
        note_line(context, text)?;
    }
    Ok(())
}

fn note_line(context: &mut Context, text: String) -> Result<(), Failure> {
    let line = [Span::new(format!("{:<NAMES$}", "Note"), Meaning::Dim), Span::new(text, Meaning::Warn)];
    Ok(context.terminal.hanging(&line, NAMES)?)
}

/// Plugins of the house that are not asked any more.
fn note_suspended(context: &mut Context, reader: &Reader) -> Result<(), Failure> {
    let (settings, _) = context.settings()?;
    let lineup = match Lineup::read(&context.house, &settings) {
        Ok(lineup) => lineup,
        // The state of the house is to be had whatever state the plugins' files are in.
        Err(error) => return note_line(context, format!("the plugins cannot be told: {error}")),
    };
    let limits = settings.plugin.limits.to_string();
    let suspensions = reader.suspensions()?;
    for player in lineup.players() {
        if let Some(row) = suspension_of(&player, &limits, &suspensions) {
            note_line(context, format!("{} {} is suspended: {}", row.plugin, row.version, row.reason))?;
        }
    }
    for out in lineup.left_out {
        note_line(context, format!("{} is left out: {}", out.name, out.why))?;
    }
    Ok(())
}

/// Where the oddities of a house are shown.
pub const SHOWN_BY: &str = "`logwright status`";

/// How many of the known sources, and of the agents' own places, have something new.
pub fn unseen(context: &mut Context, reader: &Reader) -> Result<usize, Failure> {
    let (home, config) = context.agent_folders()?;
    let places: Vec<Place> = standard_places(&home, config.as_deref()).into_iter().map(Place::Path).collect();
    let passed = reader.passed_over(READERS)?;
    let kept: HashMap<String, _> = reader
        .files()?
        .into_iter()
        .filter(|file| file.is_last)
        .map(|file| (file.source.clone(), file.kept()))
        .collect();
    let found = discover(&places, &GlobSet::empty());
    let new = found.files.iter().filter(|found| {
        let source = source_text(&found.path);
        let is_kept = kept.get(&source).is_some_and(|kept| kept.stat == found.stat);
        !is_kept && passed.get(&source) != Some(&(found.stat.size, found.stat.modified_ns))
    });
    let count = new.count();
    if count > 0 {
        let files = wording::count(count as u64, "log of your agents has", "logs of your agents have");
        context.terminal.note(&format!("{files} changed since the last ingest"));
    }
    Ok(count)
}
