//! Observing failures, which are few: here a look-up and an allocation do no harm.

use crate::bounded::{OTHERS, cut};
use crate::events::{Batch, Incident};
use crate::observe::{Met, Observer};
use crate::recovery::Recovery;
use crate::state::{Earliest, Failures, State};
use crate::sum::{Greatest, Stretch, Sum, Word};

/// Bounds for one family; see `observe`.
mod most {
    pub(super) const CAUSES: usize = 32;
    pub(super) const OWNERS: usize = 8;
    pub(super) const TOOL_CAUSES: usize = 96;
    pub(super) const STEPS: usize = 4;
    pub(super) const GROUPS: usize = 256;
    pub(super) const GROUP_DAYS: usize = 32;
    pub(super) const GROUP_PROJECTS: usize = 2;
    pub(super) const GROUP_WEEKS: usize = 16;
}

/// What an incident row says, in words.
struct Found<'b> {
    fingerprint: &'b str,
    cause: &'b str,
    owner: &'b str,
    resolution: &'b str,
    resolved_after: u64,
}

impl Observer {
    /// Takes a failure; nobody may have said what it was.
    pub fn failure(&mut self, batch: &Batch<'_>, met: &Met<'_>, is_answer: bool, incident: Option<&Incident>) {
        let name = |name: u32| cut(&batch.names[name as usize]);
        let disposition = incident.map_or("", |incident| name(incident.disposition));
        let failures = &mut self.state.failures;
        let Failures { incident: incidents, benign, echo, decision, unsaid } = failures;
        match disposition {
            "incident" => incidents.add(1),
            "benign" => benign.add(1),
            "echo" => echo.add(1),
            "decision" => decision.add(1),
            _ => unsaid.add(1),
        }
        let is_excused = matches!(disposition, "benign" | "echo" | "decision");
        let found = incident.map(|incident| Found {
            fingerprint: name(incident.fingerprint),
            cause: name(incident.cause),
            owner: name(incident.owner),
            resolution: name(incident.resolution),
            resolved_after: incident.resolved_after,
        });
        // Another approach changes nothing about what the provider or a person did: a run neither grows nor ends.
        let is_elsewhere = found.as_ref().is_some_and(|found| matches!(found.owner, "provider" | "user"));
        let is_resolved = found.as_ref().is_some_and(|found| !found.resolution.is_empty());
        if is_answer {
            let tool = self.tools.at(met.tool);
            if is_excused {
                tool.sum.excused.add(1);
            } else {
                if !is_elsewhere {
                    tool.run = tool.run.saturating_add(1);
                    tool.sum.run.add(Greatest(tool.run));
                }
                tool.sum.failures.add(1);
                tool.sum.resolved.add(u64::from(is_resolved));
                self.projects.at(met.project).failures.add(1);
                self.day.1.failures.add(1);
            }
        }
        if let Some(found) = found.filter(|_| disposition == "incident") {
            if is_answer {
                self.tool_cause(met, &found);
            }
            self.cause(&found);
            self.group(met, &found);
        }
    }

    fn tool_cause(&mut self, met: &Met<'_>, found: &Found<'_>) {
        let causes = &mut self.tools.at(met.tool).sum.causes;
        let is_known = causes.get(found.cause).is_some();
        let name = if is_known || self.tool_causes < most::TOOL_CAUSES { found.cause } else { OTHERS };
        self.tool_causes += usize::from(!is_known);
        let cause = causes.at_within(most::CAUSES, name);
        cause.incidents.add(1);
        if found.resolution.is_empty() {
            return;
        }
        cause.resolved.add(1);
        if met.moment.is_some() {
            let after = i64::try_from(found.resolved_after).unwrap_or(i64::MAX);
            self.recoveries.watch(met.actor, met.tool, name, met.event.time.saturating_add(after));
        }
    }

    /// Takes a recovery that is over.
    pub fn recovered(&mut self, recovery: &Recovery) {
        let steps: Vec<String> = recovery.steps().map(|step| self.tools.name(step).to_owned()).collect();
        let cause = self.tools.at(recovery.tool).sum.causes.at_within(most::CAUSES, &recovery.cause);
        cause.watched.add(1);
        steps.iter().for_each(|step| cause.between.at_within(most::STEPS, step).add(1));
    }

    fn cause(&mut self, found: &Found<'_>) {
        let owners = self.state.causes.at_within(most::CAUSES, found.cause);
        let cause = owners.at_within(most::OWNERS, found.owner);
        cause.incidents.add(1);
        match found.resolution {
            "" => return,
            "repeated" => cause.repeated.add(1),
            _ => cause.changed.add(1),
        }
        cause.recovery.count(found.resolved_after, self.steps);
    }

    fn group(&mut self, met: &Met<'_>, found: &Found<'_>) {
        let group = self.state.groups.at_within(most::GROUPS, found.fingerprint);
        group.incidents.add(1);
        group.resolved.add(u64::from(!found.resolution.is_empty()));
        group.cause.add(Word(found.cause.to_owned()));
        group.owner.add(Word(found.owner.to_owned()));
        let Some(moment) = met.moment else { return };
        group.stretch.add(Stretch::of(met.event.time));
        group.days.put_within(most::GROUP_DAYS, moment.day, ());
        let weeks = group.projects.at_within(most::GROUP_PROJECTS, self.projects.name(met.project));
        weeks.put_within(most::GROUP_WEEKS, moment.week(), 1);
    }
}

impl State {
    /// Notes that all this is of one family.
    pub fn is_one_family(&mut self) {
        self.families = 1;
        self.causes.values_mut().flat_map(|owners| owners.values_mut()).for_each(|cause| cause.families = 1);
        for group in self.groups.values_mut() {
            group.families = 1;
            group.earliest = Earliest(group.stretch.0.map(|(first, _)| (first, group.incidents)));
        }
    }
}
