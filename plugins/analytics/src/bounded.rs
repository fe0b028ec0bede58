//! Sums by name that cannot grow without end, and add up the same in any order.
//!
//! A map keeps the names that come first in the order of the alphabet and adds all others
//! up under one name. What is kept of the union of two maps is then the same whether they
//! were cut before or not, which no rule by size or by arrival could promise.

use crate::sum::Sum;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name under which everything is added up that found no room.
pub(crate) const OTHERS: &str = "(others)";

/// Bytes kept of a name.
pub(crate) const NAME: usize = 120;

/// Sums by name: `N` of them, and one for the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Bounded<V, const N: usize>(BTreeMap<String, V>);

impl<V, const N: usize> Default for Bounded<V, N> {
    fn default() -> Self {
        Bounded(BTreeMap::new())
    }
}

impl<V, const N: usize> Bounded<V, N> {
    /// The names and their sums, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &V)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The sums.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.values_mut()
    }

    /// The sum of a name.
    pub fn get(&self, name: &str) -> Option<&V> {
        self.0.get(name)
    }
}

impl<V: Sum, const N: usize> Bounded<V, N> {
    /// The sum of a name, or that of the others if it is a new one beyond so many: for what
    /// is counted in an order that never varies. The limit is at most `N`.
    pub fn at_within(&mut self, limit: usize, name: &str) -> &mut V {
        let name = if self.0.len() < limit || self.0.contains_key(name) { name } else { OTHERS };
        self.0.entry(name.to_owned()).or_default()
    }

    /// Adds to the sum of a name.
    pub fn put(&mut self, name: String, value: V) {
        self.0.entry(name).or_default().add(value);
        let named = self.0.len() - usize::from(self.0.contains_key(OTHERS));
        if named <= N {
            return;
        }
        let last = self.0.keys().rev().find(|name| *name != OTHERS).cloned();
        if let Some(value) = last.and_then(|name| self.0.remove(&name)) {
            self.0.entry(OTHERS.to_owned()).or_default().add(value);
        }
    }
}

impl<V: Sum, const N: usize> Sum for Bounded<V, N> {
    fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(name, value)| self.put(name, value));
    }
}

/// Sums by a number, such as a day: the first `N` of them; what comes later is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Spans<V, const N: usize>(BTreeMap<i32, V>);

impl<V, const N: usize> Default for Spans<V, N> {
    fn default() -> Self {
        Spans(BTreeMap::new())
    }
}

impl<V, const N: usize> Spans<V, N> {
    /// The numbers and their sums, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, &V)> {
        self.0.iter().map(|(at, value)| (*at, value))
    }
}

impl<V: Sum, const N: usize> Spans<V, N> {
    /// Adds to the sum of a number, unless it is a new one beyond so many.
    pub fn put_within(&mut self, limit: usize, at: i32, value: V) {
        if self.0.len() < limit || self.0.contains_key(&at) {
            self.put(at, value);
        }
    }

    /// Adds to the sum of a number.
    pub fn put(&mut self, at: i32, value: V) {
        self.0.entry(at).or_default().add(value);
        if self.0.len() > N {
            self.0.pop_last();
        }
    }
}

impl<V: Sum, const N: usize> Sum for Spans<V, N> {
    fn add(&mut self, other: Self) {
        other.0.into_iter().for_each(|(at, value)| self.put(at, value));
    }
}

/// A name, cut at a character where it is too long.
pub(crate) fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME)]
}
