//! Reads Rust just well enough to know which names a source file uses.
//!
//! Comments, the contents of strings and what is only built for tests are left out. Macros are read like any code, so a
//! name inside their arguments counts. What it does not see: a name that a macro makes up, and one reached through a
//! rename (`use std::fs as disk`), but the path behind the `use` is seen.

/// A word or a sign of a source file, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    pub line: usize,
}

/// A path such as `crate::disk::Disk`, from a `use` or from within code, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePath {
    pub parts: Vec<String>,
    pub line: usize,
}

impl NamePath {
    /// Says whether the path begins with these parts.
    pub fn starts_with(&self, parts: &[&str]) -> bool {
        self.parts.len() >= parts.len() && self.parts.iter().zip(parts).all(|(a, b)| a == b)
    }

    /// Says whether the path ends with these parts.
    pub fn ends_with(&self, parts: &[&str]) -> bool {
        self.parts.len() >= parts.len() && self.parts.iter().rev().zip(parts.iter().rev()).all(|(a, b)| a == b)
    }
}

/// Reads the tokens of a source file, without comments, strings and parts for tests.
pub fn tokens(source: &str) -> Vec<Token> {
    without_tests(&lex(source))
}

fn lex(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |place: usize| chars.get(place).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut found, mut place, mut line) = (Vec::new(), 0, 1);
    while place < chars.len() {
        let start = place;
        let first = at(place);
        if first.is_whitespace() {
            place += 1;
        } else if first == '/' && at(place + 1) == '/' {
            while place < chars.len() && at(place) != '\n' {
                place += 1;
            }
        } else if first == '/' && at(place + 1) == '*' {
            place = block_comment_end(&chars, place);
        } else if let Some(end) = string_end(&chars, place) {
            place = end;
        } else if first == '\'' {
            place = char_end(&chars, place);
        } else if is_word(first) {
            if first == 'r' && at(place + 1) == '#' && is_word(at(place + 2)) {
                place += 2;
            }
            let word = place;
            while is_word(at(place)) {
                place += 1;
            }
            found.push(Token { text: chars[word..place].iter().collect(), line });
        } else {
            place += if first == ':' && at(place + 1) == ':' { 2 } else { 1 };
            found.push(Token { text: chars[start..place].iter().collect(), line });
        }
        line += chars[start..place.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    found
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let (mut depth, mut place) = (0, start);
    while place < chars.len() {
        match (chars[place], chars.get(place + 1)) {
            ('/', Some('*')) => (depth, place) = (depth + 1, place + 2),
            ('*', Some('/')) => (depth, place) = (depth - 1, place + 2),
            _ => place += 1,
        }
        if depth == 0 {
            break;
        }
    }
    place
}

/// The end of a string literal of any kind that begins here.
fn string_end(chars: &[char], start: usize) -> Option<usize> {
    let mut place = start;
    while matches!(chars.get(place), Some('b' | 'c' | 'r')) && place < start + 2 {
        place += 1;
    }
    let is_raw = chars[start..place].contains(&'r');
    let hashes = chars[place..].iter().take_while(|c| **c == '#').count();
    place += hashes;
    if chars.get(place) != Some(&'"') || hashes > 0 && !is_raw {
        return None;
    }
    place += 1;
    while place < chars.len() {
        match chars[place] {
            '\\' if !is_raw => place += 2,
            '"' if chars[place + 1..].iter().take_while(|c| **c == '#').count() >= hashes => {
                return Some(place + 1 + hashes);
            }
            _ => place += 1,
        }
    }
    Some(chars.len())
}

/// The end of a character literal, or of the quote of a lifetime.
fn char_end(chars: &[char], start: usize) -> usize {
    if chars.get(start + 1) == Some(&'\\') {
        let close = chars[(start + 3).min(chars.len())..].iter().position(|c| *c == '\'');
        return close.map_or(chars.len(), |length| start + 4 + length);
    }
    if chars.get(start + 2) == Some(&'\'') { start + 3 } else { start + 1 }
}

/// Leaves out each item below `#[cfg(test)]` or `#[cfg(all(test, ...))]`.
fn without_tests(all: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut place = 0;
    while place < all.len() {
        let Some(end) = attribute_end(all, place) else {
            kept.push(all[place].clone());
            place += 1;
            continue;
        };
        let words: Vec<&str> = all[place..end].iter().map(|token| token.text.as_str()).collect();
        if words.get(2) == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not") {
            place = item_end(all, end);
        } else {
            kept.extend_from_slice(&all[place..end]);
            place = end;
        }
    }
    kept
}

fn attribute_end(all: &[Token], place: usize) -> Option<usize> {
    let is = |place: usize, text: &str| all.get(place).is_some_and(|token| token.text == text);
    (is(place, "#") && is(place + 1, "[")).then(|| group_end(all, place + 1))
}

/// The place behind the bracket that closes the one at `place`.
fn group_end(all: &[Token], place: usize) -> usize {
    let mut depth = 0;
    for (offset, token) in all[place..].iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + offset + 1;
        }
    }
    all.len()
}

