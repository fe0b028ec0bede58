//! From groups of errors to protocols.

use super::fault::LearningError;
use super::group::Gathered;
use crate::event::{Evidence, Millis, Proposer, Protocol, ProtocolId, Trigger};
use crate::plugin::{ErrorGroup, Extractor, Fault, Proposal};
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

/// Incidents that a protocol names.
const EXAMPLES: usize = 5;
/// How often an extractor is asked what it would have proposed earlier.
const EARLIER: usize = 24;

/// Whose errors a protocol can prevent.
pub const OWNERS: [&str; 2] = ["agent", "environment"];

/// What the first extractor that has an idea proposes against a group; faults are handed over, and the next one asked.
pub fn proposed(
    gathered: &Gathered,
    extractors: &mut [(Proposer, Box<dyn Extractor + '_>)],
    mut fault: impl FnMut(Fault),
) -> Result<Vec<Protocol>, LearningError> {
    if !OWNERS.contains(&gathered.group.owner.as_str()) {
        return Ok(Vec::new());
    }
    for (proposer, extractor) in extractors {
        extractor.renew();
        let today = gathered.until(Millis::MAX, &extractor.interest().text_bytes);
        let proposals = match extractor.propose(&today) {
            Ok(proposals) => proposals,
            Err(said) => {
                fault(said);
                continue;
            }
        };
        if proposals.is_empty() {
            continue;
        }
        let since = first_proposed(gathered, extractor.as_mut(), &proposals);
        return Ok(merged(&proposals)
            .into_iter()
            .map(|merged| protocol(gathered, &today, merged, proposer.clone(), since))
            .collect());
    }
    Ok(Vec::new())
}

/// When the same would have been proposed first: the arrival of the family that made it enough.
fn first_proposed(gathered: &Gathered, extractor: &mut dyn Extractor, today: &[Proposal]) -> Millis {
    let triggers = |proposals: &[Proposal]| -> BTreeSet<Trigger> {
        proposals.iter().map(|proposal| proposal.trigger.clone()).collect()
    };
    let wanted = triggers(today);
    let arrivals = gathered.arrivals();
    for arrival in arrivals.iter().skip(1).take(EARLIER) {
        let group = gathered.until(*arrival, &extractor.interest().text_bytes);
        let then = extractor.propose(&group);
        if then.is_ok_and(|then| triggers(&then) == wanted) {
            return *arrival;
        }
    }
    gathered.group.last.unwrap_or_default()
}

/// Proposals that say the same of several tools are one.
fn merged(proposals: &[Proposal]) -> Vec<(&Proposal, Vec<Trigger>)> {
    let mut merged: Vec<(&Proposal, Vec<Trigger>)> = Vec::new();
    for proposal in proposals {
        match merged.iter_mut().find(|(known, _)| (&known.title, &known.advice) == (&proposal.title, &proposal.advice))
        {
            Some((_, triggers)) => triggers.push(proposal.trigger.clone()),
            None => merged.push((proposal, vec![proposal.trigger.clone()])),
        }
    }
    merged
}

fn protocol(
    gathered: &Gathered,
    group: &ErrorGroup,
    (proposal, mut triggers): (&Proposal, Vec<Trigger>),
    proposer: Proposer,
    since: Millis,
) -> Protocol {
    triggers.sort();
    triggers.dedup();
    let name = format!("{}\n{}", group.fingerprint, proposal.title);
    let newest = gathered.incidents.iter().rev().take(EXAMPLES);
    Protocol {
        id: ProtocolId(xxh3_64(name.as_bytes())),
        fingerprint: group.fingerprint.clone(),
        cause: group.cause.clone(),
        owner: group.owner.clone(),
        title: proposal.title.clone(),
        triggers,
        advice: proposal.advice.clone(),
        confidence: proposal.confidence,
        proposer,
        evidence: Evidence {
            incidents: group.incidents,
            families: group.families,
            sessions: group.sessions,
            days: group.days,
            resolved: group.resolved,
            resolutions: group.resolutions.clone(),
            first: group.first,
            last: group.last,
            since,
            examples: newest.map(|incident| ProtocolId(incident.id)).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::merged;
    use crate::event::Trigger;
    use crate::plugin::Proposal;

    #[test]
    fn one_advice_for_several_tools_is_one_protocol() {
        let proposal = |title: &str, tool: &str| Proposal {
            title: title.into(),
            trigger: Trigger { tool: tool.into(), ..Trigger::default() },
            advice: "a".into(),
            confidence: 50,
        };
        let proposals = [proposal("x", "Edit"), proposal("y", "Edit"), proposal("x", "Write")];
        let merged: Vec<(String, usize)> =
            merged(&proposals).into_iter().map(|(one, triggers)| (one.title.clone(), triggers.len())).collect();
        assert_eq!(merged, [("x".to_owned(), 2), ("y".to_owned(), 1)]);
    }
}
