//! The ledger and its index, kept in step: every line is safe before the index knows it, and the index catches up with
//! lines that it missed.

use super::fault::{RetentionError, at};
use crate::disk::open_unlinked;
use crate::event::{Action, Millis};
use crate::layout::{House, TRASH};
use crate::store::{
    DurableHand, Entry, Intent, Ledger, LedgerFault, Reader, Receipt, StoreError, What, Writer, is_there,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How far an intent was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It was only written down.
    Intended,
    /// The new copy is in place.
    Placed,
}

/// An open ledger.
pub struct Journal {
    ledger: Ledger,
    /// What was begun and is not done, by log.
    open: BTreeMap<String, Intent>,
    placed: BTreeMap<String, u64>,
}

impl Journal {
    /// Opens the ledger of a house and brings the index up to it; says what was wrong if it had to be rebuilt.
    pub fn open(
        house: &House,
        hand: &DurableHand<'_>,
        writer: &mut Writer,
        now: Millis,
    ) -> Result<(Journal, Option<String>), RetentionError> {
        let known = u64::try_from(writer.number("ledger")?).unwrap_or_default();
        let path = house.ledger();
        let mut journal = Journal::empty(Ledger::new(&path));
        let mut missed: Vec<(Entry, BTreeMap<String, Intent>)> = Vec::new();
        let mut offset = 0;
        let read = Ledger::read(&path, known, |entry, length| {
            offset += length;
            if offset > known {
                missed.push((entry.clone(), journal.intent_of(&entry)));
            }
            journal.track(&entry);
        });
        match read {
            // Something was removed, and nothing is left that says so but the receipts.
            Ok(ledger) if ledger.length() == 0 && !receipts(house)?.is_empty() => {
                let fault = "the ledger is gone".to_owned();
                return Ok((Journal::rebuild(house, hand, writer, known, &fault, now)?, Some(fault)));
            }
            Ok(ledger) => journal.ledger = ledger,
            Err(LedgerFault::Damaged { line, why }) => {
                let fault = LedgerFault::Damaged { line, why }.to_string();
                return Ok((Journal::rebuild(house, hand, writer, known, &fault, now)?, Some(fault)));
            }
            Err(fault) => return Err(RetentionError::Ledger(fault)),
        }
        if !missed.is_empty() {
            let receipts = receipts(house)?;
            let (length, begun) = (journal.ledger.length(), journal.open.len());
            writer.write(|group| {
                group.fact("open", begun as i64)?;
                for (entry, open) in &missed {
                    if let What::Intent(intent) = &entry.what {
                        for receipt in receipts.get(&intent.receipt).into_iter().flatten() {
                            if receipt.file == intent.file {
                                group.receipt(receipt)?;
                            }
                        }
                    }
                    group.entry(entry, open)?;
                }
                group.fact("ledger", length as i64)
            })?;
        }
        Ok((journal, None))
    }

    fn empty(ledger: Ledger) -> Journal {
        Journal { ledger, open: BTreeMap::new(), placed: BTreeMap::new() }
    }

    /// Sets a damaged ledger aside and goes on with what is left of it.
    fn rebuild(
        house: &House,
        hand: &DurableHand<'_>,
        writer: &mut Writer,
        known: u64,
        fault: &str,
        now: Millis,
    ) -> Result<Journal, RetentionError> {
        let path = house.ledger();
        let salvage = Ledger::salvage(&path, known).map_err(RetentionError::Ledger)?;
        let whats = salvage.entries.into_iter().map(|entry| entry.what);
        let mut whats: Vec<What> = whats.filter(|what| !matches!(what, What::Ledger { .. })).collect();
        for (pin, why, _) in Reader::open(&house.database())?.pins()? {
            whats.push(What::Pinned { pin, why });
        }
        whats.extend(of_receipts(house, &whats)?);
        let salvaged = whats.len() as u64;
        whats.extend(close(house, &whats));
        whats.push(What::Rebuilt { why: fault.to_owned() });
        let incoming = house.incoming();
        if let Ok(broken) = fs::read(&path) {
            let aside = aside_name(&path, now, &broken);
            hand.rewrite(&incoming, &aside, &broken).map_err(at(&aside))?;
        }
        hand.rewrite(&incoming, &path, &Ledger::text_of(now, whats)).map_err(at(&path))?;
        if known == 0 {
            // The index knows nothing of it: it learns all that is left.
            return Ok(Journal::open(house, hand, writer, now)?.0);
        }
        let mut journal = Journal::empty(Ledger::new(&path));
        let mut newer = Vec::new();
        let ledger = Ledger::read(&path, 0, |entry, _| {
            if entry.number > salvaged {
                newer.push((entry.clone(), journal.intent_of(&entry)));
            }
            journal.track(&entry);
        });
        journal.ledger = ledger.map_err(RetentionError::Ledger)?;
        let length = journal.ledger.length();
        // What the index knows of the lines that are left is newer than they are.
        writer.write(|group| {
            newer.iter().try_for_each(|(entry, open)| group.entry(entry, open))?;
            group.fact("open", journal.open.len() as i64)?;
            group.fact("ledger", length as i64)
        })?;
        Ok(journal)
    }

