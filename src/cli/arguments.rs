//! The arguments as typed.

use super::context::Context;
use super::failure::{Blame, DONE, Failure};
use super::{
    compile, completions, config, errors, forget, home, hook, house, ingest, modules, plugin, protocols, query,
    rebuild, restore, retain, search, sessions, show, stats, status, templates, trial, verify, why,
};
use crate::disk::{Disk, RealDisk};
use crate::terminal::{ColorChoice, Format, Settings, Terminal, Verbosity, line};
use clap::builder::{PossibleValuesParser, Styles, TypedValueParser};
use clap::{ArgAction, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe, Location};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    done, but data was newly passed over, or not judged
  2    wrong usage
  3    the house is damaged
  4    a plugin was refused, could not start or could not report
  5    the system refused: disk full, no permission
  70   our bug
  130  stopped by Ctrl-C; what was done until then is kept";

/// Keep, understand and learn from the logs of coding agents
///
/// Logwright copies the logs of your agents into a house of its own before they are
/// deleted, reads them with sandboxed rules, and answers what happened.
///
///   logwright ingest            bring in the logs of this machine's agents
///   logwright ingest FOLDER     bring in the logs below a folder
///   logwright show --last       read the last session
///   logwright search TEXT       find where something was said
///   logwright stats             tokens, tools and failures in charts
///
/// Without a command it shows the state of the house and what to do next.
#[derive(Debug, Parser)]
#[command(name = "logwright", version, after_help = EXIT_CODES, max_term_width = 100, styles = Styles::plain(), verbatim_doc_comment)]
pub struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Everywhere")]
struct Global {
    /// Use the house at this folder [env: LOGWRIGHT_ROOT] [default: the platform's data folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,
    /// Write results in this format
    #[arg(long, global = true, value_name = "FORMAT", default_value = "table", value_parser = formats())]
    format: Format,
    /// Use colours; NO_COLOR turns them off, too
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", value_parser = colors())]
    color: ColorChoice,
    /// Say nothing beyond results and errors
    #[arg(short, long, global = true, action = ArgAction::SetTrue, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    verbose: bool,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).map(|name| Format::of_name(&name).unwrap_or(Format::Table))
}

fn colors() -> impl TypedValueParser<Value = ColorChoice> {
    PossibleValuesParser::new(ColorChoice::ALL.map(ColorChoice::name))
        .map(|name| ColorChoice::of_name(&name).unwrap_or(ColorChoice::Auto))
}

// Each is described at its arguments: a comment here would hide the longer text there.
#[derive(Debug, Subcommand)]
enum Command {
    Ingest(ingest::Arguments),
    Status(status::Arguments),
    Sessions(sessions::Arguments),
    Show(show::Arguments),
    Search(search::Arguments),
    Errors(errors::Arguments),
    Protocols(protocols::Arguments),
    Modules(modules::Arguments),
    Why(why::Arguments),
    Templates(templates::Arguments),
    Stats(stats::Arguments),
    Query(query::Arguments),
    Retain(retain::Arguments),
    Restore(restore::Arguments),
    Verify(verify::Arguments),
    Trial(trial::Arguments),
    Forget(forget::Arguments),
    Rebuild(rebuild::Arguments),
    Hook(hook::Arguments),
    House(house::Arguments),
    Plugin(plugin::Arguments),
    Config(config::Arguments),
    Completions(completions::Arguments),
}

impl Command {
    /// Whether a person reads what is said beside the result.
    fn is_for_people(&self) -> bool {
        !matches!(self, Command::Completions(_))
    }
}

/// Whether a word is the name of a command.
pub fn is_command(word: &str) -> bool {
    Arguments::command().get_subcommands().any(|command| command.get_name() == word)
}

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    // An agent waits for it: nothing else is done first, and nothing can make it fail.
    if let Some(root) = hook::guard::asked(std::env::args_os().skip(1)) {
        return ExitCode::from(hook::guard::run(&RealDisk, root));
    }
    // Each thread that panics would say so; the first one says what the others follow from.
    let said = AtomicBool::new(false);
    panic::set_hook(Box::new(move |info| {
        if !said.swap(true, Ordering::Relaxed) {
            let mut terminal = Terminal::standard(Settings::default());
            terminal.error(Blame::Bug.word(), &[last_words(info.payload_as_str(), info.location())], None);
        }
    }));
    // What the program is called on the way here is no name to run it by again.
    let arguments = std::iter::once(OsString::from("logwright")).chain(std::env::args_os().skip(1));
    let compile = || compile::run(std::env::args_os().skip(1));
    ExitCode::from(guarded(|| compile().unwrap_or_else(|| run_on(&RealDisk, arguments))))
}

/// The exit code of a run, or that of our bugs if it panics.
fn guarded(run: impl FnOnce() -> u8) -> u8 {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Blame::Bug.code())
}

/// What a panic says, on one line.
fn last_words(message: Option<&str>, location: Option<&Location<'_>>) -> String {
    let message = message.unwrap_or("something that cannot happen did");
    let place = location.map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
    line(&format!("{message}{place}")).into_owned()
}

