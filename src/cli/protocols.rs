//! `logwright protocols`.

mod decide;
mod list;
pub mod publish;
mod show;

use super::context::Context;
use super::failure::Failure;
use crate::learning::{Backtest, Entry, Register, effect_of};
use crate::store::Reader;
use crate::view::ShownProtocol;

/// List the rules that would keep errors from coming back, and decide about them
///
/// Logwright proposes a protocol for each group of errors that comes back in several
/// sessions, with what it rests on and how it would have done on later logs.
///
///   logwright protocols               those that are proposed, accepted or active
///   logwright protocols show ID       one with its evidence and its effect
///   logwright protocols accept ID     take it, and say what the guard does about it
///   logwright protocols reject ID     keep it from being proposed again
///   logwright protocols publish       write the accepted ones where agents read
///
/// The first digits of an id are enough.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Arguments),
    Show(show::Arguments),
    Accept(decide::AcceptArguments),
    Reject(decide::RejectArguments),
    Retire(decide::RetireArguments),
    Publish(publish::Arguments),
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        None => list::run(context, &list::Arguments::default()),
        Some(Command::List(arguments)) => list::run(context, arguments),
        Some(Command::Show(arguments)) => show::run(context, arguments),
        Some(Command::Accept(arguments)) => decide::accept(context, arguments),
        Some(Command::Reject(arguments)) => decide::reject(context, arguments),
        Some(Command::Retire(arguments)) => decide::retire(context, arguments),
        Some(Command::Publish(arguments)) => publish::run(context, arguments),
    }
}

/// The one protocol that is meant.
fn find<'r>(register: &'r Register, text: &str) -> Result<&'r Entry, Failure> {
    let is_id = !text.is_empty() && text.len() <= 16 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let found = if is_id { register.of_prefix(text) } else { Vec::new() };
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Failure::usage(format!("there is no protocol `{text}`"))
            .hint("`logwright protocols list --all` lists them")),
        several => {
            let names: Vec<String> = several.iter().take(5).map(|entry| entry.protocol.id.to_string()).collect();
            Err(Failure::usage(format!("several protocols begin with `{text}`: {}", names.join(", ")))
                .hint("write more of the id"))
        }
    }
}

/// A protocol with its figures.
fn shown(context: &Context, reader: &Reader, register: &Register, entry: &Entry) -> Result<ShownProtocol, Failure> {
    let id = entry.protocol.id;
    let backtest = Backtest::new(&reader.exposures(id)?, entry.protocol.evidence.since);
    let effect = effect_of(reader, register, entry, context.now)?;
    Ok(ShownProtocol { entry: entry.clone(), backtest, firings: reader.firings(id)?, effect })
}
