//! Reads from the store; any number of readers, never blocked by the writer.

use super::schema::{APPLICATION_ID, FORMAT};
use super::{Stamps, StoreError};
use crate::event::{Kind, Millis, Tokens};
use crate::intake::{FileLinks, Kept, Stat};
use crate::layout::{Part, Tier};
use rusqlite::{Connection, OpenFlags, Row, params};
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Reads from the store.
pub struct Reader {
    pub(super) connection: Connection,
    path: PathBuf,
}

/// A file as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `files`, described in docs/schema.md")]
pub struct FileRow {
    pub id: u64,
    pub source: String,
    pub part: u64,
    pub is_last: bool,
    pub path: String,
    pub agent: String,
    pub form: String,
    pub shape: String,
    pub session: String,
    pub compression: String,
    pub length: u64,
    pub hash: String,
    pub copied: Millis,
    pub stat: Stat,
    pub links: FileLinks,
    pub family: Option<u64>,
    pub tier: Tier,
    /// Since when it is in its tier.
    pub entered: Millis,
    /// Bytes that its file in the house has.
    pub stored: u64,
    /// The permission bits of its source.
    pub mode: u32,
}

impl FileRow {
    /// What is kept of its source, as the copy plan compares it.
    pub fn kept(&self) -> Kept {
        Kept { stat: self.stat, length: self.from() + self.length }
    }

    /// Where in its source it begins.
    pub fn from(&self) -> u64 {
        Part::of_name(&self.path).from
    }
}

/// A session in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `sessions`, described in docs/schema.md")]
pub struct SessionSummary {
    pub family: u64,
    /// Further families in which it stands: what was removed of it, if it went on since.
    pub before: Vec<u64>,
    pub id: String,
    pub agent: String,
    pub version: Option<String>,
    pub project: Option<String>,
    pub title: String,
    pub started: Option<Millis>,
    pub ended: Option<Millis>,
    pub prompts: u64,
    pub responses: u64,
    pub tool_calls: u64,
    pub failures: u64,
    pub sub_agents: u64,
    pub events: u64,
    pub tokens: Tokens,
}

/// An event with the place of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `events`, described in docs/schema.md")]
pub struct StoredEvent {
    pub id: u64,
    pub time: Option<Millis>,
    pub kind: Kind,
    pub tool: String,
    pub call: Option<String>,
    pub status: String,
    pub duration: Option<u64>,
    pub model: String,
    pub category: String,
    pub subcategory: String,
    pub severity: u8,
    pub sub_agent: Option<String>,
    pub file: u64,
    pub offset: u64,
    pub length: u64,
    pub index: u32,
    pub labels: Vec<String>,
}

