//! What guards leave: a line for each firing, which an ingest takes over.
//!
//! A guard appends a line with one write and never waits for anybody. An ingest gives the spool another name, reads it,
//! and removes it in the next run only, so that a guard that had it open loses nothing; a line that is read twice is
//! known by its hash.

use super::book::append;
use super::fault::{LearningError, at};
use crate::event::{Millis, ProtocolId, format_rfc3339, parse_rfc3339};
use crate::layout::House;
use crate::store::{DurableHand, Firing, Group, Reader, StoreError, Writer};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Where firings are appended.
pub const SPOOL: &str = "firings.jsonl";
/// The extension of a spool that an ingest has taken.
const TAKEN: &str = "taken";
/// The fact that says how many bytes of the firings the store knows.
const INDEXED: &str = "firings";
/// How long the calls of a session are remembered after the last of them, in milliseconds.
const SESSION_MS: i64 = 7 * 86_400_000;

/// A line of the spool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the columns of `firings`, described in docs/schema.md")]
pub struct SpoolLine {
    pub format: u32,
    pub at: String,
    pub protocol: ProtocolId,
    pub action: String,
    #[serde(default)]
    pub tool: String,
    #[serde(default)]
    pub session: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sub_agent: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub call: String,
}

impl SpoolLine {
    /// A line about a firing at a time.
    pub fn new(protocol: ProtocolId, action: &str, now: Millis) -> SpoolLine {
        SpoolLine {
            format: 1,
            at: format_rfc3339(now),
            protocol,
            action: action.to_owned(),
            tool: String::new(),
            session: String::new(),
            sub_agent: String::new(),
            call: String::new(),
        }
    }

    fn firing(self, id: u64) -> Firing {
        Firing {
            id,
            protocol: self.protocol,
            at: parse_rfc3339(&self.at).unwrap_or_default(),
            action: self.action,
            tool: self.tool,
            session: self.session,
            sub_agent: self.sub_agent,
            call: self.call,
        }
    }
}

/// The firings that lines tell of, each with its line; others say nothing.
fn firings(text: &str) -> impl Iterator<Item = (Firing, &str)> {
    text.lines().filter_map(|line| {
        let read: SpoolLine = serde_json::from_str(line).ok()?;
        Some((read.firing(xxh3_64(line.as_bytes())), line))
    })
}

/// Takes over what guards left; how many firings are new. The caller holds the house's lock.
pub fn take_over(
    house: &House,
    hand: &DurableHand<'_>,
    reader: &Reader,
    writer: &mut Writer,
    now: Millis,
) -> Result<u64, LearningError> {
    let kept = house.firings();
    let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
    let note = |writer: &mut Writer, new: &[Firing]| -> Result<(), LearningError> {
        let length = i64::try_from(length(&kept)).unwrap_or(i64::MAX);
        let write = |group: &mut Group<'_>| -> Result<(), StoreError> {
            new.iter().try_for_each(|firing| group.firing(firing))?;
            group.fact(INDEXED, length)
        };
        Ok(writer.write(write)?)
    };
    if !is_indexed(house, reader)? {
        // The store was lost, a run died between the line and the row, or something was forgotten.
        writer.write(|group| group.clear_firings())?;
        let text = read(&kept)?;
        note(writer, &firings(&text).map(|(firing, _)| firing).collect::<Vec<_>>())?;
    }
    let folder = house.guard_spool();
    let before = taken(&folder)?;
    let spool = folder.join(SPOOL);
    if spool.exists() {
        let name = folder.join(format!("{now}-{}.{TAKEN}", before.len()));
        hand.rename(&spool, &name).map_err(at(&spool))?;
    }
    let mut known: HashSet<u64> = HashSet::new();
    let (mut new, mut lines) = (Vec::new(), String::new());
    for path in taken(&folder)? {
        for (firing, line) in firings(&read(&path)?) {
            if known.insert(firing.id) && !reader.has_firing(firing.id)? {
                lines.push_str(line);
                lines.push('\n');
                new.push(firing);
            }
        }
    }
    if !new.is_empty() {
        append(hand, &house.incoming(), &kept, &lines).map_err(at(&kept))?;
        note(writer, &new)?;
    }
    hand.remove_all(&before).map_err(at(&folder))?;
    hand.remove_all(&stale(&house.guard_spool().join(super::guard::RECENT), now)?).map_err(at(&folder))?;
    Ok(new.len() as u64)
}

