//! What was understood of logs that were removed: it stays, and nothing that is read again touches it.

use super::forgetting::ROWS_OF_FILE;
use super::retained::number;
use super::schema::DERIVED;
use super::write::{Group, signed};
use super::{Intent, StoreError};
use crate::event::Millis;
use crate::layout::file_id;
use rusqlite::{OptionalExtension, params};

impl Group<'_> {
    /// Keeps what is derived from a log that was removed, and keeps `rebuild` away from it.
    pub(super) fn seal(&mut self, intent: &Intent, state: &str, at: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE family SET sealed = ?2 WHERE id = (SELECT family FROM file WHERE id = ?1)")?
            .execute(params![number(&intent.file), number(&intent.receipt)])?;
        self.receipt_state(&intent.file, state, at)
    }

    /// What is derived of a family that is at hand again, whole, is as if it had never been removed.
    pub(super) fn unseal(&mut self, file: &str, at: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE family SET sealed = NULL WHERE id = (SELECT family FROM file WHERE id = ?1)
                 AND NOT EXISTS(SELECT 1 FROM file WHERE family = family.id AND tier IN ('trash', 'removed'))",
            )?
            .execute([number(file)])?;
        self.receipt_state(file, "restored", at)
    }

    /// Makes room for a log that is brought in again after it was removed.
    pub fn bring_again(&mut self, id: u64) -> Result<(), StoreError> {
        let sealed: Option<i64> = self
            .transaction
            .prepare_cached(
                "SELECT s.id FROM file f JOIN family s ON s.id = f.family
                 WHERE f.id = ?1 AND s.sealed IS NOT NULL AND f.tier = 'removed'",
            )?
            .query_row([signed(id)], |row| row.get(0))
            .optional()?;
        sealed.map_or(Ok(()), |family| self.split(family, &[signed(id)]))
    }

    /// Keeps what is sealed of a family apart from what of it can be read again; whether there is anything sealed.
    pub(super) fn keep_sealed(&mut self, family: i64) -> Result<bool, StoreError> {
        let is_sealed = self
            .transaction
            .prepare_cached("SELECT 1 FROM family WHERE id = ?1 AND sealed IS NOT NULL")?
            .exists([family])?;
        if !is_sealed {
            return Ok(false);
        }
        let at_hand: Vec<i64> = self
            .transaction
            .prepare_cached("SELECT id FROM file WHERE family = ?1 AND tier IN ('active', 'archive')")?
            .query_map([family], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        self.split(family, &at_hand)?;
        Ok(true)
    }

    /// What is sealed of the other logs of a family stays, under another number; what is sealed of these makes way for
    /// what is read anew.
    fn split(&mut self, family: i64, at_hand: &[i64]) -> Result<(), StoreError> {
        let receipt: i64 = self
            .transaction
            .prepare_cached("SELECT sealed FROM family WHERE id = ?1")?
            .query_row([family], |row| row.get(0))?;
        let other = signed(file_id(&format!("sealed {family:016x} {receipt:016x} {at_hand:?}")));
        for id in at_hand {
            for sql in ROWS_OF_FILE {
                self.transaction.prepare_cached(sql)?.execute(params![family, id])?;
            }
            self.transaction.prepare_cached("UPDATE file SET family = NULL WHERE id = ?1")?.execute([id])?;
        }
        for table in DERIVED.iter().chain(&["file"]) {
            self.transaction
                .prepare_cached(&format!("UPDATE {table} SET family = ?2 WHERE family = ?1"))?
                .execute(params![family, other])?;
        }
        self.transaction.prepare_cached("UPDATE family SET id = ?2 WHERE id = ?1")?.execute(params![family, other])?;
        Ok(())
    }
}
