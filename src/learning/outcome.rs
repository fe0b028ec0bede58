//! The effect of a protocol, from what the families of a house show.

use super::effect::count::Exposure;
use super::effect::{Case, Effect, Other, Settings, judge};
use super::fault::LearningError;
use super::guard::is_held_back;
use super::journal::{Entry, Register};
use crate::event::{GuardMode, Millis, ProtocolStatus as Status};
use crate::store::Reader;

/// What became of a protocol's group since it was activated; nothing if it never was.
pub fn effect(
    reader: &Reader,
    register: &Register,
    entry: &Entry,
    now: Millis,
) -> Result<Option<Effect>, LearningError> {
    let Some(activated) = entry.activated else { return Ok(None) };
    // After its end it is not shown any more.
    let until = entry.ended.filter(|ended| *ended > activated).unwrap_or(now);
    let (mut shown, mut held_back) = (Vec::new(), Vec::new());
    for exposure in exposures(reader, entry)? {
        let is_after = exposure.begin >= activated;
        let held = if is_after && entry.hold_out > 0 { held(reader, entry, exposure.family)? } else { Some(false) };
        match held {
            Some(true) => held_back.push(exposure),
            Some(false) => shown.push(exposure),
            // It was shown in some of its sessions and not in others.
            None => {}
        }
    }
    let mut observed = Vec::new();
    for other in register.entries.values().filter(|other| is_control(other)) {
        observed.push((other.protocol.evidence.since, exposures(reader, other)?));
    }
    let others: Vec<Other<'_>> = observed.iter().map(|(mined, exposures)| Other { mined: *mined, exposures }).collect();
    let case = Case {
        mined: entry.protocol.evidence.since,
        activated,
        now: until,
        shown: &shown,
        held_back: &held_back,
        others: &others,
    };
    Ok(Some(judge(&case, &Settings::default())))
}

/// Whether a protocol was only ever observed, so that its group shows what changes without one.
fn is_control(entry: &Entry) -> bool {
    entry.status == Status::Accepted && entry.guard == GuardMode::Observe && entry.activated.is_none()
}

/// Whether all sessions of a family were held back, or none; nothing if some were.
fn held(reader: &Reader, entry: &Entry, family: u64) -> Result<Option<bool>, LearningError> {
    let sessions = reader.sessions_of(family)?;
    let held = sessions.iter().filter(|session| is_held_back(entry.protocol.id, session, entry.hold_out)).count();
    Ok(match held {
        0 => Some(false),
        all if all == sessions.len() => Some(true),
        _ => None,
    })
}

fn exposures(reader: &Reader, entry: &Entry) -> Result<Vec<Exposure>, LearningError> {
    let rows = reader.exposures(entry.protocol.id)?;
    let exposure = |(family, shown): (crate::store::Measured, crate::store::Exposure)| {
        Some(Exposure {
            family: family.family,
            begin: family.first?,
            end: family.last?,
            calls: shown.calls,
            incidents: shown.incidents,
            first: shown.first,
        })
    };
    Ok(rows.into_iter().filter_map(exposure).collect())
}
