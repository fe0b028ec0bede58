//! What is kept of a family, and of all of them: sums that can be added in any order.
//!
//! Something that is to be measured later, such as how often advice was given and helped,
//! becomes a further field here and a further version in `saved`.

use crate::bounded::{Bounded, Spans};
use crate::histogram::Histogram;
use crate::sum::{Greatest, Hours, Stretch, Sum, Word, sums};
use serde::{Deserialize, Serialize};

sums! {
    /// Everything that was gathered.
    State {
        families: u64,
        /// When it happened.
        stretch: Stretch,
        projects: Bounded<Project, 2048>,
        models: Bounded<Model, 256>,
        tools: Bounded<Tool, 512>,
        days: Spans<Day, 20_000>,
        /// Prompts by the hour of the day.
        hours: Spans<u64, 24>,
        failures: Failures,
        /// By cause, then by owner.
        causes: Bounded<Bounded<Cause, 8>, 512>,
        /// By fingerprint.
        groups: Bounded<Group, 8192>,
        /// Input tokens of each response of the main line: what the window was filled with.
        context: Histogram,
        compactions: u64,
    }
}

sums! {
    /// What model responses cost.
    Tokens { input: u64, output: u64, cache_creation: u64, cache_read: u64 }
}

impl Tokens {
    /// All that the model read.
    pub fn read(&self) -> u64 {
        self.input.saturating_add(self.cache_creation).saturating_add(self.cache_read)
    }
}

sums! {
    /// What happened in one project.
    Project {
        sessions: u64,
        prompts: u64,
        responses: u64,
        calls: u64,
        answers: u64,
        failures: u64,
        tokens: Tokens,
        /// Answered calls by week.
        weeks: Spans<u64, 1024>,
    }
}

sums! {
    /// What one model was asked for.
    Model { responses: u64, tokens: Tokens }
}

sums! {
    /// What happened on one day.
    Day {
        sessions: u64,
        prompts: u64,
        responses: u64,
        calls: u64,
        failures: u64,
        output: u64,
        hours: Hours,
    }
}

sums! {
    /// How one tool did.
    Tool {
        calls: u64,
        /// Calls that were answered.
        answers: u64,
        /// Answers that are failures of the call itself.
        failures: u64,
        /// Failures that were resolved.
        resolved: u64,
        /// Answers that are flagged, but are benign, echoes or decisions.
        excused: u64,
        bytes: u64,
        /// Milliseconds.
        times: Histogram,
        /// Most failures in a row, those of the provider and of a person left out.
        run: Greatest,
        causes: Bounded<ToolCause, 32>,
    }
}

sums! {
    /// How one cause hit one tool.
    ToolCause {
        incidents: u64,
        resolved: u64,
        /// Recoveries of which the steps are known.
        watched: u64,
        /// Recoveries that had a call of another tool on the way, by tool.
        between: Bounded<u64, 32>,
    }
}

sums! {
    /// What became of all failures, by disposition.
    Failures { incident: u64, benign: u64, echo: u64, decision: u64, unsaid: u64 }
}

sums! {
    /// What one cause did.
    Cause {
        incidents: u64,
        families: u64,
        /// Resolved by the same call.
        repeated: u64,
        /// Resolved by another call.
        changed: u64,
        /// Milliseconds from the failure to its resolution.
        recovery: Histogram,
    }
}

sums! {
    /// Incidents that share a fingerprint.
    Group {
        incidents: u64,
        families: u64,
        resolved: u64,
        cause: Word,
        owner: Word,
        stretch: Stretch,
        earliest: Earliest,
        days: Spans<(), 4096>,
        /// Incidents by project and week.
        projects: Bounded<Spans<u64, 1024>, 64>,
    }
}

/// The family in which a group was seen first: when, and how many incidents it had there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Earliest(pub Option<(i64, u64)>);

impl Sum for Earliest {
    fn add(&mut self, other: Earliest) {
        self.0 = match (self.0, other.0) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}
