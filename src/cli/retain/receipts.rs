//! `logwright retain receipts`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use crate::terminal::Format;
use crate::view::receipts_table;

/// List what was removed, when, and by which rule
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// At most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let receipts = context.reader()?.receipts(arguments.limit)?;
    let is_table = context.terminal.format() == Format::Table;
    if receipts.is_empty() && is_table {
        context.terminal.note("nothing was ever removed");
        return Ok(DONE);
    }
    context.terminal.table(&receipts_table(&receipts, !is_table))?;
    Ok(DONE)
}
