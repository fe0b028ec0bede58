//! The analyzer: an observer of one family, the sum of all, and what is read from it.

use crate::events::Batch;
use crate::finish::finish;
use crate::observe::Observer;
use crate::report::Report;
use crate::rules::Rules;
use crate::saved::{Measure, load, save};
use crate::state::State;
use crate::sum::Sum;
use crate::zone::Zone;

/// An analyzer. It observes one family and saves it, or merges what was saved and finishes.
#[derive(Clone, Debug)]
pub struct Analytics {
    rules: Rules,
    zone: Zone,
    observer: Observer,
    merged: State,
}

impl Analytics {
    /// An analyzer that has seen nothing.
    pub fn new(rules: Rules, zone: Zone) -> Analytics {
        let observer = Observer::new(zone, rules.latency.steps);
        Analytics { rules, zone, observer, merged: State::default() }
    }

    /// Takes the next events of a family.
    ///
    /// Indices that the batch does not hold are the host's mistake, and panic.
    pub fn observe(&mut self, batch: &Batch<'_>) {
        self.observer.observe(batch);
    }

    /// Hands over what was gathered of the family.
    pub fn save(&self) -> Result<Vec<u8>, String> {
        save(self.measure(), &self.observer.clone().into_state())
    }

    /// Takes what was saved of a family.
    pub fn merge(&mut self, state: &[u8]) -> Result<(), String> {
        let state = load(state, self.measure())?;
        self.merged.add(state);
        Ok(())
    }

    /// Reports on all that was merged.
    pub fn finish(&self) -> Report {
        finish(&self.merged, &self.rules, self.zone)
    }

    fn measure(&self) -> Measure {
        Measure { minutes: self.zone.minutes(), steps: self.rules.latency.steps }
    }
}
