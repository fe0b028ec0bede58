//! `logwright ingest`.

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::learn::learn;
use super::retain::{retain, show_outcome};
use super::status::{SHOWN_BY, show_oddities, show_totals};
use crate::clock;
use crate::ingest::{Ingest, IngestError, Mode, Report, Step, create_folders, open_house, source_text};
use crate::intake::{PassedOver, Place, standard_places};
use crate::lineup::Bench;
use crate::retention::is_due_today;
use crate::settings::Settings;
use crate::store::Lock;
use crate::terminal::{Cell, Column, Format, Meaning, Progress, Table, Terminal, line, wording};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Paths that are named one by one before the rest is only counted.
const NAMED: usize = 5;

/// Bring logs into the house and understand what is new
///
/// Without arguments it looks where the agents of this machine leave their logs, says
/// what it found, and asks. Logs are copied, never moved or changed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folders, files or globs; `-` reads one log from standard input
    #[arg(value_name = "LOGS")]
    logs: Vec<OsString>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Bring in again what was removed, too
    #[arg(long)]
    again: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: Arguments) -> Result<u8, Failure> {
    let (pipes, logs): (Vec<&OsString>, Vec<&OsString>) =
        arguments.logs.iter().filter(|argument| *argument != "-").partition(|argument| is_special(argument));
    let mut places: Vec<Place> = logs.into_iter().map(|argument| Place::of_argument(argument)).collect();
    let reads_stdin = arguments.logs.iter().any(|argument| argument == "-");
    let (settings, _) = context.settings()?;
    let bench = context.bench_for_keeping(&settings)?;
    if arguments.logs.is_empty() {
        let (home, config) = context.agent_folders()?;
        let folders = standard_places(&home, config.as_deref());
        if folders.is_empty() {
            context.terminal.note(&format!("no agent has left logs below {}", home.display()));
            context.terminal.hint("`logwright ingest FOLDER` brings in logs from elsewhere");
            return Ok(DONE);
        }
        places = folders.iter().cloned().map(Place::Path).collect();
        if !arguments.yes && !agree(context, &settings, &bench, &folders)? {
            return Ok(DONE);
        }
    }
    for pipe in &pipes {
        let name = source_text(Path::new(pipe));
        context.terminal.warn(&line(&format!("passed over {name}: it is no regular file; pipe it in with `-`")));
    }
    if !pipes.is_empty() && places.is_empty() && !reads_stdin {
        return Ok(PASSED_OVER);
    }
    let work = Work::prepare(context)?.again(arguments.again);
    // How long another run was waited for is none of this one's work.
    let started = clock::now();
    let mut stdin = std::io::stdin();
    let pipe: Option<&mut dyn Read> = if reads_stdin { Some(&mut stdin) } else { None };
    let report = work.run(context, &bench, &places, pipe, Mode::Changes)?;
    show_report(context, &report, clock::now() - started)?;
    let stayed = !report.interrupted && retain_daily(context, work.settings())?;
    Ok(match () {
        () if report.interrupted => INTERRUPTED,
        () if stayed
            || !pipes.is_empty()
            || report.has_losses()
            || report.has_failures()
            || !report.unreadable.is_empty() =>
        {
            PASSED_OVER
        }
        () => DONE,
    })
}

/// Does what the policy asks for, at most once a day; whether a log that was to move stayed.
fn retain_daily(context: &mut Context, settings: &Settings) -> Result<bool, Failure> {
    if !is_due_today(context.reader()?.fact("retained")?, context.now) {
        return Ok(false);
    }
    let outcome = retain(context, settings, None)?;
    if outcome.has_news() {
        show_outcome(context, &outcome)?;
    }
    Ok(!outcome.applied.passed_over.is_empty())
}

