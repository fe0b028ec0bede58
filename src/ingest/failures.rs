//! Who fails too often in a run.

use super::judges::{Judges, Player};
use crate::pipeline::{Derived, Judged};
use crate::plugin::{FaultKind, Limits, Provenance};
use crate::store::Suspension;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts, over all workers, the records on which plugins fail, and says who failed too often.
///
/// Whether a plugin is suspended depends on the sum over all families alone, not on which of them comes first: what it
/// found in the run does not count then, for its families are understood anew without it.
pub struct Failures<'a> {
    judges: &'a Judges<'a>,
    limits: &'a Limits,
    counts: Mutex<BTreeMap<Player, Failed>>,
}

/// What is known of a plugin that failed.
struct Failed {
    by: Provenance,
    records: u64,
    /// Why no further failure is needed: it remembers what it saw.
    at_once: Option<String>,
}

impl<'a> Failures<'a> {
    /// Starts a run.
    pub fn new(judges: &'a Judges<'a>, limits: &'a Limits) -> Failures<'a> {
        Failures { judges, limits, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Player, Failed>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the failures in a family.
    pub fn count(&self, derived: &Derived) {
        for failure in &derived.failures {
            let is_its = |row: &&Judged| row.role == failure.role && row.slot == failure.slot;
            let Some(Judged { provenance: by, role, .. }) = derived.judged.iter().find(is_its) else { continue };
            let is_player = |player: &&Player| player.role == *role && player.is(by);
            let Some(player) = self.judges.players.iter().find(is_player) else { continue };
            let mut counts = self.counts();
            let failed =
                counts.entry(player.clone()).or_insert_with(|| Failed { by: by.clone(), records: 0, at_once: None });
            failed.records += 1;
            if failure.kind == FaultKind::Stateful {
                failed.at_once = Some(failure.message.clone());
            }
        }
    }

    /// Those who failed too often.
    pub fn suspended(&self) -> Vec<Player> {
        let counts = self.counts();
        let is_out = |failed: &Failed| self.reason(failed).is_some();
        counts.iter().filter(|(_, failed)| is_out(failed)).map(|(player, _)| player.clone()).collect()
    }

    /// The same, to be written down.
    pub fn suspensions(&self, now: i64) -> Vec<(Player, Suspension)> {
        let counts = self.counts();
        let suspension = |(player, failed): (&Player, &Failed)| {
            let reason = self.reason(failed)?;
            let Failed { by, .. } = failed;
            let suspension = Suspension {
                content_hash: by.content_hash.clone(),
                settings_hash: by.settings_hash.clone(),
                host_version: by.host_version.clone(),
                limits: self.judges.limits.to_owned(),
                plugin: by.plugin.clone(),
                version: by.version.clone(),
                reason,
                at: now,
            };
            Some((player.clone(), suspension))
        };
        counts.iter().filter_map(suspension).collect()
    }

    /// Why a plugin is suspended. How many records there were beyond the limit depends on who came first, and is not
    /// told.
    fn reason(&self, failed: &Failed) -> Option<String> {
        let enough = failed.records.min(u64::from(self.limits.failures) + 1);
        let too_often = || self.limits.failed_too_often(&failed.by, enough).map(|fault| fault.message);
        failed.at_once.clone().or_else(too_often)
    }
}
