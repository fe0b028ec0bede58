//! What a plugin of the draft 0.1.0 says of itself, checked, whatever its role.

use super::contract::{Fault, FaultKind, KindInterest};
use super::limits::{Exceeded, Limits, Who};
use super::package::Role;
use super::words;
use std::collections::BTreeSet;

/// The grant to have something kept for ever.
pub(super) const CRITICAL: &str = "critical";

/// What a plugin says of itself, as it came.
pub struct RawDescription<I> {
    pub name: String,
    pub version: String,
    pub grants: Vec<String>,
    pub interest: I,
}

/// What a plugin wants to see of events, as it came.
pub struct RawInterest {
    pub kinds: Vec<(String, KindInterest)>,
    pub fields: Vec<String>,
    pub literals: Vec<String>,
}

/// What a plugin wants to see of incidents, as it came.
pub struct RawIncidentInterest {
    pub fields: Vec<String>,
    pub texts: Vec<(String, u32)>,
    pub literals: Vec<String>,
}

/// What a plugin says of itself, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description<I> {
    pub name: String,
    pub version: String,
    /// Whether it asks to have something kept for ever.
    pub critical: bool,
    pub interest: I,
}

/// What a plugin declares that it needs to see.
pub trait Wanted: Clone + PartialEq + Send + Sync {
    /// The declaration as it came.
    type Raw;

    /// Checks a declaration.
    fn understand(role: Role, limits: &Limits, raw: Self::Raw) -> Result<Self, Objection>;

    /// What it comes down to, as the words that a person grants.
    fn asks(&self) -> BTreeSet<String>;
}

/// Why a description is refused.
pub enum Objection {
    /// It asks for something that is not known, or not given to its role.
    Unknown(String),
    /// It passes a limit.
    Exceeded(Exceeded),
}

impl From<String> for Objection {
    fn from(what: String) -> Objection {
        Objection::Unknown(what)
    }
}

/// Checks a description.
pub(super) fn understand<I: Wanted>(
    who: &Who,
    role: Role,
    limits: &Limits,
    raw: RawDescription<I::Raw>,
) -> Result<Description<I>, Fault> {
    let refuse = |what: String| Err(who.fault(FaultKind::Refused, what));
    if !words::is_name(&raw.name) {
        return refuse(format!("calls itself `{}`; a name has 1 to 64 of a-z, 0-9 and -", words::quote(&raw.name, 64)));
    }
    if !words::is_version(&raw.version) {
        return refuse(format!(
            "gives `{}` as its version; one has 1 to 64 letters, digits, dots, + and -",
            words::quote(&raw.version, 64)
        ));
    }
    let who = Who::Named { name: raw.name.clone(), version: raw.version.clone() };
    let object = |objection| match objection {
        Objection::Unknown(what) => who.fault(FaultKind::Refused, what),
        Objection::Exceeded(exceeded) => who.exceeded(&exceeded),
    };
    let critical = understand_grants(role, &raw.grants).map_err(Objection::Unknown).map_err(object)?;
    let interest = I::understand(role, limits, raw.interest).map_err(object)?;
    Ok(Description { name: raw.name, version: raw.version, critical, interest })
}

/// Whether the grants asked for hold that of having something kept for ever.
fn understand_grants(role: Role, grants: &[String]) -> Result<bool, String> {
    let known: &[&str] = match role {
        Role::Classifier | Role::Extractor => &[CRITICAL],
        Role::Analyzer => &[],
    };
    match grants.iter().find(|grant| !known.contains(&grant.as_str())) {
        None => Ok(!grants.is_empty()),
        Some(grant) => Err(format!(
            "asks for the grant `{}`; in the role of {role} {}",
            words::quote(grant, 40),
            if known.is_empty() { "there is none".to_owned() } else { format!("known is {}", known.join(", ")) }
        )),
    }
}

/// Checks declared literals.
pub(super) fn check_literals(limits: &Limits, literals: &[String]) -> Result<(), Objection> {
    let exceeded = |what, unit, used, limit, key: &'static [&'static str]| {
        Objection::Exceeded(Exceeded {
            what,
            unit,
            used: Some(used),
            limit: u64::from(limit),
            keys: key,
            kind: FaultKind::Refused,
        })
    };
    if literals.len() as u64 > u64::from(limits.literals) {
        let what = "declares more literals than it may";
        return Err(exceeded(what, "literals", literals.len() as u64, limits.literals, &["literals"]));
    }
    let longest = literals.iter().map(String::len).max().unwrap_or_default() as u64;
    if longest > u64::from(limits.literal_bytes) {
        let what = "declares a longer literal than it may";
        return Err(exceeded(what, "bytes", longest, limits.literal_bytes, &["literal_length"]));
    }
    match literals.iter().position(String::is_empty) {
        Some(literal) => Err(Objection::Unknown(format!("declares literal {literal}, which is empty"))),
        None => Ok(()),
    }
}
