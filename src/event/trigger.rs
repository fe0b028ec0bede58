//! When a protocol applies: data, which backtest and guard read with one matcher.

use serde::{Deserialize, Serialize};

/// How a field can be compared.
pub const OPERATORS: [&str; 4] = ["equals", "prefix", "glob", "regex"];

/// A condition on a field of a call's input.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Condition {
    /// The field, dotted.
    pub field: String,
    /// One of [`OPERATORS`].
    pub operator: String,
    /// What it is compared with.
    pub value: String,
}

/// A call that, made before, keeps a trigger from firing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Precaution {
    /// The tool; a `*` at the end stands for the rest of its name.
    pub tool: String,
    /// The field that must have the same value in both calls; empty if none.
    pub field: String,
    /// Within how many calls before.
    pub within: u32,
}

/// When a protocol applies.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Trigger {
    /// The tool; a `*` at the end stands for the rest of its name.
    pub tool: String,
    /// All must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// Any one keeps it from firing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unless: Vec<Precaution>,
}

impl Trigger {
    /// Whether it holds for fewer calls than all of its tool.
    pub fn is_selective(&self) -> bool {
        !self.conditions.is_empty() || !self.unless.is_empty()
    }
}

/// Whether a pattern, with a `*` at the end for the rest of the name, means a tool.
pub fn names_tool(pattern: &str, tool: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => tool.starts_with(beginning),
        None => tool == pattern,
    }
}
