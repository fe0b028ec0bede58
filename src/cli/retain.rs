//! `logwright retain`.

mod pins;
mod receipts;
mod schedule;

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::ingest::Work;
use super::when::parse_when;
use crate::event::{Action, Millis};
use crate::retention::{Advance, Announcement, Inventory, Outcome, Plan, Retention};
use crate::settings::Settings;
use crate::store::Writer;
use crate::terminal::{Format, Progress, line, wording};
use crate::view::{moves_table, plan_table, stays_table};
use clap::Subcommand;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

/// Moves that people are shown.
const LISTED: usize = 20;
/// Logs that are named where they were passed over.
const NAMED: usize = 5;

/// Archive what is old, and remove what is older, by the policy
///
/// A log is archived 30 days after its last event, and removed by a monthly cleanup once
/// it has been in the archive for 90 days; `[retention]` in logwright.toml says otherwise,
/// for all or for a folder, an agent, a project. What is pinned, cited by a protocol, or
/// holds a critical error is not removed. What is removed lies in the trash for 7 days and
/// leaves a receipt. Each `ingest` does what is due, at most once a day.
///
///   logwright retain --dry-run                     what would be done now
///   logwright retain --as-of 2027-01-01            what would be done then
///   logwright retain pin --project /home/me/app    keep for ever
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Show what would be done on that day; implies --dry-run
    #[arg(long, value_name = "DATE")]
    as_of: Option<String>,
    /// Do it only if it is this plan, as --dry-run names it
    #[arg(long, value_name = "ID", conflicts_with_all = ["dry_run", "as_of"])]
    plan: Option<String>,
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, Subcommand)]
enum Command {
    Pin(pins::Arguments),
    Unpin(pins::UnpinArguments),
    Receipts(receipts::Arguments),
    Schedule(schedule::Arguments),
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        Some(Command::Pin(arguments)) => pins::pin(context, arguments),
        Some(Command::Unpin(arguments)) => pins::unpin(context, arguments),
        Some(Command::Receipts(arguments)) => receipts::run(context, arguments),
        Some(Command::Schedule(arguments)) => schedule::run(context, arguments),
        None if arguments.dry_run || arguments.as_of.is_some() => preview(context, arguments.as_of.as_deref()),
        None => carry_out(context, arguments.plan.as_deref()),
    }
}

/// Says that the first removal is near, until it may happen.
pub fn announce(context: &mut Context) {
    let Some(announced) = Announcement::of(&context.house).filter(|announced| announced.until > context.now) else {
        return;
    };
    let logs = wording::count(announced.logs, "log", "logs");
    let day = context.terminal.look().zone.show(announced.until, None);
    context.terminal.note(&format!(
        "after {day} the policy removes logs for the first time: {logs}, {}; `logwright retain --dry-run` says which, \
         `logwright retain pin` keeps them",
        wording::bytes(announced.bytes)
    ));
}

fn preview(context: &mut Context, as_of: Option<&str>) -> Result<u8, Failure> {
    let now = as_of.map_or(Ok(context.now), |text| parse_when(text, context))?;
    let reader = context.reader()?;
    let (settings, _) = context.settings()?;
    let never = AtomicBool::new(false);
    let retention = Retention { now, ..retention(context, &settings, &never, &|_| {}) };
    let (inventory, plan) = retention.preview(&reader)?;
    show_plan(context, &inventory, &plan, now, true)?;
    Ok(DONE)
}

fn carry_out(context: &mut Context, expected: Option<&str>) -> Result<u8, Failure> {
    // Who has no house makes none.
    drop(context.reader()?);
    let work = Work::prepare(context)?;
    let outcome = retain(context, work.settings(), expected)?;
    let (inventory, plan) = (&outcome.inventory, &outcome.plan);
    if context.terminal.format() != Format::Table {
        show_plan(context, inventory, plan, context.now, false)?;
    }
    show_outcome(context, &outcome)?;
    Ok(match () {
        () if outcome.applied.interrupted => INTERRUPTED,
        () if !outcome.applied.passed_over.is_empty() || outcome.rebuilt.is_some() => PASSED_OVER,
        () => DONE,
    })
}

/// Retention in the house of a command.
fn retention<'a>(
    context: &'a Context,
    settings: &'a Settings,
    stop: &'a AtomicBool,
    progress: &'a (dyn Fn(Advance) + Sync),
) -> Retention<'a> {
    let workers = settings.intake.threads();
    Retention { house: &context.house, settings, disk: context.disk, now: context.now, workers, stop, progress }
}

