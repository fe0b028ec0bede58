//! Judges whether a value is plainly a placeholder, a word, code, or looks like it was drawn at random.
//!
//! Only the first bytes of a value are looked at, so that a long one costs no more than a short one.

use memchr::memmem;

/// Bytes of a value that are looked at.
const LOOKED_AT: usize = 256;

/// Beginnings that mean: the value stands elsewhere.
const ELSEWHERE: &[&str] = &[
    "$",
    "%",
    "{",
    "<",
    "[",
    "(",
    "*",
    "...",
    "…",
    "&",
    "#{",
    "process.env",
    "import.meta",
    "os.environ",
    "os.getenv",
    "System.getenv",
    "Deno.env",
    "Bun.env",
    "std::env",
    "env.",
    "env(",
    "env::",
    "env!",
    "env[",
    "ENV",
    "getenv",
    "secrets.",
    "vars.",
    "config.",
    "settings.",
    "self.",
    "this.",
    "args.",
    "req.",
    "request.",
    "op://",
    "vault:",
    "file:",
    "keyring:",
    "ref+",
    "arn:",
    "ENC[",
    "!",
    "\\",
    "=",
    "@",
    "xxx",
    "XXX",
    "•",
];

/// What only a placeholder has in it, in small letters.
const PLACEHOLDERS: &[&str] = &[
    "your",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "dummy",
    "redacted",
    "masked",
    "insert",
    "replace",
    "xxxx",
    "****",
    "...",
    "…",
    "<",
    "${",
    "{{",
    "••",
    "000000",
    "fake",
    "sample",
    "goes-here",
    "goes_here",
    "mock",
    "deadbeef",
    "not-a-real",
    "notreal",
    "todo",
];

/// Words that are no secret, in small letters.
const WORDS: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "secret",
    "token",
    "key",
    "apikey",
    "api_key",
    "api-key",
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "str",
    "test",
    "testing",
    "foo",
    "bar",
    "baz",
    "value",
    "required",
    "optional",
    "empty",
    "missing",
    "invalid",
    "valid",
    "unknown",
    "hidden",
    "default",
    "prompt",
    "stdin",
    "file",
    "text",
    "yes",
    "no",
    "user",
    "username",
    "admin",
    "object",
    "boolean",
    "number",
    "any",
    "bytes",
    "bearer",
    "basic",
    "digest",
    "write",
    "read",
    "inherit",
    "option",
    "result",
];

/// Words that follow the mention of an option.
const PROSE: &[&str] = &[
    "flag",
    "flags",
    "option",
    "options",
    "argument",
    "arguments",
    "parameter",
    "parameters",
    "portion",
    "with",
    "without",
    "from",
    "when",
    "must",
    "should",
    "will",
    "would",
    "instead",
    "into",
    "that",
    "this",
    "field",
    "fields",
    "supplies",
    "takes",
    "accepts",
    "reads",
    "sets",
    "isn't",
    "does",
    "doesn't",
    "only",
    "also",
    "then",
    "where",
    "which",
    "because",
    "switch",
    "here",
    "there",
    "works",
    "fails",
    "used",
    "uses",
    "requires",
    "needs",
    "input",
    "prompt",
    "before",
    "after",
    "while",
    "have",
];

/// Tells whether a value plainly stands for another one.
pub fn is_placeholder(value: &[u8]) -> bool {
    let value = value.get(..LOOKED_AT).unwrap_or(value);
    if value.is_empty() || ELSEWHERE.iter().any(|start| value.starts_with(start.as_bytes())) {
        return true;
    }
    let small = value.to_ascii_lowercase();
    let trimmed = small.trim_ascii();
    WORDS.iter().any(|word| trimmed == word.as_bytes())
        || PLACEHOLDERS.iter().any(|part| memmem::find(&small, part.as_bytes()).is_some())
        || memmem::find(&small, b"process.env").is_some()
        || is_monotonous(value)
}

/// Tells whether what follows the prefix of a token stands for another one. Words may come about by chance in a long
/// token, and count only where nothing else looks drawn at random.
pub fn is_stand_in(value: &[u8]) -> bool {
    is_monotonous(value) || (is_placeholder(value) && !is_random(value))
}

