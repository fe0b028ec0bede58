//! What a tool call was meant to do, so that a later call can be known as another try.

use super::command::CommandLine;
use crate::event::{Piece, Text};
use crate::intake::json::Scanner;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// What is kept of a call's input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// Equal for calls of one tool that mean the same: the same file, the same program.
    pub intent: u64,
    /// Of a command line that does several things, the intents of the first ones each on its own; 0 for none.
    pub parts: [u64; PARTS],
    /// Equal for equal inputs; of command lines, whatever prepares them and filters what they say.
    pub input: u64,
    /// A success of the call does not show that what it is about succeeded.
    pub is_masked: bool,
}

/// Things that a command line does that are known each on its own.
const PARTS: usize = 4;

/// The fields that say what a call is about, the more telling first: files before folders before addresses.
const OBJECTS: [&[u8]; 10] = [
    b"file_path",
    b"notebook_path",
    b"filePath",
    b"absolute_path",
    b"path",
    b"url",
    b"skill",
    b"pattern",
    b"query",
    b"description",
];
/// The fields that hold a command line.
const COMMANDS: [&[u8]; 3] = [b"command", b"cmd", b"script"];

impl CallFacts {
    /// Reads them from a call's input. Where it does not say what it is about, only the same input means the same.
    pub fn of(tool: &str, input: &Text<'_>) -> CallFacts {
        let hash = input.pieces().iter().fold(0, |hash, piece| match piece {
            Piece::Plain(bytes) | Piece::Escaped(bytes) => xxh3_64_with_seed(bytes, hash),
        });
        let About { object, command } = match input.pieces() {
            [Piece::Plain(json)] => about(json),
            _ => About::default(),
        };
        let tool = xxh3_64(tool.as_bytes());
        if let Some(command) = command {
            // What a person is told of a command, and how long it may take, does not make it another one.
            let CommandLine { deeds, words, is_masked } = CommandLine::read(&command);
            let input = xxh3_64(if words.is_empty() { command.as_bytes() } else { words.as_bytes() });
            let intent = |about: &str| xxh3_64_with_seed(about.as_bytes(), tool);
            let mut parts = [0; PARTS];
            if deeds.len() > 1 {
                parts.iter_mut().zip(&deeds).for_each(|(part, deed)| *part = intent(deed));
            }
            let about = if deeds.is_empty() { command } else { deeds.join("\n") };
            return CallFacts { intent: intent(&about), parts, input, is_masked };
        }
        let intent = object.map_or(hash ^ tool, |object| xxh3_64_with_seed(object.as_bytes(), tool));
        CallFacts { intent, input: hash, ..CallFacts::default() }
    }
}

/// What a call is about: an object, or a command line.
#[derive(Default)]
struct About {
    object: Option<String>,
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
    About {
        object: best.map(|(_, piece)| piece.decode().into_owned()),
        command: command.map(|piece| piece.decode().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::CallFacts;
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
        assert_eq!(bash(r#"{"command":"go vet ./a"}"#), bash(r#"{"command":"cd b && go vet"}"#));
        assert_ne!(bash(r#"{"command":"go test ./a"}"#), bash(r#"{"command":"go vet ./a"}"#));
    }

    #[test]
    fn what_says_nothing_of_itself_means_only_itself() {
        assert_ne!(facts("T", "[1]").intent, facts("T", "7").intent);
        assert_eq!(facts("T", r#"{"a":1}"#), facts("T", r#"{"a":1}"#));
        assert_ne!(facts("T", r#"{"a":1}"#).intent, facts("T", r#"{"a":2}"#).intent);
    }

    #[test]
    fn a_success_that_shows_nothing_is_marked() {
        assert!(facts("Bash", r#"{"command":"go test | tail"}"#).is_masked);
        assert!(!facts("Bash", r#"{"command":"go test"}"#).is_masked);
    }
}
