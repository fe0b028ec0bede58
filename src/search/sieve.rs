//! Passes by, at the speed of a byte search, the lines that cannot hold a hit.
//!
//! A hit in decoded text is not always found in the bytes of the log: JSON may write a line feed as `\n`, a quote as
//! `\"`, a slash as `\/`, and any character as `\uXXXX`. The sieve therefore looks for the longest run of what is
//! looked for that has no short escape, and for escapes that could hide a character of that run. What it lets through
//! is decoded and looked at again, so that it may let through too much, and must never hold back a hit.

use memchr::{memchr, memmem, memrchr};
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;

/// Bytes of the hexadecimal digits in `\uXXXX`.
const DIGITS: usize = 4;
/// Most runs that are looked for at once. A guess: with more, nearly every line holds one.
const MAX_RUNS: usize = 32;
/// Bytes of a compiled run, beyond which none is looked for: folding multiplies long ones.
const RUN_SIZE: usize = 1 << 20;

/// What the runs are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// Strings of JSON, whose escapes are decoded before they are looked at again.
    Escaped,
    /// The bytes themselves.
    Bytes,
}

/// Lets through the lines that may hold a hit.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// One of these stands in each hit; without them everything is let through.
    runs: Option<Regex>,
    escapes: Option<Escapes>,
}

/// Escapes that may hide a character of a run.
#[derive(Clone, Debug)]
struct Escapes {
    unicode: memmem::Finder<'static>,
    /// Only if a run holds a slash: no writer in use escapes it, and source code is full of `\/`.
    slash: Option<memmem::Finder<'static>>,
    /// The characters of the runs.
    ascii: [bool; 128],
    /// Whether a run holds others, or a letter that another character folds to.
    beyond: bool,
}

impl Sieve {
    /// A sieve for hits that hold at least one of `words`; without words, nothing is known of a hit.
    pub fn new(words: Option<&[String]>, ignores_case: bool, surroundings: Surroundings) -> Sieve {
        let all = Sieve { runs: None, escapes: None };
        let run_of = |word: &String| match surroundings {
            Surroundings::Escaped => longest_run(word).to_owned(),
            Surroundings::Bytes => word.clone(),
        };
        let runs: Vec<String> = words.unwrap_or_default().iter().map(run_of).collect();
        if runs.is_empty() || runs.len() > MAX_RUNS || runs.iter().any(String::is_empty) {
            return all;
        }
        let alternatives: Vec<String> = runs.iter().map(|run| regex::escape(run)).collect();
        let regex =
            RegexBuilder::new(&alternatives.join("|")).case_insensitive(ignores_case).size_limit(RUN_SIZE).build();
        let Ok(regex) = regex else { return all };
        let escapes = (surroundings == Surroundings::Escaped).then(|| Escapes::of(&runs, ignores_case));
        Sieve { runs: Some(regex), escapes }
    }

    /// The lines of a piece of a log that may hold a hit, in their order.
    pub fn lines<'a>(&'a self, piece: &'a [u8]) -> Candidates<'a> {
        Candidates { sieve: self, piece, at: 0, run: Next::Unknown, escape: Next::Unknown }
    }

    /// Whether a whole file may hold one.
    pub fn lets_through(&self, bytes: &[u8]) -> bool {
        self.lines(bytes).next().is_some()
    }
}

/// The longest run of characters that JSON writes either as they are or as `\uXXXX`, a slash also as `\/`.
fn longest_run(word: &str) -> &str {
    let is_between = |c: char| matches!(c, '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' | '\u{fffd}');
    word.split(is_between).max_by_key(|run| run.len()).unwrap_or_default()
}

impl Escapes {
    fn of(runs: &[String], ignores_case: bool) -> Escapes {
        let mut ascii = [false; 128];
        let mut beyond = ignores_case;
        // The only ASCII letters that others fold to: the Kelvin sign and the long s.
        b"kKsS".iter().for_each(|letter| ascii[usize::from(*letter)] = ignores_case);
        for c in runs.iter().flat_map(|run| run.chars()) {
            if !c.is_ascii() {
                beyond = true;
                continue;
            }
            ascii[c as usize] = true;
            if ignores_case {
                ascii[c.to_ascii_lowercase() as usize] = true;
                ascii[c.to_ascii_uppercase() as usize] = true;
            }
        }
        let slash = ascii[usize::from(b'/')].then(|| memmem::Finder::new(br"\/").into_owned());
        Escapes { unicode: memmem::Finder::new(br"\u").into_owned(), slash, ascii, beyond }
    }

