//! Removes what was derived from logs that a person wants forgotten, and every trace of it in the database's file.

use super::read::identity;
use super::write::{Group, signed};
use super::{Intent, Reader, StoreError, Writer};
use rusqlite::{OptionalExtension, params};
use std::collections::HashSet;

/// The rows of a log in a family, `?1` being the family and `?2` the log.
pub(super) const ROWS_OF_FILE: [&str; 12] = [
    "DELETE FROM response WHERE family = ?1 AND n IN (SELECT n FROM event WHERE family = ?1 AND context IN (SELECT n FROM context WHERE family = ?1 AND file = ?2))",
    "DELETE FROM label WHERE family = ?1 AND n IN (SELECT n FROM event WHERE family = ?1 AND context IN (SELECT n FROM context WHERE family = ?1 AND file = ?2))",
    "DELETE FROM opinion WHERE family = ?1 AND n IN (SELECT n FROM event WHERE family = ?1 AND context IN (SELECT n FROM context WHERE family = ?1 AND file = ?2))",
    "DELETE FROM incident WHERE family = ?1 AND event IN (SELECT n FROM event WHERE family = ?1 AND context IN (SELECT n FROM context WHERE family = ?1 AND file = ?2))",
    "DELETE FROM event WHERE family = ?1 AND context IN (SELECT n FROM context WHERE family = ?1 AND file = ?2)",
    "DELETE FROM context WHERE family = ?1 AND file = ?2",
    "DELETE FROM drift_row WHERE family = ?1 AND file = ?2",
    "DELETE FROM quarantine_row WHERE family = ?1 AND file = ?2",
    "DELETE FROM plugin_failure WHERE family = ?1 AND file = ?2",
    "DELETE FROM session WHERE family = ?1 AND ?2 <> 0
        AND id NOT IN (SELECT session FROM context WHERE family = ?1 AND session IS NOT NULL)",
    "DELETE FROM measured WHERE family = ?1 AND ?2 <> 0",
    "DELETE FROM exposure WHERE family = ?1 AND ?2 <> 0",
];

/// The fact that something was forgotten of which the database's file may still hold traces.
pub(super) const UNCOMPACTED: &str = "uncompacted";

/// Words that no row has any more.
const UNUSED_WORDS: &str = "DELETE FROM name WHERE id <> 0 AND id NOT IN (
    SELECT kind FROM event UNION SELECT status FROM event UNION SELECT tool FROM event UNION SELECT model FROM event
    UNION SELECT category FROM event UNION SELECT subcategory FROM event UNION SELECT label FROM label
    UNION SELECT category FROM opinion UNION SELECT subcategory FROM opinion UNION SELECT disposition FROM incident
    UNION SELECT reason FROM incident UNION SELECT fingerprint FROM incident UNION SELECT title FROM incident
    UNION SELECT cause FROM incident UNION SELECT owner FROM incident)";

impl Reader {
    /// The logs that hold events of a session, or are its own.
    pub fn files_of_session(&self, session: &str) -> Result<HashSet<u64>, StoreError> {
        let sql = "SELECT id FROM file WHERE session = ?1 UNION SELECT file FROM context WHERE session = ?1";
        Ok(self.rows(sql, [session], |row| identity(row, 0))?.into_iter().collect())
    }

    /// The sessions that have events in a log.
    pub fn sessions_of_file(&self, file: u64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT session FROM context WHERE file = ?1 AND session IS NOT NULL";
        self.rows(sql, [signed(file)], |row| row.get(0))
    }