impl Reader {
    /// Opens a store that exists.
    pub fn open(path: &Path) -> Result<Reader, StoreError> {
        match fs::metadata(path) {
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(StoreError::Missing(path.to_owned()));
            }
            Err(source) => return Err(StoreError::Io { path: path.to_owned(), source }),
        }
        let fault = |error| StoreError::of_sqlite(path, error);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fault)?;
        connection.busy_timeout(std::time::Duration::from_secs(30)).map_err(fault)?;
        let application: i64 =
            connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
        let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
        if found > FORMAT {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: FORMAT });
        }
        if found != 0 && found < FORMAT {
            return Err(StoreError::Older { path: path.to_owned(), found });
        }
        if found == 0 || application != APPLICATION_ID {
            return Err(StoreError::Missing(path.to_owned()));
        }
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -65536;").map_err(fault)?;
        Ok(Reader { connection, path: path.to_owned() })
    }

    /// All files, those that are only remembered included, ordered by id.
    pub fn files(&self) -> Result<Vec<FileRow>, StoreError> {
        self.rows(&format!("SELECT {FILE} FROM file"), [], file_row).map(|mut files| {
            files.sort_by_key(|file| file.id);
            files
        })
    }

    /// One file.
    pub fn file(&self, id: u64) -> Result<Option<FileRow>, StoreError> {
        let found = self.rows(&format!("SELECT {FILE} FROM file WHERE id = ?1"), [id as i64], file_row)?;
        Ok(found.into_iter().next())
    }

    /// Files that were looked at and that no reader exists for: path to (size, time of change).
    pub fn passed_over(&self, readers: u32) -> Result<HashMap<String, (u64, i64)>, StoreError> {
        let rows =
            self.rows("SELECT path, size, modified_ns FROM passed_over WHERE readers = ?1", [readers], |row| {
                Ok((row.get(0)?, (unsigned(row, 1)?, row.get(2)?)))
            })?;
        Ok(rows.into_iter().collect())
    }

    /// By whom each family was judged.
    pub fn stamps(&self) -> Result<HashMap<u64, Stamps>, StoreError> {
        let rows = self.rows("SELECT id, classifiers, extractors, analyzers FROM family", [], |row| {
            let stamps =
                Stamps { classifiers: identity(row, 1)?, extractors: identity(row, 2)?, analyzers: identity(row, 3)? };
            Ok((identity(row, 0)?, stamps))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// Families of which no log is left.
    pub fn sealed(&self) -> Result<HashSet<u64>, StoreError> {
        let found = self.rows("SELECT id FROM family WHERE sealed IS NOT NULL", [], |row| identity(row, 0))?;
        Ok(found.into_iter().collect())
    }

    /// How many records of each family are in quarantine, by reason.
    pub fn quarantined(&self) -> Result<HashMap<u64, HashMap<String, u64>>, StoreError> {
        let rows = self.rows("SELECT family, reason, sum(records) FROM quarantine_row GROUP BY 1, 2", [], |row| {
            Ok((identity(row, 0)?, row.get::<_, String>(1)?, unsigned(row, 2)?))
        })?;
        let mut counts: HashMap<u64, HashMap<String, u64>> = HashMap::new();
        for (family, reason, count) in rows {
            counts.entry(family).or_default().insert(reason, count);
        }
        Ok(counts)
    }

    /// Sessions, the last heard of first.
    pub fn sessions(&self, limit: usize) -> Result<Vec<SessionSummary>, StoreError> {
        self.rows(
            &format!("SELECT {SESSION} FROM session ORDER BY ended DESC, id LIMIT ?1"),
            [i64::try_from(limit).unwrap_or(i64::MAX)],
            session_row,
        )
        .map(merged)
    }

    /// Sessions whose id begins with the given letters, at most a few.
    pub fn sessions_like(&self, prefix: &str) -> Result<Vec<SessionSummary>, StoreError> {
        self.rows(
            &format!("SELECT {SESSION} FROM session WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id <> ?1, ended DESC, id LIMIT 20"),
            [prefix],
            session_row,
        )
        .map(merged)
    }

    /// The events of a session in order of time.
    pub fn events(&self, family: u64, session: &str) -> Result<Vec<StoredEvent>, StoreError> {
        let mut labels: HashMap<i64, Vec<String>> = HashMap::new();
        let found = self.rows(
            "SELECT l.n, w.text FROM label l JOIN name w ON w.id = l.label WHERE l.family = ?1 ORDER BY l.n, w.text",
            [family as i64],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
        )?;
        for (n, label) in found {
            labels.entry(n).or_default().push(label);
        }
        self.rows(
            "SELECT e.n, e.id, e.time, k.text, t.text, e.call, s.text, e.duration_ms, m.text, g.text, u.text, e.severity,
                c.sub_agent, c.file, e.offset, e.length, e.sub
             FROM event e JOIN context c ON c.family = e.family AND c.n = e.context
             JOIN name k ON k.id = e.kind JOIN name t ON t.id = e.tool JOIN name s ON s.id = e.status
             JOIN name m ON m.id = e.model JOIN name g ON g.id = e.category JOIN name u ON u.id = e.subcategory
             WHERE e.family = ?1 AND c.session = ?2 ORDER BY e.n",
            params![family as i64, session],
            |row| {
                let n: i64 = row.get(0)?;
                Ok(StoredEvent {
                    id: identity(row, 1)?,
                    time: row.get(2)?,
                    kind: Kind::of_name(row.get_ref(3)?.as_str().unwrap_or_default()).unwrap_or(Kind::Unknown),
                    tool: row.get(4)?,
                    call: row.get(5)?,
                    status: row.get(6)?,
                    duration: row.get::<_, Option<i64>>(7)?.map(|duration| duration as u64),
                    model: row.get(8)?,
                    category: row.get(9)?,
                    subcategory: row.get(10)?,
                    severity: row.get(11)?,
                    sub_agent: row.get(12)?,
                    file: identity(row, 13)?,
                    offset: unsigned(row, 14)?,
                    length: unsigned(row, 15)?,
                    index: row.get(16)?,
                    labels: labels.remove(&n).unwrap_or_default(),
                })
            },
        )
    }

    /// One number.
    pub fn number(&self, sql: &str) -> Result<i64, StoreError> {
        let number = self.connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0));
        Ok(number.map_err(|error| self.fault(error))?.unwrap_or_default())
    }

    /// Rows of any statement, each turned into a value.
    pub fn rows<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        each: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let collect = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_map(parameters, each)?.collect::<Result<_, _>>()
        };
        collect().map_err(|error| self.fault(error))
    }

    /// Keeps few pages of the database in memory, for whoever looks at each but once.
    pub fn keep_little(&self) -> Result<(), StoreError> {
        let set = self.connection.execute_batch("PRAGMA cache_size = -8192;");
        set.map_err(|error| self.fault(error))
    }

    /// Sorts an error of SQLite on this database.
    pub(super) fn fault(&self, error: rusqlite::Error) -> StoreError {
        StoreError::of_sqlite(&self.path, error)
    }
}

