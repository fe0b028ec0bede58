//! Plugins that remember what they were asked, for whoever asks others the same.

use logwright::plugin::{
    Analyzer, AnalyzerBatch, Batch, Classifier, ErrorGroup, Extractor, Fault, Findings, IncidentBatch,
    IncidentInterest, Interest, Judgement, Plugin, Proposal, Provenance, Report,
};
use std::cell::RefCell;
use std::rc::Rc;

/// What was asked, in order.
pub type Asked<Q> = Rc<RefCell<Vec<Q>>>;

/// A plugin, and what it was asked.
pub struct Recorded<P, Q> {
    plugin: P,
    asked: Asked<Q>,
}

impl<P, Q> Recorded<P, Q> {
    /// A plugin that was asked nothing yet.
    pub fn new(plugin: P) -> (Recorded<P, Q>, Asked<Q>) {
        let asked = Asked::default();
        (Recorded { plugin, asked: asked.clone() }, asked)
    }
}

impl<P: Plugin, Q> Plugin for Recorded<P, Q> {
    fn provenance(&self) -> &Provenance {
        self.plugin.provenance()
    }

    fn may_be_critical(&self) -> bool {
        self.plugin.may_be_critical()
    }

    fn renew(&mut self) {
        self.plugin.renew();
    }

    fn take_fuel(&mut self) -> u64 {
        self.plugin.take_fuel()
    }
}

impl<P: Classifier> Classifier for Recorded<P, Batch> {
    fn interest(&self) -> &Interest {
        self.plugin.interest()
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault> {
        self.asked.borrow_mut().push(batch.clone());
        self.plugin.judge(batch)
    }
}

impl<P: Extractor> Extractor for Recorded<P, IncidentBatch> {
    fn interest(&self) -> &IncidentInterest {
        self.plugin.interest()
    }

    fn diagnose(&mut self, batch: &IncidentBatch) -> Result<Findings, Fault> {
        self.asked.borrow_mut().push(batch.clone());
        self.plugin.diagnose(batch)
    }

    fn propose(&mut self, group: &ErrorGroup) -> Result<Vec<Proposal>, Fault> {
        self.plugin.propose(group)
    }
}

/// The batches of one family, and what was saved after them.
pub type Folded = (Vec<AnalyzerBatch>, Vec<u8>);

impl<P: Analyzer> Analyzer for Recorded<P, Folded> {
    fn interest(&self) -> &Interest {
        self.plugin.interest()
    }

    fn observe(&mut self, batch: &AnalyzerBatch) -> Result<(), Fault> {
        let mut asked = self.asked.borrow_mut();
        if asked.last().is_none_or(|(_, saved)| !saved.is_empty()) {
            asked.push((Vec::new(), Vec::new()));
        }
        if let Some((batches, _)) = asked.last_mut() {
            batches.push(batch.clone());
        }
        self.plugin.observe(batch)
    }

    fn save(&mut self) -> Result<Vec<u8>, Fault> {
        let state = self.plugin.save()?;
        if let Some((_, saved)) = self.asked.borrow_mut().last_mut().filter(|(_, saved)| saved.is_empty()) {
            saved.clone_from(&state);
        }
        Ok(state)
    }

    fn merge(&mut self, state: &[u8]) -> Result<(), Fault> {
        self.plugin.merge(state)
    }

    fn finish(&mut self) -> Result<Report, Fault> {
        self.plugin.finish()
    }
}
