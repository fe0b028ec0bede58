//! What an ingest did.

use crate::intake::PassedOver;
use crate::intake::formats::Reason;
use crate::learning::Learned;
use crate::plugin::Notes;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What became of a plugin that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failing {
    /// Its own name.
    pub plugin: String,
    /// Records on which it failed.
    pub records: u64,
    /// The first of them in the order of ids: the event, and why.
    pub first: Option<(u64, String)>,
}

/// What an ingest did, for whoever shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files that were looked at.
    pub files_seen: u64,
    /// Files of which nothing was kept before.
    pub files_new: u64,
    /// Files that had grown.
    pub files_grown: u64,
    /// Files that had been rewritten or cut; both copies are kept.
    pub files_rewritten: u64,
    /// Files that were not brought in, since the same bytes were removed before.
    pub put_away: u64,
    /// Bytes that were copied.
    pub bytes_copied: u64,
    /// Bytes that were read to understand them.
    pub bytes_read: u64,
    /// Families that were understood anew.
    pub families: u64,
    /// Families whose files were not read again, since only what is said of their errors or events changed.
    pub reconsidered: u64,
    /// Distinct events in the families that were understood.
    pub events: u64,
    /// Sessions in them.
    pub sessions: u64,
    /// Files and folders that were not read, and why.
    pub passed_over: Vec<PassedOver>,
    /// Files of no known format that were seen for the first time.
    pub unknown: Vec<PathBuf>,
    /// Records that were newly passed over, or read in part, by reason.
    pub quarantined: BTreeMap<Reason, u64>,
    /// Records that end too early, as those of a file do that is being written.
    pub torn_tails: u64,
    /// Events that no classifier judged.
    pub unjudged: u64,
    /// Plugins that failed, by name and version.
    pub failing: BTreeMap<String, Failing>,
    /// Instructions that each plugin used, by name and version.
    pub fuel: BTreeMap<String, u64>,
    /// Notes that plugins left, by name and version.
    pub notes: BTreeMap<String, Notes>,
    /// Those of them that failed too often, and are not asked any more.
    pub suspended: Vec<String>,
    /// Plugins that could not be started, and were left out of this run: why.
    pub refused: Vec<String>,
    /// Critical errors that were newly written down for ever, and those that wait for the next run.
    pub critical: (u64, u64),
    /// Kept files that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// What was wrong with the retention ledger, if it had to be rebuilt.
    pub rebuilt: Option<String>,
    /// What was learned from it.
    pub learned: Learned,
    /// Whether somebody stopped it before the end.
    pub interrupted: bool,
}

impl Report {
    /// Whether data was newly passed over, so that the exit code has to tell.
    pub fn has_losses(&self) -> bool {
        self.passed_over.iter().any(|passed| passed.is_loss) || !self.unknown.is_empty() || !self.quarantined.is_empty()
    }

    /// Whether a plugin failed, so that the exit code has to tell.
    pub fn has_failures(&self) -> bool {
        self.unjudged > 0 || !self.failing.is_empty() || !self.refused.is_empty()
    }

    /// Forgets what was understood, since it is understood anew; who was suspended meanwhile is remembered.
    pub(super) fn begin_again(&mut self) {
        self.failing.retain(|plugin, _| self.suspended.contains(plugin));
        self.notes.clear();
        self.fuel.retain(|plugin, _| self.suspended.contains(plugin));
        let kept = Report {
            families: 0,
            events: 0,
            sessions: 0,
            bytes_read: 0,
            unjudged: 0,
            torn_tails: 0,
            quarantined: BTreeMap::new(),
            ..std::mem::take(self)
        };
        *self = kept;
    }

    /// Whether nothing was there to do.
    pub fn changed_nothing(&self) -> bool {
        self.files_new + self.files_grown + self.files_rewritten + self.families + self.reconsidered == 0
    }
}

/// How far an ingest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes will be copied.
    ToCopy(u64),
    /// So many more bytes were copied.
    Copied(u64),
    /// So many bytes will be read.
    ToRead(u64),
    /// So many more bytes were understood.
    Read(u64),
}
