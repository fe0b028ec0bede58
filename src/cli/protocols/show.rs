//! `logwright protocols show`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::{find, shown};
use crate::event::ProtocolStatus as Status;
use crate::learning::read_register;
use crate::store::group_id;
use crate::terminal::Format;
use crate::view::{FIELD, history_table, protocol_lines, protocol_name, short_id, whole_protocols_table};

/// Show a protocol: what it says, what it rests on, how it does
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The protocol, or the first digits of its id
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let register = read_register(&context.house)?;
    let entry = find(&register, &arguments.id)?;
    let found = shown(context, &reader, &register, entry)?;
    if context.terminal.format() != Format::Table {
        context.terminal.tables(&[whole_protocols_table(std::slice::from_ref(&found)), history_table(entry)])?;
        return Ok(DONE);
    }
    let zone = context.terminal.look().zone;
    for line in protocol_lines(&found, zone) {
        context.terminal.hanging(&line, FIELD)?;
    }
    context.terminal.flush()?;
    let (name, group) = (protocol_name(entry), short_id(group_id(&entry.protocol.fingerprint)));
    let next = match entry.status {
        Status::Proposed | Status::Rejected | Status::Retired | Status::Withdrawn => {
            format!("`logwright protocols accept {name}` takes it")
        }
        Status::Accepted => "`logwright protocols publish` writes it where agents read".to_owned(),
        Status::Active => format!("`logwright protocols retire {name} --why TEXT` ends it"),
    };
    context.terminal.hint(&format!("{next}, `logwright errors show {group}` shows the errors"));
    Ok(DONE)
}