fn item_end(all: &[Token], mut place: usize) -> usize {
    while place < all.len() {
        match all[place].text.as_str() {
            ";" => return place + 1,
            "{" => {
                let end = group_end(all, place);
                return end + usize::from(all.get(end).is_some_and(|next| next.text == ";"));
            }
            "(" | "[" => place = group_end(all, place),
            _ => place += 1,
        }
    }
    place
}

/// Lists all paths of a file, with `use` trees spelled out; `file` is its path below the source folder.
///
/// `crate`, `self` and `super` are resolved, so that every path of ours begins with `crate`.
pub fn paths(tokens: &[Token], file: &str) -> Vec<NamePath> {
    let module = module_of(file);
    let mut found = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        if tokens[place].text == "use" && tokens.get(place + 1).is_some_and(|next| next.text != "<") {
            place = use_tree(tokens, place + 1, &[], &mut found);
        } else if is_name(&tokens[place].text) {
            let line = tokens[place].line;
            let (parts, end) = path_at(tokens, place);
            found.push(NamePath { parts, line });
            place = end;
        } else {
            place += 1;
        }
    }
    for path in &mut found {
        path.parts = resolve(&path.parts, &module);
    }
    found
}

fn path_at(tokens: &[Token], mut place: usize) -> (Vec<String>, usize) {
    let mut parts = vec![tokens[place].text.clone()];
    while place + 2 < tokens.len() && tokens[place + 1].text == "::" && is_name(&tokens[place + 2].text) {
        parts.push(tokens[place + 2].text.clone());
        place += 2;
    }
    (parts, place + 1)
}

/// Reads one branch of a `use` tree and returns the place behind it.
fn use_tree(tokens: &[Token], mut place: usize, prefix: &[String], found: &mut Vec<NamePath>) -> usize {
    let mut parts = prefix.to_vec();
    while let Some(token) = tokens.get(place) {
        match token.text.as_str() {
            "{" => {
                let end = group_end(tokens, place);
                place += 1;
                while place + 1 < end {
                    place = use_tree(tokens, place, &parts, found);
                    place += usize::from(tokens.get(place).is_some_and(|next| next.text == ","));
                }
                return end;
            }
            "as" => place += 2,
            "::" => place += 1,
            "*" => {
                parts.push("*".into());
                place += 1;
            }
            name if is_name(name) => {
                if name != "self" || parts.is_empty() {
                    parts.push(name.into());
                }
                place += 1;
            }
            _ => break,
        }
    }
    if let Some(last) = tokens.get(place.saturating_sub(1)) {
        found.push(NamePath { parts, line: last.line });
    }
    place
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn module_of(file: &str) -> Vec<String> {
    let parts = file.trim_end_matches(".rs").split('/').map(str::to_owned);
    parts.filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main")).collect()
}

fn resolve(parts: &[String], module: &[String]) -> Vec<String> {
    let mut rest = parts;
    let mut base = match rest.first().map(String::as_str) {
        Some("self" | "super") => module.to_vec(),
        _ => return parts.to_vec(),
    };
    while let Some(("self" | "super", more)) = rest.split_first().map(|(first, more)| (first.as_str(), more)) {
        if rest[0] == "super" {
            base.pop();
        }
        rest = more;
    }
    std::iter::once("crate".to_owned()).chain(base).chain(rest.iter().cloned()).collect()
}

fn words(source: &str) -> String {
    tokens(source).iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn comments_and_strings_are_left_out() {
    let cases = [
        ("a // b\nc /* d /* e */ f */ g", "a c g"),
        ("a(\"b \\\" c\", r#\"d \" e\"#, b\"f\", br\"g\\\", c\"h\") i", "a ( , , , , ) i"),
        ("'a' b 'static '\\'' c '\\u{1F600}' d '\"' e", "b static c d e"),
        ("r#use x::y", "use x :: y"),
        ("let r = b; bc \"x\"", "let r = b ; bc"),
    ];
    for (source, expected) in cases {
        assert_eq!(words(source), expected, "in {source}");
    }
}

#[test]
fn parts_for_tests_are_left_out() {
    let cases = [
        ("a; #[cfg(test)] mod tests { use b; fn c() { d } } e", "a ; e"),
        ("#[cfg(test)] use a::{b, c}; d", "d"),
        ("#[cfg(all(test, unix))] #[allow(x)] fn a(b: [u8; 2]) { c } d", "d"),
        ("#[cfg(not(test))] fn a() {}", "# [ cfg ( not ( test ) ) ] fn a ( ) { }"),
        ("#[derive(A)] struct B;", "# [ derive ( A ) ] struct B ;"),
    ];
    for (source, expected) in cases {
        assert_eq!(words(source), expected, "in {source}");
    }
}

#[test]
fn paths_are_spelled_out_and_resolved() {
    let source = "use crate::{disk::{self, Disk as D}, clock};\nuse super::super::store::*;\nuse self::x;\nfn f() { std::fs::read(a) }";
    let found = paths(&tokens(source), "event/kind.rs");
    let found: Vec<_> = found.iter().map(|path| format!("{}:{}", path.line, path.parts.join("::"))).collect();
    let expected = [
        "1:crate::disk",
        "1:crate::disk::Disk",
        "1:crate::clock",
        "2:crate::store::*",
        "3:crate::event::kind::x",
        "4:fn",
        "4:f",
        "4:std::fs::read",
        "4:a",
    ];
    assert_eq!(found, expected);
}
