//! The one writer: families come in whole, in transactions.

use super::schema::{
    APPLICATION_ID, CREATE_DERIVED, CREATE_LASTING, CREATE_LEARNING, CREATE_PLUGINS, CREATE_RETENTION, DERIVED,
    DROP_FORMAT_1, FORMAT,
};
use super::{By, FileRow, StoreError};
use crate::disk::open_private;
use crate::event::{Kind, Status};
use crate::intake::Stat;
use crate::pipeline::{Derived, NameId, Names, Stage};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

/// Writes to the store.
pub struct Writer {
    connection: Connection,
    path: PathBuf,
    /// Words that were interned, by their numbers; empty until the first is asked for.
    names: HashMap<String, i64>,
}

/// Statements that are kept prepared: more than a family needs, else each would push out the next.
const STATEMENTS: usize = 64;

impl Writer {
    /// Opens the store, creating it if it is new.
    pub fn open(path: &Path) -> Result<Writer, StoreError> {
        let fault = |error| StoreError::of_sqlite(path, error);
        open_private(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
        let connection = Connection::open(path).map_err(fault)?;
        connection.busy_timeout(std::time::Duration::from_secs(30)).map_err(fault)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
        if found > FORMAT {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: FORMAT });
        }
        // NORMAL in WAL mode survives a crash of the process; after a loss of power the last
        // transactions may be missing, and their families are simply read again.
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;")
            .map_err(fault)?;
        let steps = match found {
            0 => [CREATE_LASTING, CREATE_PLUGINS, CREATE_DERIVED, CREATE_RETENTION].concat(),
            1 => [DROP_FORMAT_1, CREATE_PLUGINS, CREATE_DERIVED, CREATE_RETENTION].concat(),
            2 => CREATE_RETENTION.to_owned(),
            _ => String::new(),
        };
        if found < FORMAT {
            let create = format!(
                "BEGIN IMMEDIATE; {steps} {CREATE_LEARNING} PRAGMA application_id = {APPLICATION_ID};
                 PRAGMA user_version = {FORMAT}; COMMIT;"
            );
            connection.execute_batch(&create).map_err(fault)?;
        }
        Ok(Writer { connection, path: path.to_owned(), names: HashMap::new() })
    }

    /// Lets the interned words be read again when one is asked for.
    pub(super) fn forget_names(&mut self) {
        self.names.clear();
    }

    /// The database, for readers in the same process.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number about the house; 0 if it was never written down.
    pub fn number(&self, name: &str) -> Result<i64, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT value FROM fact WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?.unwrap_or_default())
    }

    /// Writes a group of families in one transaction; if it fails, nothing of it is there.
    pub fn write<E: From<StoreError>>(&mut self, group: impl FnOnce(&mut Group<'_>) -> Result<(), E>) -> Result<(), E> {
        let outcome = (|| {
            let transaction =
                self.connection.transaction().map_err(|error| StoreError::of_sqlite(&self.path, error))?;
            let mut open = Group { transaction, names: &mut self.names };
            group(&mut open)?;
            open.transaction.commit().map_err(|error| StoreError::of_sqlite(&self.path, error))?;
            Ok(())
        })();
        if outcome.is_err() {
            // Names of a transaction that was rolled back are gone.
            self.names.clear();
        }
        outcome
    }

    /// Runs a statement of its own.
    pub(super) fn execute(&self, sql: &str) -> Result<(), StoreError> {
        self.connection.execute_batch(sql).map_err(|error| StoreError::of_sqlite(&self.path, error))
    }

    /// Hands over the bytes of a database of whatever format, whole and as one file.
    pub fn copy_database(path: &Path, write: impl FnOnce(&[u8]) -> io::Result<()>) -> Result<(), StoreError> {
        let fault = |error| StoreError::of_sqlite(path, error);
        let connection = Connection::open(path).map_err(fault)?;
        connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").map_err(fault)?;
        let at = |source| StoreError::Io { path: path.to_owned(), source };
        let bytes = std::fs::read(path).map_err(at)?;
        write(&bytes).map_err(at)
    }

    /// Moves what is in the write-ahead log into the database and lets the planner learn.
    pub fn finish(self) -> Result<(), StoreError> {
        self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }
}

/// An open transaction.
pub struct Group<'a> {
    pub(super) transaction: Transaction<'a>,
    names: &'a mut HashMap<String, i64>,
}

pub(super) fn signed(id: u64) -> i64 {
    id as i64
}

