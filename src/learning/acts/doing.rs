//! What a command line does, for people: without what only gives it its shape.
//!
//! [`crate::pipeline::deeds`] tells failures and their successes apart, where every word may matter. Here the bodies of
//! documents and the words of loops and conditions are left out, for they are not what was done.

use crate::pipeline::deeds;
use crate::secret::{mask, shorten_homes};

/// Words of a shell that stand before a command.
const BEFORE: [&str; 9] = ["do", "then", "else", "if", "elif", "while", "until", "!", "{"];
/// Words of a shell, and moves from folder to folder, that are nothing done.
const SHAPES: [&str; 19] = [
    "do",
    "else",
    "then",
    "for",
    "case",
    "in",
    "done",
    "fi",
    "esac",
    "}",
    "function",
    "local",
    "return",
    "break",
    "continue",
    "exit",
    "Set-Location",
    "Push-Location",
    "trap",
];
/// Programs that run what they are given.
const INTERPRETERS: [&str; 7] = ["python", "python3", "node", "ruby", "perl", "php", "deno"];
/// Options behind which a password may stand.
const GIVEN: [&str; 5] = ["-p", "-P", "-a", "-k", "-u"];
/// Words and characters of a deed that are kept.
const WORDS: usize = 5;
const CHARACTERS: usize = 60;

/// The things that a command line does, in order, each in a few words.
pub fn doing(command: &str) -> Vec<String> {
    // What is secret is known by what stands around it, and so before anything is cut.
    let command = mask(&shorten_homes(&without_values(command))).into_owned();
    deeds(&without_shape(&command)).into_iter().filter(|deed| is_done(deed)).map(|deed| brief(&deed)).collect()
}

fn is_done(deed: &str) -> bool {
    let first = deed.split(' ').next().unwrap_or_default();
    let is_name = |character: char| character.is_alphanumeric() || "-_.:+~".contains(character);
    !first.is_empty() && first.chars().all(is_name) && !SHAPES.contains(&first)
}

fn brief(deed: &str) -> String {
    let is_open = |word: &&str| !word.contains("[masked");
    let mut words: Vec<&str> = deed.split_whitespace().take_while(is_open).take(WORDS).collect();
    // What is no file is the program itself, or the end of one.
    if words.first().is_some_and(|first| INTERPRETERS.contains(first)) {
        let is_file = |word: &&str| word.contains(['.', '/']) && !word.contains(['(', '\'', '"']);
        words.truncate(if words.get(1).is_some_and(is_file) { 2 } else { 1 });
    }
    let brief = words.join(" ");
    brief.chars().take(CHARACTERS).collect::<String>().trim_end_matches([' ', ')']).to_owned()
}

/// A command line without the bodies of documents that it holds, and without the words before commands.
fn without_shape(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut body: Option<&str> = None;
    for line in command.lines() {
        if let Some(end) = body {
            if line.trim() == end {
                body = None;
            }
            continue;
        }
        body = line.split_once("<<").and_then(|(_, rest)| end_of_body(rest));
        // What stands in `$(..)` is done, too.
        for part in line.split("$(") {
            for (at, piece) in part.split(';').enumerate() {
                if at > 0 {
                    out.push(';');
                }
                out.push_str(without_words(piece));
            }
            out.push('\n');
        }
    }
    out
}

/// A command line without what some options are given: in many programs it is a password, and never what is done.
fn without_values(command: &str) -> String {
    let mut is_value = false;
    let is_kept = |word: &&str| {
        let was_value = is_value && !word.starts_with('-');
        is_value = GIVEN.contains(word);
        !was_value
    };
    command.split(' ').filter(is_kept).collect::<Vec<_>>().join(" ")
}

fn without_words(piece: &str) -> &str {
    let mut rest = piece.trim_start().trim_start_matches('(');
    while let Some((_, after)) = rest.split_once(char::is_whitespace).filter(|(word, _)| BEFORE.contains(word)) {
        rest = after.trim_start();
    }
    rest
}

/// The word that ends a document, from what stands behind `<<`.
fn end_of_body(rest: &str) -> Option<&str> {
    let word = rest.trim_start_matches(['-', '~']).trim_start();
    let word = word.trim_start_matches(['\'', '"', '\\']);
    let end = word.find(|character: char| !(character.is_alphanumeric() || character == '_')).unwrap_or(word.len());
    Some(&word[..end]).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::doing;

    #[test]
    fn what_gives_a_command_its_shape_is_left_out() {
        for (command, expected) in [
            ("for c in $g; do git cherry-pick $c; done", &["git cherry-pick"][..]),
            ("if ! make lint; then\n  make fix\nfi", &["make lint", "make fix"]),
            ("cat > a.go <<'EOF'\npackage color\nfunc f() {}\nEOF\ngo build ./...", &["cat a.go", "go build"]),
            ("while true; do curl -s x; sleep 1; done", &["true", "curl -s x"]),
            ("x=$(git rev-parse themes); (go test)", &["git rev-parse", "go test"]),
            ("python3 -c 'import os; print(1)'", &["python3"]),
            ("python3 << 'END'\nprint(1)\nEND", &["python3"]),
            ("python3 tools/x.py --all", &["python3 tools/x.py"]),
            ("git commit -F - <<EOF\nMend; do it\nEOF", &["git commit"]),
            ("Set-Location D:/x; npm test", &["npm test"]),
            ("ssh host one two three four five six seven", &["ssh host one two three"]),
            ("cat <<", &["cat"]),
            ("prog --password Kx7mQ2vR9tLw run", &["prog"]),
            ("sshpass -p hunter ssh host", &["sshpass ssh"]),
        ] {
            let found: Vec<String> = doing(command).into_iter().filter(|deed| deed != "true").collect();
            let expected: Vec<&str> = expected.iter().copied().filter(|deed| *deed != "true").collect();
            assert_eq!(found, expected, "{command}");
        }
    }
}
