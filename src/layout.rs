//! The names of a house on disk.

use crate::event::{Millis, format_rfc3339};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The root of a house and the places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct House {
    root: PathBuf,
}

impl House {
    /// The house at a folder, which need not exist.
    pub fn at(root: impl Into<PathBuf>) -> House {
        House { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings that the user may write.
    pub fn settings(&self) -> PathBuf {
        self.root.join("logwright.toml")
    }

    /// Where unfinished copies lie; litter after an interruption.
    pub fn incoming(&self) -> PathBuf {
        self.root.join("store/incoming")
    }

    /// The SQLite store.
    pub fn database(&self) -> PathBuf {
        self.root.join("store/logwright.db")
    }

    /// What the one writer holds.
    pub fn lock(&self) -> PathBuf {
        self.root.join("store/lock")
    }

    /// Stands while a writer changes the house; what a dead writer leaves behind.
    pub fn unfinished(&self) -> PathBuf {
        self.root.join("store/unfinished")
    }

    /// What retention did and is about to do.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("store/ledger")
    }

    /// What was removed, one file for each run that removed something.
    pub fn receipts(&self) -> PathBuf {
        self.root.join("store/receipts")
    }

    /// Where removed logs lie until they are gone.
    pub fn trash(&self) -> PathBuf {
        self.root.join(TRASH)
    }

    /// Stands while the first removal is announced.
    pub fn announcement(&self) -> PathBuf {
        self.root.join("store/announcement")
    }

    /// The life of protocols, line by line.
    pub fn protocols(&self) -> PathBuf {
        self.root.join("store/protocols.jsonl")
    }

    /// What the guard did, as far as an ingest has seen it.
    pub fn firings(&self) -> PathBuf {
        self.root.join("store/firings.jsonl")
    }

    /// What the guard goes by.
    pub fn guard(&self) -> PathBuf {
        self.root.join("store/guard.json")
    }

    /// Where guards write: their firings, and the calls of each session.
    pub fn guard_spool(&self) -> PathBuf {
        self.root.join("store/guard")
    }

    /// Compiled plugins.
    pub fn plugin_cache(&self) -> PathBuf {
        self.root.join("plugins/cache")
    }

    /// A path as the store writes it, from the root.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

/// The trash, from the root of a house.
pub const TRASH: &str = "store/trash";

/// Where in its life a log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tier {
    /// It lies as it came.
    #[default]
    Active,
    /// It lies compressed in the archive.
    Archive,
    /// It was removed, and can still be restored.
    Trash,
    /// It is gone; a receipt is left.
    Removed,
}

impl Tier {
    /// All tiers.
    pub const ALL: [Tier; 4] = [Tier::Active, Tier::Archive, Tier::Trash, Tier::Removed];

    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Active => "active",
            Tier::Archive => "archive",
            Tier::Trash => "trash",
            Tier::Removed => "removed",
        }
    }

    /// The tier of a stable word.
    pub fn of_name(name: &str) -> Option<Tier> {
        Tier::ALL.into_iter().find(|tier| tier.name() == name)
    }

    /// Whether the log belongs to what the house knows; the others are only remembered.
    pub const fn is_kept(self) -> bool {
        matches!(self, Tier::Active | Tier::Archive)
    }

    /// Whether the file is packed by the house itself.
    pub const fn is_packed(self) -> bool {
        matches!(self, Tier::Archive | Tier::Trash)
    }
}

/// What the house adds to the name of a log that it packs.
pub const PACKED: &str = ".zst";

/// Where the archive keeps a log: `<archive>/<YYYY>/<MM>/<name>.zst`, by the month of its last event.
pub fn archive_path(archive: &str, path: &str, last: Millis) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let day = format_rfc3339(last);
    match (day.get(..4), day.get(5..7)) {
        (Some(year), Some(month)) if day.len() == 24 => format!("{archive}/{year}/{month}/{name}{PACKED}"),
        _ => format!("{archive}/0000/00/{name}{PACKED}"),
    }
}

/// What a log is called as long as it is active, from where it lies now.
pub fn active_name(path: &str, tier: Tier) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = if tier == Tier::Trash { name.split_once('-').map_or(name, |(_, name)| name) } else { name };
    if tier.is_packed() { name.strip_suffix(PACKED).unwrap_or(name) } else { name }
}

/// What a house file is about: a session, a kind of file, or such a file of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The session; empty if it belongs to none.
    pub session: String,
    /// The kind of file; empty for the transcript itself.
    pub kind: String,
}

/// Longest subject in a name, in bytes; what is longer is cut.
const MAX_SUBJECT: usize = 140;

impl Subject {
    /// The word in a name: `<session>`, `<kind>` or `<session>+<kind>`.
    fn word(&self) -> String {
        let mut word = escaped(&self.session);
        if !self.kind.is_empty() {
            if !word.is_empty() {
                word.push('+');
            }
            word.push_str(&escaped(&self.kind));
        }
        word.truncate(MAX_SUBJECT);
        if word.is_empty() { "unnamed".to_owned() } else { word }
    }

    /// What the name of a house file says of its subject: the subjects that it can mean, the
    /// likelier first.
    pub fn of_name(name: &str) -> Vec<Subject> {
        let mut parts = name.splitn(3, '_').skip(2);
        let Some((word, _)) = parts.next().and_then(|rest| rest.rsplit_once('_')) else { return Vec::new() };
        match word.split_once('+') {
            Some((session, kind)) => vec![Subject { session: unescaped(session), kind: unescaped(kind) }],
            None => {
                let word = unescaped(word);
                let kind = Subject { session: String::new(), kind: word.clone() };
                vec![kind, Subject { session: word, kind: String::new() }]
            }
        }
    }
}

