//! Patterns of work that cost time without bringing anything, across sessions, and what to do instead.
//!
//! Pure: each detector looks at one session alone and says what it saw, so that the order of sessions does not matter. The
//! thresholds are guesses, named where they stand; what would change them is a count of how often advice was wrong.

mod edits;
mod friction;
mod page;
mod reads;
mod retries;
mod waits;

pub use page::{patterns_json, patterns_page};

use super::acts::{Act, Sort, Told};
use super::digest::looks;
use crate::event::Millis;
use std::collections::{BTreeMap, HashMap};

/// What kind of pattern it is, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A file was read again though nothing had changed it.
    RepeatedRead,
    /// A file was changed again and again, with failures or returns in between.
    ThrashingEdit,
    /// The same call failed again, with nothing changed in between.
    IdenticalRetry,
    /// A call took long.
    SlowCall,
    /// A call ran into its time limit.
    TimedOut,
    /// The agent slept.
    Sleep,
    /// The same was asked again and again, until something happens.
    Polling,
    /// A person refused a call.
    Refused,
    /// A rule refused a call.
    RuledOut,
    /// A call waited longer than any tool may run; most likely for a permission.
    AskedFor,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 10] = [
        Kind::RepeatedRead,
        Kind::ThrashingEdit,
        Kind::IdenticalRetry,
        Kind::SlowCall,
        Kind::TimedOut,
        Kind::Sleep,
        Kind::Polling,
        Kind::Refused,
        Kind::RuledOut,
        Kind::AskedFor,
    ];

    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::RepeatedRead => "repeated-read",
            Kind::ThrashingEdit => "thrashing-edit",
            Kind::IdenticalRetry => "identical-retry",
            Kind::SlowCall => "slow-call",
            Kind::TimedOut => "timed-out",
            Kind::Sleep => "sleep",
            Kind::Polling => "polling",
            Kind::Refused => "refused",
            Kind::RuledOut => "ruled-out",
            Kind::AskedFor => "asked-for",
        }
    }
}

/// What a detector saw once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What it is.
    pub kind: Kind,
    /// What it is about: a file, what a command does, a tool.
    pub subject: String,
    /// Calls that it took.
    pub times: u64,
    /// Milliseconds that it took, where that is what it costs.
    pub cost: u64,
    /// The event that shows it.
    pub event: u64,
    /// When.
    pub time: Option<Millis>,
}

impl Sighting {
    fn of(kind: Kind, subject: String, times: u64, act: &Act) -> Sighting {
        Sighting { kind, subject, times, cost: 0, event: act.event, time: act.time }
    }

    fn costing(self, cost: u64) -> Sighting {
        Sighting { cost, ..self }
    }
}

/// A pattern with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it is.
    pub kind: Kind,
    /// What it is about.
    pub subject: String,
    /// The folder in which the sessions began that show it, of one of them if there are several.
    pub project: String,
    /// How often, in calls.
    pub times: u64,
    /// In how many sessions.
    pub sessions: u64,
    /// Milliseconds in all.
    pub cost: u64,
    /// The last session that shows it, and the event there.
    pub example: (String, u64),
    /// When that was.
    pub last: Option<Millis>,
}

/// What all sessions show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Sessions that were looked at.
    pub sessions: u64,
    /// Calls that were looked at.
    pub calls: u64,
    /// The first event and the last.
    pub span: (Option<Millis>, Option<Millis>),
    /// By kind, project and subject. What is about a command is the same in all projects.
    found: BTreeMap<(Kind, String, String), Pattern>,
    /// Sessions in which a kind was seen, and how often in all.
    kinds: BTreeMap<Kind, (u64, u64, u64)>,
}

