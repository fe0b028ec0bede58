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

    /// Compiled plugins.
    pub fn plugin_cache(&self) -> PathBuf {
        self.root.join("plugins/cache")
    }

    /// A path as the store writes it, from the root.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

/// What a house file is called:
/// `<start>_<agent>_<session or kind>_<8 hex of the source>[.part<offset>].<extension>`.
pub fn file_name(start: Millis, agent: &str, subject: &str, source_id: u64, part: u64, extension: &str) -> String {
    let part = if part == 0 { String::new() } else { format!(".part{part}") };
    format!(
        "{}_{}_{}_{:08x}{part}.{}",
        compact_time(start),
        safe_word(agent),
        safe_word(subject),
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
    use super::{file_name, source_mark};

    #[test]
    fn names_are_safe_whatever_the_log_says() {
        assert_eq!(
            file_name(1_767_225_600_123, "claude-code", "ab-12", 0xdead_beef_0000_0001, 0, "jsonl"),
            "20260101T000000Z_claude-code_ab-12_deadbeef.jsonl"
        );
        assert_eq!(
            file_name(i64::MAX, "a", "../../x\n\u{1b}", 1, 7, "jsonl.zst"),
            "00000000T000000Z_a_-..-x--_00000000.part7.jsonl.zst"
        );
    }
    #[test]
    fn names_tell_their_source() {
        let name = file_name(0, "a", "b_c", 0xdead_beef_0000_0001, 7, "jsonl.zst");
        assert_eq!(source_mark(&name), Some(0xdead_beef));
        assert_eq!(source_mark("anything else_1.jsonl"), None);
    }
}
