//! What retention reads and writes in the store, which is an index over the ledger and the receipts.

use super::forgetting::UNCOMPACTED;
use super::read::{identity, unsigned};
use super::write::{Group, signed};
use super::{Entry, Intent, Reader, Receipt, ReceiptRow, StoreError, What};
use crate::event::{Action, Millis, Pin, Sort};
use crate::layout::{TRASH, Tier};
use rusqlite::params;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A file as retention sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `files`, described in docs/schema.md")]
pub struct Candidate {
    pub id: u64,
    pub path: String,
    pub agent: String,
    pub session: String,
    pub family: Option<u64>,
    pub tier: Tier,
    pub stored: u64,
    pub last: Option<Millis>,
    pub copied: Millis,
    pub entered: Millis,
    pub source: String,
    /// Whether it grows with its source.
    pub is_last: bool,
    /// Size and time of change of its source when it was copied.
    pub seen: (u64, i64),
    pub is_sealed: bool,
}

/// A day of error records as retention sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub struct ErrorDay {
    pub path: String,
    pub length: u64,
    pub tier: Tier,
    /// When it was last written to, or entered its tier.
    pub written: Millis,
    pub stored: u64,
    pub hash: String,
    /// Whether the record of a critical error stands in it.
    pub critical: bool,
}

/// Which files of a tier to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// All.
    All,
    /// None.
    None,
    /// Those whose clock started at this time or before; of kept tiers with all of their families.
    Since(Millis),
}

/// From how many families on all are read at once. A guess: so many questions take as long as one pass over a large
/// house.
const MANY: usize = 2000;

/// When the clock of a file's tier started; the index `file_due` has these very words.
const STARTED: &str = "max(coalesce(last_time, copied), entered)";

const CANDIDATE: &str =
    "SELECT id, path, agent, session, family, tier, stored, last_time, copied, entered, source, is_last,
    size, modified_ns, EXISTS(SELECT 1 FROM family s WHERE s.id = file.family AND s.sealed IS NOT NULL) FROM file";

impl Reader {
    /// Files of a tier, ordered by id.
    pub fn candidates(&self, tier: Tier, which: Listed) -> Result<Vec<Candidate>, StoreError> {
        let until = match which {
            Listed::None => return Ok(Vec::new()),
            Listed::All => Millis::MAX,
            Listed::Since(until) => until,
        };
        let due = format!("tier = ?1 AND {STARTED} <= ?2");
        let mut found = self.rows(&format!("{CANDIDATE} WHERE {due}"), params![tier.name(), until], candidate)?;
        // Whether an archive may be removed depends on all that is read together with it.
        if tier == Tier::Archive || (until < Millis::MAX && tier.is_kept()) {
            let related = format!(
                "{CANDIDATE} WHERE tier IN ('active', 'archive') AND NOT ({due})
                 AND family IN (SELECT family FROM file WHERE {due})"
            );
            found.extend(self.rows(&related, params![tier.name(), until], candidate)?);
        }
        found.sort_by_key(|file| file.id);
        Ok(found)
    }

    /// The project of each of the files that has one; of several the first.
    pub fn projects_of(&self, families: &HashSet<u64>) -> Result<HashMap<u64, String>, StoreError> {
        let mut projects = HashMap::new();
        if families.len() > MANY {
            let sql = "SELECT file, min(project), family FROM context WHERE project IS NOT NULL GROUP BY family, file";
            let all = self.rows(sql, [], |row| Ok((identity(row, 0)?, row.get(1)?, identity(row, 2)?)))?;
            projects.extend(all.into_iter().filter(|row| families.contains(&row.2)).map(|row| (row.0, row.1)));
            return Ok(projects);
        }
        let sql = "SELECT file, min(project) FROM context WHERE family = ?1 AND project IS NOT NULL GROUP BY file";
        for family in families {
            projects.extend(self.rows(sql, [signed(*family)], |row| Ok((identity(row, 0)?, row.get(1)?)))?);
        }
        Ok(projects)
    }

