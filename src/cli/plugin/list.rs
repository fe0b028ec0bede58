//! `logwright plugin list`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::lineup::Member;
use crate::plugin::{Fault, LoadedPlugin};
use crate::store::Suspension;
use crate::terminal::{Cell, Column, Format, Meaning, Table};

/// List the plugins, each role in the order in which they are asked
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
pub fn run(context: &mut Context, _: &Arguments) -> Result<u8, Failure> {
    let (settings, _) = context.settings()?;
    let bench = context.bench(&settings)?;
    // A house that holds nothing yet has suspended nobody.
    let suspended = context.reader().and_then(|reader| Ok(reader.suspensions()?)).unwrap_or_default();
    let is_short = context.terminal.format() == Format::Table;
    let mut table = Table::new([
        Column::new("role", "Role"),
        Column::new("plugin", "Plugin").meaning(Meaning::Accent),
        Column::new("version", "Version"),
        Column::new("origin", "Origin"),
        Column::new("state", "State"),
        Column::new("content_hash", "Hash").meaning(Meaning::Dim),
        Column::new("settings_hash", "Settings").meaning(Meaning::Dim),
    ]);
    let hash = |hash: &str| if is_short { hash[..hash.len().min(12)].to_owned() } else { hash.to_owned() };
    let mut members: Vec<(&Member, &Result<LoadedPlugin, Fault>)> =
        bench.lineup().members.iter().zip(bench.load()?).collect();
    members.sort_by_key(|(member, _)| member.role);
    for (member, loaded) in members {
        let settings_hash = member.settings.hash();
        let is_its = |row: &&Suspension| row.content_hash == member.content_hash && row.settings_hash == settings_hash;
        let state = match (loaded, suspended.iter().find(is_its)) {
            (Err(fault), _) => fault.message.clone(),
            (Ok(_), Some(row)) => format!("suspended: {}", row.reason),
            (Ok(_), None) => "active".to_owned(),
        };
        table.push([
            Cell::from(member.role.name()),
            Cell::from(member.name.as_str()),
            loaded.as_ref().map_or(Cell::Null, |loaded| Cell::from(loaded.provenance().version.as_str())),
            Cell::from(if member.is_builtin { "built in" } else { "installed" }),
            Cell::from(state),
            Cell::from(hash(&member.content_hash)),
            Cell::from(hash(&settings_hash)),
        ]);
    }
    for out in &bench.lineup().left_out {
        table.push([
            Cell::from(out.role.name()),
            Cell::from(out.name.as_str()),
            Cell::Null,
            Cell::from(if out.is_builtin { "built in" } else { "installed" }),
            Cell::from(out.why.as_str()),
            Cell::Null,
            Cell::Null,
        ]);
    }
    context.terminal.table(&table)?;
    Ok(DONE)
}
