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
    /// Lines that were taken out, for they tell of the shell's start and not of the command.
    pub noise: String,
    /// Whether it stood in JSON or was coloured, so that the text as it was found says some things otherwise.
    pub is_decoded: bool,
}

const WRAPPER: (&str, &str) = ("<tool_use_error>", "</tool_use_error>");

/// Headers before an exit code; what follows them is a number.
const EXIT_CODES: [&str; 5] =
    ["Exit code ", "Exit code: ", "Error: Exit code ", "Command failed with exit code ", "exit code: "];

/// Bytes of a text that was surely not cut.
const WHOLE_BYTES: usize = 3 * 1024;

/// How far a header may reach that says how a process ended.
const HEADER_LINES: usize = 8;

/// How its lines begin.
const HEADER: [&str; 8] = [
    "Wall time",
    "Chunk ID",
    "Total output lines",
    "Original token count",
    "Exit code: ",
    "Command: ",
    "Script completed",
    "Script failed",
];

/// What a sandbox puts before a command's output.
const SANDBOX: (&str, &str) = ("failed in sandbox ", " with execution error: ");

/// What it says of any exit code that is not 0, and what parts the two streams.
const SANDBOXED: (&str, &str, &str) = ("sandbox denied exec error, exit code: ", ", stdout: ", ", stderr: ");

/// Before an exit code that stands behind the output.
const LAST_LINES: [&str; 2] = ["Exit Code: ", "Command exited with code "];

/// Lines that label the parts of a result, and lines that label what is not there.
const LABELS: [&str; 4] = ["Stdout: ", "Stderr: ", "Output: ", "Error: "];
const NOTHING: [&str; 3] = ["(empty)", "(none)", "(root)"];
const ABOUT: [&str; 5] = ["Command: ", "Directory: ", "Signal: ", "Background PIDs: ", "Process Group PGID: "];

/// Files that a shell runs at its start; what they complain of is not what a command failed of.
const START_FILES: [&str; 14] = [
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    "profile",
    "bash.bashrc",
    "zshrc",
    "zshenv",
    "shellenv.sh",
    "config.fish",
];

/// What shells and programs say at their start, whatever comes of it.
const START_WORDS: [&str; 15] = [
    "bash: cannot set terminal process group",
    "bash: no job control in this shell",
    "bash: warning: setlocale",
    "/bin/bash: warning: setlocale",
    "/usr/bin/bash: warning: setlocale",
    "perl: warning: ",
    "stdin: is not a tty",
    "mesg: ttyname failed",
    "Warning: Permanently added ",
    "manpath: can't set the locale",
    "npm warn ",
    "npm WARN ",
    "warning: in the working copy of ",
    "warning: LF will be replaced",
    "warning: CRLF will be replaced",
];

impl Said {
    /// Reads a failure's text, which may be cut anywhere.
    pub fn read(text: &str) -> Said {
        Said::read_json(text).unwrap_or_else(|| {
            let said = Said::read_plain(text);
            // A script that ran a command answers with what the command answered.
            let inner = said.text.contains("\"exit_code\"").then(|| Said::read_json(&said.text)).flatten();
            inner.unwrap_or(said)
        })
    }

    /// Reads an answer that stands in JSON.
    fn read_json(text: &str) -> Option<Said> {
        let json = text.trim_start();
        let fields: &[&str] = if json.contains("\"detailedContent\"") { &["content"] } else { &["output"] };
        let output = json.starts_with('{').then(|| json::texts(json, fields).pop())??;
        let inner = Said::read_plain(&output);
        let exit = inner.exit.or_else(|| json::number(json, "exit_code"));
        Some(Said { exit, is_decoded: true, ..inner })
    }

