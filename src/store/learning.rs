//! What is learned: protocols, what the guard did, and what each family shows of the protocols.

use super::read::{identity, unsigned};
use super::write::{Group, signed};
use super::{Reader, StoreError, StoredEvent};
use crate::event::{Kind, Millis, ProtocolId};
use rusqlite::params;

/// A tool call of a family, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCall {
    /// Its number in the family.
    pub n: u32,
    /// Who made it: session and sub-agent.
    pub actor: (String, String),
    /// Where it stands; of the rest, its tool and time.
    pub event: StoredEvent,
}

/// What a family shows of a protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Calls of the tools that the triggers name.
    pub calls: u64,
    /// Calls for which a trigger fires.
    pub fired: u64,
    /// Incidents of the group whose call a trigger fires for.
    pub met: u64,
    /// Incidents of the group.
    pub incidents: u64,
    /// Which of the calls, counted from one, was the first with an incident; 0 if there was none or it is not known.
    pub first: u64,
}

/// A family that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The family.
    pub family: u64,
    /// All its tool calls.
    pub calls: u64,
    /// Its first event, in milliseconds since 1970.
    pub first: Option<Millis>,
    /// Its last.
    pub last: Option<Millis>,
}

/// What the guard did once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firing {
    /// A hash of its line.
    pub id: u64,
    /// The protocol.
    pub protocol: ProtocolId,
    /// When.
    pub at: Millis,
    /// What it did: `observe`, `advise`, `ask` or `deny`.
    pub action: String,
    /// The tool.
    pub tool: String,
    /// The session.
    pub session: String,
    /// The sub-agent; empty if it was none.
    pub sub_agent: String,
    /// The id of the call; empty if the agent did not say.
    pub call: String,
}

/// A row of the index over protocols.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `protocols`, described in docs/schema.md")]
pub struct ProtocolRow<'a> {
    pub id: ProtocolId,
    pub group: u64,
    pub status: &'a str,
    pub guard: &'a str,
    pub title: &'a str,
    pub cause: &'a str,
    pub owner: &'a str,
    pub advice: &'a str,
    pub confidence: u8,
    pub proposed: Millis,
    pub activated: Option<Millis>,
    pub ended: Option<Millis>,
    pub why: &'a str,
}

impl Reader {
    /// Families that were not measured since they changed, but for those of which no log is left.
    pub fn unmeasured(&self) -> Result<Vec<u64>, StoreError> {
        self.rows(
            "SELECT id FROM family WHERE sealed IS NULL AND id NOT IN (SELECT family FROM measured) ORDER BY id",
            [],
            |row| identity(row, 0),
        )
    }

    /// Families that were measured before a protocol was there, but for those of which no log is left.
    pub fn unexposed(&self, protocol: ProtocolId) -> Result<Vec<u64>, StoreError> {
        self.rows(
            "SELECT m.family FROM measured m JOIN family y ON y.id = m.family AND y.sealed IS NULL
             WHERE m.family NOT IN (SELECT family FROM exposure WHERE protocol = ?1) ORDER BY m.family",
            [signed(protocol.0)],
            |row| identity(row, 0),
        )
    }

