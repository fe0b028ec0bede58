//! Pairs each failure with the call that failed, what was said before, and what resolved it.
//!
//! A pure decision over the distinct events of a family in order of time; the texts are fetched later.

use super::intent::CallFacts;
use super::names::{FastMap, NameId};
use super::row::{Derived, EventRow};
use crate::event::{Kind, Status};
use std::collections::HashMap;

/// How a failure came to an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Resolution {
    /// It did not, as far as the logs tell.
    #[default]
    None,
    /// The same call succeeded later.
    Repeated,
    /// A call of the same tool and intent with another input succeeded later.
    Changed,
}

impl Resolution {
    /// The word in the contract and in the `incidents` table; empty for none.
    pub const fn name(self) -> &'static str {
        match self {
            Resolution::None => "",
            Resolution::Repeated => "repeated",
            Resolution::Changed => "changed",
        }
    }

    /// The resolution of a word.
    pub fn of_name(name: &str) -> Resolution {
        match name {
            "repeated" => Resolution::Repeated,
            "changed" => Resolution::Changed,
            _ => Resolution::None,
        }
    }
}

/// One failure with its surroundings; events are indices into [`Derived::events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentRow {
    /// Hash of what the agent calls the failed event: the id of the call, where there is one. It does not depend on the
    /// files or on the family, which may still grow.
    pub id: u64,
    /// What failed.
    pub event: u32,
    /// The call that it answers.
    pub call: Option<u32>,
    /// What the agent said before that call.
    pub before: Option<u32>,
    /// The call that succeeded at last.
    pub resolution: Option<u32>,
    /// What the person said next.
    pub answer: Option<u32>,
    /// How it came to an end.
    pub how: Resolution,
    /// Failures of the same tool and intent in a row before this one.
    pub earlier: u32,
}

/// Whether an event is a failure, whatever it turns out to be.
pub fn is_failure(event: &EventRow) -> bool {
    let can_fail = matches!(event.kind, Kind::ToolResult | Kind::ApiError | Kind::Hook | Kind::Command);
    (can_fail && event.status == Status::Error) || event.critical
}

/// Who acts: a session, or a sub-agent of it.
type Actor = (NameId, NameId);
/// What is tried: an actor's tool and intent.
type Attempt = (Actor, NameId, u64);

/// What is known of a call until its answer comes.
#[derive(Clone, Copy)]
struct Called {
    event: u32,
    facts: CallFacts,
    before: Option<u32>,
}

/// Pairs the failures of a family. `calls` are the facts of tool calls, ordered by event.
pub fn incidents(derived: &Derived, calls: &[(u32, CallFacts)]) -> Vec<IncidentRow> {
    let mut rows: Vec<IncidentRow> = Vec::new();
    let mut said: HashMap<Actor, u32> = HashMap::new();
    let mut called: FastMap<NameId, Called> = FastMap::default();
    // Failures without an end, and how many there were in a row.
    let mut open: FastMap<Attempt, Vec<u32>> = FastMap::default();
    let mut unanswered: HashMap<NameId, Vec<u32>> = HashMap::new();
    let facts_of = |event: u32| calls.binary_search_by_key(&event, |(at, _)| *at).map(|at| calls[at].1);
    for (at, event) in (0_u32..).zip(&derived.events) {
        let context = derived.contexts[event.context as usize];
        let actor = (context.session, context.sub_agent);
        let answered = called.get(&event.call).copied().filter(|_| event.call != 0);
        if is_failure(event) {
            let attempt = match answered {
                Some(call) => (actor, event.tool, call.facts.intent),
                None => (actor, event.tool, event.kind as u64),
            };
            let row = rows.len() as u32;
            let tried = open.entry(attempt).or_default();
            let earlier = tried.len() as u32;
            tried.push(row);
            unanswered.entry(context.session).or_default().push(row);
            rows.push(IncidentRow {
                id: event.identity,
                event: at,
                call: answered.map(|call| call.event),
                before: answered.map_or_else(|| said.get(&actor).copied(), |call| call.before),
                resolution: None,
                answer: None,
                how: Resolution::None,
                earlier,
            });
        }
        match event.kind {
            Kind::Response | Kind::Reasoning => drop(said.insert(actor, at)),
            Kind::ToolCall if event.call != 0 => {
                let facts = facts_of(at).unwrap_or_default();
                called.insert(event.call, Called { event: at, facts, before: said.get(&actor).copied() });
            }
            Kind::ToolResult if event.status != Status::Error => {
                let Some(call) = answered else { continue };
                // Who does several things and succeeds has succeeded in each.
                let parts = call.facts.parts.into_iter().filter(|part| *part != 0 && !call.facts.is_masked);
                for intent in [call.facts.intent].into_iter().chain(parts) {
                    let Some(tried) = open.get_mut(&(actor, event.tool, intent)) else { continue };
                    let failed =
                        |row: &IncidentRow| row.call.and_then(|failed| facts_of(failed).ok()).unwrap_or_default();
                    let is_same = |row: &IncidentRow| failed(row).input == call.facts.input;
                    // A success that could hide a failure shows one where the same call, as well hidden, had failed.
                    let shows = |row: &IncidentRow| !call.facts.is_masked || (is_same(row) && failed(row).is_masked);
                    // A call that was under way before the failure says nothing about it.
                    let resolves = |row: &u32| {
                        let row = &rows[*row as usize];
                        row.event < call.event && shows(row)
                    };
                    let (ended, still): (Vec<u32>, Vec<u32>) = tried.iter().copied().partition(resolves);
                    *tried = still;
                    for row in ended {
                        let is_same = is_same(&rows[row as usize]);
                        let row = &mut rows[row as usize];
                        row.how = if is_same { Resolution::Repeated } else { Resolution::Changed };
                        row.resolution = Some(call.event);
                    }
                }
            }
            // The provider answers again.
            Kind::Usage => {
                for row in open.remove(&(actor, 0, Kind::ApiError as u64)).unwrap_or_default() {
                    let row = &mut rows[row as usize];
                    (row.how, row.resolution) = (Resolution::Repeated, Some(at));
                }
            }
            Kind::Prompt if context.sub_agent == 0 => {
                for row in unanswered.remove(&context.session).unwrap_or_default() {
                    rows[row as usize].answer = Some(at);
                }
            }
            _ => {}
        }
    }
    rows
}
