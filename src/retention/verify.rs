//! Reads everything again and says what is not as it was written. It changes nothing.

use super::apply::Advance;
use super::fault::RetentionError;
use super::journal::receipts;
use super::pack::{Proof, prove};
use super::plan::ANNOUNCED_DAYS;
use super::run::Announcement;
use crate::disk::open_unlinked;
use crate::event::Millis;
use crate::intake::{Compression, explain};
use crate::layout::{House, Tier};
use crate::settings::Settings;
use crate::store::{ErrorDay, FileRow, Ledger, LedgerFault, Reader, StoreError, What, is_there};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// A log is not what was kept.
    Altered,
    /// A log is not where it should be.
    Missing,
    /// The ledger is not as it was written.
    Ledger,
    /// The database is not sound.
    Database,
    /// An error record, or the list of them, is not as it was written.
    Record,
    /// A receipt is missing, or is none.
    Receipt,
    /// The record of a critical error is missing, or is none.
    Critical,
    /// A file lies in the house that nothing is known of.
    Unlisted,
    /// The announcement of the first removal is missing, or is none.
    Announcement,
    /// Something was begun and is not done.
    Unfinished,
    /// Others than the owner can read it.
    Exposed,
}

impl FaultKind {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            FaultKind::Altered => "altered",
            FaultKind::Missing => "missing",
            FaultKind::Ledger => "ledger",
            FaultKind::Database => "database",
            FaultKind::Record => "record",
            FaultKind::Receipt => "receipt",
            FaultKind::Critical => "critical",
            FaultKind::Unlisted => "unlisted",
            FaultKind::Announcement => "announcement",
            FaultKind::Unfinished => "unfinished",
            FaultKind::Exposed => "exposed",
        }
    }

    /// Whether evidence is damaged; the others are litter and loose ends.
    pub const fn is_damage(self) -> bool {
        !matches!(self, FaultKind::Unlisted | FaultKind::Announcement | FaultKind::Unfinished | FaultKind::Exposed)
    }

    /// What helps.
    pub const fn way_out(self) -> &'static str {
        match self {
            FaultKind::Altered | FaultKind::Missing => {
                "`logwright rebuild` and then `ingest` copy a missing log again while its source is there; else a backup of yours"
            }
            FaultKind::Ledger => "`logwright verify --repair` makes it anew from what is left of it and from the files",
            FaultKind::Database => "`logwright rebuild` makes it anew from the raw logs",
            FaultKind::Record => "`logwright ingest` writes down again what is missing, where the raw log is kept",
            FaultKind::Receipt => "the log is gone all the same; keep what `logwright retain receipts` says of it",
            FaultKind::Critical => "`logwright ingest` writes it again, if its day of error records is there",
            FaultKind::Unlisted => "`logwright rebuild` takes logs in; remove what is none of yours",
            FaultKind::Announcement => "`logwright retain` announces it again, if it is still to be announced",
            FaultKind::Unfinished => "`logwright ingest` or `logwright verify --repair` finishes it",
            FaultKind::Exposed => "`chmod -R go= FOLDER` mends it",
        }
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it is.
    pub kind: FaultKind,
    /// Where, from the root of the house.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

/// What is said of a file that no list has.
const UNKNOWN: &str = "nothing is known of it";

/// What was read, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Logs that were read.
    pub logs: u64,
    /// Their bytes as they came.
    pub bytes: u64,
    /// What is not as it should be, sorted.
    pub found: Vec<Found>,
    /// Whether somebody stopped it before the end.
    pub interrupted: bool,
}

/// Which of the logs to read: the n-th of so many parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// From 1.
    pub part: u64,
    /// How many parts there are.
    pub of: u64,
}

/// How to verify.
pub struct Verifier<'a> {
    /// The house.
    pub house: &'a House,
    /// Its settings.
    pub settings: &'a Settings,
    /// Which logs are read; all that is small is read whatever it says.
    pub sample: Sample,
    /// Threads.
    pub workers: usize,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Advance) + Sync),
}

