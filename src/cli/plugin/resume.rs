//! `logwright plugin resume`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::cli::ingest::Work;
use crate::store::{StoreError, Writer};

/// Ask a suspended plugin again from the next ingest on
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The plugin
    #[arg(value_name = "NAME")]
    plugin: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    context.reader()?;
    let _work = Work::prepare(context)?;
    let mut writer = Writer::open(&context.house.database())?;
    let mut was_suspended = false;
    writer.write(|group| {
        was_suspended = group.resume(&arguments.plugin)?;
        Ok::<(), StoreError>(())
    })?;
    writer.finish()?;
    if !was_suspended {
        return Err(Failure::usage(format!("`{}` is not suspended", arguments.plugin))
            .hint("`logwright plugin list` shows the state of each"));
    }
    context.terminal.note(&format!("{} is asked again; `logwright ingest` lets it judge", arguments.plugin));
    Ok(DONE)
}
