//! One ingest from end to end.

use super::IngestError;
use super::keep::{KeepError, Keeper, Outcome, source_text};
use super::recover::recover;
use super::report::{Report, Step};
use super::understand::{Job, Judges, Workshop};
use crate::disk::Disk;
use crate::event::Millis;
use crate::intake::{CopyPlan, Discovery, FileLinks, Found, PassedOver, Place, discover, families};
use crate::layout::House;
use crate::settings::Settings;
use crate::store::{DurableHand, FileRow, FileUpdate, Reader, StoreError, Writer};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Files that are copied before the disk is waited for.
const SETTLE_FILES: usize = 256;
/// Bytes that are copied before the disk is waited for.
const SETTLE_BYTES: u64 = 512 << 20;

/// How much is understood anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What changed.
    Changes,
    /// Everything whose raw log is kept.
    Everything,
}

/// An ingest, ready to run. The caller holds the house's lock.
pub struct Ingest<'a> {
    /// The house.
    pub house: &'a House,
    /// Its settings.
    pub settings: &'a Settings,
    /// The disk.
    pub disk: &'a dyn Disk,
    /// Who judges.
    pub judges: &'a Judges<'a>,
    /// The time of the run.
    pub now: Millis,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Step) + Sync),
}

/// Creates what a house consists of, where it is missing.
pub fn open_house(house: &House, settings: &Settings, disk: &dyn Disk) -> Result<(), IngestError> {
    let mut folders: Vec<PathBuf> = settings.layout.folders().iter().map(|folder| house.resolve(folder)).collect();
    folders.extend([house.incoming(), house.plugin_cache()]);
    let hand = DurableHand::new(disk);
    let fault = |path: PathBuf| move |source| IngestError::House { path, source };
    hand.create_folders(&folders).map_err(fault(house.root().to_owned()))?;
    let path = house.settings();
    if !path.exists() {
        disk.replace(&path, Settings::template().as_bytes()).map_err(fault(path))?;
    }
    Ok(())
}

/// Entries by id, and what changes about them.
struct Entries {
    rows: Vec<FileRow>,
    by_id: HashMap<u64, usize>,
    last_part: HashMap<String, usize>,
    updates: HashMap<u64, FileUpdate>,
    replaced: HashMap<u64, u64>,
}

impl<'a> Ingest<'a> {
    /// Brings in what the places hold. `stdin` is a log that comes through a pipe.
    pub fn run(&self, places: &[Place], stdin: Option<&mut dyn Read>, mode: Mode) -> Result<Report, IngestError> {
        let hand = DurableHand::new(self.disk);
        let mut writer = Writer::open(&self.house.database())?;
        let reader = Reader::open(&self.house.database())?;
        let mut entries = Entries::new(reader.files()?);
        let mut report = Report::default();
        let died = self.house.unfinished().exists();
        let unfinished = self.house.unfinished();
        let at_mark = |source| IngestError::House { path: unfinished.clone(), source };
        hand.mark(&unfinished).map_err(at_mark)?;
        if died || mode == Mode::Everything || entries.rows.is_empty() {
            let incoming = self.house.incoming();
            hand.clear_litter(&incoming).map_err(|source| IngestError::House { path: incoming, source })?;
            self.take_over(&mut entries, &mut report);
        }
        let mut found = self.discover(places)?;
        report.passed_over.append(&mut found.passed_over);
        report.files_seen = found.files.len() as u64;
        let spool = stdin.map(|source| self.spool(&hand, source)).transpose()?;
        let stopped_by = self.keep_all(&hand, &reader, &mut writer, found.files, spool, &mut entries, &mut report)?;
        if !self.stop.load(Ordering::Relaxed) {
            let jobs = self.plan(&reader, entries, mode)?;
            let workshop = Workshop {
                house: self.house,
                max_line: self.settings.intake.max_line,
                workers: self.workers(),
                judges: self.judges,
                stop: self.stop,
                progress: self.progress,
            };
            workshop.run(jobs, &mut writer, &mut report)?;
        }
        report.interrupted = self.stop.load(Ordering::Relaxed);
        if let Some(error) = stopped_by {
            return Err(error);
        }
        drop(reader);
        let has_news = report.families > 0;
        writer.write(|group| {
            group.fact("last_ingest", self.now)?;
            if has_news {
                let collisions = group.count_collisions()?;
                group.fact("collisions", collisions)?;
            }
            Ok(())
        })?;
        writer.finish()?;
        if !report.interrupted {
            let incoming = self.house.incoming();
            hand.clear_litter(&incoming).map_err(|source| IngestError::House { path: incoming, source })?;
            hand.unmark(&unfinished).map_err(at_mark)?;
        }
        Ok(report)
    }

