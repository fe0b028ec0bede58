//! `logwright config`.

use super::context::Context;
use super::failure::{DONE, Failure};
use crate::terminal::{Cell, Column, Meaning, Table};

/// Show every setting with its value and where it comes from
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print only the path of the settings file
    #[arg(long)]
    path: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let path = context.house.settings();
    if arguments.path {
        context.terminal.verbatim(format!("{}\n", path.display()).as_bytes())?;
        return Ok(DONE);
    }
    let (_, values) = context.settings()?;
    let mut table = Table::new([
        Column::new("key", "Setting"),
        Column::new("value", "Value").meaning(Meaning::Accent),
        Column::new("origin", "From").meaning(Meaning::Path),
        Column::new("meaning", "Meaning").meaning(Meaning::Dim).shrink(2),
    ])
    .named("settings", "Settings");
    for value in values {
        table.push([
            Cell::from(value.key),
            Cell::from(value.value.as_str()),
            Cell::from(value.origin.as_str()),
            Cell::from(value.meaning),
        ]);
    }
    context.terminal.table(&table)?;
    context.terminal.hint(&format!("write settings in {}", path.display()));
    Ok(DONE)
}
