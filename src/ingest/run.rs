//! One ingest from end to end.

use super::IngestError;
use super::entries::Entries;
use super::errors::{ErrorBook, Lines};
use super::gather::Gather;
use super::jobs::{Families, plan_jobs};
use super::judges::{Judges, Player, Suspended};
use super::report::{Report, Step};
use super::understand::{Outcome, Workshop};
use crate::disk::Disk;
use crate::event::Millis;
use crate::intake::{Discovery, Place, READERS, discover};
use crate::layout::{House, Tier};
use crate::retention::Retention;
use crate::settings::Settings;
use crate::store::{DurableHand, FileRow, Reader, Writer};
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
    /// Whether what was removed is brought in again.
    pub again: bool,
    /// The time of the run.
    pub now: Millis,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Step) + Sync),
}

pub(super) fn at(path: PathBuf) -> impl FnOnce(io::Error) -> IngestError {
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
        let rebuilt = self.retention().attend(&hand, &mut writer)?;
        let reader = Reader::open(&self.house.database())?;
        let unfinished = self.house.unfinished();
        let died = unfinished.exists();
        let mut files = reader.files()?;
        if self.again {
            files.retain(|file| file.tier != Tier::Removed);
        }
        let entries = Entries::new(files);
        // What was removed, and what the ledger tells of a lost database, is not what lies in the house.
        let is_new = !entries.rows().iter().any(|row| row.tier.is_kept()) || reader.fact("last_ingest")? == 0;
        let mut gather = Gather { ingest: self, hand: &hand, entries, report: Report::default(), unknown: Vec::new() };
        if died || is_new || mode == Mode::Everything {
            gather.take_over()?;
        }
        let Discovery { files, passed_over } = self.discover(places)?;
        gather.report.files_seen = files.len() as u64;
        gather.report.passed_over = passed_over;
        let passed_over = match mode {
            Mode::Changes if !self.again => reader.passed_over(READERS)?,
            _ => HashMap::new(),
        };
        let kept = thread::scope(|scope| {
            if is_new && !files.is_empty() {
                // The disk is what the first copies wait for. A fault will be met again by whoever judges.
                scope.spawn(|| drop((self.judges.load)()));
            }
            gather.keep(files, stdin, &passed_over)
        });
        let Gather { entries, mut report, unknown, .. } = gather;
        report.rebuilt = rebuilt;
        // Nothing of what was removed is understood again; only that its source was looked at is noted.
        let put_away: Vec<FileRow> = entries.changed_rows().filter(|row| !row.tier.is_kept()).cloned().collect();
        if !self.stop.load(Ordering::Relaxed) {
            self.understand(entries, mode, &hand, reader, &mut writer, &mut report)?;
        }
        // A house that could not be written to is told after what was kept is understood.
        kept?;
        writer.write(|group| {
            unknown.iter().try_for_each(|(name, stat)| group.passed_over(name, *stat, READERS))?;
            put_away.iter().try_for_each(|row| group.file(row))?;
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

    /// Understands what changed, again where a plugin turned out to fail too often, until all is judged by the same.
    fn understand(
        &self,
        mut entries: Entries,
        mode: Mode,
        hand: &DurableHand<'_>,
        mut reader: Reader,
        writer: &mut Writer,
        report: &mut Report,
    ) -> Result<(), IngestError> {
        let mut suspended = self.suspended(&reader)?;
        let mut mode = mode;
        let layout = &self.settings.layout;
        let is_idle = {
            let stamps = self.judges.stamps(&suspended);
            let known = Families { judged: reader.stamps()?, quarantined: HashMap::new() };
            plan_jobs(&entries, &known, stamps, mode).is_empty()
        };
        if is_idle && reader.fact("critical_waiting")? == 0 && !ErrorBook::differs(self.house, layout, &reader)? {
            return Ok(());
        }
        let (mut book, amendment) = ErrorBook::open(self.house, layout, hand, &reader, self.now)?;
        if amendment.is_needed() {
            writer.write(|group| amendment.apply(group))?;
        }
        loop {
            let before = report.clone();
            report.begin_again();
            let stamps = self.judges.stamps(&suspended);
            let known = Families { judged: reader.stamps()?, quarantined: reader.quarantined()? };
            let jobs = plan_jobs(&entries, &known, stamps, mode);
            if jobs.is_empty() || self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.mark(hand)?;
            let refused = (self.judges.load)().map_err(IngestError::Plugin)?.refused;
            let newly: Vec<_> = refused.into_iter().filter(|(player, _)| !suspended.contains(player)).collect();
            if !newly.is_empty() {
                // What cannot be started today may be mended tomorrow: nothing is written down.
                for (player, fault) in newly {
                    report.refused.push(fault.message);
                    suspended.insert(player);
                }
                continue;
            }
            drop(reader);
            let shop = Workshop { ingest: self, mode, suspended: &suspended, stamps };
            let Outcome { failed, deferred } = shop.run(jobs, writer, &mut book, report)?;
            reader = Reader::open(&self.house.database())?;
            if report.families == 0 && before.families > 0 {
                // Only what is said of errors or events was done again.
                let Report { reconsidered, suspended, refused, failing, fuel, .. } = std::mem::take(report);
                *report = Report { reconsidered, suspended, refused, failing, fuel, ..before };
            }
            if failed.is_empty() {
                let mut lines = Lines::default();
                for family in &deferred {
                    book.write(&family.records, &family.files, &mut lines);
                }
                let changes = book.settle(lines)?;
                writer.write(|group| {
                    book.note(&changes, group)?;
                    deferred.iter().try_for_each(|family| group.diagnosed(family.family, stamps.extractors))
                })?;
                break;
            }
            writer.write(|group| failed.iter().try_for_each(|(_, suspension)| group.suspend(suspension)))?;
            for (player, suspension) in failed {
                report.suspended.push(format!("{} {}", suspension.plugin, suspension.version));
                suspended.insert(player);
            }
            // Everything was brought in by now; only those who judge are others.
            entries = Entries::new(reader.files()?);
            mode = Mode::Changes;
        }
        let for_ever = book.keep_critical(self.judges.critical)?;
        report.critical = (for_ever.kept.len() as u64, for_ever.left);
        writer.write(|group| {
            let mut all = for_ever.kept.iter().chain(&for_ever.found);
            all.try_for_each(|record| group.critical_file(record.id, &record.hash, record.file))?;
            group.fact("critical_waiting", for_ever.left as i64)
        })?;
        Ok(())
    }

    /// The plugins that were suspended in earlier runs, under the same settings and limits.
    fn suspended(&self, reader: &Reader) -> Result<Suspended, IngestError> {
        let before = reader.suspensions()?;
        let is_out = |player: &&Player| {
            before.iter().any(|row| {
                row.content_hash == player.content_hash
                    && row.settings_hash == player.settings_hash
                    && row.host_version == player.host_version
                    && row.limits == self.judges.limits
            })
        };
        Ok(self.judges.players.iter().filter(is_out).cloned().collect())
    }

    /// Retention in the same house, at the same time.
    pub fn retention(&self) -> Retention<'_> {
        Retention {
            house: self.house,
            settings: self.settings,
            disk: self.disk,
            now: self.now,
            workers: self.settings.intake.threads(),
            stop: self.stop,
            progress: &|_| {},
        }
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
