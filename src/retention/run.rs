//! One run of retention: what is unfinished, what is due, what is announced.

use super::apply::{Advance, Applied, Carrier};
use super::fault::{RetentionError, at};
use super::inventory::{Inventory, take_inventory};
use super::journal::Journal;
use super::plan::{ANNOUNCED_DAYS, Calendar, Plan, Stay, plan};
use super::recover::recover;
use crate::disk::{Disk, open_unlinked};
use crate::event::Millis;
use crate::layout::House;
use crate::settings::Settings;
use crate::store::{DurableHand, Reader, What, Writer};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Read;
use std::sync::atomic::AtomicBool;
use xxhash_rust::xxh3::xxh3_64;

/// The first removal, as every command announces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The version of this.
    pub format: u32,
    /// When it was announced.
    pub at: Millis,
    /// When it may happen.
    pub until: Millis,
    /// Logs that it removes.
    pub logs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// XXH3 of all that, in hex, so that a changed one is none.
    pub sum: String,
}

impl Announcement {
    fn new(at: Millis, logs: u64, bytes: u64) -> Announcement {
        let until = ANNOUNCED_DAYS.reached_at(at).unwrap_or(Millis::MAX);
        let announcement = Announcement { format: 1, at, until, logs, bytes, sum: String::new() };
        Announcement { sum: announcement.expected_sum(), ..announcement }
    }

    fn expected_sum(&self) -> String {
        let text = serde_json::to_vec(&Announcement { sum: String::new(), ..self.clone() }).unwrap_or_default();
        format!("{:016x}", xxh3_64(&text))
    }

    /// What a house announces, if anything.
    pub fn of(house: &House) -> Option<Announcement> {
        let mut text = Vec::new();
        open_unlinked(&house.announcement()).ok()?.take(LONGEST_ANNOUNCEMENT).read_to_end(&mut text).ok()?;
        let found: Announcement = serde_json::from_slice(&text).ok()?;
        (found.sum == found.expected_sum()).then_some(found)
    }
}

/// More bytes than an announcement has.
const LONGEST_ANNOUNCEMENT: u64 = 4096;

/// What a run did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What it found.
    pub inventory: Inventory,
    /// What it decided.
    pub plan: Plan,
    /// What it did.
    pub applied: Applied,
    /// What was wrong with the ledger, if it had to be rebuilt.
    pub rebuilt: Option<String>,
    /// What is announced from now on.
    pub announced: Option<Announcement>,
}

impl Outcome {
    /// Whether there is anything to say.
    pub fn has_news(&self) -> bool {
        let Applied { archived, removed, purged, passed_over, interrupted } = &self.applied;
        let moved = archived.0 + removed.0 + purged.0 > 0;
        moved || *interrupted || !passed_over.is_empty() || self.rebuilt.is_some() || self.announced.is_some()
    }
}

/// Retention in a house. The caller of all but `preview` holds the house's lock.
#[derive(Clone, Copy)]
pub struct Retention<'a> {
    /// The house.
    pub house: &'a House,
    /// Its settings.
    pub settings: &'a Settings,
    /// The disk.
    pub disk: &'a dyn Disk,
    /// The time of the run.
    pub now: Millis,
    /// Threads that pack.
    pub workers: usize,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Advance) + Sync),
}

/// Whether the daily run is due: once on each day by UTC.
pub fn is_due_today(retained: Millis, now: Millis) -> bool {
    let day = |time: Millis| time.div_euclid(super::policy::DAY);
    day(retained) != day(now)
}

impl<'a> Retention<'a> {
    /// What would be done now.
    pub fn preview(&self, reader: &Reader) -> Result<(Inventory, Plan), RetentionError> {
        let policy = &self.settings.retention;
        let inventory = take_inventory(&self.settings.layout, policy, reader, self.now)?;
        // The settings were read, so that every glob is one.
        let rules = policy.rules().map_err(|(glob, why)| RetentionError::Policy { glob, why })?;
        let plan = plan(&inventory.items, &rules, inventory.calendar, self.now);
        Ok((inventory, plan))
    }

    /// Takes up what a dead run left, if there is anything.
    pub fn attend(&self, hand: &DurableHand<'_>, writer: &mut Writer) -> Result<Option<String>, RetentionError> {
        let rebuilt = self.take_up(hand, writer)?;
        // Of what a dead run forgot, the file of the database may hold traces.
        writer.compact()?;
        Ok(rebuilt)
    }