/// Whether the store knows all firings that were taken over.
pub fn is_indexed(house: &House, reader: &Reader) -> Result<bool, LearningError> {
    let length = fs::metadata(house.firings()).map_or(0, |found| found.len());
    Ok(u64::try_from(reader.fact(INDEXED)?).ok() == Some(length))
}

/// Whether guards left anything that no ingest has seen.
pub fn is_waiting(house: &House) -> bool {
    let folder = house.guard_spool();
    folder.join(SPOOL).exists() || taken(&folder).is_ok_and(|taken| !taken.is_empty())
}

fn read(path: &Path) -> Result<String, LearningError> {
    match fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(at(path)(error)),
    }
}

fn taken(folder: &Path) -> Result<Vec<PathBuf>, LearningError> {
    let mut found = files(folder)?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == TAKEN));
    found.sort();
    Ok(found)
}

/// The calls of sessions that have ended long ago.
fn stale(folder: &Path, now: Millis) -> Result<Vec<PathBuf>, LearningError> {
    let age = |path: &PathBuf| {
        let modified = fs::metadata(path).and_then(|found| found.modified()).ok()?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(now - i64::try_from(since.as_millis()).ok()?)
    };
    let mut found = files(folder)?;
    found.retain(|path| age(path).is_some_and(|age| age > SESSION_MS));
    Ok(found)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, LearningError> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.filter_map(|entry| Some(entry.ok()?.path())).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(at(folder)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{SPOOL, SpoolLine, is_waiting, take_over};
    use crate::disk::RealDisk;
    use crate::event::ProtocolId;
    use crate::layout::House;
    use crate::store::{DurableHand, Reader, Writer};
    use std::fs;

    #[test]
    fn what_a_guard_left_is_taken_once_and_survives_the_store() {
        let root = tempfile::tempdir().unwrap();
        let house = House::at(root.path());
        fs::create_dir_all(house.guard_spool()).unwrap();
        fs::create_dir_all(house.incoming()).unwrap();
        let line = |call: &str| {
            let line = SpoolLine { call: call.into(), ..SpoolLine::new(ProtocolId(7), "advise", 1_000) };
            serde_json::to_string(&line).unwrap() + "\n"
        };
        let hand = DurableHand::new(&RealDisk);
        let spool = house.guard_spool().join(SPOOL);
        let run = |now| {
            let mut writer = Writer::open(&house.database()).unwrap();
            let reader = Reader::open(&house.database()).unwrap();
            let new = take_over(&house, &hand, &reader, &mut writer, now).unwrap();
            (new, reader.firings(ProtocolId(7)).unwrap())
        };
        fs::write(&spool, [&line("a"), "torn {", "\n", &line("b"), &line("a")].concat()).unwrap();
        assert!(is_waiting(&house));
        assert_eq!(run(1), (2, vec![("advise".to_owned(), 2)]));
        // A guard that had the spool open writes behind what was read.
        let taken = fs::read_dir(house.guard_spool()).unwrap().next().unwrap().unwrap().path();
        fs::write(&taken, fs::read_to_string(&taken).unwrap() + &line("c")).unwrap();
        assert_eq!(run(2).0, 1);
        assert!(!is_waiting(&house), "what was read twice is gone");
        assert_eq!(run(3).0, 0);
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{suffix}", house.database().display()));
        }
        assert_eq!(run(4), (0, vec![("advise".to_owned(), 3)]), "the file is the truth");
    }
}
