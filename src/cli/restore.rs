//! `logwright restore`.

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::ingest::Work;
use crate::layout::Tier;
use crate::retention::{Journal, Restored, Retention, Wanted, export, restore};
use crate::store::{DurableHand, FileRow, Reader, Writer};
use crate::terminal::{Cell, Column, Format, Meaning, Table, line, wording};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Bring archived or removed logs back, byte for byte
///
/// The logs are active again and as they were: the same bytes, time and mode. What was
/// removed comes back as long as it lies in the trash, with all that is read together
/// with it. With --to, copies are written into a folder outside, as their sources were,
/// and the house stays as it is.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Sessions, by the first letters of their ids; logs, by their whole ids; days of error records, by their dates
    #[arg(value_name = "SESSION|LOG|DATE", required_unless_present = "all")]
    names: Vec<String>,
    /// Everything that is archived or in the trash
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Write copies into this folder instead
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let wanted = wanted(&reader, arguments)?;
    drop(reader);
    match &arguments.to {
        Some(folder) => copy_out(context, &wanted, folder),
        None => bring_back(context, &wanted),
    }
}

/// What is meant.
fn wanted(reader: &Reader, arguments: &Arguments) -> Result<Vec<Wanted>, Failure> {
    let files = reader.files()?;
    let days = reader.error_days()?;
    let mut ids: HashSet<u64> = HashSet::new();
    let mut wanted = Vec::new();
    if arguments.all {
        ids.extend(files.iter().filter(|file| file.tier.is_packed()).map(|file| file.id));
        wanted.extend(days.iter().filter(|day| day.tier.is_packed()).cloned().map(Wanted::Day));
    }
    for name in &arguments.names {
        let day = days
            .iter()
            .find(|day| day.path.contains(&format!("/{name}.jsonl")) || day.path.contains(&format!("-{name}.jsonl")));
        if let Some(day) = day.filter(|_| name.len() == 10) {
            wanted.push(Wanted::Day(day.clone()));
            continue;
        }
        ids.extend(logs_of(&files, name)?);
    }
    // What was removed together comes back together.
    let families: HashSet<u64> = files
        .iter()
        .filter(|file| file.tier == Tier::Trash && ids.contains(&file.id))
        .filter_map(|file| file.family)
        .collect();
    let is_wanted = |file: &&FileRow| {
        ids.contains(&file.id)
            || (file.tier == Tier::Trash && file.family.is_some_and(|family| families.contains(&family)))
    };
    wanted.extend(files.iter().filter(is_wanted).cloned().map(|file| Wanted::Log(Box::new(file))));
    Ok(wanted)
}

/// The logs of a session, or a log.
fn logs_of(files: &[FileRow], name: &str) -> Result<Vec<u64>, Failure> {
    let id = u64::from_str_radix(name, 16).ok().filter(|_| name.len() == 16);
    if let Some(file) = files.iter().find(|file| Some(file.id) == id) {
        return Ok(vec![file.id]);
    }
    let sessions: HashSet<&str> =
        files.iter().map(|file| file.session.as_str()).filter(|session| session.starts_with(name)).collect();
    let session = match sessions.len() {
        _ if sessions.contains(name) => name.to_owned(),
        1 => sessions.into_iter().collect(),
        0 => {
            return Err(Failure::usage(format!("there is no session, log or day `{name}`"))
                .hint("`logwright sessions` lists sessions, `logwright retain receipts` what was removed"));
        }
        _ => {
            return Err(
                Failure::usage(format!("the ids of several sessions begin with `{name}`")).hint("write more of the id")
            );
        }
    };
    Ok(files.iter().filter(|file| file.session == session).map(|file| file.id).collect())
}

fn copy_out(context: &mut Context, wanted: &[Wanted], folder: &std::path::Path) -> Result<u8, Failure> {
    let folder = std::path::absolute(folder)?;
    if folder.starts_with(context.house.root()) {
        return Err(Failure::usage("the folder lies inside the house").hint("name one outside, or leave --to out"));
    }
    let stop = context.stop_on_interrupt();
    let hand = DurableHand::new(context.disk);
    let mut restored = Restored::default();
    for wanted in wanted {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let Wanted::Log(file) = wanted else {
            context.terminal.warn("days of error records are brought back into the house only");
            continue;
        };
        if file.tier == Tier::Removed {
            restored.passed_over.push((file.path.clone(), gone(context, file)?));
            continue;
        }
        match export(&context.house, &hand, file, &folder) {
            Ok(path) => restored.logs.push((path.display().to_string(), file.length)),
            Err(error) => restored.passed_over.push((file.path.clone(), error.to_string())),
        }
    }
    show(context, &restored, "written", "is not written")?;
    Ok(code(&restored, stop.load(Ordering::Relaxed)))
}