/// Runs the program with these arguments, the first of which is its name, on a disk; its exit code.
pub fn run_on(disk: &'static dyn Disk, arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = !error.use_stderr();
            let mut terminal = Terminal::standard(Settings::default());
            let text = error.render().to_string();
            if is_help {
                // A closed pipe is no failure, and nothing else is left to do.
                let _ = terminal.verbatim(text.as_bytes()).and_then(|()| terminal.flush());
                return DONE;
            }
            let failure = misunderstood(&text);
            return report(&mut terminal, &failure);
        }
    };
    let global = arguments.global;
    let verbosity = match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let terminal = Terminal::standard(Settings { format: global.format, color: global.color, verbosity });
    let mut context = match Context::new(global.root, terminal) {
        Ok(context) => Context { disk, ..context },
        Err(failure) => {
            return report(
                &mut Terminal::standard(Settings { format: global.format, color: global.color, verbosity }),
                &failure,
            );
        }
    };
    if arguments.command.as_ref().is_none_or(Command::is_for_people) {
        retain::announce(&mut context);
    }
    let outcome = match arguments.command {
        None => home::run(&mut context),
        Some(Command::Ingest(arguments)) => ingest::run(&mut context, arguments),
        Some(Command::Status(arguments)) => status::run(&mut context, &arguments),
        Some(Command::Sessions(arguments)) => sessions::run(&mut context, &arguments),
        Some(Command::Show(arguments)) => show::run(&mut context, &arguments),
        Some(Command::Search(arguments)) => search::run(&mut context, &arguments),
        Some(Command::Errors(arguments)) => errors::run(&mut context, arguments),
        Some(Command::Protocols(arguments)) => protocols::run(&mut context, &arguments),
        Some(Command::Modules(arguments)) => modules::run(&mut context, &arguments),
        Some(Command::Why(arguments)) => why::run(&mut context, &arguments),
        Some(Command::Templates(arguments)) => templates::run(&mut context, &arguments),
        Some(Command::Stats(arguments)) => stats::run(&mut context, &arguments),
        Some(Command::Query(arguments)) => query::run(&mut context, &arguments),
        Some(Command::Retain(arguments)) => retain::run(&mut context, &arguments),
        Some(Command::Restore(arguments)) => restore::run(&mut context, &arguments),
        Some(Command::Trial(arguments)) => trial::run(&mut context, &arguments),
        Some(Command::Verify(arguments)) => verify::run(&mut context, &arguments),
        Some(Command::Forget(arguments)) => forget::run(&mut context, &arguments),
        Some(Command::Rebuild(arguments)) => rebuild::run(&mut context, &arguments),
        Some(Command::Hook(arguments)) => hook::run(&mut context, &arguments),
        Some(Command::House(arguments)) => house::run(&mut context, &arguments),
        Some(Command::Plugin(arguments)) => plugin::run(&mut context, &arguments),
        Some(Command::Config(arguments)) => config::run(&mut context, &arguments),
        Some(Command::Completions(arguments)) => completions::run(&mut context, &arguments, Arguments::command()),
    };
    let outcome = outcome.and_then(|code| context.terminal.flush().map(|()| code).map_err(Failure::from));
    outcome.unwrap_or_else(|failure| report(&mut context.terminal, &failure))
}

/// What was typed wrongly, from clap's page about it: its first paragraph, and as the way out its tip, or the help of
/// the command that it names.
fn misunderstood(page: &str) -> Failure {
    let joined = |paragraph: &str| paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = page.trim_start_matches("error: ").split("\n\n");
    let first = joined(paragraphs.next().unwrap_or_default());
    // Without the command below it, a command shows its help.
    let message = if page.starts_with("error: ") { first } else { "a command is missing".to_owned() };
    let mut hint = None;
    for paragraph in paragraphs {
        let paragraph = joined(paragraph);
        if let Some(tip) = paragraph.strip_prefix("tip: ") {
            hint = Some(tip.to_owned());
        } else if let Some(usage) = paragraph.strip_prefix("Usage: ") {
            let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            let command: Vec<&str> = usage.split(' ').take_while(is_name).collect();
            hint.get_or_insert_with(|| format!("`{} --help` says how it is meant", command.join(" ")));
        }
    }
    Failure::usage(message).hint(hint.unwrap_or_else(|| "`logwright --help` says how it is meant".to_owned()))
}

/// Shows a failure; its exit code.
fn report(terminal: &mut Terminal, failure: &Failure) -> u8 {
    if failure.is_closed_pipe() {
        return DONE;
    }
    let (kind, chain, hint) = failure.parts();
    // What was shown before comes first.
    let _ = terminal.flush();
    terminal.error(kind, &chain, hint);
    failure.code()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, guarded, last_words, misunderstood};
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_panic_is_our_bug() {
        assert_eq!(guarded(|| 3), 3);
        assert_eq!(guarded(|| panic!("on purpose")), 70);
        assert_eq!(last_words(Some("one\ntwo"), None), r"one\ntwo");
        assert!(last_words(None, Some(std::panic::Location::caller())).contains("arguments.rs:"));
    }

    #[test]
    fn what_is_misunderstood_is_said_in_a_line_with_a_way_out() {
        let cases = [
            ("--wrong", "unexpected argument '--wrong' found", "`logwright --help` says how it is meant"),
            ("ingst", "unrecognized subcommand 'ingst'", "a similar subcommand exists: 'ingest'"),
            (
                "query",
                "the following required arguments were not provided: <SQL>",
                "`logwright query --help` says how it is meant",
            ),
            ("house", "a command is missing", "`logwright house --help` says how it is meant"),
        ];
        for (typed, message, hint) in cases {
            let error = Arguments::try_parse_from(["logwright", typed]).unwrap_err();
            let failure = misunderstood(&error.render().to_string());
            assert_eq!(failure.parts(), ("", vec![message.to_owned()], Some(hint)));
        }
    }
}
