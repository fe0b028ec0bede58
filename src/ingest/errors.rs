//! The error records: one append-only file for each day, of which the store keeps an index.
//!
//! A line is written when an error is first seen, when it is resolved, and when what is said of it changes. The files
//! are the truth: what they hold more, or less, than the index is read again before anything is written.

mod critical;
mod line;

use super::IngestError;
use super::recover::archived;
use super::run::at;
use crate::disk::open_regular;
use crate::event::{Millis, format_rfc3339};
use crate::layout::{House, Tier, active_name};
use crate::pipeline::ErrorRecord;
use crate::settings::Layout;
use crate::store::{DurableHand, ErrorDay, FileRow, Group, Indexed, Reader, StoreError, open_error_file};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::Path;

/// What the index needs of a line.
#[derive(Deserialize)]
struct Read {
    what: String,
    id: String,
    #[serde(default)]
    critical: bool,
    #[serde(default)]
    digest: Option<[String; 2]>,
    #[serde(default)]
    why: String,
    #[serde(default)]
    recorded: String,
    #[serde(default)]
    file: String,
}

/// What a person can decide about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is mended.
    Resolved,
    /// It is not, after all.
    Reopened,
    /// It need not be kept for ever.
    Cleared,
}

impl Decision {
    const ALL: [Decision; 3] = [Decision::Resolved, Decision::Reopened, Decision::Cleared];

    /// The word in error files.
    pub const fn word(self) -> &'static str {
        match self {
            Decision::Resolved => "resolved-by-person",
            Decision::Reopened => "reopened-by-person",
            Decision::Cleared => "cleared-by-person",
        }
    }
}

/// The error files of a house.
pub struct ErrorBook<'a> {
    house: &'a House,
    layout: &'a Layout,
    hand: &'a DurableHand<'a>,
    now: Millis,
    index: HashMap<u64, Indexed>,
    /// Bytes of each file that is written to, by its path in the house.
    lengths: BTreeMap<String, u64>,
    /// Files to which nothing is written any more, by the path that they had as long as they were.
    closed: BTreeSet<String>,
    /// Critical errors whose records are known to be kept for ever.
    for_ever: BTreeSet<u64>,
}

/// What is to be written to the index, once the lines are safe.
#[derive(Debug, Default)]
pub struct Changes {
    entries: Vec<(u64, Indexed)>,
    /// Files that were written to, with the hash of all that they hold now.
    paths: BTreeMap<String, String>,
}

fn from_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

impl<'a> ErrorBook<'a> {
    /// Opens the book, and reads files that are not as the index says.
    pub fn open(
        house: &'a House,
        layout: &'a Layout,
        hand: &'a DurableHand<'a>,
        reader: &Reader,
        now: Millis,
    ) -> Result<(ErrorBook<'a>, Amendment), IngestError> {
        let (index, lengths) = (reader.error_records()?, reader.error_files()?);
        let put_away: Vec<ErrorDay> = reader.error_days()?.into_iter().filter(|day| day.tier != Tier::Active).collect();
        let name = |day: &ErrorDay| format!("{}/{}", layout.errors, active_name(&day.path, day.tier));
        let closed = put_away.iter().map(name).collect();
        let for_ever = reader.critical_hashes()?.into_keys().collect();
        let mut book = ErrorBook { house, layout, hand, now, index, lengths, closed, for_ever };
        // Of a database that was lost the ledger and the receipts tell which days were put away, not what stood in them.
        let unread = (reader.fact("last_ingest")? == 0)
            .then(|| put_away.into_iter().filter(|day| day.tier.is_packed()).map(|day| day.path).collect());
        let amendment = book.amend(unread)?;
        Ok((book, amendment))
    }

    /// Whether the files are not as the index says.
    pub fn differs(house: &House, layout: &Layout, reader: &Reader) -> Result<bool, IngestError> {
        // A database that begins with nothing has not seen the archive, either.
        Ok(lengths(house, layout)? != reader.error_files()? || reader.fact("last_ingest")? == 0)
    }

