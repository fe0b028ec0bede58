//! Bounds on what comes back from plugins; whoever is told of a breach is told its place.

use super::words;

/// Bytes of a stable word.
const WORD_BYTES: usize = 128;

/// Whether there are at most `limit` of something: `metrics`.
pub(super) fn count(what: &str, count: usize, limit: usize) -> Result<(), String> {
    if count <= limit { Ok(()) } else { Err(format!("{count} {what}, where {limit} are allowed")) }
}

/// Whether a text at a place, `the title of metric 3`, has at most `limit` bytes.
pub(super) fn text(place: impl FnOnce() -> String, text: &str, limit: usize) -> Result<(), String> {
    if text.len() <= limit {
        Ok(())
    } else {
        Err(format!("{} has {} bytes, where {limit} are allowed", place(), text.len()))
    }
}

/// Whether a text at a place has 1 to `limit` bytes.
pub(super) fn given(place: impl Fn() -> String, given: &str, limit: usize) -> Result<(), String> {
    if given.is_empty() {
        return Err(format!("{} is empty", place()));
    }
    text(place, given, limit)
}

/// Whether a text at a place is a stable word.
pub(super) fn word(place: impl Fn() -> String, word: &str) -> Result<(), String> {
    given(&place, word, WORD_BYTES)?;
    let is_of_word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    if word.chars().all(is_of_word) {
        return Ok(());
    }
    let word = words::quote(word, 40);
    Err(format!("{} is `{word}`, where letters, digits, `.`, `_` and `-` are allowed", place()))
}

#[cfg(test)]
mod tests {
    use super::{WORD_BYTES, count, given, text, word};

    fn place() -> String {
        "it".to_owned()
    }

    #[test]
    fn bounds_are_met_exactly() {
        assert_eq!(count("rows", 3, 3), Ok(()));
        assert_eq!(count("rows", 4, 3), Err("4 rows, where 3 are allowed".to_owned()));
        assert_eq!(text(place, "abc", 3), Ok(()));
        assert_eq!(text(place, "abcd", 3), Err("it has 4 bytes, where 3 are allowed".to_owned()));
        assert_eq!(given(place, "", 3), Err("it is empty".to_owned()));
        assert_eq!(word(place, &"x".repeat(WORD_BYTES)), Ok(()));
        assert!(word(place, &"x".repeat(WORD_BYTES + 1)).is_err());
    }

    #[test]
    fn words_are_plain() {
        assert_eq!(word(place, "a.B_c-1"), Ok(()));
        let said = "it is `../x`, where letters, digits, `.`, `_` and `-` are allowed";
        assert_eq!(word(place, "../x"), Err(said.to_owned()));
        assert!(word(place, "é").is_err() && word(place, "a b").is_err() && word(place, "").is_err());
    }
}
