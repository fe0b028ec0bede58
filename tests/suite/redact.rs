//! Replaces what differs from run to run by fixed words, so that everything else can be compared exactly.
//!
//! What is replaced, and by what:
//! - the temporary folder of the test, and its name alone: a word of the same width, so that tables stay in shape;
//! - hashes: the 8 digits at the end of a file name of the house (`_1a2b3c4d.jsonl`), and any other run of 8 or more
//!   hexadecimal digits, if it is long (16 and more) or has both a digit and a letter; `H` for each digit. UUIDs stay: they
//!   come from the fixtures. So does a run of fewer than 16 digits of one kind, which is rather a date or a word;
//! - durations behind `in`, `took` or `after` (`in 12.3 ms`), speeds (`310 MB/s`) and the field `elapsed_ms`: `[TIME]`,
//!   `[SPEED]`;
//! - space on a disk, in front of `free` or behind it (`1.5 GB free`): `[SIZE]`.

/// Replaces what differs from run to run; `folder` is the temporary folder of the test.
pub fn redact(text: &str, folder: &str) -> String {
    let mut text = text.replace(folder, &word("TEMP-FOLDER", folder.chars().count()));
    if let Some((_, name)) = folder.rsplit_once('/') {
        text = text.replace(name, &word("TEMP", name.chars().count()));
    }
    numbers(&hashes(&text))
}

/// A word that is easily seen, as wide as what it stands for.
fn word(word: &str, width: usize) -> String {
    let inner: String = word.chars().chain(std::iter::repeat('-')).take(width.saturating_sub(2)).collect();
    format!("[{inner}]")
}

fn hashes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let run = chars[at..].iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        if run == 0 {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let (digits, before, after) =
            (&chars[at..at + run], at.checked_sub(1).map(|i| chars[i]), chars.get(at + run).copied());
        if is_hash(digits, before, after) {
            out.extend(std::iter::repeat_n('H', run));
        } else {
            out.extend(digits);
        }
        at += run;
    }
    out
}

fn is_hash(run: &[char], before: Option<char>, after: Option<char>) -> bool {
    let is_hex = run.iter().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let is_uuid = before == Some('-') || after == Some('-');
    let is_mixed = run.iter().any(char::is_ascii_digit) && run.iter().any(char::is_ascii_alphabetic);
    let ends_name = run.len() == 8 && before == Some('_') && after == Some('.');
    is_hex && (ends_name || !is_uuid && (run.len() >= 16 || run.len() >= 8 && is_mixed))
}

const TIMES: [&str; 7] = ["ns", "µs", "us", "ms", "s", "min", "h"];
const SIZES: [&str; 9] = ["B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB"];

fn numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(rest.len());
        let number = &rest[..length];
        let number = number.trim_end_matches(['.', ',']);
        let after = &rest[number.len()..];
        let unit = after.strip_prefix(' ').unwrap_or(after);
        let name: String = unit.chars().take_while(|c| c.is_alphabetic()).collect();
        let tail = &unit[name.len()..];
        let is_size = SIZES.contains(&name.as_str());
        let follows = |words: &[&str]| words.iter().any(|word| ends_with_word(&out, word));
        let (replaced, left) = if is_size && tail.starts_with("/s") {
            ("[SPEED]", &tail[2..])
        } else if is_size && (tail.starts_with(" free") || follows(&["free "])) {
            ("[SIZE]", tail)
        } else if TIMES.contains(&name.as_str()) && follows(&["in ", "took ", "after "]) {
            ("[TIME]", tail)
        } else if out.ends_with("\"elapsed_ms\":") || out.ends_with("\"elapsed_ms\": ") {
            ("[TIME]", after)
        } else {
            (number, after)
        };
        out.push_str(replaced);
        rest = left;
    }
    out.push_str(rest);
    out
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.ends_with(char::is_alphanumeric))
}

#[test]
fn fixed_words_replace_what_differs() {
    let cases = [
        ("read /tmp/lw-a1b2c3/home/x\n", "read [TEMP-FOLDER-]/home/x\n"),
        ("slug -tmp-lw-a1b2c3-home", "slug -tmp-[TEMP---]-home"),
        (
            "sessions/20260102T030405Z_claude-code_abc_12345678.jsonl",
            "sessions/20260102T030405Z_claude-code_abc_HHHHHHHH.jsonl",
        ),
        ("hash 0123456789abcdef0123", "hash HHHHHHHHHHHHHHHHHHHH"),
        ("id 1a2b3c4d5e6f done", "id HHHHHHHHHHHH done"),
        ("on 20260102 the decade faded", "on 20260102 the decade faded"),
        ("dcce4143-4609-43c5-a0e3-ea883f6c959b", "dcce4143-4609-43c5-a0e3-ea883f6c959b"),
        ("toolu_01HandMadeTask0000000001", "toolu_01HandMadeTask0000000001"),
        ("3 files in 12.3 ms, 310.5 MB/s.", "3 files in [TIME], [SPEED]."),
        ("took 4s; within 30 s; 57 s of work", "took [TIME]; within 30 s; 57 s of work"),
        ("{\"elapsed_ms\":17,\"duration_ms\":18}", "{\"elapsed_ms\":[TIME],\"duration_ms\":18}"),
        ("needs 1.5 MB, 20.1 GB free", "needs 1.5 MB, [SIZE] free"),
        ("free 20 GB; 7 logs in 2 folders.", "free [SIZE]; 7 logs in 2 folders."),
        ("größer als 1.234,5 – ü 2.", "größer als 1.234,5 – ü 2."),
    ];
    for (before, expected) in cases {
        assert_eq!(redact(before, "/tmp/lw-a1b2c3"), expected);
    }
}
