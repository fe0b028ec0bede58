//! Understands families in parallel and writes them, one writer, whole families.

use super::IngestError;
use super::errors::{ErrorBook, Lines};
use super::failures::Failures;
use super::jobs::Job;
use super::judges::{Player, Ready, Suspended};
use super::report::{Report, Step};
use super::run::{Ingest, Mode};
use crate::intake::formats::Reason;
use crate::pipeline::{Derived, ErrorRecord, FamilyError, FamilyFile, Pipeline, Stage};
use crate::plugin::{Fault, Notes};
use crate::store::{By, FileRow, Group, Kept, Reader, Stamps, StoreError, Suspension, Words, Writer};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Notes of a plugin that are kept of one run; a guess.
const NOTES: u32 = 32;

/// Rows after which a transaction is closed.
const GROUP_ROWS: usize = 200_000;

/// What a worker hands to the writer; a fault if it could not even start.
type Understood<'j> = Result<(&'j Job, Result<Derived, Trouble>), Fault>;

/// Why a family could not be understood.
enum Trouble {
    /// One of its files could not be read.
    Family(FamilyError),
    /// What was known of it could not.
    Store(StoreError),
}

/// Error records of a family that are written at the end of a run, when nobody can be suspended in it any more.
pub struct Deferred {
    /// The family.
    pub family: u64,
    /// Its files.
    pub files: Vec<FileRow>,
    /// The records.
    pub records: Vec<ErrorRecord>,
}

/// What came of a run over families.
pub struct Outcome {
    /// Plugins that failed too often: what they found is to be understood anew without them.
    pub failed: Vec<(Player, Suspension)>,
    /// What is to be written if there are none.
    pub deferred: Vec<Deferred>,
}

/// What all workers share.
pub struct Workshop<'a> {
    pub ingest: &'a Ingest<'a>,
    /// Whether it is proven that kept files are what was kept.
    pub mode: Mode,
    /// Plugins that are not asked.
    pub suspended: &'a Suspended,
    /// By what the families will be known.
    pub stamps: Stamps,
}

