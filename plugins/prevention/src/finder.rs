//! Finds which of many words stand in a text, in one pass: the instructions that a plugin may use for a failure are
//! counted, and looking for each word by itself would use them up.

/// Bytes by which words are told apart at first.
const HEAD: usize = 3;

/// Chains of words whose heads have the same hash.
const CHAINS: usize = 4096;

/// Ends a chain.
const NONE: u16 = u16::MAX;

/// Words made ready for searching.
#[derive(Debug)]
pub struct Finder {
    words: &'static [&'static str],
    /// The first word of each chain.
    first: Vec<u16>,
    /// The next word of its chain, for each word.
    next: Vec<u16>,
    /// Words that have no head.
    short: Vec<u16>,
}

impl Finder {
    /// Prepares a search.
    pub fn new(words: &'static [&'static str]) -> Finder {
        let mut finder = Finder { words, first: vec![NONE; CHAINS], next: vec![NONE; words.len()], short: Vec::new() };
        for (word, number) in words.iter().zip(0u16..NONE) {
            let Some(chain) = chain(word.as_bytes()) else {
                finder.short.push(number);
                continue;
            };
            if let (Some(first), Some(next)) = (finder.first.get_mut(chain), finder.next.get_mut(usize::from(number))) {
                *next = std::mem::replace(first, number);
            }
        }
        finder
    }

    /// Whether each word stands in the text.
    pub fn find(&self, text: &str) -> Vec<bool> {
        let mut stands = vec![false; self.words.len()];
        let mut mark = |number: u16, is_there: &dyn Fn(&str) -> bool| {
            let number = usize::from(number);
            if let (Some(word), Some(known)) = (self.words.get(number), stands.get_mut(number)) {
                *known = *known || is_there(word);
            }
        };
        let mut rest = text.as_bytes();
        while let Some(chain) = chain(rest) {
            let mut number = self.first.get(chain).copied().unwrap_or(NONE);
            while number != NONE {
                mark(number, &|word| rest.starts_with(word.as_bytes()));
                number = self.next.get(usize::from(number)).copied().unwrap_or(NONE);
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        for number in &self.short {
            mark(*number, &|word| text.contains(word));
        }
        stands
    }
}

/// The chain of what these bytes begin with.
fn chain(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..HEAD)?;
    let hash = head.iter().fold(0usize, |hash, byte| hash.wrapping_mul(61).wrapping_add(usize::from(*byte)));
    Some(hash % CHAINS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_what_looking_for_each_word_would_find() {
        const WORDS: &[&str] = &["abc", "abcd", "bcd", "b", "é", "zzz", "cd\ne", "error: ", "rror"];
        let finder = Finder::new(WORDS);
        for text in ["", "ab", "xabcde", "bcd\ne", "abcd\ne é", "an error: b", "zz zzz", "ERROR: x"] {
            let each: Vec<_> = WORDS.iter().map(|word| text.contains(word)).collect();
            assert_eq!(finder.find(text), each, "{text}");
        }
    }
}
