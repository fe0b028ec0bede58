//! Names that say that a secret stands behind them, and what stands there.

use super::{
    edges,
    runs::{Runs, Set},
    values,
};

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Something that a person may have made up.
    Password,
    /// Several words.
    Phrase,
    /// Something that a machine drew.
    Secret,
    /// The same, by a name that code often uses for other things.
    Token,
    /// The same, by a name that says so only as a variable of the environment: `OPENAI_KEY`, but not `key`.
    Key,
}

/// Words that say so, by parts: `api key` is also written `apiKey`, `API_KEY` and `api-key`.
#[rustfmt::skip]
pub const WORDS: &[(&[&str], Says)] = &[
    (&["password"], Says::Password), (&["pass", "word"], Says::Password), (&["passwd"], Says::Password),
    (&["passcode"], Says::Password), (&["pwd"], Says::Password), (&["pass"], Says::Password),
    (&["passphrase"], Says::Phrase), (&["pass", "phrase"], Says::Phrase), (&["mnemonic"], Says::Phrase),
    (&["seed", "phrase"], Says::Phrase),
    (&["secret"], Says::Secret), (&["credential"], Says::Secret), (&["credentials"], Says::Secret),
    (&["private", "key"], Says::Secret), (&["access", "key"], Says::Secret), (&["api", "key"], Says::Secret),
    (&["account", "key"], Says::Secret), (&["encryption", "key"], Says::Secret), (&["signing", "key"], Says::Secret),
    (&["master", "key"], Says::Secret), (&["secret", "key"], Says::Secret), (&["auth", "key"], Says::Secret),
    (&["service", "key"], Says::Secret), (&["storage", "key"], Says::Secret), (&["deploy", "key"], Says::Secret),
    (&["license", "key"], Says::Secret), (&["subscription", "key"], Says::Secret), (&["service", "role", "key"], Says::Secret),
    (&["app", "key"], Says::Token), (&["application", "key"], Says::Token), (&["session", "key"], Says::Token),
    (&["token"], Says::Token), (&["jwt"], Says::Token), (&["npm", "auth"], Says::Token), (&["session", "cookie"], Says::Token),
    (&["auth"], Says::Token), (&["_key"], Says::Key),
];

/// What may follow the word within the name, without `_` and `-`.
const ENDINGS: &[&str] = &[
    "",
    "key",
    "keybase",
    "base",
    "value",
    "prod",
    "production",
    "dev",
    "test",
    "staging",
    "live",
    "old",
    "new",
    "raw",
    "plain",
    "text",
    "plaintext",
    "string",
    "confirmation",
    "confirm",
    "again",
    "id",
];

/// What, before the word, means something else, without `_` and `-`.
const OTHERWISE: &[&str] = &[
    "public",
    "publishable",
    "next",
    "page",
    "continuation",
    "sync",
    "cancel",
    "cancellation",
    "max",
    "min",
    "num",
    "input",
    "output",
    "eos",
    "bos",
    "pad",
    "cls",
    "sep",
    "mask",
    "unk",
    "last",
    "first",
    "prev",
    "previous",
    "start",
    "end",
    "idempotency",
    "by",
    "cache",
    "primary",
    "foreign",
    "sort",
    "partition",
    "object",
    "group",
];

/// Longest name that is read on either side of the word.
const NAME_BYTES: usize = 48;
/// Bytes of a value that are judged.
const JUDGED_BYTES: usize = 256;
/// Most blanks around a sign.
const BLANKS: usize = 32;

/// Where a value stands, and in which form.
struct Place {
    from: usize,
    /// The form leaves no doubt that a value, and no code, stands here: `NAME=value`, `--name value`, `X-Name: value`.
    plain: bool,
    /// A name of an environment variable, in capitals.
    loud: bool,
}

