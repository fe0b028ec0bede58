//! The line of a hit, cut around the match.

use super::pattern::Found;

/// Bytes that are kept of a line that is longer, and of those how many before the match.
const LONGEST: usize = 1024;
const BEFORE: usize = 256;
/// Stands where something was cut.
const CUT: &str = "...";

/// A line around a match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What stands before the match.
    pub before: String,
    /// The match.
    pub matched: String,
    /// What stands behind it.
    pub after: String,
}

impl Excerpt {
    /// What is shown of a match; bytes that are no UTF-8 are replaced.
    pub fn of(text: &[u8], found: &Found) -> Excerpt {
        let (within, matched) = (&found.within, &found.matched);
        let end = matched.end.min(matched.start + LONGEST);
        let before = BEFORE.max(LONGEST.saturating_sub(within.end - matched.start));
        let start = within.start.max(matched.start.saturating_sub(before));
        let last = within.end.min((start + LONGEST).max(end));
        // Bytes that are no UTF-8 must not lead beyond what they belong to.
        let start = at_character(text, start).max(within.start);
        let matched_end = at_character(text, end).max(matched.start);
        let last = at_character(text, last).max(matched_end);
        let lossy = |from: usize, to: usize| String::from_utf8_lossy(&text[from..to]).into_owned();
        let mut excerpt = Excerpt {
            before: lossy(start, matched.start),
            matched: lossy(matched.start, matched_end),
            after: lossy(matched_end, last),
        };
        if start > within.start {
            excerpt.before.insert_str(0, CUT);
        }
        if last < within.end {
            excerpt.after.push_str(CUT);
        }
        excerpt
    }

    /// The whole of it.
    pub fn text(&self) -> String {
        [self.before.as_str(), &self.matched, &self.after].concat()
    }
}

/// A place at or shortly before `at` that is not inside a character.
fn at_character(text: &[u8], at: usize) -> usize {
    let is_inside = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|at| !is_inside(at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, LONGEST};
    use crate::search::{Case, Pattern, Reach, Syntax};

    fn excerpt(pattern: &str, text: &[u8]) -> Excerpt {
        let pattern = Pattern::new(pattern, Syntax::Regex, Case::Exact, Reach::Bytes).unwrap();
        Excerpt::of(text, &pattern.find(text).unwrap())
    }

    #[test]
    fn short_lines_are_whole() {
        let found = excerpt("b+", b"x\nabbc\ny");
        assert_eq!((found.before.as_str(), found.matched.as_str(), found.after.as_str()), ("a", "bb", "c"));
        assert_eq!(excerpt("b", b"\xffb\xfe").text(), "\u{fffd}b\u{fffd}");
    }

    #[test]
    fn long_lines_are_cut_at_characters() {
        for pad in 0..4 {
            let text = format!("{}{}needle{}", "x".repeat(pad), "é".repeat(4000), "ü".repeat(4000));
            let found = excerpt("needle", text.as_bytes());
            assert!(found.before.starts_with("...é") && found.after.ends_with("ü..."), "{found:?}");
            assert!(found.text().len() <= LONGEST + 6 + 3 && !found.text().contains('\u{fffd}'));
            let found = excerpt("é.*", text.as_bytes());
            assert!(found.matched.len() <= LONGEST && found.after == "...", "{found:?}");
        }
        let end = excerpt("z", format!("{}z", "a".repeat(5000)).as_bytes());
        assert_eq!((end.text().len(), end.after.as_str()), (LONGEST + 3, ""));
    }
}
