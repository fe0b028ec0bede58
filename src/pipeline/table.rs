//! The names of a batch: each string once, known by its number.

use super::names::FastMap;

/// Strings that cross the border once for each batch; number 0 is the empty one.
#[derive(Clone, Debug, Default)]
pub struct NameTable {
    numbers: FastMap<String, u32>,
    bytes: usize,
}

impl NameTable {
    /// The number of a name in `names`, which holds what this table gave numbers to.
    pub fn number(&mut self, names: &mut Vec<String>, name: &str) -> u32 {
        if name.is_empty() {
            return 0;
        }
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = names.len() as u32;
        self.bytes += name.len();
        names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// Bytes of all names.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Starts anew: `names` holds the empty one alone.
    pub fn clear(&mut self, names: &mut Vec<String>) {
        self.numbers.clear();
        self.bytes = 0;
        names.clear();
        names.push(String::new());
    }
}

/// Some of the strings of a batch, for a stretch of it: those that the stretch refers to, and no others, for a plugin
/// may fail on a string alone.
pub struct Subset<'a> {
    all: &'a [String],
    numbers: FastMap<u32, u32>,
    some: Vec<String>,
}

impl<'a> Subset<'a> {
    /// Starts with the empty string alone.
    pub fn new(all: &'a [String]) -> Subset<'a> {
        Subset { all, numbers: FastMap::from_iter([(0, 0)]), some: vec![String::new()] }
    }

    /// The number in the subset of what has this number among all.
    pub fn number(&mut self, number: u32) -> u32 {
        *self.numbers.entry(number).or_insert_with(|| {
            self.some.push(self.all[number as usize].clone());
            self.some.len() as u32 - 1
        })
    }

    /// The strings.
    pub fn finish(self) -> Vec<String> {
        self.some
    }
}

/// The place of a row in a stretch of a batch; nothing if it belongs to another.
pub fn moved(row: u32, stretch: &std::ops::Range<usize>) -> Option<u32> {
    let at = (row as usize).checked_sub(stretch.start)?;
    (at < stretch.len()).then_some(at as u32)
}
