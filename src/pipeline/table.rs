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
