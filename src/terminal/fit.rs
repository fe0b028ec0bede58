//! Widths on a terminal: how many columns text takes, and how it is cut to fewer.

use super::glyphs::Glyphs;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Which end of a text survives a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// The beginning.
    Start,
    /// The end.
    End,
}

/// The columns that escaped text takes.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// Text of at most `limit` columns, with an ellipsis where something was cut.
pub(super) fn fit(text: &str, limit: usize, keep: Keep, glyphs: Glyphs) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let ellipsis = glyphs.ellipsis();
    let Some(room) = limit.checked_sub(width(ellipsis)) else {
        return Cow::Owned(".".repeat(limit));
    };
    Cow::Owned(match keep {
        Keep::Start => format!("{}{ellipsis}", text[..prefix(text, room)].trim_end()),
        Keep::End => format!("{ellipsis}{}", &text[suffix(text, room)..]),
    })
}

/// Cuts text into lines: the first of at most `first` columns, the others of at most `rest`. Words stay whole where they
/// fit a line of their own; the spaces at which a line ends are left out.
pub(super) fn wrap(text: &str, first: usize, rest: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut left, mut room) = (text, first);
    while width(left) > room {
        let longest = prefix(left, room);
        let at = match left[..longest].rfind(' ').filter(|at| !left[..*at].trim().is_empty()) {
            _ if left[longest..].starts_with(' ') => longest,
            Some(space) => space,
            // The first line may be short because of what stands before it.
            None if lines.is_empty() && first < rest => 0,
            // At least one character, or there would be no end.
            None => longest.max(left.chars().next().map_or(0, char::len_utf8)),
        };
        lines.push(left[..at].trim_end());
        left = left[at..].trim_start_matches(' ');
        room = rest;
    }
    if !left.is_empty() || lines.is_empty() {
        lines.push(left);
    }
    lines
}

/// Where the longest beginning of at most `room` columns ends.
fn prefix(text: &str, room: usize) -> usize {
    let mut used = 0;
    text.char_indices()
        .find(|(_, c)| {
            used += columns(*c);
            used > room
        })
        .map_or(text.len(), |(at, _)| at)
}

/// Where the longest end of at most `room` columns begins. It does not begin with a mark that lost its letter.
fn suffix(text: &str, room: usize) -> usize {
    let mut used = 0;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        used += columns(c);
        if used > room {
            break;
        }
        if c.width().unwrap_or(0) > 0 {
            start = at;
        }
    }
    start
}

/// The columns of a character alone; an emoji selector may widen the character before it.
fn columns(c: char) -> usize {
    if c == '\u{fe0f}' { 1 } else { c.width().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::{Keep, fit, width, wrap};
    use crate::terminal::glyphs::Glyphs;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_by_columns() {
        let start = |text, limit| fit(text, limit, Keep::Start, Glyphs::Unicode).into_owned();
        assert_eq!(start("short", 5), "short");
        assert_eq!(start("longer", 5), "long…");
        assert_eq!(start("two words", 5), "two…");
        assert_eq!(start("日本語", 5), "日本…");
        assert_eq!(start("日本語", 4), "日…");
        assert_eq!(start("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(start("longer", 1), "…");
        assert_eq!(start("longer", 0), "");
    }

    #[test]
    fn the_end_of_a_path_is_kept() {
        assert_eq!(fit("/home/me/src/lib.rs", 10, Keep::End, Glyphs::Unicode), "…rc/lib.rs");
        assert_eq!(fit("/home/me/src/lib.rs", 10, Keep::End, Glyphs::Ascii), ".../lib.rs");
        assert_eq!(fit("longer", 2, Keep::End, Glyphs::Ascii), "..");
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 3, 9), ["one", "two three"]);
        assert_eq!(wrap("  indented text", 10, 10), ["  indented", "text"]);
        assert_eq!(wrap("abcdefgh", 2, 5), ["", "abcde", "fgh"]);
        assert_eq!(wrap("日本語", 4, 4), ["日本", "語"]);
        assert_eq!(wrap("日本", 1, 1), ["日", "本"]);
        assert_eq!(wrap("", 0, 5), [""]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_but_spaces(text in "[a-z日 ]{0,40}", first in 0usize..12, rest in 2usize..12) {
            let lines = wrap(&text, first, rest);
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in &lines[1..] {
                prop_assert!(width(line) <= rest, "{:?}", line);
            }
        }

        #[test]
        fn nothing_is_too_wide(text in "[a-z日本e\u{301}\u{26a0}\u{fe0f} ]{0,30}", limit in 0usize..20) {
            for keep in [Keep::Start, Keep::End] {
                for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                    prop_assert!(width(&fit(&text, limit, keep, glyphs)) <= limit);
                }
            }
        }
    }
}
