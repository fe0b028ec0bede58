//! `logwright plugin replay`.

use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure, PASSED_OVER};
use crate::pipeline::{Again, replay};
use crate::plugin::Role;
use crate::store::Kept;
use crate::terminal::{Cell, Column, Format, Meaning, Table};

/// Ask a plugin about one record again, the record alone
///
/// Nothing is written. The id is that of an event; a warning about a record on which a
/// plugin failed names it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The plugin
    #[arg(value_name = "NAME")]
    plugin: String,
    /// The event
    #[arg(value_name = "EVENT")]
    event: String,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let (settings, _) = context.settings()?;
    let id = u64::from_str_radix(&arguments.event, 16)
        .map_err(|_| Failure::usage(format!("`{}` is no id of an event", arguments.event)))?;
    let bench = context.bench(&settings)?;
    let at = bench.lineup().members.iter().position(|member| member.name == arguments.plugin);
    let Some(at) = at else {
        return Err(Failure::usage(format!("there is no plugin `{}`", arguments.plugin))
            .hint("`logwright plugin list` lists the plugins"));
    };
    let loaded = bench.load()?[at].as_ref().map_err(Clone::clone)?;
    let reader = context.reader()?;
    let Some((family, event)) = reader.place_of(id)? else {
        return Err(Failure::usage(format!("there is no event `{}`", arguments.event))
            .hint("`logwright query \"SELECT id FROM events\"` lists their ids"));
    };
    let files = reader.files_of(family)?;
    let derived = reader.derived(family, &files, &reader.words()?)?;
    let plugin = match loaded.role() {
        Role::Classifier => Again::Classifier(Box::new(loaded.classifier()?)),
        Role::Extractor => Again::Extractor(Box::new(loaded.extractor()?)),
        Role::Analyzer => Again::Analyzer(Box::new(loaded.analyzer()?)),
    };
    let in_family: Vec<_> = files.iter().map(|file| file.in_family(settings.intake.max_line)).collect();
    let replayed =
        replay(plugin, derived, event, &in_family, &Kept { house: &context.house, files: &files, proven: false });
    if context.terminal.format() == Format::Table && !replayed.was_asked {
        context.terminal.note("the plugin does not ask for such records");
        return Ok(DONE);
    }
    let mut table = Table::new([Column::new("property", "").meaning(Meaning::Dim), Column::new("value", "")]);
    for (name, value) in &replayed.answer {
        table.push([Cell::from(*name), Cell::from(value.as_str())]);
    }
    if let Some((kind, message)) = &replayed.fault {
        table.push([Cell::from("fault"), Cell::from(kind.name())]);
        table.push([Cell::from("message"), Cell::from(message.as_str())]);
    }
    for note in &replayed.notes.kept {
        table.push([Cell::from("note"), Cell::from(format!("{}: {}", note.severity.name(), note.text))]);
    }
    if replayed.notes.dropped > 0 {
        table.push([Cell::from("notes dropped"), Cell::from(replayed.notes.dropped)]);
    }
    table.push([Cell::from("instructions"), Cell::from(replayed.fuel)]);
    context.terminal.table(&table)?;
    Ok(if replayed.fault.is_some() { PASSED_OVER } else { DONE })
}
