//! The error records: one append-only file for each day, of which the store keeps an index.
//!
//! A line is written when an error is first seen, when it is resolved, and when what is said of it changes. The files
//! are the truth: what they hold more, or less, than the index is read again before anything is written.

use super::IngestError;
use super::run::at;
use crate::disk::open_regular;
use crate::event::{Millis, format_rfc3339};
use crate::layout::House;
use crate::pipeline::{ErrorRecord, Resolution};
use crate::settings::Layout;
use crate::store::{DurableHand, FileRow, Group, Indexed, Reader, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Write};

/// The version of the lines.
const FORMAT: u32 = 1;

/// What a line of an error file says.
#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    what: &'a str,
    id: String,
    /// When the line was written.
    recorded: String,
    /// When it happened.
    time: Option<String>,
    kind: &'a str,
    agent: &'a str,
    session: &'a str,
    sub_agent: &'a str,
    project: &'a str,
    tool: &'a str,
    call: &'a str,
    status: &'a str,
    disposition: &'a str,
    title: &'a str,
    cause: &'a str,
    owner: &'a str,
    severity: u8,
    fingerprint: &'a str,
    critical: bool,
    plugin: Option<Plugin<'a>>,
    source: &'a str,
    file: &'a str,
    offset: u64,
    length: u64,
    resolution: &'a str,
    resolved_by: Option<String>,
    resolved_after_ms: Option<u64>,
    call_text: &'a str,
    failure_text: &'a str,
    resolution_text: &'a str,
    /// By which an equal record is known.
    digest: [String; 2],
}

#[derive(Serialize)]
struct Plugin<'a> {
    name: &'a str,
    version: &'a str,
    content_hash: &'a str,
    settings_hash: &'a str,
}

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
}

/// What a person decided, as a line.
#[derive(Serialize)]
struct Decided<'a> {
    format: u32,
    what: &'a str,
    id: String,
    recorded: String,
    why: &'a str,
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
    /// Bytes of each file, by its path in the house.
    lengths: BTreeMap<String, u64>,
}

/// What is to be written to the index, once the lines are safe.
#[derive(Debug, Default)]
pub struct Changes {
    entries: Vec<(u64, Indexed)>,
    paths: BTreeSet<String>,
}

