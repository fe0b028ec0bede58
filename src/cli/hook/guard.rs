//! `logwright hook guard`: answers an agent before a tool call.
//!
//! It reads standard input, one compiled file and the end of one small file of the session, and appends a line to each
//! of two files. Whatever is wrong, it says nothing and ends with 0, so that the agent goes on.

use super::super::context::{data_folder, now};
use crate::disk::{Disk, append_line, open_regular};
use crate::event::Millis;
use crate::layout::House;
use crate::learning::{FURTHEST, GuardFile, Question, RECENT, Recent, SPOOL, SpoolLine, decide};
use crate::terminal::{Settings, Terminal};
use std::env;
use std::ffi::OsString;
use std::io::{self, Read, Seek, SeekFrom};
use std::panic;
use std::path::{Path, PathBuf};

/// Answer an agent's question before a tool call, on standard input; called by agents
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Bytes of a question at most; a larger one is not looked at.
const QUESTION: u64 = 64 * 1024 * 1024;
/// Bytes at the end of a session's calls that are read.
const TAIL: u64 = 64 * 1024;
/// Bytes of a session's calls from which on the file is begun anew with its end.
const LONG: u64 = 1024 * 1024;

/// Whether arguments, without the program's name, mean the guard; if so, those of the house that they name.
pub fn asked(arguments: impl IntoIterator<Item = OsString>) -> Option<Option<PathBuf>> {
    let mut root = None;
    let mut words = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        match text.strip_prefix("--") {
            Some("root") => root = arguments.next().map(PathBuf::from),
            Some("format" | "color") => drop(arguments.next()),
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
    let is_guard = matches!(words.as_slice(), [hook, guard, ..] if hook == "hook" && guard == "guard");
    is_guard.then_some(root)
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
    let file = GuardFile::read(&std::fs::read(house.guard()).ok()?)?;
    if asked.len() as u64 > QUESTION || file.protocols.is_empty() {
        return None;
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    judge(disk, &house, &file, &Question::read(&asked)?, now().ok()?)
}

fn judge(disk: &dyn Disk, house: &House, file: &GuardFile, question: &Question, now: Millis) -> Option<String> {
    let spool = house.guard_spool();
    let memory = spool.join(RECENT).join(question.actor());
    let (recent, length) = tail(&memory).unwrap_or_default();
    let recent = Recent::read(&recent);
    let fired = file.fired(question, &recent);
    let verdict = decide(question, &file.seen(question), &fired, &recent);
    remember(disk, &memory, length, &verdict.remember);
    for (protocol, mode) in &verdict.firings {
        note(
            &spool.join(SPOOL),
            SpoolLine {
                tool: question.tool.clone(),
                session: question.session.clone(),
                sub_agent: question.sub_agent.clone(),
                call: question.call.clone(),
                ..SpoolLine::new(*protocol, mode.name(), now)
            },
        );
    }
    verdict.answer
}

/// The end of a session's calls, and the length of the file.
fn tail(path: &Path) -> io::Result<(String, u64)> {
    let mut file = open_regular(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), length))
}

/// Appends to a session's calls; what cannot be written is not remembered.
fn remember(disk: &dyn Disk, path: &Path, length: u64, lines: &str) {
    let written = append_line(path, lines.as_bytes());
    if written.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let folder = path.parent().map_or(Ok(()), |folder| disk_folder(disk, folder));
        let _ = folder.and_then(|()| append_line(path, lines.as_bytes()));
    }
    if length > LONG {
        let kept = tail(path).map(|(text, _)| last_lines(&text));
        let _ = kept.and_then(|kept| disk.replace(path, kept.as_bytes()));
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(2 * FURTHEST).max(1);
    lines.get(from..).unwrap_or_default().iter().flat_map(|line| [*line, "\n"]).collect()
}

fn disk_folder(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    crate::store::DurableHand::new(disk).create_folders(&[folder.to_owned()])
}

/// Appends a firing; what cannot be written is not counted.
fn note(path: &Path, line: SpoolLine) {
    if let Ok(line) = serde_json::to_string(&line) {
        let _ = append_line(path, (line + "\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{asked, last_lines};
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
        for other in ["hook", "hook status", "search hook", "hook guard --help", "guard hook", "--root hook guard"] {
            assert_eq!(words(other), None, "{other}");
        }
    }

    #[test]
    fn a_long_memory_is_cut_to_whole_lines() {
        let text: String = std::iter::once("torn".to_owned()).chain((0..1000).map(|n| format!("\n{n}"))).collect();
        let kept = last_lines(&text);
        assert!(kept.starts_with("600\n") && kept.ends_with("\n999\n"), "{}", &kept[..9]);
        assert_eq!(last_lines("torn"), "");
    }
}