    /// Compares the files with the index; `unread` are days that were put away of which it knows nothing, if it is new.
    fn amend(&mut self, unread: Option<Vec<String>>) -> Result<Amendment, IngestError> {
        let found = lengths(self.house, self.layout)?;
        let mut amendment = Amendment::default();
        if found == self.lengths && unread.is_none() {
            return Ok(amendment);
        }
        let changed: BTreeSet<String> = found
            .iter()
            .filter(|(path, length)| self.lengths.get(*path) != Some(length))
            .map(|(path, _)| path.clone())
            .chain(self.lengths.keys().filter(|path| !found.contains_key(*path)).cloned())
            .collect();
        let before: BTreeSet<u64> =
            self.index.iter().filter(|(_, entry)| changed.contains(&entry.path)).map(|(id, _)| *id).collect();
        self.index.retain(|id, _| !before.contains(id));
        // The index may have been lost altogether.
        for path in archived_days(self.house, self.layout) {
            let active = format!("{}/{}", self.layout.errors, active_name(&path, Tier::Archive));
            if !found.contains_key(&active) && self.closed.insert(active) {
                let (length, hash) = self.read(&path, &mut amendment)?;
                let stored = fs::metadata(self.house.resolve(&path)).map_or(0, |found| found.len());
                let written = self.now;
                amendment.archived.push(ErrorDay {
                    path,
                    length,
                    tier: Tier::Archive,
                    written,
                    stored,
                    hash,
                    critical: false,
                });
            }
        }
        for path in unread.into_iter().flatten().filter(|path| self.house.resolve(path).exists()) {
            self.read(&path, &mut amendment)?;
        }
        for path in &changed {
            if found.contains_key(path) {
                self.read(path, &mut amendment)?;
            }
        }
        for (id, decision, ..) in &amendment.decisions {
            if let (Decision::Cleared, Some(entry)) = (decision, self.index.get_mut(id)) {
                entry.critical = false;
            }
        }
        self.lengths = found;
        amendment.is_needed = true;
        amendment.lost = before.into_iter().filter(|id| !self.index.contains_key(id)).collect();
        amendment.index = self.index.iter().map(|(id, entry)| (*id, entry.clone())).collect();
        amendment.lengths = self.lengths.clone();
        for path in self.lengths.keys() {
            let full = self.house.resolve(path);
            amendment.hashes.insert(path.clone(), hash_of(&full).map_err(at(full.clone()))?);
        }
        amendment.now = self.now;
        Ok(amendment)
    }

