//! The index over the error records, and what people decided about errors.

use super::read::{identity, unsigned};
use super::write::{Group, signed};
use super::{ErrorDay, Reader, StoreError};
use crate::event::Millis;
use rusqlite::params;
use std::collections::{BTreeMap, HashMap};

/// What is known of the last record of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// The file that it stands in, from the root of the house.
    pub path: String,
    /// Hash of what was said of the error.
    pub diagnosis: u64,
    /// Hash of how it was resolved; 0 if it was not.
    pub resolution: u64,
    /// Whether it is to be kept for ever.
    pub critical: bool,
}

/// A plugin that is not asked any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Who it is; the role is not known here.
    pub content_hash: String,
    /// Its settings.
    pub settings_hash: String,
    /// The program that ran it.
    pub host_version: String,
    /// The limits that held.
    pub limits: String,
    /// Its own name and version.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: Millis,
}

/// Errors that a person said need not be kept for ever.
const CLEARED: &str = "SELECT id FROM handling WHERE cleared = 1";

impl Reader {
    /// What is known of each error's last record.
    pub fn error_records(&self) -> Result<HashMap<u64, Indexed>, StoreError> {
        let records = self.rows(
            &format!("SELECT id, path, diagnosis, resolution, critical AND id NOT IN ({CLEARED}) FROM error_record"),
            [],
            |row| {
                let entry = Indexed {
                    path: row.get(1)?,
                    diagnosis: identity(row, 2)?,
                    resolution: identity(row, 3)?,
                    critical: row.get(4)?,
                };
                Ok((identity(row, 0)?, entry))
            },
        )?;
        Ok(records.into_iter().collect())
    }

    /// The length of each error file that is still written to, by its path from the root of the house.
    pub fn error_files(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let files = self.rows("SELECT path, length FROM error_file WHERE tier = 'active'", [], |row| {
            Ok((row.get(0)?, unsigned(row, 1)?))
        })?;
        Ok(files.into_iter().collect())
    }

    /// The records of critical errors that are kept for ever, with the hash of each.
    pub fn critical_hashes(&self) -> Result<BTreeMap<u64, String>, StoreError> {
        let found = self.rows("SELECT id, hash FROM critical_file", [], |row| Ok((identity(row, 0)?, row.get(1)?)))?;
        Ok(found.into_iter().collect())
    }

    /// A number about the house; 0 if it was never written down.
    pub fn fact(&self, name: &str) -> Result<i64, StoreError> {
        let found = self.rows("SELECT value FROM fact WHERE name = ?1", [name], |row| row.get(0))?;
        Ok(found.first().copied().unwrap_or_default())
    }

    /// The file in which the records of an error stand, from the root of the house.
    pub fn error_file(&self, id: u64) -> Result<Option<String>, StoreError> {
        let found = self.rows("SELECT path FROM error_record WHERE id = ?1", [signed(id)], |row| row.get(0))?;
        Ok(found.into_iter().next())
    }

    /// Plugins that are not asked any more.
    pub fn suspensions(&self) -> Result<Vec<Suspension>, StoreError> {
        self.rows(
            "SELECT content_hash, settings_hash, host_version, limits, plugin, version, reason, at FROM suspension
             ORDER BY at, plugin",
            [],
            |row| {
                Ok(Suspension {
                    content_hash: row.get(0)?,
                    settings_hash: row.get(1)?,
                    host_version: row.get(2)?,
                    limits: row.get(3)?,
                    plugin: row.get(4)?,
                    version: row.get(5)?,
                    reason: row.get(6)?,
                    at: row.get(7)?,
                })
            },
        )
    }
}

impl Group<'_> {
    /// Notes the last record of an error.
    pub fn error_record(&mut self, id: u64, entry: &Indexed) -> Result<(), StoreError> {
        self.transaction.prepare_cached("INSERT OR REPLACE INTO error_record VALUES(?1, ?2, ?3, ?4, ?5)")?.execute(
            params![signed(id), entry.path, signed(entry.diagnosis), signed(entry.resolution), entry.critical],
        )?;
        Ok(())
    }

    /// Notes the length of an error file.
    pub fn error_file(&mut self, path: &str, length: u64, hash: &str, written: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO error_file(path, length, written, stored, hash) VALUES(?1, ?2, ?3, ?2, ?4)",
            )?
            .execute(params![path, length as i64, written, hash])?;
        Ok(())
    }

    /// Notes the record of a critical error that is kept for ever.
    ///
    /// `file` is the log that it stands in, 0 if that is not known.
    pub fn critical_file(&mut self, id: u64, hash: &str, file: u64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO critical_file VALUES(?1, ?2, ?3)")?
            .execute(params![signed(id), hash, signed(file)])?;
        Ok(())
    }

    /// Notes an error file that lies in the archive.
    pub fn archived_error_file(&mut self, day: &ErrorDay) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO error_file VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?
            .execute(params![day.path, day.length as i64, day.tier.name(), day.written, day.stored as i64, day.hash])?;
        Ok(())
    }

    /// Lets the families of an error be diagnosed again by the next run, or by this one.
    pub fn diagnose_again(&mut self, id: u64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE family SET extractors = 0 WHERE id IN (SELECT family FROM incident WHERE incident.id = ?1)",
            )?
            .execute([signed(id)])?;
        Ok(())
    }

    /// Notes that the error records of a family are written.
    pub fn diagnosed(&mut self, family: u64, extractors: u64) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE family SET extractors = ?2 WHERE id = ?1")?
            .execute(params![signed(family), signed(extractors)])?;
        Ok(())
    }

    /// Forgets the index, to write it anew.
    pub fn clear_error_index(&mut self) -> Result<(), StoreError> {
        self.transaction.execute_batch("DELETE FROM error_record; DELETE FROM error_file WHERE tier = 'active';")?;
        Ok(())
    }

    /// Notes that a person gave an error another status.
    pub fn handle(&mut self, id: u64, status: Option<&str>, why: &str, at: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO handling VALUES(?1, ?2, ?3, 0, ?4)
                 ON CONFLICT(id) DO UPDATE SET status = ?2, why = ?3, at = ?4",
            )?
            .execute(params![signed(id), status, why, at])?;
        Ok(())
    }

    /// Notes that a person said that an error need not be kept for ever.
    pub fn clear_critical(&mut self, id: u64, why: &str, at: Millis) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO handling VALUES(?1, NULL, ?2, 1, ?3)
                 ON CONFLICT(id) DO UPDATE SET cleared = 1, why = ?2, at = ?3",
            )?
            .execute(params![signed(id), why, at])?;
        Ok(())
    }

    /// Notes that a plugin is not asked any more.
    pub fn suspend(&mut self, whom: &Suspension) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO suspension VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                whom.content_hash,
                whom.settings_hash,
                whom.host_version,
                whom.limits,
                whom.plugin,
                whom.version,
                whom.reason,
                whom.at
            ])?;
        Ok(())
    }

    /// Asks a plugin again; whether it was suspended.
    pub fn resume(&mut self, plugin: &str) -> Result<bool, StoreError> {
        let gone = self.transaction.execute("DELETE FROM suspension WHERE plugin = ?1", [plugin])?;
        Ok(gone > 0)
    }
}
