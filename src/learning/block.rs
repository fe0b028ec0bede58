//! Keeps a block of our own in a Markdown file of somebody else, such as `CLAUDE.md` or `AGENTS.md`. Pure.
//!
//! The block stands between two lines of comment, at the end of the file when it is new, and may be moved.
//! Taking it out gives back what was there before, byte for byte: what is put between a text and its block
//! depends on how the text ended. A text that ended with a line end gets an empty line, and the block a line
//! end; one that did not gets two line ends, and the block none. The first marker carries a hash of what is
//! between them, so that a change by hand is noticed and not lost. Line ends do not count for the hash, since
//! version control may change them. Markers within fenced or indented code are examples, and not ours.
//!
//! Fences are told as CommonMark 0.31 does, section 4.5, without the containers (quotes, lists) around them.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

/// What every marker begins with; a block must not hold it.
const OURS: &str = "<!-- logwright:";
const BEGIN: &str = "<!-- logwright:begin";
const END: &str = "<!-- logwright:end -->";
const CLOSE: &str = "-->";

/// Digits of the hash in the marker.
const DIGITS: usize = 12;

/// What is done with a block that somebody changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// It is kept, and the wish refused.
    Keep,
    /// It is lost.
    Discard,
}

/// Whether a text has our block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has none.
    Absent,
    /// It has one as we wrote it, which begins in this line.
    Untouched(usize),
    /// It has one that was changed by hand, which begins in this line.
    ByHand(usize),
}

/// Why a text is left as it is. Lines count from 1 on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The block that begins in this line was changed by hand.
    ByHand(usize),
    /// A block begins in this line and does not end.
    NoEnd(usize),
    /// A block ends in this line that did not begin.
    NoBegin(usize),
    /// A second block, or a second beginning of the same, stands in this line.
    Second(usize),
    /// The code that begins in this line does not end, so that a block behind it would be code, too.
    OpenFence(usize),
    /// The new block has a marker of ours in this line of its own.
    MarkerInBlock(usize),
    /// The code that begins in this line of the new block does not end in it.
    OpenFenceInBlock(usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::ByHand(line) => write!(out, "the block that begins in line {line} was changed by hand"),
            Fault::NoEnd(line) => write!(out, "the block that begins in line {line} has no `{END}`"),
            Fault::NoBegin(line) => write!(out, "`{END}` in line {line} ends no block"),
            Fault::Second(line) => write!(out, "a second block begins in line {line}"),
            Fault::OpenFence(line) => write!(out, "the code that begins in line {line} does not end"),
            Fault::MarkerInBlock(line) => write!(out, "line {line} of the block holds `{OURS}`"),
            Fault::OpenFenceInBlock(line) => write!(out, "the code in line {line} of the block does not end"),
        }
    }
}

impl std::error::Error for Fault {}

/// Puts the block in, or in the place of the one that is there.
pub fn put(text: &str, block: &str, by_hand: ByHand) -> Result<String, Fault> {
    let content = content(block)?;
    let (found, fence) = find(text)?;
    if let Some(found) = found {
        found.allow(by_hand)?;
        let written = written(&content, found.line_end);
        let (before, after) = found.around(text);
        return Ok([before, &written, after].concat());
    }
    if let Some(line) = fence {
        return Err(Fault::OpenFence(line));
    }
    let line_end = match text.find('\n') {
        Some(at) if text.get(..at).is_some_and(|before| before.ends_with('\r')) => "\r\n",
        _ => "\n",
    };
    let written = written(&content, line_end);
    Ok(match text {
        "" => [&written, line_end].concat(),
        _ if text.ends_with('\n') => [text, line_end, &written, line_end].concat(),
        _ => [text, line_end, line_end, &written].concat(),
    })
}

/// Takes the block out, if there is one.
pub fn remove(text: &str, by_hand: ByHand) -> Result<String, Fault> {
    let (Some(found), _) = find(text)? else { return Ok(text.to_owned()) };
    found.allow(by_hand)?;
    let (before, after) = found.around(text);
    let shorter = before.strip_suffix(found.line_end);
    let (before, after) = match strip_line_end(after) {
        // The empty line before the block is ours, if there is one.
        Some(after) => (shorter.filter(|before| before.ends_with('\n')).unwrap_or(before), after),
        None => (shorter.and_then(|one| one.strip_suffix(found.line_end)).or(shorter).unwrap_or(before), after),
    };
    Ok([before, after].concat())
}

/// Says whether there is a block, and whether it is as we wrote it.
pub fn state(text: &str) -> Result<State, Fault> {
    Ok(match find(text)?.0 {
        None => State::Absent,
        Some(Found { line, is_untouched: true, .. }) => State::Untouched(line),
        Some(Found { line, .. }) => State::ByHand(line),
    })
}

/// A block in a text.
struct Found<'t> {
    /// From the first marker to the last, without the line end behind it.
    whole: Range<usize>,
    /// The line in which it begins.
    line: usize,
    is_untouched: bool,
    /// How the line of the first marker ends.
    line_end: &'t str,
}

/// A block whose end was not seen yet.
struct Open<'t> {
    start: usize,
    line: usize,
    hash: &'t str,
    line_end: &'t str,
    lines: Vec<&'t str>,
}

