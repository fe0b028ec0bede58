//! Shapes that differ only in what stands in their slots, and the evidence of which words among them are values.

use super::miner::Outline;
use super::{FastMap, SPACED, VALUE, WORD, is_slot};

/// Rounds in which values that were found may show further ones.
const ROUNDS: usize = 8;
/// How many times as many words the first place of a line needs, and the names of states.
const DOUBTFUL: usize = 3;
/// How many words make a family.
const FAMILY: usize = 3;
/// Of how many alternatives all triples are looked at; more than that are many anyway.
const LARGEST: usize = 16;
/// How many different sets of free slots latecomers are compared with.
const PATTERNS: usize = 16;

/// What makes words many.
pub struct Judge<'a> {
    /// How many alternatives make a slot a value.
    pub many: usize,
    /// Of each word, whether it looks like the name of a state.
    pub states: &'a [bool],
}

impl Judge<'_> {
    /// How many alternatives it takes in a slot; `words` are sorted and without doubles.
    fn needed(&self, words: &[u32], opens: bool) -> usize {
        if words.first() == Some(&VALUE) {
            2
        } else if opens || self.all_states(words) {
            self.many.saturating_mul(DOUBTFUL)
        } else {
            self.many
        }
    }

    fn all_states(&self, words: &[u32]) -> bool {
        words.iter().all(|word| self.states.get((word & !WORD) as usize).copied().unwrap_or(false))
    }
}

/// A cell that is to become a value: row and column.
pub type Mark = (usize, usize);

/// Words that are alternatives of each other, sorted.
type Family = [u32; FAMILY];

/// In how many places words are alternatives of each other.
pub type Places = FastMap<Family, usize>;

/// Shapes with equal frames, as a table of their slots.
pub struct Bucket {
    /// Which shapes they are, a row each.
    shapes: Vec<usize>,
    width: usize,
    /// Whether the first slot is the first token of the line.
    opens: bool,
    cells: Vec<u32>,
    /// How many words each row had at first.
    words: Vec<usize>,
}

/// One slot of one row, seen from the rest of the row.
struct Sight {
    /// A hash of the rest.
    rest: u64,
    word: u32,
    row: usize,
}

impl Bucket {
    /// Makes an empty bucket for shapes like this one.
    pub fn new(shape: &[u32]) -> Self {
        let width = shape.iter().filter(|token| is_slot(**token)).count();
        let opens = shape.first().is_some_and(|token| is_slot(*token));
        Bucket { shapes: Vec::new(), width, opens, cells: Vec::new(), words: Vec::new() }
    }

    /// Adds the shape of this number.
    pub fn add(&mut self, at: usize, shape: &Outline) {
        self.cells.extend(shape.tokens.iter().filter(|token| is_slot(**token)).map(|token| token & !SPACED));
        self.words.push(shape.words as usize);
        self.shapes.push(at);
    }

    /// Whether there is anything to decide.
    pub fn is_open(&self) -> bool {
        self.shapes.len() > 1 && self.width > 0
    }

    /// Turns what is marked into values, and tells whether there was anything.
    pub fn apply(&mut self, marks: &[Mark]) -> bool {
        for (row, column) in marks {
            if let Some(cell) = self.cells.get_mut(row * self.width + column) {
                *cell = VALUE;
            }
        }
        !marks.is_empty()
    }

    /// Writes the slots back into the shapes.
    pub fn write(&self, shapes: &mut [Outline]) {
        for (at, cells) in self.shapes.iter().zip(self.rows()) {
            let Some(shape) = shapes.get_mut(*at) else { continue };
            for (token, cell) in shape.tokens.iter_mut().filter(|token| is_slot(**token)).zip(cells) {
                *token = cell | (*token & SPACED);
            }
        }
    }

    /// Turns alternatives into values until there are no more.
    pub fn settle(&mut self, judge: &Judge) {
        for _ in 0..ROUNDS {
            let mut marks = Vec::new();
            self.alternatives(|sights, words, column| {
                if words.len() >= judge.needed(words, self.opens && column == 0) {
                    self.mark(sights, column, &mut marks);
                }
            });
            if !self.apply(&marks) {
                break;
            }
        }
    }

