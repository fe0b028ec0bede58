//! Strings that occur again and again, each kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of a string; 0 is the empty one.
pub type NameId = u32;

/// Interned strings, numbered in the order of their first use.
#[derive(Clone, Debug)]
pub struct Names {
    strings: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, NameId>,
}

impl Default for Names {
    fn default() -> Self {
        let empty: Arc<str> = Arc::from("");
        Names { strings: vec![empty.clone()], ids: HashMap::from([(empty, 0)]) }
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

    /// The string of a number.
    pub fn get(&self, id: NameId) -> &str {
        &self.strings[id as usize]
    }

    /// How many there are, the empty one included.
    pub fn count(&self) -> usize {
        self.strings.len()
    }
}
