//! Removes: receipt, intent, trash; and later from the trash to nowhere.

use super::apply::{Applied, Carrier, hex};
use super::fault::{RetentionError, at};
use super::journal::Journal;
use super::plan::{Item, Move};
use crate::disk::{Stamp, open_unlinked};
use crate::event::{Action, Millis, Sort};
use crate::intake::{Altered, explain};
use crate::layout::{House, TRASH};
use crate::store::{ErrorDay, Intent, Reader, Receipt, What, Writer};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

impl Carrier<'_> {
    /// Moves archives to the trash; receipts are left.
    pub(super) fn remove(
        &self,
        moves: &[&Move],
        items: &[Item],
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        if moves.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let reader = Reader::open(&self.house.database())?;
        let days = reader.error_days()?;
        // One run is one receipt file; a second one in the same millisecond gets another name.
        let run = receipt_id(self.house, self.now);
        let mut ready = Vec::new();
        // Families are removed whole or not at all.
        let mut stuck: HashSet<u64> = HashSet::new();
        for made in moves {
            let item = &items[made.item];
            match self.removal(made, item, &run, &reader, &days)? {
                Ok(removal) => ready.push((item, removal)),
                Err(why) => {
                    stuck.extend(item.family);
                    applied.passed_over.push((item.path.clone(), why));
                }
            }
        }
        drop(reader);
        let (mut intents, mut receipts) = (Vec::new(), Vec::new());
        for (item, (intent, receipt)) in ready {
            if item.family.is_some_and(|family| stuck.contains(&family)) {
                let why = "a log that it is read together with stays".to_owned();
                applied.passed_over.push((item.path.clone(), why));
                continue;
            }
            intents.push(intent);
            receipts.push(receipt);
        }
        if intents.is_empty() {
            return Ok(());
        }
        self.write_receipts(&run, &receipts)?;
        let whats = intents.iter().map(|intent| What::Intent(Box::new(intent.clone()))).collect();
        journal.append_with(self.hand, writer, self.now, whats, &receipts)?;
        self.hand.create_safe_folders(&[self.house.trash()], self.house.root()).map_err(at(&self.house.trash()))?;
        let moves: Vec<(PathBuf, PathBuf)> =
            intents.iter().map(|intent| (self.house.resolve(&intent.from), self.house.resolve(&intent.to))).collect();
        let stays = self.hand.move_all(&moves).map_err(at(&self.house.trash()))?;
        let file = |intent: &Intent| intent.file.clone();
        let ended = intents.iter().zip(&stays).map(|(intent, stay)| match stay {
            None => What::Released { file: file(intent) },
            Some(_) => What::GivenUp { file: file(intent) },
        });
        journal.append(self.hand, writer, self.now, ended.collect())?;
        for (intent, stay) in intents.into_iter().zip(stays) {
            match stay {
                None => {
                    applied.removed.0 += 1;
                    applied.removed.1 += intent.stored;
                }
                Some(why) => applied.passed_over.push((intent.from, why.to_string())),
            }
        }
        Ok(())
    }

    /// What is about to be removed, and its receipt; else why it stays.
    fn removal(
        &self,
        made: &Move,
        item: &Item,
        run: &str,
        reader: &Reader,
        days: &[ErrorDay],
    ) -> Result<Result<(Intent, Receipt), String>, RetentionError> {
        let gone = || Ok(Err("it is not there any more".to_owned()));
        let (receipt, stored) = match item.sort {
            Sort::Log => match reader.file(item.id)?.filter(|file| file.path == item.path) {
                Some(file) => (Receipt::of_file(&file, &item.project, Some(item.last)), file.stored),
                None => return gone(),
            },
            Sort::Errors => match days.iter().find(|day| day.path == item.path) {
                Some(day) => (Receipt::of_day(day, item.id, item.last), day.stored),
                None => return gone(),
            },
        };
        let receipt = Receipt {
            id: run.to_owned(),
            at: self.now,
            what: "removed".to_owned(),
            rule: made.reason.clone(),
            ..receipt
        };
        let found = open_unlinked(&self.house.resolve(&item.path)).and_then(|file| file.metadata());
        let found = match found {
            Ok(found) => found,
            Err(error) => return Ok(Err(explain(&error))),
        };
        if found.len() != stored {
            return Ok(Err(Altered.to_string()));
        }
        let (stamp, name) = (Stamp::of(&found), item.path.rsplit('/').next().unwrap_or_default());
        let intent = Intent {
            action: Action::Remove,
            sort: item.sort,
            file: hex(item.id),
            from: item.path.clone(),
            to: format!("{TRASH}/{run}-{name}"),
            hash: receipt.hash.clone(),
            length: receipt.length,
            stored,
            modified_ns: stamp.modified_ns,
            mode: stamp.mode,
            rule: made.reason.clone(),
            receipt: run.to_owned(),
        };
        Ok(Ok((intent, receipt)))
    }

    /// Lets go of what has lain in the trash long enough.
    pub(super) fn purge(
        &self,
        moves: &[&Move],
        items: &[Item],
        journal: &mut Journal,
        writer: &mut Writer,
        applied: &mut Applied,
    ) -> Result<(), RetentionError> {
        if moves.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        let is_folder = |item: &Item| fs::symlink_metadata(self.house.resolve(&item.path)).is_ok_and(|it| it.is_dir());
        let (folders, gone): (Vec<&Item>, Vec<&Item>) =
            moves.iter().map(|made| &items[made.item]).partition(|item| is_folder(item));
        let stays = folders.into_iter().map(|item| (item.path.clone(), "it is a folder now".to_owned()));
        applied.passed_over.extend(stays);
        if gone.is_empty() {
            return Ok(());
        }
        let rule_of: HashMap<u64, &str> =
            moves.iter().map(|made| (items[made.item].id, made.reason.as_str())).collect();
        let intents: Vec<Intent> = gone
            .into_iter()
            .map(|item| Intent {
                action: Action::Purge,
                sort: item.sort,
                file: hex(item.id),
                from: item.path.clone(),
                to: String::new(),
                hash: String::new(),
                length: 0,
                stored: item.stored,
                modified_ns: 0,
                mode: 0,
                rule: rule_of.get(&item.id).copied().unwrap_or_default().to_owned(),
                receipt: String::new(),
            })
            .collect();
        self.let_go(&intents, journal, writer)?;
        for intent in &intents {
            applied.purged.0 += 1;
            applied.purged.1 += intent.stored;
        }
        Ok(())
    }

    /// Removes what the intents name, once they stand in the ledger.
    pub(super) fn let_go(
        &self,
        intents: &[Intent],
        journal: &mut Journal,
        writer: &mut Writer,
    ) -> Result<(), RetentionError> {
        let whats = intents.iter().map(|intent| What::Intent(Box::new(intent.clone()))).collect();
        journal.append(self.hand, writer, self.now, whats)?;
        let gone: Vec<PathBuf> = intents.iter().map(|intent| self.house.resolve(&intent.from)).collect();
        self.hand.remove_all(&gone).map_err(at(self.house.root()))?;
        let released = intents.iter().map(|intent| What::Released { file: intent.file.clone() }).collect();
        journal.append(self.hand, writer, self.now, released)
    }

    /// Writes receipts where they outlive the ledger and the database.
    pub(super) fn write_receipts(&self, run: &str, receipts: &[Receipt]) -> Result<(), RetentionError> {
        let folder = self.house.receipts();
        self.hand.create_safe_folders(std::slice::from_ref(&folder), self.house.root()).map_err(at(&folder))?;
        let path = folder.join(format!("{run}.jsonl"));
        let write = |out: &mut dyn Write| receipts.iter().try_for_each(|receipt| out.write_all(&receipt.line()));
        let written = self.hand.write_new(&self.house.incoming(), &path, write);
        written.and_then(|()| self.hand.settle()).map_err(at(&path))
    }
}

/// The id of a run that leaves receipts: its time, and a number where that is taken.
pub(super) fn receipt_id(house: &House, now: Millis) -> String {
    let id = |number: u64| hex((now.unsigned_abs() << 8) + number);
    let is_free = |id: &String| !house.receipts().join(format!("{id}.jsonl")).exists();
    (0..256).map(id).find(is_free).unwrap_or_else(|| id(255))
}
