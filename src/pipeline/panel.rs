//! The classifiers side by side: each has its own batches, its own failures and its own verdicts; the first in order
//! that does not abstain fills the event, and what the others say is kept beside.

use super::batch::BatchBuilder;
use super::examine::{Part, Patience, examine, remembers};
use super::file::Gathered;
use super::names::NameId;
use super::row::{Judged, OpinionRow, PluginFailure};
use super::table::{Subset, moved};
use crate::event::Event;
use crate::plugin::{AttributeView, Batch, Classifier, EventView, Fault, Hit, Judgement, Plugin, Provenance, Role};
use std::ops::Range;

/// One batch in so many is judged twice, the second time in a fresh instance.
const CHECKED: u64 = 1000;

/// A plugin in its place among those of its role.
pub struct Seat<P: ?Sized> {
    /// The plugin.
    pub plugin: Box<P>,
    /// It is not asked, and what it would have judged counts as not judged.
    pub suspended: bool,
}

impl<P: ?Sized> Seat<P> {
    /// A plugin that is asked.
    pub fn new(plugin: Box<P>) -> Seat<P> {
        Seat { plugin, suspended: false }
    }
}

/// What a plugin did for a family.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// What it was to judge.
    pub asked: u64,
    /// What of it was not judged.
    pub unjudged: u64,
}

impl Tally {
    /// The row of a plugin that is done with a family.
    pub fn row<P: Plugin + ?Sized>(self, role: Role, slot: usize, seat: &mut Seat<P>) -> Judged {
        Judged {
            role,
            slot: slot as u8,
            provenance: seat.plugin.provenance().clone(),
            suspended: seat.suspended,
            asked: self.asked,
            unjudged: self.unjudged,
            fuel: seat.plugin.take_fuel(),
            notes: seat.plugin.take_notes(),
        }
    }
}

struct Member {
    seat: Seat<dyn Classifier>,
    batch: BatchBuilder,
    /// Rows of the open batch, as indices into the gathered events.
    pending: Vec<u32>,
    patience: Patience,
    tally: Tally,
}

/// All classifiers of one worker.
pub struct Panel {
    members: Vec<Member>,
    failures: u32,
    /// One batch in so many is judged twice.
    checked: u64,
}

impl Panel {
    /// Classifiers in order; each may fail on so many records of a family.
    pub fn new(seats: Vec<Seat<dyn Classifier>>, failures: u32) -> Panel {
        let member = |seat: Seat<dyn Classifier>| Member {
            batch: BatchBuilder::new(seat.plugin.interest().clone()),
            seat,
            pending: Vec::new(),
            patience: Patience::new(failures),
            tally: Tally::default(),
        };
        Panel { members: seats.into_iter().map(member).collect(), failures, checked: CHECKED }
    }

    /// Begins a family: fresh instances, new patience.
    pub fn begin(&mut self) {
        for member in &mut self.members {
            member.seat.plugin.renew();
            member.seat.plugin.take_fuel();
            // A family that could not be read to its end leaves events behind.
            member.batch.clear();
            member.pending.clear();
            member.patience = Patience::new(self.failures);
            member.tally = Tally::default();
        }
    }

    /// Lets every batch be judged twice.
    pub fn check_all(&mut self) {
        self.checked = 1;
    }

    /// Stops asking the plugins of which this is true.
    pub fn suspend(&mut self, whom: &dyn Fn(&Provenance) -> bool) {
        for member in &mut self.members {
            member.seat.suspended |= whom(member.seat.plugin.provenance());
        }
    }

    /// Closes the batches that are full.
    pub fn make_room(&mut self, gathered: &mut Gathered, file: u32) {
        for (slot, member) in self.members.iter_mut().enumerate() {
            if member.batch.is_full() {
                member.judge(slot, gathered, file, self.checked);
            }
        }
    }

    /// Shows an event to those who asked for such; it will be the given row.
    pub fn show(&mut self, event: &Event<'_>, row: u32, agent: &str, tool: &str, project: &str) {
        for member in &mut self.members {
            if member.batch.wants(event) {
                member.batch.push(event, agent, tool, project);
                member.pending.push(row);
            }
        }
    }

    /// Closes all batches: no batch reaches beyond its file.
    pub fn close(&mut self, gathered: &mut Gathered, file: u32) {
        for (slot, member) in self.members.iter_mut().enumerate() {
            member.judge(slot, gathered, file, self.checked);
        }
    }

    /// What each did for the family.
    pub fn finish(&mut self) -> Vec<Judged> {
        let row = |(slot, member): (usize, &mut Member)| member.tally.row(Role::Classifier, slot, &mut member.seat);
        self.members.iter_mut().enumerate().map(row).collect()
    }
}

