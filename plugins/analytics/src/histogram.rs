//! Counts of values in buckets of fixed, relative width, so that two histograms add up exactly.
//!
//! Each doubling is cut into `steps` buckets of equal width, as in Gil Tene's HdrHistogram.
//! Values below `steps` have buckets of their own. A percentile is the middle of its bucket
//! and so at most 1 / (2 * steps) off.

use crate::sum::Sum;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// More buckets than 64 steps for each of 64 doublings can need.
const BUCKETS: usize = 64 * 65;

/// Greater values count as this one, so that no number of a log makes a state large: in
/// milliseconds, 34 years.
const GREATEST: u64 = 1 << 40;

/// How many values fell into each bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    /// Without empty buckets at the end.
    counts: Vec<u64>,
    longest: u64,
    sum: u64,
}

impl Histogram {
    /// Counts a value; `steps` is a power of two.
    pub fn count(&mut self, value: u64, steps: u32) {
        let value = value.min(GREATEST);
        let bucket = bucket(value, steps);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] = self.counts[bucket].saturating_add(1);
        self.longest = self.longest.max(value);
        self.sum = self.sum.saturating_add(value);
    }

    /// How many values were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The longest value, exactly.
    pub fn longest(&self) -> u64 {
        self.longest
    }

    /// The sum of the values, exactly.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The smallest value that so many percent do not exceed; nothing where nothing was counted.
    pub fn percentile(&self, percent: u64, steps: u32) -> Option<u64> {
        let total = u128::from(self.total());
        let rank = (total * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0u128;
        let bucket = self.counts.iter().position(|count| {
            seen += u128::from(*count);
            seen >= rank
        });
        bucket.map(|bucket| middle(bucket, steps).min(self.longest))
    }
}

impl Sum for Histogram {
    fn add(&mut self, other: Histogram) {
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count = count.saturating_add(more);
        }
        self.longest = self.longest.max(other.longest);
        self.sum = self.sum.saturating_add(other.sum);
    }
}

fn bucket(value: u64, steps: u32) -> usize {
    let width = steps.trailing_zeros();
    let doublings = value.checked_ilog2().unwrap_or(0).saturating_sub(width);
    (doublings as usize) * (steps as usize) + (value >> doublings) as usize
}

/// The middle of a bucket, and the greatest number for one that no value falls into.
fn middle(bucket: usize, steps: u32) -> u64 {
    let steps = steps as usize;
    let doublings = (bucket / steps).saturating_sub(1);
    let width = 1u64.checked_shl(doublings as u32).unwrap_or(u64::MAX);
    ((bucket - doublings * steps) as u64).saturating_mul(width).saturating_add((width - 1) / 2)
}

/// Only the buckets that hold something, each after the number of empty ones before it.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut empty = 0u16;
        let mut held = Vec::new();
        for count in &self.counts {
            if *count == 0 {
                empty += 1;
            } else {
                held.push((empty, *count));
                empty = 0;
            }
        }
        (held, self.longest, self.sum).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Histogram, D::Error> {
        let (held, longest, sum) = <(Vec<(u16, u64)>, u64, u64)>::deserialize(deserializer)?;
        let mut counts = Vec::new();
        for (empty, count) in held {
            let length = counts.len() + usize::from(empty);
            if length >= BUCKETS || count == 0 {
                return Err(D::Error::custom("a histogram has a bucket that cannot be"));
            }
            counts.resize(length, 0);
            counts.push(count);
        }
        Ok(Histogram { counts, longest, sum })
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, bucket, middle};

    #[test]
    fn the_middle_of_a_bucket_is_as_near_as_promised() {
        for steps in [1, 2, 4, 8, 16, 32, 64] {
            for value in (0..5000).chain((13..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 7])) {
                let middle = middle(bucket(value, steps), steps);
                let error = middle.abs_diff(value) as f64 / value.max(1) as f64;
                assert!(error <= 0.5 / f64::from(steps), "{value} became {middle} in {steps} steps");
            }
            assert!(bucket(u64::MAX, steps) < super::BUCKETS);
            assert_eq!(bucket(middle(bucket(u64::MAX, steps), steps), steps), bucket(u64::MAX, steps));
        }
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.percentile(50, 16), None);
        (1..=10).for_each(|value| histogram.count(value, 16));
        let percentile = |percent| histogram.percentile(percent, 16);
        assert_eq!(
            [percentile(0), percentile(50), percentile(90), percentile(91)],
            [Some(1), Some(5), Some(9), Some(10)]
        );
        assert_eq!((histogram.total(), histogram.sum(), histogram.longest()), (10, 55, 10));
    }
}
