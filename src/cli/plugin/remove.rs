//! `logwright plugin remove`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::cli::ingest::Work;
use crate::lineup::Lock;
use crate::plugin::builtin;
use crate::store::DurableHand;

/// Take an installed plugin out again
///
/// What it found is replaced at the next ingest. Rule files that were written for it stay.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The plugin
    #[arg(value_name = "NAME")]
    plugin: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let name = &arguments.plugin;
    let mut lock = Lock::read(&context.house)?;
    let Some(at) = lock.plugins.iter().position(|plugin| plugin.name == *name) else {
        let hint = if builtin::ALL.iter().any(|own| own.name == name) {
            "it is built in; `disabled = [...]` under [plugin] in the settings leaves it out"
        } else {
            "`logwright plugin list` lists the plugins"
        };
        return Err(Failure::usage(format!("no plugin `{name}` was installed")).hint(hint));
    };
    let _work = Work::prepare(context)?;
    let removed = lock.plugins.remove(at);
    lock.write(&context.house, context.disk)?;
    // Litter at worst: the list does not name it any more.
    let _ = DurableHand::new(context.disk).remove_all(&[removed.path(&context.house)]);
    context.terminal.note(&format!("removed {} {}", removed.name, removed.version));
    context.terminal.hint("`logwright ingest` understands anew what it had judged");
    Ok(DONE)
}
