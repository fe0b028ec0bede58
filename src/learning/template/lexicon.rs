//! Numbers for words and marks, and the way back to text.

use super::{FastMap, SPACED, VALUE, WORD, is_slot, value};
use std::sync::Arc;

/// What stands for a value in the text of a template.
const SHOWN: &str = "<*>";

/// Words and marks, each kept once.
pub struct Lexicon {
    texts: Vec<Arc<str>>,
    numbers: FastMap<Arc<str>, u32>,
}

impl Default for Lexicon {
    fn default() -> Self {
        Lexicon { texts: vec![SHOWN.into()], numbers: FastMap::default() }
    }
}

impl Lexicon {
    /// Returns how many words and marks there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Returns the number of a word or a mark, which is that of a value if it is new and there are as many as allowed.
    pub fn number(&mut self, text: &str, most: usize) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let next = u32::try_from(self.texts.len()).ok().filter(|next| *next < WORD && self.len() < most);
        let Some(next) = next else { return VALUE };
        let text: Arc<str> = text.into();
        self.texts.push(text.clone());
        self.numbers.insert(text, next);
        next
    }

    /// Returns of each number whether its word is written as the names of states and codes often are.
    pub fn states(&self) -> Vec<bool> {
        let state = |word: &str| word.len() > 1 && word.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'_' | b'-'));
        self.texts.iter().map(|text| state(text)).collect()
    }

    /// Forgets all words and marks but those of these outlines, and numbers these anew.
    pub fn keep<'a>(&mut self, outlines: impl Iterator<Item = &'a mut [u32]>) {
        let old = std::mem::take(self);
        for token in outlines.flatten().filter(|token| **token & !SPACED != VALUE) {
            let flags = *token & (SPACED | WORD);
            let text = old.text(*token);
            *token = self.number(text, usize::MAX) | flags;
        }
    }

    fn text(&self, token: u32) -> &str {
        self.texts.get((token & !(SPACED | WORD)) as usize).map_or(SHOWN, |text| text)
    }

    /// Writes an outline down. Values that came to stand next to each other are one, as they are in a line.
    pub fn write(&self, outline: &[u32]) -> String {
        let mut text = String::new();
        // Where the last value ends, and how many marks stand behind it that could join it with another.
        let mut glued: Option<(usize, usize)> = None;
        for token in outline {
            let is_value = token & !SPACED == VALUE;
            if let (true, Some((end, 0 | 1))) = (is_value, glued) {
                text.truncate(end);
                glued = Some((end, 0));
                continue;
            }
            if token & SPACED != 0 {
                text.push(' ');
            }
            let said = self.text(*token);
            text.push_str(said);
            glued = match glued {
                _ if is_value => Some((text.len(), 0)),
                Some((end, marks)) if !is_slot(*token) && value::glues(said.as_bytes()) => Some((end, marks + 1)),
                _ => None,
            };
        }
        text
    }
}
