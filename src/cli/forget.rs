//! `logwright forget`.

use super::context::Context;
use super::failure::{DONE, Failure, PASSED_OVER};
use super::ingest::Work;
use super::retain::tell_rebuilt;
use crate::ingest::Mode;
use crate::learning::module_files_about;
use crate::retention::{Forgotten, Journal, Retention, Subject, find, forget};
use crate::store::{DurableHand, Reader, Writer};
use crate::terminal::{Cell, Column, Format, Meaning, Table, line, wording};
use clap::ArgGroup;
use std::path::Path;

/// Logs that are shown one by one.
const LISTED: usize = 20;

/// Remove what you name from the house, at once and for good
///
/// Raw logs that hold it go whole, from the archive and the trash, too, with everything
/// that was derived from them; so do error records, critical ones included. What is left
/// is a receipt that says which log it was, never what stood in it. The agents' own logs
/// stay as they are, and are not brought in again.
///
///   logwright forget --session 4c1f7a52
///   logwright forget --match "$(cat leaked-key)"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, group = ArgGroup::new("subject").args(["session", "project", "text"]).required(true))]
pub struct Arguments {
    /// Forget this session, by the first letters of its id
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Forget this project, by its whole name
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Forget every log that holds this text
    #[arg(long = "match", value_name = "TEXT")]
    text: Option<String>,
    /// Forget the logs that are read together with those, too: resumed and forked sessions, sub-agents
    #[arg(long)]
    family: bool,
    /// Show what would be forgotten, and forget nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// The shortest text that can be looked for, in bytes: less stands in every log.
const SHORTEST: usize = 4;

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let subject = subject(&reader, arguments)?;
    drop(reader);
    let work = Work::prepare(context)?;
    let stop = context.stop_on_interrupt();
    let settings = work.settings();
    let hand = DurableHand::new(context.disk);
    let house = context.house.clone();
    let retention = Retention {
        house: &house,
        settings,
        disk: context.disk,
        now: context.now,
        workers: settings.intake.threads(),
        stop,
        progress: &|_| {},
    };
    let mut writer = Writer::open(&house.database())?;
    if let Some(why) = retention.attend(&hand, &mut writer)? {
        tell_rebuilt(context, &why);
    }
    let carrier = retention.carrier(&hand);
    let reader = Reader::open(&house.database())?;
    let mut found = find(&carrier, &reader, &subject, arguments.family)?;
    let logs: Vec<u64> = found.logs.iter().map(|file| file.id).collect();
    let pages = module_files_about(&house, &settings.layout, &reader, &logs)?;
    found.traces.modules.extend(pages);
    found.traces.modules.sort();
    found.traces.modules.dedup();
    drop(reader);
    show(context, &found)?;
    for (path, why) in &found.unread {
        context.terminal.warn(&line(&format!("{path} could not be searched and stays: {why}")));
    }
    if found.is_empty() {
        context.terminal.note("nothing in the house is named by that");
        return Ok(if found.unread.is_empty() { DONE } else { PASSED_OVER });
    }
    if arguments.dry_run {
        context.terminal.note("nothing was forgotten");
        return Ok(DONE);
    }
    if !arguments.yes {
        match context.terminal.confirm("Forget all of it, for good?") {
            Some(true) => {}
            Some(false) => {
                context.terminal.note("nothing was forgotten");
                return Ok(DONE);
            }
            None => {
                return Err(Failure::usage("nobody can be asked whether to forget this")
                    .hint("`--yes` does not ask; `--dry-run` only shows what it is"));
            }
        }
    }
    let (mut journal, _) = Journal::open(&house, &hand, &mut writer, context.now)?;
    forget(&carrier, &found, &subject, &mut journal, &mut writer)?;
    writer.compact()?;
    writer.finish()?;
    // What is left of the families says again what it says without them.
    let bench = context.bench_for_keeping(settings)?;
    work.run(context, &bench, &[], None, Mode::Changes)?;
    // With what was learned anew, rows went that told of it.
    let mut writer = Writer::open(&context.house.database())?;
    writer.uncompacted()?;
    writer.compact()?;
    writer.finish()?;
    let logs = wording::count(found.logs.len() as u64, "log is", "logs are");
    context.terminal.note(&format!("{logs} forgotten; `logwright retain receipts` says which"));
    tell_sources(context, &found);
    Ok(if found.unread.is_empty() { DONE } else { PASSED_OVER })
}