    fn take_up(&self, hand: &DurableHand<'_>, writer: &mut Writer) -> Result<Option<String>, RetentionError> {
        let incoming = self.house.incoming();
        hand.clear_litter(&incoming).map_err(at(&incoming))?;
        let known = writer.number("ledger")?;
        let length = fs::metadata(self.house.ledger()).map_or(0, |found| found.len());
        let is_lost = length == 0 && fs::read_dir(self.house.receipts()).is_ok_and(|mut left| left.next().is_some());
        if i64::try_from(length) == Ok(known) && writer.number("open")? == 0 && !is_lost {
            return Ok(None);
        }
        let (mut journal, rebuilt) = Journal::open(self.house, hand, writer, self.now)?;
        recover(self.house, hand, &mut journal, writer, self.now)?;
        Ok(rebuilt)
    }

    /// Does what is due. Where `expected` names a plan, only if that is still what would be done.
    pub fn run(&self, writer: &mut Writer, expected: Option<&str>) -> Result<Outcome, RetentionError> {
        let hand = DurableHand::new(self.disk);
        let rebuilt = self.attend(&hand, writer)?;
        let reader = Reader::open(&self.house.database())?;
        let (inventory, plan) = self.preview(&reader)?;
        drop(reader);
        let found = plan.id(&inventory.items).to_string();
        if let Some(asked) = expected.filter(|asked| *asked != found) {
            return Err(RetentionError::Stale { asked: asked.to_owned(), found });
        }
        let mut outcome = Outcome { rebuilt, ..Outcome::default() };
        if !plan.moves.is_empty() || plan.announces.is_some() {
            // Whoever changes evidence has read the whole ledger and found it sound.
            let (mut journal, damaged) = Journal::open(self.house, &hand, writer, self.now)?;
            if let Some(why) = damaged {
                outcome.rebuilt = Some(why);
                return Ok(Outcome { inventory, ..outcome });
            }
            if let Some((logs, bytes)) = plan.announces {
                outcome.announced = Some(self.announce(&hand, &mut journal, writer, logs, bytes)?);
            }
            outcome.applied = self.carrier(&hand).apply(&plan, &inventory, &mut journal, writer)?;
            if !outcome.applied.interrupted {
                journal.append(&hand, writer, self.now, vec![What::Retained { cleanup: plan.is_cleanup }])?;
            }
        }
        if !outcome.applied.interrupted {
            writer.write(|group| {
                group.fact("retained", self.now)?;
                if plan.is_cleanup { group.fact("cleaned", self.now) } else { Ok(()) }
            })?;
        }
        self.announce_again(inventory.calendar, &plan)?;
        if Announcement::of(self.house).is_some_and(|announced| announced.until <= self.now) {
            let path = self.house.announcement();
            hand.remove_all(std::slice::from_ref(&path)).map_err(at(&path))?;
        }
        Ok(Outcome { inventory, plan, ..outcome })
    }

    /// Who carries plans out.
    pub fn carrier<'h>(&'h self, hand: &'h DurableHand<'h>) -> Carrier<'h> {
        Carrier {
            house: self.house,
            layout: &self.settings.layout,
            hand,
            now: self.now,
            workers: self.workers,
            stop: self.stop,
            progress: self.progress,
        }
    }

    fn announce(
        &self,
        hand: &DurableHand<'_>,
        journal: &mut Journal,
        writer: &mut Writer,
        logs: u64,
        bytes: u64,
    ) -> Result<Announcement, RetentionError> {
        let announcement = Announcement::new(self.now, logs, bytes);
        self.write_announcement(&announcement)?;
        journal.append(hand, writer, self.now, vec![What::Announced { logs, bytes }])?;
        Ok(announcement)
    }

    /// Announces again what is still to be announced, if somebody took the announcement away or changed it.
    fn announce_again(&self, calendar: Calendar, plan: &Plan) -> Result<(), RetentionError> {
        let (Some(since), Some((logs, bytes))) = (calendar.announced, plan.stays.get(&Stay::Announced)) else {
            return Ok(());
        };
        if Announcement::of(self.house).is_some_and(|found| found.at == since) {
            return Ok(());
        }
        self.write_announcement(&Announcement::new(since, *logs, *bytes))
    }

    fn write_announcement(&self, announcement: &Announcement) -> Result<(), RetentionError> {
        let path = self.house.announcement();
        let text = serde_json::to_vec(announcement).unwrap_or_default();
        self.disk.replace(&path, &text).map_err(at(&path))
    }
}
