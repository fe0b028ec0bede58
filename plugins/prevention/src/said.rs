//! What a failure says, without what its tool and its terminal put around it.

use crate::interest::FAILURE_BYTES;
use crate::json;

/// A failure's text, made plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The exit code that stands in the text.
    pub exit: Option<i32>,
    /// What is left: no escape sequences, no control characters but line ends and tabs.
    pub text: String,
}

const WRAPPER: (&str, &str) = ("<tool_use_error>", "</tool_use_error>");

/// Headers before an exit code; what follows them is a number.
const EXIT_CODES: [&str; 5] =
    ["Exit code ", "Exit code: ", "Error: Exit code ", "Command failed with exit code ", "exit code: "];

/// How far a header may reach that says how a process ended.
const HEADER_LINES: usize = 8;

impl Said {
    /// Reads a failure's text, which may be cut anywhere.
    pub fn read(text: &str) -> Said {
        if text.trim_start().starts_with('{') {
            let output = json::texts(text, &["output"]).pop();
            if let Some(output) = output {
                let inner = Said::read_plain(&output);
                return Said { exit: inner.exit.or_else(|| json::number(text, "exit_code")), ..inner };
            }
        }
        Said::read_plain(text)
    }

    fn read_plain(text: &str) -> Said {
        let plain = plain(text);
        let mut rest = plain.trim_start();
        rest = rest.strip_prefix(WRAPPER.0).unwrap_or(rest).trim_end();
        rest = rest.strip_suffix(WRAPPER.1).unwrap_or(rest);
        let mut exit = None;
        for header in EXIT_CODES {
            if let Some((code, behind)) = rest.strip_prefix(header).and_then(leading_number) {
                (exit, rest) = (Some(code), behind);
                break;
            }
        }
        if let Some((code, behind)) = process_header(rest) {
            (exit, rest) = (exit.or(code), behind);
        }
        Said { exit, text: rest.trim_start_matches('\n').to_owned() }
    }

    /// The part that rules look at.
    pub fn near(&self) -> &str {
        self.text.get(..self.text.floor_char_boundary(FAILURE_BYTES as usize)).unwrap_or_default()
    }

    /// Whether nothing is said at all.
    pub fn is_silent(&self) -> bool {
        matches!(self.text.trim(), "" | "(no output)" | "(empty)" | "Error" | "Error:")
    }
}

/// The lines that some agents put before a command's output: how it ended, how long it took.
fn process_header(text: &str) -> Option<(Option<i32>, &str)> {
    let mut exit = None;
    let mut rest = text;
    for _ in 0..HEADER_LINES {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim() == "Output:" {
            return Some((exit, behind));
        }
        let ended = line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
        exit = exit.or_else(|| leading_number(ended?).map(|(code, _)| code));
        let known = ["Wall time", "Chunk ID", "Total output lines", "Original token count", "Exit code: "];
        if ended.is_none() && !line.trim().is_empty() && !known.iter().any(|start| line.starts_with(start)) {
            break;
        }
        rest = behind;
    }
    exit.map(|code| (Some(code), rest))
}

/// A number at the beginning, and what stands behind it.
fn leading_number(text: &str) -> Option<(i32, &str)> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let end = length + (text.len() - digits.len());
    let (number, rest) = (text.get(..end)?, text.get(end..)?);
    Some((number.parse().ok()?, rest))
}

/// Drops escape sequences and control characters, and makes every line end with `\n`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => match characters.next() {
                Some('[') => {
                    while characters.next_if(|next| !('@'..='~').contains(next)).is_some() {}
                    characters.next();
                }
                Some(']') => {
                    while characters.next_if(|next| !matches!(next, '\u{7}' | '\u{1b}' | '\n')).is_some() {}
                    if characters.next_if_eq(&'\u{1b}').is_some() {
                        characters.next_if_eq(&'\\');
                    } else {
                        characters.next_if_eq(&'\u{7}');
                    }
                }
                _ => {}
            },
            '\r' => {
                characters.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(character),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}
