//! How well a predicted grouping of items agrees with a true one.
//!
//! Pure functions over labels: item `i` is in group `predicted[i]`, and belongs in `truth[i]`. What the labels are does
//! not matter, only which items share one. If one side is longer, what has no partner is not counted. Both measures
//! cost one pass over the items, not over their pairs.

use std::collections::HashMap;
use std::hash::Hash;

/// How many items lie in a group that holds exactly the items of their true group, and nothing else (Grouping Accuracy
/// as in Zhu et al., "Tools and Benchmarks for Automated Log Parsing", 2019).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    /// Items whose whole group is right.
    pub right: u64,
    /// All items.
    pub items: u64,
}

impl Grouped {
    /// Returns the accuracy between 0 and 1; nothing at all is grouped rightly.
    pub fn accuracy(self) -> f64 {
        ratio(self.right, self.items)
    }
}

/// How pairs of items fared: a pair is predicted if both lie in one group, and true if both belong in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Pairs that are predicted and true.
    pub both: u128,
    /// Pairs that are predicted.
    pub predicted: u128,
    /// Pairs that are true.
    pub truth: u128,
}

impl Pairs {
    /// Returns which share of the predicted pairs is true; 1 if none is predicted.
    pub fn precision(self) -> f64 {
        share(self.both, self.predicted)
    }

    /// Returns which share of the true pairs is predicted; 1 if none is true.
    pub fn recall(self) -> f64 {
        share(self.both, self.truth)
    }

    /// Returns the harmonic mean of precision and recall.
    pub fn f1(self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }
}

/// Counts the items whose group is exactly their true one.
pub fn grouping<P: Eq + Hash, T: Eq + Hash>(predicted: &[P], truth: &[T]) -> Grouped {
    let cells = cells(predicted, truth);
    let (by_predicted, by_truth) = margins(&cells);
    let right = cells
        .iter()
        .filter(|((p, t), count)| by_predicted.get(p) == Some(count) && by_truth.get(t) == Some(count))
        .map(|(_, count)| *count)
        .sum();
    Grouped { right, items: cells.values().sum() }
}

/// Counts the pairs of items that are predicted, true, and both.
pub fn pairs<P: Eq + Hash, T: Eq + Hash>(predicted: &[P], truth: &[T]) -> Pairs {
    let cells = cells(predicted, truth);
    let (by_predicted, by_truth) = margins(&cells);
    Pairs {
        both: cells.values().copied().map(within).sum(),
        predicted: by_predicted.values().copied().map(within).sum(),
        truth: by_truth.values().copied().map(within).sum(),
    }
}

type Cells<'a, P, T> = HashMap<(&'a P, &'a T), u64>;
type Margin<'a, L> = HashMap<&'a L, u64>;

/// How many items have each pair of labels.
fn cells<'a, P: Eq + Hash, T: Eq + Hash>(predicted: &'a [P], truth: &'a [T]) -> Cells<'a, P, T> {
    let mut cells = HashMap::new();
    for pair in predicted.iter().zip(truth) {
        *cells.entry(pair).or_insert(0) += 1;
    }
    cells
}

/// How many items have each label of either side.
fn margins<'a, P: Eq + Hash, T: Eq + Hash>(cells: &Cells<'a, P, T>) -> (Margin<'a, P>, Margin<'a, T>) {
    let (mut by_predicted, mut by_truth) = (HashMap::new(), HashMap::new());
    for ((p, t), count) in cells {
        *by_predicted.entry(*p).or_insert(0) += count;
        *by_truth.entry(*t).or_insert(0) += count;
    }
    (by_predicted, by_truth)
}

/// The number of pairs among so many items.
fn within(items: u64) -> u128 {
    let items = u128::from(items);
    items * items.saturating_sub(1) / 2
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn share(part: u128, whole: u128) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_for_the_same_groups_are_all_right() {
        let found = grouping(&[7, 7, 3, 3, 3], &["a", "a", "b", "b", "b"]);
        assert_eq!(found, Grouped { right: 5, items: 5 });
        assert_eq!(found.accuracy(), 1.0);
    }

    #[test]
    fn one_stray_item_spoils_both_groups_and_leaves_the_third() {
        let found = grouping(&[1, 1, 2, 2, 3], &["a", "a", "a", "b", "c"]);
        assert_eq!(found, Grouped { right: 1, items: 5 });
    }

    #[test]
    fn a_group_that_is_split_is_wrong_although_each_part_is_pure() {
        assert_eq!(grouping(&[1, 2, 3], &["a", "a", "b"]), Grouped { right: 1, items: 3 });
    }

    #[test]
    fn two_groups_that_are_joined_are_both_wrong() {
        assert_eq!(grouping(&[1, 1, 2], &["a", "b", "c"]), Grouped { right: 1, items: 3 });
    }

    #[test]
    fn nothing_has_no_accuracy_and_no_wrong_pairs() {
        let (none, no_truth): (&[u8], &[u8]) = (&[], &[]);
        assert_eq!(grouping(none, no_truth).accuracy(), 0.0);
        assert_eq!(pairs(none, no_truth).f1(), 1.0);
    }

    #[test]
    fn what_has_no_partner_is_not_counted() {
        assert_eq!(grouping(&[1, 1, 1], &["a", "a"]), Grouped { right: 2, items: 2 });
    }

    #[test]
    fn counts_of_pairs_agree_with_a_look_at_every_pair() {
        let predicted = [1, 1, 2, 2, 2, 3, 1, 2, 3, 3];
        let truth = ["a", "a", "a", "b", "b", "b", "b", "c", "c", "a"];
        let mut expected = Pairs::default();
        for left in 0..predicted.len() {
            for right in left + 1..predicted.len() {
                let (p, t) = (predicted[left] == predicted[right], truth[left] == truth[right]);
                expected.both += u128::from(p && t);
                expected.predicted += u128::from(p);
                expected.truth += u128::from(t);
            }
        }
        assert_eq!(pairs(&predicted, &truth), expected);
    }

    #[test]
    fn precision_falls_when_groups_are_joined_and_recall_when_they_are_split() {
        let joined = pairs(&[1, 1, 1, 1], &["a", "a", "b", "b"]);
        assert_eq!((joined.precision(), joined.recall()), (2.0 / 6.0, 1.0));
        assert_eq!(joined.f1(), 0.5);
        let split = pairs(&[1, 2, 3, 3], &["a", "a", "b", "b"]);
        assert_eq!((split.precision(), split.recall()), (1.0, 0.5));
    }

    #[test]
    fn a_million_items_in_one_group_are_counted_without_overflow() {
        let labels = vec![0_u8; 1_000_000];
        let found = pairs(&labels, &labels);
        assert_eq!((found.both, found.precision()), (499_999_500_000, 1.0));
    }
}
