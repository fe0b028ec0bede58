//! What the store knows of events that somebody looks for in the logs: which files hold them, and where.

use super::read::{identity, unsigned};
use super::write::signed;
use super::{Reader, StoreError};
use crate::event::{Kind, Millis};
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Which events are meant; without any wish, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this tool.
    pub tool: Option<String>,
    /// Only those that failed.
    pub errors: bool,
    /// In projects whose path contains this.
    pub project: Option<String>,
    /// In sessions whose id begins with this.
    pub session: Option<String>,
    /// Of this agent.
    pub agent: Option<String>,
    /// From this time on.
    pub since: Option<Millis>,
    /// Before this time.
    pub until: Option<Millis>,
}

/// The events of a family that are meant, ordered by their places.
#[derive(Debug, Default)]
pub struct Placed {
    events: Vec<PlacedEvent>,
    contexts: HashMap<u32, PlacedContext>,
    names: HashMap<i64, Arc<str>>,
}

/// An event and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedEvent {
    /// Its id.
    pub id: u64,
    /// The file.
    pub file: u64,
    /// Where its record starts there.
    pub offset: u64,
    /// How long that is.
    pub length: u64,
    /// Which event of the record.
    pub index: u32,
    /// When it happened.
    pub time: Option<Millis>,
    context: u32,
    kind: i64,
    tool: i64,
    status: i64,
}

/// What runs of events have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of `events`, described in docs/schema.md")]
pub struct PlacedContext {
    pub file: u64,
    pub session: Arc<str>,
    pub agent: Arc<str>,
    pub project: Option<Arc<str>>,
    pub sub_agent: Option<Arc<str>>,
}

impl Placed {
    /// The events whose records start in a stretch of a file.
    pub fn between(&self, file: u64, from: u64, to: u64) -> &[PlacedEvent] {
        let start = self.events.partition_point(|event| (event.file, event.offset) < (file, from));
        let length = self.events[start..].partition_point(|event| (event.file, event.offset) < (file, to));
        &self.events[start..start + length]
    }

    /// What an event has in common with others.
    pub fn context(&self, event: &PlacedEvent) -> Option<&PlacedContext> {
        self.contexts.get(&event.context)
    }

    /// What an event is.
    pub fn kind(&self, event: &PlacedEvent) -> Kind {
        Kind::of_name(&self.name(event.kind)).unwrap_or(Kind::Unknown)
    }

    /// Its tool; empty if it has none.
    pub fn tool(&self, event: &PlacedEvent) -> Arc<str> {
        self.name(event.tool)
    }

    /// Whether it failed.
    pub fn failed(&self, event: &PlacedEvent) -> bool {
        &*self.name(event.status) == "error"
    }

    fn name(&self, id: i64) -> Arc<str> {
        self.names.get(&id).cloned().unwrap_or_default()
    }
}

impl EventFilter {
    /// Conditions on a context `c`, and their values.
    fn of_context(&self) -> (String, Vec<Value>) {
        let words = [
            ("instr(c.project, ?) > 0", &self.project),
            ("substr(c.session, 1, length(?)) = ?", &self.session),
            ("c.agent = ?", &self.agent),
        ];
        conditions(words.into_iter().filter_map(|(clause, word)| Some((clause, word.clone()?.into()))), 0)
    }

    /// Conditions on an event `e`, and their values; `before` parameters have been taken.
    fn of_event(&self, before: usize) -> (String, Vec<Value>) {
        let kind = self.kind.map(|kind| kind.name().to_owned());
        let status = self.errors.then(|| "error".to_owned());
        let words = [
            ("e.kind = (SELECT id FROM name WHERE text = ?)", kind),
            ("e.tool = (SELECT id FROM name WHERE text = ?)", self.tool.clone()),
            ("e.status = (SELECT id FROM name WHERE text = ?)", status),
        ];
        let words = words.into_iter().filter_map(|(clause, word)| Some((clause, Value::from(word?))));
        let times = [("e.time >= ?", self.since), ("e.time < ?", self.until)];
        let times = times.into_iter().filter_map(|(clause, time)| Some((clause, Value::from(time?))));
        conditions(words.chain(times), before)
    }
}

