//! `logwright sessions`.

use super::context::Context;
use super::failure::{DONE, Failure};
use crate::terminal::Format;
use crate::view::{Detail, sessions_table};

/// Columns below which a terminal is narrow. A guess.
const NARROW: usize = 100;

/// List sessions, the one that was last heard of first
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// List at most so many; 0 for all
    #[arg(short = 'n', long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Only sessions in projects whose path contains this
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let is_short = context.terminal.format() == Format::Table;
    let limit = match arguments.limit {
        Some(0) => usize::MAX,
        Some(limit) => limit,
        None if is_short => 20,
        None => usize::MAX,
    };
    let reader = context.reader()?;
    let mut sessions = reader.sessions(usize::MAX)?;
    if let Some(text) = &arguments.project {
        sessions.retain(|session| session.project.as_deref().is_some_and(|project| project.contains(text)));
    }
    let all = sessions.len();
    sessions.truncate(limit);
    let detail = match context.terminal.look().width {
        _ if !is_short => Detail::Whole,
        Some(width) if width < NARROW => Detail::Narrow,
        _ => Detail::Wide,
    };
    context.terminal.table(&sessions_table(&sessions, detail))?;
    if all > sessions.len() {
        context.terminal.flush()?;
        context.terminal.note(&format!("{} of {all} sessions; `-n 0` lists all", sessions.len()));
    }
    Ok(DONE)
}
