//! What would prevent a group of errors, as an extractor proposes it.

use crate::layout::House;
use crate::plugin::{Condition, ErrorGroup, Exemplar, Extractor, Fault, IncidentText, Precaution, Proposal, Trigger};
use crate::store::{IncidentFilter, Reader, RecordedError, StoreError, StoredGroup, StoredIncident};
use crate::terminal::{Cell, Column, Line, Meaning, Span, Table};
use std::collections::BTreeMap;

/// Incidents of a group that an extractor is shown at most.
const EXEMPLARS: usize = 32;
/// Incidents of a group among which they are chosen.
const CONSIDERED: usize = 10_000;

/// Lets an extractor say what would prevent a group; `errors` is the folder of error records.
pub fn proposals(
    reader: &Reader,
    house: &House,
    errors: &str,
    group: &StoredGroup,
    extractor: &mut dyn Extractor,
) -> Result<Result<Vec<Proposal>, Fault>, StoreError> {
    let filter = IncidentFilter { group: Some(group.id), ..IncidentFilter::default() };
    let (incidents, _) = reader.incidents(&filter, CONSIDERED)?;
    let mut exemplars = Vec::new();
    for incident in spread(&incidents, EXEMPLARS) {
        let record = RecordedError::read(house, errors, reader, incident.id)?.and_then(|record| record.last);
        let texts = record.map(|line| {
            [
                (IncidentText::Call, line.call_text),
                (IncidentText::Failure, line.failure_text),
                (IncidentText::Resolution, line.resolution_text),
            ]
        });
        exemplars.push(Exemplar {
            tool: incident.tool.clone(),
            project: incident.project.clone().unwrap_or_default(),
            texts: texts.into_iter().flatten().filter(|(_, text)| !text.is_empty()).collect(),
        });
    }
    let group = ErrorGroup {
        fingerprint: group.fingerprint.clone(),
        title: group.title.clone(),
        cause: group.cause.clone(),
        owner: group.owner.clone(),
        incidents: group.incidents,
        sessions: group.sessions,
        families: group.families,
        days: group.days,
        resolved: group.resolved,
        first: group.first.unwrap_or_default(),
        last: group.last.unwrap_or_default(),
        exemplars,
        resolutions: tallied(&incidents),
    };
    extractor.renew();
    Ok(extractor.propose(&group))
}

/// At most so many incidents: one of each family, then another of each, until there are enough.
fn spread(incidents: &[StoredIncident], most: usize) -> Vec<&StoredIncident> {
    let mut seen: BTreeMap<Option<u64>, usize> = BTreeMap::new();
    let mut ranked: Vec<(usize, &StoredIncident)> = incidents
        .iter()
        .map(|incident| {
            let count = seen.entry(incident.family).or_default();
            *count += 1;
            (*count, incident)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().take(most).map(|(_, incident)| incident).collect()
}

/// What resolved the incidents, the most frequent first.
fn tallied(incidents: &[StoredIncident]) -> Vec<(String, u64)> {
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for incident in incidents.iter().filter(|incident| !incident.resolution.is_empty()) {
        *tally.entry(&incident.resolution).or_default() += 1;
    }
    let mut tally: Vec<(String, u64)> = tally.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    tally.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    tally
}

/// When a proposal applies, in words.
fn when(trigger: &Trigger) -> String {
    let mut text = format!("a call of `{}`", trigger.tool);
    for (at, Condition { field, operator, value }) in trigger.conditions.iter().enumerate() {
        let joint = if at == 0 { "whose" } else { "and whose" };
        text.push_str(&format!(" {joint} `{field}` {operator} `{value}`"));
    }
    for (at, Precaution { tool, field, within }) in trigger.unless.iter().enumerate() {
        let joint = if at == 0 { ", unless" } else { " or" };
        let same = if field.is_empty() { String::new() } else { format!(" with the same `{field}`") };
        text.push_str(&format!("{joint} `{tool}`{same} was called within {within} calls before"));
    }
    text
}

/// Proposals for people.
pub fn proposal_lines(by: &str, proposals: &[Proposal]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut said = "";
    for proposal in proposals {
        // One advice may be for several tools.
        if said != proposal.advice {
            said = &proposal.advice;
            lines.push(vec![
                Span::new("Proposed  ".to_owned(), Meaning::Dim),
                Span::new(proposal.advice.clone(), Meaning::Good),
            ]);
        }
        lines.push(vec![
            Span::new("For       ".to_owned(), Meaning::Dim),
            Span::new(format!("{} ({by}, {}% sure)", when(&proposal.trigger), proposal.confidence), Meaning::Plain),
        ]);
    }
    lines
}

/// Proposals for machines.
pub fn proposal_table(by: &str, proposals: &[Proposal]) -> Table {
    let names = ["plugin", "title", "applies_to", "advice", "confidence"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("proposals", "What would prevent it");
    for proposal in proposals {
        table.push([
            Cell::from(by),
            Cell::from(proposal.title.as_str()),
            Cell::from(when(&proposal.trigger)),
            Cell::from(proposal.advice.as_str()),
            Cell::from(u64::from(proposal.confidence)),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{spread, tallied, when};
    use crate::plugin::{Condition, Precaution, Trigger};
    use crate::store::StoredIncident;

    fn incident(id: u64, family: u64, resolution: &str) -> StoredIncident {
        StoredIncident { id, family: Some(family), resolution: resolution.to_owned(), ..StoredIncident::default() }
    }

    #[test]
    fn every_family_comes_before_any_comes_twice() {
        let incidents =
            [incident(1, 7, "changed"), incident(2, 7, ""), incident(3, 8, "repeated"), incident(4, 7, "changed")];
        let ids: Vec<u64> = spread(&incidents, 3).iter().map(|incident| incident.id).collect();
        assert_eq!(ids, [1, 3, 2]);
        assert_eq!(tallied(&incidents), [("changed".to_owned(), 2), ("repeated".to_owned(), 1)]);
    }

    #[test]
    fn a_trigger_is_told_in_words() {
        let trigger = Trigger {
            tool: "Edit".to_owned(),
            conditions: vec![Condition {
                field: "file_path".to_owned(),
                operator: "glob".to_owned(),
                value: "*.rs".to_owned(),
            }],
            unless: vec![Precaution { tool: "Read".to_owned(), field: "file_path".to_owned(), within: 50 }],
        };
        assert_eq!(
            when(&trigger),
            "a call of `Edit` whose `file_path` glob `*.rs`, unless `Read` with the same `file_path` was called \
             within 50 calls before"
        );
    }
}
