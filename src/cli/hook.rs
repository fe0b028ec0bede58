//! `logwright hook`: what an agent calls, and how it is told to.

pub mod guard;
mod install;

use super::context::Context;
use super::failure::Failure;

/// Let an agent ask before each tool call, by the protocols that are guarded
///
/// `hook install` shows what it adds to the agent's settings, asks, keeps a copy, and
/// touches nothing else; `hook remove` takes it out again. The guard never keeps an agent
/// from going on: whatever is wrong, the call passes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// A command is described at its own arguments, where it has any: a comment here would hide
// the longer text there.
#[derive(Debug, clap::Subcommand)]
enum Command {
    Install(install::InstallArguments),
    /// Take the hook out again
    Remove(install::Where),
    /// Say whether the hook is there, and what the guard goes by
    Status(install::Place),
    Guard(guard::Arguments),
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        Command::Install(arguments) => install::install(context, arguments),
        Command::Remove(arguments) => install::remove(context, arguments),
        Command::Status(arguments) => install::status(context, arguments),
        // Answered before the arguments are parsed.
        Command::Guard(_) => Ok(super::failure::DONE),
    }
}
