//! `logwright plugin rules`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::cli::ingest::Work;
use crate::lineup::rules_folder;
use crate::plugin::builtin;
use crate::store::DurableHand;

/// Print the rules of a built-in plugin, or put a copy in the house to be edited
///
/// A rule file in the house takes the place of the plugin's own of that name; the next
/// ingest goes by it. No compiler is needed.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The plugin
    #[arg(value_name = "NAME")]
    plugin: String,
    /// Put a copy of its rules in the house, where none is yet
    #[arg(long)]
    edit: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let name = arguments.plugin.as_str();
    let folder = rules_folder(&context.house, name);
    let Some(own) = builtin::ALL.iter().find(|own| own.name == name) else {
        return Err(Failure::usage(format!("`{name}` is not built in, so its own rules are not known here"))
            .hint(format!("rule files that you write for it go to {}", folder.display())));
    };
    if arguments.edit {
        let _work = Work::prepare(context)?;
        DurableHand::new(context.disk).create_folders(std::slice::from_ref(&folder))?;
        for (file, text) in own.rules {
            let path = folder.join(file);
            if path.exists() {
                context.terminal.note(&format!("{} is there already, and stays as it is", path.display()));
            } else {
                context.disk.replace(&path, text.as_bytes())?;
                context.terminal.note(&format!("wrote {}", path.display()));
            }
        }
        context.terminal.hint("edit it; `logwright ingest` then goes by it");
        return Ok(DONE);
    }
    for (file, text) in own.rules {
        let written = std::fs::read(folder.join(file));
        context.terminal.verbatim(written.as_deref().unwrap_or(text.as_bytes()))?;
    }
    Ok(DONE)
}
