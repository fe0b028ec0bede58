//! Reads failures and the groups that they form.

use super::read::{identity, unsigned};
use super::write::signed;
use super::{Reader, StoreError};
use crate::event::Millis;
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};

/// The ids that begin with the same hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
}

impl IdRange {
    /// The ids that begin with 1 to 16 hexadecimal digits.
    pub fn of_prefix(prefix: &str) -> Option<IdRange> {
        let is_hex = prefix.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !(1..=16).contains(&prefix.len()) || !is_hex {
            return None;
        }
        let free = 64 - 4 * prefix.len() as u32;
        let first = u64::from_str_radix(prefix, 16).ok()? << free;
        Some(IdRange { first, last: first | 1_u64.checked_shl(free).map_or(u64::MAX, |end| end - 1) })
    }

    /// Whether it holds one id only.
    pub fn is_whole(self) -> bool {
        self.first == self.last
    }
}

/// Of which disposition incidents are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dispositions {
    /// Those that went wrong, and those of which nobody could say what they are.
    #[default]
    Wrong,
    /// Those of one disposition.
    Only(String),
    /// All.
    All,
}

/// Which incidents are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// The incident itself.
    pub id: Option<u64>,
    /// Of this family.
    pub family: Option<u64>,
    /// Of this tool.
    pub tool: Option<String>,
    /// Of this cause.
    pub cause: Option<String>,
    /// To be mended by this owner.
    pub owner: Option<String>,
    /// In projects whose path contains this.
    pub project: Option<String>,
    /// In sessions whose id begins with this.
    pub session: Option<String>,
    /// From this time on.
    pub since: Option<Millis>,
    /// Before this time.
    pub until: Option<Millis>,
    /// Of this status.
    pub status: Option<String>,
    /// Of these dispositions.
    pub dispositions: Dispositions,
    /// Kept for ever.
    pub critical: bool,
    /// Of this group.
    pub group: Option<u64>,
}

/// What a person said of an error last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The status that they gave it.
    pub status: Option<String>,
    /// Why.
    pub why: String,
    /// Whether they said that it need not be kept for ever.
    pub cleared: bool,
    /// When.
    pub at: Millis,
}

/// A failure as the store knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `incidents`, described in docs/schema.md")]
pub struct StoredIncident {
    pub id: u64,
    pub group: Option<u64>,
    /// Its family, if the store has more of it than an error record.
    pub family: Option<u64>,
    /// The numbers in the family of what failed, the call, and the call that resolved it.
    pub events: [Option<u32>; 3],
    /// The id of what failed.
    pub event: Option<u64>,
    pub time: Option<Millis>,
    pub kind: String,
    pub tool: String,
    pub call: Option<String>,
    pub session: Option<String>,
    pub agent: Option<String>,
    pub project: Option<String>,
    pub sub_agent: Option<String>,
    pub disposition: String,
    pub reason: String,
    pub fingerprint: String,
    pub title: String,
    pub cause: String,
    pub owner: String,
    pub severity: u8,
    pub critical: bool,
    /// `open` or `resolved`; nothing if it is none that could be.
    pub status: Option<String>,
    /// How it was resolved by the agent: `repeated`, `changed` or empty.
    pub resolution: String,
    pub resolved_by: Option<u64>,
    pub resolved_after: Option<u64>,
    pub earlier: u64,
    pub handled: Option<Handled>,
    /// The place of the extractor that diagnosed it.
    pub filled_by: Option<u32>,
    pub plugin: Option<String>,
    pub plugin_version: Option<String>,
}

/// Incidents that share a fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `error_groups`, described in docs/schema.md")]
pub struct StoredGroup {
    pub id: u64,
    pub fingerprint: String,
    pub title: String,
    pub cause: String,
    pub owner: String,
    pub incidents: u64,
    pub sessions: u64,
    pub families: u64,
    pub projects: u64,
    pub days: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    pub resolved: u64,
    pub critical: bool,
}

const STATUS: &str = "CASE WHEN d.text NOT IN ('', 'incident') THEN NULL
    ELSE coalesce(h.status, iif(i.how = '', 'open', 'resolved')) END";
const CRITICAL: &str = "(i.critical AND coalesce(h.cleared, 0) = 0)";

/// `i` first: there are few incidents among many events.
const FROM: &str = "FROM incident i
    CROSS JOIN event e ON e.family = i.family AND e.n = i.event
    LEFT JOIN event r ON r.family = i.family AND r.n = i.resolution
    LEFT JOIN context c ON c.family = e.family AND c.n = e.context
    LEFT JOIN handling h ON h.id = i.id
    LEFT JOIN judged j ON j.family = i.family AND j.role = 'extractor' AND j.slot = i.judge - 1
    LEFT JOIN plugin y ON y.id = j.plugin
    LEFT JOIN name k ON k.id = e.kind LEFT JOIN name t ON t.id = e.tool LEFT JOIN name d ON d.id = i.disposition
    LEFT JOIN name w ON w.id = i.reason LEFT JOIN name fp ON fp.id = i.fingerprint
    LEFT JOIN name ti ON ti.id = i.title LEFT JOIN name ca ON ca.id = i.cause LEFT JOIN name o ON o.id = i.owner";

