//! Makes a text say the same whenever the same thing happens: places, numbers, ids and
//! quoting go, words stay.

/// Words of a line that are kept. A few suffice to tell causes apart, and the fewer they
/// are, the less depends on where a terminal wrapped the line.
const WORDS: usize = 12;

/// Endings of names that are files and no dotted names.
const FILES: [&str; 45] = [
    "rs", "go", "py", "js", "ts", "tsx", "jsx", "mjs", "cjs", "json", "toml", "yaml", "yml", "md", "mdx", "txt", "log",
    "sh", "c", "h", "cc", "cpp", "hpp", "java", "kt", "rb", "php", "cs", "html", "css", "lock", "xml", "sql", "ipynb",
    "svg", "png", "swift", "vue", "svelte", "exe", "cfg", "ini", "jsonl", "csv", "env",
];

/// Normalises one line.
pub fn line(text: &str) -> String {
    let mut out = String::new();
    let unquoted = quotes_out(text);
    let words = unquoted
        .split_whitespace()
        .map(|text| if text == QUOTED { text.to_owned() } else { word(text) })
        .filter(|word| !word.is_empty());
    for word in words.take(WORDS) {
        // A row of numbers or paths says no more than one.
        if word.starts_with('<') && out.ends_with(&word) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
    out
}

/// What stands for a quoted text: it is mostly what differs from one time to the next.
const QUOTED: &str = "<text>";

/// Bytes of a quoted text; what is longer was no quotation.
const QUOTED_BYTES: usize = 200;

/// Puts one word for each quoted text.
fn quotes_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(open) = rest.chars().next() {
        let behind = rest.get(open.len_utf8()..).unwrap_or_default();
        let close = match open {
            '\'' | '"' | '`' => open,
            '\u{2018}' => '\u{2019}',
            '\u{201c}' => '\u{201d}',
            _ => '\0',
        };
        let end = if close == '\0' || before.is_alphanumeric() { None } else { closing(behind, close) };
        if let Some(end) = end {
            out.extend([" ", QUOTED, " "]);
            rest = behind.get(end..).unwrap_or_default();
            before = close;
        } else {
            out.push(open);
            rest = behind;
            before = open;
        }
    }
    out
}

/// Where the text behind a quotation goes on, if the quotation is closed: its end is near,
/// and no letter follows, as in `it's`.
fn closing(behind: &str, close: char) -> Option<usize> {
    let near = behind.get(..behind.floor_char_boundary(QUOTED_BYTES))?;
    near.match_indices(close).find_map(|(at, _)| {
        let end = at + close.len_utf8();
        let follows = behind.get(end..)?.chars().next();
        (at > 0 && follows.is_none_or(|next| !next.is_alphanumeric())).then_some(end)
    })
}

/// Normalises one word, which has no white space.
pub fn word(text: &str) -> String {
    let bare = text.trim_matches(|character: char| !character.is_alphanumeric() && !"/\\~.@-_#*".contains(character));
    let bare = bare.trim_end_matches(|character: char| !character.is_alphanumeric() && !"/\\_*+#".contains(character));
    if !bare.contains(char::is_alphanumeric) {
        return String::new();
    }
    if bare.contains("://") {
        return "<url>".to_owned();
    }
    if is_path(bare) {
        return "<path>".to_owned();
    }
    if is_id(bare) {
        return "<id>".to_owned();
    }
    numbers_out(bare)
}

/// Whether it is a place in a file system.
pub fn is_path(word: &str) -> bool {
    let name = word.split(['(', ':', ',']).next().unwrap_or(word);
    let starts = ["/", "./", "../", "~", "\\"].iter().any(|start| word.starts_with(start));
    let is_drive = word.get(1..3).is_some_and(|second| second == ":\\" || second == ":/");
    let is_file = name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && FILES.contains(&ending));
    starts || is_drive || is_file || word.contains('\\') || word.contains('/') && !word.starts_with('@')
}

/// Whether it is a hash, a UUID, or another name that no person gave.
fn is_id(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    digits > 0 && digits < word.len() && (is_hex && word.len() >= 7 || is_word && word.len() >= 16 && digits >= 3)
}

/// Puts one `#` for each run of digits and what binds them, and drops what is neither
/// letter nor sign.
fn numbers_out(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut in_number = false;
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        let binds = in_number
            && matches!(character, '.' | ',' | ':')
            && characters.peek().is_some_and(|next| next.is_ascii_digit());
        if character.is_ascii_digit() || binds {
            if !in_number {
                out.push('#');
            }
            in_number = true;
            continue;
        }
        in_number = false;
        let is_quote = matches!(character, '"' | '\'' | '`');
        if character.is_alphanumeric() || character.is_ascii_graphic() && !is_quote {
            out.push(character);
        }
    }
    out
}

/// Cuts at a character so that no more than `bytes` are left.
pub fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
