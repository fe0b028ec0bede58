//! Prevention protocols: rules that would keep a group of errors from coming back.

use super::{Millis, Trigger};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The id of a protocol: a hash of the group that it is about and of its title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtocolId(pub u64);

impl fmt::Display for ProtocolId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

impl Serialize for ProtocolId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProtocolId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ProtocolId, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(ProtocolId).map_err(serde::de::Error::custom)
    }
}

/// Where a protocol stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// An extractor proposes it.
    #[default]
    Proposed,
    /// A person wants it; it is not published yet.
    Accepted,
    /// It is published, or the guard goes by it.
    Active,
    /// A person does not want it, and it is not proposed again.
    Rejected,
    /// It was accepted once, and is not any more.
    Retired,
    /// Nobody proposes it any more.
    Withdrawn,
}

impl Status {
    /// Every status, in the order in which they are listed.
    pub const ALL: [Status; 6] =
        [Status::Active, Status::Accepted, Status::Proposed, Status::Retired, Status::Rejected, Status::Withdrawn];

    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Proposed => "proposed",
            Status::Accepted => "accepted",
            Status::Active => "active",
            Status::Rejected => "rejected",
            Status::Retired => "retired",
            Status::Withdrawn => "withdrawn",
        }
    }

    /// Whether what a protocol rests on must be kept.
    pub const fn is_live(self) -> bool {
        matches!(self, Status::Accepted | Status::Active)
    }
}

/// What the guard does when a protocol applies to a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardMode {
    /// It does not look.
    #[default]
    Off,
    /// It notes that it would have fired; the agent is told nothing.
    Observe,
    /// It tells the agent the advice; the call goes on.
    Advise,
    /// It lets the person decide.
    Ask,
    /// It refuses the call, with the advice as the reason.
    Deny,
}

impl GuardMode {
    /// Every mode.
    pub const ALL: [GuardMode; 5] =
        [GuardMode::Off, GuardMode::Observe, GuardMode::Advise, GuardMode::Ask, GuardMode::Deny];

    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            GuardMode::Off => "off",
            GuardMode::Observe => "observe",
            GuardMode::Advise => "advise",
            GuardMode::Ask => "ask",
            GuardMode::Deny => "deny",
        }
    }

    /// The mode of a stable word.
    pub fn of_name(name: &str) -> Option<GuardMode> {
        GuardMode::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// Who proposed a protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "what makes a finding repeatable")]
pub struct Proposer {
    pub name: String,
    pub version: String,
    pub content_hash: String,
    pub settings_hash: String,
}

/// What a protocol rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How often it went wrong.
    pub incidents: u64,
    /// In how many families.
    pub families: u64,
    /// In how many sessions.
    pub sessions: u64,
    /// On how many days.
    pub days: u64,
    /// How many were resolved.
    pub resolved: u64,
    /// What resolved them, and how often, the most frequent first.
    pub resolutions: Vec<(String, u64)>,
    /// The first, in milliseconds since 1970.
    pub first: Millis,
    /// The last.
    pub last: Millis,
    /// The last incident of the earliest families that were enough to propose it: logs after it are later than those
    /// that it needed.
    pub since: Millis,
    /// The ids of a few incidents.
    pub examples: Vec<ProtocolId>,
}

/// A prevention protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Its id.
    pub id: ProtocolId,
    /// What the group's incidents have in common.
    pub fingerprint: String,
    /// The class of the cause.
    pub cause: String,
    /// Whose it is to mend.
    pub owner: String,
    /// What it is about.
    pub title: String,
    /// When it applies: any of them.
    pub triggers: Vec<Trigger>,
    /// What to do.
    pub advice: String,
    /// How sure the extractor is, 0 to 100.
    pub confidence: u8,
    /// Who proposed it.
    pub proposer: Proposer,
    /// What it rests on, when it was written down.
    pub evidence: Evidence,
}

impl Protocol {
    /// Whether two protocols say the same, whatever they rest on.
    pub fn says_the_same(&self, other: &Protocol) -> bool {
        (&self.title, &self.triggers, &self.advice) == (&other.title, &other.triggers, &other.advice)
    }

    /// Whether the triggers tell the calls that go wrong from others, so that a guard is of use.
    pub fn is_matchable(&self) -> bool {
        !self.triggers.is_empty() && self.triggers.iter().all(Trigger::is_selective)
    }
}
