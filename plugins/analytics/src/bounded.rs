//! Sums by name that cannot grow without end, and add up the same in any order.
//!
//! A map keeps the names that come first in the order of the alphabet and adds all others
//! up under one name. What is kept of the union of two maps is then the same whether they
//! were cut before or not, which no rule by size or by arrival could promise.

use crate::sum::Sum;
use serde::{Deserialize, Serialize};

/// The name under which everything is added up that found no room.
pub(crate) const OTHERS: &str = "(others)";

/// Bytes kept of a name.
const NAME: usize = 120;

/// Sums by name, in order: `N` of them, and one for the others.
///
/// A sorted list, for it takes a fraction of the code of a tree; the boxes keep insertions cheap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Bounded<V, const N: usize>(Vec<(String, Box<V>)>);

impl<V, const N: usize> Default for Bounded<V, N> {
    fn default() -> Self {
        Bounded(Vec::new())
    }
}

impl<V, const N: usize> Bounded<V, N> {
    /// The names and their sums, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), &**value))
    }

    /// The sums.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| &mut **value)
    }

    /// The sum of a name.
    pub fn get(&self, name: &str) -> Option<&V> {
        self.find(name).ok().map(|at| &*self.0[at].1)
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(held, _)| held.as_str().cmp(name))
    }
}

impl<V: Sum, const N: usize> Bounded<V, N> {
    /// The sum of a name, or that of the others if it is a new one beyond so many: for what
    /// is counted in an order that never varies. The limit is at most `N`.
    pub fn at_within(&mut self, limit: usize, name: &str) -> &mut V {
        let has_room = self.0.len() < limit || self.find(name).is_ok();
        self.at(if has_room { name } else { OTHERS })
    }

    /// Adds to the sum of a name.
    pub fn put(&mut self, name: &str, value: V) {
        self.at(name).add(value);
        let has_others = self.find(OTHERS).is_ok();
        if self.0.len() <= N + usize::from(has_others) {
            return;
        }
        let last = self.0.iter().rposition(|(name, _)| name != OTHERS);
        if let Some(last) = last {
            let (_, value) = self.0.remove(last);
            self.at(OTHERS).add(*value);
        }
    }

    fn at(&mut self, name: &str) -> &mut V {
        let at = self.find(name).unwrap_or_else(|at| {
            self.0.insert(at, (name.to_owned(), Box::default()));
            at
        });
        &mut self.0[at].1
    }
}

impl<V: Sum, const N: usize> Sum for Bounded<V, N> {
    fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(name, value)| self.put(&name, *value));
    }
}

/// Sums by a number, such as a day, in order: the first `N` of them; what comes later is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Spans<V, const N: usize>(Vec<(i32, V)>);

impl<V, const N: usize> Default for Spans<V, N> {
    fn default() -> Self {
        Spans(Vec::new())
    }
}

impl<V, const N: usize> Spans<V, N> {
    /// The numbers and their sums, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, &V)> {
        self.0.iter().map(|(at, value)| (*at, value))
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn find(&self, number: i32) -> Result<usize, usize> {
        self.0.binary_search_by_key(&number, |(held, _)| *held)
    }
}

impl<V: Sum, const N: usize> Spans<V, N> {
    /// Adds to the sum of a number, unless it is a new one beyond so many.
    pub fn put_within(&mut self, limit: usize, number: i32, value: V) {
        if self.0.len() < limit || self.find(number).is_ok() {
            self.put(number, value);
        }
    }

    /// Adds to the sum of a number.
    pub fn put(&mut self, number: i32, value: V) {
        let at = self.find(number).unwrap_or_else(|at| {
            self.0.insert(at, (number, V::default()));
            at
        });
        self.0[at].1.add(value);
        self.0.truncate(N);
    }
}

impl<V: Sum, const N: usize> Sum for Spans<V, N> {
    fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(number, value)| self.put(number, value));
    }
}

/// A name, cut at a character where it is too long.
pub(crate) fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME)]
}