    /// Finds what would be looked at, without changing anything.
    pub fn discover(&self, places: &[Place]) -> Result<Discovery, IngestError> {
        Ok(discover(places, &exclusions(self.settings, self.house)?))
    }

    fn workers(&self) -> usize {
        match self.settings.intake.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            workers => workers.min(64),
        }
    }

    /// Notes what lies in the house without an entry.
    fn take_over(&self, entries: &mut Entries, report: &mut Report) {
        let recovered = recover(self.house, &self.settings.layout, &entries.rows, self.now);
        for update in recovered.updates {
            entries.note(update, None);
        }
        for (path, error) in recovered.unreadable {
            report.unreadable.push((path.display().to_string(), error.to_string()));
        }
    }

    /// Takes a log from a pipe into a file of which a source can be made. Its name is its
    /// content, so that the same log is not kept twice.
    fn spool(&self, hand: &DurableHand<'_>, source: &mut dyn Read) -> Result<(PathBuf, String), IngestError> {
        let path = self.house.incoming().join("stdin.spool");
        let mut hash = blake3::Hasher::new();
        let copied = hand.spool(&path, |out| {
            let mut chunk = vec![0; 256 * 1024];
            loop {
                match source.read(&mut chunk) {
                    Ok(0) => return Ok(()),
                    Ok(read) => {
                        hash.update(&chunk[..read]);
                        out.write_all(&chunk[..read])?;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        });
        copied.map_err(|source| IngestError::House { path: path.clone(), source })?;
        Ok((path, format!("stdin/{}.jsonl", &hash.finalize().to_hex()[..16])))
    }

    /// Copies what is new. A house that cannot be written to ends the copying, and is
    /// returned; what was copied until then is understood all the same.
    #[allow(clippy::too_many_arguments, reason = "all of them are the state of one run")]
    fn keep_all(
        &self,
        hand: &DurableHand<'_>,
        reader: &Reader,
        writer: &mut Writer,
        files: Vec<Found>,
        spool: Option<(PathBuf, String)>,
        entries: &mut Entries,
        report: &mut Report,
    ) -> Result<Option<IngestError>, IngestError> {
        let passed_over = reader.passed_over()?;
        let mut todo: Vec<(PathBuf, String, u64)> = Vec::new();
        for found in files {
            let source = source_text(&found.path);
            let known = entries.last(&source).map(FileRow::kept);
            let is_unchanged = known.is_some_and(|kept| kept.stat == found.stat && kept.length == found.stat.size);
            let is_unknown = passed_over.get(&source) == Some(&(found.stat.size, found.stat.modified_ns));
            if !is_unchanged && !is_unknown {
                todo.push((found.path, source, found.stat.size));
            }
        }
        todo.extend(spool.map(|(path, name)| (path, name, 0)));
        (self.progress)(Step::ToCopy(todo.iter().map(|(.., size)| size).sum()));
        let keeper = Keeper { house: self.house, layout: &self.settings.layout, hand, now: self.now };
        let mut at = 0;
        while at < todo.len() && !self.stop.load(Ordering::Relaxed) {
            let mut bytes = 0;
            let until = todo[at..]
                .iter()
                .take(SETTLE_FILES)
                .take_while(|(.., size)| {
                    bytes += size;
                    bytes <= SETTLE_BYTES
                })
                .count()
                .max(1);
            let group = &todo[at..at + until];
            at += until;
            let outcomes = self.keep_group(&keeper, group, entries);
            hand.settle().map_err(|source| IngestError::House { path: self.house.root().to_owned(), source })?;
            for ((path, source, _), outcome) in group.iter().zip(outcomes) {
                match outcome {
                    None => {}
                    Some(Ok(outcome)) => self.note(hand, writer, entries, report, path, source, outcome)?,
                    Some(Err(KeepError::Source(passed))) => report.passed_over.push(passed),
                    Some(Err(KeepError::House(path, source))) => {
                        return Ok(Some(IngestError::House { path, source }));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Keeps a group of sources in parallel; `None` where it was stopped before.
    fn keep_group(
        &self,
        keeper: &Keeper<'_>,
        group: &[(PathBuf, String, u64)],
        entries: &Entries,
    ) -> Vec<Option<Result<Outcome, KeepError>>> {
        let outcomes: Vec<Mutex<Option<Result<Outcome, KeepError>>>> = group.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let full = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..self.workers().min(group.len()) {
                scope.spawn(|| {
                    while !self.stop.load(Ordering::Relaxed) && !full.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some((path, source, size)) = group.get(index) else { return };
                        let outcome = keeper.keep(path, source, entries.last(source));
                        if matches!(outcome, Err(KeepError::House(..))) {
                            full.store(true, Ordering::Relaxed);
                        }
                        (self.progress)(Step::Copied(*size));
                        if let Ok(mut place) = outcomes[index].lock() {
                            *place = Some(outcome);
                        }
                    }
                });
            }
        });
        outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or(None)).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "all of them are the state of one run")]
    fn note(
        &self,
        hand: &DurableHand<'_>,
        writer: &mut Writer,
        entries: &mut Entries,
        report: &mut Report,
        path: &Path,
        source: &str,
        outcome: Outcome,
    ) -> Result<(), IngestError> {
        match outcome {
            Outcome::Unchanged => {}
            Outcome::Unknown(stat) => {
                if stat.size == 0 {
                    let reason = "it is empty".to_owned();
                    report.passed_over.push(PassedOver { path: path.to_owned(), reason, is_loss: false });
                } else if is_log_name(source) {
                    report.unknown.push(path.to_owned());
                }
                writer.write(|group| group.passed_over(source, stat, "no known format"))?;
            }
            Outcome::Kept { update, plan, copied, renamed_from } => {
                if let Some(from) = renamed_from {
                    let to = self.house.resolve(&update.path);
                    hand.rename(&from, &to).map_err(|source| IngestError::House { path: to, source })?;
                }
                report.bytes_copied += copied;
                match plan {
                    CopyPlan::First => report.files_new += 1,
                    CopyPlan::NewPart => report.files_rewritten += 1,
                    CopyPlan::Tail(_) => report.files_grown += 1,
                    CopyPlan::Leave | CopyPlan::Note => {}
                }
                let before = entries.last(source).map(|row| row.id);
                let is_new_part = plan == CopyPlan::NewPart;
                entries.note(*update, before.filter(|_| !is_new_part));
            }
        }
        Ok(())
    }

    /// Groups all files into families and picks those that must be understood anew.
    fn plan(&self, reader: &Reader, entries: Entries, mode: Mode) -> Result<Vec<Job>, StoreError> {
        let judged = reader.provenances()?;
        let Entries { rows, updates, replaced, .. } = entries;
        let gone_ids: HashSet<u64> = replaced.values().copied().collect();
        let mut files: HashMap<u64, FileRow> =
            rows.into_iter().filter(|row| !gone_ids.contains(&row.id)).map(|row| (row.id, row)).collect();
        let mut old_families: HashMap<u64, BTreeSet<u64>> = HashMap::new();
        for update in updates.values() {
            let family = files.get(&update.id).and_then(|row| row.family);
            files.insert(update.id, row_of(update, family));
        }
        let is_current = mode == Mode::Changes
            && updates.is_empty()
            && files.values().all(|row| {
                row.family.is_some_and(|family| self.judges.agree_with(judged.get(&family).and_then(Option::as_ref)))
            });
        if is_current {
            return Ok(Vec::new());
        }
        let family_of = families(files.values().map(|row| (row.id, &row.links)));
        let mut members: HashMap<u64, Vec<u64>> = HashMap::new();
        for (file, family) in &family_of {
            members.entry(*family).or_default().push(*file);
            old_families.entry(*family).or_default().extend(files[file].family);
        }
        for (new, old) in &replaced {
            let family = family_of.get(new).copied();
            let before =
                reader.rows("SELECT family FROM file WHERE id = ?1 AND family IS NOT NULL", [*old as i64], |row| {
                    row.get::<_, i64>(0)
                })?;
            if let Some(family) = family {
                old_families.entry(family).or_default().extend(before.into_iter().map(|id| id as u64));
            }
        }
        let quarantined = reader.quarantined()?;
        let mut jobs = Vec::new();
        for (family, mut ids) in members {
            let is_dirty = mode == Mode::Everything
                || ids.iter().any(|id| updates.contains_key(id) || files[id].family != Some(family))
                || !self.judges.agree_with(judged.get(&family).and_then(Option::as_ref));
            if !is_dirty {
                continue;
            }
            ids.sort_unstable();
            let before = old_families.remove(&family).unwrap_or_default();
            let mut quarantined_before: HashMap<String, u64> = HashMap::new();
            for (reason, count) in before.iter().filter_map(|old| quarantined.get(old)).flatten() {
                *quarantined_before.entry(reason.clone()).or_default() += count;
            }
            jobs.push(Job {
                family,
                updates: ids.iter().filter_map(|id| updates.get(id).cloned()).collect(),
                replaced: ids.iter().filter_map(|id| replaced.get(id).copied()).collect(),
                gone: before
                    .into_iter()
                    .filter(|old| *old != family && !family_of.values().any(|now| now == old))
                    .collect(),
                files: ids.iter().filter_map(|id| files.remove(id)).collect(),
                quarantined_before,
            });
        }
        Ok(jobs)
    }
}

impl Entries {
    fn new(rows: Vec<FileRow>) -> Entries {
        let by_id = rows.iter().enumerate().map(|(index, row)| (row.id, index)).collect();
        let last_part = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| row.is_last && !row.source.is_empty())
            .map(|(index, row)| (row.source.clone(), index))
            .collect();
        Entries { rows, by_id, last_part, updates: HashMap::new(), replaced: HashMap::new() }
    }

    /// The part of a source that grows with it.
    fn last(&self, source: &str) -> Option<&FileRow> {
        self.last_part.get(source).map(|index| &self.rows[*index])
    }

    /// Notes what is to be written down; `before` is the entry that it takes the place of.
    fn note(&mut self, update: FileUpdate, before: Option<u64>) {
        if let Some(before) = before.filter(|before| *before != update.id) {
            self.replaced.insert(update.id, before);
        }
        let family = self.by_id.get(&update.id).and_then(|index| self.rows[*index].family);
        let row = row_of(&update, family);
        let index = *self.by_id.entry(update.id).or_insert(self.rows.len());
        if index == self.rows.len() {
            self.rows.push(row);
        } else {
            self.rows[index] = row;
        }
        if update.is_last && !update.source.is_empty() {
            self.last_part.insert(update.source.clone(), index);
        }
        self.updates.insert(update.id, update);
    }
}

fn row_of(update: &FileUpdate, family: Option<u64>) -> FileRow {
    FileRow {
        id: update.id,
        source: update.source.clone(),
        part: update.part,
        is_last: update.is_last,
        path: update.path.clone(),
        agent: update.agent.clone(),
        form: update.form.to_owned(),
        shape: update.shape.to_owned(),
        session: update.session.clone(),
        compression: update.compression.to_owned(),
        length: update.length,
        hash: update.hash.clone(),
        copied: update.copied,
        stat: update.stat,
        links: FileLinks(update.links.0.clone()),
        family,
    }
}

/// Files whose name says that they are logs; others are not worth a word.
fn is_log_name(source: &str) -> bool {
    let name = source.strip_suffix(".zst").or_else(|| source.strip_suffix(".gz")).unwrap_or(source);
    [".jsonl", ".ndjson", ".log"].into_iter().any(|ending| name.ends_with(ending))
}

/// What the settings exclude; a house never reads itself.
fn exclusions(settings: &Settings, house: &House) -> Result<GlobSet, IngestError> {
    let mut set = GlobSetBuilder::new();
    let exclude = &settings.exclude;
    let projects = exclude.projects.iter().map(|name| format!("**/projects/{name}"));
    for pattern in exclude.paths.iter().cloned().chain(projects) {
        let fault = |message: String| IngestError::Pattern { pattern: pattern.clone(), message };
        set.add(Glob::new(&pattern).map_err(|error| fault(error.kind().to_string()))?);
    }
    if let Ok(root) = std::fs::canonicalize(house.root()) {
        let own = globset::escape(&root.to_string_lossy());
        set.add(Glob::new(&own).map_err(|error| IngestError::Pattern { pattern: own, message: error.to_string() })?);
    }
    set.build().map_err(|error| IngestError::Pattern { pattern: "paths".to_owned(), message: error.to_string() })
}