impl Member {
    fn judge(&mut self, slot: usize, gathered: &mut Gathered, file: u32, checked: u64) {
        let Member { seat, batch, pending, patience, tally } = self;
        if pending.is_empty() {
            return;
        }
        tally.asked += pending.len() as u64;
        let whole = batch.batch();
        let is_checked = gathered.events[pending[0] as usize].id.is_multiple_of(checked);
        let parts = if seat.suspended {
            vec![Part::Passed(0..pending.len())]
        } else {
            examine(&mut *seat.plugin, pending.len(), patience, |plugin, stretch| match stretch.len() {
                all if all == whole.events.len() && is_checked => judge_twice(plugin, whole),
                all if all == whole.events.len() => plugin.judge(whole),
                _ => plugin.judge(&cut(whole, &stretch)),
            })
        };
        for part in parts {
            match part {
                Part::Answer(stretch, judgement) => {
                    gathered.apply(&judgement, &pending[stretch], slot as u8, seat.plugin.may_be_critical());
                }
                Part::Poison(at, fault) => {
                    tally.unjudged += 1;
                    gathered.missed.push(pending[at]);
                    let row = &gathered.events[pending[at] as usize];
                    gathered.failures.push(PluginFailure::new(Role::Classifier, slot, file, row, fault));
                }
                Part::Passed(stretch) => {
                    tally.unjudged += stretch.len() as u64;
                    gathered.missed.extend(&pending[stretch]);
                }
            }
        }
        pending.clear();
        batch.clear();
    }
}

/// Judges a batch, and again in a fresh instance, which must not make a difference.
fn judge_twice(plugin: &mut dyn Classifier, batch: &Batch) -> Result<Judgement, Fault> {
    let answer = plugin.judge(batch)?;
    plugin.renew();
    if plugin.judge(batch)? != answer {
        return Err(remembers(plugin.provenance()));
    }
    Ok(answer)
}

/// A stretch of a batch as a batch of its own.
fn cut(whole: &Batch, stretch: &Range<usize>) -> Batch {
    let (mut names, mut texts) = (Subset::new(&whole.names), Subset::new(&whole.texts));
    let mut event = |view: &EventView| EventView {
        kind: names.number(view.kind),
        status: names.number(view.status),
        session: names.number(view.session),
        agent: names.number(view.agent),
        project: names.number(view.project),
        model: names.number(view.model),
        tool: names.number(view.tool),
        sub_agent: names.number(view.sub_agent),
        text: texts.number(view.text),
        ..*view
    };
    let events = whole.events[stretch.clone()].iter().map(&mut event).collect();
    let attributes = whole.attributes.iter().filter_map(|row| {
        let event = moved(row.event, stretch)?;
        Some(AttributeView { event, name: names.number(row.name), value: names.number(row.value) })
    });
    let attributes = attributes.collect();
    let hits = whole.hits.iter().filter_map(|row| Some(Hit { event: moved(row.event, stretch)?, ..*row }));
    Batch { events, attributes, hits: hits.collect(), names: names.finish(), texts: texts.finish() }
}

impl Gathered {
    /// Writes down what a classifier said of some rows.
    fn apply(&mut self, judgement: &Judgement, rows: &[u32], slot: u8, may_be_critical: bool) {
        let names: Vec<NameId> = judgement.names.iter().map(|name| self.names.intern(name)).collect();
        for (at, verdict) in rows.iter().zip(&judgement.verdicts) {
            let row = &mut self.events[*at as usize];
            row.critical |= may_be_critical && verdict.critical;
            let mut opinion = OpinionRow {
                event: *at,
                slot,
                category: names[verdict.category as usize],
                subcategory: names[verdict.subcategory as usize],
                severity: verdict.severity,
            };
            if opinion.category == 0 {
                continue;
            }
            if row.judge == 0 || slot + 1 < row.judge {
                // Who comes first fills the event, whoever was done first.
                let before = OpinionRow {
                    event: *at,
                    slot: row.judge.saturating_sub(1),
                    category: row.category,
                    subcategory: row.subcategory,
                    severity: row.severity,
                };
                (row.category, row.subcategory, row.severity) =
                    (opinion.category, opinion.subcategory, opinion.severity);
                let is_first = row.judge == 0;
                row.judge = slot + 1;
                if is_first {
                    continue;
                }
                opinion = before;
            }
            self.opinions.push(opinion);
        }
        for label in &judgement.labels {
            self.labels.push((rows[label.event as usize], names[label.name as usize], slot));
        }
    }
}
