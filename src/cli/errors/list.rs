//! `logwright errors`, without more.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::super::ids::{Among, Target, find};
use super::super::when::parse_when;
use crate::store::{Dispositions, IncidentFilter, Reader};
use crate::terminal::{Format, wording};
use crate::view::{Detail, groups_table, incidents_table};

/// Columns below which a terminal is narrow. A guess.
const NARROW: usize = 100;

#[derive(Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Arguments {
    /// List groups of errors with the same cause, the largest first
    #[arg(long, conflicts_with = "disposition")]
    groups: bool,
    /// Only failures of this tool
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// Only errors of this cause
    #[arg(long, value_name = "CAUSE")]
    cause: Option<String>,
    /// Only errors that are this one's to mend
    #[arg(long, value_parser = crate::plugin::OWNERS)]
    owner: Option<String>,
    /// Only in projects whose path contains this
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
    /// Only in sessions whose id begins with this
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// From this day, or so long ago: 2026-01-31, 12h, 7d, 4w
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// To the beginning of this day, or until so long ago
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Only what is open, or resolved
    #[arg(long, value_parser = ["open", "resolved"])]
    status: Option<String>,
    /// Which failures, whatever they turned out to be [default: incidents, and what nobody diagnosed]
    #[arg(long, value_parser = ["incident", "benign", "echo", "decision", "all"])]
    disposition: Option<String>,
    /// Only what is kept for ever
    #[arg(long)]
    critical: bool,
    /// Only errors of this group
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// List at most so many; 0 for all
    #[arg(short = 'n', long, value_name = "NUMBER")]
    limit: Option<usize>,
}

/// Lists errors, or groups of them.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    let filter = filter(context, &reader, arguments)?;
    let is_short = context.terminal.format() == Format::Table;
    let limit = match arguments.limit {
        Some(0) => usize::MAX,
        Some(limit) => limit,
        None if is_short => 20,
        None => usize::MAX,
    };
    let detail = match context.terminal.look().width {
        _ if !is_short => Detail::Whole,
        Some(width) if width < NARROW => Detail::Narrow,
        _ => Detail::Wide,
    };
    let (shown, more, what) = if arguments.groups {
        let (groups, more) = reader.error_groups(&filter, limit)?;
        context.terminal.table(&groups_table(&groups, detail))?;
        (groups.len(), more, "groups")
    } else {
        let (incidents, more) = reader.incidents(&filter, limit)?;
        context.terminal.table(&incidents_table(&incidents, detail))?;
        (incidents.len(), more, "errors")
    };
    if more > 0 {
        context.terminal.flush()?;
        let all = wording::integer((shown as u64 + more) as i64);
        context.terminal.note(&format!("{shown} of {all} {what}; `-n 0` lists all"));
    }
    Ok(DONE)
}

fn filter(context: &Context, reader: &Reader, arguments: &Arguments) -> Result<IncidentFilter, Failure> {
    let when = |text: &Option<String>| text.as_deref().map(|text| parse_when(text, context)).transpose();
    let group = match &arguments.group {
        None => None,
        Some(text) => match find(reader, text, Among::Errors)? {
            Target::Group(id) => Some(id),
            Target::Error(_) | Target::Event(..) => {
                return Err(Failure::usage(format!("`{text}` is an error and no group"))
                    .hint(format!("`logwright errors show {text}` names its group")));
            }
        },
    };
    Ok(IncidentFilter {
        id: None,
        family: None,
        tool: arguments.tool.clone(),
        cause: arguments.cause.clone(),
        owner: arguments.owner.clone(),
        project: arguments.project.clone(),
        session: arguments.session.clone(),
        since: when(&arguments.since)?,
        until: when(&arguments.until)?,
        status: arguments.status.clone(),
        dispositions: match arguments.disposition.as_deref() {
            None => Dispositions::Wrong,
            Some("all") => Dispositions::All,
            Some(word) => Dispositions::Only(word.to_owned()),
        },
        critical: arguments.critical,
        group,
    })
}
