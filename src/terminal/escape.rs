//! Makes hostile text harmless: what a terminal would obey, or a reader could not see, is shown instead.
//!
//! Control, bidirectional, zero-width and tag characters and line separators come out as `\x1b` or `\u{202e}`. A
//! backslash stays as it is, so that escaping twice changes nothing; the visible form is for reading, not for undoing.
//! The two common emoji variation selectors (U+FE0E, U+FE0F) and combining marks pass: they are part of ordinary
//! writing and only change the character before them.

use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// Bytes looked at together while text is plain ASCII.
const STRIDE: usize = 32;
/// Distance of tab stops in a block.
const TAB: usize = 8;

/// Escapes text that belongs on one line: a tab becomes a space, a line break becomes `\n`.
pub fn line(text: &str) -> Cow<'_, str> {
    let Some(start) = find(text, is_hostile) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..start]);
    for c in text[start..].chars() {
        match c {
            '\t' => out.push(' '),
            c if is_hostile(c) => push_visible(&mut out, c),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Escapes text of several lines: line breaks stay, tabs become spaces up to the next stop.
pub fn block(text: &str) -> Cow<'_, str> {
    let Some(start) = find(text, |c| c != '\n' && is_hostile(c)) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    let mut column = 0;
    let mut rest = text.chars().peekable();
    out.push_str(&text[..start]);
    if start > 0 {
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        column = text[line_start..start].chars().map(|c| c.width().unwrap_or(0)).sum();
        rest = text[start..].chars().peekable();
    }
    while let Some(c) = rest.next() {
        let before = out.len();
        match c {
            '\n' => {
                out.push('\n');
                column = 0;
                continue;
            }
            '\r' if rest.peek() == Some(&'\n') => continue,
            '\t' => out.extend(std::iter::repeat_n(' ', TAB - column % TAB)),
            c if is_hostile(c) => push_visible(&mut out, c),
            c => {
                out.push(c);
                column += c.width().unwrap_or(0);
                continue;
            }
        }
        column += out.len() - before;
    }
    Cow::Owned(out)
}

/// Whether a character must not reach a terminal, or would not be seen there.
pub(super) const fn is_hostile(c: char) -> bool {
    match c {
        ' '..='~' => false,
        // C0, DEL and C1 controls.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        // Soft hyphen, grapheme joiner, Arabic letter mark, Hangul and Khmer fillers, Mongolian selectors.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' => true,
        // Zero-width and direction marks, separators, embeddings, overrides, isolates, invisible operators.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        // Rare variation selectors, byte order mark, interlinear annotation.
        '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Shorthand and musical format controls; tags and supplementary variation selectors.
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Where the first character stands that the predicate names; printable ASCII is never asked about.
pub(super) fn find(text: &str, wanted: impl Fn(char) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(stride) = bytes[at..].first_chunk::<STRIDE>()
            && stride.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') < 0x5f))
        {
            at += STRIDE;
            continue;
        }
        let start = at;
        for c in text[start..].chars() {
            if at >= start + STRIDE {
                break;
            }
            if wanted(c) {
                return Some(at);
            }
            at += c.len_utf8();
        }
    }
    None
}

fn push_visible(out: &mut String, c: char) {
    // Writing to a string cannot fail.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        c if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    };
}

#[cfg(test)]
mod tests {
    use super::{block, find, is_hostile, line};
    use proptest::prelude::*;
    use std::borrow::Cow;

    #[test]
    fn hostile_text_is_shown() {
        assert_eq!(line("\u{1b}[31mred\u{1b}[0m"), r"\x1b[31mred\x1b[0m");
        assert_eq!(line("a\tb\nc\r\nd\0\u{7f}"), r"a b\nc\r\nd\x00\x7f");
        assert_eq!(line("\u{9b}31m"), r"\u{9b}31m");
        assert_eq!(line("user\u{202e}txt.exe\u{2066}"), r"user\u{202e}txt.exe\u{2066}");
        assert_eq!(line("a\u{200b}b\u{feff}\u{2028}\u{2029}"), r"a\u{200b}b\u{feff}\u{2028}\u{2029}");
        assert_eq!(line("hi\u{e0041}\u{e007f}"), r"hi\u{e0041}\u{e007f}");
        assert_eq!(line("\u{1b}]8;;http://x\u{7}y"), r"\x1b]8;;http://x\x07y");
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["", "plain", "größer, 日本語, \u{26a0}\u{fe0f}, e\u{301}", r"already \x1b", &"long ".repeat(50)]
        {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
            assert!(matches!(block(text), Cow::Borrowed(same) if same == text), "{text}");
        }
        assert!(matches!(block("two\nlines\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_block_keeps_its_lines() {
        assert_eq!(block("a\tb\r\n12345678\tc\nd\re"), "a       b\n12345678        c\nd\\re");
        assert_eq!(block("日本\t|"), "日本    |");
        assert_eq!(block("\u{1b}[2J\tx"), "\\x1b[2J x");
    }

    #[test]
    fn the_place_is_found_beyond_a_stride() {
        for length in 0..100 {
            let text = format!("{}\u{1b}tail", "ä".repeat(length));
            assert_eq!(find(&text, is_hostile), Some(2 * length));
            let text = format!("{}\u{1b}tail", "a".repeat(length));
            assert_eq!(find(&text, is_hostile), Some(length));
        }
    }

    proptest! {
        #[test]
        fn nothing_hostile_leaves(text in any::<String>(), seeds in prop::collection::vec(0u32..0x2100, 0..60)) {
            let text = text + &seeds.into_iter().filter_map(char::from_u32).collect::<String>();
            let once = line(&text);
            prop_assert!(!once.chars().any(|c| is_hostile(c) || c.is_control()));
            prop_assert_eq!(line(&once), once.as_ref());
            let once = block(&text);
            prop_assert!(!once.chars().any(|c| c != '\n' && (is_hostile(c) || c.is_control())));
            prop_assert_eq!(block(&once), once.as_ref());
        }
    }
}
