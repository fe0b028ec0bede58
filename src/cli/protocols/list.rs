//! `logwright protocols list`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::shown;
use crate::event::ProtocolStatus as Status;
use crate::learning::{Entry, read_register};
use crate::terminal::{Format, wording};
use crate::view::{Detail, protocols_table, whole_protocols_table};

/// Columns below which a terminal is narrow. A guess.
const NARROW: usize = 120;

/// List protocols: those that are proposed, accepted or active
#[derive(Debug, Default, clap::Args)]
pub struct Arguments {
    /// Those that were rejected, retired or are proposed no more, too
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let register = read_register(&context.house)?;
    let is_open = |status| matches!(status, Status::Active | Status::Accepted | Status::Proposed);
    let mut entries: Vec<&Entry> =
        register.entries.values().filter(|entry| arguments.all || is_open(entry.status)).collect();
    let rank = |status: Status| Status::ALL.iter().position(|other| *other == status);
    // What is surest stands first among its like.
    entries.sort_by_key(|entry| {
        let protocol = &entry.protocol;
        let weight = (protocol.confidence, protocol.evidence.families, protocol.evidence.incidents);
        (rank(entry.status), std::cmp::Reverse(weight), protocol.id)
    });
    let entries = entries.into_iter().map(|entry| shown(context, &reader, &register, entry));
    let found = entries.collect::<Result<Vec<_>, _>>()?;
    if context.terminal.format() != Format::Table {
        context.terminal.table(&whole_protocols_table(&found))?;
        return Ok(DONE);
    }
    if found.is_empty() {
        context.terminal.note("there are no protocols: no error has come back in enough sessions yet");
        context.terminal.hint("`logwright errors --groups` lists what comes back");
        return Ok(DONE);
    }
    let detail = match context.terminal.look().width {
        Some(width) if width < NARROW => Detail::Narrow,
        _ => Detail::Wide,
    };
    context.terminal.table(&protocols_table(&found, detail))?;
    context.terminal.flush()?;
    if register.strange > 0 {
        let lines = wording::count(register.strange, "line", "lines");
        context.terminal.warn(&format!("{lines} of store/protocols.jsonl could not be understood"));
    }
    context.terminal.hint("`logwright protocols show ID` says what one rests on, `accept ID` takes it");
    Ok(DONE)
}