    /// Files in which a critical error stands that nobody cleared, whatever plugins say of it since.
    pub fn critical_files(&self) -> Result<HashSet<u64>, StoreError> {
        let sql = "SELECT DISTINCT c.file FROM incident i JOIN event e ON e.family = i.family AND e.n = i.event
              JOIN context c ON c.family = e.family AND c.n = e.context LEFT JOIN handling h ON h.id = i.id
              WHERE i.critical <> 0 AND coalesce(h.cleared, 0) = 0
            UNION SELECT DISTINCT c.file FROM event e JOIN context c ON c.family = e.family AND c.n = e.context
              WHERE e.critical <> 0 AND NOT EXISTS(SELECT 1 FROM incident i JOIN handling h ON h.id = i.id
                WHERE i.family = e.family AND i.event = e.n AND h.cleared <> 0)
            UNION SELECT file FROM critical_file k WHERE file <> 0
              AND NOT EXISTS(SELECT 1 FROM handling h WHERE h.id = k.id AND h.cleared <> 0)";
        Ok(self.rows(sql, [], |row| identity(row, 0))?.into_iter().collect())
    }

    /// Files that live protocols cite.
    pub fn cited_files(&self) -> Result<HashSet<u64>, StoreError> {
        Ok(self.rows("SELECT DISTINCT file FROM citation", [], |row| identity(row, 0))?.into_iter().collect())
    }

    /// What people want kept, why, and since when.
    pub fn pins(&self) -> Result<Vec<(Pin, String, Millis)>, StoreError> {
        let pins = self.rows("SELECT kind, name, why, at FROM pin ORDER BY kind, name", [], |row| {
            let name: String = row.get(1)?;
            let pin = match row.get_ref(0)?.as_str().unwrap_or_default() {
                "session" => Pin::Session(name),
                "project" => Pin::Project(name),
                _ => Pin::Log(name),
            };
            Ok((pin, row.get(2)?, row.get(3)?))
        })?;
        Ok(pins)
    }

    /// The days of error records.
    pub fn error_days(&self) -> Result<Vec<ErrorDay>, StoreError> {
        let sql = "SELECT path, length, tier, written, stored, hash, EXISTS(SELECT 1 FROM error_record r
              WHERE r.path = error_file.path AND r.critical <> 0
                AND NOT EXISTS(SELECT 1 FROM handling h WHERE h.id = r.id AND h.cleared <> 0))
            FROM error_file ORDER BY path";
        self.rows(sql, [], |row| {
            Ok(ErrorDay {
                path: row.get(0)?,
                length: unsigned(row, 1)?,
                tier: Tier::of_name(row.get_ref(2)?.as_str().unwrap_or_default()).unwrap_or_default(),
                written: row.get(3)?,
                stored: unsigned(row, 4)?,
                hash: row.get(5)?,
                critical: row.get(6)?,
            })
        })
    }

    /// Bytes of the files in a tier.
    pub fn stored_in(&self, tier: Tier) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), sum(stored) FROM file WHERE tier = ?1";
        let found = self.rows(sql, [tier.name()], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))?;
        Ok(found.first().copied().unwrap_or_default())
    }

    /// Receipts, the newest first.
    pub fn receipts(&self, limit: usize) -> Result<Vec<ReceiptRow>, StoreError> {
        let sql =
            "SELECT id, file, at, what, path, source, part, agent, session, project, length, hash, last_time, rule,
            state, done FROM receipt ORDER BY at DESC, path LIMIT ?1";
        self.rows(sql, [i64::try_from(limit).unwrap_or(i64::MAX)], receipt_row)
    }

    /// The last receipt of a log.
    pub fn receipt_of(&self, file: u64) -> Result<Option<ReceiptRow>, StoreError> {
        let sql =
            "SELECT id, file, at, what, path, source, part, agent, session, project, length, hash, last_time, rule,
            state, done FROM receipt WHERE file = ?1 ORDER BY at DESC LIMIT 1";
        Ok(self.rows(sql, [signed(file)], receipt_row)?.into_iter().next())
    }
}

fn candidate(row: &rusqlite::Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        id: identity(row, 0)?,
        path: row.get(1)?,
        agent: row.get(2)?,
        session: row.get(3)?,
        family: row.get::<_, Option<i64>>(4)?.map(|family| family as u64),
        tier: Tier::of_name(row.get_ref(5)?.as_str().unwrap_or_default()).unwrap_or_default(),
        stored: unsigned(row, 6)?,
        last: row.get(7)?,
        copied: row.get(8)?,
        entered: row.get(9)?,
        source: row.get(10)?,
        is_last: row.get(11)?,
        seen: (unsigned(row, 12)?, row.get(13)?),
        is_sealed: row.get(14)?,
    })
}

