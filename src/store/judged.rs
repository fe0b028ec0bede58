//! Reads who judged what, and what they said.

use super::incidents::text;
use super::read::{identity, unsigned};
use super::write::signed;
use super::{Reader, StoreError, StoredEvent};
use crate::event::{Kind, Millis};
use rusqlite::{Row, params};

/// An event with all that leads to those who judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedEvent {
    /// Its family.
    pub family: u64,
    /// Its number there.
    pub n: u32,
    /// The event.
    pub event: StoredEvent,
    /// The session.
    pub session: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// The kept file.
    pub file: Option<String>,
    /// Where the agent left it.
    pub source: Option<String>,
    /// The place of the classifier that filled the verdict.
    pub filled_by: Option<u32>,
    /// Whether it is to be kept for ever.
    pub critical: bool,
}

/// A plugin that was there when a family was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `plugins`, described in docs/schema.md")]
pub struct Judge {
    pub role: String,
    /// Its place among those of the role.
    pub slot: u32,
    pub plugin: String,
    pub version: String,
    pub content_hash: String,
    pub settings_hash: String,
    pub host_version: String,
    pub limits: String,
    pub first_used: Millis,
    pub last_used: Millis,
    pub suspended: bool,
    /// Records of one family that it was asked about; nothing where no single family is meant.
    pub asked: Option<u64>,
}

/// What a classifier said of an event that another one's verdict fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The place of the classifier.
    pub slot: u32,
    /// The category.
    pub category: String,
    /// The subcategory.
    pub subcategory: String,
    /// How bad it is.
    pub severity: u8,
}

/// How a plugin failed on an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeFailure {
    /// Its role.
    pub role: String,
    /// Its place among those of the role.
    pub slot: u32,
    /// The sort of failure.
    pub kind: String,
    /// What it said.
    pub message: String,
}

impl Reader {
    /// An event by its place in its family.
    pub fn judged_event(&self, family: u64, n: u32) -> Result<Option<JudgedEvent>, StoreError> {
        let labels = self.labels_of(family, n)?;
        let found = self.rows(
            "SELECT e.id, e.time, k.text, t.text, e.call, s.text, e.duration_ms, m.text, g.text, u.text, e.severity,
                c.sub_agent, c.file, e.offset, e.length, e.sub, c.session, c.project, c.agent, f.path, f.source,
                e.judge, e.critical
             FROM event e LEFT JOIN context c ON c.family = e.family AND c.n = e.context
             LEFT JOIN file f ON f.id = c.file
             LEFT JOIN name k ON k.id = e.kind LEFT JOIN name t ON t.id = e.tool LEFT JOIN name s ON s.id = e.status
             LEFT JOIN name m ON m.id = e.model LEFT JOIN name g ON g.id = e.category
             LEFT JOIN name u ON u.id = e.subcategory
             WHERE e.family = ?1 AND e.n = ?2",
            params![signed(family), n],
            |row| {
                let event = StoredEvent {
                    id: identity(row, 0)?,
                    time: row.get(1)?,
                    kind: Kind::of_name(&text(row, 2)?).unwrap_or(Kind::Unknown),
                    tool: text(row, 3)?,
                    call: row.get(4)?,
                    status: text(row, 5)?,
                    duration: row.get::<_, Option<i64>>(6)?.map(|duration| duration as u64),
                    model: text(row, 7)?,
                    category: text(row, 8)?,
                    subcategory: text(row, 9)?,
                    severity: row.get(10)?,
                    sub_agent: row.get(11)?,
                    file: row.get::<_, Option<i64>>(12)?.unwrap_or_default() as u64,
                    offset: unsigned(row, 13)?,
                    length: unsigned(row, 14)?,
                    index: row.get(15)?,
                    labels: labels.iter().map(|(_, label)| label.clone()).collect(),
                };
                Ok(JudgedEvent {
                    family,
                    n,
                    event,
                    session: row.get(16)?,
                    project: row.get(17)?,
                    agent: row.get(18)?,
                    file: row.get(19)?,
                    source: row.get(20)?,
                    filled_by: row.get::<_, u32>(21)?.checked_sub(1),
                    critical: row.get(22)?,
                })
            },
        )?;
        Ok(found.into_iter().next())
    }