impl Patterns {
    /// Adds what a session shows.
    pub fn add(&mut self, told: &Told) {
        self.sessions += 1;
        self.calls += told.calls;
        self.span.0 = self.span.0.into_iter().chain(told.started).min();
        self.span.1 = self.span.1.into_iter().chain(told.ended).max();
        let mut here: BTreeMap<(Kind, String, String), Sighting> = BTreeMap::new();
        for sighting in sightings(told) {
            let is_file = matches!(sighting.kind, Kind::RepeatedRead | Kind::ThrashingEdit);
            let project = if is_file { told.project.clone() } else { String::new() };
            match here.get_mut(&(sighting.kind, project.clone(), sighting.subject.clone())) {
                Some(known) => {
                    known.times += sighting.times;
                    known.cost += sighting.cost;
                }
                None => drop(here.insert((sighting.kind, project, sighting.subject.clone()), sighting)),
            }
        }
        let mut kinds: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
        for (key, sighting) in here {
            let of_kind = kinds.entry(sighting.kind).or_default();
            of_kind.0 += sighting.times;
            of_kind.1 += sighting.cost;
            let pattern = self.found.entry(key).or_insert_with(|| Pattern {
                kind: sighting.kind,
                subject: sighting.subject.clone(),
                project: String::new(),
                times: 0,
                sessions: 0,
                cost: 0,
                example: (String::new(), 0),
                last: None,
            });
            pattern.times += sighting.times;
            pattern.sessions += 1;
            pattern.cost += sighting.cost;
            // The last one stands for all, whatever came first.
            let is_later = (sighting.time, told.session.as_str()) >= (pattern.last, pattern.example.0.as_str());
            if is_later || pattern.sessions == 1 {
                pattern.last = sighting.time;
                pattern.example = (told.session.clone(), sighting.event);
                pattern.project.clone_from(&told.project);
            }
        }
        for (kind, (times, cost)) in kinds {
            let all = self.kinds.entry(kind).or_default();
            *all = (all.0 + 1, all.1 + times, all.2 + cost);
        }
    }

    /// Patterns of a kind: what costs most first.
    pub fn of(&self, kind: Kind) -> Vec<&Pattern> {
        let mut found: Vec<&Pattern> = self.found.values().filter(|pattern| pattern.kind == kind).collect();
        found.sort_by_key(|pattern| std::cmp::Reverse((pattern.cost, pattern.times, pattern.sessions)));
        found
    }

    /// In how many sessions a kind was seen, how often, and what it cost in milliseconds.
    pub fn seen(&self, kind: Kind) -> (u64, u64, u64) {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }
}

/// What one session shows.
pub fn sightings(told: &Told) -> Vec<Sighting> {
    let mut found = reads::repeated(told);
    found.extend(edits::thrashing(told));
    found.extend(retries::identical(told));
    found.extend(waits::long(told));
    found.extend(friction::met(told));
    found
}

/// When something last changed, counted in moments: what was seen before may be other now.
#[derive(Default)]
struct Changes {
    files: HashMap<String, usize>,
    anything: usize,
}

impl Changes {
    /// Notes what a call may have changed. A failed command may have done half of its work.
    fn note(&mut self, act: &Act, now: usize) {
        match act.sort {
            Sort::Edit => drop(self.files.insert(act.file.clone().unwrap_or_default(), now)),
            Sort::Command if !only_looks(act) => self.anything = now,
            _ => {}
        }
    }

    /// Whether a file may be another one than at a moment.
    fn is_changed_since(&self, file: &str, then: usize) -> bool {
        self.anything > then || self.files.get(file).is_some_and(|at| *at > then)
    }
}

/// What lets a command that looks change something. `-i` of `grep` does not, but nothing is lost by being careful.
const WRITES: [&str; 6] = [">", " -i", "-delete", "-exec", "tee ", "--in-place"];

/// Whether a command line changes nothing, as far as its words tell.
fn only_looks(act: &Act) -> bool {
    let command = act.command.as_deref().unwrap_or_default();
    let command = command.replace("2>&1", "").replace("2>/dev/null", "").replace("> /dev/null", "");
    act.deeds.iter().all(|deed| looks(deed)) && !WRITES.iter().any(|word| command.contains(word))
}

/// Things that a command line does that are named.
const NAMED: usize = 3;

/// What a call does, in a few words: what its command line does beyond looking, or its tool.
fn deed_of(act: &Act) -> String {
    let mut does: Vec<&str> = Vec::new();
    for deed in act.deeds.iter().filter(|deed| !looks(deed)) {
        if does.len() < NAMED && !does.contains(&deed.as_str()) {
            does.push(deed);
        }
    }
    if does.is_empty() {
        let look = act.deeds.first().and_then(|deed| deed.split(' ').next());
        return look.unwrap_or(&act.tool).to_owned();
    }
    does.join("; ")
}

/// Whether a failure went wrong: it is none that is benign, an echo, or a person's decision.
fn went_wrong(told: &Told, act: &Act) -> bool {
    let incident = act.incident.and_then(|at| told.incidents.get(at));
    act.failed() && incident.is_none_or(|incident| matches!(incident.disposition.as_str(), "" | "incident"))
}

#[cfg(test)]
mod tests;
