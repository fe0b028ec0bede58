//! `logwright hook guard`: answers an agent before a tool call.
//!
//! It reads standard input, one compiled file and the end of one small file of the session, and appends a line to each
//! of two files. Whatever is wrong, it says nothing and ends with 0, so that the agent goes on.

use super::super::context::{data_folder, now};
use crate::disk::Disk;
use crate::layout::House;
use crate::learning::guard;
use crate::terminal::{Settings, Terminal};
use std::env;
use std::ffi::OsString;
use std::io::{self, Read};
use std::panic;
use std::path::PathBuf;

/// Answer an agent's question before a tool call, on standard input; called by agents
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// What else can be done with a hook.
const OTHERS: [&str; 4] = ["install", "remove", "status", "help"];

/// Bytes of a question at most; a larger one is not looked at.
const QUESTION: u64 = 64 * 1024 * 1024;

/// Whether arguments, without the program's name, mean the guard; if so, those of the house that they name.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Option<PathBuf>> {
    let mut root = None;
    let mut words = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        match text.strip_prefix("--") {
            Some("root") => root = arguments.next().map(PathBuf::from),
            Some("format" | "color") => words.extend(arguments.next().filter(|value| value == "hook")),
            Some(option) => {
                if let Some(value) = option.strip_prefix("root=") {
                    root = Some(PathBuf::from(value));
                }
                // Who asks what it does is answered as everywhere.
                if option == "help" {
                    return None;
                }
            }
            None if text == "-h" => return None,
            None if text.starts_with('-') => {}
            None => words.push(argument),
        }
    }
    // What stands before may be the value of an option that is not known; a command is none.
    let hook = words.iter().position(|word| word == "hook");
    let behind = hook.map_or(words.as_slice(), |at| &words[at + 1..]);
    let is_other = |word: &OsString| OTHERS.iter().any(|other| word == other);
    if !behind.iter().any(|word| word == "guard") || behind.first().is_some_and(is_other) {
        return None;
    }
    let is_command = |word: &OsString| crate::cli::is_command(&word.to_string_lossy());
    let before = &words[..hook.unwrap_or_default()];
    let is_alone = hook.is_some() || behind.len() == 1;
    (is_alone && !before.iter().any(is_command)).then_some(root)
}

/// Answers; whatever happens, the exit code is 0.
pub fn run(disk: &dyn Disk, root: Option<PathBuf>) -> u8 {
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(panic::AssertUnwindSafe(|| answer(disk, root)));
    if let Ok(Some(answer)) = answer {
        let mut terminal = Terminal::standard(Settings::default());
        let _ = terminal.verbatim(answer.as_bytes()).and_then(|()| terminal.flush());
    }
    0
}

/// What the agent is told, if anything.
fn answer(disk: &dyn Disk, root: Option<PathBuf>) -> Option<String> {
    let root = root.or_else(|| env::var_os("LOGWRIGHT_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from));
    let house = House::at(root.or_else(|| data_folder().ok())?);
    // An agent that is not heard to the end waits.
    let mut asked = Vec::new();
    io::stdin().take(QUESTION + 1).read_to_end(&mut asked).ok()?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    (asked.len() as u64 <= QUESTION).then(|| guard(disk, &house, &asked, now().ok()?)).flatten()
}

#[cfg(test)]
mod tests {
    use super::asked;
    use std::path::PathBuf;

    fn words(text: &str) -> Option<Option<PathBuf>> {
        asked(text.split(' ').map(Into::into))
    }

    #[test]
    fn the_guard_is_known_whatever_stands_around() {
        assert_eq!(words("hook guard"), Some(None));
        assert_eq!(words("--root /h hook guard --unknown -x more"), Some(Some(PathBuf::from("/h"))));
        assert_eq!(words("hook --root=/h guard"), Some(Some(PathBuf::from("/h"))));
        assert_eq!(words("-q hook guard --format"), Some(None));
        assert_eq!(words("--log-level debug hook guard"), Some(None));
        assert_eq!(words("--format hook guard"), Some(None));
        assert_eq!(words("hook --log-level debug guard"), Some(None));
        assert_eq!(words("--root hook guard"), Some(Some(PathBuf::from("hook"))));
        for other in [
            "hook",
            "hook status",
            "search hook",
            "search hook guard",
            "hook guard --help",
            "hook install guard",
            "--root hook guard x",
        ] {
            assert_eq!(words(other), None, "{other}");
        }
    }
}