impl Group<'_> {
    /// Notes a file: a new one, or what changed about it.
    pub fn file(&mut self, file: &FileRow) -> Result<(), StoreError> {
        let links: Vec<u8> = file.links.0.iter().flat_map(|link| link.to_le_bytes()).collect();
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO file(id, source, part, is_last, path, agent, form, shape, session, compression, length, hash,
                copied, size, modified_ns, inode, device, links, tier, entered, stored, mode)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
             ON CONFLICT(id) DO UPDATE SET is_last = ?4, path = ?5, agent = ?6, form = ?7, shape = ?8, session = ?9,
                compression = ?10, length = ?11, hash = ?12, source = ?2, size = ?14, modified_ns = ?15, inode = ?16, device = ?17,
                links = ?18, tier = ?19, entered = ?20, stored = ?21, mode = ?22",
        )?;
        statement.execute(params![
            signed(file.id),
            file.source,
            file.part as i64,
            file.is_last,
            file.path,
            file.agent,
            file.form,
            file.shape,
            file.session,
            file.compression,
            file.length as i64,
            file.hash,
            file.copied,
            file.stat.size as i64,
            file.stat.modified_ns,
            signed(file.stat.inode),
            signed(file.stat.device),
            links,
            file.tier.name(),
            file.entered,
            file.stored as i64,
            file.mode,
        ])?;
        if file.is_last && !file.source.is_empty() {
            self.transaction
                .prepare_cached("UPDATE file SET is_last = 0 WHERE source = ?1 AND id <> ?2")?
                .execute(params![file.source, signed(file.id)])?;
            self.transaction.prepare_cached("DELETE FROM passed_over WHERE path = ?1")?.execute([&file.source])?;
        }
        Ok(())
    }

    /// Removes the entry of a file that has another name now.
    pub fn remove_file(&mut self, id: u64) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM file WHERE id = ?1")?.execute([signed(id)])?;
        Ok(())
    }

    /// Remembers a file that none of the readers was for, so that it is not looked at again
    /// until there are others.
    pub fn passed_over(&mut self, path: &str, stat: Stat, readers: u32) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO passed_over VALUES(?1, ?2, ?3, ?4)")?
            .execute(params![path, stat.size as i64, stat.modified_ns, readers])?;
        Ok(())
    }

    /// Removes everything that is derived from a family, but for what is sealed of it.
    pub fn remove_family(&mut self, family: u64) -> Result<(), StoreError> {
        if self.keep_sealed(signed(family))? { Ok(()) } else { self.drop_family(family) }
    }

    /// Removes everything that is derived from a family, sealed or not.
    pub(super) fn drop_family(&mut self, family: u64) -> Result<(), StoreError> {
        for table in DERIVED {
            self.transaction
                .prepare_cached(&format!("DELETE FROM {table} WHERE family = ?1"))?
                .execute([signed(family)])?;
        }
        self.transaction.prepare_cached("DELETE FROM family WHERE id = ?1")?.execute([signed(family)])?;
        Ok(())
    }

    /// Writes down a number about the house.
    pub fn fact(&mut self, name: &str, value: i64) -> Result<(), StoreError> {
        self.transaction.prepare_cached("INSERT OR REPLACE INTO fact VALUES(?1, ?2)")?.execute(params![name, value])?;
        Ok(())
    }

    /// Replaces everything that is derived from a family. `files` are the ids of its
    /// files and their agents, in the order in which they were read.
    pub fn family(
        &mut self,
        family: u64,
        files: &[(u64, &str)],
        derived: &Derived,
        by: &By<'_>,
    ) -> Result<(), StoreError> {
        self.remove_family(family)?;
        self.write_family_row(family, derived, by)?;
        self.findings(Stage::Read, family, files, derived, by)?;
        let family = signed(family);
        let mut facts = self.transaction.prepare_cached(
            "UPDATE file SET family = ?2, lines = ?3, events = ?4, first_time = ?5, last_time = ?6 WHERE id = ?1",
        )?;
        for ((id, _), file) in files.iter().zip(&derived.files) {
            facts.execute(params![
                signed(*id),
                family,
                file.lines as i64,
                file.events as i64,
                file.first,
                file.last
            ])?;
        }
        drop(facts);
        self.write_contexts(family, files, derived)?;
        self.write_events(family, derived)?;
        self.write_sessions(family, files, derived)?;
        self.write_oddities(family, files, derived)
    }

    fn write_contexts(&self, family: i64, files: &[(u64, &str)], derived: &Derived) -> Result<(), StoreError> {
        let mut statement =
            self.transaction.prepare_cached("INSERT INTO context VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
        for (n, context) in derived.contexts.iter().enumerate() {
            let (file, agent) = files[context.file as usize];
            statement.execute(params![
                family,
                n as i64,
                signed(file),
                named(&derived.names, context.session),
                agent,
                named(&derived.names, context.version),
                named(&derived.names, context.sub_agent),
                named(&derived.names, context.project),
                named(&derived.names, context.directory),
            ])?;
        }
        Ok(())
    }

    fn write_events(&mut self, family: i64, derived: &Derived) -> Result<(), StoreError> {
        let kinds: Vec<i64> = Kind::ALL.iter().map(|kind| self.intern(kind.name())).collect::<Result<_, _>>()?;
        let statuses: Vec<i64> = [Status::Unset, Status::Ok, Status::Error]
            .iter()
            .map(|status| self.intern(status.name()))
            .collect::<Result<_, _>>()?;
        let mut ids = vec![i64::MIN; derived.names.count()];
        let mut global = |group: &mut Self, id: NameId| -> Result<i64, StoreError> {
            let slot = &mut ids[id as usize];
            if *slot == i64::MIN {
                *slot = group.intern(derived.names.get(id))?;
            }
            Ok(*slot)
        };
        let mut resolved = Vec::with_capacity(derived.events.len());
        for event in &derived.events {
            resolved.push([
                global(self, event.tool)?,
                global(self, event.model)?,
                global(self, event.category)?,
                global(self, event.subcategory)?,
            ]);
        }
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO event VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                ?19, ?20)",
        )?;
        let mut response = self.transaction.prepare_cached("INSERT INTO response VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?;
        for (n, (event, [tool, model, category, subcategory])) in derived.events.iter().zip(resolved).enumerate() {
            statement.execute(params![
                family,
                n as i64,
                signed(event.id),
                event.context,
                event.offset as i64,
                event.length as i64,
                event.index,
                event.time,
                kinds[event.kind as usize],
                statuses[event.status as usize],
                tool,
                named(&derived.names, event.call),
                model,
                event.duration.map(|duration| duration as i64),
                event.size as i64,
                category,
                subcategory,
                event.severity.number(),
                event.judge,
                event.critical,
            ])?;
            if let Some(at) = (event.tokens as usize).checked_sub(1) {
                let tokens = derived.tokens[at];
                response.execute(params![
                    family,
                    n as i64,
                    tokens.input as i64,
                    tokens.output as i64,
                    tokens.cache_creation as i64,
                    tokens.cache_read as i64
                ])?;
            }
        }
        drop((statement, response));
        let labels: Vec<i64> =
            derived.labels.iter().map(|label| global(self, label.label)).collect::<Result<_, _>>()?;
        let mut statement = self.transaction.prepare_cached("INSERT OR IGNORE INTO label VALUES(?1, ?2, ?3, ?4)")?;
        for (label, id) in derived.labels.iter().zip(labels) {
            statement.execute(params![family, label.event, id, label.slot])?;
        }
        Ok(())
    }

    fn write_sessions(&self, family: i64, files: &[(u64, &str)], derived: &Derived) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO session VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        )?;
        for session in &derived.sessions {
            statement.execute(params![
                family,
                derived.names.get(session.id),
                files.first().map_or("", |(_, agent)| *agent),
                named(&derived.names, session.version),
                named(&derived.names, session.project),
                session.title,
                session.started,
                session.ended,
                session.prompts as i64,
                session.responses as i64,
                session.tool_calls as i64,
                session.failures as i64,
                session.sub_agents as i64,
                session.events as i64,
                session.tokens.input as i64,
                session.tokens.output as i64,
                session.tokens.cache_creation as i64,
                session.tokens.cache_read as i64,
            ])?;
        }
        Ok(())
    }

    fn write_oddities(&self, family: i64, files: &[(u64, &str)], derived: &Derived) -> Result<(), StoreError> {
        let file_id = |file: u32| signed(files[file as usize].0);
        for row in &derived.drift {
            let agent = files[row.file as usize].1;
            self.transaction.prepare_cached("INSERT INTO drift_row VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
                params![
                    family,
                    row.element,
                    row.name,
                    agent,
                    row.agent_version,
                    row.count as i64,
                    file_id(row.file),
                    row.offset as i64
                ],
            )?;
        }
        for row in &derived.quarantine {
            self.transaction.prepare_cached("INSERT INTO quarantine_row VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
                params![
                    family,
                    file_id(row.file),
                    row.offset as i64,
                    row.length as i64,
                    row.reason.name(),
                    row.records as i64
                ],
            )?;
        }
        Ok(())
    }

    pub(super) fn intern(&mut self, text: &str) -> Result<i64, StoreError> {
        if self.names.is_empty() {
            let mut statement = self.transaction.prepare("SELECT text, id FROM name")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                self.names.insert(row.get(0)?, row.get(1)?);
            }
        }
        if let Some(id) = self.names.get(text) {
            return Ok(*id);
        }
        self.transaction.prepare_cached("INSERT INTO name(text) VALUES(?1)")?.execute([text])?;
        let id = self.transaction.last_insert_rowid();
        self.names.insert(text.to_owned(), id);
        Ok(id)
    }
}

fn named(names: &Names, id: NameId) -> Option<&str> {
    (id != 0).then(|| names.get(id))
}
