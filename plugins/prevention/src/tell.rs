//! Finds the telling part of a failure: the code, the name, the message that keeps
//! different causes apart.

use crate::compact::{Capture, Pattern};
use crate::normal;

/// Bytes of a name that are looked at.
const NAME_BYTES: usize = 120;

/// Exceptions that say nothing without their message.
const GENERIC: [&str; 6] = ["Error", "Exception", "RuntimeError", "RuntimeException", "SystemExit", "SystemError"];

/// What may stand before an exception in its line.
const EXCEPTION_PREFIXES: [&str; 9] = [
    "Uncaught ",
    "Unhandled exception. ",
    "Caused by: ",
    "[cause]: ",
    "---> ",
    "fatal: ",
    "E   ",
    "[",
    "Exception in thread \"main\" ",
];

impl Pattern {
    /// Finds the pattern; gives what was taken, normalised, or the pattern's own words if it takes nothing.
    pub fn find(&self, text: &str) -> Option<String> {
        match self.capture {
            Capture::Whole => {
                let mut lines = text.lines().filter(|line| line.contains(self.before)).map(normal::line);
                lines.find(|line| !line.is_empty())
            }
            Capture::FirstException => text.lines().find_map(exception),
            Capture::LastException => text.lines().rev().find_map(exception),
            _ if self.before.is_empty() && !self.after.is_empty() => self.find_backwards(text),
            _ => self.find_forwards(text),
        }
    }

    fn find_forwards(&self, text: &str) -> Option<String> {
        let mut rest = text;
        let mut at_line_start = true;
        loop {
            let at = rest.find(self.before)?;
            let is_start =
                if at == 0 { at_line_start } else { rest.get(..at).is_some_and(|skipped| skipped.ends_with('\n')) };
            let behind = rest.get(at + self.before.len()..)?;
            if (is_start || !self.anchored)
                && let Some(taken) = self.take(behind)
            {
                return Some(taken);
            }
            // A second try in the same line would read the same line once more.
            let next = if self.anchored || self.capture == Capture::Line { behind.find('\n')? + 1 } else { 0 };
            at_line_start = next > 0;
            rest = behind.get(next..).filter(|rest| rest.len() < text.len() && !rest.is_empty())?;
        }
    }

    fn take(&self, behind: &str) -> Option<String> {
        let run = match self.capture {
            Capture::Nothing => "",
            Capture::Line => return Some(normal::line(first_line(behind))).filter(|line| !line.is_empty()),
            Capture::Code => head(behind, is_code),
            _ => head(behind, is_name),
        };
        if self.capture == Capture::Nothing {
            return Some(normal::line(self.before));
        }
        let trimmed = run.trim_end_matches(['.', ':', ',']);
        let follows = self.after.is_empty()
            || [trimmed, run]
                .iter()
                .any(|run| behind.get(run.len()..).is_some_and(|rest| rest.starts_with(self.after)));
        if follows { self.name(trimmed) } else { None }
    }

    fn find_backwards(&self, text: &str) -> Option<String> {
        text.match_indices(self.after).find_map(|(at, _)| {
            let before = text.get(..at)?;
            let start = before.floor_char_boundary(before.len().saturating_sub(NAME_BYTES));
            let near = before.get(start..)?.trim_end_matches(['\'', '"', '`']);
            let allowed = if self.capture == Capture::Code { is_code } else { is_name };
            let length =
                near.chars().rev().take_while(|character| allowed(*character)).map(char::len_utf8).sum::<usize>();
            let run = near.get(near.len() - length..)?;
            let starts_line = length == near.len() && start == 0 || near.get(..near.len() - length)?.ends_with('\n');
            if self.anchored && !starts_line { None } else { self.name(run.trim_start_matches(':')) }
        })
    }

    /// A name as it goes into a fingerprint: a code has a digit, anything else a letter.
    fn name(&self, run: &str) -> Option<String> {
        if self.capture == Capture::Code {
            return run.bytes().any(|byte| byte.is_ascii_digit()).then(|| run.to_owned());
        }
        if !run.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
        // `golang.org/x/mod` is a name, `./mod` and `mod.go` are places.
        let is_module = run.contains('/') && run.starts_with(|first: char| first.is_ascii_alphabetic() || first == '@');
        let ends_as_file = normal::is_path(run.rsplit('/').next().unwrap_or(run));
        if is_module && !ends_as_file && !run.contains('\\') {
            return Some(run.to_owned());
        }
        if normal::is_path(run) { Some("<path>".to_owned()) } else { Some(run.to_owned()) }
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

fn head(text: &str, allowed: fn(char) -> bool) -> &str {
    let near = text.get(..text.floor_char_boundary(NAME_BYTES)).unwrap_or_default();
    let end = near.find(|character| !allowed(character)).unwrap_or(near.len());
    near.get(..end).unwrap_or_default()
}

fn is_code(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '/')
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '/' | '.' | '@' | '+' | ':' | '\\' | '~')
}

/// The exception that a line begins with, with its message if its name says nothing.
fn exception(line: &str) -> Option<String> {
    let mut rest = line.trim_start();
    for prefix in EXCEPTION_PREFIXES {
        rest = rest.strip_prefix(prefix).map_or(rest, str::trim_start);
    }
    let name = head(rest, |character| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '$'));
    let behind = rest.get(name.len()..)?;
    if !(behind.is_empty() || behind.starts_with(':') || behind.starts_with(" [")) {
        return None;
    }
    let short = name.rsplit('.').next().unwrap_or(name);
    let endings = ["Error", "Exception", "Exit", "Interrupt", "Timeout", "Failure", "Fault"];
    let is_exception = short.starts_with(|first: char| first.is_ascii_uppercase())
        && endings.iter().any(|ending| short.ends_with(ending));
    if !is_exception {
        return None;
    }
    let message = behind.strip_prefix(':').map(normal::line).unwrap_or_default();
    if GENERIC.contains(&short) && !message.is_empty() {
        return Some(format!("{short}: {message}"));
    }
    Some(short.to_owned())
}