impl IncidentFilter {
    /// The condition, for a statement with [`FROM`]; the status is left to the caller.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut sql = String::from("1");
        let mut values: Vec<Value> = Vec::new();
        let mut add = |clause: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {}", clause.replace('?', &format!("?{}", values.len()))));
        };
        let words = [
            ("t.text = ?", &self.tool),
            ("ca.text = ?", &self.cause),
            ("o.text = ?", &self.owner),
            ("instr(c.project, ?) > 0", &self.project),
            ("substr(c.session, 1, length(?)) = ?", &self.session),
        ];
        for (clause, word) in words {
            if let Some(word) = word {
                add(clause, word.clone().into());
            }
        }
        let numbers = [
            ("i.id = ?", self.id.map(signed)),
            ("i.family = ?", self.family.map(signed)),
            ("i.grp = ?", self.group.map(signed)),
            ("e.time >= ?", self.since),
            ("e.time < ?", self.until),
        ];
        for (clause, number) in numbers {
            if let Some(number) = number {
                add(clause, number.into());
            }
        }
        match &self.dispositions {
            Dispositions::Wrong => sql.push_str(" AND coalesce(d.text, '') IN ('', 'incident')"),
            Dispositions::Only(word) => add("d.text = ?", word.clone().into()),
            Dispositions::All => {}
        }
        if self.critical {
            sql.push_str(&format!(" AND {CRITICAL}"));
        }
        (sql, values)
    }

    fn with_status(&self) -> (String, Vec<Value>) {
        let (mut sql, mut values) = self.condition();
        if let Some(status) = &self.status {
            values.push(status.clone().into());
            sql.push_str(&format!(" AND {STATUS} = ?{}", values.len()));
        }
        (sql, values)
    }
}

impl Reader {
    /// Incidents, the last one first, and how many there are beyond the limit.
    pub fn incidents(&self, filter: &IncidentFilter, limit: usize) -> Result<(Vec<StoredIncident>, u64), StoreError> {
        let (condition, values) = filter.with_status();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = self.rows(
            &format!(
                "SELECT i.id, i.grp, i.family, i.event, i.call, i.resolution, e.id, e.time, k.text, t.text, e.call,
                    c.session, c.agent, c.project, c.sub_agent, d.text, w.text, fp.text, ti.text, ca.text, o.text,
                    i.severity, {CRITICAL}, {STATUS}, i.how, r.id, max(0, r.time - e.time), i.earlier,
                    h.status, h.why, h.cleared, h.at, y.name, y.version, i.judge
                 {FROM} WHERE {condition} ORDER BY e.time DESC, i.family, i.n LIMIT {limit}"
            ),
            params_from_iter(values.clone()),
            incident_row,
        )?;
        if (found.len() as i64) < limit {
            return Ok((found, 0));
        }
        let all = self.rows(&format!("SELECT count(*) {FROM} WHERE {condition}"), params_from_iter(values), |row| {
            unsigned(row, 0)
        })?;
        let more = all.first().map_or(0, |all| all.saturating_sub(found.len() as u64));
        Ok((found, more))
    }

    /// An incident by its id.
    pub fn incident(&self, id: u64) -> Result<Option<StoredIncident>, StoreError> {
        let filter = IncidentFilter { id: Some(id), dispositions: Dispositions::All, ..IncidentFilter::default() };
        Ok(self.incidents(&filter, 1)?.0.into_iter().next())
    }

