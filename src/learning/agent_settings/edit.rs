//! A change of a file: which bytes are replaced, and how that looks to people.

use std::ops::Range;

/// Bytes that are replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    /// Which ones.
    pub range: Range<usize>,
    /// What stands there then.
    pub with: String,
}

/// A file before and after, with nothing else changed than what is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    before: Vec<u8>,
    after: Vec<u8>,
    splices: Vec<Splice>,
}

/// Whether a line goes or comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It was there before.
    Removed,
    /// It is there after.
    Added,
}

/// A line that an edit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whether it goes or comes.
    pub side: Side,
    /// Its number, from 1 on, in the file before or in the file after.
    pub number: usize,
    /// What it says, without its end.
    pub text: String,
}

impl Edit {
    /// Applies the splices, which must not overlap; those at one place stay in their order.
    pub(super) fn new(before: &[u8], mut splices: Vec<Splice>) -> Edit {
        splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
        let mut after = Vec::with_capacity(before.len());
        let mut from = 0;
        for splice in &splices {
            after.extend_from_slice(before.get(from..splice.range.start).unwrap_or_default());
            after.extend_from_slice(splice.with.as_bytes());
            from = splice.range.end.max(from);
        }
        after.extend_from_slice(before.get(from..).unwrap_or_default());
        Edit { before: before.to_vec(), after, splices }
    }

    /// The file as it then is.
    pub fn bytes(&self) -> &[u8] {
        &self.after
    }

    /// Whether the file is already as it should be.
    pub fn is_nothing(&self) -> bool {
        self.before == self.after
    }

    /// Whether nothing is left in the file but an empty object, so that it can as well go.
    pub fn leaves_nothing(&self) -> bool {
        let text = String::from_utf8_lossy(&self.after);
        let inside =
            text.trim_start_matches('\u{feff}').trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        inside.is_some_and(|inside| inside.trim().is_empty())
    }

    /// The lines that change, in order; those of one spot together, first what goes.
    pub fn preview(&self) -> Vec<Line> {
        let (before, after) = (lines(&self.before), lines(&self.after));
        let mut seen = Vec::new();
        // How many lines the file after has more than the file before, up to here.
        let mut shift = 0_isize;
        for (spot, grown) in self.spots() {
            let start = spot.start.saturating_add_signed(shift);
            shift += grown;
            let end = spot.end.saturating_add_signed(shift);
            let (old, new) = (within(&before, spot.clone()), within(&after, start..end));
            let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
            let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
            let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
            let mut add = |side, first: usize, lines: &[&[u8]]| {
                let kept = lines.iter().take(lines.len() - tail).enumerate();
                seen.extend(kept.map(|(index, line)| Line { side, number: first + index + 1, text: shown(line) }));
            };
            add(Side::Removed, spot.start + head, old);
            add(Side::Added, start + head, new);
        }
        seen
    }

    /// The lines of the file before that the splices touch, and by how many each spot grows.
    fn spots(&self) -> Vec<(Range<usize>, isize)> {
        let mut spots: Vec<(Range<usize>, isize)> = Vec::new();
        let (mut line, mut from) = (0, 0);
        for splice in &self.splices {
            let gone = breaks(self.before.get(splice.range.clone()).unwrap_or_default());
            line += breaks(self.before.get(from..splice.range.start).unwrap_or_default());
            let touched = line..line + gone + 1;
            let grown = breaks(splice.with.as_bytes()).cast_signed() - gone.cast_signed();
            match spots.last_mut() {
                Some((spot, sum)) if spot.end > touched.start => {
                    spot.end = spot.end.max(touched.end);
                    *sum += grown;
                }
                _ => spots.push((touched, grown)),
            }
            (line, from) = (line + gone, splice.range.end);
        }
        spots
    }
}

fn breaks(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Those of the lines that there are.
fn within<'l, 'b>(lines: &'l [&'b [u8]], range: Range<usize>) -> &'l [&'b [u8]] {
    let end = range.end.min(lines.len());
    lines.get(range.start.min(end)..end).unwrap_or_default()
}

fn shown(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()
}