impl Verifier<'_> {
    /// Reads everything.
    pub fn run(&self) -> Result<Verified, RetentionError> {
        let mut verified = Verified::default();
        let mut known = BTreeSet::new();
        let mut index = Index::default();
        match Reader::open(&self.house.database()) {
            Ok(reader) => self.database(&reader, &mut index, &mut verified)?,
            Err(StoreError::Damaged { path, .. }) => {
                let what = format!("{} is damaged", path.display());
                verified.note(FaultKind::Database, "store/logwright.db", what);
            }
            Err(error) => return Err(error.into()),
        }
        self.logs(&index.files, &mut known, &mut verified);
        self.days(&index.days, &mut known, &mut verified);
        self.critical(&index, &mut verified);
        self.ledger(index.ledger, &mut verified);
        self.receipts(&index, &mut verified)?;
        self.announcement(&index, &mut verified);
        self.unlisted(&known, &mut verified);
        verified.found.sort();
        verified.interrupted = self.stop.load(Ordering::Relaxed);
        Ok(verified)
    }

    fn database(&self, reader: &Reader, index: &mut Index, verified: &mut Verified) -> Result<(), RetentionError> {
        let mut damaged = |error: StoreError| match error {
            StoreError::Damaged { .. } => {
                verified.note(FaultKind::Database, "store/logwright.db", "a page of it cannot be read".to_owned());
                Ok(())
            }
            other => Err(RetentionError::Store(other)),
        };
        match reader.rows("PRAGMA integrity_check(3)", [], |row| row.get::<_, String>(0)) {
            Ok(said) if said == ["ok"] => {}
            Ok(said) => verified.note(FaultKind::Database, "store/logwright.db", said.join("; ")),
            Err(error) => damaged(error)?,
        }
        let read = Index::read(reader);
        *index = read.or_else(|error| match error {
            StoreError::Damaged { .. } => Ok(Index::default()),
            other => Err(RetentionError::Store(other)),
        })?;
        Ok(())
    }

    fn logs(&self, files: &[FileRow], known: &mut BTreeSet<String>, verified: &mut Verified) {
        let Sample { part, of } = self.sample;
        known.extend(files.iter().filter(|file| file.tier != Tier::Removed).map(|file| file.path.clone()));
        let here: Vec<&FileRow> =
            files.iter().filter(|file| file.tier != Tier::Removed && file.id % of.max(1) + 1 == part).collect();
        (self.progress)(Advance::Total(here.iter().map(|file| file.length).sum()));
        let next = AtomicUsize::new(0);
        let found: Mutex<Vec<Found>> = Mutex::new(Vec::new());
        let read = Mutex::new((0, 0));
        thread::scope(|scope| {
            for _ in 0..self.workers.min(here.len()) {
                scope.spawn(|| {
                    while !self.stop.load(Ordering::Relaxed) {
                        let Some(file) = here.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let fault = self.log(file);
                        (self.progress)(Advance::Done(file.length));
                        if let Ok(mut read) = read.lock() {
                            *read = (read.0 + 1, read.1 + file.length);
                        }
                        if let (Some((kind, what)), Ok(mut found)) = (fault, found.lock()) {
                            found.push(Found { kind, path: file.path.clone(), what });
                        }
                    }
                });
            }
        });
        verified.found.extend(found.into_inner().unwrap_or_default());
        (verified.logs, verified.bytes) = read.into_inner().unwrap_or_default();
    }

    fn log(&self, file: &FileRow) -> Option<(FaultKind, String)> {
        let path = self.house.resolve(&file.path);
        let packed = if file.tier.is_packed() { Compression::Zstd } else { Compression::None };
        let length = match fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() => return Some((FaultKind::Altered, "it is no regular file".to_owned())),
            Ok(found) => found.len(),
            Err(_) => return Some((FaultKind::Missing, "it is not there".to_owned())),
        };
        if length != file.stored {
            let what = format!("it has {length} bytes where {} were written", file.stored);
            return Some((FaultKind::Altered, what));
        }
        match prove(&path, packed, file.length, &file.hash) {
            Ok(Proof::Sound) => None,
            Ok(Proof::Altered) => Some((FaultKind::Altered, "its bytes are not those that were kept".to_owned())),
            Ok(Proof::Missing) => Some((FaultKind::Missing, "it is not there".to_owned())),
            Err(error) => Some((FaultKind::Altered, format!("it cannot be read: {error}"))),
        }
    }

    fn days(&self, days: &[ErrorDay], known: &mut BTreeSet<String>, verified: &mut Verified) {
        for day in days.iter().filter(|day| day.tier != Tier::Removed) {
            known.insert(day.path.clone());
            let path = self.house.resolve(&day.path);
            let fault = if day.tier.is_packed() {
                match prove(&path, Compression::Zstd, day.length, &day.hash) {
                    Ok(Proof::Sound) => None,
                    Ok(Proof::Altered) => Some((FaultKind::Altered, "it is not what was archived".to_owned())),
                    Ok(Proof::Missing) => Some((FaultKind::Missing, "it is not there".to_owned())),
                    Err(error) => Some((FaultKind::Altered, format!("it cannot be read: {error}"))),
                }
            } else {
                check_day(&path, day)
            };
            if let Some((kind, what)) = fault {
                verified.note(kind, &day.path, what);
            }
        }
    }

    /// Records that are kept for ever, by what was written of each; where that is not known, by what they must say.
    fn critical(&self, index: &Index, verified: &mut Verified) {
        let folder = format!("{}/critical", self.settings.layout.errors);
        let ids: BTreeSet<u64> = index.critical.iter().chain(index.critical_hashes.keys()).copied().collect();
        for id in &ids {
            let path = format!("{folder}/{id:016x}.json");
            let text = match read_unlinked(&self.house.resolve(&path)) {
                Ok(text) => text,
                Err(error) => {
                    verified.note(FaultKind::Critical, &path, explain(&error));
                    continue;
                }
            };
            let named = || serde_json::from_slice::<serde_json::Value>(&text).ok();
            let is_its_own = match index.critical_hashes.get(id) {
                Some(hash) => blake3::hash(&text).to_hex().as_str() == hash,
                None => named().is_some_and(|record| record["id"].as_str() == Some(&format!("{id:016x}"))),
            };
            if !is_its_own {
                verified.note(FaultKind::Critical, &path, "it is not what was written".to_owned());
            }
        }
        for path in below(self.house, &folder) {
            let id = path.rsplit('/').next().and_then(|name| name.strip_suffix(".json"));
            let id = id.filter(|id| id.len() == 16).and_then(|id| u64::from_str_radix(id, 16).ok());
            // One that was cleared, or whose hash was lost with the database, stays what it is.
            if !id.is_some_and(|id| ids.contains(&id) || index.records.contains(&id)) {
                verified.note(FaultKind::Unlisted, &path, UNKNOWN.to_owned());
            }
        }
    }

    /// What every command says of the first removal, as long as it is to come.
    fn announcement(&self, index: &Index, verified: &mut Verified) {
        let path = self.house.announcement();
        let until = ANNOUNCED_DAYS.reached_at(index.announced).filter(|_| index.announced > 0);
        let found = Announcement::of(self.house);
        let what = match (is_there(&path), found, until) {
            (true, None, _) => "it is not what was written",
            // Without a line in the ledger it is what a run left that died before it; the next one announces anew.
            (true, Some(found), _) if index.announced > 0 && found.at != index.announced => {
                "it is not the one that the ledger tells of"
            }
            (false, _, Some(until)) if index.retained < until => "it is not there",
            _ => return,
        };
        verified.note(FaultKind::Announcement, "store/announcement", what.to_owned());
    }

    fn ledger(&self, known: u64, verified: &mut Verified) {
        let mut open: BTreeMap<String, String> = BTreeMap::new();
        let read = Ledger::read(&self.house.ledger(), known, |entry, _| match entry.what {
            What::Intent(intent) => drop(open.insert(intent.file, intent.from)),
            What::Released { file } | What::GivenUp { file } => drop(open.remove(&file)),
            _ => {}
        });
        match read {
            Ok(ledger) => {
                for path in open.into_values() {
                    verified.note(FaultKind::Unfinished, &path, "it was being moved when a run died".to_owned());
                }
                if ledger.length() > known
                    || fs::metadata(self.house.ledger()).is_ok_and(|at| at.len() > ledger.length())
                {
                    let what = "it has lines that the database does not know yet".to_owned();
                    verified.note(FaultKind::Unfinished, "store/ledger", what);
                }
            }
            Err(LedgerFault::Damaged { line, why }) => {
                verified.note(FaultKind::Ledger, "store/ledger", format!("line {line}: {why}"));
            }
            Err(fault) => verified.note(FaultKind::Ledger, "store/ledger", fault.to_string()),
        }
    }

    fn receipts(&self, index: &Index, verified: &mut Verified) -> Result<(), RetentionError> {
        let written = receipts(self.house)?;
        let ids: HashSet<&str> = written.values().flatten().map(|receipt| receipt.file.as_str()).collect();
        for file in index.files.iter().filter(|file| !file.tier.is_kept()) {
            if !ids.contains(format!("{:016x}", file.id).as_str()) {
                verified.note(FaultKind::Receipt, &file.path, "it was removed, and no receipt is left".to_owned());
            }
        }
        for name in names(&self.house.receipts()) {
            let path = self.house.receipts().join(&name);
            let lines = read_unlinked(&path).unwrap_or_default();
            let count = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
            let read = written.get(name.trim_end_matches(".jsonl")).map_or(0, Vec::len);
            if count != read || !lines.ends_with(b"\n") {
                let what = format!("{} of its {count} lines are receipts", read);
                verified.note(FaultKind::Receipt, &format!("store/receipts/{name}"), what);
            }
        }
        Ok(())
    }

    /// What lies in the folders of logs and is not written down.
    fn unlisted(&self, known: &BTreeSet<String>, verified: &mut Verified) {
        let layout = &self.settings.layout;
        let critical = format!("{}/critical/", layout.errors);
        for folder in
            [&layout.sessions, &layout.system, &layout.errors, &layout.archive, &crate::layout::TRASH.to_owned()]
        {
            for path in below(self.house, folder) {
                if known.contains(&path) || path.starts_with(&critical) {
                    continue;
                }
                verified.note(FaultKind::Unlisted, &path, UNKNOWN.to_owned());
            }
        }
        // What lies beside the folders of logs.
        let folders = [&layout.sessions, &layout.system, &layout.errors, &layout.archive];
        let above: BTreeSet<&str> = folders.iter().filter_map(|folder| Some(folder.rsplit_once('/')?.0)).collect();
        for above in above.into_iter().filter(|above| !folders.iter().any(|folder| folder == above)) {
            for name in names(&self.house.resolve(above)) {
                let path = format!("{above}/{name}");
                let inner = format!("{path}/");
                if !folders.iter().any(|folder| **folder == path || folder.starts_with(&inner)) {
                    verified.note(FaultKind::Unlisted, &path, UNKNOWN.to_owned());
                }
            }
        }
        for path in below(self.house, "store/incoming") {
            verified.note(FaultKind::Unfinished, &path, "a run died while it wrote this".to_owned());
        }
        for folder in [self.house.root().to_owned(), self.house.resolve("store"), self.house.resolve("logs")] {
            let mode = fs::metadata(&folder).map_or(0, |found| found.permissions().mode());
            if mode & 0o077 != 0 {
                let name = folder.strip_prefix(self.house.root()).unwrap_or(&folder).display().to_string();
                let name = if name.is_empty() { ".".to_owned() } else { name };
                verified.note(FaultKind::Exposed, &name, format!("its mode is {:o}", mode & 0o7777));
            }
        }
    }
}

