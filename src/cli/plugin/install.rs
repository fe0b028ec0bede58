//! `logwright plugin install`.

use super::inspect::{inspect, table};
use crate::cli::context::Context;
use crate::cli::failure::{DONE, Failure};
use crate::cli::ingest::Work;
use crate::lineup::{Installed, Lock};
use crate::pipeline::{Tried, try_analyzer, try_classifier, try_extractor};
use crate::plugin::{Fault, LoadedPlugin, Role, builtin};
use crate::store::DurableHand;
use crate::terminal::{Format, wording};
use std::collections::BTreeSet;

/// Install a plugin: look at it, try it, and grant it what it asks for
///
/// The component is compiled in a process of its own, under limits, and tried on a sample:
/// one that remembers what it saw, or fails, is refused. What it asks for is shown, and
/// granted to this very file alone. Nothing that it finds can leave the machine.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The component
    #[arg(value_name = "FILE")]
    file: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Let it have errors kept for ever, if it asks for that
    #[arg(long)]
    allow_critical: bool,
}

/// The word for having errors kept for ever.
const CRITICAL: &str = "critical";

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let inspected = inspect(context, &arguments.file)?;
    let loaded = &inspected.loaded;
    let by = loaded.provenance().clone();
    if let Some(own) = builtin::ALL.iter().find(|own| own.name == by.plugin) {
        if own.role != loaded.role() {
            return Err(Failure::usage(format!("`{}` is the name of the built-in {}", own.name, own.role))
                .hint("a plugin in another role needs a name of its own"));
        }
        context
            .terminal
            .warn(&format!("it takes the place of the built-in {}; `plugin remove` brings that back", own.role));
    }
    let before = Lock::read(&context.house)?.plugins.into_iter().find(|plugin| plugin.name == by.plugin);
    if let Some(before) = before.as_ref().filter(|before| before.role != loaded.role()) {
        return Err(Failure::usage(format!("`{}` is installed as {}", before.name, before.role))
            .hint(format!("`logwright plugin remove {}` makes room for another role", before.name)));
    }
    if context.terminal.format() == Format::Table {
        context.terminal.table(&table(&inspected, Format::Table))?;
        context.terminal.flush()?;
    }
    let tried = try_on_sample(loaded)?;
    context.terminal.note(&format!(
        "tried on a sample: {} judged, {} instructions each",
        wording::count(tried.asked, "record", "records"),
        wording::integer((tried.fuel / tried.asked.max(1)) as i64)
    ));
    let mut grants = loaded.asks().clone();
    if grants.contains(CRITICAL) && !arguments.allow_critical {
        grants.remove(CRITICAL);
        context.terminal.note("it may not have errors kept for ever; `--allow-critical` would let it");
    }
    if let Some(before) = &before {
        tell_difference(context, before, &by.version, &grants);
    }
    if !arguments.yes {
        match context.terminal.confirm("Install it, and grant it what it asks for?") {
            Some(true) => {}
            Some(false) => {
                context.terminal.note("nothing was changed");
                return Ok(DONE);
            }
            None => {
                return Err(Failure::usage("nobody can be asked whether to install it")
                    .hint("`logwright plugin install --yes` does not ask"));
            }
        }
    }
    let _work = Work::prepare(context)?;
    let file = format!("{}-{}.wasm", by.plugin, &by.content_hash[..12]);
    let installed = Installed {
        name: by.plugin.clone(),
        version: by.version.clone(),
        role: loaded.role(),
        file,
        content_hash: by.content_hash.clone(),
        grants: grants.into_iter().collect(),
    };
    let mut lock = Lock::read(&context.house)?;
    context.disk.replace(&installed.path(&context.house), &inspected.bytes)?;
    let old = lock.plugins.iter().position(|plugin| plugin.name == installed.name);
    let replaced = match old {
        Some(at) => Some(std::mem::replace(&mut lock.plugins[at], installed.clone())),
        None => {
            lock.plugins.push(installed.clone());
            None
        }
    };
    lock.write(&context.house, context.disk)?;
    if let Some(replaced) = replaced.filter(|replaced| replaced.file != installed.file) {
        // Litter at worst: the list names another file now.
        let _ = DurableHand::new(context.disk).remove_all(&[replaced.path(&context.house)]);
    }
    context.terminal.note(&format!("installed {} {} as {}", by.plugin, by.version, loaded.role()));
    context
        .terminal
        .hint("`logwright ingest` lets it judge what is kept; `logwright plugin remove` takes it out again");
    Ok(DONE)
}

/// Tries a plugin on the sample.
fn try_on_sample(loaded: &LoadedPlugin) -> Result<Tried, Fault> {
    match loaded.role() {
        Role::Classifier => try_classifier(Box::new(loaded.classifier()?)),
        Role::Extractor => try_extractor(Box::new(loaded.extractor()?)),
        Role::Analyzer => try_analyzer(Box::new(loaded.analyzer()?), Box::new(loaded.analyzer()?)),
    }
}

/// Says what an upgrade asks for that the version before did not, and the reverse.
fn tell_difference(context: &mut Context, before: &Installed, version: &str, now: &BTreeSet<String>) {
    let was: BTreeSet<String> = before.grants.iter().cloned().collect();
    let words = |words: Vec<&String>| words.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (more, less) = (words(now.difference(&was).collect()), words(was.difference(now).collect()));
    context.terminal.note(&format!("takes the place of version {} ({version} is offered)", before.version));
    if !more.is_empty() {
        context.terminal.warn(&format!("newly asks for: {more}"));
    }
    if !less.is_empty() {
        context.terminal.note(&format!("no longer asks for: {less}"));
    }
}
