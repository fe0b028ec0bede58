//! The rules as they are written: what is shown, and from when on something is worth a sentence.
//!
//! The build reads this file too, so that the shipped rules need no parsing at a start.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The name of the rule file.
pub const FILE: &str = "analytics.toml";

/// A rule file that was understood. What each key means stands beside it in the shipped file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the keys are documented where they are written, in rules/")]
pub struct Rules {
    pub format: u32,
    pub tables: Tables,
    pub latency: Latency,
    pub learning: Learning,
    pub insights: Insights,
    pub advice: BTreeMap<String, String>,
}

macro_rules! section {
    ($(#[$about:meta])* $name:ident { $($key:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[allow(missing_docs, reason = "the keys are documented where they are written, in rules/")]
        pub struct $name { $(pub $key: $kind),* }
    };
}

section!(/// How much is shown.
    Tables { rows: u32, days: u32, weeks: u32 });
section!(/// How times are measured, and whose.
    Latency { steps: u32, people: Vec<String>, minimum: u64 });
section!(/// How recurrence is measured over time.
    Learning { confidence: u32, calls: u64, span: u32 });
section!(/// From when on something is worth a sentence.
Insights {
    most: u32,
    failing: Failing,
    recovery: Recovery,
    unresolved: Unresolved,
    recurring: Recurring,
    run: Run,
    slow: Slow,
    output: Output,
    cache: Cache,
    learning: Trend,
});
section!(/// A tool that fails often.
    Failing { calls: u64, share: u32, grave: u32, tools: u32 });
section!(/// What recoveries have in common.
    Recovery { recoveries: u64, share: u32 });
section!(/// A cause that stays unresolved.
    Unresolved { incidents: u64, share: u32 });
section!(/// A group that comes back.
    Recurring { families: u64, days: u64, incidents: u64 });
section!(/// Failures in a row.
    Run { length: u64 });
section!(/// A tool on which the waiting goes.
    Slow { calls: u64, share: u32, time: u64 });
section!(/// A tool that fills the transcript.
    Output { calls: u64, share: u32, mean: u64 });
section!(/// Input that seldom comes from the cache.
    Cache { responses: u64, share: u32 });
section!(/// A change in how often known failures come back.
    Trend { recurrences: u64 });

/// Why a rule file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not TOML of the expected form.
    Syntax(String),
    /// Its format is of a later time.
    Format(u32),
    /// A key, and what its value must be.
    Value(&'static str, &'static str),
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax(text) => write!(out, "{FILE} cannot be read: {text}"),
            Problem::Format(format) => write!(out, "{FILE} has format {format}, but this plugin reads format 1"),
            Problem::Value(key, wanted) => write!(out, "{FILE}: `{key}` must be {wanted}"),
        }
    }
}

impl Rules {
    /// Reads a rule file.
    pub fn parse(text: &str) -> Result<Rules, Problem> {
        let rules: Rules = toml::from_str(text).map_err(|error| Problem::Syntax(error.to_string()))?;
        if rules.format != 1 {
            return Err(Problem::Format(rules.format));
        }
        rules.check().map_or(Ok(rules), |(key, wanted)| Err(Problem::Value(key, wanted)))
    }

    fn check(&self) -> Option<(&'static str, &'static str)> {
        let Rules { tables, latency, learning, insights, .. } = self;
        let sizes = [
            ("tables.rows", tables.rows),
            ("tables.days", tables.days),
            ("tables.weeks", tables.weeks),
            ("learning.span", learning.span),
        ];
        if let Some((key, _)) = sizes.into_iter().find(|(_, size)| !(1..=1000).contains(size)) {
            return Some((key, "1 to 1000"));
        }
        if !latency.steps.is_power_of_two() || latency.steps > 64 {
            return Some(("latency.steps", "1, 2, 4, 8, 16, 32 or 64"));
        }
        if latency.people.iter().any(|tool| tool.strip_suffix('*').unwrap_or(tool).contains('*')) {
            return Some(("latency.people", "names of tools, with a * at the end if at all"));
        }
        if !(50..=99).contains(&learning.confidence) {
            return Some(("learning.confidence", "50 to 99"));
        }
        if insights.most > 100 {
            return Some(("insights.most", "0 to 100"));
        }
        let shares = [
            ("insights.failing.share", insights.failing.share),
            ("insights.failing.grave", insights.failing.grave),
            ("insights.recovery.share", insights.recovery.share),
            ("insights.unresolved.share", insights.unresolved.share),
            ("insights.slow.share", insights.slow.share),
            ("insights.output.share", insights.output.share),
            ("insights.cache.share", insights.cache.share),
        ];
        shares.into_iter().find(|(_, share)| *share > 100).map(|(key, _)| (key, "a percentage, 0 to 100"))
    }
}
