//! Counts over the store, for overviews.

use super::read::{tokens, unsigned};
use super::{Reader, StoreError};
use crate::event::{Millis, Tokens};
use crate::plugin::CATEGORIES;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

/// Events are counted in quarters of an hour, which every time zone divides into days.
pub const SLOT: Millis = 15 * 60 * 1000;

/// Which events are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// From this time on.
    pub since: Option<Millis>,
    /// Before this time.
    pub until: Option<Millis>,
    /// Only projects whose path contains this.
    pub project: Option<String>,
    /// Only sessions whose id begins with this.
    pub session: Option<String>,
}

/// The state of a house in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a count of what its name says")]
pub struct Totals {
    /// Logs that are kept, archived ones included.
    pub files: u64,
    /// Their bytes as they came.
    pub bytes: u64,
    /// Bytes that they take in the house.
    pub stored: u64,
    /// Logs that are archived.
    pub archived: u64,
    /// Logs that were removed.
    pub removed: u64,
    pub sessions: u64,
    pub families: u64,
    pub events: u64,
    pub tool_calls: u64,
    pub failures: u64,
    pub first: Option<Millis>,
    pub last: Option<Millis>,
    pub last_ingest: Option<Millis>,
    /// Unknown types and fields.
    pub drift_names: u64,
    /// How often they occur.
    pub drift_count: u64,
    /// Records in quarantine, torn tails not counted.
    pub quarantined: u64,
    /// Events that no classifier judged.
    pub unjudged: u64,
}

/// What one agent left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is a count of what its name says")]
pub struct AgentTally {
    pub agent: String,
    pub form: String,
    pub files: u64,
    pub bytes: u64,
    pub events: u64,
}

/// What happened in one slot of time, with one model or in one project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupTally {
    /// Prompts of the person.
    pub prompts: u64,
    /// Distinct responses.
    pub responses: u64,
    /// Their tokens.
    pub tokens: Tokens,
    /// Tool calls.
    pub calls: u64,
    /// Results flagged as errors.
    pub failures: u64,
    /// Events of each of the three categories.
    pub categories: [u64; CATEGORIES.len()],
}

/// What happened with one model, in one project and slot of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The model; empty if none.
    pub model: String,
    /// The project; empty if unknown.
    pub project: String,
    /// When the slot begins.
    pub slot: Option<Millis>,
    /// What happened.
    pub counts: GroupTally,
}

impl GroupTally {
    /// Adds the counts of another group.
    pub fn add(&mut self, other: &GroupTally) {
        self.prompts += other.prompts;
        self.responses += other.responses;
        self.tokens.input += other.tokens.input;
        self.tokens.output += other.tokens.output;
        self.tokens.cache_creation += other.tokens.cache_creation;
        self.tokens.cache_read += other.tokens.cache_read;
        self.calls += other.calls;
        self.failures += other.failures;
        for (count, more) in self.categories.iter_mut().zip(other.categories) {
            *count += more;
        }
    }

    /// All tokens.
    pub fn all_tokens(&self) -> u64 {
        self.tokens.input + self.tokens.output + self.tokens.cache_creation + self.tokens.cache_read
    }
}

/// Calls of one tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolTally {
    /// The tool.
    pub tool: String,
    /// Calls.
    pub calls: u64,
    /// Results flagged as errors.
    pub failures: u64,
    /// Median time from call to result, in milliseconds.
    pub median_ms: Option<u64>,
    /// The longest.
    pub longest_ms: Option<u64>,
}

/// Events of one category and subcategory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryTally {
    /// The category; empty if nobody judged.
    pub category: String,
    /// The subcategory.
    pub subcategory: String,
    /// Events.
    pub events: u64,
    /// Those of severity ERROR and above.
    pub errors: u64,
}

/// Records of one file that follow each other in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantineTally {
    /// Their source, else the file in the house.
    pub file: String,
    /// Where the first stands, in bytes.
    pub offset: u64,
    /// How many they are.
    pub records: u64,
    /// Why.
    pub reason: String,
}

/// An unknown type or field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftTally {
    /// What sort of thing.
    pub element: String,
    /// Its name.
    pub name: String,
    /// How often.
    pub count: u64,
}

impl Range {
    /// The condition, for a statement in which `e` is the event and `c` its context.
    fn condition(&self) -> (String, Vec<Value>) {
        let mut sql = String::from("1");
        let mut values: Vec<Value> = Vec::new();
        let mut add = |clause: &str, value: Value| {
            values.push(value);
            sql.push_str(&format!(" AND {}", clause.replace('?', &format!("?{}", values.len()))));
        };
        if let Some(since) = self.since {
            add("e.time >= ?", since.into());
        }
        if let Some(until) = self.until {
            add("e.time < ?", until.into());
        }
        if let Some(project) = &self.project {
            add("instr(c.project, ?) > 0", project.clone().into());
        }
        if let Some(session) = &self.session {
            add("substr(c.session, 1, length(?)) = ?", session.clone().into());
        }
        (sql, values)
    }
}