/// Returns the secret that is given to the name which holds the word at `word`, if it looks like one.
pub fn value(text: &[u8], runs: &mut Runs, word: std::ops::Range<usize>, says: Says) -> Option<std::ops::Range<usize>> {
    let name = whole_name(text, word.clone())?;
    if means_otherwise(text, &name, &word, says) {
        return None;
    }
    let place = place(text, &name)?;
    let from = after_scheme(text, place.from);
    let (inner, quoted) = span(text, runs, from)?;
    let value = text.get(inner.start..inner.end.min(inner.start + JUDGED_BYTES))?;
    let next = text.get(inner.end).copied().unwrap_or(b' ');
    let sure = match (quoted, says) {
        (true, _) => is_secret_in_quotes(value, says, &place),
        (false, _) => is_secret_bare(value, says, &place, next),
    };
    (sure && !values::is_placeholder(value)).then_some(inner)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn whole_name(text: &[u8], word: std::ops::Range<usize>) -> Option<std::ops::Range<usize>> {
    let floor = word.start.saturating_sub(NAME_BYTES);
    let before = text.get(floor..word.start)?;
    let mut start = word.start - before.iter().rev().take_while(|byte| is_name(**byte)).count();
    start += edges::escape_before(text, start + 1).min(word.start.saturating_sub(start));
    let ceiling = text.len().min(word.end + NAME_BYTES);
    let after = text.get(word.end..ceiling)?;
    let end = word.end + after.iter().take_while(|byte| is_name(**byte)).count();
    Some(start..end)
}

fn squeezed(part: &[u8]) -> Vec<u8> {
    part.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect()
}

fn means_otherwise(text: &[u8], name: &std::ops::Range<usize>, word: &std::ops::Range<usize>, says: Says) -> bool {
    let mut before = squeezed(text.get(name.start..word.start).unwrap_or(b""));
    let outside = text.get(name.start.saturating_sub(NAME_BYTES)..name.start).unwrap_or(b"");
    if outside.ends_with(b"::") {
        return true;
    }
    if before.is_empty() && outside.ends_with(b" ") {
        // "Next page token: …"
        before = outside
            .trim_ascii_end()
            .rsplit(|byte| !byte.is_ascii_alphabetic())
            .next()
            .map(squeezed)
            .unwrap_or_default();
    }
    let mut after = squeezed(text.get(word.end..name.end).unwrap_or(b""));
    while after.last().is_some_and(u8::is_ascii_digit) {
        after.pop();
    }
    let short = matches!(text.get(word.clone()).map(<[u8]>::len), Some(3 | 4));
    if !ENDINGS.iter().any(|ending| after == ending.as_bytes()) || (says == Says::Secret && after == b"id") {
        return true;
    }
    let joined = word.start.checked_sub(1).and_then(|i| text.get(i)).copied().unwrap_or(b' ');
    if text.get(word.clone()) == Some(b"auth") && joined.is_ascii_alphabetic() {
        return true;
    }
    // `pass` and `pwd` are parts of other words, and `PASS` and `PWD` mean something else; they need a word before.
    if short && says == Says::Password {
        let letter = text.get(word.start).copied().unwrap_or(b' ');
        let apart = (matches!(joined, b'_' | b'-') && !before.is_empty())
            || (letter.is_ascii_uppercase() && joined.is_ascii_lowercase());
        let shown = matches!(joined, b'"' | b'\'' | b';') && after.is_empty();
        if !(apart || shown || before == b"my" || before == b"db") || before == b"old" || before == b"by" {
            return true;
        }
    }
    OTHERWISE.iter().any(|other| before == other.as_bytes() || (other.len() > 3 && before.ends_with(other.as_bytes())))
}

fn blanks(text: &[u8], from: usize) -> usize {
    let ceiling = text.len().min(from.saturating_add(BLANKS));
    let after = text.get(from..ceiling).unwrap_or(b"");
    from + after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Skips a quote with the backslashes before it.
fn quote(text: &[u8], from: usize) -> Option<(usize, usize, u8)> {
    let ceiling = text.len().min(from.saturating_add(8));
    let slashes = text.get(from..ceiling)?.iter().take_while(|byte| **byte == b'\\').count();
    let sign = *text.get(from + slashes)?;
    matches!(sign, b'"' | b'\'' | b'`').then_some((from + slashes + 1, slashes, sign))
}

fn place(text: &[u8], name: &std::ops::Range<usize>) -> Option<Place> {
    let byte = |at: usize| text.get(at).copied().unwrap_or(b'\n');
    let own = text.get(name.clone())?;
    let loud = own.iter().any(u8::is_ascii_uppercase) && !own.iter().any(u8::is_ascii_lowercase);
    let option = own.starts_with(b"--");
    let header = (own.starts_with(b"X-") || own.starts_with(b"x-")) && !own.contains(&b'_');
    let closed = quote(text, name.end).map(|(after, ..)| after);
    let mut at = closed.unwrap_or(name.end);
    if closed.is_some() && byte(at) == b']' {
        at += 1;
    }
    if let Some(from) = pair(text, at) {
        return Some(Place { from: blanks(text, from), plain: false, loud });
    }
    let sign = blanks(text, at);
    let here = |from: usize, plain: bool| Some(Place { from: blanks(text, from), plain, loud });
    match byte(sign) {
        b'=' => {
            let mut from = sign + 1;
            while matches!(byte(from), b'=' | b'>' | b'~') && from < sign + 4 {
                from += 1;
            }
            let tight = sign == name.end && from == sign + 1 && byte(from) > b' ';
            here(from, (tight && (loud || exported(text, name.start))) || option)
        }
        b':' if byte(sign + 1) == b':' => None,
        b':' => {
            let from = sign + 1 + usize::from(byte(sign + 1) == b'=');
            let value = blanks(text, from);
            let header = header && (closed.is_none() || string(text, value).is_some());
            typed(text, from).map_or_else(|| here(from, header), |from| here(from, false))
        }
        b'(' | b',' if sign == at && (byte(sign) == b'(') == closed.is_none() => {
            let from = blanks(text, sign + 1);
            string(text, from).is_some().then_some(Place { from, plain: false, loud })
        }
        b'>' if closed.is_none() && byte(name.start.wrapping_sub(1)) == b'<' => here(sign + 1, true),
        b'-' if option => None,
        _ if option && sign > name.end && closed.is_none() => here(sign, true),
        _ if own == b"password" && after_login(text, name.start) && sign > at => here(sign, true),
        _ => None,
    }
}

fn exported(text: &[u8], start: usize) -> bool {
    text.get(..start).is_some_and(|before| before.ends_with(b"export "))
}

/// Tells whether a name and an account stand before, as in `.netrc`.
fn after_login(text: &[u8], start: usize) -> bool {
    let before = text.get(start.saturating_sub(96)..start).unwrap_or(b"");
    memchr::memmem::rfind(before, b"login ").is_some_and(|at| !before.get(at..).unwrap_or(b"").contains(&b'.'))
}

/// Steps over the type in `password: str = "…"`.
fn typed(text: &[u8], from: usize) -> Option<usize> {
    let start = blanks(text, from);
    let ceiling = text.len().min(start + 40);
    let kind = text.get(start..ceiling)?;
    let length = kind.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_&<>|[]'.? ".contains(b)).count();
    let sign = start + length;
    let assigned = length > 0 && text.get(sign) == Some(&b'=') && !matches!(text.get(sign + 1), Some(b'=' | b'>'));
    let spaced = sign.checked_sub(1).and_then(|i| text.get(i)) == Some(&b' ');
    (assigned && spaced).then_some(sign + 1)
}

/// Steps from a name that is itself a value to the value beside it: `name: DB_PASSWORD`, `value: "…"`.
fn pair(text: &[u8], from: usize) -> Option<usize> {
    let ceiling = text.len().min(from.saturating_add(64));
    let after = text.get(from..ceiling)?;
    let mut gap = after.iter().take_while(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'\\')).count();
    // A line break as JSON writes it.
    if gap > 0 && after.get(gap) == Some(&b'n') && after.get(gap - 1) == Some(&b'\\') {
        gap += 1 + after.get(gap + 1..)?.iter().take_while(|byte| **byte == b' ').count();
    }
    let mut at = from + gap;
    if gap == 0 {
        return None;
    }
    if let Some((inside, ..)) = quote(text, at.saturating_sub(usize::from(text.get(at - 1) == Some(&b'\\')))) {
        at = inside;
    }
    let word = text.get(at..at + 5)?;
    if !word.eq_ignore_ascii_case(b"value") {
        return None;
    }
    at += 5;
    at = blanks(text, quote(text, at).map_or(at, |(after, ..)| after));
    matches!(text.get(at), Some(b':' | b'=')).then_some(at + 1)
}

/// Steps over `Bearer` and the like.
fn after_scheme(text: &[u8], from: usize) -> usize {
    let start = string(text, from).map_or(from, |(inside, ..)| inside);
    let ceiling = text.len().min(start + 8);
    let head = text.get(start..ceiling).unwrap_or(b"").to_ascii_lowercase();
    let scheme = ["bearer ", "basic ", "token ", "bot "].iter().find(|scheme| head.starts_with(scheme.as_bytes()));
    scheme.map_or(from, |scheme| start + scheme.len())
}

/// Steps from the name of a header to its value, in plain text or in code, and tells whether a scheme stood before it.
pub fn header(text: &[u8], name_end: usize) -> Option<(usize, bool)> {
    let closed = quote(text, name_end).map_or(name_end, |(after, ..)| after);
    let closed = closed + usize::from(text.get(closed) == Some(&b']'));
    let sign = blanks(text, closed);
    let signs = matches!(text.get(sign), Some(b':' | b'=')) || (text.get(sign) == Some(&b',') && closed > name_end);
    if !signs {
        return None;
    }
    let from = blanks(text, sign + 1);
    let from = from + usize::from(text.get(from) == Some(&b'['));
    let inside = string(text, from).map_or(from, |(inside, ..)| inside);
    let value = after_scheme(text, inside);
    Some((value, value > inside))
}

/// Steps into a string, over the letters that languages put before its quote.
fn string(text: &[u8], from: usize) -> Option<(usize, usize, u8)> {
    let ceiling = text.len().min(from.saturating_add(3));
    let letters = text.get(from..ceiling)?.iter().take_while(|byte| b"bfruBFRU@&#".contains(byte)).count();
    quote(text, from + letters)
}

/// Longest value in quotes; a longer one is taken to have lost its quote.
const QUOTED_BYTES: usize = 8192;

/// Returns the value at a place, without its quotes, and whether it had some.
pub fn span(text: &[u8], runs: &mut Runs, from: usize) -> Option<(std::ops::Range<usize>, bool)> {
    if let Some((inside, slashes, sign)) = string(text, from) {
        let ceiling = text.len().min(inside.saturating_add(QUOTED_BYTES));
        let rest = text.get(inside..ceiling)?;
        let mut seen = 0;
        for (at, &byte) in rest.iter().enumerate() {
            match byte {
                b'\n' => break,
                b'\\' => seen += 1,
                // Fewer backslashes than the quote that opened: an outer string ends here.
                _ if byte == sign && seen <= slashes => return Some((inside..inside + at - seen, true)),
                _ => seen = 0,
            }
        }
        let end = trimmed(text, inside, runs.end(Set::Bare, inside));
        return (end > inside).then_some((inside..end, true));
    }
    let end = trimmed(text, from, runs.end(Set::Bare, from));
    (end > from).then_some((from..end, false))
}

/// Leaves out the signs of a sentence, and brackets that close what was opened before the value.
fn trimmed(text: &[u8], from: usize, end: usize) -> usize {
    // A few: each name in a run of signs would otherwise walk all of them.
    let value = text.get(end.saturating_sub(8).max(from)..end).unwrap_or(b"");
    end - value.iter().rev().take_while(|byte| b")]},.;:".contains(byte)).count()
}

fn has_digit(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
}

fn has_letter(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_alphabetic)
}

