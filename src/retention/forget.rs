//! Forgets what a person names, everywhere and at once, critical errors included. A receipt without content is left.

use super::apply::{Advance, Carrier, hex};
use super::fault::{RetentionError, at};
use super::journal::Journal;
use super::remove::receipt_id;
use super::traces::{Traces, traces};
use crate::disk::open_unlinked;
use crate::event::{Action, Sort};
use crate::intake::{Compression, decoder};
use crate::layout::{House, PACKED, TRASH, Tier, active_name, file_id};
use crate::store::{FileRow, Intent, Reader, Receipt, What, Writer, open_as_it_came, open_error_file};
use memchr::memmem::Finder;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A session, by its id.
    Session(String),
    /// A project, by its whole name.
    Project(String),
    /// Whatever holds these bytes, such as a key that leaked.
    Match(String),
}

impl Subject {
    /// What the receipt says; of what was looked for it says only how long it was.
    pub fn rule(&self) -> String {
        match self {
            Subject::Session(id) => format!("forget session {id}"),
            Subject::Project(name) => format!("forget project {name}"),
            Subject::Match(text) => format!("forget a match of {} bytes", text.len()),
        }
    }
}

/// What would be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Logs, which go whole, and what is derived from them.
    pub logs: Vec<FileRow>,
    /// Lines of error records, by their file from the root of the house.
    pub records: BTreeMap<String, Vec<usize>>,
    /// Records of critical errors, from the root of the house.
    pub critical: Vec<String>,
    /// The errors that these records are about.
    pub errors: BTreeSet<u64>,
    /// Copies of databases and ledgers that were set aside.
    pub aside: Vec<PathBuf>,
    /// What stands of it in what was learned.
    pub traces: Traces,
    /// Logs that could not be searched, and why; they stay.
    pub unread: Vec<(String, String)>,
}

impl Forgotten {
    /// Whether there is nothing to forget.
    pub fn is_empty(&self) -> bool {
        let Traces { rewritten, modules } = &self.traces;
        self.logs.is_empty()
            && self.records.is_empty()
            && self.critical.is_empty()
            && rewritten.is_empty()
            && modules.is_empty()
    }
}

/// Finds everything that a subject names. `with_family` takes the logs that are read together with them, too.
pub fn find(
    carrier: &Carrier<'_>,
    reader: &Reader,
    subject: &Subject,
    with_family: bool,
) -> Result<Forgotten, RetentionError> {
    let mut forgotten = Forgotten::default();
    // Of a log that is gone, what was understood may still be there.
    let is_left = |file: &FileRow| file.tier != Tier::Removed || file.family.is_some();
    let files: Vec<FileRow> = reader.files()?.into_iter().filter(is_left).collect();
    let mut ids: HashSet<u64> = match subject {
        Subject::Session(id) => reader.files_of_session(id)?,
        Subject::Project(name) => reader.files_of_project(name)?,
        Subject::Match(text) => {
            let here: Vec<&FileRow> = files.iter().filter(|file| file.tier != Tier::Removed).collect();
            let mut ids = search(carrier, &here, text, &mut forgotten.unread);
            ids.extend(reader.sealed_files_with(text)?);
            ids
        }
    };
    if with_family {
        let families: HashSet<u64> =
            files.iter().filter(|file| ids.contains(&file.id)).filter_map(|file| file.family).collect();
        let is_of = |file: &&FileRow| file.family.is_some_and(|family| families.contains(&family));
        ids.extend(files.iter().filter(is_of).map(|file| file.id));
    }
    let paths: HashSet<String> = files
        .iter()
        .filter(|file| ids.contains(&file.id))
        .map(|file| active_name(&file.path, file.tier).to_owned())
        .collect();
    forgotten.logs = files.into_iter().filter(|file| ids.contains(&file.id)).collect();
    let is_named = |line: &[u8]| names(line, subject, &paths);
    for day in reader.error_days()?.into_iter().filter(|day| day.tier != Tier::Removed) {
        let path = carrier.house.resolve(&day.path);
        let lines = lines_of(&path).map_err(at(&path))?;
        let named: Vec<usize> = (0..lines.len()).filter(|number| is_named(&lines[*number])).collect();
        forgotten.errors.extend(named.iter().filter_map(|number| error_of(&lines[*number])));
        if !named.is_empty() {
            forgotten.records.insert(day.path, named);
        }
    }
    let folder = format!("{}/critical", carrier.layout.errors);
    for entry in fs::read_dir(carrier.house.resolve(&folder)).into_iter().flatten().flatten() {
        let mut line = Vec::new();
        let read = open_unlinked(&entry.path()).and_then(|mut file| file.read_to_end(&mut line));
        if read.is_err() || !is_named(&line) {
            continue;
        }
        forgotten.errors.extend(error_of(&line));
        forgotten.critical.push(format!("{folder}/{}", entry.file_name().to_string_lossy()));
    }
    forgotten.critical.sort();
    let store = carrier.house.database();
    for entry in fs::read_dir(store.parent().unwrap_or(&store)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.contains(".damaged-") || name.contains(".format-") {
            forgotten.aside.push(entry.path());
        }
    }
    forgotten.aside.sort();
    let (sessions, texts) = match subject {
        Subject::Session(id) => (vec![id.clone()], Vec::new()),
        Subject::Project(name) => (reader.sessions_of_project(name)?, Vec::new()),
        // In a trigger it may stand as a pattern writes it.
        Subject::Match(text) => {
            (Vec::new(), [needles(text), needles(&escaped(text)), needles(&regex::escape(text))].concat())
        }
    };
    forgotten.traces = traces(carrier.house, &carrier.layout.modules, &sessions, &texts)?;
    Ok(forgotten)
}

