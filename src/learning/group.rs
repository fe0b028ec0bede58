//! What is known of a group of errors: its incidents, their records, and what resolved them.

use super::fault::LearningError;
use super::resolution::{LOOKED_AT, Step, words};
use crate::event::Millis;
use crate::layout::House;
use crate::plugin::{ErrorGroup, Exemplar, IncidentText};
use crate::store::{
    ErrorLine, FileRow, IncidentFilter, Reader, StoredEvent, StoredGroup, StoredIncident, last_records, texts,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Incidents of a group that an extractor is shown at most.
const EXEMPLARS: usize = 32;
/// Incidents whose records are read.
const READ: usize = 96;
/// Incidents of a group that are counted.
const CONSIDERED: usize = 10_000;
/// Bytes of a call between failure and success that are looked at.
const BETWEEN_BYTES: usize = 2048;

/// A group with what its incidents say.
pub struct Gathered {
    /// The group.
    pub group: StoredGroup,
    /// Its incidents, the earliest first.
    pub incidents: Vec<StoredIncident>,
    /// Those whose records were read, spread over the families.
    chosen: Vec<usize>,
    records: HashMap<u64, ErrorLine>,
    /// What resolved them, as words of the contract.
    words: HashMap<u64, BTreeSet<String>>,
}

impl Gathered {
    /// Reads what is known of a group; `errors` is the folder of error records.
    pub fn read(reader: &Reader, house: &House, errors: &str, group: StoredGroup) -> Result<Gathered, LearningError> {
        let filter = IncidentFilter { group: Some(group.id), ..IncidentFilter::default() };
        let (mut incidents, _) = reader.incidents(&filter, CONSIDERED)?;
        incidents.sort_by_key(|incident| (incident.time, incident.id));
        let chosen = spread(&incidents, READ);
        let ids: Vec<u64> = chosen.iter().map(|at| incidents[*at].id).collect();
        let records = last_records(house, errors, reader, &ids)?;
        let mut words = HashMap::new();
        for incident in chosen.iter().map(|at| &incidents[*at]).filter(|incident| !incident.resolution.is_empty()) {
            if let Some(record) = records.get(&incident.id) {
                words.insert(incident.id, resolved_by(reader, house, incident, record)?);
            }
        }
        Ok(Gathered { group, incidents, chosen, records, words })
    }

    /// The times at which the group came to another family for the first time, in order.
    pub fn arrivals(&self) -> Vec<Millis> {
        let mut seen = BTreeSet::new();
        let mut arrivals = Vec::new();
        for incident in &self.incidents {
            if seen.insert(incident.family) {
                arrivals.push(incident.time.unwrap_or_default());
            }
        }
        arrivals
    }

    /// The group as an extractor sees it, had the logs ended at a time; of each text it gets the bytes that it asked for.
    pub fn until(&self, time: Millis, bytes: &[u32; IncidentText::ALL.len()]) -> ErrorGroup {
        let known: Vec<&StoredIncident> =
            self.incidents.iter().filter(|incident| incident.time.unwrap_or_default() <= time).collect();
        let distinct = |of: &dyn Fn(&StoredIncident) -> Option<String>| {
            known.iter().filter_map(|incident| of(incident)).collect::<BTreeSet<_>>().len() as u64
        };
        let chosen: Vec<&StoredIncident> = self
            .chosen
            .iter()
            .map(|at| &self.incidents[*at])
            .filter(|incident| incident.time.unwrap_or_default() <= time)
            .collect();
        let group = &self.group;
        ErrorGroup {
            fingerprint: group.fingerprint.clone(),
            title: group.title.clone(),
            cause: group.cause.clone(),
            owner: group.owner.clone(),
            incidents: known.len() as u64,
            sessions: distinct(&|incident| incident.session.clone()),
            families: distinct(&|incident| Some(incident.family?.to_string())),
            days: distinct(&|incident| Some((incident.time? / 86_400_000).to_string())),
            resolved: known.iter().filter(|incident| incident.status.as_deref() == Some("resolved")).count() as u64,
            first: known.first().and_then(|incident| incident.time).unwrap_or_default(),
            last: known.last().and_then(|incident| incident.time).unwrap_or_default(),
            resolutions: self.tallied(&chosen),
            exemplars: chosen.into_iter().take(EXEMPLARS).map(|incident| self.exemplar(incident, bytes)).collect(),
        }
    }

    fn exemplar(&self, incident: &StoredIncident, bytes: &[u32; IncidentText::ALL.len()]) -> Exemplar {
        let texts = self.records.get(&incident.id).map(|line| {
            [
                (IncidentText::Call, line.call_text.clone()),
                (IncidentText::Failure, line.failure_text.clone()),
                (IncidentText::Resolution, line.resolution_text.clone()),
            ]
        });
        Exemplar {
            tool: incident.tool.clone(),
            project: incident.project.clone().unwrap_or_default(),
            texts: texts
                .into_iter()
                .flatten()
                .map(|(which, mut text)| {
                    text.truncate(text.floor_char_boundary(bytes[which as usize] as usize));
                    (which, text)
                })
                .filter(|(_, text)| !text.is_empty())
                .collect(),
        }
    }

    /// What resolved the incidents, the most frequent first.
    fn tallied(&self, incidents: &[&StoredIncident]) -> Vec<(String, u64)> {
        let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
        for incident in incidents.iter().filter(|incident| !incident.resolution.is_empty()) {
            *tally.entry(&incident.resolution).or_default() += 1;
            for word in self.words.get(&incident.id).into_iter().flatten() {
                *tally.entry(word).or_default() += 1;
            }
        }
        let mut tally: Vec<(String, u64)> = tally.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        tally.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        tally
    }
}

/// At most so many incidents: one of each family, then another of each, until there are enough.
fn spread(incidents: &[StoredIncident], most: usize) -> Vec<usize> {
    let mut seen: BTreeMap<Option<u64>, usize> = BTreeMap::new();
    let rank = |(at, incident): (usize, &StoredIncident)| {
        let count = seen.entry(incident.family).or_default();
        *count += 1;
        (*count, at)
    };
    let mut ranked: Vec<(usize, usize)> = incidents.iter().enumerate().map(rank).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(most).map(|(_, at)| at).collect()
}

/// What resolved an incident, from its record and from the calls in between, as far as their logs are kept.
fn resolved_by(
    reader: &Reader,
    house: &House,
    incident: &StoredIncident,
    record: &ErrorLine,
) -> Result<BTreeSet<String>, LearningError> {
    let step = |input: &str| Step { tool: incident.tool.clone(), input: input.to_owned() };
    let (failed, succeeded) = (step(&record.call_text), step(&record.resolution_text));
    let between = match (incident.family, incident.events) {
        (Some(family), [_, Some(call), Some(resolution)]) if call + 1 < resolution => {
            between(reader, house, incident, family, call + 1, resolution - 1)?
        }
        _ => Vec::new(),
    };
    Ok(words(&failed, &succeeded, &between))
}

fn between(
    reader: &Reader,
    house: &House,
    incident: &StoredIncident,
    family: u64,
    from: u32,
    to: u32,
) -> Result<Vec<Step>, LearningError> {
    let actor = (incident.session.clone().unwrap_or_default(), incident.sub_agent.clone().unwrap_or_default());
    let mut calls = reader.calls(family, from, to)?;
    calls.retain(|call| call.actor == actor);
    let events: Vec<StoredEvent> =
        calls.split_off(calls.len().saturating_sub(LOOKED_AT)).into_iter().map(|call| call.event).collect();
    let files = files_of(reader, &events)?;
    let inputs = texts(house, &files, &events, BETWEEN_BYTES);
    let steps = events.into_iter().zip(inputs);
    Ok(steps.filter_map(|(event, input)| Some(Step { tool: event.tool, input: input? })).collect())
}

/// The files in which events stand.
pub(super) fn files_of<'e>(
    reader: &Reader,
    events: impl IntoIterator<Item = &'e StoredEvent>,
) -> Result<Vec<FileRow>, LearningError> {
    let ids: BTreeSet<u64> = events.into_iter().map(|event| event.file).collect();
    let mut files = Vec::with_capacity(ids.len());
    for id in ids {
        files.extend(reader.file(id)?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{Gathered, spread};
    use crate::store::{StoredGroup, StoredIncident};
    use std::collections::{BTreeSet, HashMap};

    fn incident(id: u64, family: u64, time: i64, resolution: &str) -> StoredIncident {
        let resolution = resolution.to_owned();
        StoredIncident { id, family: Some(family), time: Some(time), resolution, ..StoredIncident::default() }
    }

    #[test]
    fn every_family_comes_before_any_comes_twice() {
        let incidents =
            [incident(1, 7, 1, "changed"), incident(2, 7, 2, ""), incident(3, 8, 3, "repeated"), incident(4, 7, 4, "")];
        let ids: Vec<u64> = spread(&incidents, 3).iter().map(|at| incidents[*at].id).collect();
        assert_eq!(ids, [1, 3, 2]);
    }

    #[test]
    fn a_group_can_be_seen_as_it_was() {
        let incidents = vec![
            incident(1, 7, 10, "changed"),
            incident(2, 7, 20, "repeated"),
            incident(3, 8, 30, "changed"),
            incident(4, 9, 40, "changed"),
        ];
        let gathered = Gathered {
            group: StoredGroup::default(),
            chosen: spread(&incidents, 10),
            incidents,
            records: HashMap::new(),
            words: HashMap::from([(3, BTreeSet::from(["after:Read".to_owned()]))]),
        };
        assert_eq!(gathered.arrivals(), [10, 30, 40]);
        let then = gathered.until(30, &[64; 5]);
        assert_eq!((then.incidents, then.families, then.first, then.last), (3, 2, 10, 30));
        assert_eq!(
            then.resolutions,
            [("changed".to_owned(), 2), ("after:Read".to_owned(), 1), ("repeated".to_owned(), 1)]
        );
        assert_eq!(gathered.until(5, &[64; 5]).incidents, 0);
    }
}
