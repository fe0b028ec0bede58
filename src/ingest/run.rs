//! One ingest from end to end.

use super::IngestError;
use super::entries::Entries;
use super::gather::Gather;
use super::jobs::{Families, plan_jobs};
use super::report::{Report, Step};
use super::understand::{Judges, Workshop};
use crate::disk::Disk;
use crate::event::Millis;
use crate::intake::{Discovery, Place, READERS, discover};
use crate::layout::House;
use crate::settings::Settings;
use crate::store::{DurableHand, Reader, Writer};
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// How much is understood anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What changed.
    Changes,
    /// Everything whose raw log is kept.
    Everything,
}

/// An ingest, ready to run. The caller holds the house's lock.
#[derive(Clone, Copy)]
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

fn at(path: PathBuf) -> impl FnOnce(io::Error) -> IngestError {
    move |source| IngestError::House { path, source }
}

/// Creates the folders of a house, where they are missing; the lock lies in one of them.
pub fn create_folders(house: &House, settings: &Settings, disk: &dyn Disk) -> Result<(), IngestError> {
    let mut folders: Vec<PathBuf> = settings.layout.folders().iter().map(|folder| house.resolve(folder)).collect();
    folders.extend([house.incoming(), house.plugin_cache()]);
    DurableHand::new(disk).create_folders(&folders).map_err(at(house.root().to_owned()))
}

/// Creates what a house consists of, where it is missing. The caller holds its lock.
pub fn open_house(house: &House, settings: &Settings, disk: &dyn Disk) -> Result<(), IngestError> {
    create_folders(house, settings, disk)?;
    let path = house.settings();
    if !path.exists() {
        disk.replace(&path, Settings::template().as_bytes()).map_err(at(path))?;
    }
    Ok(())
}

impl Ingest<'_> {
    /// Brings in what the places hold. `stdin` is a log that comes through a pipe.
    pub fn run(&self, places: &[Place], stdin: Option<&mut dyn Read>, mode: Mode) -> Result<Report, IngestError> {
        let hand = DurableHand::new(self.disk);
        let mut writer = Writer::open(&self.house.database())?;
        let reader = Reader::open(&self.house.database())?;
        let unfinished = self.house.unfinished();
        let died = unfinished.exists();
        let entries = Entries::new(reader.files()?);
        let is_new = entries.rows().is_empty();
        let mut gather = Gather { ingest: self, hand: &hand, entries, report: Report::default(), unknown: Vec::new() };
        if died || is_new || mode == Mode::Everything {
            gather.take_over()?;
        }
        let Discovery { files, passed_over } = self.discover(places)?;
        gather.report.files_seen = files.len() as u64;
        gather.report.passed_over = passed_over;
        let passed_over = match mode {
            Mode::Changes => reader.passed_over(READERS)?,
            Mode::Everything => HashMap::new(),
        };
        let kept = thread::scope(|scope| {
            if is_new && !files.is_empty() {
                // The disk is what the first copies wait for. A fault will be met again by whoever judges.
                scope.spawn(|| drop((self.judges.load)()));
            }
            gather.keep(files, stdin, &passed_over)
        });
        let Gather { entries, mut report, unknown, .. } = gather;
        if !self.stop.load(Ordering::Relaxed) {
            let known = Families { judged: reader.provenances()?, quarantined: reader.quarantined()? };
            drop(reader);
            let jobs = plan_jobs(&entries, &known, self.judges, mode);
            if !jobs.is_empty() {
                self.mark(&hand)?;
            }
            Workshop { ingest: self, mode }.run(jobs, &mut writer, &mut report)?;
        }
        // A house that could not be written to is told after what was kept is understood.
        kept?;
        writer.write(|group| {
            unknown.iter().try_for_each(|(name, stat)| group.passed_over(name, *stat, READERS))?;
            group.fact("last_ingest", self.now)
        })?;
        writer.finish()?;
        report.interrupted = self.stop.load(Ordering::Relaxed);
        if !report.interrupted && unfinished.exists() {
            self.clear_litter(&hand)?;
            hand.unmark(&unfinished).map_err(at(unfinished))?;
        }
        Ok(report)
    }

    /// Finds what would be looked at, without changing anything.
    pub fn discover(&self, places: &[Place]) -> Result<Discovery, IngestError> {
        Ok(discover(places, &exclusions(self.settings, self.house)?))
    }

    /// Notes that the house is being changed.
    pub(super) fn mark(&self, hand: &DurableHand<'_>) -> Result<(), IngestError> {
        let unfinished = self.house.unfinished();
        hand.mark(&unfinished).map_err(at(unfinished))
    }

    /// Removes half-written copies.
    pub(super) fn clear_litter(&self, hand: &DurableHand<'_>) -> Result<(), IngestError> {
        let incoming = self.house.incoming();
        hand.clear_litter(&incoming).map_err(at(incoming))
    }

    /// How many threads read.
    pub(super) fn workers(&self) -> usize {
        match self.settings.intake.workers {
            0 => thread::available_parallelism().map_or(1, usize::from),
            workers => workers.min(64),
        }
    }
}

/// What the settings exclude; a house never reads itself.
fn exclusions(settings: &Settings, house: &House) -> Result<GlobSet, IngestError> {
    let exclude = &settings.exclude;
    let projects = exclude.projects.iter().map(|name| format!("**/projects/{name}"));
    let own = std::fs::canonicalize(house.root()).ok().map(|root| globset::escape(&root.to_string_lossy()));
    let mut set = GlobSetBuilder::new();
    for pattern in exclude.paths.iter().cloned().chain(projects).chain(own) {
        match Glob::new(&pattern) {
            Ok(glob) => set.add(glob),
            Err(error) => return Err(IngestError::Pattern { message: error.kind().to_string(), pattern }),
        };
    }
    set.build().map_err(|error| IngestError::Pattern { pattern: "paths".to_owned(), message: error.to_string() })
}
