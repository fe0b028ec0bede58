//! Brings sources into the house: group by group, each made safe before it is noted.

use super::IngestError;
use super::entries::Entries;
use super::keep::{KeepError, Keeper, Outcome, source_text};
use super::recover::recover;
use super::report::{Report, Step};
use super::run::Ingest;
use crate::intake::{CopyPlan, Found, PassedOver, Stat};
use crate::store::{DurableHand, FileRow, SPOOL};
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Files that are copied before the disk is waited for.
const SETTLE_FILES: usize = 256;
/// Bytes that are copied before the disk is waited for.
const SETTLE_BYTES: u64 = 512 << 20;

/// A source to keep.
struct Source {
    path: PathBuf,
    /// The name by which it is known.
    name: String,
    size: u64,
}

/// What came of each source of a group; `None` where it was stopped before.
type Outcomes = Vec<Option<Result<Outcome, KeepError>>>;

/// The first half of an ingest.
pub struct Gather<'a> {
    pub ingest: &'a Ingest<'a>,
    pub hand: &'a DurableHand<'a>,
    pub entries: Entries,
    pub report: Report,
    /// Files that no reader exists for, to be remembered.
    pub unknown: Vec<(String, Stat)>,
}

impl Gather<'_> {
    /// Notes what lies in the house without an entry, and removes what is half written.
    pub fn take_over(&mut self) -> Result<(), IngestError> {
        self.ingest.clear_litter(self.hand)?;
        let layout = &self.ingest.settings.layout;
        let recovered = recover(self.ingest.house, layout, self.entries.rows(), self.ingest.now);
        for (found, before) in recovered.found {
            self.entries.note(found, before);
        }
        let unreadable = recovered.unreadable.into_iter();
        self.report.unreadable.extend(unreadable.map(|(path, error)| (path.display().to_string(), error.to_string())));
        Ok(())
    }

    /// Copies what is new of the files, and of a log that comes through a pipe. A house that
    /// cannot be written to ends the copying; what was copied until then is safe.
    pub fn keep(
        &mut self,
        files: Vec<Found>,
        stdin: Option<&mut dyn Read>,
        passed_over: &HashMap<String, (u64, i64)>,
    ) -> Result<(), IngestError> {
        let mut sources: Vec<Source> = Vec::new();
        for Found { path, stat } in files {
            let name = source_text(&path);
            self.entries.claim(&name);
            let kept = self.entries.last(&name).map(FileRow::kept);
            let is_unchanged = kept.is_some_and(|kept| kept.stat == stat && kept.length == stat.size);
            let is_unknown = passed_over.get(&name) == Some(&(stat.size, stat.modified_ns));
            if !is_unchanged && !is_unknown {
                sources.push(Source { path, name, size: stat.size });
            }
        }
        if let Some(pipe) = stdin {
            let source = self.spool(pipe)?;
            self.report.files_seen += 1;
            // Its name is its content: one that is known was brought in before.
            sources.extend(Some(source).filter(|source| self.entries.last(&source.name).is_none()));
        }
        (self.ingest.progress)(Step::ToCopy(sources.iter().map(|source| source.size).sum()));
        if !sources.is_empty() {
            self.ingest.mark(self.hand)?;
        }
        let mut rest = sources.as_slice();
        while !rest.is_empty() && !self.ingest.stop.load(Ordering::Relaxed) {
            let (group, later) = rest.split_at(group_size(rest));
            rest = later;
            let outcomes = self.keep_group(group);
            self.hand.settle().map_err(|source| self.at_house(source))?;
            for (source, outcome) in group.iter().zip(outcomes) {
                match outcome {
                    None | Some(Err(KeepError::Stopped)) => {}
                    Some(Ok(outcome)) => self.note(source, outcome)?,
                    Some(Err(KeepError::Source(passed))) => self.report.passed_over.push(passed),
                    Some(Err(KeepError::House(path, source))) => return Err(IngestError::House { path, source }),
                }
            }
        }
        Ok(())
    }

    fn at_house(&self, source: io::Error) -> IngestError {
        IngestError::House { path: self.ingest.house.root().to_owned(), source }
    }

    /// Takes a log from a pipe into a file of which a copy can be made. It is known by its
    /// content, so that the same log is not kept twice.
    fn spool(&self, pipe: &mut dyn Read) -> Result<Source, IngestError> {
        let path = self.ingest.house.incoming().join(format!("stdin.{SPOOL}"));
        let mut hash = blake3::Hasher::new();
        let mut size = 0;
        let copied = self.hand.spool(&path, |out| {
            let mut chunk = vec![0; 256 * 1024];
            loop {
                match pipe.read(&mut chunk) {
                    Ok(0) => return Ok(()),
                    Ok(read) => {
                        hash.update(&chunk[..read]);
                        size += read as u64;
                        out.write_all(&chunk[..read])?;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        });
        copied.map_err(|source| IngestError::House { path: path.clone(), source })?;
        Ok(Source { path, name: format!("stdin/{}.jsonl", &hash.finalize().to_hex()[..16]), size })
    }

    /// Keeps a group of sources in parallel.
    fn keep_group(&self, group: &[Source]) -> Outcomes {
        let Ingest { house, settings, now, stop, progress, .. } = *self.ingest;
        let removed = self.entries.removed();
        let keeper = Keeper { house, layout: &settings.layout, hand: self.hand, now, removed: &removed, stop };
        let outcomes: Vec<Mutex<Option<Result<Outcome, KeepError>>>> = group.iter().map(|_| Mutex::new(None)).collect();
        let next = AtomicUsize::new(0);
        let full = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..self.ingest.settings.intake.threads().min(group.len()) {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) && !full.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(source) = group.get(index) else { return };
                        let outcome = keeper.keep(&source.path, &source.name, self.entries.last(&source.name));
                        if matches!(outcome, Err(KeepError::House(..))) {
                            full.store(true, Ordering::Relaxed);
                        }
                        progress(Step::Copied(source.size));
                        if let Ok(mut place) = outcomes[index].lock() {
                            *place = Some(outcome);
                        }
                    }
                });
            }
        });
        outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or(None)).collect()
    }

    fn note(&mut self, source: &Source, outcome: Outcome) -> Result<(), IngestError> {
        match outcome {
            Outcome::Unchanged => {}
            Outcome::PutAway(stat) => {
                self.report.put_away += 1;
                self.unknown.push((source.name.clone(), stat));
            }
            Outcome::Unknown(stat) => {
                if stat.size == 0 {
                    let reason = "it is empty".to_owned();
                    self.report.passed_over.push(PassedOver { path: source.path.clone(), reason, is_loss: false });
                } else if is_log_name(&source.name) {
                    self.report.unknown.push(source.path.clone());
                }
                self.unknown.push((source.name.clone(), stat));
            }
            Outcome::Kept { update, plan, copied, renamed_from } => {
                if let Some(from) = renamed_from {
                    let to = self.ingest.house.resolve(&update.path);
                    self.hand.rename(&from, &to).map_err(|source| IngestError::House { path: to, source })?;
                }
                self.report.bytes_copied += copied;
                match plan {
                    CopyPlan::First => self.report.files_new += 1,
                    CopyPlan::NewPart => self.report.files_rewritten += 1,
                    CopyPlan::Tail(_) => self.report.files_grown += 1,
                    CopyPlan::Leave | CopyPlan::Note => {}
                }
                let before = self.entries.last(&source.name).filter(|row| row.part == update.part).map(|row| row.id);
                self.entries.note(*update, before);
            }
        }
        Ok(())
    }
}

/// How many sources are kept before the disk is waited for.
fn group_size(sources: &[Source]) -> usize {
    let mut bytes = 0;
    let fits = |source: &&Source| {
        bytes += source.size;
        bytes <= SETTLE_BYTES
    };
    sources.iter().take(SETTLE_FILES).take_while(fits).count().max(1)
}

/// Files whose name says that they are logs; others are not worth a word.
fn is_log_name(source: &str) -> bool {
    let name = source.strip_suffix(".zst").or_else(|| source.strip_suffix(".gz")).unwrap_or(source);
    [".jsonl", ".ndjson", ".log"].into_iter().any(|ending| name.ends_with(ending))
}
