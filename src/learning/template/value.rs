//! What in a line is expected to vary: anything with a digit, paths, addresses, dotted names, long hexadecimal words.
//!
//! The rules know notations, and no product: the only vocabulary is that of dates, units, and of keys behind which a
//! structured line puts its message.

use super::token::{Class, class};

/// A word of Latin letters that is longer is a value: a key, a token, a blob.
const MAX_WORD: usize = 48;
/// The same for other scripts, which write whole sentences without spaces.
const MAX_SENTENCE: usize = 192;
/// How long the name of a key may be.
const MAX_NAME: usize = 32;
/// How many groups of hexadecimal digits an address or a fingerprint has at most.
const MAX_GROUPS: usize = 32;

/// Whether a chunk is of a kind that varies.
pub fn varies(text: &[u8]) -> bool {
    let (mut dots, mut slashes, mut hex, mut ascii) = (0, 0, true, true);
    let Some(last) = text.len().checked_sub(1) else { return false };
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' | b'\\' => return true,
            b'@' if at > 0 && at < last => return true,
            b'.' if at > 0 && at < last => dots += 1,
            b'/' => slashes += 1,
            _ => {}
        }
        hex &= byte.is_ascii_hexdigit();
        ascii &= byte.is_ascii();
    }
    let rooted = slashes == 1 && last > 0 && matches!(text.first(), Some(b'/' | b'.' | b'~'));
    let longest = if ascii { MAX_WORD } else { MAX_SENTENCE };
    dots > 1 || slashes > 1 || rooted || (hex && last >= 7) || last >= longest
}

/// Whether a chunk is the name of a key or of a function, as what stands behind it tells: `r24=7`, `sha1()`.
pub fn is_name(text: &[u8], behind: &[u8]) -> bool {
    let named = behind.starts_with(b"()") || (behind.starts_with(b"=") && !behind.starts_with(b"=="));
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-';
    named && text.len() <= MAX_NAME && text.first().is_some_and(u8::is_ascii_alphabetic) && text.iter().all(plain)
}

/// Returns the end of an address of hexadecimal groups with colons between them, if one begins here: pairs, or groups of
/// up to four with a digit among them.
pub fn pairs(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut end, mut groups, mut all_pairs, mut digits) = (start, 0, true, false);
    loop {
        let rest = bytes.get(end..)?;
        let group = rest.get(..rest.len().min(5))?;
        let length = group.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if length > 4 || (length == 0 && groups == 0) {
            return None;
        }
        all_pairs &= length == 2;
        digits |= group.iter().take(length).any(u8::is_ascii_digit);
        end += length;
        groups += 1;
        let more = bytes.get(end) == Some(&b':')
            && bytes.get(end + 1).is_some_and(|byte| *byte == b':' || byte.is_ascii_hexdigit());
        if !more || groups >= MAX_GROUPS {
            break;
        }
        end += 1;
    }
    let ends = bytes.get(end).is_none_or(|byte| class(*byte) != Class::Inner || *byte == b'.');
    (ends && (groups > 2 && all_pairs || groups > 3 && digits)).then_some(end)
}

/// Returns the end of a range in brackets, as in `node-[1-5,9]`, if one opens here in a chunk.
pub fn range(bytes: &[u8], start: usize, open: usize) -> Option<usize> {
    let joined = open > start && matches!(bytes.get(open - 1), Some(b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z'));
    let rest = bytes.get(open + 1..)?;
    let inside = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b',')).count();
    let several = rest.get(..inside)?.iter().any(|byte| matches!(byte, b'-' | b','));
    let begins = rest.first().is_some_and(u8::is_ascii_digit);
    (joined && several && begins && rest.get(inside) == Some(&b']')).then_some(open + inside + 2)
}

/// Whether a byte ends a path or an address that was begun.
pub fn ends_address(byte: u8) -> bool {
    class(byte) == Class::Space
        || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b')' | b']' | b'}' | b',' | b';' | b'|')
}

/// Whether a mark between two values makes them one.
pub fn glues(mark: &[u8]) -> bool {
    !mark.is_empty() && mark.iter().all(|byte| b":,.-#|+~/@&_%*".contains(byte))
}

/// Whether a word is the short name of a month or a day of the week.
pub fn dates(word: &[u8]) -> bool {
    let month = matches!(
        word,
        b"Jan" | b"Feb" | b"Mar" | b"Apr" | b"May" | b"Jun" | b"Jul" | b"Aug" | b"Sep" | b"Oct" | b"Nov" | b"Dec"
    );
    month || matches!(word, b"Mon" | b"Tue" | b"Wed" | b"Thu" | b"Fri" | b"Sat" | b"Sun")
}

/// Whether a word behind a number belongs to it: a unit, whose choice follows from the number, or the half of a day.
pub fn continues(before: &[u8], word: &[u8]) -> bool {
    let time = matches!(word, b"ns" | b"us" | b"ms" | b"s" | b"sec" | b"secs" | b"min" | b"mins");
    let size = matches!(word, b"B" | b"kB" | b"KB" | b"MB" | b"GB" | b"TB" | b"KiB" | b"MiB" | b"GiB" | b"TiB");
    match word {
        b"AM" | b"PM" => before.contains(&b':'),
        _ => (time || size) && before.last().is_some_and(u8::is_ascii_digit),
    }
}

/// Whether what a key holds is the message itself.
pub fn speaks(key: &[u8]) -> bool {
    const KEYS: [&[u8]; 8] = [b"msg", b"message", b"event", b"err", b"error", b"reason", b"text", b"log"];
    KEYS.iter().any(|name| key.eq_ignore_ascii_case(name))
}

/// Whether a word and what stands behind its colon are a host and its port.
pub fn is_host(word: &[u8], port: &[u8]) -> bool {
    let digits = (2..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    let name = word.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'.' | b'-'));
    let domain = word.iter().rev().take_while(|byte| byte.is_ascii_lowercase()).count();
    // More dots would have made a value of it already.
    digits && name && (2..=6).contains(&domain) && word.len() > domain + 1 && !word.starts_with(b".")
}
