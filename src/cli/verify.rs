//! `logwright verify`.

use super::context::Context;
use super::failure::{Blame, DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::ingest::Work;
use super::retain::follow;
use crate::retention::{FaultKind, Journal, Sample, Verified, Verifier, recover};
use crate::store::{DurableHand, Lock, Writer};
use crate::terminal::{Cell, Column, Format, Meaning, Table, wording};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Findings that people are shown.
const LISTED: usize = 50;

/// Read everything in the house again and say what is not as it was written
///
/// Every log is compared with the hash that was written down of it, archives are unpacked
/// for that, and the ledger, the receipts, the error records and the database are checked.
/// Nothing is changed, unless --repair is said. Exit code 3 if evidence is damaged.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Read only this part of the logs, such as 3/7 on the third day of a week
    #[arg(long, value_name = "N/OF", default_value = "1/1")]
    part: String,
    /// Make a damaged ledger anew and finish what a dead run began; logs are never changed
    #[arg(long)]
    repair: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let sample = parse_part(&arguments.part)?;
    let (settings, _) = context.settings()?;
    if !context.house.database().exists() {
        drop(context.reader()?);
    }
    if arguments.repair {
        repair(context)?;
    }
    // What is being moved is in neither place for whoever reads.
    let terminal = &mut context.terminal;
    let _still = Lock::share(&context.house.lock(), |waiting| {
        let holder = waiting.holder.map_or_else(String::new, |process| format!(" (process {process})"));
        terminal.note(&format!("waiting for another logwright{holder} to finish with this house"));
    })?;
    let stop = context.stop_on_interrupt();
    let bar = Mutex::new(context.terminal.progress(0, "reading"));
    let verified = Verifier {
        house: &context.house,
        settings: &settings,
        sample,
        workers: settings.intake.threads(),
        stop,
        progress: &|advance| follow(&bar, advance),
    }
    .run()?;
    if let Ok(bar) = bar.lock() {
        bar.finish_and_clear();
    }
    show(context, &verified)?;
    Ok(match () {
        () if verified.has_damage() => Blame::House.code(),
        () if verified.interrupted => INTERRUPTED,
        () if !verified.found.is_empty() => PASSED_OVER,
        () => DONE,
    })
}

fn parse_part(text: &str) -> Result<Sample, Failure> {
    let parsed = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((part, of)) if (1..=of).contains(&part) => Ok(Sample { part, of }),
        _ => Err(Failure::usage(format!("`{text}` is no part")).hint("write 1/7 for the first of seven")),
    }
}

fn repair(context: &mut Context) -> Result<(), Failure> {
    let _work = Work::prepare(context)?;
    let hand = DurableHand::new(context.disk);
    let mut writer = Writer::open(&context.house.database())?;
    let (mut journal, rebuilt) = Journal::open(&context.house, &hand, &mut writer, context.now)?;
    recover(&context.house, &hand, &mut journal, &mut writer, context.now)?;
    writer.finish()?;
    if let Some(why) = rebuilt {
        context.terminal.note(&format!("{why}; it was set aside and made anew"));
    }
    Ok(())
}

fn show(context: &mut Context, verified: &Verified) -> Result<(), Failure> {
    let is_table = context.terminal.format() == Format::Table;
    let mut table = Table::new([
        Column::new("kind", "Found").meaning(Meaning::Warn),
        Column::new("path", "Where").meaning(Meaning::Path).shrink(2),
        Column::new("what", "What").shrink(1),
    ])
    .named("found", "Found");
    let limit = if is_table { LISTED } else { usize::MAX };
    for found in verified.found.iter().take(limit) {
        table.push([Cell::from(found.kind.name()), Cell::from(found.path.as_str()), Cell::from(found.what.as_str())]);
    }
    if !is_table {
        let cells = [
            ("logs", Cell::from(verified.logs)),
            ("bytes", Cell::Bytes(verified.bytes)),
            ("found", Cell::from(verified.found.len())),
            ("is_damaged", Cell::from(verified.has_damage())),
            ("interrupted", Cell::from(verified.interrupted)),
        ];
        let (names, row): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
        let mut totals = Table::new(names.into_iter().map(|name| Column::new(name, name)).collect::<Vec<_>>())
            .named("verified", "Verified");
        totals.push(row);
        return Ok(context.terminal.tables(&[totals, table])?);
    }
    if !verified.found.is_empty() {
        context.terminal.table(&table)?;
        context.terminal.flush()?;
    }
    if verified.found.len() > limit {
        context.terminal.note(&format!("{} more; `--format json` has all", verified.found.len() - limit));
    }
    let logs = wording::count(verified.logs, "log", "logs");
    let read = format!("{logs} read, {}", wording::bytes(verified.bytes));
    let found = wording::count(verified.found.len() as u64, "finding", "findings");
    context.terminal.note(&match verified.found.is_empty() {
        true => format!("{read}: everything is as it was written"),
        false => format!("{read}: {found}"),
    });
    let kinds: BTreeSet<FaultKind> = verified.found.iter().map(|found| found.kind).collect();
    for kind in kinds {
        context.terminal.hint(&format!("{}: {}", kind.name(), kind.way_out()));
    }
    Ok(())
}