const FILE: &str =
    "id, source, part, is_last, path, agent, form, shape, session, compression, length, hash, copied, size,
    modified_ns, inode, device, links, family, tier, entered, stored, mode";

const SESSION: &str =
    "family, id, agent, version, project, title, started, ended, prompts, responses, tool_calls, failures,
    sub_agents, events, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens";

/// One summary for each session, in the order of the first row of each.
fn merged(rows: Vec<SessionSummary>) -> Vec<SessionSummary> {
    let mut sessions: Vec<SessionSummary> = Vec::with_capacity(rows.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in rows {
        match places.get(&row.id) {
            Some(at) => sessions[*at].add(row),
            None => {
                places.insert(row.id.clone(), sessions.len());
                sessions.push(row);
            }
        }
    }
    sessions
}

impl SessionSummary {
    /// Adds what another family says of the same session.
    fn add(&mut self, other: SessionSummary) {
        self.before.push(other.family);
        self.started = self.started.into_iter().chain(other.started).min();
        self.ended = self.ended.into_iter().chain(other.ended).max();
        self.prompts += other.prompts;
        self.responses += other.responses;
        self.tool_calls += other.tool_calls;
        self.failures += other.failures;
        self.sub_agents += other.sub_agents;
        self.events += other.events;
        self.tokens.input += other.tokens.input;
        self.tokens.output += other.tokens.output;
        self.tokens.cache_creation += other.tokens.cache_creation;
        self.tokens.cache_read += other.tokens.cache_read;
    }
}

fn session_row(row: &Row<'_>) -> rusqlite::Result<SessionSummary> {
    Ok(SessionSummary {
        family: identity(row, 0)?,
        before: Vec::new(),
        id: row.get(1)?,
        agent: row.get(2)?,
        version: row.get(3)?,
        project: row.get(4)?,
        title: row.get(5)?,
        started: row.get(6)?,
        ended: row.get(7)?,
        prompts: unsigned(row, 8)?,
        responses: unsigned(row, 9)?,
        tool_calls: unsigned(row, 10)?,
        failures: unsigned(row, 11)?,
        sub_agents: unsigned(row, 12)?,
        events: unsigned(row, 13)?,
        tokens: tokens(row, 14)?,
    })
}

fn file_row(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let links: Vec<u8> = row.get(17)?;
    Ok(FileRow {
        id: identity(row, 0)?,
        source: row.get(1)?,
        part: unsigned(row, 2)?,
        is_last: row.get(3)?,
        path: row.get(4)?,
        agent: row.get(5)?,
        form: row.get(6)?,
        shape: row.get(7)?,
        session: row.get(8)?,
        compression: row.get(9)?,
        length: unsigned(row, 10)?,
        hash: row.get(11)?,
        copied: row.get(12)?,
        stat: Stat {
            size: unsigned(row, 13)?,
            modified_ns: row.get(14)?,
            inode: identity(row, 15)?,
            device: identity(row, 16)?,
        },
        links: FileLinks(links.as_chunks().0.iter().map(|link| u64::from_le_bytes(*link)).collect()),
        family: row.get::<_, Option<i64>>(18)?.map(|family| family as u64),
        tier: Tier::of_name(row.get_ref(19)?.as_str().unwrap_or_default()).unwrap_or_default(),
        entered: row.get(20)?,
        stored: unsigned(row, 21)?,
        mode: row.get(22)?,
    })
}

/// Hashes are stored as SQLite's signed numbers.
pub(super) fn identity(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)? as u64)
}

/// A count; nothing counts as 0.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, Option<i64>>(column)?.unwrap_or_default().max(0) as u64)
}

/// Input, output, cache creation and cache read, from this column on.
pub(super) fn tokens(row: &Row<'_>, first: usize) -> rusqlite::Result<Tokens> {
    Ok(Tokens {
        input: unsigned(row, first)?,
        output: unsigned(row, first + 1)?,
        cache_creation: unsigned(row, first + 2)?,
        cache_read: unsigned(row, first + 3)?,
    })
}