fn has_sign(value: &[u8]) -> bool {
    value.iter().any(|byte| b"!@#$%^&*+=?~".contains(byte))
}

fn is_secret_in_quotes(value: &[u8], says: Says, place: &Place) -> bool {
    let spaces = value.iter().any(u8::is_ascii_whitespace);
    if says == Says::Phrase {
        return value.len() >= 8 && value.first().is_some_and(|b| !b.is_ascii_uppercase()) && !values::is_place(value);
    }
    if spaces || values::is_place(value) {
        return false;
    }
    if place.plain {
        return is_plain_secret(value, says);
    }
    match says {
        Says::Key => place.loud && value.len() >= 20 && values::is_random(value) && !values::is_wordy(value),
        Says::Password | Says::Phrase => {
            let long = value.len() >= 16 && value.iter().all(u8::is_ascii_lowercase);
            let mixed = has_letter(value) && (has_digit(value) || has_sign(value));
            let parts = value.iter().any(|byte| b"-_.:/".contains(byte));
            value.len() >= 6 && (long || (mixed && !(parts && values::is_wordy(value))))
        }
        Says::Secret => value.len() >= 8 && has_letter(value) && has_digit(value) && !values::is_wordy(value),
        Says::Token => {
            value.len() >= 12
                && has_letter(value)
                && has_digit(value)
                && values::is_random(value)
                && !values::is_wordy(value)
        }
    }
}