fn subject(reader: &Reader, arguments: &Arguments) -> Result<Subject, Failure> {
    if let Some(name) = &arguments.session {
        let found = reader.sessions_like(name)?;
        return match found.as_slice() {
            [] => Err(Failure::usage(format!("there is no session `{name}`")).hint("`logwright sessions` lists all")),
            [first, ..] if found.len() == 1 || first.id == *name => Ok(Subject::Session(first.id.clone())),
            _ => {
                Err(Failure::usage(format!("the ids of several sessions begin with `{name}`"))
                    .hint("write more of the id"))
            }
        };
    }
    if let Some(name) = &arguments.project {
        if !reader.has_project(name)? {
            return Err(Failure::usage(format!("there is no project `{name}`"))
                .hint("`logwright sessions --format json` has the whole names of projects"));
        }
        return Ok(Subject::Project(name.clone()));
    }
    let text = arguments.text.clone().unwrap_or_default();
    if text.len() < SHORTEST {
        return Err(Failure::usage(format!("a text of less than {SHORTEST} bytes stands in too many logs")));
    }
    Ok(Subject::Match(text))
}

fn show(context: &mut Context, found: &Forgotten) -> Result<(), Failure> {
    let is_table = context.terminal.format() == Format::Table;
    let mut table = Table::new([
        Column::new("file", "Log").meaning(Meaning::Path).shrink(2),
        Column::new("tier", "Tier"),
        Column::new("bytes", "Size"),
        Column::new("session", "Session"),
        Column::new("source", "Source").meaning(Meaning::Path),
    ])
    .named("logs", "Logs to forget");
    let limit = if is_table { LISTED } else { usize::MAX };
    for file in found.logs.iter().take(limit) {
        table.push([
            Cell::from(file.path.as_str()),
            Cell::from(file.tier.name()),
            Cell::Bytes(file.length),
            Cell::from(file.session.as_str()),
            Cell::from(file.source.as_str()),
        ]);
    }
    if !found.logs.is_empty() || !is_table {
        context.terminal.table(&table)?;
        context.terminal.flush()?;
    }
    if found.logs.len() > limit {
        context.terminal.note(&format!("{} more", found.logs.len() - limit));
    }
    let records: usize = found.records.values().map(Vec::len).sum();
    if records + found.critical.len() > 0 {
        let lines = wording::count(records as u64, "line of error records", "lines of error records");
        let critical = wording::count(found.critical.len() as u64, "critical error", "critical errors");
        context.terminal.note(&format!("with them go {lines} and {critical}"));
    }
    let learned = found.traces.rewritten.len() + found.traces.modules.len();
    if learned > 0 {
        let files = wording::count(learned as u64, "file", "files");
        context.terminal.note(&format!("with them go traces in {files} of what was learned"));
    }
    if !found.aside.is_empty() {
        let files = wording::count(found.aside.len() as u64, "database or ledger", "databases and ledgers");
        context.terminal.note(&format!("with them go {files} that were set aside"));
    }
    Ok(())
}

/// Says which of the agents' own logs are still there.
fn tell_sources(context: &mut Context, found: &Forgotten) {
    let there: Vec<&str> =
        found.logs.iter().map(|file| file.source.as_str()).filter(|source| Path::new(source).exists()).collect();
    if there.is_empty() {
        return;
    }
    context.terminal.note(&match there.len() {
        1 => "the agent's own log is still where it was, and is not brought in again:".to_owned(),
        count => format!("{count} logs of the agents' own are still where they were, and are not brought in again:"),
    });
    for source in there.iter().take(LISTED) {
        context.terminal.note(&line(&format!("  {source}")));
    }
}
