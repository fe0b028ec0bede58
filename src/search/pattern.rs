//! What is looked for: a text, or a regular expression that is matched in linear time.

use super::sieve::{Sieve, Surroundings};
use memchr::{memchr, memchr_iter, memmem, memrchr};
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};
use std::fmt;
use std::ops::Range;

/// Bytes of a compiled pattern, and of what is remembered while it is matched.
const SIZE: usize = 10 << 20;
/// How deep groups may be nested.
const NESTING: u32 = 128;
/// Longest pattern, in bytes. A guess.
const LONGEST: usize = 64 << 10;

/// How a pattern is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// As the text itself.
    #[default]
    Literal,
    /// As a regular expression, matched within a line.
    Regex,
}

/// Whether capitals matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    /// They do.
    #[default]
    Exact,
    /// They do not.
    Ignored,
}

/// What is searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// What events say, decoded.
    #[default]
    Said,
    /// The lines of the logs, as they stand.
    Bytes,
}

/// Why a pattern cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// It is empty, and would be found everywhere.
    Empty,
    /// It has more bytes than a pattern may have.
    TooLong(usize),
    /// A line cannot hold it.
    SeveralLines,
    /// It is no regular expression.
    Syntax(String),
    /// It is a regular expression that takes more memory than it may.
    TooLarge,
}

impl fmt::Display for PatternError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::Empty => out.write_str("the pattern is empty"),
            PatternError::TooLong(length) => write!(out, "the pattern has {length} bytes, more than {LONGEST}"),
            PatternError::SeveralLines => out.write_str("the pattern holds a line break, and lines are searched"),
            PatternError::Syntax(why) => write!(out, "the pattern is no regular expression: {why}"),
            PatternError::TooLarge => write!(out, "the pattern takes more than {} MiB once compiled", SIZE >> 20),
        }
    }
}

impl std::error::Error for PatternError {}

/// A match, with the line in which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of the line, from 1.
    pub line: u64,
    /// Where the line stands; where the match goes on in others, they are part of it.
    pub within: Range<usize>,
    /// The match.
    pub matched: Range<usize>,
    /// How many lines of the text match.
    pub lines: u64,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Pattern {
    finder: Finder,
    sieve: Sieve,
}

#[derive(Clone, Debug)]
enum Finder {
    /// A text, which may hold line feeds.
    Literal(Box<memmem::Finder<'static>>),
    /// A text whose capitals do not matter.
    Folded(Regex),
    /// What is matched line by line.
    Lines(Regex),
}

impl Pattern {
    /// A pattern as it was typed.
    pub fn new(text: &str, syntax: Syntax, case: Case, reach: Reach) -> Result<Pattern, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > LONGEST {
            return Err(PatternError::TooLong(text.len()));
        }
        if reach == Reach::Bytes && syntax == Syntax::Literal && text.contains('\n') {
            return Err(PatternError::SeveralLines);
        }
        let ignores_case = case == Case::Ignored;
        let surroundings = if reach == Reach::Said { Surroundings::Escaped } else { Surroundings::Bytes };
        let (finder, words) = match syntax {
            Syntax::Literal if !ignores_case => {
                (Finder::Literal(Box::new(memmem::Finder::new(text).into_owned())), Some(vec![text.to_owned()]))
            }
            Syntax::Literal => (Finder::Folded(compile(&regex::escape(text), case)?), Some(vec![text.to_owned()])),
            Syntax::Regex => (Finder::Lines(compile(text, case)?), words_of(text, ignores_case)),
        };
        // Where capitals do not matter, an expression has classes in place of letters.
        let folds = ignores_case && syntax == Syntax::Literal;
        Ok(Pattern { finder, sieve: Sieve::new(words.as_deref(), folds, surroundings) })
    }

    /// What lets through the lines that may match.
    pub fn sieve(&self) -> &Sieve {
        &self.sieve
    }

    /// The first match in a text, and how many of its lines match.
    pub fn find(&self, text: &[u8]) -> Option<Found> {
        match &self.finder {
            Finder::Literal(finder) => {
                let length = finder.needle().len();
                find_lines(text, |rest| finder.find(rest).map(|at| at..at + length))
            }
            Finder::Folded(regex) => find_lines(text, |rest| regex.find(rest).map(|found| found.range())),
            Finder::Lines(regex) => find_by_line(text, regex),
        }
    }
}

/// Compiles an expression, of bounded size.
fn compile(text: &str, case: Case) -> Result<Regex, PatternError> {
    let built = RegexBuilder::new(text)
        .case_insensitive(case == Case::Ignored)
        .size_limit(SIZE)
        .dfa_size_limit(SIZE)
        .nest_limit(NESTING)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        // The last line says what is wrong; those before it show where, and would be torn apart.
        error => {
            let text = error.to_string();
            PatternError::Syntax(text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned())
        }
    })
}

/// Finds the lines of a text in which a match begins.
fn find_lines(text: &[u8], find: impl Fn(&[u8]) -> Option<Range<usize>>) -> Option<Found> {
    let mut first: Option<Found> = None;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(&find) {
        let matched = at + found.start..at + found.end;
        let end = memchr(b'\n', &text[matched.end..]).map_or(text.len(), |feed| matched.end + feed);
        at = end + 1;
        match &mut first {
            Some(first) => first.lines += 1,
            None => {
                let start = memrchr(b'\n', &text[..matched.start]).map_or(0, |feed| feed + 1);
                let line = memchr_iter(b'\n', &text[..matched.start]).count() as u64 + 1;
                first = Some(Found { line, within: start..end, matched, lines: 1 });
            }
        }
    }
    first
}