    /// The labels of an event, each with the place of the classifier that gave it.
    pub fn labels_of(&self, family: u64, n: u32) -> Result<Vec<(u32, String)>, StoreError> {
        self.rows(
            "SELECT l.slot, w.text FROM label l JOIN name w ON w.id = l.label WHERE l.family = ?1 AND l.n = ?2
             ORDER BY l.slot, w.text",
            params![signed(family), n],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Other verdicts than the one that fills an event.
    pub fn opinions_of(&self, family: u64, n: u32) -> Result<Vec<Opinion>, StoreError> {
        self.rows(
            "SELECT o.slot, g.text, u.text, o.severity FROM opinion o
             LEFT JOIN name g ON g.id = o.category LEFT JOIN name u ON u.id = o.subcategory
             WHERE o.family = ?1 AND o.n = ?2 ORDER BY o.slot",
            params![signed(family), n],
            |row| {
                let (slot, category, subcategory) = (row.get(0)?, text(row, 1)?, text(row, 2)?);
                Ok(Opinion { slot, category, subcategory, severity: row.get(3)? })
            },
        )
    }

    /// The plugins of a role that were there when a family was judged, in order.
    pub fn judges_of(&self, family: u64, role: &str) -> Result<Vec<Judge>, StoreError> {
        self.rows(
            "SELECT j.role, j.slot, y.name, y.version, y.content_hash, y.settings_hash, y.host_version, y.limits,
                y.first_used, y.last_used, j.suspended, j.asked
             FROM judged j JOIN plugin y ON y.id = j.plugin WHERE j.family = ?1 AND j.role = ?2 ORDER BY j.slot",
            params![signed(family), role],
            |row| Ok(Judge { asked: Some(unsigned(row, 11)?), ..judge_row(row)? }),
        )
    }

    /// The extractors that put incidents into a group, and how many each.
    pub fn judges_of_group(&self, group: u64) -> Result<Vec<(Judge, u64)>, StoreError> {
        self.rows(
            "SELECT j.role, min(j.slot), y.name, y.version, y.content_hash, y.settings_hash, y.host_version, y.limits,
                y.first_used, y.last_used, max(j.suspended), count(*)
             FROM incident i
             JOIN judged j ON j.family = i.family AND j.role = 'extractor' AND j.slot = i.judge - 1
             JOIN plugin y ON y.id = j.plugin WHERE i.grp = ?1 GROUP BY y.id ORDER BY count(*) DESC, y.id",
            [signed(group)],
            |row| Ok((judge_row(row)?, unsigned(row, 11)?)),
        )
    }

    /// The numbers, in its family, of the call that failed and of what the agent said before it.
    pub fn around(&self, family: u64, event: u32) -> Result<[Option<u32>; 2], StoreError> {
        let sql = "SELECT call, before FROM incident WHERE family = ?1 AND event = ?2 LIMIT 1";
        let found = self.rows(sql, params![signed(family), event], |row| Ok([row.get(0)?, row.get(1)?]))?;
        Ok(found.first().copied().unwrap_or_default())
    }

    /// How plugins failed on an event.
    pub fn failures_of(&self, family: u64, event: u64) -> Result<Vec<JudgeFailure>, StoreError> {
        self.rows(
            "SELECT role, slot, kind, message FROM plugin_failure WHERE family = ?1 AND event = ?2 ORDER BY role, slot",
            params![signed(family), signed(event)],
            |row| {
                let (role, slot) = (row.get(0)?, row.get(1)?);
                Ok(JudgeFailure { role, slot, kind: row.get(2)?, message: row.get(3)? })
            },
        )
    }
}

fn judge_row(row: &Row<'_>) -> rusqlite::Result<Judge> {
    Ok(Judge {
        role: row.get(0)?,
        slot: row.get(1)?,
        plugin: row.get(2)?,
        version: row.get(3)?,
        content_hash: row.get(4)?,
        settings_hash: row.get(5)?,
        host_version: row.get(6)?,
        limits: row.get(7)?,
        first_used: row.get(8)?,
        last_used: row.get(9)?,
        suspended: row.get(10)?,
        asked: None,
    })
}