/// The number of a name; it is looked up once, not for each event.
fn name_id(name: &str) -> String {
    format!("(SELECT id FROM name WHERE text = '{name}')")
}

const FROM: &str = "FROM event e JOIN context c ON c.family = e.family AND c.n = e.context";

impl Reader {
    /// The state of the house in numbers.
    pub fn totals(&self) -> Result<Totals, StoreError> {
        let count = |sql: &str| self.number(sql).map(|number| number.max(0) as u64);
        let time = |sql: &str| {
            self.rows(sql, [], |row| row.get::<_, Option<Millis>>(0)).map(|rows| rows.into_iter().flatten().next())
        };
        Ok(Totals {
            files: count("SELECT count(*) FROM file WHERE tier IN ('active', 'archive')")?,
            bytes: count("SELECT sum(length) FROM file WHERE tier IN ('active', 'archive')")?,
            stored: count("SELECT sum(stored) FROM file WHERE tier IN ('active', 'archive')")?,
            archived: count("SELECT count(*) FROM file WHERE tier = 'archive'")?,
            removed: count("SELECT count(*) FROM file WHERE tier IN ('trash', 'removed')")?,
            sessions: count("SELECT count(DISTINCT id) FROM session")?,
            families: count("SELECT count(*) FROM family")?,
            events: count("SELECT sum(events) FROM family")?,
            tool_calls: count("SELECT sum(tool_calls) FROM session")?,
            failures: count("SELECT sum(failures) FROM session")?,
            first: time("SELECT min(started) FROM session")?,
            last: time("SELECT max(ended) FROM session")?,
            last_ingest: time("SELECT value FROM fact WHERE name = 'last_ingest'")?,
            drift_names: count("SELECT count(*) FROM (SELECT DISTINCT element, name FROM drift_row)")?,
            drift_count: count("SELECT sum(count) FROM drift_row")?,
            quarantined: count("SELECT sum(records) FROM quarantine_row WHERE reason <> 'torn-tail'")?,
            unjudged: count("SELECT sum(unjudged) FROM family")?,
        })
    }

    /// How many tool calls have an id that stands in several families. Reads all events.
    pub fn collisions(&self) -> Result<u64, StoreError> {
        let call = name_id("tool-call");
        let shared =
            format!("SELECT 1 FROM event WHERE kind = {call} AND call IS NOT NULL GROUP BY call HAVING count(*) > 1");
        self.number(&format!("SELECT count(*) FROM ({shared})")).map(|count| count.max(0) as u64)
    }

    /// What each agent left, by form.
    pub fn agents(&self) -> Result<Vec<AgentTally>, StoreError> {
        self.rows(
            "SELECT agent, form, count(*), sum(length), sum(events) FROM file WHERE tier IN ('active', 'archive')
             GROUP BY 1, 2 ORDER BY 1, 4 DESC, 2",
            [],
            |row| {
                Ok(AgentTally {
                    agent: row.get(0)?,
                    form: row.get(1)?,
                    files: unsigned(row, 2)?,
                    bytes: unsigned(row, 3)?,
                    events: unsigned(row, 4)?,
                })
            },
        )
    }

    /// What happened, by model, project and slot of [`SLOT`], each as often as it suits the
    /// store; in one pass over the events.
    pub fn activity(&self, range: &Range) -> Result<Vec<Activity>, StoreError> {
        let (condition, values) = range.condition();
        let [one, two, three] = CATEGORIES.map(name_id);
        let [call, result, usage, prompt] = ["tool-call", "tool-result", "usage", "prompt"].map(name_id);
        let error = name_id("error");
        self.rows(
            // SQLite divides towards zero, which for times before 1970 is the slot after.
            &format!(
                "SELECT m.text, coalesce(c.project, ''), e.time - (e.time % {SLOT} + {SLOT}) % {SLOT} AS slot,
                    sum(e.kind = {prompt} AND c.sub_agent IS NULL), count(r.n), sum(r.input_tokens),
                    sum(r.output_tokens), sum(r.cache_creation_tokens), sum(r.cache_read_tokens),
                    sum(e.kind = {call}), sum(e.kind = {result} AND e.status = {error}),
                    sum(e.category = {one}), sum(e.category = {two}), sum(e.category = {three})
                 {FROM} JOIN name m ON m.id = e.model
                 LEFT JOIN response r ON e.kind = {usage} AND r.family = e.family AND r.n = e.n
                 WHERE {condition} GROUP BY e.family, e.context, e.model, slot"
            ),
            params_from_iter(values),
            |row| {
                Ok(Activity {
                    model: row.get(0)?,
                    project: row.get(1)?,
                    slot: row.get(2)?,
                    counts: GroupTally {
                        prompts: unsigned(row, 3)?,
                        responses: unsigned(row, 4)?,
                        tokens: tokens(row, 5)?,
                        calls: unsigned(row, 9)?,
                        failures: unsigned(row, 10)?,
                        categories: [unsigned(row, 11)?, unsigned(row, 12)?, unsigned(row, 13)?],
                    },
                })
            },
        )
    }