fn hex(id: u64) -> String {
    format!("{id:016x}")
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
        let mut book = ErrorBook { house, layout, hand, now, index, lengths };
        let amendment = book.amend()?;
        Ok((book, amendment))
    }

    /// Whether the files are not as the index says.
    pub fn differs(house: &House, layout: &Layout, reader: &Reader) -> Result<bool, IngestError> {
        Ok(lengths(house, layout)? != reader.error_files()?)
    }

    /// Compares the files with the index.
    fn amend(&mut self) -> Result<Amendment, IngestError> {
        let found = lengths(self.house, self.layout)?;
        let mut amendment = Amendment::default();
        if found == self.lengths {
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
        Ok(amendment)
    }

    /// Reads one file into the index; a line that a dead run left torn says nothing.
    fn read(&mut self, path: &str, amendment: &mut Amendment) -> Result<(), IngestError> {
        let full = self.house.resolve(path);
        let file = open_regular(&full).map_err(at(full.clone()))?;
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(at(full.clone()))?;
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
        Ok(())
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
            let path = before.map_or_else(|| self.path_of(record), |before| before.path.clone());
            let text = line_of(record, what, files, self.now);
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
        format!("{}/{}.jsonl", self.layout.errors, &format_rfc3339(time)[..10])
    }

    /// Writes what a person decided about an error, if there is a record of it.
    pub fn decide(&mut self, id: u64, decision: Decision, why: &str, lines: &mut Lines) -> bool {
        let Some(entry) = self.index.get_mut(&id) else { return false };
        let path = entry.path.clone();
        if decision == Decision::Cleared {
            entry.critical = false;
            lines.changes.entries.push((id, entry.clone()));
        }
        let recorded = format_rfc3339(self.now);
        let line = Decided { format: FORMAT, what: decision.word(), id: hex(id), recorded, why };
        lines.add(&path, json(&line));
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
            changes.paths.insert(path);
        }
        let folder = self.house.resolve(&self.layout.errors);
        self.hand.settle().map_err(at(folder))?;
        Ok(changes)
    }

    /// Writes what was settled down in the index.
    pub fn note(&self, changes: &Changes, group: &mut Group<'_>) -> Result<(), StoreError> {
        for (id, entry) in &changes.entries {
            group.error_record(*id, entry)?;
        }
        changes.paths.iter().try_for_each(|path| group.error_file(path, self.lengths[path]))
    }

    /// Copies the records of critical errors that are kept nowhere for ever yet, at most `cap`; says how many are left.
    pub fn keep_critical(&self, cap: u32) -> Result<(u64, u64), IngestError> {
        let folder = self.house.resolve(&self.layout.errors).join("critical");
        let mut waiting: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for (id, entry) in self.index.iter().filter(|(_, entry)| entry.critical) {
            if !folder.join(format!("{}.json", hex(*id))).exists() {
                waiting.entry(&entry.path).or_default().insert(*id);
            }
        }
        if waiting.is_empty() {
            return Ok((0, 0));
        }
        self.hand.create_folders(std::slice::from_ref(&folder)).map_err(at(folder.clone()))?;
        let (mut kept, mut left) = (0, 0);
        for (path, ids) in waiting {
            let full = self.house.resolve(path);
            let file = open_regular(&full).map_err(at(full.clone()))?;
            let mut last: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(at(full.clone()))?;
                let Ok(read) = serde_json::from_slice::<Read>(&line) else { continue };
                let id = from_hex(&read.id).filter(|id| ids.contains(id) && read.digest.is_some());
                id.map(|id| last.insert(id, line));
            }
            for (id, line) in last {
                if kept >= u64::from(cap) {
                    left += 1;
                    continue;
                }
                let target = folder.join(format!("{}.json", hex(id)));
                let written = self.hand.write_new(&self.house.incoming(), &target, |out| {
                    out.write_all(&line)?;
                    out.write_all(b"\n")
                });
                written.map_err(at(target))?;
                kept += 1;
            }
        }
        self.hand.settle().map_err(at(folder))?;
        Ok((kept, left))
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
            group.error_file(path, *length)?;
        }
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
        if metadata.is_file() && name.ends_with(".jsonl") {
            found.insert(format!("{}/{name}", layout.errors), metadata.len());
        }
    }
    Ok(found)
}

fn ends_with_line_feed(path: &std::path::Path) -> std::io::Result<bool> {
    use std::io::{Read as _, Seek, SeekFrom};
    let mut file = open_regular(path)?;
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and numbers can be written as JSON")
}

fn line_of(record: &ErrorRecord, what: &str, files: &[FileRow], now: Millis) -> Vec<u8> {
    let said = record.diagnosis.as_ref();
    let word = |of: fn(&crate::pipeline::RecordedDiagnosis) -> &String| said.map_or("", |said| of(said).as_str());
    let (file, offset, length) = record.place;
    let file = &files[file as usize];
    json(&Written {
        format: FORMAT,
        what,
        id: hex(record.id),
        recorded: format_rfc3339(now),
        time: record.time.map(format_rfc3339),
        kind: record.kind.name(),
        agent: &record.agent,
        session: &record.session,
        sub_agent: &record.sub_agent,
        project: &record.project,
        tool: &record.tool,
        call: &record.call,
        status: if record.resolution == Resolution::None { "open" } else { "resolved" },
        disposition: word(|said| &said.disposition),
        title: word(|said| &said.title),
        cause: word(|said| &said.cause),
        owner: word(|said| &said.owner),
        severity: said.map_or(0, |said| said.severity.number()),
        fingerprint: word(|said| &said.fingerprint),
        critical: record.critical,
        plugin: said.map(|said| Plugin {
            name: &said.by.plugin,
            version: &said.by.version,
            content_hash: &said.by.content_hash,
            settings_hash: &said.by.settings_hash,
        }),
        source: &file.source,
        file: &file.path,
        offset,
        length,
        resolution: record.resolution.name(),
        resolved_by: record.resolved_by.map(hex),
        resolved_after_ms: record.resolved_after,
        call_text: &record.call_text,
        failure_text: &record.failure_text,
        resolution_text: &record.resolution_text,
        digest: [hex(record.diagnosis_digest()), hex(record.resolution_digest())],
    })
}