impl Verified {
    fn note(&mut self, kind: FaultKind, path: &str, what: String) {
        self.found.push(Found { kind, path: path.to_owned(), what });
    }

    /// Whether evidence is damaged.
    pub fn has_damage(&self) -> bool {
        self.found.iter().any(|found| found.kind.is_damage())
    }
}

/// What the database says that there is.
#[derive(Default)]
struct Index {
    files: Vec<FileRow>,
    days: Vec<ErrorDay>,
    critical: BTreeSet<u64>,
    critical_hashes: BTreeMap<u64, String>,
    /// All errors of which there is a record.
    records: HashSet<u64>,
    ledger: u64,
    announced: Millis,
    retained: Millis,
}

impl Index {
    fn read(reader: &Reader) -> Result<Index, StoreError> {
        // What waits for the next run was never written.
        let waits = reader.fact("critical_waiting")? > 0;
        let records = reader.error_records()?;
        let critical = records.iter().filter(|(_, entry)| entry.critical && !waits);
        Ok(Index {
            files: reader.files()?,
            days: reader.error_days()?,
            critical: critical.map(|(id, _)| *id).collect(),
            records: records.keys().copied().collect(),
            announced: reader.fact("announced")?,
            retained: reader.fact("retained")?,
            critical_hashes: reader.critical_hashes()?,
            ledger: u64::try_from(reader.fact("ledger")?).unwrap_or_default(),
        })
    }
}

