//! Searches declared literals, so that no plugin has to see a text to know what stands in it.

use aho_corasick::AhoCorasick;

/// How far into one text literals are searched, in bytes.
pub const SEARCH_BYTES: usize = 1024 * 1024;

/// Literals made ready for searching.
pub struct Literals(Option<AhoCorasick>);

impl Literals {
    /// Prepares a search.
    pub fn new(literals: &[String]) -> Literals {
        Literals((!literals.is_empty()).then(|| AhoCorasick::new(literals).ok()).flatten())
    }

    /// The literals that stand in a text, as indices, in order, each once.
    pub fn find(&self, text: &str) -> Vec<u32> {
        let Some(automaton) = &self.0 else { return Vec::new() };
        let mut found = Vec::new();
        for hit in automaton.find_overlapping_iter(text) {
            let literal = hit.pattern().as_u32();
            if !found.contains(&literal) {
                found.push(literal);
            }
        }
        found.sort_unstable();
        found
    }
}
