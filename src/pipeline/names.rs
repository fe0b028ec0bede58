//! Strings that occur again and again, each kept once.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::sync::Arc;

/// The number of a string; 0 is the empty one.
pub type NameId = u32;

/// A map whose keys come from logs: fast, and seeded anew in each process, so that a log cannot be written to fill one
/// bucket. Nothing may depend on its order.
pub type FastMap<K, V> = HashMap<K, V, RandomState>;

/// Interned strings, numbered in the order of their first use.
#[derive(Clone, Debug)]
pub struct Names {
    strings: Vec<Arc<str>>,
    ids: FastMap<Arc<str>, NameId>,
}

impl Default for Names {
    fn default() -> Self {
        let empty: Arc<str> = Arc::from("");
        Names { strings: vec![empty.clone()], ids: FastMap::from_iter([(empty, 0)]) }
    }
}

impl Names {
    /// The number of a string.
    pub fn intern(&mut self, string: &str) -> NameId {
        if string.is_empty() {
            return 0;
        }
        if let Some(id) = self.ids.get(string) {
            return *id;
        }
        let id = NameId::try_from(self.strings.len()).expect("fewer than 2^32 names");
        let string: Arc<str> = Arc::from(string);
        self.strings.push(string.clone());
        self.ids.insert(string, id);
        id
    }

    /// The number of a string that is likely to be the one of `guess`.
    pub fn intern_again(&mut self, string: &str, guess: NameId) -> NameId {
        if self.get(guess) == string { guess } else { self.intern(string) }
    }

    /// The string of a number.
    pub fn get(&self, id: NameId) -> &str {
        &self.strings[id as usize]
    }

    /// How many there are, the empty one included.
    pub fn count(&self) -> usize {
        self.strings.len()
    }
}