    /// The logs that were removed and of which some word that is left holds a text.
    pub fn sealed_files_with(&self, text: &str) -> Result<HashSet<u64>, StoreError> {
        let sql = "WITH sealed AS (SELECT id FROM family WHERE sealed IS NOT NULL),
              hit AS (SELECT id FROM name WHERE instr(text, ?1) > 0)
            SELECT c.file FROM sealed JOIN context c ON c.family = sealed.id
              WHERE instr(coalesce(c.project, '') || ' ' || coalesce(c.directory, '') || ' ' || coalesce(c.session, ''), ?1) > 0
            UNION SELECT c.file FROM sealed JOIN session s ON s.family = sealed.id AND instr(s.title, ?1) > 0
              JOIN context c ON c.family = sealed.id AND c.session = s.id
            UNION SELECT c.file FROM sealed JOIN incident i ON i.family = sealed.id
              AND (i.title IN hit OR i.fingerprint IN hit OR i.reason IN hit OR i.cause IN hit)
              JOIN event e ON e.family = sealed.id AND e.n = i.event
              JOIN context c ON c.family = sealed.id AND c.n = e.context";
        Ok(self.rows(sql, [text], |row| identity(row, 0))?.into_iter().collect())
    }

    /// The logs that hold events of a project.
    pub fn files_of_project(&self, project: &str) -> Result<HashSet<u64>, StoreError> {
        let sql = "SELECT DISTINCT file FROM context WHERE project = ?1";
        Ok(self.rows(sql, [project], |row| identity(row, 0))?.into_iter().collect())
    }

    /// Whether some event belongs to a project.
    pub fn has_project(&self, project: &str) -> Result<bool, StoreError> {
        let found = self.rows("SELECT 1 FROM context WHERE project = ?1 LIMIT 1", [project], |_| Ok(()))?;
        Ok(!found.is_empty())
    }
}

impl Group<'_> {
    /// Removes what was derived from a log. Where other logs of its family are kept, all of the family's rows go, and
    /// the next run understands what is left; where the others were removed, their rows stay.
    pub(super) fn forget_file(&mut self, id: u64) -> Result<(), StoreError> {
        let family: Option<Option<i64>> = self
            .transaction
            .prepare_cached("SELECT family FROM file WHERE id = ?1")?
            .query_row([signed(id)], |row| row.get(0))
            .optional()?;
        let Some(family) = family.flatten() else { return Ok(()) };
        let (kept, others): (i64, i64) = self
            .transaction
            .prepare_cached(
                "SELECT count(*) FILTER (WHERE tier IN ('active', 'archive')), count(*) FROM file
                 WHERE family = ?1 AND id <> ?2",
            )?
            .query_row(params![family, signed(id)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if kept == 0 && others > 0 {
            for sql in ROWS_OF_FILE {
                self.transaction.prepare_cached(sql)?.execute(params![family, signed(id)])?;
            }
        } else {
            self.drop_family(family as u64)?;
            self.transaction
                .prepare_cached("UPDATE file SET family = NULL WHERE family = ?1 AND tier IN ('active', 'archive')")?
                .execute([family])?;
        }
        self.transaction
            .prepare_cached("UPDATE file SET family = NULL, links = x'' WHERE id = ?1")?
            .execute([signed(id)])?;
        Ok(())
    }

    /// Removes an error from the index over the records.
    pub(super) fn forget_error(&mut self, id: u64) -> Result<(), StoreError> {
        for table in ["error_record", "handling", "critical_file"] {
            let sql = format!("DELETE FROM {table} WHERE id = ?1");
            self.transaction.prepare_cached(&sql)?.execute([signed(id)])?;
        }
        Ok(())
    }

    /// Notes a day of error records of which lines were forgotten.
    pub(super) fn error_file_rewritten(&mut self, day: &Intent) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE error_file SET length = ?2, stored = ?3, hash = ?4 WHERE path = ?1")?
            .execute(params![day.from, day.length as i64, day.stored as i64, day.hash])?;
        Ok(())
    }
}

impl Writer {
    /// Notes that rows were replaced which may have held what was forgotten.
    pub fn uncompacted(&mut self) -> Result<(), StoreError> {
        self.write(|group| group.fact(UNCOMPACTED, 1))
    }

    /// Leaves nothing in the file that no row has, if something was forgotten since that was last done.
    pub fn compact(&mut self) -> Result<(), StoreError> {
        if self.number(UNCOMPACTED)? == 0 {
            return Ok(());
        }
        self.execute("PRAGMA secure_delete = ON")?;
        self.execute(UNUSED_WORDS)?;
        self.execute("VACUUM")?;
        self.forget_names();
        self.write(|group| group.fact(UNCOMPACTED, 0))
    }
}
