//! What adds up: in any order and any grouping, without overflow.

use serde::{Deserialize, Serialize};

/// Something that adds up. The sum of any values must not depend on their order or grouping,
/// and the default must change nothing.
pub(crate) trait Sum: Default {
    /// Adds the other to this.
    fn add(&mut self, other: Self);
}

impl Sum for () {
    fn add(&mut self, _: ()) {}
}

impl Sum for u64 {
    fn add(&mut self, other: u64) {
        *self = self.saturating_add(other);
    }
}

/// The greatest of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Greatest(pub u64);

impl Sum for Greatest {
    fn add(&mut self, other: Greatest) {
        self.0 = self.0.max(other.0);
    }
}

/// The hours of a day, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Hours(pub u32);

impl Sum for Hours {
    fn add(&mut self, other: Hours) {
        self.0 |= other.0;
    }
}

/// The first and the last of all times, if any is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stretch(pub Option<(i64, i64)>);

impl Stretch {
    /// A single time.
    pub fn of(time: i64) -> Stretch {
        Stretch(Some((time, time)))
    }
}

impl Sum for Stretch {
    fn add(&mut self, other: Stretch) {
        self.0 = match (self.0, other.0) {
            (Some((first, last)), Some((other_first, other_last))) => {
                Some((first.min(other_first), last.max(other_last)))
            }
            (one, other) => one.or(other),
        };
    }
}

/// Of several words for one thing the first in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Word(pub String);

impl Sum for Word {
    fn add(&mut self, other: Word) {
        if self.0.is_empty() || (!other.0.is_empty() && other.0 < self.0) {
            self.0 = other.0;
        }
    }
}

/// A record whose fields add up, each by itself.
macro_rules! sums {
    ($(#[$about:meta])* $name:ident { $($(#[$field_about:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub(crate) struct $name { $($(#[$field_about])* pub $field: $kind),* }

        impl $crate::sum::Sum for $name {
            fn add(&mut self, other: $name) {
                $($crate::sum::Sum::add(&mut self.$field, other.$field);)*
            }
        }
    };
}

pub(crate) use sums;