    /// Reads one file into the index; a line that a dead run left torn says nothing.
    fn read(&mut self, path: &str, amendment: &mut Amendment) -> Result<(u64, String), IngestError> {
        let full = self.house.resolve(path);
        let mut text = BufReader::new(open_error_file(&full).map_err(at(full.clone()))?);
        let mut hash = blake3::Hasher::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if text.read_until(b'\n', &mut line).map_err(at(full.clone()))? == 0 {
                return Ok((hash.count(), hash.finalize().to_hex().to_string()));
            }
            hash.update(&line);
            let Ok(read) = serde_json::from_slice::<Read>(&line) else { continue };
            let Some(id) = from_hex(&read.id) else { continue };
            if let Some(decision) = Decision::ALL.into_iter().find(|decision| decision.word() == read.what) {
                let when = crate::event::parse_rfc3339(&read.recorded).unwrap_or_default();
                amendment.decisions.push((id, decision, read.why, when));
                continue;
            }
            let Some([diagnosis, resolution]) = read.digest else { continue };
            let (diagnosis, resolution) = (from_hex(&diagnosis), from_hex(&resolution));
            let entry = Indexed {
                path: path.to_owned(),
                diagnosis: diagnosis.unwrap_or_default(),
                resolution: resolution.unwrap_or_default(),
                critical: read.critical,
            };
            self.index.insert(id, entry);
        }
    }

    /// Whether lines are still written to a file.
    fn is_open(&self, path: &str) -> bool {
        let is_day = Path::new(path).parent() == Some(Path::new(&self.layout.errors));
        is_day && !self.closed.contains(path)
    }

    /// Writes lines for what is new about the records of a family; they are safe once the hand has settled.
    pub fn write(&mut self, records: &[ErrorRecord], files: &[FileRow], lines: &mut Lines) {
        for record in records {
            let (diagnosis, resolution) = (record.diagnosis_digest(), record.resolution_digest());
            let before = self.index.get(&record.id);
            let what = match before {
                // What was never taken for an error is none.
                None if !record.is_error() && !record.critical => continue,
                None => "raised",
                // That nobody says anything today takes nothing back.
                Some(before) if record.diagnosis.is_none() && before.resolution == resolution => continue,
                Some(before) if before.diagnosis != diagnosis => "reclassified",
                Some(before) if before.resolution != resolution && resolution == 0 => "reopened",
                Some(before) if before.resolution != resolution => "resolved",
                Some(_) => continue,
            };
            let path = before.map(|before| before.path.clone()).filter(|path| self.is_open(path));
            let path = path.unwrap_or_else(|| self.path_of(record));
            let text = line::line_of(record, what, files, self.now);
            lines.add(&path, text);
            let entry = Indexed { path, diagnosis, resolution, critical: record.critical };
            lines.changes.entries.push((record.id, entry.clone()));
            self.index.insert(record.id, entry);
        }
    }

    /// The file of the day on which an error happened; what has no time belongs to the day of the run.
    fn path_of(&self, record: &ErrorRecord) -> String {
        // What claims to be of the future, or of a time before computers, is of today.
        let time = record.time.filter(|time| (0..=self.now).contains(time)).unwrap_or(self.now);
        Some(self.day(time)).filter(|path| self.is_open(path)).unwrap_or_else(|| self.day(self.now))
    }

    fn day(&self, time: Millis) -> String {
        format!("{}/{}.jsonl", self.layout.errors, &format_rfc3339(time)[..10])
    }

    /// Writes what a person decided about an error, if there is a record of it.
    pub fn decide(&mut self, id: u64, decision: Decision, why: &str, lines: &mut Lines) -> bool {
        let today = self.day(self.now);
        let is_open = self.index.get(&id).is_some_and(|entry| self.is_open(&entry.path));
        let Some(entry) = self.index.get_mut(&id) else { return false };
        // The record stays where it is; what was decided stands in a file that is still written to.
        let path = if is_open { entry.path.clone() } else { today };
        if decision == Decision::Cleared {
            entry.critical = false;
            lines.changes.entries.push((id, entry.clone()));
        }
        lines.add(&path, line::decision(id, decision, why, self.now));
        true
    }

    /// Appends the lines to their files and waits until they are safe.
    pub fn settle(&mut self, lines: Lines) -> Result<Changes, IngestError> {
        let Lines { by_path, mut changes } = lines;
        for (path, text) in by_path {
            let full = self.house.resolve(&path);
            let length = fs::metadata(&full).map_or(0, |metadata| metadata.len());
            // A line that a dead run left torn is ended first.
            let is_torn = length > 0 && !ends_with_line_feed(&full).map_err(at(full.clone()))?;
            let text = if is_torn { [b"\n", text.as_slice()].concat() } else { text };
            let fill = |out: &mut dyn Write| out.write_all(&text);
            let written = if length == 0 && !full.exists() {
                self.hand.write_new(&self.house.incoming(), &full, fill)
            } else {
                self.hand.append(&full, length, fill)
            };
            written.map_err(at(full))?;
            self.lengths.insert(path.clone(), length + text.len() as u64);
            changes.paths.insert(path, String::new());
        }
        let folder = self.house.resolve(&self.layout.errors);
        self.hand.settle().map_err(at(folder))?;
        for (path, hash) in &mut changes.paths {
            let full = self.house.resolve(path);
            *hash = hash_of(&full).map_err(at(full.clone()))?;
        }
        Ok(changes)
    }

    /// Writes what was settled down in the index.
    pub fn note(&self, changes: &Changes, group: &mut Group<'_>) -> Result<(), StoreError> {
        for (id, entry) in &changes.entries {
            group.error_record(*id, entry)?;
        }
        changes.paths.iter().try_for_each(|(path, hash)| group.error_file(path, self.lengths[path], hash, self.now))
    }
}