/// Tells whether a value is made of few characters, or counts up (`1234567890abcdef`).
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    for &byte in value {
        if let Some(mark) = seen.get_mut(usize::from(byte)) {
            *mark = true;
        }
    }
    let distinct = seen.iter().filter(|mark| **mark).count();
    if distinct <= 2 || (value.len() >= 16 && distinct <= 5) {
        return true;
    }
    let steps = value.windows(2).filter(|pair| matches!(pair, [a, b] if b.wrapping_sub(*a) <= 1)).count();
    value.len() >= 6 && steps * 3 >= value.len() * 2
}

/// Tells whether a value has a letter and a digit, or capitals where no word has them, often enough to be drawn at
/// random. Counts the places at which a small letter is followed by a capital, or a letter by a digit, or the reverse.
pub fn is_random(value: &[u8]) -> bool {
    let value = value.get(..LOOKED_AT).unwrap_or(value);
    let turns = value.windows(2).filter(|pair| turn(pair)).count();
    value.len() >= 12 && turns * 5 >= value.len() && !is_monotonous(value)
}

fn turn(pair: &[u8]) -> bool {
    let [a, b] = pair else { return false };
    let digits = (a.is_ascii_digit() && b.is_ascii_alphabetic()) || (a.is_ascii_alphabetic() && b.is_ascii_digit());
    digits || (a.is_ascii_lowercase() && b.is_ascii_uppercase())
}

/// Tells whether a value says what should stand in its place: `my-secret`, `db_password`, `projects/1/secrets/x`.
pub fn names_itself(value: &[u8]) -> bool {
    let small = value.get(..LOOKED_AT).unwrap_or(value).to_ascii_lowercase();
    ["password", "secret", "token", "key", "passwd"].iter().any(|word| memmem::find(&small, word.as_bytes()).is_some())
}

/// Tells whether a word is one that follows the mention of an option ("the --password flag").
pub fn is_prose(value: &[u8]) -> bool {
    PROSE.iter().any(|word| value == word.as_bytes())
}

/// Tells whether a value is made of words, each with a few digits behind it at most, joined by `-`, `_`, `.`, `:`, `/`,
/// spaces or capitals.
pub fn is_wordy(value: &[u8]) -> bool {
    let value = value.get(..LOOKED_AT).unwrap_or(value);
    if value.iter().any(|byte| !byte.is_ascii_alphanumeric() && !b"-_.:/ ".contains(byte)) {
        return false;
    }
    let pieces = value.split(|byte| b"-_.:/ ".contains(byte)).filter(|piece| !piece.is_empty());
    pieces.into_iter().all(|piece| {
        let word = piece.trim_ascii_end();
        let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = word.iter().skip(letters).take_while(|byte| byte.is_ascii_digit()).count();
        let rest = word.iter().skip(letters + digits);
        // `oauth2Client`: a digit or two within, and letters only behind them.
        let within = rest.len() > 0 && digits <= 2 && letters > 0 && rest.into_iter().all(u8::is_ascii_alphabetic);
        let behind = letters + digits == word.len() && (letters == 0 || digits <= 4);
        (within || behind) && capitals_as_in_words(word)
    })
}

/// Tells whether capitals begin words (`myApiKey`) or are all there is (`API`).
fn capitals_as_in_words(word: &[u8]) -> bool {
    let turns =
        word.windows(2).filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    turns.count() * 5 <= word.len()
}

/// Tells whether a value without quotes is an expression of a programming language.
pub fn is_code(value: &[u8], next: u8) -> bool {
    let value = value.get(..LOOKED_AT).unwrap_or(value);
    let name = value.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.:?!->".contains(byte)).count();
    let called = matches!(value.get(name), Some(b'(' | b'[' | b'{'));
    called || next == b'<' || memmem::find(value, b"::").is_some() || memmem::find(value, b"->").is_some()
}

/// Tells whether a value is a path, an address or a selector.
pub fn is_place(value: &[u8]) -> bool {
    let drive = matches!(value, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    drive
        || [&b"/"[..], b"./", b"../", b"~", b"#", b".", b"http://", b"https://", b"--"]
            .iter()
            .any(|s| value.starts_with(s))
            && !(value.starts_with(b"/")
                && value.len() >= 20
                && !value.get(1..).unwrap_or(b"").contains(&b'.')
                && is_random(value))
}