    /// Finds rows that agree in their frequent words, and whose rare words are many.
    pub fn crowds(&self, judge: &Judge, _: &Places) -> Vec<Mark> {
        let mut rows = self.different();
        let all = rows.len();
        let mut counts: FastMap<(usize, u32), usize> = FastMap::default();
        for (column, cell) in rows.iter().flat_map(|(_, cells)| cells.iter().copied().enumerate()) {
            *counts.entry((column, cell)).or_default() += 1;
        }
        let count = |column, cell| counts.get(&(column, cell)).copied().unwrap_or(0);
        let (fewest, mut limit, mut marks) = (judge.many.saturating_mul(2), 1_usize, Vec::new());
        while limit.saturating_mul(fewest) <= all && rows.len() >= fewest {
            let rare = |column, cell| cell != VALUE && count(column, cell) <= limit;
            let mut crowds: FastMap<u64, Vec<(usize, &[u32])>> = FastMap::default();
            for (row, cells) in &rows {
                let kept = cells.iter().enumerate().map(|(at, cell)| if rare(at, *cell) { u32::MAX } else { *cell });
                crowds.entry(sum(kept)).or_default().push((*row, *cells));
            }
            rows.clear();
            for crowd in crowds.into_values() {
                let cells = crowd.first().map_or(&[][..], |(_, cells)| *cells);
                let free: Vec<usize> =
                    (0..).zip(cells).filter(|(at, cell)| rare(*at, **cell)).map(|(at, _)| at).collect();
                let many = crowd.len() >= fewest && free.len() > 1;
                if many && free.iter().all(|column| self.are_many(&crowd, *column, judge)) {
                    let able = crowd.iter().filter(|(row, cells)| self.spares(*row, cells, free.len()));
                    marks.extend(able.flat_map(|(row, _)| free.iter().map(|column| (*row, *column))));
                } else {
                    rows.extend(crowd);
                }
            }
            limit *= 2;
        }
        marks
    }

    /// Finds rows that would be equal to one that gave up words, if they gave up the same ones.
    pub fn latecomers(&self, _: &Judge, _: &Places) -> Vec<Mark> {
        let mut patterns: FastMap<Vec<usize>, FastMap<u64, ()>> = FastMap::default();
        for (row, cells) in self.rows().enumerate() {
            let free: Vec<usize> = (0..).zip(cells).filter(|(_, cell)| **cell == VALUE).map(|(at, _)| at).collect();
            if self.words.get(row).is_some_and(|words| words + free.len() > self.width) {
                patterns.entry(free).or_default().insert(sum(cells.iter().copied()), ());
            }
        }
        let mut patterns: Vec<(Vec<usize>, FastMap<u64, ()>)> = patterns.into_iter().collect();
        patterns.sort_unstable_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
        patterns.truncate(PATTERNS);
        let mut marks = Vec::new();
        for (row, cells) in self.rows().enumerate() {
            let whole = sum(cells.iter().copied());
            let fitting = patterns.iter().find(|(free, sums)| {
                let cells = free.iter().filter_map(|at| cells.get(*at).map(|cell| (*at, *cell)));
                let rest =
                    cells.fold(whole, |sum, (at, cell)| sum.wrapping_sub(mix(at, cell)).wrapping_add(mix(at, VALUE)));
                sums.contains_key(&rest)
            });
            let free = fitting.map_or(&[][..], |(free, _)| free);
            marks.extend(free.iter().filter(|at| cells.get(**at) != Some(&VALUE)).map(|at| (row, *at)));
        }
        marks
    }

    /// Counts in how many places words are alternatives of each other.
    pub fn count_places(&self, judge: &Judge, places: &mut Places) {
        self.alternatives(|_, words, column| {
            for triple in self.triples(words, column, judge) {
                *places.entry(triple).or_default() += 1;
            }
        });
    }

    /// Finds alternatives that are alternatives of each other elsewhere, too.
    pub fn families(&self, judge: &Judge, places: &Places) -> Vec<Mark> {
        let mut marks = Vec::new();
        self.alternatives(|sights, words, column| {
            let triples = self.triples(words, column, judge);
            if triples.iter().any(|triple| places.get(triple).is_some_and(|places| *places > 1)) {
                self.mark(sights, column, &mut marks);
            }
        });
        marks
    }

    fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.cells.chunks_exact(self.width.max(1))
    }

    fn row(&self, row: usize) -> &[u32] {
        self.cells.get(row * self.width..(row + 1) * self.width).unwrap_or(&[])
    }

    /// The rows without those that became equal to an earlier one.
    fn different(&self) -> Vec<(usize, &[u32])> {
        let mut seen: FastMap<u64, ()> = FastMap::default();
        self.rows().enumerate().filter(|(_, cells)| seen.insert(sum(cells.iter().copied()), ()).is_none()).collect()
    }

    /// Whether a row keeps half of its words if so many more become values.
    fn spares(&self, row: usize, cells: &[u32], more: usize) -> bool {
        let left = cells.iter().filter(|cell| **cell != VALUE).count();
        self.words.get(row).is_some_and(|words| left > more && (left - more) * 2 >= *words)
    }

    /// Marks a slot in all rows that can spare it.
    fn mark(&self, sights: &[Sight], column: usize, marks: &mut Vec<Mark>) {
        let able = |sight: &&Sight| sight.word != VALUE && self.spares(sight.row, self.row(sight.row), 1);
        marks.extend(sights.iter().filter(able).map(|sight| (sight.row, column)));
    }

    /// Shows each set of rows that are equal but for one slot, with the different words in it, sorted.
    fn alternatives(&self, mut show: impl FnMut(&[Sight], &[u32], usize)) {
        let sums: Vec<u64> = self.rows().map(|cells| sum(cells.iter().copied())).collect();
        let (mut sights, mut words): (Vec<Sight>, Vec<u32>) = Default::default();
        for column in 0..self.width {
            let in_column = || self.rows().filter_map(|cells| cells.get(column).copied());
            if in_column().zip(in_column().skip(1)).all(|(left, right)| left == right) {
                continue;
            }
            sights.clear();
            sights.extend(sums.iter().zip(in_column()).enumerate().map(|(row, (sum, word))| {
                let rest = sum.wrapping_sub(mix(column, word));
                Sight { rest, word, row }
            }));
            sights.sort_unstable_by_key(|sight| (sight.rest, sight.word, sight.row));
            for sights in sights.chunk_by(|left, right| left.rest == right.rest) {
                words.clear();
                words.extend(sights.iter().map(|sight| sight.word));
                words.dedup();
                if words.len() > 1 {
                    show(sights, &words, column);
                }
            }
        }
    }

    /// Whether the words of a crowd in one slot are many.
    fn are_many(&self, crowd: &[(usize, &[u32])], column: usize, judge: &Judge) -> bool {
        let mut words: Vec<u32> = crowd.iter().filter_map(|(_, cells)| cells.get(column).copied()).collect();
        words.sort_unstable();
        words.dedup();
        words.len() >= judge.needed(&words, self.opens && column == 0)
    }

    /// All triples of alternatives; none of states, of what begins a line, or of too many words.
    fn triples(&self, words: &[u32], column: usize, judge: &Judge) -> Vec<Family> {
        let mut triples = Vec::new();
        let opens = self.opens && column == 0;
        let fit = words.first() != Some(&VALUE) && (FAMILY..=LARGEST).contains(&words.len());
        if opens || !fit || judge.all_states(words) {
            return triples;
        }
        for (at, first) in words.iter().enumerate() {
            for (next, second) in words.iter().enumerate().skip(at + 1) {
                triples.extend(words.iter().skip(next + 1).map(|third| [*first, *second, *third]));
            }
        }
        triples
    }
}

/// A hash of a row from which one slot can be taken out again.
fn sum(cells: impl Iterator<Item = u32>) -> u64 {
    cells.enumerate().fold(0, |sum, (column, cell)| sum.wrapping_add(mix(column, cell)))
}

/// Spreads a slot and what stands in it over 64 bits (the finalizer of SplitMix64, Steele et al. 2014).
fn mix(column: usize, cell: u32) -> u64 {
    let mut x = ((column as u64) << 32 | u64::from(cell)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
