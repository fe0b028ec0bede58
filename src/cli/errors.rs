//! `logwright errors`.

mod decide;
mod list;
mod show;

use super::context::Context;
use super::failure::Failure;
use crate::ingest::Decision;

/// List what failed, and say what became of it
///
///   logwright errors                  what went wrong, the last first
///   logwright errors --groups         what goes wrong again and again
///   logwright errors show ID          all that is known of one
///   logwright errors resolve ID...    say that it is mended
///
/// The first digits of an id are enough.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: list::Arguments,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show all that is known of an error, or of a group of errors
    Show(show::Arguments),
    /// Say that errors are mended
    Resolve(decide::Arguments),
    /// Say that errors are not mended after all
    Reopen(decide::Arguments),
    /// Say that critical errors need not be kept for ever
    Clear(decide::Arguments),
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: Arguments) -> Result<u8, Failure> {
    if arguments.command.is_some() && arguments.list != list::Arguments::default() {
        // clap could tell, but would count `--format` and its like among them.
        return Err(Failure::usage("what is listed and what is done with one error are two commands")
            .hint("leave out the filters, or the words behind them"));
    }
    match arguments.command {
        None => list::run(context, &arguments.list),
        Some(Command::Show(arguments)) => show::run(context, &arguments),
        Some(Command::Resolve(arguments)) => decide::run(context, Decision::Resolved, &arguments),
        Some(Command::Reopen(arguments)) => decide::run(context, Decision::Reopened, &arguments),
        Some(Command::Clear(arguments)) => decide::run(context, Decision::Cleared, &arguments),
    }
}
