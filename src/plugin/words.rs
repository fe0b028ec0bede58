//! Words of a stranger, made fit to stand in a message or in a table.

/// A short word from outside, quoted: cut to `limit` characters, what is not plainly
/// visible escaped.
pub(super) fn quote(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == limit {
            out.push('…');
            break;
        }
        match character {
            ' ' => out.push(' '),
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

/// Cuts a text to `limit` bytes, at a character.
pub(super) fn cut(mut text: String, limit: usize) -> String {
    text.truncate(text.floor_char_boundary(limit));
    text
}

/// Whether a text can be a plugin's name: `[a-z0-9-]`, 1 to 64 characters.
pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Whether a text can be a version: `[A-Za-z0-9.+-]`, 1 to 64 characters.
pub(super) fn is_version(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::{cut, is_name, is_version, quote};

    #[test]
    fn nothing_that_moves_a_cursor_gets_through() {
        assert_eq!(quote("a b\u{1b}[2J\n\u{202e}", 99), r"a b\u{1b}[2J\n\u{202e}");
        assert_eq!(quote("abc", 2), "ab…");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("aé".to_owned(), 2), "a");
        assert_eq!(cut("aé".to_owned(), 3), "aé");
    }

    #[test]
    fn names_and_versions_are_plain() {
        assert!(
            is_name("my-plugin-2") && !is_name("") && !is_name("A") && !is_name("../x") && !is_name(&"a".repeat(65))
        );
        assert!(is_version("1.0.0-rc.1+x") && !is_version("1 0") && !is_version(""));
    }
}
