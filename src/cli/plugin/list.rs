//! `logwright plugin list`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::ingest::Player;
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
        let state = match (loaded, suspension_of(&member.player(), bench.limits(), &suspended)) {
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
    for sentence in &bench.lineup().unknown {
        context.terminal.warn(sentence);
    }
    Ok(DONE)
}

/// Why a plugin is not asked any more: what was suspended under other settings or limits, or by another version of the
/// program, is asked again.
pub fn suspension_of<'a>(player: &Player, limits: &str, rows: &'a [Suspension]) -> Option<&'a Suspension> {
    rows.iter().find(|row| {
        row.content_hash == player.content_hash
            && row.settings_hash == player.settings_hash
            && row.host_version == player.host_version
            && row.limits == limits
    })
}

#[cfg(test)]
mod tests {
    use super::suspension_of;
    use crate::ingest::Player;
    use crate::plugin::Role;
    use crate::store::Suspension;

    #[test]
    fn who_was_suspended_otherwise_is_active() {
        let player = Player {
            role: Role::Classifier,
            content_hash: "c".to_owned(),
            settings_hash: "s".to_owned(),
            host_version: "1".to_owned(),
            may_be_critical: false,
        };
        let row = |content: &str, settings: &str, host: &str, limits: &str| Suspension {
            content_hash: content.to_owned(),
            settings_hash: settings.to_owned(),
            host_version: host.to_owned(),
            limits: limits.to_owned(),
            plugin: "p".to_owned(),
            version: "1".to_owned(),
            reason: "it failed".to_owned(),
            at: 0,
        };
        let same = row("c", "s", "1", "few");
        let mut rows = vec![
            row("d", "s", "1", "few"),
            row("c", "t", "1", "few"),
            row("c", "s", "2", "few"),
            row("c", "s", "1", ""),
        ];
        assert_eq!(suspension_of(&player, "few", &rows).map(|row| &row.reason), None);
        rows.push(same);
        assert_eq!(suspension_of(&player, "few", &rows).map(|row| row.limits.as_str()), Some("few"));
    }
}
