//! The digest of a session: its goal, what was done, what failed, how that was solved, and what was left open.
//!
//! Pure: from what was told of a session to a page that fits a screen, which a person or an agent can be given. What stands
//! in the log is quoted and bounded; where something is left out, the page says how much.

mod page;
mod solved;
mod tasks;

pub use page::{IndexRow, digest_page, index_page};

use super::acts::{Act, Found, Sort, Told};
use super::journal::Entry;
use crate::event::ProtocolStatus as Status;
use crate::store::StoredIncident;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Programs that only look at something. What they look at is seldom worth a line.
const LOOKS: [&str; 37] = [
    "ls",
    "cat",
    "head",
    "tail",
    "grep",
    "rg",
    "find",
    "wc",
    "sed",
    "awk",
    "pwd",
    "which",
    "tree",
    "stat",
    "file",
    "diff",
    "sort",
    "jq",
    "less",
    "cut",
    "test",
    "du",
    "type",
    "dir",
    "Get-Content",
    "Get-ChildItem",
    "Select-String",
    "Get-Item",
    "Get-Command",
    "Test-Path",
    "Select-Object",
    "Write-Output",
    "Write-Host",
    "where",
    "uname",
    "date",
    "ps",
];

/// Solutions of a group that are told apart.
const DIFFERENT: usize = 32;

/// What a digest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest<'t> {
    /// What was told.
    pub told: Told,
    /// Files that were changed: how often, and how often that failed; the most changed first.
    pub files: Vec<(String, Tries)>,
    /// What command lines did; the most frequent first.
    pub deeds: Vec<(String, Tries)>,
    /// Commands that only looked at something.
    pub looked: u64,
    /// Commits: hash and subject, as `git` said.
    pub commits: Vec<String>,
    /// What sub-agents were started for.
    pub agents: Vec<String>,
    /// What failed, by group; the first to fail first.
    pub failed: Vec<Failed>,
    /// Items on the agent's list that were not done.
    pub tasks: Vec<String>,
    /// Protocols against what failed.
    pub protocols: Vec<&'t Entry>,
}

/// How often something was tried, and how often it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// All tries.
    pub times: u64,
    /// Those that failed.
    pub failed: u64,
}

/// Failures of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failed {
    /// What it is called.
    pub title: String,
    /// The class of its cause.
    pub cause: String,
    /// Who can mend it.
    pub owner: String,
    /// How often.
    pub times: u64,
    /// How often it was resolved.
    pub resolved: u64,
    /// What resolved it; the most frequent first.
    pub solved: Vec<(String, u64)>,
    /// What the person said to it.
    pub answers: Vec<String>,
    /// What the last failed call was about: a file, a command line.
    pub about: String,
    /// Whether a person decided so: it is no error.
    pub is_decision: bool,
    /// Whether the last of them was not resolved, by group.
    pub is_open: bool,
    /// The incident that stands for it.
    pub example: u64,
}