/// Finds the lines of a text that match by themselves.
fn find_by_line(text: &[u8], regex: &Regex) -> Option<Found> {
    let mut first: Option<Found> = None;
    let mut start = 0;
    let mut number = 0;
    while start <= text.len() {
        let end = memchr(b'\n', &text[start..]).map_or(text.len(), |feed| start + feed);
        let line = &text[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        number += 1;
        match &mut first {
            Some(first) => first.lines += u64::from(regex.is_match(line)),
            None => {
                first = regex.find(line).map(|found| Found {
                    line: number,
                    within: start..start + line.len(),
                    matched: start + found.start()..start + found.end(),
                    lines: 1,
                });
            }
        }
        start = end + 1;
    }
    first
}

/// Texts of which each match of an expression holds at least one, if that can be told.
pub fn words_of(text: &str, ignores_case: bool) -> Option<Vec<String>> {
    let parsed =
        ParserBuilder::new().case_insensitive(ignores_case).utf8(false).nest_limit(NESTING).build().parse(text);
    required(&parsed.ok()?)
}

fn required(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![std::str::from_utf8(&literal.0).ok()?.to_owned()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub),
        HirKind::Concat(parts) => {
            let shortest = |words: &Vec<String>| words.iter().map(String::len).min().unwrap_or_default();
            parts.iter().filter_map(required).max_by_key(shortest)
        }
        HirKind::Alternation(ways) => {
            let words: Option<Vec<Vec<String>>> = ways.iter().map(required).collect();
            words.map(|words| words.concat())
        }
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, Found, Pattern, PatternError, Reach, Syntax, words_of};

    fn found(pattern: &str, syntax: Syntax, case: Case, text: &str) -> Option<(u64, String, String, u64)> {
        let pattern = Pattern::new(pattern, syntax, case, Reach::Said).unwrap();
        let Found { line, within, matched, lines } = pattern.find(text.as_bytes())?;
        Some((line, text[within].to_owned(), text[matched].to_owned(), lines))
    }

    fn some(line: u64, within: &str, matched: &str, lines: u64) -> Option<(u64, String, String, u64)> {
        Some((line, within.to_owned(), matched.to_owned(), lines))
    }

    #[test]
    fn a_text_is_found_with_its_line() {
        let text = "one\ntwo two\nthree\ntwo";
        assert_eq!(found("two", Syntax::Literal, Case::Exact, text), some(2, "two two", "two", 2));
        assert_eq!(found("e\nt", Syntax::Literal, Case::Exact, text), some(1, "one\ntwo two", "e\nt", 2));
        assert_eq!(found("TWO", Syntax::Literal, Case::Exact, text), None);
        assert_eq!(found("TWO", Syntax::Literal, Case::Ignored, text), some(2, "two two", "two", 2));
        assert_eq!(found("t.o", Syntax::Literal, Case::Ignored, text), None);
        assert_eq!(found("STRASSE", Syntax::Literal, Case::Ignored, "Straße"), None);
        assert_eq!(found("É", Syntax::Literal, Case::Ignored, "été"), some(1, "été", "é", 1));
    }

    #[test]
    fn an_expression_is_matched_within_lines() {
        let text = "error[E0308]\r\nerror[E1]\n\nfine";
        let regex = |pattern| found(pattern, Syntax::Regex, Case::Exact, text);
        assert_eq!(regex(r"\[E\d+\]$"), some(1, "error[E0308]", "[E0308]", 2));
        assert_eq!(regex(r"^$"), some(3, "", "", 1));
        assert_eq!(regex(r"\s"), None);
        assert_eq!(regex(r"(?s)error.*fine"), None);
        assert_eq!(found("FI.E", Syntax::Regex, Case::Ignored, text), some(4, "fine", "fine", 1));
    }

    #[test]
    fn what_an_expression_needs_is_known() {
        let words = |text| words_of(text, false).map(|words| words.join(" "));
        assert_eq!(words(r"a+(longest|longer)b").as_deref(), Some("longest longer"));
        assert_eq!(words(r"error\[E\d+\]").as_deref(), Some("error[E"));
        assert_eq!(words(r"(needed)+x?").as_deref(), Some("needed"));
        assert_eq!(words(r"(a|\d)"), None);
        assert_eq!(words(r"\d*"), None);
        assert_eq!(words_of("abc", true), None);
    }

    #[test]
    fn what_cannot_be_looked_for_is_refused() {
        let refused = |text: &str, syntax, reach| Pattern::new(text, syntax, Case::Exact, reach).unwrap_err();
        assert_eq!(refused("", Syntax::Regex, Reach::Said), PatternError::Empty);
        assert_eq!(refused("a\nb", Syntax::Literal, Reach::Bytes), PatternError::SeveralLines);
        assert_eq!(refused(r"(\pL{1000}){1000}", Syntax::Regex, Reach::Said), PatternError::TooLarge);
        assert_eq!(refused("(a", Syntax::Regex, Reach::Said), PatternError::Syntax("unclosed group".to_owned()));
        assert!(matches!(refused(&"a".repeat(70_000), Syntax::Literal, Reach::Said), PatternError::TooLong(70_000)));
        let nested = format!("{}{}", "(".repeat(500), ")".repeat(500));
        assert!(matches!(refused(&nested, Syntax::Regex, Reach::Said), PatternError::Syntax(_)));
    }
}
