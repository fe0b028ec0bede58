//! Where a word begins in text that may be plain, escaped for JSON, percent-encoded or coloured.

/// Bytes that are looked back at for a colour.
const COLOUR_BYTES: usize = 16;

/// Tells whether a token may begin at a place: what stands before it is no letter and no digit, or only the end of an
/// escape (`\n`, `%3D`, a colour).
pub fn begins(bytes: &[u8], at: usize) -> bool {
    let Some(last) = at.checked_sub(1).and_then(|i| bytes.get(i)) else { return true };
    !last.is_ascii_alphanumeric() || escape_before(bytes, at) > 0 || colour_before(bytes, at)
}

/// Tells how many of the bytes before a place are the letter of an escape (`\n` is one, `%3D` two).
pub fn escape_before(bytes: &[u8], at: usize) -> usize {
    let back = |n: usize| at.checked_sub(n).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
    if back(2) == b'\\' && matches!(back(1), b'n' | b'r' | b't' | b'b' | b'f') {
        return 1;
    }
    let hex = back(3) == b'%' && back(2).is_ascii_hexdigit() && back(1).is_ascii_hexdigit();
    // `%3D` and the like; a letter that is encoded (`%41`) is part of the word.
    if hex && matches!(back(2), b'2' | b'3' | b'7' | b'5') && !back(2).is_ascii_alphabetic() { 2 } else { 0 }
}

/// Tells whether the bytes before a place are a sequence that sets a colour: `ESC [ 3 2 m`, the escape also as JSON
/// writes it.
fn colour_before(bytes: &[u8], at: usize) -> bool {
    let start = at.saturating_sub(COLOUR_BYTES);
    let Some(before) = bytes.get(start..at) else { return false };
    let Some(before) = before.strip_suffix(b"m") else { return false };
    let codes = before.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let Some(before) = before.get(..before.len() - codes) else { return false };
    let Some(before) = before.strip_suffix(b"[") else { return false };
    before.ends_with(b"\x1b") || before.ends_with(b"u001b") || before.ends_with(b"u001B") || before.ends_with(b"x1b")
}
