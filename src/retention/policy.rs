//! For how long what is kept: ages and sizes, with exceptions for folders, agents and projects. Pure.

use crate::event::Millis;
use globset::{Glob, GlobMatcher};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// A day in milliseconds; months and clocks of summer do not change it.
pub const DAY: Millis = 86_400_000;

/// The longest age that can be set, in days: a century.
const MAX_DAYS: i64 = 36_525;

/// After how long something is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// After so many days.
    Days(u32),
    /// Not at all.
    Never,
}

impl Age {
    /// Whether what began at `since` is due at `now`; the future counts as now.
    pub fn is_reached(self, since: Millis, now: Millis) -> bool {
        self.reached_at(since.min(now)).is_some_and(|at| at <= now)
    }

    /// When what began at `since` is due.
    pub fn reached_at(self, since: Millis) -> Option<Millis> {
        match self {
            Age::Days(days) => Some(since.saturating_add(Millis::from(days) * DAY)),
            Age::Never => None,
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Age::Days(days) => write!(out, "{days}"),
            Age::Never => out.write_str("never"),
        }
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Age, D::Error> {
        let value = toml::Value::deserialize(source)?;
        let days =
            value.as_integer().filter(|days| (0..=MAX_DAYS).contains(days)).and_then(|days| days.try_into().ok());
        match (days, value.as_str()) {
            (Some(days), _) => Ok(Age::Days(days)),
            (None, Some("never")) => Ok(Age::Never),
            _ => Err(serde::de::Error::custom(format!(
                "{value} is neither a number of days up to {MAX_DAYS} nor \"never\""
            ))),
        }
    }
}

/// Ages that hold for some logs; what is not said holds as for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Exception {
    /// Days until a log is archived.
    pub active_days: Option<Age>,
    /// Days until an archive is removed.
    pub archive_days: Option<Age>,
}

/// The policy, as the settings give it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Policy {
    /// Days until a log is archived.
    pub active_days: Age,
    /// Days until an archive is removed.
    pub archive_days: Age,
    /// Days until what was removed is gone.
    pub trash_days: Age,
    /// Bytes that active logs may have; 0 for as many as there are.
    #[serde(deserialize_with = "crate::settings::size")]
    pub max_active: u64,
    /// Bytes that the archive may have; 0 for as many as there are.
    #[serde(deserialize_with = "crate::settings::size")]
    pub max_archive: u64,
    /// By folder: `sessions`, `system`, `errors`.
    #[serde(default)]
    pub folders: BTreeMap<String, Exception>,
    /// By agent.
    #[serde(default)]
    pub agents: BTreeMap<String, Exception>,
    /// By globs of projects.
    #[serde(default)]
    pub projects: BTreeMap<String, Exception>,
}

impl Policy {
    /// Makes the policy ready to be asked; else the glob that is none, and why.
    pub fn rules(&self) -> Result<Rules<'_>, (String, String)> {
        let glob = |(pattern, exception): (&String, &Exception)| match Glob::new(pattern) {
            Ok(glob) => Ok((glob.compile_matcher(), pattern.clone(), *exception)),
            Err(error) => Err((pattern.clone(), error.kind().to_string())),
        };
        Ok(Rules { policy: self, projects: self.projects.iter().map(glob).collect::<Result<_, _>>()? })
    }

    /// The shortest age after which something leaves a tier, under whatever rule.
    pub fn shortest(&self, age: Which) -> Age {
        let all = [&self.folders, &self.agents, &self.projects];
        let own = all.into_iter().flat_map(BTreeMap::values).filter_map(|exception| age.of(exception));
        own.chain([age.of_policy(self)]).min().unwrap_or(Age::Never)
    }
}

/// One of the two ages that can differ from log to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Until a log is archived.
    Active,
    /// Until an archive is removed.
    Archive,
}

impl Which {
    fn of(self, exception: &Exception) -> Option<Age> {
        match self {
            Which::Active => exception.active_days,
            Which::Archive => exception.archive_days,
        }
    }

    fn of_policy(self, policy: &Policy) -> Age {
        match self {
            Which::Active => policy.active_days,
            Which::Archive => policy.archive_days,
        }
    }

    /// The name of its setting.
    pub const fn key(self) -> &'static str {
        match self {
            Which::Active => "active_days",
            Which::Archive => "archive_days",
        }
    }
}

