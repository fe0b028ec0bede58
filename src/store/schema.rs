//! The tables. Those with short names are the program's own; the views are public,
//! documented in `docs/schema.md`: columns may be added to them, not changed.

/// The format of the store that this program reads and writes.
pub const FORMAT: i64 = 4;

/// `LOGW`, in the database's header.
pub const APPLICATION_ID: i64 = 0x4c4f_4757;

/// Times are stored in milliseconds and shown as RFC 3339.
macro_rules! rfc3339 {
    ($column:literal) => {
        concat!("strftime('%Y-%m-%dT%H:%M:%fZ', ", $column, " / 1000.0, 'unixepoch')")
    };
}

/// Creates what is not derived from the logs: which files are kept, and what people decided.
pub const CREATE_LASTING: &str = r"
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

CREATE TABLE fact(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
";

/// Creates what came with format 2: plugins of all roles, incidents, and the index over the error records.
pub const CREATE_PLUGINS: &str = r"
CREATE TABLE plugin(
    id INTEGER PRIMARY KEY, role TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, content_hash TEXT NOT NULL,
    settings_hash TEXT NOT NULL, host_version TEXT NOT NULL, limits TEXT NOT NULL, first_used INTEGER NOT NULL,
    last_used INTEGER NOT NULL, UNIQUE(role, name, version, content_hash, settings_hash, host_version, limits));

CREATE TABLE suspension(
    content_hash TEXT NOT NULL, settings_hash TEXT NOT NULL, host_version TEXT NOT NULL, limits TEXT NOT NULL,
    plugin TEXT NOT NULL, version TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY(content_hash, settings_hash, host_version, limits)) WITHOUT ROWID;

CREATE TABLE handling(
    id INTEGER PRIMARY KEY, status TEXT, why TEXT NOT NULL, cleared INTEGER NOT NULL, at INTEGER NOT NULL);

CREATE TABLE error_record(
    id INTEGER PRIMARY KEY, path TEXT NOT NULL, diagnosis INTEGER NOT NULL, resolution INTEGER NOT NULL,
    critical INTEGER NOT NULL);
CREATE TABLE error_file(path TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
";

/// Creates what is derived from the logs, and the views.
pub const CREATE_DERIVED: &str = concat!(
    r"
CREATE TABLE family(
    id INTEGER PRIMARY KEY, classifiers INTEGER NOT NULL, extractors INTEGER NOT NULL, analyzers INTEGER NOT NULL,
    unjudged INTEGER NOT NULL, events INTEGER NOT NULL);

CREATE TABLE judged(
    family INTEGER NOT NULL, role TEXT NOT NULL, slot INTEGER NOT NULL, plugin INTEGER NOT NULL,
    suspended INTEGER NOT NULL, asked INTEGER NOT NULL, unjudged INTEGER NOT NULL, fuel INTEGER NOT NULL,
    PRIMARY KEY(family, role, slot)) WITHOUT ROWID;
CREATE INDEX judged_plugin ON judged(plugin);

CREATE TABLE context(
    family INTEGER NOT NULL, n INTEGER NOT NULL, file INTEGER NOT NULL, session TEXT, agent TEXT NOT NULL,
    version TEXT, sub_agent TEXT, project TEXT, directory TEXT, PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE event(
    family INTEGER NOT NULL, n INTEGER NOT NULL, id INTEGER NOT NULL, context INTEGER NOT NULL, offset INTEGER NOT NULL,
    length INTEGER NOT NULL, sub INTEGER NOT NULL, time INTEGER, kind INTEGER NOT NULL, status INTEGER NOT NULL,
    tool INTEGER NOT NULL, call TEXT, model INTEGER NOT NULL, duration_ms INTEGER, size INTEGER NOT NULL,
    category INTEGER NOT NULL, subcategory INTEGER NOT NULL, severity INTEGER NOT NULL, judge INTEGER NOT NULL,
    critical INTEGER NOT NULL, PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE response(
    family INTEGER NOT NULL, n INTEGER NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL,
    cache_creation_tokens INTEGER NOT NULL, cache_read_tokens INTEGER NOT NULL, PRIMARY KEY(family, n)) WITHOUT ROWID;

CREATE TABLE label(
    family INTEGER NOT NULL, n INTEGER NOT NULL, label INTEGER NOT NULL, slot INTEGER NOT NULL,
    PRIMARY KEY(family, n, label, slot)) WITHOUT ROWID;

CREATE TABLE opinion(
    family INTEGER NOT NULL, n INTEGER NOT NULL, slot INTEGER NOT NULL, category INTEGER NOT NULL,
    subcategory INTEGER NOT NULL, severity INTEGER NOT NULL, PRIMARY KEY(family, n, slot)) WITHOUT ROWID;

CREATE TABLE incident(
    family INTEGER NOT NULL, n INTEGER NOT NULL, id INTEGER NOT NULL, event INTEGER NOT NULL, call INTEGER,
    before INTEGER, resolution INTEGER, answer INTEGER, how TEXT NOT NULL, earlier INTEGER NOT NULL,
    judge INTEGER NOT NULL, disposition INTEGER NOT NULL, reason INTEGER NOT NULL, fingerprint INTEGER NOT NULL,
    title INTEGER NOT NULL, cause INTEGER NOT NULL, owner INTEGER NOT NULL, severity INTEGER NOT NULL,
    critical INTEGER NOT NULL, grp INTEGER, PRIMARY KEY(family, n)) WITHOUT ROWID;
CREATE INDEX incident_id ON incident(id);
CREATE INDEX incident_grp ON incident(grp);

CREATE TABLE state(
    family INTEGER NOT NULL, slot INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(family, slot)) WITHOUT ROWID;

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
    family INTEGER NOT NULL, role TEXT NOT NULL, slot INTEGER NOT NULL, event INTEGER NOT NULL, file INTEGER NOT NULL,
    offset INTEGER NOT NULL, length INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX plugin_failure_family ON plugin_failure(family);

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

CREATE VIEW findings AS SELECT printf('%016x', e.id) AS event, y.name AS plugin, y.version AS plugin_version,
    nullif(g.text, '') AS category, nullif(u.text, '') AS subcategory, nullif(e.severity, 0) AS severity,
    w.text AS label, y.content_hash AS content_hash, y.settings_hash AS settings_hash, y.host_version AS host_version
    FROM label l
    JOIN event e ON e.family = l.family AND e.n = l.n
    LEFT JOIN judged j ON j.family = l.family AND j.role = 'classifier' AND j.slot = l.slot
    LEFT JOIN plugin y ON y.id = j.plugin LEFT JOIN name w ON w.id = l.label
    LEFT JOIN name g ON g.id = e.category LEFT JOIN name u ON u.id = e.subcategory
  UNION ALL
    SELECT printf('%016x', e.id), y.name, y.version, nullif(g.text, ''), nullif(u.text, ''), nullif(o.severity, 0),
    NULL, y.content_hash, y.settings_hash, y.host_version
    FROM opinion o
    JOIN event e ON e.family = o.family AND e.n = o.n
    LEFT JOIN judged j ON j.family = o.family AND j.role = 'classifier' AND j.slot = o.slot
    LEFT JOIN plugin y ON y.id = j.plugin
    LEFT JOIN name g ON g.id = o.category LEFT JOIN name u ON u.id = o.subcategory;

CREATE VIEW plugins AS SELECT y.role AS role, y.name AS plugin, y.version AS version, y.content_hash AS content_hash,
    y.settings_hash AS settings_hash, y.host_version AS host_version, y.limits AS limits,
    count(j.family) AS families, coalesce(sum(j.asked), 0) AS asked, coalesce(sum(j.unjudged), 0) AS unjudged,
    coalesce(sum(j.fuel), 0) AS fuel, coalesce(max(j.suspended), 0) AS suspended, ",
    rfc3339!("y.first_used"),
    " AS first_used, ",
    rfc3339!("y.last_used"),
    r" AS last_used FROM plugin y LEFT JOIN judged j ON j.plugin = y.id GROUP BY y.id;

CREATE VIEW incidents AS SELECT printf('%016x', i.id) AS id,
    CASE WHEN i.grp IS NULL THEN NULL ELSE printf('%016x', i.grp) END AS group_id, c.session AS session, ",
    rfc3339!("e.time"),
    r" AS time, nullif(t.text, '') AS tool, e.call AS call, nullif(d.text, '') AS disposition,
    nullif(ca.text, '') AS cause, nullif(o.text, '') AS owner, nullif(i.severity, 0) AS severity,
    i.critical AND coalesce(h.cleared, 0) = 0 AS critical,
    CASE WHEN d.text NOT IN ('', 'incident') THEN NULL ELSE coalesce(h.status, iif(i.how = '', 'open', 'resolved')) END AS status,
    CASE WHEN h.status = 'resolved' THEN 'person' WHEN h.status IS NOT NULL OR r.id IS NULL THEN NULL
        ELSE printf('%016x', r.id) END AS resolved_by,
    k.text AS kind, nullif(w.text, '') AS reason, nullif(ti.text, '') AS title, nullif(fp.text, '') AS fingerprint,
    nullif(i.how, '') AS resolution, max(0, r.time - e.time) AS resolved_after_ms, i.earlier AS earlier,
    printf('%016x', e.id) AS event, c.agent AS agent, c.project AS project, c.sub_agent AS sub_agent,
    y.name AS plugin, y.version AS plugin_version, y.content_hash AS content_hash, y.settings_hash AS settings_hash,
    y.host_version AS host_version
    FROM incident i
    JOIN event e ON e.family = i.family AND e.n = i.event
    LEFT JOIN event r ON r.family = i.family AND r.n = i.resolution
    LEFT JOIN context c ON c.family = e.family AND c.n = e.context
    LEFT JOIN handling h ON h.id = i.id
    LEFT JOIN judged j ON j.family = i.family AND j.role = 'extractor' AND j.slot = i.judge - 1
    LEFT JOIN plugin y ON y.id = j.plugin
    LEFT JOIN name t ON t.id = e.tool LEFT JOIN name k ON k.id = e.kind LEFT JOIN name d ON d.id = i.disposition
    LEFT JOIN name ca ON ca.id = i.cause LEFT JOIN name o ON o.id = i.owner LEFT JOIN name w ON w.id = i.reason
    LEFT JOIN name ti ON ti.id = i.title LEFT JOIN name fp ON fp.id = i.fingerprint;

CREATE VIEW error_groups AS SELECT printf('%016x', i.grp) AS id, fp.text AS fingerprint, min(ti.text) AS title,
    min(ca.text) AS cause, nullif(min(o.text), '') AS owner, count(*) AS incidents,
    count(DISTINCT c.session) AS sessions, count(DISTINCT i.family) AS families,
    count(DISTINCT c.project) AS projects, count(DISTINCT e.time / 86400000) AS days, ",
    rfc3339!("min(e.time)"),
    " AS first, ",
    rfc3339!("max(e.time)"),
    r" AS last,
    sum(coalesce(h.status, iif(i.how = '', 'open', 'resolved')) = 'resolved') AS resolved,
    max(i.critical AND coalesce(h.cleared, 0) = 0) AS critical
    FROM incident i
    JOIN event e ON e.family = i.family AND e.n = i.event
    LEFT JOIN context c ON c.family = e.family AND c.n = e.context
    LEFT JOIN handling h ON h.id = i.id
    LEFT JOIN name ti ON ti.id = i.title LEFT JOIN name fp ON fp.id = i.fingerprint
    LEFT JOIN name ca ON ca.id = i.cause LEFT JOIN name o ON o.id = i.owner
    WHERE i.grp IS NOT NULL GROUP BY i.grp;

CREATE VIEW drift AS SELECT d.agent AS agent, d.element AS element, d.name AS name,
    min(nullif(d.agent_version, '')) AS first_version, sum(d.count) AS count, min(f.path) AS file
    FROM drift_row d LEFT JOIN file f ON f.id = d.file GROUP BY d.agent, d.element, d.name;

CREATE VIEW quarantine AS SELECT f.path AS file, f.source AS source, q.offset AS offset, q.length AS length,
    q.reason AS reason, q.records AS records FROM quarantine_row q LEFT JOIN file f ON f.id = q.file;
"
);

/// Adds what came with format 3: tiers, receipts, pins, sealed families.
pub const CREATE_RETENTION: &str = concat!(
    r"
ALTER TABLE file ADD COLUMN tier TEXT NOT NULL DEFAULT 'active';
ALTER TABLE file ADD COLUMN entered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE file ADD COLUMN mode INTEGER NOT NULL DEFAULT 384;
UPDATE file SET entered = copied, stored = length;
CREATE INDEX file_due ON file(tier, max(coalesce(last_time, copied), entered), stored);

ALTER TABLE family ADD COLUMN sealed INTEGER;
CREATE INDEX event_critical ON event(family, context) WHERE critical <> 0;

ALTER TABLE error_file ADD COLUMN tier TEXT NOT NULL DEFAULT 'active';
ALTER TABLE error_file ADD COLUMN written INTEGER NOT NULL DEFAULT 0;
ALTER TABLE error_file ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
ALTER TABLE error_file ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE INDEX error_record_path ON error_record(path, critical);

CREATE TABLE receipt(
    id INTEGER NOT NULL, file INTEGER NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, path TEXT NOT NULL,
    source TEXT NOT NULL, part INTEGER NOT NULL, agent TEXT NOT NULL, session TEXT NOT NULL, project TEXT NOT NULL,
    length INTEGER NOT NULL, hash TEXT NOT NULL, last_time INTEGER, rule TEXT NOT NULL, state TEXT NOT NULL,
    done INTEGER NOT NULL, PRIMARY KEY(id, file)) WITHOUT ROWID;
CREATE TABLE pin(kind TEXT NOT NULL, name TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY(kind, name)) WITHOUT ROWID;
CREATE TABLE critical_file(id INTEGER PRIMARY KEY, hash TEXT NOT NULL, file INTEGER NOT NULL);
CREATE TABLE citation(file INTEGER NOT NULL, protocol TEXT NOT NULL, PRIMARY KEY(file, protocol)) WITHOUT ROWID;

DROP VIEW IF EXISTS files;
CREATE VIEW files AS SELECT printf('%016x', id) AS id, path, source, part, agent, form, nullif(session, '') AS session,
    nullif(compression, '') AS compression, length, hash, lines, events, ",
    rfc3339!("first_time"),
    " AS first_time, ",
    rfc3339!("last_time"),
    " AS last_time, ",
    rfc3339!("copied"),
    " AS copied, tier, ",
    rfc3339!("entered"),
    r" AS entered, stored FROM file;

CREATE VIEW receipts AS SELECT printf('%016x', id) AS id, ",
    rfc3339!("at"),
    r" AS time, what, path AS file, source, agent, nullif(session, '') AS session, nullif(project, '') AS project,
    length, hash, ",
    rfc3339!("last_time"),
    " AS last_time, rule, state, ",
    rfc3339!("done"),
    r" AS done FROM receipt;
"
);

/// Adds what came with format 4: protocols, what the guard did, and what families show of them.
pub const CREATE_LEARNING: &str = concat!(
    r"
CREATE TABLE protocol(
    id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, status TEXT NOT NULL, guard TEXT NOT NULL, title TEXT NOT NULL,
    cause TEXT NOT NULL, owner TEXT NOT NULL, advice TEXT NOT NULL, confidence INTEGER NOT NULL,
    proposed INTEGER NOT NULL, activated INTEGER, ended INTEGER, why TEXT NOT NULL);

CREATE TABLE firing(
    id INTEGER PRIMARY KEY, protocol INTEGER NOT NULL, at INTEGER NOT NULL, action TEXT NOT NULL, tool TEXT NOT NULL,
    session TEXT NOT NULL, sub_agent TEXT NOT NULL, call TEXT NOT NULL);
CREATE INDEX firing_protocol ON firing(protocol);

CREATE TABLE measured(
    family INTEGER PRIMARY KEY, calls INTEGER NOT NULL, first INTEGER, last INTEGER);
CREATE TABLE exposure(
    family INTEGER NOT NULL, protocol INTEGER NOT NULL, calls INTEGER NOT NULL, fired INTEGER NOT NULL,
    met INTEGER NOT NULL, incidents INTEGER NOT NULL, first INTEGER NOT NULL,
    PRIMARY KEY(protocol, family)) WITHOUT ROWID;
CREATE INDEX exposure_family ON exposure(family);

CREATE VIEW protocols AS SELECT printf('%016x', p.id) AS id, printf('%016x', p.grp) AS group_id, p.status, p.title,
    p.cause, p.owner, p.advice, p.confidence, p.guard, ",
    rfc3339!("p.proposed"),
    " AS proposed, ",
    rfc3339!("p.activated"),
    " AS activated, ",
    rfc3339!("p.ended"),
    r" AS ended, p.why,
    (SELECT count(*) FROM firing f WHERE f.protocol = p.id) AS firings FROM protocol p;

CREATE VIEW firings AS SELECT printf('%016x', f.protocol) AS protocol, ",
    rfc3339!("f.at"),
    r" AS time, f.action, nullif(f.tool, '') AS tool, nullif(f.session, '') AS session,
    nullif(f.sub_agent, '') AS sub_agent, nullif(f.call, '') AS call FROM firing f;
"
);

/// The tables whose rows are derived from a family, with the column that names it.
pub const DERIVED: [&str; 14] = [
    "event",
    "response",
    "label",
    "opinion",
    "incident",
    "state",
    "judged",
    "context",
    "session",
    "drift_row",
    "quarantine_row",
    "plugin_failure",
    "measured",
    "exposure",
];

/// Removes everything that format 1 derived from the logs; the next ingest understands them anew.
pub const DROP_FORMAT_1: &str = r"
DROP VIEW sessions; DROP VIEW events; DROP VIEW usage; DROP VIEW findings; DROP VIEW drift;
DROP VIEW quarantine;
DROP TABLE family; DROP TABLE context; DROP TABLE event; DROP TABLE response; DROP TABLE label; DROP TABLE session;
DROP TABLE drift_row; DROP TABLE quarantine_row; DROP TABLE plugin_failure;
UPDATE file SET family = NULL, lines = NULL, events = NULL, first_time = NULL, last_time = NULL;
";
