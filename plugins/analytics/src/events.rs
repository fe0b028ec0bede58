//! What the analyzer sees: the contract's batch as plain values.

/// One event. Names are indices into the batch; times and durations are milliseconds.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Event {
    pub kind: u32,
    pub status: u32,
    pub session: u32,
    pub project: u32,
    pub model: u32,
    pub tool: u32,
    pub sub_agent: u32,
    pub time: i64,
    pub duration: u64,
    pub size: u64,
}

/// What one response cost.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Cost {
    pub event: u32,
    pub input: u64,
    pub output: u64,
    pub cache_creation: u64,
    pub cache_read: u64,
}

/// What was found out about a failed event.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Incident {
    pub event: u32,
    pub disposition: u32,
    pub fingerprint: u32,
    pub cause: u32,
    pub owner: u32,
    pub resolution: u32,
    pub resolved_after: u64,
}

/// Events of a family in order of time; costs and incidents are ordered by event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Batch<'a> {
    pub names: &'a [String],
    pub events: &'a [Event],
    pub costs: &'a [Cost],
    pub incidents: &'a [Incident],
}

/// The kinds of event to ask for, and whether only failures of it.
pub const KINDS: [(&str, bool); 7] = [
    ("prompt", false),
    ("usage", false),
    ("tool-call", false),
    ("tool-result", false),
    ("compaction", false),
    ("api-error", true),
    ("hook", true),
];

/// The optional fields to ask for.
pub const FIELDS: [&str; 10] =
    ["session", "project", "model", "tool", "sub-agent", "time", "duration", "size", "tokens", "incident"];