    /// The groups that have incidents in a family.
    pub fn groups_of(&self, family: u64) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT DISTINCT grp FROM incident WHERE family = ?1 AND grp IS NOT NULL";
        self.rows(sql, [signed(family)], |row| identity(row, 0))
    }

    /// The incidents of a family: the group of each, and the number of the call that failed.
    pub fn failed_calls(&self, family: u64) -> Result<Vec<(u64, Option<u32>)>, StoreError> {
        let sql = "SELECT grp, call FROM incident WHERE family = ?1 AND grp IS NOT NULL";
        self.rows(sql, [signed(family)], |row| Ok((identity(row, 0)?, row.get(1)?)))
    }

    /// The tool calls of a family between two of its events, in order.
    pub fn calls(&self, family: u64, from: u32, to: u32) -> Result<Vec<StoredCall>, StoreError> {
        self.rows(
            "SELECT e.n, c.session, c.sub_agent, t.text, c.file, e.offset, e.length, e.sub, e.time, e.call
             FROM event e JOIN context c ON c.family = e.family AND c.n = e.context JOIN name t ON t.id = e.tool
             WHERE e.family = ?1 AND e.n BETWEEN ?2 AND ?3 AND e.kind = (SELECT id FROM name WHERE text = ?4)
             ORDER BY e.n",
            params![signed(family), from, to, Kind::ToolCall.name()],
            |row| {
                let text = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.unwrap_or_default());
                Ok(StoredCall {
                    n: row.get(0)?,
                    actor: (text(1)?, text(2)?),
                    event: StoredEvent {
                        id: 0,
                        time: row.get(8)?,
                        kind: Kind::ToolCall,
                        tool: row.get(3)?,
                        call: row.get(9)?,
                        status: String::new(),
                        duration: None,
                        model: String::new(),
                        category: String::new(),
                        subcategory: String::new(),
                        severity: 0,
                        sub_agent: None,
                        file: identity(row, 4)?,
                        offset: unsigned(row, 5)?,
                        length: unsigned(row, 6)?,
                        index: row.get(7)?,
                        labels: Vec::new(),
                    },
                })
            },
        )
    }

    /// The first and the last event of a family, in milliseconds since 1970.
    pub fn span(&self, family: u64) -> Result<(Option<Millis>, Option<Millis>), StoreError> {
        let sql = "SELECT min(time), max(time) FROM event WHERE family = ?1 AND time > 0";
        let found = self.rows(sql, [signed(family)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(found.first().copied().unwrap_or_default())
    }

    /// What the families that were measured show of a protocol, in order of time.
    pub fn exposures(&self, protocol: ProtocolId) -> Result<Vec<(Measured, Exposure)>, StoreError> {
        self.rows(
            "SELECT m.family, m.calls, m.first, m.last, x.calls, x.fired, x.met, x.incidents, x.first
             FROM exposure x JOIN measured m ON m.family = x.family WHERE x.protocol = ?1 ORDER BY m.first, m.family",
            [signed(protocol.0)],
            |row| {
                let measured = Measured {
                    family: identity(row, 0)?,
                    calls: unsigned(row, 1)?,
                    first: row.get(2)?,
                    last: row.get(3)?,
                };
                let exposure = Exposure {
                    calls: unsigned(row, 4)?,
                    fired: unsigned(row, 5)?,
                    met: unsigned(row, 6)?,
                    incidents: unsigned(row, 7)?,
                    first: unsigned(row, 8)?,
                };
                Ok((measured, exposure))
            },
        )
    }

    /// The sessions of a project.
    pub fn sessions_of_project(&self, project: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT session FROM context WHERE project = ?1 AND session <> ''";
        self.rows(sql, [project], |row| row.get(0))
    }

    /// The sessions of a family.
    pub fn sessions_of(&self, family: u64) -> Result<Vec<String>, StoreError> {
        self.rows("SELECT id FROM session WHERE family = ?1 ORDER BY id", [signed(family)], |row| row.get(0))
    }

    /// How often the guard did what for a protocol.
    pub fn firings(&self, protocol: ProtocolId) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT action, count(*) FROM firing WHERE protocol = ?1 GROUP BY action ORDER BY action";
        self.rows(sql, [signed(protocol.0)], |row| Ok((row.get(0)?, unsigned(row, 1)?)))
    }

    /// Whether a firing is known.
    pub fn has_firing(&self, id: u64) -> Result<bool, StoreError> {
        Ok(!self.rows("SELECT 1 FROM firing WHERE id = ?1", [signed(id)], |_| Ok(()))?.is_empty())
    }

    /// The files that hold incidents, by the incidents' ids.
    pub fn files_of_incidents(&self, ids: &[u64]) -> Result<Vec<u64>, StoreError> {
        let mut files = Vec::new();
        for id in ids {
            files.extend(self.rows(
                "SELECT c.file FROM incident i JOIN event e ON e.family = i.family AND e.n = i.event
                 JOIN context c ON c.family = e.family AND c.n = e.context WHERE i.id = ?1",
                [signed(*id)],
                |row| identity(row, 0),
            )?);
        }
        Ok(files)
    }
}

impl Group<'_> {
    /// Replaces the index over the protocols.
    pub fn protocols(&mut self, rows: &[ProtocolRow<'_>]) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM protocol", [])?;
        let mut statement = self
            .transaction
            .prepare_cached("INSERT INTO protocol VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")?;
        for row in rows {
            statement.execute(params![
                signed(row.id.0),
                signed(row.group),
                row.status,
                row.guard,
                row.title,
                row.cause,
                row.owner,
                row.advice,
                row.confidence,
                row.proposed,
                row.activated,
                row.ended,
                row.why
            ])?;
        }
        Ok(())
    }

    /// Replaces what says which logs the live protocols rest on.
    pub fn citations(&mut self, cited: &[(u64, ProtocolId)]) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM citation", [])?;
        let mut statement = self.transaction.prepare_cached("INSERT OR IGNORE INTO citation VALUES(?1, ?2)")?;
        for (file, protocol) in cited {
            statement.execute(params![signed(*file), protocol.to_string()])?;
        }
        Ok(())
    }

    /// Notes that a family was measured.
    pub fn measured(&mut self, measured: &Measured) -> Result<(), StoreError> {
        let Measured { family, calls, first, last } = measured;
        self.transaction.prepare_cached("INSERT OR REPLACE INTO measured VALUES(?1, ?2, ?3, ?4)")?.execute(params![
            signed(*family),
            *calls as i64,
            first,
            last
        ])?;
        Ok(())
    }

    /// Notes what a family shows of a protocol.
    pub fn exposure(&mut self, family: u64, protocol: ProtocolId, shown: &Exposure) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO exposure VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute(params![
                signed(family),
                signed(protocol.0),
                shown.calls as i64,
                shown.fired as i64,
                shown.met as i64,
                shown.incidents as i64,
                shown.first as i64
            ])?;
        Ok(())
    }

    /// Lets a protocol whose triggers changed be measured anew.
    pub fn unexpose(&mut self, protocol: ProtocolId) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM exposure WHERE protocol = ?1")?.execute([signed(protocol.0)])?;
        Ok(())
    }

    /// Forgets what the guard did, to read it anew.
    pub fn clear_firings(&mut self) -> Result<(), StoreError> {
        self.transaction.execute("DELETE FROM firing", [])?;
        Ok(())
    }

    /// Notes what the guard did; what is known already stays.
    pub fn firing(&mut self, firing: &Firing) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("INSERT OR IGNORE INTO firing VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                signed(firing.id),
                signed(firing.protocol.0),
                firing.at,
                firing.action,
                firing.tool,
                firing.session,
                firing.sub_agent,
                firing.call
            ])?;
        Ok(())
    }
}