    /// The error that an event is.
    pub fn error_of(&self, family: u64, event: u32) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT id FROM incident WHERE family = ?1 AND event = ?2 LIMIT 1";
        Ok(self.rows(sql, params![signed(family), event], |row| identity(row, 0))?.into_iter().next())
    }

    /// What a person said of an error last.
    pub fn handled(&self, id: u64) -> Result<Option<Handled>, StoreError> {
        let found = self.rows("SELECT status, why, cleared, at FROM handling WHERE id = ?1", [signed(id)], |row| {
            Ok(Handled { status: row.get(0)?, why: row.get(1)?, cleared: row.get(2)?, at: row.get(3)? })
        })?;
        Ok(found.into_iter().next())
    }

    /// Groups of incidents, the largest first. Of the status `open` are those with an open incident.
    pub fn error_groups(&self, filter: &IncidentFilter, limit: usize) -> Result<(Vec<StoredGroup>, u64), StoreError> {
        let (condition, values) = filter.condition();
        let having = match filter.status.as_deref() {
            None => "",
            Some("open") => "HAVING resolved < count(*)",
            Some(_) => "HAVING resolved = count(*)",
        };
        let mut found = self.rows(
            &format!(
                "SELECT i.grp, fp.text, min(ti.text), min(ca.text), min(o.text), count(*), count(DISTINCT c.session),
                    count(DISTINCT i.family), count(DISTINCT c.project), count(DISTINCT e.time / 86400000),
                    min(e.time), max(e.time), sum({STATUS} = 'resolved') AS resolved, max({CRITICAL})
                 {FROM} WHERE i.grp IS NOT NULL AND {condition} GROUP BY i.grp {having}
                 ORDER BY count(*) DESC, max(e.time) DESC, i.grp"
            ),
            params_from_iter(values),
            |row| {
                Ok(StoredGroup {
                    id: identity(row, 0)?,
                    fingerprint: text(row, 1)?,
                    title: text(row, 2)?,
                    cause: text(row, 3)?,
                    owner: text(row, 4)?,
                    incidents: unsigned(row, 5)?,
                    sessions: unsigned(row, 6)?,
                    families: unsigned(row, 7)?,
                    projects: unsigned(row, 8)?,
                    days: unsigned(row, 9)?,
                    first: row.get(10)?,
                    last: row.get(11)?,
                    resolved: unsigned(row, 12)?,
                    critical: row.get(13)?,
                })
            },
        )?;
        let more = found.len().saturating_sub(limit) as u64;
        found.truncate(limit);
        Ok((found, more))
    }

    /// Errors whose ids lie in a range, be they known from their logs or from an error record alone; at most `limit`.
    pub fn errors_in(&self, range: IdRange, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.ids(
            "SELECT id FROM incident WHERE id BETWEEN ?1 AND ?2 UNION
             SELECT id FROM error_record WHERE id BETWEEN ?1 AND ?2 LIMIT ?3",
            range,
            limit,
        )
    }

    /// Groups whose ids lie in a range; at most `limit`.
    pub fn groups_in(&self, range: IdRange, limit: usize) -> Result<Vec<u64>, StoreError> {
        self.ids("SELECT DISTINCT grp FROM incident WHERE grp BETWEEN ?1 AND ?2 ORDER BY 1 LIMIT ?3", range, limit)
    }

    /// Events whose ids lie in a range, at most `limit`, each with its family and its number there. Reads all events.
    pub fn events_in(&self, range: IdRange, limit: usize) -> Result<Vec<(u64, u64, u32)>, StoreError> {
        self.rows(
            "SELECT id, family, n FROM event WHERE id BETWEEN ?1 AND ?2 LIMIT ?3",
            params![signed(range.first), signed(range.last), limit as i64],
            |row| Ok((identity(row, 0)?, identity(row, 1)?, row.get(2)?)),
        )
    }

    fn ids(&self, sql: &str, range: IdRange, limit: usize) -> Result<Vec<u64>, StoreError> {
        let parameters = params![signed(range.first), signed(range.last), limit as i64];
        self.rows(sql, parameters, |row| identity(row, 0))
    }
}

/// A text; none counts as empty.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(row.get::<_, Option<String>>(column)?.unwrap_or_default())
}

fn incident_row(row: &Row<'_>) -> rusqlite::Result<StoredIncident> {
    let some = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(|number| number as u64));
    let handled = match row.get::<_, Option<Millis>>(31)? {
        Some(at) => Some(Handled { status: row.get(28)?, why: text(row, 29)?, cleared: row.get(30)?, at }),
        None => None,
    };
    Ok(StoredIncident {
        id: identity(row, 0)?,
        group: some(1)?,
        family: some(2)?,
        events: [row.get(3)?, row.get(4)?, row.get(5)?],
        event: some(6)?,
        time: row.get(7)?,
        kind: text(row, 8)?,
        tool: text(row, 9)?,
        call: row.get(10)?,
        session: row.get(11)?,
        agent: row.get(12)?,
        project: row.get(13)?,
        sub_agent: row.get(14)?,
        disposition: text(row, 15)?,
        reason: text(row, 16)?,
        fingerprint: text(row, 17)?,
        title: text(row, 18)?,
        cause: text(row, 19)?,
        owner: text(row, 20)?,
        severity: row.get(21)?,
        critical: row.get(22)?,
        status: row.get(23)?,
        resolution: text(row, 24)?,
        resolved_by: some(25)?,
        resolved_after: some(26)?,
        earlier: unsigned(row, 27)?,
        handled,
        filled_by: row.get::<_, u32>(34)?.checked_sub(1),
        plugin: row.get(32)?,
        plugin_version: row.get(33)?,
    })
}

#[cfg(test)]
mod tests {
    use super::IdRange;

    #[test]
    fn a_prefix_is_a_range_of_ids() {
        let range = |prefix| IdRange::of_prefix(prefix).map(|range| (range.first, range.last));
        assert_eq!(range("4c"), Some((0x4c00_0000_0000_0000, 0x4cff_ffff_ffff_ffff)));
        assert_eq!(range("F"), Some((0xf000_0000_0000_0000, u64::MAX)));
        assert_eq!(range("00000000000000ff"), Some((0xff, 0xff)));
        for wrong in ["", "-1", "+f", "xyz", "0123456789abcdef0", "ü"] {
            assert_eq!(range(wrong), None, "{wrong}");
        }
        assert!(IdRange::of_prefix("0123456789abcdef").unwrap().is_whole());
        // As signed numbers, in which they are stored, they follow each other, too.
        for digit in "0123456789abcdef".chars() {
            let range = IdRange::of_prefix(&digit.to_string()).unwrap();
            assert!((range.first as i64) < range.last as i64);
        }
    }
}