/// Letters, digits, `-`, `_` and `.` as they are, every other byte as `%XX`.
fn escaped(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    for (index, byte) in word.bytes().enumerate() {
        let is_safe = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || (byte == b'.' && index > 0);
        if is_safe {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02x}"));
        }
    }
    escaped
}

fn unescaped(word: &str) -> String {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| byte == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Which bytes of a source a house file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its number among the files of the source: where the one before it ends, 0 for the first.
    pub number: u64,
    /// Where in the source it begins; 0 unless what lies before is in the archive already.
    pub from: u64,
}

impl Part {
    /// What the name of a house file says.
    pub fn of_name(name: &str) -> Part {
        let tail = name.rsplit('_').next().unwrap_or(name);
        let number = |word: &str| tail.split('.').find_map(|part| part.strip_prefix(word)?.parse().ok()).unwrap_or(0);
        Part { number: number("part"), from: number("from") }
    }
}

/// What a house file is called:
/// `<start>_<agent>_<subject>_<8 hex of the source>[.part<number>[.from<offset>]].<extension>`.
pub fn file_name(start: Millis, agent: &str, subject: &Subject, source_id: u64, part: Part, extension: &str) -> String {
    let from = if part.from == 0 { String::new() } else { format!(".from{}", part.from) };
    let part = if part.number == 0 { String::new() } else { format!(".part{}{from}", part.number) };
    format!(
        "{}_{}_{}_{:08x}{part}.{}",
        compact_time(start),
        safe_word(agent),
        subject.word(),
        source_id >> 32,
        safe_word(extension)
    )
}

/// The id of a house file: a hash of its name, and so of what it is and where it came from.
pub fn file_id(name: &str) -> u64 {
    xxh3_64(name.as_bytes())
}

/// The id of a source, from the text of its path.
pub fn source_id(source: &str) -> u64 {
    xxh3_64(source.as_bytes())
}

/// What the name of a house file tells of its source: the upper half of the source's id.
pub fn source_mark(name: &str) -> Option<u32> {
    let mark = name.rsplit_once('_')?.1.split('.').next()?;
    u32::from_str_radix(mark, 16).ok().filter(|_| mark.len() == 8)
}

/// `YYYYMMDDTHHMMSSZ`.
fn compact_time(time: Millis) -> String {
    let text = format_rfc3339(time);
    let seconds = text.split('.').next().unwrap_or_default();
    let digits: String = seconds.chars().filter(|character| !matches!(character, '-' | ':')).collect();
    if digits.len() == 15 { format!("{digits}Z") } else { "00000000T000000Z".to_owned() }
}

/// Letters, digits, dots and dashes, at most 64, not beginning with a dot.
fn safe_word(word: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.');
    let safe: String =
        word.chars().take(64).map(|character| if is_safe(character) { character } else { '-' }).collect();
    let safe = safe.trim_start_matches('.');
    if safe.is_empty() { "unnamed".to_owned() } else { safe.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Part, Subject, archive_path, file_name, source_mark};

    fn name(session: &str, kind: &str) -> (String, Subject) {
        let subject = Subject { session: session.to_owned(), kind: kind.to_owned() };
        (
            file_name(
                1_767_225_600_123,
                "claude-code",
                &subject,
                0xdead_beef_0000_0001,
                Part { number: 7, from: 0 },
                "jsonl.zst",
            ),
            subject,
        )
    }

    #[test]
    fn names_are_safe_whatever_the_log_says() {
        assert_eq!(name("ab-12", "").0, "20260101T000000Z_claude-code_ab-12_deadbeef.part7.jsonl.zst");
        assert_eq!(name("ab", "tasks").0, "20260101T000000Z_claude-code_ab+tasks_deadbeef.part7.jsonl.zst");
        assert_eq!(
            name("../../x\n\u{1b}", "").0,
            "20260101T000000Z_claude-code_%2e.%2f..%2fx%0a%1b_deadbeef.part7.jsonl.zst"
        );
        let far = Subject { session: "s".repeat(999), kind: String::new() };
        let last = Part { number: u64::MAX, from: u64::MAX };
        assert!(file_name(i64::MAX, "a", &far, 1, last, "jsonl").len() <= 255 - ".zst".len());
    }

    #[test]
    fn names_tell_which_bytes_they_hold() {
        let subject = Subject { session: "x.part1.from2.y".to_owned(), kind: String::new() };
        for part in [Part::default(), Part { number: 10, from: 0 }, Part { number: 10, from: 7 }] {
            assert_eq!(Part::of_name(&file_name(0, "a", &subject, 1, part, "jsonl")), part);
        }
    }

    #[test]
    fn the_archive_goes_by_the_month_of_the_last_event() {
        let path = "logs/sessions/20260101T000000Z_a_b_0a.jsonl";
        let expected = "logs/old/2026/02/20260101T000000Z_a_b_0a.jsonl.zst";
        assert_eq!(archive_path("logs/old", path, 1_772_000_000_000), expected);
        assert!(archive_path("logs/old", path, i64::MAX).starts_with("logs/old/0000/00/"));
    }

    #[test]
    fn names_tell_their_subject_and_their_source() {
        for (session, kind) in [("my_session", ""), ("x-tasks", ""), ("s+1 %", "tasks"), ("", "history"), ("é_", "")] {
            let (name, subject) = name(session, kind);
            assert!(Subject::of_name(&name).contains(&subject), "{name}");
            assert_eq!(source_mark(&name), Some(0xdead_beef));
        }
        assert_eq!(source_mark("anything else_1.jsonl"), None);
    }
}