fn receipt_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<ReceiptRow> {
    let receipt = Receipt {
        id: hex(identity(row, 0)?),
        file: hex(identity(row, 1)?),
        at: row.get(2)?,
        what: row.get(3)?,
        path: row.get(4)?,
        source: row.get(5)?,
        part: unsigned(row, 6)?,
        agent: row.get(7)?,
        session: row.get(8)?,
        project: row.get(9)?,
        length: unsigned(row, 10)?,
        hash: row.get(11)?,
        last_time: row.get(12)?,
        rule: row.get(13)?,
        ..Receipt::default()
    };
    Ok(ReceiptRow { receipt, state: row.get(14)?, done: row.get(15)? })
}

fn hex(id: u64) -> String {
    format!("{id:016x}")
}

pub(super) fn number(hex: &str) -> i64 {
    signed(u64::from_str_radix(hex, 16).unwrap_or_default())
}

impl Group<'_> {
    /// Writes down that a log is being removed; where its row was lost, the receipt makes a new one, so that the
    /// source is known as one that was removed.
    pub fn receipt(&mut self, receipt: &Receipt) -> Result<(), StoreError> {
        let file = number(&receipt.file);
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO receipt VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,
                    'removing', ?3)",
            )?
            .execute(params![
                number(&receipt.id),
                file,
                receipt.at,
                receipt.what,
                receipt.path,
                receipt.source,
                receipt.part as i64,
                receipt.agent,
                receipt.session,
                receipt.project,
                receipt.length as i64,
                receipt.hash,
                receipt.last_time,
                receipt.rule
            ])?;
        if receipt.sort == Sort::Errors {
            self.transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO error_file(path, length, tier, written, stored, hash)
                     VALUES(?1, ?2, 'archive', ?3, 0, ?4)",
                )?
                .execute(params![receipt.path, receipt.length as i64, receipt.at, receipt.hash])?;
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO file(id, source, part, is_last, path, agent, form, shape, session, compression,
                    length, hash, copied, size, modified_ns, inode, device, links, last_time, tier, entered)
                 VALUES(?1, ?2, ?3, NOT EXISTS(SELECT 1 FROM file WHERE source = ?2 AND source <> '' AND part > ?3), ?4, ?5, ?6, ?7, ?8,
                    ?9, ?10, ?11, ?12, 0, 0, 0, 0, x'', ?13, 'archive', ?14)",
            )?
            .execute(params![
                file,
                receipt.source,
                receipt.part as i64,
                receipt.path,
                receipt.agent,
                receipt.form,
                receipt.shape,
                receipt.session,
                receipt.compression,
                receipt.length as i64,
                receipt.hash,
                receipt.copied,
                receipt.last_time,
                receipt.at
            ])?;
        self.transaction
            .prepare_cached("UPDATE file SET is_last = 0 WHERE source = ?1 AND source <> '' AND part < ?2")?
            .execute(params![receipt.source, receipt.part as i64])?;
        Ok(())
    }

    /// Brings the index up to a line of the ledger; `open` are the intents that are not done.
    pub fn entry(&mut self, entry: &Entry, open: &BTreeMap<String, Intent>) -> Result<(), StoreError> {
        let at = entry.at;
        match &entry.what {
            What::Ledger { .. } | What::Intent(_) => Ok(()),
            What::Placed { file, stored } => match open.get(file) {
                Some(intent) if intent.action == Action::Archive => {
                    self.move_file(intent, &intent.to, Tier::Archive, at, *stored)
                }
                Some(intent) if intent.action == Action::Restore => {
                    self.move_file(intent, &intent.to, Tier::Active, at, *stored)?;
                    self.unseal(&intent.file, at)
                }
                _ => Ok(()),
            },
            What::Released { file } => match open.get(file) {
                Some(intent) if intent.action == Action::Remove => {
                    self.move_file(intent, &intent.to, Tier::Trash, at, intent.stored)?;
                    self.seal(intent, "trash", at)
                }
                Some(intent) if intent.action == Action::Purge => {
                    self.move_file(intent, &intent.from, Tier::Removed, at, 0)?;
                    self.receipt_state(&intent.file, "gone", at)
                }
                Some(intent) if intent.action == Action::Forget && intent.sort == Sort::Errors => {
                    self.error_file_rewritten(intent)
                }
                Some(intent) if intent.action == Action::Forget => {
                    self.move_file(intent, &intent.from, Tier::Removed, at, 0)?;
                    self.receipt_state(&intent.file, "gone", at)?;
                    // Whoever carries this on after a death forgets as much.
                    self.forget_file(u64::from_str_radix(file, 16).unwrap_or_default())?;
                    self.fact(UNCOMPACTED, at)
                }
                _ => Ok(()),
            },
            What::GivenUp { file } => match open.get(file) {
                // Where the new copy was not known yet, nothing has changed.
                Some(intent) if self.is_at(intent, &intent.from)? => match intent.action {
                    Action::Remove => self.take_receipt_back(&intent.file),
                    _ => Ok(()),
                },
                Some(intent) if intent.action == Action::Archive => {
                    self.move_file(intent, &intent.from, Tier::Active, at, intent.length)
                }
                Some(intent) if intent.action == Action::Restore => {
                    let was_trash = intent.from.starts_with(TRASH);
                    let tier = if was_trash { Tier::Trash } else { Tier::Archive };
                    self.move_file(intent, &intent.from, tier, at, intent.stored)
                }
                Some(intent) if intent.action == Action::Remove => self.take_receipt_back(&intent.file),
                _ => Ok(()),
            },
            What::Forgotten { errors } => {
                let ids = errors.iter().filter_map(|id| u64::from_str_radix(id, 16).ok());
                ids.into_iter().try_for_each(|id| self.forget_error(id))?;
                self.fact(UNCOMPACTED, at)
            }
            What::Pinned { pin, why } => {
                let (kind, name) = pin.parts();
                self.transaction
                    .prepare_cached("INSERT OR REPLACE INTO pin VALUES(?1, ?2, ?3, ?4)")?
                    .execute(params![kind, name, why, at])?;
                Ok(())
            }
            What::Unpinned { pin } => {
                let (kind, name) = pin.parts();
                self.transaction
                    .prepare_cached("DELETE FROM pin WHERE kind = ?1 AND name = ?2")?
                    .execute(params![kind, name])?;
                Ok(())
            }
            What::Announced { .. } => self.fact("announced", at),
            What::Retained { cleanup } => {
                self.fact("retained", at)?;
                if *cleanup { self.fact("cleaned", at) } else { Ok(()) }
            }
            What::Rebuilt { .. } => self.fact("ledger_rebuilt", at),
        }
    }

    /// Whether a file is known to lie there.
    fn is_at(&self, intent: &Intent, path: &str) -> Result<bool, StoreError> {
        let sql = match intent.sort {
            Sort::Log => "SELECT 1 FROM file WHERE path = ?1",
            Sort::Errors => "SELECT 1 FROM error_file WHERE path = ?1",
        };
        Ok(self.transaction.prepare_cached(sql)?.exists([path])?)
    }

    /// Notes where a file lies now. The clock of a tier that it was in already goes on: what was begun and given up has
    /// not begun anew.
    fn move_file(
        &mut self,
        intent: &Intent,
        path: &str,
        tier: Tier,
        at: Millis,
        stored: u64,
    ) -> Result<(), StoreError> {
        if intent.sort == Sort::Errors {
            self.transaction
                .prepare_cached(
                    "UPDATE error_file SET path = ?2, tier = ?3, written = ?4, stored = ?5, 
                        hash = iif(?6 = '', hash, ?6), length = iif(?6 = '', length, ?8) WHERE path IN (?1, ?7) AND tier <> ?3",
                )?
                .execute(params![
                    intent.from,
                    path,
                    tier.name(),
                    at,
                    stored as i64,
                    intent.hash,
                    intent.to,
                    intent.length as i64
                ])?;
            self.transaction
                .prepare_cached("UPDATE error_record SET path = ?2 WHERE path IN (?1, ?3)")?
                .execute(params![intent.from, path, intent.to])?;
            return Ok(());
        }
        self.transaction
            .prepare_cached(
                "UPDATE file SET path = ?2, entered = iif(tier = ?3, entered, ?4), tier = ?3, stored = ?5
                 WHERE id = ?1 AND path IN (?6, ?7)",
            )?
            .execute(params![number(&intent.file), path, tier.name(), at, stored as i64, intent.from, intent.to])?;
        Ok(())
    }

    /// What was to be removed and was not has no receipt.
    fn take_receipt_back(&mut self, file: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("DELETE FROM receipt WHERE file = ?1 AND state = 'removing'")?
            .execute([number(file)])?;
        Ok(())
    }

    pub(super) fn receipt_state(&mut self, file: &str, state: &str, at: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE receipt SET state = ?2, done = ?3 WHERE file = ?1 AND state IN ('removing', 'trash')",
            )?
            .execute(params![number(file), state, at])?;
        Ok(())
    }
}