impl Workshop<'_> {
    /// Understands the families, the largest first, and writes them as they come.
    pub fn run(
        &self,
        mut jobs: Vec<Job>,
        writer: &mut Writer,
        book: &mut ErrorBook<'_>,
        report: &mut Report,
    ) -> Result<Outcome, IngestError> {
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.bytes()), job.family));
        (self.ingest.progress)(Step::ToRead(jobs.iter().map(Job::bytes).sum()));
        let judges = self.ingest.judges;
        let failures = Failures::new(judges, &self.ingest.settings.plugin.limits);
        let workers = self.ingest.settings.intake.threads();
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let (send, receive) = sync_channel(workers);
        let deferred = thread::scope(|scope| {
            for _ in 0..workers.min(jobs.len()) {
                let send = send.clone();
                let (jobs, next, failed, failures) = (&jobs, &next, &failed, &failures);
                scope.spawn(move || {
                    let Ready { seats, .. } = match (judges.load)() {
                        Ok(ready) => ready,
                        Err(fault) => return drop(send.send(Err(fault))),
                    };
                    // One failure more than is allowed is enough.
                    let mut pipeline = Pipeline::new(seats, judges.failures.saturating_add(1));
                    pipeline.suspend(&|who| self.suspended.iter().any(|player| player.is(who)));
                    let mut memory = None;
                    while !self.ingest.stop.load(Ordering::Relaxed) && !failed.load(Ordering::Relaxed) {
                        let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let too_often = failures.suspended();
                        pipeline.suspend(&|who| too_often.iter().any(|player| player.is(who)));
                        let derived = self.understand(job, &mut pipeline, &mut memory);
                        if let Ok(derived) = &derived {
                            failures.count(derived);
                        }
                        (self.ingest.progress)(Step::Read(job.bytes()));
                        if send.send(Ok((job, derived))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let written = self.write(&receive, writer, book, report);
            failed.store(written.is_err(), Ordering::Relaxed);
            // Workers that wait to hand something over must not wait for ever.
            drop(receive);
            written
        })?;
        Ok(Outcome { failed: failures.suspensions(self.ingest.now), deferred })
    }

    fn understand(
        &self,
        job: &Job,
        pipeline: &mut Pipeline,
        memory: &mut Option<(Reader, Words)>,
    ) -> Result<Derived, Trouble> {
        let ingest = self.ingest;
        let max_line = ingest.settings.intake.max_line;
        let files: Vec<FamilyFile<'_>> = job.files.iter().map(|file| file.in_family(max_line)).collect();
        let logs = Kept { house: ingest.house, files: &job.files, proven: self.mode == Mode::Everything };
        if job.stage == Stage::Read {
            return pipeline.understand(&files, &logs).map_err(Trouble::Family);
        }
        let (reader, words) = match memory {
            Some(open) => open,
            None => {
                let reader = Reader::open(&ingest.house.database()).map_err(Trouble::Store)?;
                let words = reader.words().map_err(Trouble::Store)?;
                memory.insert((reader, words))
            }
        };
        let mut derived = reader.derived(job.family, &job.files, words).map_err(Trouble::Store)?;
        pipeline.understand_from(job.stage, &mut derived, &files, &logs);
        Ok(derived)
    }

    fn write(
        &self,
        receive: &Receiver<Understood<'_>>,
        writer: &mut Writer,
        book: &mut ErrorBook<'_>,
        report: &mut Report,
    ) -> Result<Vec<Deferred>, IngestError> {
        let defers = self.ingest.judges.may_take_back;
        // A run that dies before the records are written leaves families that the next one diagnoses.
        let stamps = if defers { Stamps { extractors: 0, ..self.stamps } } else { self.stamps };
        let by = By { stamps, limits: self.ingest.judges.limits, now: self.ingest.now };
        let mut deferred = Vec::new();
        let mut open = true;
        while open {
            let Ok(first) = receive.recv() else { break };
            let mut pending = Some(first);
            writer.write(|group| {
                let mut lines = Lines::default();
                let mut rows = 0;
                while rows < GROUP_ROWS {
                    let message = match pending.take() {
                        Some(message) => message,
                        None => match receive.recv() {
                            Ok(message) => message,
                            Err(_) => {
                                open = false;
                                break;
                            }
                        },
                    };
                    let (job, derived) = message.map_err(IngestError::Plugin)?;
                    match derived {
                        Ok(derived) => {
                            rows += derived.events.len() + 100;
                            write_family(group, job, &derived, &by)?;
                            account(report, job, &derived);
                            if defers {
                                let (files, records) = (job.files.clone(), derived.records);
                                deferred.push(Deferred { family: job.family, files, records });
                            } else {
                                book.write(&derived.records, &job.files, &mut lines);
                            }
                        }
                        Err(Trouble::Family(error)) => {
                            let file = &job.files[error.file];
                            report.unreadable.push((file.path.clone(), error.source.source.to_string()));
                        }
                        Err(Trouble::Store(error)) => return Err(error.into()),
                    }
                }
                // What the rows name is safe before they are.
                let changes = book.settle(lines)?;
                Ok::<(), IngestError>(book.note(&changes, group)?)
            })?;
        }
        Ok(deferred)
    }
}

fn write_family(group: &mut Group<'_>, job: &Job, derived: &Derived, by: &By<'_>) -> Result<(), StoreError> {
    let files: Vec<(u64, &str)> = job.files.iter().map(|file| (file.id, file.agent.as_str())).collect();
    if job.stage > Stage::Read {
        return group.findings_from(job.stage, job.family, &files, derived, by);
    }
    for gone in &job.gone {
        group.remove_family(*gone)?;
    }
    for replaced in &job.replaced {
        group.remove_file(*replaced)?;
    }
    for file in &job.changed {
        group.bring_again(file.id)?;
        group.file(file)?;
    }
    group.family(job.family, &files, derived, by)
}

fn account(report: &mut Report, job: &Job, derived: &Derived) {
    for row in &derived.judged {
        let name = format!("{} {}", row.provenance.plugin, row.provenance.version);
        let failures = derived.failures.iter().filter(|failure| (failure.role, failure.slot) == (row.role, row.slot));
        for failure in failures {
            let failing = report.failing.entry(name.clone()).or_default();
            failing.plugin.clone_from(&row.provenance.plugin);
            failing.records += 1;
            let first = (failure.event, failure.message.clone());
            failing.first = failing.first.take().map_or(Some(first.clone()), |held| Some(held.min(first)));
        }
        if row.notes != Notes::default() {
            report.notes.entry(name.clone()).or_default().add(row.notes.clone(), NOTES);
        }
        // What a failing plugin costs counts everywhere, not only where it fails.
        *report.fuel.entry(name).or_default() += row.fuel;
    }
    if job.stage > Stage::Read {
        report.reconsidered += 1;
        return;
    }
    report.families += 1;
    report.events += derived.events.len() as u64;
    report.sessions += derived.sessions.len() as u64;
    report.bytes_read += job.bytes();
    let mut reasons: HashMap<Reason, u64> = HashMap::new();
    for row in &derived.quarantine {
        *reasons.entry(row.reason).or_default() += row.records;
    }
    for (reason, count) in reasons {
        if reason.is_ordinary() {
            report.torn_tails += count;
            continue;
        }
        let before = job.quarantined_before.get(reason.name()).copied().unwrap_or_default();
        if count > before {
            *report.quarantined.entry(reason).or_default() += count - before;
        }
    }
    report.unjudged += derived.unjudged;
}