/// Forgets it. Of families of which logs are left, the rest is to be understood again by whoever calls this.
pub fn forget(
    carrier: &Carrier<'_>,
    forgotten: &Forgotten,
    subject: &Subject,
    journal: &mut Journal,
    writer: &mut Writer,
) -> Result<(), RetentionError> {
    let run = receipt_id(carrier.house, carrier.now);
    let receipts: Vec<Receipt> = forgotten
        .logs
        .iter()
        .map(|file| Receipt {
            id: run.clone(),
            at: carrier.now,
            what: "forgotten".to_owned(),
            rule: subject.rule(),
            ..Receipt::of_file(file, "", None)
        })
        .collect();
    if !receipts.is_empty() {
        carrier.write_receipts(&run, &receipts)?;
    }
    // The logs go last: as long as they are there, a person can say again that they are to be forgotten.
    forget_records(carrier, forgotten, subject, journal, writer)?;
    let mut gone: Vec<PathBuf> = forgotten.critical.iter().map(|path| carrier.house.resolve(path)).collect();
    gone.extend(forgotten.aside.iter().chain(&forgotten.traces.modules).cloned());
    for (path, content) in &forgotten.traces.rewritten {
        carrier.hand.rewrite(&carrier.house.incoming(), path, content).map_err(at(path))?;
    }
    carrier.hand.remove_all(&gone).map_err(at(carrier.house.root()))?;
    let intents: Vec<Intent> = forgotten
        .logs
        .iter()
        .map(|file| Intent {
            action: Action::Forget,
            sort: Sort::Log,
            file: hex(file.id),
            from: file.path.clone(),
            to: String::new(),
            hash: file.hash.clone(),
            length: file.length,
            stored: file.stored,
            modified_ns: 0,
            mode: 0,
            rule: subject.rule(),
            receipt: run.clone(),
        })
        .collect();
    if !intents.is_empty() {
        writer.write(|group| receipts.iter().try_for_each(|receipt| group.receipt(receipt)))?;
        carrier.let_go(&intents, journal, writer)?;
    }
    Ok(())
}

/// Whether a line of an error file tells of what is forgotten.
fn names(line: &[u8], subject: &Subject, logs: &HashSet<String>) -> bool {
    if let Subject::Match(text) = subject
        && needles(text).iter().any(|needle| needle.find(line).is_some())
    {
        return true;
    }
    let Ok(record) = serde_json::from_slice::<serde_json::Value>(line) else { return false };
    let is = |field: &str, name: &str| record[field].as_str() == Some(name);
    let by_log =
        record["file"].as_str().and_then(|path| path.rsplit('/').next()).is_some_and(|name| logs.contains(name));
    by_log
        || match subject {
            Subject::Session(id) => is("session", id),
            Subject::Project(name) => is("project", name),
            Subject::Match(_) => false,
        }
}

/// The error that a line is about.
fn error_of(line: &[u8]) -> Option<u64> {
    let record: serde_json::Value = serde_json::from_slice(line).ok()?;
    u64::from_str_radix(record["id"].as_str()?, 16).ok()
}

/// A text as a pattern writes it, with only what is special in one escaped.
fn escaped(text: &str) -> String {
    let sign = |one: char| "\\.*+?()|[]{}^$".contains(one).then_some('\\').into_iter().chain([one]);
    text.chars().flat_map(sign).collect()
}

/// The bytes as which a text can stand in a log: as it is, and as JSON writes it, once and twice over.
fn needles(text: &str) -> Vec<Finder<'static>> {
    let escaped = |text: &str| {
        let json = serde_json::to_string(text).unwrap_or_default();
        json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned()
    };
    let once = escaped(text);
    let twice = escaped(&once);
    let forms: BTreeSet<String> = [text.to_owned(), once, twice].into_iter().filter(|form| !form.is_empty()).collect();
    forms.into_iter().map(|form| Finder::new(form.as_bytes()).into_owned()).collect()
}

