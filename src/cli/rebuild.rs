//! `logwright rebuild`.

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::ingest::{Work, show_report};
use crate::ingest::Mode;
use crate::store::{DurableHand, Reader, StoreError};

/// Understand everything anew from the raw logs
///
/// The raw logs in the house are read again; the same program and rules give the same
/// rows, byte for byte. A damaged database is set aside, not removed.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(context: &mut Context, _: &Arguments) -> Result<u8, Failure> {
    let logs = context.house.resolve("logs");
    if !logs.try_exists().map_err(|error| Failure::io(error, format!("cannot use {}", logs.display())))? {
        return Err(StoreError::Missing(context.house.root().to_owned()).into());
    }
    let (settings, _) = context.settings()?;
    let bench = context.bench_for_keeping(&settings)?;
    let work = Work::prepare(context)?;
    set_aside_damaged(context)?;
    let report = work.run(context, &bench, &[], None, Mode::Everything)?;
    let code = if report.interrupted { INTERRUPTED } else { DONE };
    show_report(context, &report, 0)?;
    let is_whole = !report.has_losses() && report.unreadable.is_empty() && !report.has_failures();
    Ok(if code == DONE && !is_whole { PASSED_OVER } else { code })
}

/// Moves a database that cannot be read out of the way, with its companions.
fn set_aside_damaged(context: &mut Context) -> Result<(), Failure> {
    let database = context.house.database();
    let is_damaged = match Reader::open(&database)
        .and_then(|reader| reader.rows("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)))
    {
        Ok(found) => found.first().is_some_and(|found| found != "ok"),
        Err(StoreError::Damaged { .. }) => true,
        Err(StoreError::Missing(_)) => database.exists(),
        Err(error) => return Err(error.into()),
    };
    if !is_damaged {
        return Ok(());
    }
    let name = |suffix: &str| {
        let mut name = database.clone().into_os_string();
        name.push(suffix);
        std::path::PathBuf::from(name)
    };
    let aside = format!(".damaged-{}", context.now);
    for companion in ["", "-wal", "-shm"] {
        let from = name(companion);
        if from.exists() {
            DurableHand::new(context.disk).rename(&from, &name(&format!("{companion}{aside}")))?;
        }
    }
    context.terminal.warn(&format!("the database was damaged; it is set aside as {}", name(&aside).display()));
    Ok(())
}
