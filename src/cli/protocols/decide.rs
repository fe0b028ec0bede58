//! `logwright protocols accept`, `reject` and `retire`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::super::ingest::Work;
use super::{find, publish};
use crate::event::{GuardMode, ProtocolStatus as Status};
use crate::learning::block::ByHand;
use crate::learning::{Backtest, Book, Change, Entry, LearningError, Plan};
use crate::store::{DurableHand, Reader, Writer};
use crate::terminal::{Cell, Column, Format, Table, line, wording};
use crate::view::protocol_name;
use std::collections::BTreeSet;

/// Longest reason, in bytes. A guess: it is a remark, not a report.
const LONGEST: usize = 4096;

/// Take protocols, and say what the guard does about them
///
/// The guard looks at each tool call before it is made (see `logwright hook`). `observe`
/// only notes that it would have fired, which makes the protocol a control for others;
/// `advise` tells the agent, `ask` asks you, `deny` refuses the call once.
#[derive(Debug, clap::Args)]
pub struct AcceptArguments {
    /// The protocols, or the first digits of their ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// What the guard does [default: off, and what it was for one that is accepted already]
    #[arg(long, value_name = "MODE", value_parser = ["off", "observe", "advise", "ask", "deny"])]
    guard: Option<String>,
    /// In so many of 100 sessions the guard only observes, so that its effect can be measured
    #[arg(long, value_name = "PERCENT")]
    hold_out: Option<u8>,
    /// Why, in your words; it is kept with the protocol
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// Keep protocols from being proposed again
#[derive(Debug, clap::Args)]
pub struct RejectArguments {
    /// The protocols, or the first digits of their ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why, in your words; it is kept with the protocol
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// End protocols that were accepted; they are taken from wherever they were published
#[derive(Debug, clap::Args)]
pub struct RetireArguments {
    /// The protocols, or the first digits of their ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why, in your words; it is kept with the protocol
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// False alarms per 100 clean families above which a person is warned. A guess.
const MANY_ALARMS: f64 = 20.0;

/// Takes protocols.
pub fn accept(context: &mut Context, arguments: &AcceptArguments) -> Result<u8, Failure> {
    let guard = arguments.guard.as_deref().and_then(GuardMode::of_name);
    carry_out(context, &arguments.ids, &arguments.why, "accept", |entry| entry.accept(guard, arguments.hold_out))
}

/// Rejects protocols.
pub fn reject(context: &mut Context, arguments: &RejectArguments) -> Result<u8, Failure> {
    carry_out(context, &arguments.ids, &arguments.why, "reject", Entry::reject)
}

/// Ends protocols.
pub fn retire(context: &mut Context, arguments: &RetireArguments) -> Result<u8, Failure> {
    carry_out(context, &arguments.ids, &arguments.why, "retire", Entry::retire)
}

/// Writes down what a person decided about protocols: all of it, or nothing.
fn carry_out(
    context: &mut Context,
    ids: &[String],
    why: &str,
    decision: &str,
    plan: impl Fn(&Entry) -> Plan,
) -> Result<u8, Failure> {
    let why = why.trim();
    if why.len() > LONGEST {
        return Err(Failure::usage(format!("the reason has {} bytes, more than {LONGEST}", why.len())));
    }
    // Who names what is not there changes nothing, and makes no house.
    drop(context.reader()?);
    let _work = Work::prepare(context)?;
    let hand = DurableHand::new(context.disk);
    let house = context.house.clone();
    let mut book = Book::open(&house, &hand, context.now)?;
    let mut done: Vec<(String, bool)> = Vec::new();
    let mut changes: Vec<(Change, &str)> = Vec::new();
    for text in ids {
        let entry = find(&book.register, text)?;
        let name = protocol_name(entry);
        match plan(entry) {
            Plan::Write(change) if changes.iter().all(|(known, _)| *known != change) => {
                changes.push((change, why));
                done.push((name, true));
            }
            Plan::Write(_) => {}
            Plan::Stands => done.push((name, false)),
            Plan::Refuse(reason) => {
                return Err(Failure::usage(format!("nothing can be decided about {name}: {reason}"))
                    .hint(format!("`logwright protocols show {name}` says more; nothing was changed")));
            }
        }
    }
    book.write(&changes)?;
    settle(context, &book)?;
    // What agents read follows at once; what is accepted waits for `publish`.
    let mut files = publish::plan(context, &book.register, &BTreeSet::new(), ByHand::Keep)?;
    files.carry_out(context)?;
    for (path, why) in files.left() {
        context.terminal.warn(&line(&format!("{} stays as it is: {why}", path.display())));
    }
    if context.terminal.format() != Format::Table {
        let mut table = Table::new(["id", "decision", "changed"].map(|name| Column::new(name, name)));
        for (name, changed) in done {
            table.push([Cell::from(name), Cell::from(decision), Cell::from(changed)]);
        }
        context.terminal.table(&table)?;
        return Ok(DONE);
    }
    for (name, changed) in &done {
        let said = if *changed { "" } else { ", as it was before" };
        let entry = find(&book.register, name)?;
        let guard = if entry.guard == GuardMode::Off || decision != "accept" {
            String::new()
        } else {
            format!(", guard: {}", entry.guard.name())
        };
        context.terminal.note(&format!("{name} is {}{guard}{said}", entry.status.name()));
    }
    warn_of_false_alarms(context, &book, &done)?;
    let is_waiting = |entry: &&Entry| entry.status == Status::Accepted && entry.guard != GuardMode::Observe;
    let waiting = done.iter().filter_map(|(name, _)| find(&book.register, name).ok()).filter(is_waiting).count();
    if waiting > 0 {
        context.terminal.hint("`logwright protocols publish` writes it where agents read");
    }
    Ok(DONE)
}

/// Says of protocols that stop calls how often they would have stopped one in sessions in which nothing went wrong.
fn warn_of_false_alarms(context: &mut Context, book: &Book<'_>, done: &[(String, bool)]) -> Result<(), Failure> {
    let reader = context.reader()?;
    for (name, _) in done {
        let entry = find(&book.register, name)?;
        if !entry.status.is_live() || !matches!(entry.guard, GuardMode::Ask | GuardMode::Deny) {
            continue;
        }
        let backtest = Backtest::new(&reader.exposures(entry.protocol.id)?, entry.protocol.evidence.since);
        if let Some(rate) = backtest.false_alarm_rate().filter(|rate| *rate > MANY_ALARMS) {
            let rate = wording::real(rate);
            context.terminal.warn(&format!(
                "{name} would have stopped {rate} calls in 100 families of sessions without such an error; `--guard advise` stops none"
            ));
        }
    }
    Ok(())
}

/// Brings the index in step with the journal.
pub fn settle(context: &Context, book: &Book<'_>) -> Result<(), Failure> {
    let database = context.house.database();
    let index = || -> Result<(), LearningError> {
        let mut writer = Writer::open(&database)?;
        let reader = Reader::open(&database)?;
        book.index(&reader, &mut writer)?;
        drop(reader);
        Ok(writer.finish()?)
    };
    Ok(index().map_err(|error| error.at(&database))?)
}
