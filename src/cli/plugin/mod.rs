//! `logwright plugin`.

mod inspect;
mod install;
mod list;
mod remove;
mod replay;
mod resume;
mod rules;

pub use list::suspension_of;

use super::context::Context;
use super::failure::Failure;
use clap::Subcommand;

/// See, install and try the plugins that judge
///
/// A plugin is a WebAssembly component in one of three roles: classifier, extractor or
/// analyzer. It gets no file, no socket, no clock and no environment, and sees only what
/// it asked for and was granted.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Inspect(inspect::Arguments),
    Install(install::Arguments),
    Remove(remove::Arguments),
    Rules(rules::Arguments),
    Replay(replay::Arguments),
    Resume(resume::Arguments),
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        Command::List(arguments) => list::run(context, arguments),
        Command::Inspect(arguments) => inspect::run(context, arguments),
        Command::Install(arguments) => install::run(context, arguments),
        Command::Remove(arguments) => remove::run(context, arguments),
        Command::Rules(arguments) => rules::run(context, arguments),
        Command::Replay(arguments) => replay::run(context, arguments),
        Command::Resume(arguments) => resume::run(context, arguments),
    }
}
