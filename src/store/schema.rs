//! The tables. Those with short names are the program's own; the views are public,
//! documented in `docs/schema.md`: columns may be added to them, not changed.

/// The format of the store that this program reads and writes.
pub const FORMAT: i64 = 1;

/// `LOGW`, in the database's header.
pub const APPLICATION_ID: i64 = 0x4c4f_4757;

/// Times are stored in milliseconds and shown as RFC 3339.
macro_rules! rfc3339 {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

/// Creates everything in an empty database.
pub const CREATE: &str = concat!(
    r"
CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
INSERT INTO name VALUES(0, '');

CREATE TABLE file(
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, part INTEGER NOT NULL, is_last INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE, agent TEXT NOT NULL, form TEXT NOT NULL, shape TEXT NOT NULL, session TEXT NOT NULL,
    compression TEXT NOT NULL, length INTEGER NOT NULL, hash TEXT NOT NULL, copied INTEGER NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL,
    links BLOB NOT NULL, family INTEGER, lines INTEGER, events INTEGER, first_time INTEGER, last_time INTEGER);
CREATE INDEX file_source ON file(source);
CREATE INDEX file_family ON file(family);

CREATE TABLE passed_over(
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, readers INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE family(
    id INTEGER PRIMARY KEY, plugin TEXT, plugin_version TEXT, content_hash TEXT, settings_hash TEXT,
    host_version TEXT, unjudged INTEGER NOT NULL, events INTEGER NOT NULL);

CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE context(
    family INTEGER NOT NULL, n INTEGER NOT NULL, file INTEGER NOT NULL, session TEXT, agent TEXT NOT NULL,
    version TEXT, sub_agent TEXT, project TEXT, directory TEXT, PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE event(
    family INTEGER NOT NULL, n INTEGER NOT NULL, id INTEGER NOT NULL, context INTEGER NOT NULL, offset INTEGER NOT NULL,
    length INTEGER NOT NULL, sub INTEGER NOT NULL, time INTEGER, kind INTEGER NOT NULL, status INTEGER NOT NULL,
    tool INTEGER NOT NULL, call TEXT, model INTEGER NOT NULL, duration_ms INTEGER, size INTEGER NOT NULL,
    category INTEGER NOT NULL, subcategory INTEGER NOT NULL, severity INTEGER NOT NULL,
    PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE response(
    family INTEGER NOT NULL, n INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    cache_creation_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE label(
    family INTEGER NOT NULL, n INTEGER NOT NULL, label INTEGER NOT NULL, PRIMARY KEY(family, n, label)) WITHOUT ROWID;

CREATE TABLE session(
    family INTEGER NOT NULL, id TEXT NOT NULL, agent TEXT NOT NULL, version TEXT, project TEXT, title TEXT NOT NULL,
    started INTEGER, ended INTEGER, prompts INTEGER NOT NULL, responses INTEGER NOT NULL, tool_calls INTEGER NOT NULL,
    failures INTEGER NOT NULL, sub_agents INTEGER NOT NULL, events INTEGER NOT NULL, input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL, cache_creation_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL,
    PRIMARY KEY(family, id)) WITHOUT ROWID;
CREATE INDEX session_ended ON session(ended);

CREATE TABLE drift_row(
    family INTEGER NOT NULL, element TEXT NOT NULL, name TEXT NOT NULL, agent TEXT NOT NULL, agent_version TEXT NOT NULL,
    count INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL);
CREATE INDEX drift_row_family ON drift_row(family);

CREATE TABLE quarantine_row(
    family INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    reason TEXT NOT NULL, records INTEGER NOT NULL);
CREATE INDEX quarantine_row_family ON quarantine_row(family);

CREATE TABLE plugin_failure(
    family INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, events INTEGER NOT NULL,
    kind TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX plugin_failure_family ON plugin_failure(family);

CREATE VIEW files AS SELECT printf('%016x', id) AS id, path, source, part, agent, form, nullif(session, '') AS session,
    nullif(compression, '') AS compression, length, hash, lines, events, ",
    rfc3339!("first_time"),
    " AS first_time, ",
    rfc3339!("last_time"),
    " AS last_time, ",
    rfc3339!("copied"),
    r" AS copied FROM file;

CREATE VIEW sessions AS SELECT id, agent, version, project, title, ",
    rfc3339!("started"),
    " AS started, ",
    rfc3339!("ended"),
    r" AS ended, prompts, responses, tool_calls, failures, sub_agents, events, input_tokens, output_tokens,
    cache_creation_tokens, cache_read_tokens FROM session;

CREATE VIEW events AS SELECT printf('%016x', e.id) AS id, c.session AS session, ",
    rfc3339!("e.time"),
    r" AS time, c.agent AS agent, c.project AS project, k.text AS kind, nullif(t.text, '') AS tool, e.call AS call,
    nullif(s.text, '') AS status, e.duration_ms AS duration_ms, nullif(m.text, '') AS model,
    nullif(g.text, '') AS category, nullif(u.text, '') AS subcategory, nullif(e.severity, 0) AS severity,
    f.path AS file, e.offset AS offset, e.length AS length, e.size AS size, c.version AS agent_version,
    c.sub_agent AS sub_agent, c.directory AS directory
    FROM event e
    LEFT JOIN context c ON c.family = e.family AND c.n = e.context
    LEFT JOIN name k ON k.id = e.kind LEFT JOIN name t ON t.id = e.tool LEFT JOIN name s ON s.id = e.status
    LEFT JOIN name m ON m.id = e.model LEFT JOIN name g ON g.id = e.category LEFT JOIN name u ON u.id = e.subcategory
    LEFT JOIN file f ON f.id = c.file;

CREATE VIEW usage AS SELECT c.session AS session, ",
    rfc3339!("e.time"),
    r" AS time, c.agent AS agent, c.project AS project, nullif(m.text, '') AS model, r.input_tokens, r.output_tokens,
    r.cache_creation_tokens, r.cache_read_tokens, printf('%016x', e.id) AS event, c.sub_agent AS sub_agent
    FROM response r
    JOIN event e ON e.family = r.family AND e.n = r.n
    LEFT JOIN context c ON c.family = e.family AND c.n = e.context
    LEFT JOIN name m ON m.id = e.model;

CREATE VIEW findings AS SELECT printf('%016x', e.id) AS event, y.plugin AS plugin, y.plugin_version AS plugin_version,
    nullif(g.text, '') AS category, nullif(u.text, '') AS subcategory, nullif(e.severity, 0) AS severity,
    w.text AS label, y.content_hash AS content_hash, y.settings_hash AS settings_hash, y.host_version AS host_version
    FROM label l
    JOIN event e ON e.family = l.family AND e.n = l.n
    LEFT JOIN family y ON y.id = l.family LEFT JOIN name w ON w.id = l.label
    LEFT JOIN name g ON g.id = e.category LEFT JOIN name u ON u.id = e.subcategory;

CREATE VIEW drift AS SELECT d.agent AS agent, d.element AS element, d.name AS name,
    min(nullif(d.agent_version, '')) AS first_version, sum(d.count) AS count, min(f.path) AS file
    FROM drift_row d LEFT JOIN file f ON f.id = d.file GROUP BY d.agent, d.element, d.name;

CREATE VIEW quarantine AS SELECT f.path AS file, f.source AS source, q.offset AS offset, q.length AS length,
    q.reason AS reason, q.records AS records FROM quarantine_row q LEFT JOIN file f ON f.id = q.file;
"
);

/// The tables whose rows are derived from a family, with the column that names it.
pub const DERIVED: [&str; 8] =
    ["event", "response", "label", "context", "session", "drift_row", "quarantine_row", "plugin_failure"];