/// Whether a path leads to something that is neither a file nor a folder: a named pipe, a socket, a device.
fn is_special(path: &OsStr) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Says what was found, where it goes and what space is free, and asks. Where nobody can
/// be asked, `--yes` has to have been said.
fn agree(context: &mut Context, settings: &Settings, bench: &Bench, folders: &[PathBuf]) -> Result<bool, Failure> {
    let mut table = Table::new([
        Column::new("folder", "Found").meaning(Meaning::Path),
        Column::new("files", "Files"),
        Column::new("bytes", "Size"),
    ]);
    let mut total = 0;
    let never = AtomicBool::new(false);
    for folder in folders {
        let found = bench.with(|judges| {
            let ingest = Ingest {
                house: &context.house,
                settings,
                disk: context.disk,
                judges,
                again: false,
                now: context.now,
                stop: &never,
                progress: &|_| {},
            };
            ingest.discover(&[Place::Path(folder.clone())])
        })?;
        let bytes: u64 = found.files.iter().map(|found| found.stat.size).sum();
        total += bytes;
        table.push([Cell::from(folder.display().to_string()), Cell::from(found.files.len()), Cell::Bytes(bytes)]);
    }
    if context.terminal.format() == Format::Table {
        context.terminal.table(&table)?;
        context.terminal.flush()?;
    }
    let root = context.house.root().to_owned();
    let free = free_space(&root).map_or_else(String::new, |free| format!(" ({} free)", wording::bytes(free)));
    context.terminal.note(&format!("at most {} will be copied to {}{free}", wording::bytes(total), root.display()));
    match context.terminal.confirm("Bring them in?") {
        Some(true) => Ok(true),
        Some(false) => {
            context.terminal.note("nothing was changed");
            Ok(false)
        }
        None => Err(Failure::usage("nobody can be asked whether to bring these logs in")
            .hint("`logwright ingest --yes` does not ask; `logwright ingest FOLDER` brings in one folder")),
    }
}