/// The logs that hold a text, and those that could not be read, with the reason.
type Searched = (HashSet<u64>, Vec<(String, String)>);

/// The logs that hold a text.
fn search(carrier: &Carrier<'_>, files: &[&FileRow], text: &str, unread: &mut Vec<(String, String)>) -> HashSet<u64> {
    let needles = needles(text);
    (carrier.progress)(Advance::Total(files.iter().map(|file| file.length).sum()));
    let next = AtomicUsize::new(0);
    let found: Mutex<Searched> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..carrier.workers.min(files.len()) {
            scope.spawn(|| {
                while !carrier.stop.load(Ordering::Relaxed) {
                    let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                    let held = holds(carrier.house, file, &needles, text.len() * 12);
                    (carrier.progress)(Advance::Done(file.length));
                    let Ok(mut found) = found.lock() else { return };
                    match held {
                        Ok(true) => drop(found.0.insert(file.id)),
                        Ok(false) => {}
                        Err(error) => found.1.push((file.path.clone(), error.to_string())),
                    }
                }
            });
        }
    });
    let (ids, faults) = found.into_inner().unwrap_or_default();
    unread.extend(faults);
    unread.sort();
    ids
}

/// Whether a log holds one of the needles, none of which has more than `longest` bytes.
fn holds(house: &House, file: &FileRow, needles: &[Finder<'_>], longest: usize) -> io::Result<bool> {
    let kept = BufReader::new(open_as_it_came(house, file)?);
    let mut plain = decoder(Compression::of_name(&file.compression), kept)?;
    let mut window = Vec::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let read = plain.read(&mut chunk)?;
        if read == 0 {
            return Ok(false);
        }
        window.extend_from_slice(&chunk[..read]);
        if needles.iter().any(|needle| needle.find(&window).is_some()) {
            return Ok(true);
        }
        window.drain(..window.len().saturating_sub(longest));
    }
}

fn lines_of(path: &std::path::Path) -> io::Result<Vec<Vec<u8>>> {
    BufReader::new(open_error_file(path)?).split(b'\n').collect()
}

/// Forgets lines of error records; what the ledger says of it lets the index follow.
fn forget_records(
    carrier: &Carrier<'_>,
    forgotten: &Forgotten,
    subject: &Subject,
    journal: &mut Journal,
    writer: &mut Writer,
) -> Result<(), RetentionError> {
    if forgotten.errors.is_empty() && forgotten.records.is_empty() {
        return Ok(());
    }
    let days = forgotten.records.iter().map(|(path, lines)| without(carrier, path, lines, subject));
    let days = days.collect::<Result<Vec<_>, _>>()?;
    let mut whats = vec![What::Forgotten { errors: forgotten.errors.iter().map(|id| hex(*id)).collect() }];
    whats.extend(days.iter().map(|(intent, _)| What::Intent(Box::new(intent.clone()))));
    journal.append(carrier.hand, writer, carrier.now, whats)?;
    for (intent, content) in &days {
        let path = carrier.house.resolve(&intent.from);
        carrier.hand.rewrite(&carrier.house.incoming(), &path, content).map_err(at(&path))?;
    }
    let released = days.iter().map(|(intent, _)| What::Released { file: intent.file.clone() });
    journal.append(carrier.hand, writer, carrier.now, released.collect())
}

/// A day of error records without some of its lines: what is about to be done, and the new bytes of the file.
fn without(
    carrier: &Carrier<'_>,
    path: &str,
    lines: &[usize],
    subject: &Subject,
) -> Result<(Intent, Vec<u8>), RetentionError> {
    let full = carrier.house.resolve(path);
    let mut text = Vec::new();
    for (number, line) in lines_of(&full).map_err(at(&full))?.into_iter().enumerate() {
        if !lines.contains(&number) {
            text.extend(line);
            text.push(b'\n');
        }
    }
    let (hash, length) = (blake3::hash(&text).to_hex().to_string(), text.len() as u64);
    let is_packed = path.ends_with(PACKED);
    let content = if is_packed { zstd::encode_all(text.as_slice(), 6).map_err(at(&full))? } else { text };
    let tier = if path.starts_with(TRASH) { Tier::Trash } else { Tier::Archive };
    let intent = Intent {
        action: Action::Forget,
        sort: Sort::Errors,
        file: hex(file_id(active_name(path, if is_packed { tier } else { Tier::Active }))),
        from: path.to_owned(),
        to: path.to_owned(),
        hash,
        length,
        stored: content.len() as u64,
        modified_ns: 0,
        mode: 0,
        rule: subject.rule(),
        receipt: String::new(),
    };
    Ok((intent, content))
}
