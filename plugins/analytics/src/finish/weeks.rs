//! What known failures did in each week.
//!
//! A group is known in a week if it was first seen in an earlier one, wherever that was. Its
//! incidents from then on are recurrences. They are rare events among many calls, so their
//! rate is a Poisson rate and has Garwood's interval.

use crate::bounded::OTHERS;
use crate::interval::garwood;
use crate::state::State;
use std::collections::BTreeMap;

/// Rates are for so many calls.
const CALLS: f64 = 1000.0;

/// The calls that were answered in some time, and the recurrences of known groups in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub calls: u64,
    pub recurrences: u64,
}

/// How often known failures come back in so many calls, and the interval of that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    pub rate: f64,
    pub low: f64,
    pub high: f64,
}

/// Some weeks, in order.
pub(super) type Weeks = BTreeMap<i32, Span>;

impl Span {
    /// Adds another time to this.
    pub fn add(&mut self, other: Span) {
        self.calls = self.calls.saturating_add(other.calls);
        self.recurrences = self.recurrences.saturating_add(other.recurrences);
    }

    /// The rate; nothing where there were no calls.
    pub fn rate(self, confidence: u32) -> Option<Rate> {
        (self.calls > 0).then(|| {
            let of = |count: f64| count / self.calls as f64 * CALLS;
            let (low, high) = garwood(self.recurrences, confidence);
            Rate { rate: of(self.recurrences as f64), low: of(low), high: of(high) }
        })
    }
}

/// Calls and recurrences by project and week. The first week of all is left out, for nothing
/// can be known in it.
#[derive(Debug, Default)]
pub(super) struct Recurrences<'s> {
    pub projects: BTreeMap<&'s str, Weeks>,
    pub all: Weeks,
}

impl<'s> Recurrences<'s> {
    /// Counts what came back.
    pub fn of(state: &'s State) -> Recurrences<'s> {
        let mut projects: BTreeMap<&str, Weeks> = BTreeMap::new();
        for (name, project) in state.projects.iter() {
            let weeks = project.weeks.iter().map(|(week, calls)| (week, Span { calls: *calls, recurrences: 0 }));
            projects.insert(name, weeks.collect());
        }
        for (_, group) in state.groups.iter().filter(|(name, _)| *name != OTHERS) {
            let weeks = || group.projects.iter().flat_map(|(name, weeks)| weeks.iter().map(move |row| (name, row)));
            let Some(first) = weeks().map(|(_, (week, _))| week).min() else { continue };
            for (name, (week, incidents)) in weeks().filter(|(_, (week, _))| *week > first) {
                let span = projects.entry(name).or_default().entry(week).or_default();
                span.add(Span { calls: 0, recurrences: *incidents });
            }
        }
        let mut all: Weeks = BTreeMap::new();
        for (week, span) in projects.values().flatten() {
            all.entry(*week).or_default().add(*span);
        }
        if let Some((first, _)) = all.pop_first() {
            projects.values_mut().for_each(|weeks| _ = weeks.remove(&first));
        }
        Recurrences { projects, all }
    }
}