/// Bytes that are free on the device of the first folder above `path` that exists.
fn free_space(path: &Path) -> Option<u64> {
    let existing = path.ancestors().find(|folder| folder.exists())?;
    let space = rustix::fs::statvfs(existing).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

/// The right to change the house, and what a run needs.
pub struct Work {
    settings: Settings,
    again: bool,
    _lock: Lock,
}

impl Work {
    /// Creates the house where it is missing and takes its lock.
    pub fn prepare(context: &mut Context) -> Result<Work, Failure> {
        let (settings, _) = context.settings()?;
        create_folders(&context.house, &settings, context.disk)?;
        let terminal = &mut context.terminal;
        let lock = Lock::take(&context.house.lock(), |waiting| {
            let holder = waiting.holder.map_or_else(String::new, |process| format!(" (process {process})"));
            terminal.note(&format!("waiting for another logwright{holder} to finish with this house"));
        })?;
        open_house(&context.house, &settings, context.disk)?;
        Ok(Work { settings, again: false, _lock: lock })
    }

    /// The settings of the house.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The same, bringing in what was removed, too.
    fn again(self, again: bool) -> Work {
        Work { again, ..self }
    }

    /// Runs an ingest with a progress bar.
    pub fn run(
        &self,
        context: &mut Context,
        bench: &Bench,
        places: &[Place],
        stdin: Option<&mut dyn Read>,
        mode: Mode,
    ) -> Result<Report, Failure> {
        let stop = context.stop_on_interrupt();
        let bar: Mutex<Progress> = Mutex::new(Progress::hidden());
        let terminal = Mutex::new(&mut context.terminal);
        let begin = |total, label| {
            if let (Ok(mut bar), Ok(mut terminal)) = (bar.lock(), terminal.lock()) {
                bar.finish_and_clear();
                *bar = terminal.progress(total, label);
            }
        };
        let progress = |step| match step {
            Step::ToCopy(total) if total > 0 => begin(total, "keeping"),
            Step::ToRead(total) if total > 0 => begin(total, "understanding"),
            Step::Copied(bytes) | Step::Read(bytes) => {
                if let Ok(bar) = bar.lock() {
                    bar.inc(bytes);
                }
            }
            Step::ToCopy(_) | Step::ToRead(_) => {}
        };
        let report = bench.with(|judges| {
            let ingest = Ingest {
                house: &context.house,
                settings: &self.settings,
                disk: context.disk,
                judges,
                again: self.again,
                now: context.now,
                stop,
                progress: &progress,
            };
            ingest.run(places, stdin, mode)
        });
        if let Ok(bar) = bar.lock() {
            bar.finish_and_clear();
        }
        let mut report = report.map_err(|error| match error {
            IngestError::Store(error) => error.at(&context.house.database()).into(),
            other => Failure::from(other),
        })?;
        if !report.interrupted {
            report.learned = learn(context, &self.settings, bench, stop)?;
        }
        let broken = bench.lineup().left_out.iter().filter(|out| !self.settings.plugin.disabled.contains(&out.name));
        report.refused.extend(broken.map(|out| format!("{}: {}", out.name, out.why)));
        // A slip of the pen costs nothing that was said, and is no failure.
        bench.lineup().unknown.iter().for_each(|text| context.terminal.warn(text));
        Ok(report)
    }
}

/// Says what was done. `took` is in milliseconds; 0 leaves it out.
pub fn show_report(context: &mut Context, report: &Report, took: i64) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    let spool = context.house.incoming().join("stdin.spool");
    let told = |before: &str, passed: &PassedOver| {
        let name = if passed.path == spool { "standard input".into() } else { source_text(&passed.path) };
        // On one line, whatever its name holds.
        line(&format!("{before}{name}: {}", passed.reason)).into_owned()
    };
    let losses: Vec<_> = report.passed_over.iter().filter(|passed| passed.is_loss).collect();
    for passed in losses.iter().take(NAMED) {
        terminal.warn(&told("passed over ", passed));
    }
    if losses.len() > NAMED {
        terminal.warn(&format!("passed over {} more; `-v` names all", losses.len() - NAMED));
        for passed in losses.iter().skip(NAMED) {
            terminal.detail(&told("passed over ", passed));
        }
    }
    for passed in report.passed_over.iter().filter(|passed| !passed.is_loss) {
        terminal.detail(&told("", passed));
    }
    for path in report.unknown.iter().take(NAMED) {
        let told = if *path == spool {
            "standard input is in no format that is known yet; it was not kept".to_owned()
        } else {
            format!("{} is in no format that is known yet, and stays where it is", source_text(path))
        };
        terminal.warn(&line(&told));
    }
    if report.unknown.len() > NAMED {
        let files = wording::count((report.unknown.len() - NAMED) as u64, "more file is", "more files are");
        terminal.warn(&format!("{files} in no format that is known yet"));
        for path in report.unknown.iter().skip(NAMED) {
            let name = if *path == spool { "standard input".into() } else { source_text(path) };
            terminal.detail(&line(&format!("unknown format: {name}")));
        }
    }
    if report.put_away > 0 {
        let files = wording::count(report.put_away, "log was", "logs were");
        terminal.note(&format!("{files} removed from this house before, and left out; `--again` brings them in"));
    }
    if let Some(why) = &report.rebuilt {
        terminal.warn(&line(&format!("{why}; it was set aside and made anew, and nothing is removed today")));
    }
    for (reason, count) in &report.quarantined {
        let records = wording::count(*count, "record", "records");
        terminal.warn(&format!("{records} in quarantine ({}): {}", reason.name(), reason.explanation()));
    }
    if report.torn_tails > 0 {
        let files = wording::count(report.torn_tails, "file ends", "files end");
        terminal.detail(&format!("{files} in the middle of a record; it is read again when the file grows"));
    }
    for (path, reason) in &report.unreadable {
        terminal.warn(&format!("a kept log cannot be read, what was known of it stays: {path}: {reason}"));
    }
    show_plugins(terminal, report);
    for fault in &report.learned.faults {
        terminal.warn(&line(fault));
    }
    if report.interrupted {
        terminal.note("stopped; what was done until then is kept, and the next run goes on from there");
    }
    if terminal.format() != Format::Table {
        return Ok(terminal.table(&report_table(report))?);
    }
    if report.files_seen == 0 && report.changed_nothing() {
        terminal.note("nothing to ingest: no logs were found there");
        return Ok(());
    }
    let took = (took > 0).then(|| wording::duration(took as u64));
    if report.changed_nothing() {
        terminal
            .note(&format!("nothing new{}", took.map_or_else(String::new, |took| format!("; looking took {took}"))));
        return Ok(());
    }
    let changed = [
        (report.files_new, "new"),
        (report.files_grown, "grown"),
        (report.files_rewritten, "rewritten (both copies are kept)"),
    ];
    let changed: Vec<String> = changed
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", wording::integer(count as i64)))
        .collect();
    if !changed.is_empty() {
        terminal.note(&format!("logs: {}; {} copied", changed.join(", "), wording::bytes(report.bytes_copied)));
    }
    if report.families == 0 && report.reconsidered > 0 {
        let families = wording::count(report.reconsidered, "family", "families");
        let took = took.map_or_else(String::new, |took| format!(" in {took}"));
        terminal.note(&format!("judged {families} of logs anew{took}; no log was read again"));
        return Ok(());
    }
    // Who was stopped before has understood nothing, which says nothing about the logs.
    if !report.interrupted || report.sessions > 0 || report.events > 0 {
        terminal.note(&format!(
            "understood {}, {}{}",
            wording::count(report.sessions, "session", "sessions"),
            wording::count(report.events, "event", "events"),
            took.map_or_else(String::new, |took| format!(" in {took}")),
        ));
    }
    if report.learned.proposed > 0 {
        let protocols = wording::count(report.learned.proposed, "protocol is", "protocols are");
        terminal.note(&format!("{protocols} newly proposed; `logwright protocols` lists them"));
    }
    if terminal.is_quiet() || (report.interrupted && report.families == 0) {
        return Ok(());
    }
    let totals = context.reader()?.totals()?;
    show_totals(context, &totals)?;
    show_oddities(context, &totals, SHOWN_BY)?;
    context.terminal.hint("`logwright show --last` reads the last session, `logwright stats` counts");
    Ok(())
}

