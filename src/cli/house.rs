//! `logwright house`.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::ingest::Work;
use crate::store::{FORMAT, Reader, StoreError, Writer};
use clap::Subcommand;

/// See to the house itself
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, Subcommand)]
enum Command {
    Upgrade(UpgradeArguments),
}

/// Bring a house that an older program wrote up to date
///
/// The raw logs stay as they are. The database is copied before it is changed, to
/// store/logwright.db.format-N. Every command that writes does the same without a copy.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct UpgradeArguments {}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let Command::Upgrade(_) = arguments.command;
    let database = context.house.database();
    let found = match Reader::open(&database) {
        Ok(_) => {
            context.terminal.note(&format!("the house has format {FORMAT}, the newest that this program knows"));
            return Ok(DONE);
        }
        Err(StoreError::Older { found, .. }) => found,
        Err(error) => return Err(error.into()),
    };
    let _work = Work::prepare(context)?;
    let mut copy = database.clone().into_os_string();
    copy.push(format!(".format-{found}"));
    let copy = std::path::PathBuf::from(copy);
    Writer::copy_database(&database, |bytes| context.disk.replace(&copy, bytes))?;
    Writer::open(&database)?.finish()?;
    context.terminal.note(&format!("the house had format {found} and has format {FORMAT} now"));
    context.terminal.note(&format!("the database as it was lies at {}", copy.display()));
    context.terminal.hint("`logwright ingest` understands what the older format did not have");
    Ok(DONE)
}
