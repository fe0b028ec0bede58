//! What a tool call was meant to do, so that a later call can be known as another try.

use crate::event::{Piece, Text};
use crate::intake::json::Scanner;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What is kept of a call's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// Equal for calls of one tool that mean the same: the same file, the same program.
    pub intent: u64,
    /// Equal for equal inputs.
    pub input: u64,
}

/// Bytes of a command that are looked at.
const COMMAND_BYTES: usize = 1024;

/// The fields that say what a call is about, the more telling first: files before folders before addresses.
const OBJECTS: [&[u8]; 7] = [b"file_path", b"notebook_path", b"filePath", b"absolute_path", b"path", b"url", b"skill"];
/// The fields that hold a command line.
const COMMANDS: [&[u8]; 3] = [b"command", b"cmd", b"script"];

impl CallFacts {
    /// Reads them from a call's input. Where it is no JSON object, all calls of the tool mean the same.
    pub fn of(tool: &str, input: &Text<'_>) -> CallFacts {
        let hash = input.pieces().iter().fold(0, |hash, piece| match piece {
            Piece::Plain(bytes) | Piece::Escaped(bytes) => xxh3_64_with_seed(bytes, hash),
        });
        let About { object, command } = match input.pieces() {
            [Piece::Plain(json)] => about(json),
            _ => About::default(),
        };
        // What a person is told of a command, and how long it may take, does not make it another one.
        let input = command.map_or(hash, |command| xxh3_64(command.as_bytes()));
        CallFacts { intent: xxh3_64_with_seed(object.as_bytes(), xxh3_64(tool.as_bytes())), input }
    }
}

/// What a call is about: an object or a program, and the command line if it is one.
#[derive(Default)]
struct About {
    object: String,
    command: Option<String>,
}

fn about(json: &[u8]) -> About {
    let mut best: Option<(usize, Piece<'_>)> = None;
    let mut command = None;
    // The record's own scan has seen that the value is closed.
    let _ = Scanner::new(json).object_or_skip(|scanner, key| {
        if COMMANDS.contains(&key) {
            command = scanner.piece()?.or(command);
        } else if let Some(rank) = OBJECTS.iter().position(|name| *name == key) {
            if let Some(piece) = scanner.piece()?.filter(|_| best.is_none_or(|(held, _)| rank < held)) {
                best = Some((rank, piece));
            }
        } else {
            scanner.skip()?;
        }
        Ok(())
    });
    if let Some(command) = command {
        let command = command.decode().into_owned();
        let start = &command[..command.floor_char_boundary(COMMAND_BYTES)];
        return About { object: program(start), command: Some(command) };
    }
    About { object: best.map_or_else(String::new, |(_, piece)| piece.decode().into_owned()), command: None }
}

/// The program that a command line runs, with its sub-command: `cd x && FOO=1 sudo git -C y push` is `git push`.
fn program(command: &str) -> String {
    let parts = command.split(['\n', ';', '|', '&']).map(str::trim).filter(|part| !part.is_empty());
    let mut words = Vec::new();
    for part in parts {
        words = part.split_whitespace().filter(|word| !is_assignment(word)).collect();
        while words.first().is_some_and(|word| matches!(*word, "sudo" | "time" | "env" | "exec" | "command" | "nohup"))
        {
            words.remove(0);
        }
        let prepares =
            |word: &&str| matches!(*word, "cd" | "export" | "source" | "." | "set" | "pushd" | "sleep" | "#");
        if !words.is_empty() && !words.first().is_some_and(prepares) {
            break;
        }
    }
    let Some((first, rest)) = words.split_first() else { return String::new() };
    let name = first.rsplit('/').next().unwrap_or(first);
    let is_word = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b':'));
    let mut words = rest.iter().filter(|word| !word.starts_with('-'));
    match (words.next().filter(is_word), words.next().filter(is_word)) {
        // `npm run lint` and `npm run build` are two things to do.
        (Some(&"run"), Some(script)) => format!("{name} run {script}"),
        (Some(word), _) => format!("{name} {word}"),
        (None, _) => name.to_owned(),
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::{CallFacts, program};
    use crate::event::{Piece, Text};

    fn facts(tool: &str, input: &str) -> CallFacts {
        CallFacts::of(tool, &Text::One(Piece::Plain(input.as_bytes())))
    }

    #[test]
    fn the_same_file_means_the_same() {
        let edit = |input: &str| facts("Edit", input);
        let one = edit(r#"{"file_path":"/a","old_string":"x"}"#);
        let two = edit(r#"{"old_string":"y","file_path":"/a"}"#);
        assert!(one.intent == two.intent && one.input != two.input);
        assert_ne!(one.intent, edit(r#"{"file_path":"/b"}"#).intent);
        assert_ne!(one.intent, facts("Read", r#"{"file_path":"/a"}"#).intent);
    }

    #[test]
    fn a_search_is_about_the_place_and_a_program_about_what_it_does() {
        let grep = |input: &str| facts("Grep", input).intent;
        assert_eq!(grep(r#"{"pattern":"(","path":"src"}"#), grep(r#"{"pattern":"x","path":"src"}"#));
        let bash = |input: &str| facts("Bash", input).intent;
        assert_eq!(bash(r#"{"command":"go test ./a"}"#), bash(r#"{"command":"cd b\n go test"}"#));
        assert_ne!(bash(r#"{"command":"go test ./a"}"#), bash(r#"{"command":"go vet ./a"}"#));
    }

    #[test]
    fn programs_are_seen_behind_what_prepares_them() {
        for (command, expected) in [
            ("cd /x && FOO=1 sudo git push origin main", "git push"),
            ("/usr/bin/python3 x.py", "python3"),
            ("cargo test --lib 2>&1 | tail", "cargo test"),
            ("npm run lint:fix", "npm run lint:fix"),
            ("bun run test/a.ts", "bun run"),
            ("ls", "ls"),
            ("", ""),
            ("cd x", "cd x"),
        ] {
            assert_eq!(program(command), expected, "{command}");
        }
    }

    #[test]
    fn what_is_no_object_means_the_tool_alone() {
        assert_eq!(facts("T", "[1]").intent, facts("T", "7").intent);
        assert_eq!(facts("T", "{").intent, facts("T", "7").intent);
    }
}
