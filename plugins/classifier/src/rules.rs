//! The rules as they are written, and how they are understood.

use crate::kept::{Outcome, Rule, Rules};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The name of the rule file.
pub const FILE: &str = "classifier.toml";

/// Distinct lists of tools that a rule file may name, for each is one bit.
const TOOL_LISTS: usize = 32;

const CATEGORIES: [&str; 3] = ["operational", "diagnostic", "analytical"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default)]
    rule: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    kinds: Vec<String>,
    status: Option<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    holds: Vec<String>,
    #[serde(default)]
    attributes: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    duration: u64,
    #[serde(default)]
    size: u64,
    category: Option<String>,
    subcategory: Option<String>,
    severity: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    critical: bool,
}

/// Why a rule file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not TOML of the expected form.
    Syntax(String),
    /// Its format is of a later time.
    Format(u32),
    /// A rule says something that means nothing; the first number is 1.
    Rule(usize, String),
    /// No last rule takes what the others leave.
    NoLastRule,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax(text) => write!(out, "{FILE} cannot be read: {text}"),
            Problem::Format(format) => write!(out, "{FILE} has format {format}, but this plugin reads format 1"),
            Problem::Rule(number, text) => write!(out, "{FILE}, rule {number}: {text}"),
            Problem::NoLastRule => write!(
                out,
                "{FILE}: the last rule must give a category and have no conditions, so that every event gets a verdict"
            ),
        }
    }
}

impl Rules {
    /// Reads a rule file. What it says is kept for as long as the program runs.
    pub fn parse(text: &str) -> Result<Rules, Problem> {
        let file: File = toml::from_str(text).map_err(|error| Problem::Syntax(error.to_string()))?;
        let file: &'static File = Box::leak(Box::new(file));
        if file.format != 1 {
            return Err(Problem::Format(file.format));
        }
        let last_takes_all = file.rule.last().is_some_and(|rule| rule.category.is_some() && rule.is_unconditional());
        if !last_takes_all {
            return Err(Problem::NoLastRule);
        }
        let mut reading = Reading::default();
        for kind in file.rule.iter().flat_map(|rule| &rule.kinds) {
            reading.kinds.entry(kind).or_default();
        }
        for (rule, number) in file.rule.iter().zip(1..) {
            reading.add(rule).map_err(|text| Problem::Rule(number, text))?;
        }
        Ok(Rules {
            rules: reading.rules.leak(),
            kinds: reading.kinds.into_iter().map(|(kind, rules)| (kind, keep(rules))).collect::<Vec<_>>().leak(),
            others: reading.others.leak(),
            tools: reading.tools.leak(),
            literals: reading.literals.leak(),
            names: reading.names.leak(),
        })
    }
}

/// What was understood so far.
#[derive(Default)]
struct Reading {
    rules: Vec<Rule>,
    kinds: BTreeMap<&'static str, Vec<u32>>,
    others: Vec<u32>,
    tools: Vec<&'static [&'static str]>,
    literals: Vec<&'static str>,
    names: Vec<&'static str>,
}

impl Reading {
    fn add(&mut self, rule: &'static Written) -> Result<(), String> {
        let index = u32::try_from(self.rules.len()).map_err(|_| "too many rules".to_owned())?;
        if rule.kinds.is_empty() {
            self.others.push(index);
            self.kinds.values_mut().for_each(|rules| rules.push(index));
        }
        for kind in &rule.kinds {
            let rules = self.kinds.entry(kind).or_default();
            if rules.last() != Some(&index) {
                rules.push(index);
            }
        }
        let outcome = self.outcome(rule)?;
        let tools = self.tool_list(&rule.tools)?;
        let attributes = rule.attributes.iter().map(|(name, values)| (name.as_str(), words(values)));
        let kept = Rule {
            failed: rule.status.as_deref().map(failed).transpose()?,
            tools,
            starts: words(&rule.starts),
            holds: keep(rule.holds.iter().map(|text| intern(&mut self.literals, text)).collect()),
            attributes: keep(attributes.collect()),
            duration: rule.duration,
            size: rule.size,
            outcome,
            labels: keep(rule.labels.iter().map(|name| intern(&mut self.names, name)).collect()),
        };
        self.rules.push(kept);
        Ok(())
    }

    fn outcome(&mut self, rule: &'static Written) -> Result<Option<Outcome>, String> {
        let Some(category) = &rule.category else {
            if rule.subcategory.is_some() || rule.severity.is_some() || rule.critical {
                return Err("a rule without a category can give labels only".to_owned());
            }
            return if rule.labels.is_empty() { Err("it gives nothing".to_owned()) } else { Ok(None) };
        };
        if !CATEGORIES.contains(&category.as_str()) {
            return Err(format!("`{category}` is no category; use one of {}", CATEGORIES.join(", ")));
        }
        let subcategory = rule.subcategory.as_ref().filter(|name| !name.is_empty());
        let subcategory = subcategory.ok_or("a category needs a subcategory")?;
        let written = rule.severity.as_deref().ok_or("a category needs a severity")?;
        Ok(Some(Outcome {
            category: intern(&mut self.names, category),
            subcategory: intern(&mut self.names, subcategory),
            severity: severity(written)?,
            critical: rule.critical,
        }))
    }

    fn tool_list(&mut self, list: &'static [String]) -> Result<u32, String> {
        if list.is_empty() {
            return Ok(0);
        }
        if let Some(tool) = list.iter().find(|tool| tool[..tool.len().saturating_sub(1)].contains('*')) {
            return Err(format!("`{tool}`: a * can only stand at the end of a tool's name"));
        }
        let at = self.tools.iter().position(|known| *known == list).unwrap_or_else(|| {
            self.tools.push(words(list));
            self.tools.len() - 1
        });
        if at < TOOL_LISTS { Ok(1 << at) } else { Err(format!("more than {TOOL_LISTS} different lists of tools")) }
    }
}

impl Written {
    fn is_unconditional(&self) -> bool {
        self.status.is_none()
            && self.duration == 0
            && self.size == 0
            && self.attributes.is_empty()
            && [&self.kinds, &self.tools, &self.starts, &self.holds].iter().all(|list| list.is_empty())
    }
}

fn keep<T>(list: Vec<T>) -> &'static [T] {
    // Most lists are empty, and an empty one needs no room.
    if list.is_empty() { &[] } else { list.leak() }
}

fn words(list: &'static [String]) -> &'static [&'static str] {
    keep(list.iter().map(String::as_str).collect())
}

fn intern(names: &mut Vec<&'static str>, name: &'static str) -> u32 {
    let at = names.iter().position(|known| *known == name).unwrap_or_else(|| {
        names.push(name);
        names.len() - 1
    });
    at as u32
}

fn failed(status: &str) -> Result<bool, String> {
    match status {
        "error" => Ok(true),
        "ok" => Ok(false),
        _ => Err(format!("`{status}` is no status; use error or ok")),
    }
}

/// The number of an OpenTelemetry short name: `INFO`, `INFO2`, ...
fn severity(name: &str) -> Result<u8, String> {
    let ranges = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    for (range, first) in ranges.iter().zip((1u8..).step_by(4)) {
        match name.strip_prefix(range) {
            Some("") => return Ok(first),
            Some("2") => return Ok(first + 1),
            Some("3") => return Ok(first + 2),
            Some("4") => return Ok(first + 3),
            _ => {}
        }
    }
    Err(format!("`{name}` is no severity; use {} (INFO2 to INFO4 are finer steps)", ranges.join(", ")))
}
