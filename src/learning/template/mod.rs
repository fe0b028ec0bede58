//! Finds the templates of plain log lines: what the program wrote, without what varies.
//!
//! Two passes. The first ([`Miner::add`]) cuts each line into words, marks and values, by notation alone (`value`), and
//! counts the *outline* that is left when values are put aside. The second ([`Miner::finish`]) compares outlines, not
//! lines, and turns those words into values for which many outlines hold alternatives (`group`).
//!
//! - Nothing depends on the order of the lines but the order of the templates, which is that of their first lines. It
//!   does depend on which lines there are: a user who is the only one is part of the template.
//! - Memory is bounded by [`Settings`], but for four bytes for each outline that was ever new. When the bound is
//!   reached, the outlines so far are generalized, and what became equal is one; from then on the order of the lines
//!   has a say. If that does not free half of the room, it is not tried again: new words are values, lines with new
//!   outlines belong to the template `<*>`, and [`Templates::crowded_out`] counts them.
//! - Time is linear in the lines, of which no more than the first 4 KiB are looked at.

mod bucket;
mod group;
mod join;
mod lexicon;
mod miner;
mod token;
mod value;

pub use miner::Miner;

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// A map whose keys come from logs: fast, and seeded anew in each process, so that a log cannot be written to fill one
/// bucket. Nothing may depend on its order.
type FastMap<K, V> = HashMap<K, V, RandomState>;

/// The number of a value; words and marks have theirs from 1 on.
const VALUE: u32 = 0;
/// Set in the number of a word, and not of a mark.
const WORD: u32 = 1 << 30;
/// Set in a token behind white space.
const SPACED: u32 = 1 << 31;

/// Whether a token of an outline is a word or a value.
fn is_slot(token: u32) -> bool {
    token & WORD != 0 || token & !SPACED == VALUE
}

/// How a miner judges, and what it may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many different words in one place make it a value.
    pub many: usize,
    /// How many different words and marks are told apart at a time.
    pub words: usize,
    /// How many different outlines are told apart at a time.
    pub outlines: usize,
    /// How many tokens all outlines together may have.
    pub tokens: usize,
}

impl Default for Settings {
    fn default() -> Self {
        // Lines of 2,000 whose templates are known were told apart equally well with 4 to 8 words. The rest is a guess
        // at what some 100 MB hold.
        Settings { many: 5, words: 1 << 18, outlines: 1 << 18, tokens: 1 << 22 }
    }
}

/// What a miner knows a line by; lines of one shape have one template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape(u32);

/// What some lines have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// A hash of the text (XXH3), which is the same in every run.
    pub id: u64,
    /// The text, with `<*>` for what varies, and one space for any white space.
    pub text: String,
    /// How many lines have it.
    pub lines: u64,
    /// The number of the first of them, from 0.
    pub first: u64,
}

/// All templates of some lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates {
    /// The templates, in the order of their first lines.
    pub templates: Vec<Template>,
    /// How many lines came when there was no room for their outline.
    pub crowded_out: u64,
    of_shape: Vec<u32>,
}

impl Templates {
    /// Returns the place of the template of lines with this shape; what it says of a shape of another miner means
    /// nothing.
    pub fn of(&self, shape: Shape) -> Option<usize> {
        self.of_shape.get(shape.0 as usize).map(|place| *place as usize)
    }
}

#[cfg(test)]
mod tests;