/// Says which plugins failed, what that cost, and how to see it again.
fn show_plugins(terminal: &mut Terminal, report: &Report) {
    for why in &report.refused {
        terminal.warn(&format!("left out: {why}"));
    }
    for (name, failing) in &report.failing {
        let records = wording::count(failing.records, "record", "records");
        let (event, why) = failing.first.clone().unwrap_or_default();
        if report.suspended.contains(name) {
            let fuel = wording::integer(report.fuel.get(name).copied().unwrap_or_default() as i64);
            terminal.warn(&format!(
                "{name} failed on {records} and is suspended; nothing that it found counts, and it cost {fuel} \
                 instructions. The first failure: {why}"
            ));
            terminal.hint(&format!("`logwright plugin resume {}` asks it again", failing.plugin));
        } else {
            terminal.warn(&format!("{name} failed on {records}; the others it judged. The first failure: {why}"));
        }
        terminal.hint(&format!("`logwright plugin replay {} {event:016x}` shows it again", failing.plugin));
    }
    for (name, notes) in &report.notes {
        for note in &notes.kept {
            terminal.detail(&line(&format!("{name} notes ({}): {}", note.severity.name(), note.text)));
        }
        if notes.dropped > 0 {
            let more = wording::count(notes.dropped, "more note", "more notes");
            terminal.detail(&format!("{name} left {more}"));
        }
    }
    if report.unjudged > 0 {
        let events = wording::count(report.unjudged, "event was", "events were");
        terminal.warn(&format!("{events} judged by no classifier"));
    }
    if report.critical.0 > 0 {
        let errors = wording::count(report.critical.0, "critical error is", "critical errors are");
        terminal.note(&format!("{errors} newly kept for ever; `logwright errors --critical` lists them"));
    }
    if report.critical.1 > 0 {
        let errors = wording::count(report.critical.1, "critical error waits", "critical errors wait");
        terminal.warn(&format!(
            "{errors} for the next run, since one run keeps no more than `critical` under [plugin.limits]"
        ));
    }
}

/// What was done, as one row for machines.
fn report_table(report: &Report) -> Table {
    let cells = [
        ("files_seen", Cell::from(report.files_seen)),
        ("files_new", Cell::from(report.files_new)),
        ("files_grown", Cell::from(report.files_grown)),
        ("files_rewritten", Cell::from(report.files_rewritten)),
        ("files_passed_over", Cell::from(report.passed_over.iter().filter(|passed| passed.is_loss).count())),
        ("files_unknown", Cell::from(report.unknown.len())),
        ("bytes_copied", Cell::Bytes(report.bytes_copied)),
        ("bytes_read", Cell::Bytes(report.bytes_read)),
        ("families", Cell::from(report.families)),
        ("sessions", Cell::from(report.sessions)),
        ("events", Cell::from(report.events)),
        ("records_quarantined", Cell::from(report.quarantined.values().sum::<u64>())),
        ("torn_tails", Cell::from(report.torn_tails)),
        ("events_unjudged", Cell::from(report.unjudged)),
        ("families_reconsidered", Cell::from(report.reconsidered)),
        ("plugins_failed", Cell::from(report.failing.len() + report.refused.len())),
        ("plugins_suspended", Cell::from(report.suspended.len())),
        ("critical_kept", Cell::from(report.critical.0)),
        ("files_put_away", Cell::from(report.put_away)),
        ("protocols_proposed", Cell::from(report.learned.proposed)),
        ("firings", Cell::from(report.learned.firings)),
        ("interrupted", Cell::from(report.interrupted)),
    ];
    let (names, row): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
    let mut table = Table::new(names.into_iter().map(|name| Column::new(name, name)).collect::<Vec<_>>());
    table.push(row);
    table
}
