//! What a classifier of the draft 0.1.0 says of itself, checked.

use super::classifier_v0::bindings::exports::logwright::classifier::classify as wit;
use super::contract::{Fault, FaultKind, Fields, Interest, KindInterest};
use super::limits::Who;
use super::words;
use crate::event::Kind;

/// Literals that a plugin may declare, and bytes of one.
const LITERALS: usize = 256;
const LITERAL_BYTES: usize = 256;

/// What a plugin says of itself, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Description {
    pub name: String,
    pub version: String,
    pub interest: Interest,
}

/// Checks a description.
pub(super) fn understand(who: &Who, raw: wit::Description) -> Result<Description, Fault> {
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
    let interest = understand_interest(raw.interest).map_err(|what| who.fault(FaultKind::Refused, what))?;
    Ok(Description { name: raw.name, version: raw.version, interest })
}

fn understand_interest(raw: wit::Interest) -> Result<Interest, String> {
    let mut interest = Interest::default();
    let mut named = [false; Kind::ALL.len()];
    let mut others = None;
    for wanted in &raw.kinds {
        let value = KindInterest {
            wanted: true,
            failures_only: wanted.failures_only,
            text_of_failures_only: wanted.text_of_failures_only,
            text_bytes: wanted.text_bytes,
            search: wanted.search,
        };
        let twice = match (wanted.kind.as_str(), Kind::of_name(&wanted.kind)) {
            ("*", _) => others.replace(value).is_some(),
            (_, Some(kind)) => {
                interest.kinds[kind as usize] = value;
                std::mem::replace(&mut named[kind as usize], true)
            }
            (name, None) => {
                let known: Vec<_> = Kind::ALL.into_iter().map(Kind::name).collect();
                return Err(format!(
                    "asks for events of kind `{}`; known are {}",
                    words::quote(name, 40),
                    known.join(", ")
                ));
            }
        };
        if twice {
            return Err(format!("asks for events of kind `{}` twice", wanted.kind));
        }
    }
    for (slot, named) in interest.kinds.iter_mut().zip(named) {
        if let (false, Some(others)) = (named, others) {
            *slot = others;
        }
    }
    for name in &raw.fields {
        *field(&mut interest.fields, name).ok_or_else(|| {
            format!(
                "asks for the field `{}`; known are session, agent, project, model, tool, sub-agent, time, duration, size, attributes",
                words::quote(name, 40)
            )
        })? = true;
    }
    if raw.literals.len() > LITERALS {
        return Err(format!("declares {} literals, where {LITERALS} are allowed", raw.literals.len()));
    }
    if let Some(literal) = raw.literals.iter().find(|text| text.is_empty() || text.len() > LITERAL_BYTES) {
        return Err(format!("declares a literal of {} bytes, where 1 to {LITERAL_BYTES} are allowed", literal.len()));
    }
    interest.literals = raw.literals;
    Ok(interest)
}

fn field<'a>(fields: &'a mut Fields, name: &str) -> Option<&'a mut bool> {
    match name {
        "session" => Some(&mut fields.session),
        "agent" => Some(&mut fields.agent),
        "project" => Some(&mut fields.project),
        "model" => Some(&mut fields.model),
        "tool" => Some(&mut fields.tool),
        "sub-agent" => Some(&mut fields.sub_agent),
        "time" => Some(&mut fields.time),
        "duration" => Some(&mut fields.duration),
        "size" => Some(&mut fields.size),
        "attributes" => Some(&mut fields.attributes),
        _ => None,
    }
}