impl<'t> Digest<'t> {
    /// Sums up what was told; `protocols` are those against a group of errors, by its fingerprint.
    pub fn new(told: Told, protocols: &dyn Fn(&str) -> Vec<&'t Entry>) -> Digest<'t> {
        let mut digest = Digest { tasks: tasks::left_open(&told), ..Digest::default() };
        let (mut files, mut deeds): (BTreeMap<String, Tries>, BTreeMap<String, Tries>) = Default::default();
        for act in told.acts() {
            let tally = |tries: &mut Tries| {
                tries.times += 1;
                tries.failed += u64::from(act.failed());
            };
            match act.sort {
                Sort::Edit => {
                    let file = act.file.as_deref().unwrap_or_default();
                    tally(files.entry(told.within(file).to_owned()).or_default());
                }
                Sort::Command => {
                    let done: BTreeSet<&String> = act.deeds.iter().collect();
                    let (looks, does): (Vec<&String>, Vec<&String>) = done.into_iter().partition(|deed| looks(deed));
                    digest.looked += u64::from(does.is_empty() && !looks.is_empty());
                    does.into_iter().for_each(|deed| tally(deeds.entry(deed.clone()).or_default()));
                    digest.commits.extend(commit(act));
                }
                Sort::Agent => {
                    let what = act.field("description").or_else(|| act.field("prompt"));
                    digest.agents.push(what.unwrap_or_default());
                }
                Sort::Read | Sort::Ask | Sort::Other => {}
            }
        }
        digest.files = ranked(files);
        digest.deeds = ranked(deeds);
        digest.failed = failed(&told);
        let fingerprints: BTreeSet<&str> =
            told.incidents.iter().map(|incident| incident.fingerprint.as_str()).filter(|one| !one.is_empty()).collect();
        let mut seen = BTreeSet::new();
        digest.protocols = fingerprints
            .into_iter()
            .flat_map(protocols)
            .filter(|entry| {
                (entry.status.is_live() || entry.status == Status::Proposed) && seen.insert(entry.protocol.id)
            })
            .collect();
        digest.protocols.sort_by_key(|entry| !entry.status.is_live());
        digest.told = told;
        digest
    }

    /// What failed and was solved at last or decided, and what was left open; what came back most stands first.
    pub fn failures(&self) -> (Vec<&Failed>, Vec<&Failed>) {
        let mut failed: Vec<&Failed> = self.failed.iter().collect();
        failed.sort_by_key(|failed| std::cmp::Reverse(failed.times));
        failed.into_iter().partition(|failed| !failed.is_open)
    }
}

/// Whether a deed only looks at something.
pub(super) fn looks(deed: &str) -> bool {
    let first = deed.split(' ').next().unwrap_or_default();
    LOOKS.contains(&first)
        || ["git status", "git log", "git diff", "git show", "git branch", "git rev-parse"].contains(&deed)
}

fn ranked(tally: BTreeMap<String, Tries>) -> Vec<(String, Tries)> {
    let mut ranked: Vec<(String, Tries)> = tally.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    ranked.sort_by_key(|(_, tries)| std::cmp::Reverse(tries.times));
    ranked
}

/// What `git` said of a commit: `[main 1a2b3c4] subject`, without the brackets.
fn commit(act: &Act) -> Vec<String> {
    if act.failed() || !act.deeds.iter().any(|deed| deed == "git commit") {
        return Vec::new();
    }
    let said = |line: &str| {
        let (place, subject) = line.trim().strip_prefix('[')?.split_once("] ")?;
        let hash = place.rsplit(' ').next()?;
        let is_hash = (7..=40).contains(&hash.len()) && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hash.then(|| format!("{hash} {subject}"))
    };
    act.answer.lines().filter_map(said).collect()
}

/// What went wrong, by group, and what a person decided.
fn failed(told: &Told) -> Vec<Failed> {
    let found = told.found();
    let mut groups: Vec<Failed> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, incident) in told.incidents.iter().enumerate() {
        let is_decision = incident.disposition == "decision";
        if !matches!(incident.disposition.as_str(), "" | "incident" | "decision") {
            continue;
        }
        let name = match &incident.fingerprint {
            none if none.is_empty() || is_decision => {
                format!("{} {} {}", incident.title, incident.cause, incident.tool)
            }
            fingerprint => fingerprint.clone(),
        };
        let place = *places.entry(name).or_insert_with(|| {
            groups.push(new_group(incident, is_decision));
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(place) else { continue };
        add(group, told, &found, at, incident);
    }
    for group in &mut groups {
        group.solved.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    }
    groups
}

fn add(group: &mut Failed, told: &Told, found: &Found<'_>, at: usize, incident: &StoredIncident) {
    let is_resolved = incident.status.as_deref() == Some("resolved");
    group.times += 1;
    group.resolved += u64::from(is_resolved);
    group.is_open = !is_resolved && !group.is_decision;
    group.example = incident.id;
    if let Some(act) = found.failed(at) {
        group.about = about(told, act);
        if is_nameless(group) {
            group.about.clone_from(&act.tool);
        }
    }
    if is_resolved && group.solved.len() < DIFFERENT {
        let solved = solved::solved(told, found, at, incident);
        match group.solved.iter_mut().find(|(known, _)| *known == solved) {
            Some((_, times)) => *times += 1,
            None => group.solved.push((solved, 1)),
        }
    }
    group.answers.extend(solved::answer(told, found, at, incident));
}

/// Whether nobody could tell what a person decided about.
fn is_nameless(group: &Failed) -> bool {
    group.is_decision && group.about.trim().is_empty()
}

fn new_group(incident: &StoredIncident, is_decision: bool) -> Failed {
    let title = if incident.title.is_empty() { format!("`{}` failed", incident.tool) } else { incident.title.clone() };
    Failed { title, cause: incident.cause.clone(), owner: incident.owner.clone(), is_decision, ..Failed::default() }
}

/// What a call is about, in a few words.
fn about(told: &Told, act: &Act) -> String {
    let file = act.file.as_deref().map(|file| told.within(file).to_owned());
    act.command.clone().or(file).or_else(|| act.field("description")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
