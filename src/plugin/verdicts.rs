//! Checks what a classifier gave back, before anyone uses it.

use super::contract::{CATEGORIES, Judgement, Label, Verdict};
use super::words;
use crate::event::Severity;
use std::fmt;

/// Bytes of one name at most.
const NAME_BYTES: usize = 256;

/// Names of one judgement at most.
const NAMES: usize = 4096;

/// Labels of one event at most.
const LABELS: usize = 32;

/// What the contract does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Breach {
    Count { verdicts: usize, events: usize },
    Names(usize),
    NameLength { name: usize, bytes: usize },
    NameOf { event: usize, what: &'static str, index: u32, names: usize },
    Category { event: usize, category: String },
    Severity { event: usize, severity: u8 },
    LabelEvent { label: usize, event: u32, events: usize },
    LabelOrder { label: usize },
    LabelEmpty { label: usize },
    Labels { event: u32 },
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Count { verdicts, events } => write!(out, "{verdicts} verdicts for {events} events"),
            Breach::Names(names) => write!(out, "{names} names, where {NAMES} are allowed"),
            Breach::NameLength { name, bytes } => {
                write!(out, "name {name} has {bytes} bytes, where {NAME_BYTES} are allowed")
            }
            Breach::NameOf { event, what, index, names } => {
                write!(out, "the {what} of event {event} is name {index}, but there are {names} names")
            }
            Breach::Category { event, category } => write!(
                out,
                "the category of event {event} is `{}`, where {} or an empty one are allowed",
                words::quote(category, 40),
                CATEGORIES.join(", ")
            ),
            Breach::Severity { event, severity } => {
                write!(out, "the severity of event {event} is {severity}, where 0 to 24 are allowed")
            }
            Breach::LabelEvent { label, event, events } => {
                write!(out, "label {label} is for event {event}, but there are {events} events")
            }
            Breach::LabelOrder { label } => write!(out, "label {label} is for an earlier event than the one before"),
            Breach::LabelEmpty { label } => write!(out, "label {label} is empty"),
            Breach::Labels { event } => write!(out, "event {event} has more than {LABELS} labels"),
        }
    }
}

/// A verdict as it came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RawVerdict {
    pub category: u32,
    pub subcategory: u32,
    pub severity: u8,
    pub critical: bool,
}

/// The judgement of a batch of `events` events, if the contract allows it.
pub(super) fn check(
    events: usize,
    names: Vec<String>,
    verdicts: impl ExactSizeIterator<Item = RawVerdict>,
    labels: impl ExactSizeIterator<Item = Label>,
) -> Result<Judgement, Breach> {
    if verdicts.len() != events {
        return Err(Breach::Count { verdicts: verdicts.len(), events });
    }
    let is_category = check_names(&names)?;
    let mut judgement =
        Judgement { verdicts: Vec::with_capacity(events), labels: Vec::with_capacity(labels.len()), names };
    for (event, raw) in verdicts.enumerate() {
        let beyond = |what, index| Breach::NameOf { event, what, index, names: is_category.len() };
        match is_category.get(raw.category as usize) {
            Some(true) => {}
            Some(false) => {
                return Err(Breach::Category { event, category: judgement.names[raw.category as usize].clone() });
            }
            None => return Err(beyond("category", raw.category)),
        }
        if raw.subcategory as usize >= is_category.len() {
            return Err(beyond("subcategory", raw.subcategory));
        }
        let severity = Severity::new(raw.severity).ok_or(Breach::Severity { event, severity: raw.severity })?;
        let RawVerdict { category, subcategory, critical, .. } = raw;
        judgement.verdicts.push(Verdict { category, subcategory, severity, critical });
    }
    check_labels(events, labels, &mut judgement)?;
    Ok(judgement)
}

/// For each name, whether it can stand as a category.
fn check_names(names: &[String]) -> Result<Vec<bool>, Breach> {
    if names.len() > NAMES {
        return Err(Breach::Names(names.len()));
    }
    if let Some((name, text)) = names.iter().enumerate().find(|(_, text)| text.len() > NAME_BYTES) {
        return Err(Breach::NameLength { name, bytes: text.len() });
    }
    Ok(names.iter().map(|name| name.is_empty() || CATEGORIES.contains(&name.as_str())).collect())
}

fn check_labels(events: usize, labels: impl Iterator<Item = Label>, judgement: &mut Judgement) -> Result<(), Breach> {
    let (mut last, mut count) = (0, 0);
    for (label, row) in labels.enumerate() {
        if row.event as usize >= events {
            return Err(Breach::LabelEvent { label, event: row.event, events });
        }
        if row.event < last {
            return Err(Breach::LabelOrder { label });
        }
        count = if row.event == last { count + 1 } else { 1 };
        last = row.event;
        if count > LABELS {
            return Err(Breach::Labels { event: row.event });
        }
        match judgement.names.get(row.name as usize) {
            Some(name) if name.is_empty() => return Err(Breach::LabelEmpty { label }),
            Some(_) => judgement.labels.push(row),
            None => {
                let names = judgement.names.len();
                return Err(Breach::NameOf { event: row.event as usize, what: "label", index: row.name, names });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Breach, LABELS, NAME_BYTES, NAMES, RawVerdict, check};
    use crate::plugin::contract::{Judgement, Label};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn labels(rows: &[(u32, u32)]) -> Result<Judgement, Breach> {
        let rows: Vec<_> = rows.iter().map(|&(event, name)| Label { event, name }).collect();
        check(2, names(&["", "slow"]), [RawVerdict::default(); 2].into_iter(), rows.into_iter())
    }

    fn named(names: Vec<String>) -> Result<Judgement, Breach> {
        check(1, names, [RawVerdict::default()].into_iter(), [].into_iter())
    }

    #[test]
    fn labels_stand_in_order_and_in_range() {
        assert!(labels(&[(0, 1), (0, 1), (1, 1)]).is_ok());
        assert_eq!(labels(&[(1, 1), (0, 1)]), Err(Breach::LabelOrder { label: 1 }));
        assert_eq!(labels(&[(2, 1)]), Err(Breach::LabelEvent { label: 0, event: 2, events: 2 }));
        assert_eq!(labels(&[(0, 2)]), Err(Breach::NameOf { event: 0, what: "label", index: 2, names: 2 }));
        assert_eq!(labels(&[(0, 0)]), Err(Breach::LabelEmpty { label: 0 }));
    }

    #[test]
    fn bounds_are_met_exactly() {
        assert!(labels(&[(0, 1); LABELS]).is_ok());
        assert_eq!(labels(&[(0, 1); LABELS + 1]), Err(Breach::Labels { event: 0 }));
        let long = |bytes: usize| vec![String::new(), "x".repeat(bytes)];
        assert!(named(long(NAME_BYTES)).is_ok());
        assert_eq!(named(long(NAME_BYTES + 1)), Err(Breach::NameLength { name: 1, bytes: NAME_BYTES + 1 }));
        assert!(named(vec![String::new(); NAMES]).is_ok());
        assert_eq!(named(vec![String::new(); NAMES + 1]), Err(Breach::Names(NAMES + 1)));
    }

    #[test]
    fn an_event_without_names_has_nothing_to_abstain_with() {
        let breach = Breach::NameOf { event: 0, what: "category", index: 0, names: 0 };
        assert_eq!(named(Vec::new()), Err(breach));
    }
}
