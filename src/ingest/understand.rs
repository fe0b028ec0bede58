//! Understands families in parallel and writes them, one writer, whole families.

use super::IngestError;
use super::jobs::Job;
use super::report::{Report, Step};
use super::run::{Ingest, Mode};
use crate::intake::formats::Reason;
use crate::pipeline::{Derived, FamilyError, FamilyFile, Pipeline};
use crate::plugin::{Classifier, Fault, Provenance};
use crate::store::{StoreError, Writer, open_plain, open_proven, reading};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

/// Rows after which a transaction is closed.
const GROUP_ROWS: usize = 200_000;

/// What a worker hands to the writer; a fault if it could not even start.
type Understood<'j> = Result<(&'j Job, Result<Derived, FamilyError>), Fault>;

/// Starts a classifier for one worker.
pub type LoadClassifier<'a> = dyn Fn() -> Result<Box<dyn Classifier>, Fault> + Sync + 'a;

/// Who judges.
pub struct Judges<'a> {
    /// Content hash, settings hash and host version, by which families that others judged are known.
    pub provenance: Provenance,
    /// Starts one.
    pub load: &'a LoadClassifier<'a>,
}

impl Judges<'_> {
    /// Whether a family that `by` judged would be judged the same now.
    pub fn agree_with(&self, by: Option<&Provenance>) -> bool {
        by.is_some_and(|by| {
            by.content_hash == self.provenance.content_hash
                && by.settings_hash == self.provenance.settings_hash
                && by.host_version == self.provenance.host_version
        })
    }
}

/// What all workers share.
pub struct Workshop<'a> {
    pub ingest: &'a Ingest<'a>,
    /// Whether it is proven that kept files are what was kept.
    pub mode: Mode,
}

impl Workshop<'_> {
    /// Understands the families, the largest first, and writes them as they come.
    pub fn run(&self, mut jobs: Vec<Job>, writer: &mut Writer, report: &mut Report) -> Result<(), IngestError> {
        jobs.sort_by_key(|job| (std::cmp::Reverse(job.bytes()), job.family));
        (self.ingest.progress)(Step::ToRead(jobs.iter().map(Job::bytes).sum()));
        let workers = self.ingest.workers();
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let (send, receive) = sync_channel(workers);
        thread::scope(|scope| {
            for _ in 0..workers.min(jobs.len()) {
                let send = send.clone();
                let (jobs, next, failed) = (&jobs, &next, &failed);
                scope.spawn(move || {
                    let mut pipeline = match (self.ingest.judges.load)() {
                        Ok(classifier) => Pipeline::new(classifier),
                        Err(fault) => return drop(send.send(Err(fault))),
                    };
                    while !self.ingest.stop.load(Ordering::Relaxed) && !failed.load(Ordering::Relaxed) {
                        let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                        let derived = self.understand(job, &mut pipeline);
                        (self.ingest.progress)(Step::Read(job.bytes()));
                        if send.send(Ok((job, derived))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let written = self.write(&receive, writer, report);
            failed.store(written.is_err(), Ordering::Relaxed);
            // Workers that wait to hand something over must not wait for ever.
            drop(receive);
            written
        })?;
        Ok(())
    }

    fn understand(&self, job: &Job, pipeline: &mut Pipeline) -> Result<Derived, FamilyError> {
        let files: Vec<FamilyFile<'_>> = job
            .files
            .iter()
            .map(|file| FamilyFile {
                id: file.id,
                agent: &file.agent,
                reading: reading(file, self.ingest.settings.intake.max_line),
            })
            .collect();
        let open = if self.mode == Mode::Everything { open_proven } else { open_plain };
        pipeline.understand(&files, |index| open(self.ingest.house, &job.files[index]))
    }

    fn write(
        &self,
        receive: &Receiver<Understood<'_>>,
        writer: &mut Writer,
        report: &mut Report,
    ) -> Result<(), IngestError> {
        let mut plugin_fault = None;
        let mut open = true;
        while open {
            let Ok(first) = receive.recv() else { break };
            let mut pending = Some(first);
            writer.write(|group| {
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
                    let (job, derived) = match message {
                        Ok(understood) => understood,
                        Err(fault) => {
                            plugin_fault = Some(fault);
                            open = false;
                            break;
                        }
                    };
                    match derived {
                        Ok(derived) => {
                            rows += derived.events.len() + 100;
                            for gone in &job.gone {
                                group.remove_family(*gone)?;
                            }
                            for replaced in &job.replaced {
                                group.remove_file(*replaced)?;
                            }
                            for file in &job.changed {
                                group.file(file)?;
                            }
                            let files: Vec<(u64, &str)> =
                                job.files.iter().map(|file| (file.id, file.agent.as_str())).collect();
                            group.family(job.family, &files, &derived)?;
                            account(report, job, &derived);
                        }
                        Err(error) => {
                            let file = &job.files[error.file];
                            report.unreadable.push((file.path.clone(), error.source.source.to_string()));
                        }
                    }
                }
                Ok::<(), StoreError>(())
            })?;
        }
        plugin_fault.map_or(Ok(()), |fault| Err(IngestError::Plugin(fault)))
    }
}

fn account(report: &mut Report, job: &Job, derived: &Derived) {
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
    for failure in &derived.failures {
        report.unjudged += u64::from(failure.events);
        report.plugin_message.get_or_insert_with(|| failure.message.clone());
    }
}
