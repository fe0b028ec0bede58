//! Takes up what a dead run left: reads the last state of each log from the ledger, and goes on or goes back.
//!
//! Every step can be repeated: a recovery that dies is recovered from in the same way.

use super::fault::{RetentionError, at};
use super::journal::{Journal, Stage};
use super::pack::{Proof, prove};
use crate::event::{Action, Millis, Sort};
use crate::intake::Compression;
use crate::layout::{House, PACKED};
use crate::store::{DurableHand, Intent, What, Writer, is_there};
use std::path::PathBuf;

/// Finishes or takes back everything that was begun. The caller holds the house's lock.
pub fn recover(
    house: &House,
    hand: &DurableHand<'_>,
    journal: &mut Journal,
    writer: &mut Writer,
    now: Millis,
) -> Result<(), RetentionError> {
    let incoming = house.incoming();
    hand.clear_litter(&incoming).map_err(at(&incoming))?;
    journal.cut_torn_tail(hand)?;
    for (intent, stage) in journal.unfinished() {
        let step = Step { house, hand, now };
        match intent.action {
            Action::Archive => step.copied(&intent, stage, Compression::Zstd, Compression::None, journal, writer)?,
            Action::Restore => step.copied(&intent, stage, Compression::None, Compression::Zstd, journal, writer)?,
            Action::Remove => step.moved(&intent, journal, writer)?,
            Action::Forget if intent.sort == Sort::Errors => step.rewritten(&intent, journal, writer)?,
            Action::Purge | Action::Forget => step.let_go(&intent, journal, writer)?,
        }
    }
    Ok(())
}

struct Step<'a> {
    house: &'a House,
    hand: &'a DurableHand<'a>,
    now: Millis,
}

impl Step<'_> {
    fn places(&self, intent: &Intent) -> (PathBuf, PathBuf) {
        (self.house.resolve(&intent.from), self.house.resolve(&intent.to))
    }

    /// A copy was being made: it is finished if it is proven, else the old one stands.
    fn copied(
        &self,
        intent: &Intent,
        stage: Stage,
        new: Compression,
        old: Compression,
        journal: &mut Journal,
        writer: &mut Writer,
    ) -> Result<(), RetentionError> {
        let (from, to) = self.places(intent);
        let proven = |path: &PathBuf, packed| prove(path, packed, intent.length, &intent.hash).map_err(at(path));
        let file = || intent.file.clone();
        let write =
            |journal: &mut Journal, writer: &mut Writer, what| journal.append(self.hand, writer, self.now, vec![what]);
        match (proven(&to, new)?, proven(&from, old)?) {
            (Proof::Sound, _) => {
                if stage == Stage::Intended {
                    // The name may not have been safe yet.
                    self.hand.sync_names(std::slice::from_ref(&to)).map_err(at(&to))?;
                    let stored = std::fs::metadata(&to).map_err(at(&to))?.len();
                    write(journal, writer, What::Placed { file: file(), stored })?;
                }
                self.hand.remove_all(std::slice::from_ref(&from)).map_err(at(&from))?;
                write(journal, writer, What::Released { file: file() })
            }
            // What has the new name came there whole; if it is something else, it is not ours to remove.
            (Proof::Missing | Proof::Altered, Proof::Sound) => write(journal, writer, What::GivenUp { file: file() }),
            // Neither is what was kept: nothing is removed, and `verify` says what is wrong with the one that is there.
            _ if is_there(&from) || !is_there(&to) => write(journal, writer, What::GivenUp { file: file() }),
            _ => {
                let stored = std::fs::symlink_metadata(&to).map_err(at(&to))?.len();
                write(journal, writer, What::Placed { file: file(), stored })?;
                write(journal, writer, What::Released { file: file() })
            }
        }
    }

    /// A file was being moved to the trash: it is in one place or the other.
    fn moved(&self, intent: &Intent, journal: &mut Journal, writer: &mut Writer) -> Result<(), RetentionError> {
        let (from, to) = self.places(intent);
        self.hand.create_safe_folders(&[self.house.trash()], self.house.root()).map_err(at(&self.house.trash()))?;
        let file = intent.file.clone();
        let is_moved = match (is_there(&from), is_there(&to)) {
            (true, false) => self.hand.move_all(&[(from.clone(), to)]).map_err(at(&from))?.iter().all(Option::is_none),
            (_, true) => self.hand.sync_names(&[to.clone(), from]).map_err(at(&to)).map(|()| true)?,
            // It is gone from both: `verify` says so.
            (false, false) => false,
        };
        let what = if is_moved { What::Released { file } } else { What::GivenUp { file } };
        journal.append(self.hand, writer, self.now, vec![what])
    }

    /// Lines of error records were being forgotten: the file is the new one or the old one. Where it is the old one, the
    /// logs are still there, and whoever wants them forgotten says so again.
    fn rewritten(&self, intent: &Intent, journal: &mut Journal, writer: &mut Writer) -> Result<(), RetentionError> {
        let path = self.house.resolve(&intent.from);
        let packed = if intent.from.ends_with(PACKED) { Compression::Zstd } else { Compression::None };
        let file = intent.file.clone();
        let is_done = prove(&path, packed, intent.length, &intent.hash).map_err(at(&path))? == Proof::Sound;
        if is_done {
            // The name may not have been safe yet.
            self.hand.sync_names(std::slice::from_ref(&path)).map_err(at(&path))?;
        }
        let what = if is_done { What::Released { file } } else { What::GivenUp { file } };
        journal.append(self.hand, writer, self.now, vec![what])
    }

    /// A file was being let go: what was said in the ledger is done.
    fn let_go(&self, intent: &Intent, journal: &mut Journal, writer: &mut Writer) -> Result<(), RetentionError> {
        let from = self.house.resolve(&intent.from);
        let file = intent.file.clone();
        // A folder in its place is nothing that was kept.
        if from.is_dir() && !from.is_symlink() {
            return journal.append(self.hand, writer, self.now, vec![What::GivenUp { file }]);
        }
        self.hand.remove_all(std::slice::from_ref(&from)).map_err(at(&from))?;
        journal.append(self.hand, writer, self.now, vec![What::Released { file }])
    }
}
