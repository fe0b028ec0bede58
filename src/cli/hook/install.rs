//! `logwright hook install`, `remove` and `status`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use crate::learning::agent_settings::{self, Edit, Fault, Hook, Side, Status};
use crate::learning::{GuardFile, read, write};
use crate::terminal::{Cell, Column, Format, Meaning, Span, Table, wording};
use std::env;
use std::path::{Path, PathBuf};

/// Seconds after which an agent goes on without an answer. The guard needs milliseconds; a guess with much room.
const TIMEOUT: u32 = 5;
/// What is added to the name of a settings file for the copy from before.
const COPY: &str = ".before-logwright";

/// Which settings file is meant.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The settings of this project: .claude/settings.json in the current folder
    #[arg(long, conflicts_with = "settings")]
    project: bool,
    /// This settings file [default: settings.json in the folder of Claude Code, ~/.claude]
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
}

/// Which settings file is changed, and how.
#[derive(Debug, clap::Args)]
pub struct Where {
    #[command(flatten)]
    place: Place,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Let the agent ask the guard before each tool call
///
/// Adds one PreToolUse hook to the settings of Claude Code. What it changes is shown
/// first, a copy of the file is kept beside it, and nothing else in it is touched.
#[derive(Debug, clap::Args)]
pub struct InstallArguments {
    #[command(flatten)]
    place: Where,
    /// The tools before which the agent asks; all, so that the guard knows what was done before
    #[arg(long, value_name = "MATCHER", default_value = "*")]
    matcher: String,
}

/// Adds the hook.
pub fn install(context: &mut Context, arguments: &InstallArguments) -> Result<u8, Failure> {
    let program = env::current_exe()?;
    let hook = Hook {
        command: format!("{} --root {} hook guard", quoted(&program)?, quoted(context.house.root())?),
        matcher: arguments.matcher.clone(),
        timeout: TIMEOUT,
    };
    change(context, &arguments.place, "installed", |bytes| agent_settings::install(bytes, &hook, is_ours))?;
    if guarded(context) == 0 {
        context.terminal.hint("nothing is guarded yet: `logwright protocols accept ID --guard advise`, then `publish`");
    }
    Ok(DONE)
}

/// Takes the hook out.
pub fn remove(context: &mut Context, arguments: &Where) -> Result<u8, Failure> {
    change(context, arguments, "removed", |bytes| agent_settings::remove(bytes, is_ours))?;
    Ok(DONE)
}

/// Says whether the hook is there, and what the guard goes by.
pub fn status(context: &mut Context, place: &Place) -> Result<u8, Failure> {
    let path = path_of(context, place)?;
    let bytes = read(&path)?;
    let found = agent_settings::status(bytes.as_ref().map(String::as_bytes), is_ours);
    let Status { installed, disabled_in } = found.map_err(|fault| refused(&path, &fault))?;
    let guarded = guarded(context);
    if context.terminal.format() != Format::Table {
        let names = ["settings", "installed", "matcher", "command", "hooks_disabled", "guarded"];
        let mut table = Table::new(names.map(|name| Column::new(name, name)));
        let first = installed.first();
        table.push([
            Cell::from(path.display().to_string()),
            Cell::from(!installed.is_empty()),
            first.map_or(Cell::Null, |hook| Cell::from(hook.matcher.as_str())),
            first.map_or(Cell::Null, |hook| Cell::from(hook.command.as_str())),
            Cell::from(disabled_in.is_some()),
            Cell::from(guarded),
        ]);
        context.terminal.table(&table)?;
        return Ok(DONE);
    }
    let name = path.display();
    match installed.first() {
        None => {
            context.terminal.note(&format!("{name} has no hook of logwright"));
            context.terminal.hint("`logwright hook install` adds it");
        }
        Some(hook) => {
            let line = hook.line;
            context
                .terminal
                .note(&format!("{name} has the hook in line {line}, for {}: {}", hook.matcher, hook.command));
            if !hook.command.contains(&format!("--root {} ", quoted(context.house.root())?)) {
                context.terminal.warn("it asks the guard of another house; `logwright hook install` changes that");
            }
        }
    }
    if installed.len() > 1 {
        context.terminal.warn("the hook is there more than once; `logwright hook install` leaves one");
    }
    if let Some(line) = disabled_in {
        context.terminal.warn(&format!("line {line} of {name} tells the agent to run no hooks at all"));
    }
    let protocols = wording::count(guarded as u64, "protocol", "protocols");
    context.terminal.note(&format!("the guard goes by {protocols}"));
    Ok(DONE)
}

/// How many protocols are guarded.
fn guarded(context: &Context) -> usize {
    let file = std::fs::read(context.house.guard()).ok().and_then(|bytes| GuardFile::read(&bytes));
    file.map_or(0, |file| file.protocols.len())
}

/// Shows a change of a settings file, asks, keeps a copy, and makes it.
fn change(
    context: &mut Context,
    arguments: &Where,
    done: &str,
    edit: impl Fn(Option<&[u8]>) -> Result<Edit, Fault>,
) -> Result<(), Failure> {
    let path = path_of(context, &arguments.place)?;
    let before = read(&path)?;
    let edit = edit(before.as_ref().map(String::as_bytes)).map_err(|fault| refused(&path, &fault))?;
    let name = path.display().to_string();
    if edit.is_nothing() {
        context.terminal.note(&format!("{name} is as it should be"));
        return Ok(());
    }
    context.terminal.line(&[Span::new(name.clone(), Meaning::Path)])?;
    for line in edit.preview() {
        let (sign, meaning) = match line.side {
            Side::Removed => ('-', Meaning::Bad),
            Side::Added => ('+', Meaning::Good),
        };
        context.terminal.line(&[Span::new(format!("{sign} {:>4}  {}", line.number, line.text), meaning)])?;
    }
    context.terminal.flush()?;
    if arguments.dry_run {
        context.terminal.note("nothing was changed");
        return Ok(());
    }
    if !arguments.yes {
        match context.terminal.confirm("Change it?") {
            Some(true) => {}
            Some(false) => {
                context.terminal.note("nothing was changed");
                return Ok(());
            }
            None => {
                return Err(Failure::usage("nobody can be asked whether to change the settings of the agent")
                    .hint("`--yes` does not ask, `--dry-run` only shows the change"));
            }
        }
    }
    if read(&path)? != before {
        return Err(Failure::usage(format!("{name} was changed meanwhile")).hint("run the command again"));
    }
    if let Some(before) = &before {
        let mut copy = path.clone().into_os_string();
        copy.push(COPY);
        let copy = PathBuf::from(copy);
        write(context.disk, &copy, before.as_bytes(), context.now)?;
        context.terminal.detail(&format!("the file as it was lies at {}", copy.display()));
    }
    write(context.disk, &path, edit.bytes(), context.now)
        .map_err(|error| Failure::io(error, format!("cannot write {name}")))?;
    context.terminal.note(&format!("the hook is {done}"));
    Ok(())
}

fn path_of(context: &Context, place: &Place) -> Result<PathBuf, Failure> {
    let path = match (&place.settings, place.project) {
        (Some(path), _) => std::path::absolute(path)?,
        (None, true) => std::path::absolute(".claude/settings.json")?,
        (None, false) => {
            let (home, config) = context.agent_folders()?;
            config.map_or_else(|| home.join(".claude"), PathBuf::from).join("settings.json")
        }
    };
    match path.parent() {
        Some(folder) if folder.is_dir() => Ok(path),
        _ => Err(Failure::usage(format!("the folder of {} is not there", path.display()))
            .hint("run the agent once, or name its settings with --settings")),
    }
}

fn refused(path: &Path, fault: &Fault) -> Failure {
    Failure::usage(format!("{}: {fault}", path.display())).hint("mend the file; nothing was changed")
}

/// Whether a command line is a guard of ours.
fn is_ours(command: &str) -> bool {
    let is_guard = command.split_whitespace().collect::<Vec<_>>().windows(2).any(|pair| pair == ["hook", "guard"]);
    is_guard && command.contains("logwright")
}

/// A path as one word for a shell.
fn quoted(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().ok_or_else(|| Failure::usage(format!("{} is no UTF-8", path.display())))?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::{is_ours, quoted};
    use std::path::Path;

    #[test]
    fn our_command_is_known_and_no_other() {
        assert!(is_ours("/usr/bin/logwright --root '/a b' hook guard"));
        assert!(is_ours("logwright hook  guard"));
        for other in ["logwright ingest", "other hook guard", "logwright hook status", "echo logwright guard"] {
            assert!(!is_ours(other), "{other}");
        }
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted(Path::new("/a/b-c.d")).unwrap(), "/a/b-c.d");
        assert_eq!(quoted(Path::new("/a b/$x'y")).unwrap(), r"'/a b/$x'\''y'");
    }
}
