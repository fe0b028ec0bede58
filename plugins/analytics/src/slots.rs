//! Sums of one family that events reach by number, so that none is looked up twice in a batch.

use crate::bounded::{Bounded, OTHERS};
use crate::sum::Sum;
use std::collections::BTreeMap;

/// The number of a name that has no sum.
pub(crate) const NONE: u16 = u16::MAX;

/// Sums by number.
#[derive(Clone, Debug)]
pub(crate) struct Slots<T> {
    limit: usize,
    numbers: BTreeMap<String, u16>,
    sums: Vec<T>,
}

impl<T: Sum> Slots<T> {
    /// Room for so many names; those that come later share one sum.
    pub fn new(limit: u16) -> Slots<T> {
        Slots { limit: usize::from(limit), numbers: BTreeMap::new(), sums: Vec::new() }
    }

    /// The number of a name, and whether it is a new one.
    pub fn number(&mut self, mut name: &str) -> (u16, bool) {
        if let Some(number) = self.numbers.get(name) {
            return (*number, false);
        }
        if self.sums.len() >= self.limit {
            name = OTHERS;
            if let Some(number) = self.numbers.get(name) {
                return (*number, false);
            }
        }
        let number = self.sums.len() as u16;
        self.numbers.insert(name.to_owned(), number);
        self.sums.push(T::default());
        (number, true)
    }

    /// The sum of a number that [`Slots::number`] gave.
    pub fn at(&mut self, number: u16) -> &mut T {
        &mut self.sums[usize::from(number)]
    }

    /// The name of a number.
    pub fn name(&self, number: u16) -> &str {
        self.numbers.iter().find(|(_, held)| **held == number).map_or("", |(name, _)| name)
    }

    /// The sums by name.
    pub fn into_sums<const N: usize>(mut self) -> Bounded<T, N> {
        let mut sums = Bounded::default();
        for (name, number) in self.numbers {
            sums.put(&name, std::mem::take(&mut self.sums[usize::from(number)]));
        }
        sums
    }
}