/// A day of error records that is still written to: what was written stands there, whatever came behind it.
fn check_day(path: &Path, day: &ErrorDay) -> Option<(FaultKind, String)> {
    let file = match open_unlinked(path) {
        Ok(file) => file,
        Err(error) => return Some((FaultKind::Missing, format!("it cannot be read: {error}"))),
    };
    let found = file.metadata().map_or(0, |found| found.len());
    if found < day.length {
        return Some((FaultKind::Record, format!("it has {found} bytes where {} were written", day.length)));
    }
    let mut hash = blake3::Hasher::new();
    if let Err(error) = hash.update_reader(file.take(day.length)) {
        return Some((FaultKind::Record, format!("it cannot be read: {error}")));
    }
    // A house of an older format has none.
    if !day.hash.is_empty() && hash.finalize().to_hex().as_str() != day.hash {
        return Some((FaultKind::Record, "it is not what was written".to_owned()));
    }
    (found > day.length).then(|| (FaultKind::Unfinished, "it has lines that the database does not know yet".to_owned()))
}

/// A small file of the house.
fn read_unlinked(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open_unlinked(path)?.read_to_end(&mut text)?;
    Ok(text)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// All files below a folder of the house, from its root; links are named and not followed.
fn below(house: &House, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for name in names(&house.resolve(&folder)) {
            let path = format!("{folder}/{name}");
            match fs::symlink_metadata(house.resolve(&path)) {
                Ok(entry) if entry.is_dir() => folders.push(path),
                _ => found.push(path),
            }
        }
    }
    found.sort();
    found
}
