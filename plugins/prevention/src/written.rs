//! The rules as they are written.

use crate::problem::Problem;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A rule file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    format: u32,
    /// Lists that rules refer to with an `@`.
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<String>>,
    /// Parts of patterns that conditions refer to in braces.
    #[serde(default)]
    pub patterns: BTreeMap<String, String>,
    /// What is said of the ways in which failures were resolved.
    #[serde(default)]
    pub mined: Mined,
    /// How stack traces are read, by language.
    #[serde(default)]
    pub stack: BTreeMap<String, Stack>,
    /// The classes by name.
    #[serde(default)]
    pub class: BTreeMap<String, Class>,
    /// The rules, in order.
    #[serde(default)]
    pub rule: Vec<Rule>,
}

/// A class of causes; see `rules/prevention.toml` for what the fields mean.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Class {
    pub owner: String,
    pub severity: String,
    pub title: String,
    #[serde(default)]
    pub unnamed: String,
    #[serde(default)]
    pub protocol: Vec<Protocol>,
}

/// What is said of the ways in which failures were resolved.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Mined {
    pub least: u64,
    pub share: u64,
    pub kind: Vec<Kind>,
}

/// A kind of ways to resolve a failure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Kind {
    pub name: String,
    pub tallies: Vec<String>,
    pub says: String,
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// What would prevent a class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Protocol {
    pub title: String,
    #[serde(default)]
    pub tools: Vec<String>,
    #[serde(default)]
    pub programs: Vec<String>,
    #[serde(default)]
    pub conditions: Vec<Condition>,
    #[serde(default)]
    pub unless: Vec<Precaution>,
    pub advice: String,
    #[serde(default)]
    pub repeated: String,
    #[serde(default)]
    pub changed: String,
    #[serde(default)]
    pub mined: BTreeMap<String, String>,
    pub confidence: u8,
}

/// A condition on a field of a call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Condition {
    pub field: String,
    pub operator: String,
    pub value: String,
}

/// A call that keeps a protocol from firing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Precaution {
    pub tool: String,
    #[serde(default)]
    pub field: String,
    pub within: u32,
}

/// How the stack traces of a language are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Stack {
    pub frames: u8,
    #[serde(default)]
    pub raising: Vec<String>,
    #[serde(default)]
    pub ending: Vec<String>,
    #[serde(default)]
    pub signals: Vec<String>,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub places: Vec<String>,
    #[serde(default)]
    pub core: Vec<String>,
    #[serde(default)]
    pub unnamed: Vec<String>,
}

/// One rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the fields are explained where rules are written")]
pub struct Rule {
    pub kinds: Vec<String>,
    pub tools: Vec<String>,
    pub programs: Vec<String>,
    pub last: Vec<String>,
    pub hushed: Vec<String>,
    pub exit: Vec<i32>,
    pub silent: bool,
    pub starts: Vec<String>,
    pub holds: Vec<String>,
    pub also: Vec<String>,
    pub says: Vec<String>,
    pub lacks: Vec<String>,
    pub ends: Vec<String>,
    pub call: Vec<String>,
    pub before: Vec<String>,
    pub attributes: BTreeMap<String, Vec<String>>,
    pub disposition: Option<String>,
    pub reason: String,
    pub class: String,
    pub tell: Vec<String>,
    pub told: bool,
    pub telling: String,
    pub by: String,
    pub stack: String,
    pub critical: bool,
}

impl File {
    /// Reads a rule file.
    pub fn parse(text: &str) -> Result<File, Problem> {
        let file: File = toml::from_str(text).map_err(|error| Problem::Syntax(error.to_string()))?;
        if file.format == 1 { Ok(file) } else { Err(Problem::Format(file.format)) }
    }
}

impl Rule {
    /// Whether it holds for every failure.
    pub fn is_unconditional(&self) -> bool {
        let lists = [&self.kinds, &self.tools, &self.programs, &self.last, &self.starts, &self.holds];
        let more = [&self.ends, &self.also, &self.says, &self.lacks, &self.call, &self.before, &self.hushed];
        lists.iter().chain(&more).all(|list| list.is_empty())
            && self.exit.is_empty()
            && self.attributes.is_empty()
            && !self.silent
            && !self.told
    }
}