    /// What was begun and is not done.
    pub fn unfinished(&self) -> Vec<(Intent, Stage)> {
        let stage = |file: &String| if self.placed.contains_key(file) { Stage::Placed } else { Stage::Intended };
        self.open.iter().map(|(file, intent)| (intent.clone(), stage(file))).collect()
    }

    /// Cuts off the line that a dead run left half written: nothing was done yet of what it says.
    pub fn cut_torn_tail(&mut self, hand: &DurableHand<'_>) -> Result<(), RetentionError> {
        let path = self.ledger.path().to_owned();
        self.ledger.cut_torn_tail(hand).map_err(at(&path))
    }

    /// Writes lines, waits until they are safe, and brings the index up to them.
    pub fn append(
        &mut self,
        hand: &DurableHand<'_>,
        writer: &mut Writer,
        now: Millis,
        whats: Vec<What>,
    ) -> Result<(), RetentionError> {
        self.append_with(hand, writer, now, whats, &[])
    }

    /// Like [`Journal::append`], with receipts for what the lines are about to remove.
    pub fn append_with(
        &mut self,
        hand: &DurableHand<'_>,
        writer: &mut Writer,
        now: Millis,
        whats: Vec<What>,
        receipts: &[Receipt],
    ) -> Result<(), RetentionError> {
        let path = self.ledger.path().to_owned();
        let entries = self.ledger.append(hand, now, whats).map_err(at(&path))?;
        let length = self.ledger.length();
        writer.write(|group| -> Result<(), StoreError> {
            receipts.iter().try_for_each(|receipt| group.receipt(receipt))?;
            for entry in &entries {
                group.entry(entry, &self.open)?;
                self.track(entry);
            }
            group.fact("open", self.open.len() as i64)?;
            group.fact("ledger", length as i64)
        })?;
        Ok(())
    }

    /// The intent that an entry is about.
    fn intent_of(&self, entry: &Entry) -> BTreeMap<String, Intent> {
        match &entry.what {
            What::Placed { file, .. } | What::Released { file } | What::GivenUp { file } => {
                self.open.get(file).map(|intent| (file.clone(), intent.clone())).into_iter().collect()
            }
            _ => BTreeMap::new(),
        }
    }

    fn track(&mut self, entry: &Entry) {
        match &entry.what {
            What::Intent(intent) => {
                self.open.insert(intent.file.clone(), (**intent).clone());
                self.placed.remove(&intent.file);
            }
            What::Placed { file, stored } => {
                self.placed.insert(file.clone(), *stored);
            }
            What::Released { file } | What::GivenUp { file } => {
                self.open.remove(file);
                self.placed.remove(file);
            }
            _ => {}
        }
    }
}

