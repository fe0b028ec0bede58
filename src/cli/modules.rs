//! `logwright modules`.

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED};
use super::ingest::Work;
use super::when::parse_when;
use crate::event::format_rfc3339;
use crate::learning::{Fate, Module, ModuleFile, Modules, Scope, module_states};
use crate::secret::{mask, shorten_homes};
use crate::settings::Settings;
use crate::terminal::{Format, Meaning, wording};
use crate::view::{module_files_table, modules_table};

/// Write what agents can be given: digests of sessions, and patterns with advice
///
/// The folder `modules` of the house holds a folder for each integration point. Files that
/// you put there, or change, are yours: they are neither replaced nor removed.
///
///   logwright modules                       list the integration points
///   logwright modules write                 write all that the program can write
///   logwright modules write memory          a digest of each session
///   logwright modules write operations      patterns across sessions, with advice
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, clap::Subcommand)]
enum Command {
    List(ListArguments),
    Write(WriteArguments),
}

/// List the integration points, and what lies in each
#[derive(Debug, clap::Args)]
struct ListArguments {}

/// Write digests of sessions and patterns of work
///
/// A file that would be as it is is not touched; one about a session that the house does
/// not know any more is removed. What a session's digest says stays when its log is
/// removed by age, and goes when the session is forgotten.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
struct WriteArguments {
    /// Which; all of them if none is named
    #[arg(value_name = "MODULE", value_parser = Module::ALL.map(Module::name))]
    modules: Vec<String>,
    /// Only sessions in projects whose path contains this; other digests stay as they are
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
    /// Only sessions that went on after this day, or so long ago: 2026-01-31, 12h, 7d, 4w
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    match &arguments.command {
        None | Some(Command::List(ListArguments {})) => list(context),
        Some(Command::Write(arguments)) => write(context, arguments),
    }
}

fn list(context: &mut Context) -> Result<u8, Failure> {
    drop(context.reader()?);
    let (settings, _) = context.settings()?;
    let states = module_states(&context.house, &settings.layout)?;
    context.terminal.table(&modules_table(&states))?;
    context.terminal.flush()?;
    if states.iter().all(|state| state.own == 0) {
        context.terminal.hint("`logwright modules write` writes digests of sessions and patterns of work");
    }
    Ok(DONE)
}

fn write(context: &mut Context, arguments: &WriteArguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    // A dry run changes nothing, and waits for nobody.
    let work = if arguments.dry_run { None } else { Some(Work::prepare(context)?) };
    let (settings, _) = context.settings()?;
    let wanted = wanted(arguments, &settings)?;
    let scope = scope(context, arguments)?;
    let stop = context.stop_on_interrupt();
    let total = reader.number("SELECT sum(length) FROM file WHERE tier IN ('active', 'archive')")?;
    let bar = context.terminal.progress(u64::try_from(total).unwrap_or_default(), "reading");
    let house = context.house.clone();
    let modules = Modules {
        house: &house,
        layout: &settings.layout,
        now: context.now,
        said: &said,
        stop,
        progress: &|bytes| bar.inc(bytes),
    };
    let is_table = context.terminal.format() == Format::Table;
    let mut files: Vec<ModuleFile> = Vec::new();
    let is_whole = modules.plan(&reader, &wanted, &scope, &mut |file| {
        if work.is_some() {
            modules.carry_out(context.disk, &file)?;
        }
        let is_read = !is_table || arguments.dry_run;
        files.push(if is_read { file } else { ModuleFile { content: String::new(), ..file } });
        Ok(())
    })?;
    bar.finish_and_clear();
    show(context, &files, arguments.dry_run)?;
    Ok(if is_whole { DONE } else { INTERRUPTED })
}

/// What is said of a text from the logs in a file that leaves the house.
fn said(text: &str) -> String {
    mask(&shorten_homes(text)).into_owned()
}

fn wanted(arguments: &WriteArguments, settings: &Settings) -> Result<Vec<Module>, Failure> {
    let is_there = |module: &Module| settings.layout.module_names.iter().any(|name| name == module.name());
    if arguments.modules.is_empty() {
        return Ok(Module::ALL.into_iter().filter(is_there).collect());
    }
    let named: Vec<Module> = arguments.modules.iter().filter_map(|name| Module::of_name(name)).collect();
    match named.iter().find(|module| !is_there(module)) {
        None => Ok(named),
        Some(module) => Err(Failure::usage(format!("this house has no module `{}`", module.name()))
            .hint("`module_names` under [layout] in logwright.toml lists them")),
    }
}

fn scope(context: &Context, arguments: &WriteArguments) -> Result<Scope, Failure> {
    let since = arguments.since.as_deref().map(|text| parse_when(text, context)).transpose()?;
    let project = arguments.project.as_ref().map(|project| format!("projects with {project}"));
    let day = |since| format_rfc3339(since).chars().take(10).collect::<String>();
    let after = since.map(|since| format!("since {}", day(since)));
    let words: Vec<String> = project.into_iter().chain(after).collect();
    Ok(Scope { project: arguments.project.clone(), since, words: words.join(", ") })
}

fn show(context: &mut Context, files: &[ModuleFile], is_dry: bool) -> Result<(), Failure> {
    if context.terminal.format() != Format::Table {
        context.terminal.table(&module_files_table(files, true))?;
        return Ok(());
    }
    let is_news = |file: &&ModuleFile| matches!(file.fate, Fate::New | Fate::Changed);
    if is_dry {
        for file in files.iter().filter(is_news) {
            context.terminal.heading(&file.path)?;
            context.terminal.block(&file.content, Meaning::Plain)?;
            context.terminal.line(&[])?;
        }
        context.terminal.flush()?;
    }
    let many = |fate: Fate| files.iter().filter(|file| file.fate == fate).count() as u64;
    let counts: Vec<String> = [Fate::New, Fate::Changed, Fate::Same, Fate::Removed, Fate::Theirs]
        .into_iter()
        .filter(|fate| many(*fate) > 0)
        .map(|fate| format!("{} {}", wording::integer(many(fate) as i64), fate.name()))
        .collect();
    let counts = if counts.is_empty() { "nothing to write".to_owned() } else { counts.join(", ") };
    context.terminal.note(&format!("files: {counts}"));
    if is_dry {
        context.terminal.note("nothing was written");
    }
    Ok(())
}
