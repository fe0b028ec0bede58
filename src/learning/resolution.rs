//! What resolved failures: what differed between the call that failed and the one that succeeded, and what was done in
//! between.
//!
//! Pure. The words are those of the contract's `tally`.

use crate::event::Piece;
use crate::intake::json::Scanner;
use crate::pipeline::deeds;
use std::collections::BTreeSet;

/// Calls before the one that succeeded at which is looked.
pub const LOOKED_AT: usize = 12;

/// Words of a command line that are looked at.
const WORDS: usize = 400;

/// Differences of one kind that are told.
const SIGNS: usize = 4;

/// Fields that say what a call is about.
const OBJECTS: [&str; 6] = ["file_path", "notebook_path", "filePath", "absolute_path", "path", "url"];

/// Fields that hold a command line.
pub(super) const COMMANDS: [&str; 3] = ["command", "cmd", "script"];

/// A call with its input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The tool.
    pub tool: String,
    /// Its input, as JSON; a long one may be cut.
    pub input: String,
}

/// What resolved a failure: words such as `after:Read`, `field:old_string`, each once.
pub fn words(failed: &Step, succeeded: &Step, between: &[Step]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let (before, after) = (members(&failed.input), members(&succeeded.input));
    let is_same = before == after;
    let object = before.iter().find(|(name, _)| OBJECTS.contains(&name.as_str()));
    let command = |members: &[(String, String)]| {
        members.iter().find(|(name, _)| COMMANDS.contains(&name.as_str())).map(|(_, value)| value.clone())
    };
    let own: Vec<String> = command(&before).map(|command| deeds(&command)).unwrap_or_default();
    for step in between.iter().rev().take(LOOKED_AT) {
        let said = members(&step.input);
        if let Some((_, wanted)) = object {
            let is_about = said.iter().any(|(name, value)| OBJECTS.contains(&name.as_str()) && value == wanted);
            if is_about && step.tool != failed.tool {
                found.insert(format!("after:{}", step.tool));
            }
        } else if let Some(command) = command(&said) {
            let others = deeds(&command).into_iter().filter(|deed| !own.contains(deed));
            found.extend(others.map(|deed| format!("after:{}:{deed}", step.tool)));
        }
    }
    if let (Some(failed), Some(succeeded)) = (command(&before), command(&after)) {
        let (failed, succeeded) = (signs(&failed), signs(&succeeded));
        found.extend(succeeded.difference(&failed).take(SIGNS).map(|sign| format!("added:{sign}")));
        found.extend(failed.difference(&succeeded).take(SIGNS).map(|sign| format!("dropped:{sign}")));
    } else if !is_same {
        for (name, value) in &after {
            match before.iter().find(|(known, _)| known == name) {
                None if is_whole(&failed.input) => found.insert(format!("added:{name}")),
                Some((_, old)) if old != value => found.insert(format!("field:{name}")),
                _ => false,
            };
        }
        let is_gone = |name: &String| is_whole(&succeeded.input) && after.iter().all(|(known, _)| known != name);
        found.extend(before.iter().filter(|(name, _)| is_gone(name)).map(|(name, _)| format!("dropped:{name}")));
    }
    found
}

/// What of a command line is told if it differs: a change of the folder in front, variables, options.
fn signs(command: &str) -> BTreeSet<String> {
    let mut signs = BTreeSet::new();
    let mut words = command.split_whitespace().take(WORDS).peekable();
    if words.peek().is_some_and(|word| matches!(*word, "cd" | "pushd")) {
        signs.insert("cd".to_owned());
    }
    for word in words {
        let name = word.split('=').next().unwrap_or(word);
        let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let is_variable = name.len() > 1 && name.len() < word.len() && name.bytes().all(is_name);
        let is_option = name.len() > 1
            && name.len() <= 40
            && name.starts_with('-')
            && name.bytes().any(|byte| byte.is_ascii_alphabetic());
        if is_variable || (is_option && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')) {
            signs.insert(name.to_owned());
        }
    }
    signs
}

/// Whether a text was not cut.
pub(super) fn is_whole(json: &str) -> bool {
    json.trim_end().ends_with('}')
}

/// The members of an object, as far as it goes; of a text that was cut the last may be missing.
pub(super) fn members(json: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let _ = Scanner::new(json.as_bytes()).object_or_skip(|scanner, key| {
        let span = scanner.span()?;
        let value = match Scanner::new(span).piece() {
            Ok(Some(piece)) => piece.decode().into_owned(),
            _ => String::from_utf8_lossy(span).into_owned(),
        };
        found.push((Piece::Escaped(key).decode().into_owned(), value));
        Ok(())
    });
    found
}

#[cfg(test)]
mod tests {
    use super::{Step, words};

    fn step(tool: &str, input: &str) -> Step {
        Step { tool: tool.into(), input: input.into() }
    }

    fn said(failed: &str, succeeded: &str, between: &[(&str, &str)]) -> Vec<String> {
        let tool = if failed.contains("command") { "Bash" } else { "Edit" };
        let between: Vec<Step> = between.iter().map(|(tool, input)| step(tool, input)).collect();
        words(&step(tool, failed), &step(tool, succeeded), &between).into_iter().collect()
    }

    #[test]
    fn a_fresh_read_of_the_same_file_is_told_and_one_of_another_is_not() {
        let edit = r#"{"file_path":"/a","old_string":"x"}"#;
        assert_eq!(said(edit, edit, &[("Read", r#"{"file_path":"/a"}"#)]), ["after:Read"]);
        assert!(said(edit, edit, &[("Read", r#"{"file_path":"/b"}"#)]).is_empty());
        assert!(said(edit, edit, &[("Edit", edit)]).is_empty(), "the same tool is another try");
    }

    #[test]
    fn fields_that_differ_are_told() {
        let (old, new) =
            (r#"{"file_path":"/a","old_string":"x","n":1}"#, r#"{"file_path":"/a","old_string":"y","all":true}"#);
        assert_eq!(said(old, new, &[]), ["added:all", "dropped:n", "field:old_string"]);
    }

    #[test]
    fn commands_in_between_are_told_but_for_the_same() {
        let lint = r#"{"command":"bun run lint"}"#;
        let between = [("Bash", r#"{"command":"cd a && biome format --write ."}"#), ("Bash", lint), ("Read", "{}")];
        let found = said(lint, lint, &between);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("after:Bash:biome"), "{found:?}");
    }

    #[test]
    fn a_folder_a_variable_or_an_option_that_was_added_is_told() {
        let failed = r#"{"command":"go test ./... -v"}"#;
        let succeeded = r#"{"command":"cd src && CGO_ENABLED=0 go test --count=1 ./..."}"#;
        assert_eq!(said(failed, succeeded, &[]), ["added:--count", "added:CGO_ENABLED", "added:cd", "dropped:-v"]);
    }

    #[test]
    fn a_cut_text_says_what_stands_before_the_cut() {
        let torn = r#"{"file_path":"/a","old_string":"xxxx"#;
        assert_eq!(said(torn, torn, &[("Read", r#"{"file_path":"/a"}"#)]), ["after:Read"]);
    }
}
