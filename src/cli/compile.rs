//! `logwright plugin compile-component BYTES SECONDS`, which the program says to itself alone:
//! it compiles a component apart, within bounds. It knows no house and no environment, so it
//! stands before all other commands and in no help.

use super::failure::{Blame, DONE};
use crate::plugin::compile_child;
use crate::terminal::{Settings, Terminal};
use std::ffi::OsString;
use std::io;

/// Runs the command and gives its exit code, if that is what the arguments of the process say.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    let arguments: Vec<_> = arguments.filter_map(|argument| argument.into_string().ok()).collect();
    let ["plugin", "compile-component", memory, seconds] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let (memory, seconds) = (memory.parse().ok()?, seconds.parse().ok()?);
    let (bytes, code) = match compile_child(memory, seconds, io::stdin().lock()) {
        Ok(compiled) => (compiled, DONE),
        Err(message) => (message.into_bytes(), Blame::Plugin.code()),
    };
    let mut terminal = Terminal::standard(Settings::default());
    let written = terminal.verbatim(&bytes).and_then(|()| terminal.flush());
    Some(if written.is_ok() { code } else { Blame::System.code() })
}
