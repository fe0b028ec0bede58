//! What was done between a failure and the call that resolved it.
//!
//! When a failure is met, the host already knows when it was resolved; the calls of the same
//! actor that come before that moment are the steps on the way.

use crate::slots::NONE;

/// Recoveries that are watched at once; further ones are left out.
const WATCHED: usize = 32;

/// Distinct tools noted of one recovery.
const STEPS: usize = 8;

/// Who acts: a session and its sub-agent, by number.
pub(crate) type Actor = (u16, u16);

/// A failure whose resolution has not come yet.
#[derive(Clone, Debug)]
pub(crate) struct Recovery {
    actor: Actor,
    /// The tool that failed, by number.
    pub tool: u16,
    /// Why it failed.
    pub cause: String,
    until: i64,
    steps: [u16; STEPS],
}

impl Recovery {
    /// The other tools that were called on the way, by number.
    pub fn steps(&self) -> impl Iterator<Item = u16> {
        self.steps.into_iter().take_while(|step| *step != NONE)
    }
}

/// The recoveries under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recoveries(Vec<Recovery>);

impl Recoveries {
    /// Watches a failure that will be resolved at a time.
    pub fn watch(&mut self, actor: Actor, tool: u16, cause: &str, until: i64) {
        if self.0.len() < WATCHED {
            self.0.push(Recovery { actor, tool, cause: cause.to_owned(), until, steps: [NONE; STEPS] });
        }
    }

    /// Notes a call. The one that resolves, at the very end, is no step.
    pub fn step(&mut self, actor: Actor, tool: u16, time: i64) {
        for recovery in &mut self.0 {
            if recovery.actor != actor || recovery.tool == tool || time >= recovery.until {
                continue;
            }
            let free = recovery.steps.iter_mut().find(|step| **step == NONE || **step == tool);
            if let Some(step) = free {
                *step = tool;
            }
        }
    }

    /// Takes out one that is over at a time; all are over at the end of time.
    pub fn over(&mut self, time: i64) -> Option<Recovery> {
        let at = self.0.iter().position(|recovery| recovery.until <= time)?;
        Some(self.0.swap_remove(at))
    }

    /// Whether nothing is watched.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