/// Lines to be appended, by file.
#[derive(Debug, Default)]
pub struct Lines {
    by_path: BTreeMap<String, Vec<u8>>,
    changes: Changes,
}

impl Lines {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    fn add(&mut self, path: &str, line: Vec<u8>) {
        let text = self.by_path.entry(path.to_owned()).or_default();
        text.extend(line);
        text.push(b'\n');
    }
}

/// What the files say that the index did not know.
#[derive(Debug, Default)]
pub struct Amendment {
    is_needed: bool,
    /// Errors of which no record is left; they are written down again.
    lost: Vec<u64>,
    index: Vec<(u64, Indexed)>,
    lengths: BTreeMap<String, u64>,
    /// Hashes of those that were read again.
    hashes: BTreeMap<String, String>,
    /// Days that lie in the archive.
    archived: Vec<ErrorDay>,
    /// When the files were compared.
    now: Millis,
    decisions: Vec<(u64, Decision, String, Millis)>,
}

impl Amendment {
    /// Whether the index is to be written anew.
    pub fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// Writes the index anew.
    pub fn apply(&self, group: &mut Group<'_>) -> Result<(), StoreError> {
        group.clear_error_index()?;
        for (id, entry) in &self.index {
            group.error_record(*id, entry)?;
        }
        for (path, length) in &self.lengths {
            group.error_file(path, *length, self.hashes.get(path).map_or("", String::as_str), self.now)?;
        }
        self.archived.iter().try_for_each(|day| group.archived_error_file(day))?;
        self.lost.iter().try_for_each(|id| group.diagnose_again(*id))?;
        self.decisions.iter().try_for_each(|(id, decision, why, when)| handle(group, *id, *decision, why, *when))
    }
}

/// Writes down what a person decided.
pub fn handle(group: &mut Group<'_>, id: u64, decision: Decision, why: &str, when: Millis) -> Result<(), StoreError> {
    match decision {
        Decision::Resolved => group.handle(id, Some("resolved"), why, when),
        Decision::Reopened => group.handle(id, Some("open"), why, when),
        Decision::Cleared => group.clear_critical(id, why, when),
    }
}

/// The days that lie in the archive, from the root of the house: their names say no agent.
fn archived_days(house: &House, layout: &Layout) -> Vec<String> {
    archived(house, layout).into_iter().filter(|path| !path.rsplit('/').next().unwrap_or(path).contains('_')).collect()
}

/// The error files that lie there, and how long each is.
fn lengths(house: &House, layout: &Layout) -> Result<BTreeMap<String, u64>, IngestError> {
    let folder = house.resolve(&layout.errors);
    let mut found = BTreeMap::new();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        // A house that holds no errors yet may have no folder for them.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(at(folder)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(folder.clone()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = entry.metadata().map_err(at(entry.path()))?;
        if metadata.is_file() && is_day(&name) {
            found.insert(format!("{}/{name}", layout.errors), metadata.len());
        }
    }
    Ok(found)
}

/// Whether a file is named like a day of error records; what else lies there is none of ours.
fn is_day(name: &str) -> bool {
    let day = name.strip_suffix(".jsonl").filter(|day| day.len() == 10);
    day.is_some_and(|day| crate::event::parse_rfc3339(&format!("{day}T00:00:00Z")).is_some())
}

/// BLAKE3 of a file's bytes, in hex.
fn hash_of(path: &Path) -> std::io::Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(open_regular(path)?)?;
    Ok(hash.finalize().to_hex().to_string())
}

fn ends_with_line_feed(path: &std::path::Path) -> std::io::Result<bool> {
    use std::io::{Read as _, Seek, SeekFrom};
    let mut file = open_regular(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