/// A policy, ready to be asked.
pub struct Rules<'p> {
    policy: &'p Policy,
    projects: Vec<(GlobMatcher, String, Exception)>,
}

/// What the policy says of a log: the age, and the setting that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The age.
    pub age: Age,
    /// The setting, with its value.
    pub setting: String,
}

impl Rules<'_> {
    /// The age that holds: the project's, else the agent's, else the folder's, else everybody's.
    pub fn rule(&self, which: Which, folder: &str, agent: &str, project: &str) -> Rule {
        let mut by_project = self.projects.iter().filter(|(glob, ..)| !project.is_empty() && glob.is_match(project));
        let own = by_project
            .find_map(|(_, pattern, exception)| Some((which.of(exception)?, format!("projects.\"{pattern}\"."))));
        let named = |table: &BTreeMap<String, Exception>, section: &str, name: &str| {
            table.get(name).and_then(|exception| Some((which.of(exception)?, format!("{section}.{name}."))))
        };
        let (age, place) = own
            .or_else(|| named(&self.policy.agents, "agents", agent))
            .or_else(|| named(&self.policy.folders, "folders", folder))
            .unwrap_or_else(|| (which.of_policy(self.policy), String::new()));
        Rule { age, setting: format!("retention.{place}{} = {age}", which.key()) }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        self.policy
    }
}

#[cfg(test)]
mod tests {
    use super::{Age, DAY, Policy, Which};
    use crate::settings::Settings;
    use std::path::Path;

    fn policy(text: &str) -> Policy {
        Settings::parse(text, Path::new("logwright.toml")).unwrap().0.retention
    }

    #[test]
    fn an_age_is_reached_to_the_millisecond() {
        for days in [29, 30, 31, 89, 90, 91] {
            let age = Age::Days(days);
            assert!(!age.is_reached(0, i64::from(days) * DAY - 1));
            assert!(age.is_reached(0, i64::from(days) * DAY));
        }
        assert!(!Age::Days(1).is_reached(5 * DAY, DAY), "the future counts as now");
        assert!(Age::Days(0).is_reached(5 * DAY, DAY));
        assert!(!Age::Never.is_reached(0, i64::MAX));
        assert!(!Age::Days(30).is_reached(i64::MAX, i64::MAX - 1));
    }

    #[test]
    fn the_nearest_rule_holds_and_is_named() {
        let policy = policy(
            "[retention]\nactive_days = 10\n[retention.folders.system]\nactive_days = 5\n\
             [retention.agents.codex]\nactive_days = \"never\"\narchive_days = 400\n\
             [retention.projects.\"/srv/*\"]\nactive_days = 60\n",
        );
        let rules = policy.rules().unwrap();
        let said = |folder, agent, project| rules.rule(Which::Active, folder, agent, project).setting;
        assert_eq!(said("sessions", "claude-code", "/home/x"), "retention.active_days = 10");
        assert_eq!(said("system", "claude-code", ""), "retention.folders.system.active_days = 5");
        assert_eq!(said("system", "codex", ""), "retention.agents.codex.active_days = never");
        assert_eq!(said("system", "codex", "/srv/a"), "retention.projects.\"/srv/*\".active_days = 60");
        let archive = rules.rule(Which::Archive, "system", "codex", "/srv/a");
        assert_eq!(archive.setting, "retention.agents.codex.archive_days = 400");
        assert_eq!(policy.shortest(Which::Active), Age::Days(5));
        assert_eq!(policy.shortest(Which::Archive), Age::Days(90));
    }

    #[test]
    fn what_is_no_policy_is_told() {
        for text in [
            "[retention]\nactive_days = -1\n",
            "[retention]\nactive_days = \"often\"\n",
            "[retention]\nactive_days = 99999999\n",
            "[retention]\nmax_active = \"lots\"\n",
            "[retention.folders.attic]\nactive_days = 1\n",
            "[retention.projects.\"[\"]\nactive_days = 1\n",
            "[retention.agents.codex]\ntrash_days = 1\n",
        ] {
            let error = Settings::parse(text, Path::new("logwright.toml")).unwrap_err();
            let expected = if text.contains("projects") { 1 } else { 2 };
            assert_eq!(error.line, Some(expected), "{error}");
        }
    }
}
