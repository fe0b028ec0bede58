//! `logwright plugin inspect`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::disk::open_regular;
use crate::lineup::{Lineup, written_for};
use crate::plugin::{Granted, LoadedPlugin, PluginSettings, Role, Sandbox};
use crate::terminal::{Cell, Column, Format, Meaning, Table};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// Show what a plugin is and what it asks for, without letting it judge anything
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A component, or the name of a plugin of the house
    #[arg(value_name = "FILE|NAME")]
    plugin: String,
}

/// A component that was compiled and described itself, and nothing more.
pub struct Inspected {
    /// The file.
    pub bytes: Cow<'static, [u8]>,
    /// What it is.
    pub loaded: LoadedPlugin,
}

/// Inspects a file, or a plugin of the house by its name.
pub fn inspect(context: &Context, plugin: &str) -> Result<Inspected, Failure> {
    let (settings, _) = context.settings()?;
    let member = Lineup::read(&context.house, &settings)?.members.into_iter().find(|member| member.name == plugin);
    let (bytes, written) = match member {
        Some(member) if !Path::new(plugin).exists() => (member.component, member.settings),
        _ => (Cow::Owned(read(plugin, settings.plugin.limits.component_bytes)?), PluginSettings::default()),
    };
    let sandbox = Sandbox::new(settings.plugin.limits.clone(), None, context.compiler()?)?;
    let mut loaded = sandbox.load(&bytes, written.clone(), &Granted::Everything)?;
    // What it asks for may depend on what is written for it in this house.
    let (name, role) = (&loaded.provenance().plugin, loaded.role());
    let (here, _) = written_for(&context.house, &settings.plugin, name, role)?;
    if here != written {
        loaded = sandbox.load(&bytes, here, &Granted::Everything)?;
    }
    Ok(Inspected { bytes, loaded })
}

/// Reads a component; one byte more than is allowed is enough to refuse it.
fn read(path: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let fault = |error| {
        Failure::io(error, format!("cannot read {path}")).hint("`logwright plugin list` lists the plugins of the house")
    };
    let mut bytes = Vec::new();
    open_regular(Path::new(path))
        .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(fault)?;
    Ok(bytes)
}

/// What there is to tell of a plugin.
pub fn table(inspected: &Inspected, format: Format) -> Table {
    let loaded = &inspected.loaded;
    let by = loaded.provenance();
    let mut rows = vec![
        ("plugin", "Plugin", Cell::from(by.plugin.as_str())),
        ("version", "Version", Cell::from(by.version.as_str())),
        ("role", "Role", Cell::from(loaded.role().name())),
        ("contract", "Contract", Cell::from(loaded.contract())),
        ("size", "Size", Cell::Bytes(inspected.bytes.len() as u64)),
        ("content_hash", "Hash", Cell::from(by.content_hash.as_str())),
        ("settings_hash", "Settings", Cell::from(by.settings_hash.as_str())),
        ("imports", "Imports", Cell::from(loaded.imports().join(", "))),
    ];
    rows.extend(asked(loaded).into_iter().map(|(name, title, words)| (name, title, Cell::from(words))));
    for note in &loaded.notes().kept {
        rows.push(("note", "Note", Cell::from(note.text.as_str())));
    }
    let mut table = Table::new([Column::new("property", "").meaning(Meaning::Dim), Column::new("value", "")]);
    for (name, title, value) in rows {
        table.push([Cell::from(if format == Format::Table { title } else { name }), value]);
    }
    table
}

/// What it asks for, in groups that can be read.
fn asked(loaded: &LoadedPlugin) -> Vec<(&'static str, &'static str, String)> {
    asked_by(loaded.role(), loaded.asks())
}

fn asked_by(role: Role, asks: &BTreeSet<String>) -> Vec<(&'static str, &'static str, String)> {
    let of = |prefix: &str| {
        let words: Vec<&str> = asks.iter().filter_map(|ask| ask.strip_prefix(prefix)).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    };
    // An extractor does not choose among kinds.
    let kinds = if role == Role::Extractor { "every failure".to_owned() } else { of("kind:") };
    let mut groups = vec![
        ("asks_kinds", "Asks to see", kinds),
        ("asks_texts", "... the text of", of("text:")),
        ("asks_fields", "... the fields", of("field:")),
    ];
    if asks.contains("critical") {
        groups.push(("asks_critical", "Asks to", "have errors kept for ever".to_owned()));
    }
    groups
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let inspected = inspect(context, &arguments.plugin)?;
    let format = context.terminal.format();
    context.terminal.table(&table(&inspected, format))?;
    Ok(DONE)
}

#[cfg(test)]
mod tests {
    use super::asked_by;
    use crate::plugin::Role;
    use std::collections::BTreeSet;

    #[test]
    fn an_extractor_sees_every_failure() {
        let asks: BTreeSet<String> = ["text:failure".to_owned()].into();
        let words = |role| asked_by(role, &asks).into_iter().map(|(.., words)| words).collect::<Vec<_>>();
        assert_eq!(words(Role::Extractor), ["every failure", "failure", "nothing"]);
        assert_eq!(words(Role::Classifier), ["nothing", "failure", "nothing"]);
    }
}