    /// Calls, failures and times by tool, the most called first.
    pub fn tools(&self, range: &Range) -> Result<Vec<ToolTally>, StoreError> {
        let (condition, values) = range.condition();
        let [call, result, error] = ["tool-call", "tool-result", "error"].map(name_id);
        self.rows(
            &format!(
                "WITH picked AS (
                    SELECT e.tool AS tool, e.kind = {call} AS is_call, e.status = {error} AS is_error,
                        iif(e.kind = {result}, e.duration_ms, NULL) AS duration {FROM}
                    WHERE e.kind IN ({call}, {result}) AND {condition}),
                 ranked AS (
                    SELECT tool, duration, row_number() OVER (PARTITION BY tool ORDER BY duration) AS place,
                        count(*) OVER (PARTITION BY tool) AS known FROM picked WHERE duration IS NOT NULL),
                 median AS (SELECT tool, duration FROM ranked WHERE place = (known + 1) / 2)
                 SELECT t.text, sum(p.is_call), sum(p.is_error), m.duration, max(p.duration)
                 FROM picked p JOIN name t ON t.id = p.tool LEFT JOIN median m ON m.tool = p.tool
                 GROUP BY p.tool ORDER BY 2 DESC, 1"
            ),
            params_from_iter(values),
            |row| {
                Ok(ToolTally {
                    tool: row.get(0)?,
                    calls: unsigned(row, 1)?,
                    failures: unsigned(row, 2)?,
                    median_ms: row.get::<_, Option<i64>>(3)?.map(|ms| ms.max(0) as u64),
                    longest_ms: row.get::<_, Option<i64>>(4)?.map(|ms| ms.max(0) as u64),
                })
            },
        )
    }

    /// Events by category and subcategory.
    pub fn categories(&self, range: &Range) -> Result<Vec<CategoryTally>, StoreError> {
        let (condition, values) = range.condition();
        self.rows(
            &format!(
                "WITH counted AS (
                    SELECT e.category AS category, e.subcategory AS subcategory, count(*) AS events,
                        sum(e.severity >= 17) AS errors {FROM} WHERE {condition} GROUP BY 1, 2)
                 SELECT g.text, u.text, events, errors FROM counted
                 JOIN name g ON g.id = category JOIN name u ON u.id = subcategory ORDER BY 1, 3 DESC, 2"
            ),
            params_from_iter(values),
            |row| {
                Ok(CategoryTally {
                    category: row.get(0)?,
                    subcategory: row.get(1)?,
                    events: unsigned(row, 2)?,
                    errors: unsigned(row, 3)?,
                })
            },
        )
    }

    /// Labels that classifiers gave, the most frequent first.
    pub fn labels(&self, range: &Range) -> Result<Vec<(String, u64)>, StoreError> {
        let (condition, values) = range.condition();
        self.rows(
            &format!(
                "SELECT w.text, count(*) FROM label l JOIN event e ON e.family = l.family AND e.n = l.n
                 JOIN context c ON c.family = e.family AND c.n = e.context JOIN name w ON w.id = l.label
                 WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
            ),
            params_from_iter(values),
            |row| Ok((row.get(0)?, unsigned(row, 1)?)),
        )
    }

    /// What no version of the formats known here has, the most frequent first.
    pub fn drift(&self) -> Result<Vec<DriftTally>, StoreError> {
        self.rows("SELECT element, name, sum(count) FROM drift_row GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2", [], |row| {
            Ok(DriftTally { element: row.get(0)?, name: row.get(1)?, count: unsigned(row, 2)? })
        })
    }

    /// What stands in quarantine, torn tails left out.
    pub fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineTally>, StoreError> {
        self.rows(
            "SELECT coalesce(nullif(source, ''), file), offset, records, reason FROM quarantine
             WHERE reason <> 'torn-tail' ORDER BY 1, 2 LIMIT ?1",
            [limit as i64],
            |row| {
                Ok(QuarantineTally {
                    file: row.get(0)?,
                    offset: unsigned(row, 1)?,
                    records: unsigned(row, 2)?,
                    reason: row.get(3)?,
                })
            },
        )
    }
}