/// Clauses as a condition with numbered parameters.
fn conditions<'a>(clauses: impl Iterator<Item = (&'a str, Value)>, before: usize) -> (String, Vec<Value>) {
    let (mut sql, mut values) = (String::from("1"), Vec::new());
    for (clause, value) in clauses {
        values.push(value);
        sql.push_str(&format!(" AND {}", clause.replace('?', &format!("?{}", before + values.len()))));
    }
    (sql, values)
}

impl Reader {
    /// The files that hold events that are meant; nothing if all are.
    pub fn files_with(&self, filter: &EventFilter) -> Result<Option<HashSet<u64>>, StoreError> {
        let (of_context, mut values) = filter.of_context();
        let (of_event, more) = filter.of_event(values.len());
        let sql = match (values.is_empty(), more.is_empty()) {
            (true, true) => return Ok(None),
            (false, true) => format!("SELECT DISTINCT c.file FROM context c WHERE {of_context}"),
            // Contexts are few: they say first which families are asked for events.
            (_, false) => format!(
                "SELECT DISTINCT c.file FROM event e CROSS JOIN context c ON c.family = e.family AND c.n = e.context
                 WHERE e.family IN (SELECT c.family FROM context c WHERE {of_context}) AND {of_event} AND {of_context}"
            ),
        };
        values.extend(more);
        let found = self.rows(&sql, params_from_iter(values), |row| identity(row, 0))?;
        Ok(Some(found.into_iter().collect()))
    }

    /// The events of a family that are meant.
    pub fn placed(&self, family: u64, filter: &EventFilter) -> Result<Placed, StoreError> {
        let (of_context, mut values) = filter.of_context();
        values.push(signed(family).into());
        let sql = format!(
            "SELECT c.n, c.file, c.session, c.agent, c.project, c.sub_agent FROM context c
             WHERE c.family = ?{} AND {of_context}",
            values.len()
        );
        let some = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Arc::from);
        let contexts: HashMap<u32, PlacedContext> = self
            .rows(&sql, params_from_iter(values), |row| {
                let session: Option<String> = row.get(2)?;
                let agent: String = row.get(3)?;
                let context = PlacedContext {
                    file: identity(row, 1)?,
                    session: session.unwrap_or_default().into(),
                    agent: agent.into(),
                    project: some(row.get(4)?),
                    sub_agent: some(row.get(5)?),
                };
                Ok((row.get(0)?, context))
            })?
            .into_iter()
            .collect();
        let (of_event, mut values) = filter.of_event(0);
        values.push(signed(family).into());
        let sql = format!(
            "SELECT e.id, e.context, e.offset, e.length, e.sub, e.time, e.kind, e.tool, e.status FROM event e
             WHERE e.family = ?{} AND {of_event}",
            values.len()
        );
        let found = self.rows(&sql, params_from_iter(values), |row| {
            let context: u32 = row.get(1)?;
            let Some(file) = contexts.get(&context).map(|context| context.file) else { return Ok(None) };
            Ok(Some(PlacedEvent {
                id: identity(row, 0)?,
                file,
                offset: unsigned(row, 2)?,
                length: unsigned(row, 3)?,
                index: row.get(4)?,
                time: row.get(5)?,
                context,
                kind: row.get(6)?,
                tool: row.get(7)?,
                status: row.get(8)?,
            }))
        })?;
        let mut events: Vec<PlacedEvent> = found.into_iter().flatten().collect();
        events.sort_unstable_by_key(|event| (event.file, event.offset, event.index));
        let ids: HashSet<i64> = events.iter().flat_map(|event| [event.kind, event.tool, event.status]).collect();
        let mut names = HashMap::new();
        for id in ids {
            let text = self.rows("SELECT text FROM name WHERE id = ?1", [id], |row| row.get::<_, String>(0))?;
            names.extend(text.into_iter().next().map(|text| (id, Arc::from(text))));
        }
        Ok(Placed { events, contexts, names })
    }

    /// The files of which a compressed stream was damaged when it came, as everybody was told.
    pub fn damaged_streams(&self) -> Result<HashSet<u64>, StoreError> {
        let sql = "SELECT DISTINCT file FROM quarantine_row WHERE reason = ?1";
        let reason = crate::intake::formats::Reason::BadCompression.name();
        Ok(self.rows(sql, [reason], |row| identity(row, 0))?.into_iter().collect())
    }
}