/// Judges a value of a form in which no code can stand.
fn is_plain_secret(value: &[u8], says: Says) -> bool {
    let number = value.iter().all(|byte| byte.is_ascii_digit());
    let parts = value.iter().any(|byte| b"-_/.".contains(byte)) && values::is_wordy(value);
    match says {
        Says::Password | Says::Phrase => {
            value.len() >= 4 && !(parts && values::names_itself(value)) && !values::is_prose(value)
        }
        Says::Secret => value.len() >= 8 && !number && !parts && !values::is_prose(value),
        Says::Key => value.len() >= 20 && values::is_random(value) && !parts,
        Says::Token => {
            value.len() >= 8 && !number && (has_digit(value) || value.len() >= 16) && !values::is_wordy(value)
        }
    }
}

fn is_secret_bare(value: &[u8], says: Says, place: &Place, next: u8) -> bool {
    if values::is_place(value) || values::is_code(value, if place.plain { b' ' } else { next }) {
        return false;
    }
    if place.plain {
        return is_plain_secret(value, says);
    }
    let mixed = has_letter(value) && has_digit(value);
    match says {
        Says::Key => false,
        Says::Password | Says::Phrase => {
            let parts = value.iter().any(|byte| b"-_.:/".contains(byte));
            value.len() >= 6 && (mixed || has_sign(value) && has_letter(value)) && !(parts && values::is_wordy(value))
        }
        Says::Secret => {
            value.len() >= 12 && mixed && !values::is_wordy(value) && (place.loud || values::is_random(value))
        }
        Says::Token => value.len() >= 12 && mixed && !values::is_wordy(value) && values::is_random(value),
    }
}