/// Ends what a damaged ledger leaves open by what lies in the house: lines that are lost may have ended it long ago, so
/// nothing is moved or removed on its word.
fn close(house: &House, whats: &[What]) -> Vec<What> {
    let mut open: BTreeMap<&str, &Intent> = BTreeMap::new();
    for what in whats {
        match what {
            What::Intent(intent) => drop(open.insert(&intent.file, intent)),
            What::Released { file } | What::GivenUp { file } => drop(open.remove(file.as_str())),
            _ => {}
        }
    }
    let mut closing = Vec::new();
    for intent in open.into_values() {
        let file = || intent.file.clone();
        let from = is_there(&house.resolve(&intent.from));
        let to = !intent.to.is_empty() && is_there(&house.resolve(&intent.to));
        match intent.action {
            Action::Archive | Action::Restore if to && !from => {
                let stored = fs::symlink_metadata(house.resolve(&intent.to)).map_or(0, |found| found.len());
                closing.extend([What::Placed { file: file(), stored }, What::Released { file: file() }]);
            }
            Action::Remove if to && !from => closing.push(What::Released { file: file() }),
            Action::Purge | Action::Forget if !from => closing.push(What::Released { file: file() }),
            _ => closing.push(What::GivenUp { file: file() }),
        }
    }
    closing
}

/// Where a damaged ledger is set aside; one that was set aside before is not written over by another.
fn aside_name(path: &Path, now: Millis, broken: &[u8]) -> PathBuf {
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{now}"));
        if number > 0 {
            name.push(format!("-{number}"));
        }
        PathBuf::from(name)
    };
    let is_free = |name: &PathBuf| fs::read(name).map_or(true, |before| before == broken);
    (0..u32::MAX).map(name).find(is_free).unwrap_or_else(|| name(u32::MAX))
}

/// What the ledger said of removals of which only the receipts are left.
fn of_receipts(house: &House, known: &[What]) -> Result<Vec<What>, RetentionError> {
    let told: HashSet<(&str, &str)> = known
        .iter()
        .filter_map(|what| match what {
            What::Intent(intent) => Some((intent.receipt.as_str(), intent.file.as_str())),
            _ => None,
        })
        .collect();
    let mut left: Vec<Receipt> = receipts(house)?.into_values().flatten().collect();
    left.retain(|receipt| {
        !told.contains(&(receipt.id.as_str(), receipt.file.as_str())) && !is_there(&house.resolve(&receipt.path))
    });
    left.sort_by(|one, two| (one.at, &one.file).cmp(&(two.at, &two.file)));
    let mut whats = Vec::new();
    for receipt in left {
        let name = receipt.path.rsplit('/').next().unwrap_or_default();
        let trash = format!("{TRASH}/{}-{name}", receipt.id);
        let in_trash = fs::symlink_metadata(house.resolve(&trash)).ok().filter(|found| found.is_file());
        let intent = |action, from: &str, to: &str| Intent {
            action,
            sort: receipt.sort,
            file: receipt.file.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            hash: receipt.hash.clone(),
            length: receipt.length,
            stored: in_trash.as_ref().map_or(0, fs::Metadata::len),
            modified_ns: 0,
            mode: 0,
            rule: receipt.rule.clone(),
            receipt: receipt.id.clone(),
        };
        let intents = match (receipt.what.as_str(), &in_trash) {
            ("forgotten", _) => vec![intent(Action::Forget, &receipt.path, "")],
            (_, Some(_)) => vec![intent(Action::Remove, &receipt.path, &trash)],
            (_, None) => {
                vec![intent(Action::Remove, &receipt.path, &trash), intent(Action::Purge, &trash, "")]
            }
        };
        for intent in intents {
            let file = intent.file.clone();
            whats.extend([What::Intent(Box::new(intent)), What::Released { file }]);
        }
    }
    Ok(whats)
}

/// The receipts that lie in a house, by their run.
pub fn receipts(house: &House) -> Result<HashMap<String, Vec<Receipt>>, RetentionError> {
    let folder = house.receipts();
    let mut receipts: HashMap<String, Vec<Receipt>> = HashMap::new();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(receipts),
        Err(error) => return Err(at(&folder)(error)),
    };
    for entry in entries {
        let path = entry.map_err(at(&folder))?.path();
        let mut text = Vec::new();
        // What is none, file or line, is found by `verify`; it must not keep the others from being known.
        if open_unlinked(&path).and_then(|mut file| file.read_to_end(&mut text)).is_err() {
            continue;
        }
        let lines = text.split(|byte| *byte == b'\n').filter_map(Receipt::of_line);
        for receipt in lines {
            receipts.entry(receipt.id.clone()).or_default().push(receipt);
        }
    }
    Ok(receipts)
}