impl Found<'_> {
    /// What stands before and behind it.
    fn around<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let part = |part: Option<&'t str>| part.unwrap_or_default();
        (part(text.get(..self.whole.start)), part(text.get(self.whole.end..)))
    }

    fn allow(&self, by_hand: ByHand) -> Result<(), Fault> {
        if self.is_untouched || by_hand == ByHand::Discard { Ok(()) } else { Err(Fault::ByHand(self.line)) }
    }
}

/// The one block of a text, and the line of a fence that is open at its end.
fn find(text: &str) -> Result<(Option<Found<'_>>, Option<usize>), Fault> {
    let mut found = None;
    let mut fence: Option<(Fence, usize)> = None;
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let (start, number) = (at, index + 1);
        at += whole.len();
        let (line, line_end) = split_line_end(whole);
        let marker = marker(line).filter(|_| fence.is_none());
        match (marker, &mut open) {
            (Some(Marker::Begin(_)), Some(_)) => return Err(Fault::Second(number)),
            (Some(Marker::Begin(_)), None) if found.is_some() => return Err(Fault::Second(number)),
            (Some(Marker::Begin(hash)), None) => {
                open = Some(Open { start, line: number, hash, line_end, lines: Vec::new() });
            }
            (Some(Marker::End), None) => return Err(Fault::NoBegin(number)),
            (Some(Marker::End), Some(begun)) => {
                let is_untouched = begun.hash == digest(&begun.lines);
                let whole = begun.start..start + line.len();
                found = Some(Found { whole, line: begun.line, is_untouched, line_end: begun.line_end });
                open = None;
            }
            (None, Some(begun)) => begun.lines.push(line),
            (None, None) => fence = Fence::step(fence, line, number),
        }
    }
    match open {
        Some(begun) => Err(Fault::NoEnd(begun.line)),
        None => Ok((found, fence.map(|(_, line)| line))),
    }
}

enum Marker<'t> {
    Begin(&'t str),
    End,
}

/// The marker that a line is; with more than three spaces before it, it would be code.
fn marker(line: &str) -> Option<Marker<'_>> {
    let line = unindented(line)?.trim_end();
    if line == END {
        return Some(Marker::End);
    }
    let said = line.strip_prefix(BEGIN)?.strip_suffix(CLOSE)?;
    // Otherwise it is a word that only begins alike, or a comment that ends before the line does.
    let is_ours = (said.is_empty() || said.starts_with(' ')) && !said.contains(CLOSE);
    is_ours.then(|| Marker::Begin(said.split_whitespace().next().unwrap_or_default()))
}

/// A line without up to three spaces; `None` with more.
fn unindented(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(' ');
    (line.len() - rest.len() <= 3).then_some(rest)
}

/// How a piece of fenced code began.
#[derive(Clone, Copy)]
struct Fence {
    mark: char,
    length: usize,
}

impl Fence {
    /// The fence that is open after a line.
    fn step(open: Option<(Fence, usize)>, line: &str, number: usize) -> Option<(Fence, usize)> {
        let Some(line) = unindented(line) else { return open };
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'));
        let rest = mark.map_or(line, |mark| line.trim_start_matches(mark));
        let length = line.len() - rest.len();
        match (open, mark) {
            (Some((fence, _)), Some(mark))
                if mark == fence.mark && length >= fence.length && rest.trim().is_empty() =>
            {
                None
            }
            (None, Some(mark)) if length >= 3 && !(mark == '`' && rest.contains('`')) => {
                Some((Fence { mark, length }, number))
            }
            _ => open,
        }
    }
}

/// The lines of a new block.
fn content(block: &str) -> Result<Vec<&str>, Fault> {
    let block = block.trim_end_matches(['\r', '\n']);
    let lines: Vec<&str> = match block {
        "" => Vec::new(),
        _ => block.split('\n').map(|line| line.trim_end_matches('\r')).collect(),
    };
    let mut fence = None;
    for (index, line) in lines.iter().enumerate() {
        if line.contains(OURS) {
            return Err(Fault::MarkerInBlock(index + 1));
        }
        fence = Fence::step(fence, line, index + 1);
    }
    match fence {
        Some((_, line)) => Err(Fault::OpenFenceInBlock(line)),
        None => Ok(lines),
    }
}

/// The block with its markers, without a line end behind it.
fn written(lines: &[&str], line_end: &str) -> String {
    let first = format!("{BEGIN} {} {CLOSE}", digest(lines));
    let all = [first.as_str()].into_iter().chain(lines.iter().copied()).chain([END]);
    all.collect::<Vec<_>>().join(line_end)
}

fn digest(lines: &[&str]) -> String {
    let mut hex = blake3::hash(lines.join("\n").as_bytes()).to_hex().to_string();
    hex.truncate(DIGITS);
    hex
}

/// A line, and how it ends.
fn split_line_end(line: &str) -> (&str, &str) {
    let rest = line.strip_suffix('\n').unwrap_or(line);
    let rest = rest.strip_suffix('\r').unwrap_or(rest);
    line.split_at(rest.len())
}

fn strip_line_end(text: &str) -> Option<&str> {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n'))
}