/// Does what is due, with a progress bar. The caller holds the lock.
pub fn retain(context: &mut Context, settings: &Settings, expected: Option<&str>) -> Result<Outcome, Failure> {
    let database = context.house.database();
    let stop = context.stop_on_interrupt();
    let bar = Mutex::new(context.terminal.progress(0, "archiving"));
    let advance = |advance| follow(&bar, advance);
    let outcome = Writer::open(&database).map_err(Into::into).and_then(|mut writer| {
        let outcome = retention(context, settings, stop, &advance).run(&mut writer, expected)?;
        writer.finish()?;
        Ok(outcome)
    });
    if let Ok(bar) = bar.lock() {
        bar.finish_and_clear();
    }
    outcome.map_err(|error: crate::retention::RetentionError| error.at(&database).into())
}

/// Lets a bar show how far retention is.
pub fn follow(bar: &Mutex<Progress>, advance: Advance) {
    if let Ok(bar) = bar.lock() {
        match advance {
            Advance::Total(bytes) => bar.set_total(bytes),
            Advance::Done(bytes) => bar.inc(bytes),
        }
    }
}

fn show_plan(
    context: &mut Context,
    inventory: &Inventory,
    plan: &Plan,
    now: Millis,
    is_preview: bool,
) -> Result<(), Failure> {
    if context.terminal.format() != Format::Table {
        let tables = [
            plan_table(inventory, plan, now, is_preview),
            moves_table(inventory, plan, usize::MAX, true),
            stays_table(inventory, plan),
        ];
        return Ok(context.terminal.tables(&tables)?);
    }
    if !plan.moves.is_empty() {
        context.terminal.table(&moves_table(inventory, plan, LISTED, false))?;
        if plan.moves.len() > LISTED {
            let more = wording::count((plan.moves.len() - LISTED) as u64, "more log", "more logs");
            context.terminal.note(&format!("{more}; `--format json` has all"));
        }
    }
    let stays = stays_table(inventory, plan);
    if !(stays.rows.is_empty() || plan.moves.is_empty()) {
        context.terminal.line(&[])?;
    }
    if !stays.rows.is_empty() {
        context.terminal.table(&stays)?;
    }
    let words =
        [(Action::Archive, "to be archived"), (Action::Remove, "to be removed"), (Action::Purge, "to leave the trash")];
    let mut said = Vec::new();
    for (action, word) in words {
        let (count, bytes) = plan.taken(action, &inventory.items);
        if count > 0 {
            said.push(format!("{} {word} ({})", wording::count(count, "log", "logs"), wording::bytes(bytes)));
        }
    }
    if let Some((logs, bytes)) = plan.announces {
        let logs = wording::count(logs, "log", "logs");
        said.push(format!("the removal of {logs} to be announced ({})", wording::bytes(bytes)));
    }
    let id = plan.id(&inventory.items);
    context.terminal.note(&match said.is_empty() {
        true => "nothing moves".to_owned(),
        false => format!("plan {id}: {}", said.join(", ")),
    });
    if !said.is_empty() && now == context.now {
        context.terminal.hint(&format!("`logwright retain --plan {id}` does just this"));
    }
    Ok(())
}

/// Says that the ledger was damaged.
pub fn tell_rebuilt(context: &mut Context, why: &str) {
    context.terminal.warn(&line(&format!(
        "{why}; it was set aside and made anew from what is left of it and from the files. Nothing is removed today"
    )));
    context.terminal.hint("`logwright verify` reads everything again");
}

/// Says what was done.
pub fn show_outcome(context: &mut Context, outcome: &Outcome) -> Result<(), Failure> {
    let applied = &outcome.applied;
    if let Some(why) = &outcome.rebuilt {
        tell_rebuilt(context, why);
    }
    let terminal = &mut context.terminal;
    for (path, why) in applied.passed_over.iter().take(NAMED) {
        terminal.warn(&line(&format!("{path} stays where it is: {why}")));
    }
    if applied.passed_over.len() > NAMED {
        terminal.warn(&format!("{} more stay where they are", applied.passed_over.len() - NAMED));
    }
    let mut said = Vec::new();
    let logs = |count| wording::count(count, "log", "logs");
    let (count, before, after) = applied.archived;
    if count > 0 {
        said.push(format!("{} archived, {} in {}", logs(count), wording::bytes(before), wording::bytes(after)));
    }
    if applied.removed.0 > 0 {
        let days = "`logwright restore` brings them back until they leave the trash";
        said.push(format!("{} removed, {}; {days}", logs(applied.removed.0), wording::bytes(applied.removed.1)));
    }
    if applied.purged.0 > 0 {
        said.push(format!("{} gone from the trash, {}", logs(applied.purged.0), wording::bytes(applied.purged.1)));
    }
    for said in &said {
        terminal.note(said);
    }
    if outcome.announced.is_some() {
        announce(context);
    } else if said.is_empty() && outcome.rebuilt.is_none() {
        terminal.note(if applied.interrupted { "stopped before anything moved" } else { "nothing moved" });
    }
    if applied.interrupted {
        context.terminal.note("stopped; the next run goes on from there");
    }
    Ok(())
}