    fn read_plain(raw: &str) -> Said {
        let plain = plain(raw);
        let mut rest = plain.trim_start();
        rest = rest.strip_prefix(WRAPPER.0).unwrap_or(rest).trim_end();
        rest = rest.strip_suffix(WRAPPER.1).unwrap_or(rest);
        let mut exit = None;
        let sandboxed = sandboxed(rest);
        if let Some((code, behind)) = &sandboxed {
            (exit, rest) = (*code, behind.as_str());
        }
        for header in EXIT_CODES {
            if let Some((code, behind)) = rest.strip_prefix(header).and_then(leading_number) {
                (exit, rest) = (Some(code), behind);
                break;
            }
        }
        if let Some((code, behind)) = process_header(rest) {
            (exit, rest) = (exit.or(code), behind);
        }
        let labelled = labelled(rest);
        if let Some((code, behind)) = &labelled {
            (exit, rest) = (exit.or(*code), behind.as_str());
        }
        let (noise, text): (Vec<_>, Vec<_>) = rest.lines().partition(|line| is_noise(line));
        let text = if noise.is_empty() { rest.to_owned() } else { text.join("\n") };
        let text = text.trim_start_matches('\n').to_owned();
        Said { exit, text, noise: noise.join("\n"), is_decoded: raw.contains('\u{1b}') }
    }

    /// The last line that says something, if the text was handed over whole.
    pub fn last_line(&self) -> Option<&str> {
        let is_whole = self.text.len() < WHOLE_BYTES;
        self.text.lines().rev().find(|line| is_whole && !line.trim().is_empty())
    }

    /// The text without the word that only says that it is an error.
    pub fn message(&self) -> &str {
        let text = self.text.trim_start();
        ["Error: ", "error: ", "ERROR: "].iter().find_map(|word| text.strip_prefix(word)).unwrap_or(text)
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

/// How a command ended that a sandbox reports, and what it said; its two streams one after the other.
fn sandboxed(text: &str) -> Option<(Option<i32>, String)> {
    let (_, behind) = text.strip_prefix(SANDBOX.0)?.split_once(SANDBOX.1)?;
    let Some((code, streams)) = behind.strip_prefix(SANDBOXED.0).and_then(leading_number) else {
        return Some((None, behind.to_owned()));
    };
    let output = streams.strip_prefix(SANDBOXED.1).unwrap_or(streams);
    let (output, errors) = output.rsplit_once(SANDBOXED.2).unwrap_or((output, ""));
    Some((Some(code), format!("{output}\n{errors}")))
}

/// The same of a result whose parts are labelled, or that ends with the exit code.
fn labelled(text: &str) -> Option<(Option<i32>, String)> {
    let code = |line: &str| {
        // `<shell 3 exited with exit code 1>`
        let bracket = || line.strip_prefix('<')?.strip_suffix('>')?.rsplit_once(" exit code ");
        let last = || LAST_LINES.iter().find_map(|start| line.strip_prefix(start));
        let number = last().or_else(|| bracket().map(|(_, number)| number))?;
        Some(leading_number(number)?.0)
    };
    let exit = text.lines().rev().take(HEADER_LINES).find_map(code)?;
    let is_labelled = ABOUT.iter().chain(&LABELS).any(|label| text.starts_with(label));
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| code(line).is_none()) {
        let label = LABELS.iter().find_map(|label| line.strip_prefix(label));
        match label.filter(|_| is_labelled) {
            Some(rest) if NOTHING.contains(&rest) => {}
            Some(rest) if !line.starts_with(LABELS[3]) => lines.push(rest),
            _ if is_labelled && ABOUT.iter().any(|about| line.starts_with(about)) => {}
            _ => lines.push(line),
        }
    }
    Some((Some(exit), lines.join("\n")))
}

/// Whether a line is what a shell says at its start: `~/.bashrc: line 3: ...`.
fn is_noise(line: &str) -> bool {
    let speaker = line.split_once(':').map_or("", |(speaker, _)| speaker);
    let name = speaker.rsplit(['/', '\\']).next().unwrap_or(speaker);
    let is_file = speaker.contains('/') && START_FILES.contains(&name);
    is_file || START_WORDS.iter().any(|start| line.starts_with(start))
}

/// The lines that some agents put before a command's output: how it ended, how long it took.
fn process_header(text: &str) -> Option<(Option<i32>, &str)> {
    let mut exit = None;
    let mut rest = text;
    for _ in 0..HEADER_LINES {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        if ["Output:", "Command output:"].contains(&line.trim()) {
            return Some((exit, behind));
        }
        let ended = line.strip_prefix("Process exited with code ").or_else(|| line.strip_prefix("Exit code: "));
        exit = exit.or_else(|| leading_number(ended?).map(|(code, _)| code));
        if ended.is_none() && !line.trim().is_empty() && !HEADER.iter().any(|start| line.starts_with(start)) {
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
