//! Keeps the first few of many, in their order.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The first few of all that was put on it.
pub struct Shelf<K, T> {
    room: usize,
    kept: BinaryHeap<Ranked<K, T>>,
}

struct Ranked<K, T> {
    key: K,
    item: T,
}

impl<K: Ord, T> Shelf<K, T> {
    /// A shelf with room for so many.
    pub fn new(room: usize) -> Shelf<K, T> {
        Shelf { room, kept: BinaryHeap::new() }
    }

    /// Puts something on it, if there is room or something comes later; what it is, is only asked then.
    pub fn put(&mut self, key: K, item: impl FnOnce() -> T) {
        let is_full = self.kept.len() >= self.room;
        if is_full && self.kept.peek().is_none_or(|last| last.key <= key) {
            return;
        }
        if is_full {
            self.kept.pop();
        }
        self.kept.push(Ranked { key, item: item() });
    }

    /// Puts everything on it that stands on another.
    pub fn merge(&mut self, other: Shelf<K, T>) {
        for Ranked { key, item } in other.kept {
            self.put(key, || item);
        }
    }

    /// What stands on it, in order.
    pub fn into_sorted(self) -> Vec<T> {
        self.kept.into_sorted_vec().into_iter().map(|ranked| ranked.item).collect()
    }
}

impl<K: Ord, T> Ord for Ranked<K, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<K: Ord, T> PartialOrd for Ranked<K, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, T> PartialEq for Ranked<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord, T> Eq for Ranked<K, T> {}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn the_first_few_stay_in_their_order() {
        let mut shelf = Shelf::new(3);
        let mut other = Shelf::new(3);
        for number in [5, 1, 4] {
            shelf.put(number, || number * 10);
        }
        for number in [9, 2, 0, 7] {
            other.put(number, || number * 10);
        }
        shelf.merge(other);
        assert_eq!(shelf.into_sorted(), [0, 10, 20]);
        let mut none = Shelf::new(0);
        none.put(1, || 1);
        assert_eq!(none.into_sorted(), Vec::<i32>::new());
    }
}