    /// Where the next escape from `from` on stands that may hide a character of a run.
    fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let unicode = next_escape(&self.unicode, bytes, from, |at| self.hides(bytes, at));
        let slash = self.slash.as_ref().and_then(|slash| next_escape(slash, bytes, from, |_| true));
        unicode.into_iter().chain(slash).min()
    }

    /// Whether `\uXXXX` at a place means a character of a run.
    fn hides(&self, bytes: &[u8], at: usize) -> bool {
        let Some(digits) = bytes.get(at + 2..at + 2 + DIGITS) else { return false };
        let code = std::str::from_utf8(digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        code.is_some_and(|code| self.ascii.get(code).copied().unwrap_or(self.beyond))
    }
}

/// Where the next escape stands that is meant: one behind an odd number of backslashes is an escaped backslash.
fn next_escape(
    finder: &memmem::Finder<'_>,
    bytes: &[u8],
    from: usize,
    wanted: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut at = from;
    loop {
        at += finder.find(&bytes[at..])?;
        let before = bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if before % 2 == 0 && wanted(at) {
            return Some(at);
        }
        at += 2;
    }
}

/// Where something stands next, as far as it is known.
#[derive(Clone, Copy, Debug)]
enum Next {
    Unknown,
    At(usize),
    Nowhere,
}

impl Next {
    /// The first place from `from` on, looked up only if the last one lies before.
    fn from(&mut self, from: usize, find: impl FnOnce() -> Option<usize>) -> Option<usize> {
        match *self {
            Next::Nowhere => None,
            Next::At(place) if place >= from => Some(place),
            Next::Unknown | Next::At(_) => {
                let found = find();
                *self = found.map_or(Next::Nowhere, Next::At);
                found
            }
        }
    }
}

/// The lines of a piece that may hold a hit.
pub struct Candidates<'a> {
    sieve: &'a Sieve,
    piece: &'a [u8],
    at: usize,
    run: Next,
    escape: Next,
}

impl Iterator for Candidates<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let (from, piece) = (self.at, self.piece);
        if from >= piece.len() {
            return None;
        }
        let place = match &self.sieve.runs {
            None => Some(from),
            Some(runs) => {
                let run = self.run.from(from, || runs.find_at(piece, from).map(|found| found.start()));
                let escapes = self.sieve.escapes.as_ref();
                let escape = self.escape.from(from, || escapes?.find(piece, from));
                run.into_iter().chain(escape).min()
            }
        }?;
        let start = memrchr(b'\n', &piece[from..place]).map_or(from, |feed| from + feed + 1);
        let end = memchr(b'\n', &piece[place..]).map_or(piece.len(), |feed| place + feed);
        self.at = end + 1;
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Sieve, Surroundings, longest_run};

    fn through(words: &[&str], ignores_case: bool, piece: &str) -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let sieve = Sieve::new(Some(&words), ignores_case, Surroundings::Escaped);
        sieve.lines(piece.as_bytes()).map(|line| piece[line].to_owned()).collect()
    }

    #[test]
    fn runs_have_no_short_escapes() {
        assert_eq!(longest_run("say \"hello\" to\tyou"), "hello");
        assert_eq!(longest_run("a/b.rs"), "a/b.rs");
        assert_eq!(longest_run("\"\n\\"), "");
    }

    #[test]
    fn only_lines_that_may_hold_a_hit_pass() {
        let piece = "one\ntwo lost\n\nlost\nthree \\u006cost\nfour \\\\u006cost\nfive \\u001b[0m\nsix LOST";
        assert_eq!(through(&["lost"], false, piece), ["two lost", "lost", "three \\u006cost"]);
        assert_eq!(through(&["lost"], true, piece), ["two lost", "lost", "three \\u006cost", "six LOST"]);
        assert_eq!(through(&["one", "five"], false, piece), ["one", "five \\u001b[0m"]);
        assert_eq!(through(&["\""], false, "a\n\nb"), ["a", "", "b"]);
    }

    #[test]
    fn escapes_that_cannot_be_meant_hide_nothing() {
        assert_eq!(through(&["a/b"], false, "a\\/c\na\\\\/b\nx\\u00"), ["a\\/c"]);
        assert_eq!(through(&["ab"], false, "a\\/b\n\\u00e9\n\\uzzzz\n\\u0062"), ["\\u0062"]);
        assert_eq!(through(&["é"], false, "\\u00e9\n\\ud83d\\ude00\n\\u0062"), ["\\u00e9", "\\ud83d\\ude00"]);
    }

    #[test]
    fn a_letter_may_hide_behind_another_that_folds_to_it() {
        assert_eq!(
            through(&["kelvin"], true, "\u{212a}ELVIN\n\\u212aelvin\nmelvin"),
            ["\u{212a}ELVIN", "\\u212aelvin"]
        );
    }
}