fn bring_back(context: &mut Context, wanted: &[Wanted]) -> Result<u8, Failure> {
    let work = Work::prepare(context)?;
    let stop = context.stop_on_interrupt();
    let mut restored = Restored::default();
    let mut packed = Vec::new();
    for wanted in wanted {
        match wanted {
            Wanted::Log(file) if file.tier == Tier::Removed => {
                let why = gone(context, file)?;
                restored.passed_over.push((file.path.clone(), why));
            }
            Wanted::Log(file) if file.tier.is_packed() => packed.push(wanted.clone()),
            Wanted::Day(day) if day.tier.is_packed() => packed.push(wanted.clone()),
            Wanted::Log(_) | Wanted::Day(_) => {}
        }
    }
    let hand = DurableHand::new(context.disk);
    let database = context.house.database();
    let mut writer = Writer::open(&database)?;
    let settings = work.settings();
    let retention = Retention {
        house: &context.house,
        settings,
        disk: context.disk,
        now: context.now,
        workers: settings.intake.threads(),
        stop,
        progress: &|_| {},
    };
    retention.attend(&hand, &mut writer)?;
    let (mut journal, _) = Journal::open(&context.house, &hand, &mut writer, context.now)?;
    let done = restore(&retention.carrier(&hand), &packed, &mut journal, &mut writer)?;
    writer.finish()?;
    restored.logs.extend(done.logs);
    restored.passed_over.extend(done.passed_over);
    show(context, &restored, "active again", "does not come back")?;
    Ok(code(&restored, stop.load(Ordering::Relaxed)))
}

/// Says which raw logs of a family were removed, and how they come back, where they do.
pub fn tell_removed(context: &mut Context, reader: &Reader, family: u64) -> Result<(), Failure> {
    let mut said = HashSet::new();
    for file in reader.files_of(family)?.into_iter().filter(|file| !file.tier.is_kept()) {
        let why = gone(context, &file)?;
        if !said.insert(why.clone()) {
            continue;
        }
        let name = if file.session.is_empty() { format!("{:016x}", file.id) } else { file.session };
        if file.tier == Tier::Trash {
            context.terminal.note(&format!("the raw log is not at hand: {why}; it lies in the trash"));
            context.terminal.hint(&line(&format!("`logwright restore {name}` brings it back")));
        } else {
            context.terminal.note(&format!("the raw log is not at hand: {why}; what was understood of it stays"));
        }
    }
    Ok(())
}

/// What became of a log that is gone.
fn gone(context: &Context, file: &FileRow) -> Result<String, Failure> {
    let receipt = context.reader()?.receipt_of(file.id)?;
    let zone = context.terminal.look().zone;
    Ok(receipt.map_or_else(
        || "it was removed".to_owned(),
        |row| format!("it was {} on {} by {}", row.receipt.what, zone.show(row.receipt.at, None), row.receipt.rule),
    ))
}

fn code(restored: &Restored, is_stopped: bool) -> u8 {
    match () {
        () if is_stopped => INTERRUPTED,
        () if !restored.passed_over.is_empty() => PASSED_OVER,
        () => DONE,
    }
}

fn show(context: &mut Context, restored: &Restored, word: &str, refused: &str) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    for (path, why) in &restored.passed_over {
        terminal.warn(&line(&format!("{path} {refused}: {why}")));
    }
    if terminal.format() != Format::Table {
        let mut table = Table::new([Column::new("file", "File").meaning(Meaning::Path), Column::new("bytes", "Size")]);
        for (path, bytes) in &restored.logs {
            table.push([Cell::from(path.as_str()), Cell::Bytes(*bytes)]);
        }
        return Ok(terminal.table(&table)?);
    }
    let bytes = restored.logs.iter().map(|(_, bytes)| bytes).sum();
    match restored.logs.len() {
        0 if restored.passed_over.is_empty() => terminal.note("nothing of it is archived or removed"),
        0 => {}
        count => {
            let logs = wording::count(count as u64, "log is", "logs are");
            terminal.note(&format!("{logs} {word}, {}", wording::bytes(bytes)));
        }
    }
    for (path, _) in restored.logs.iter().take(5) {
        terminal.detail(&line(path));
    }
    Ok(())
}
