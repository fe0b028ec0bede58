//! How far the rules agree with a reader who labelled failures without seeing what the rules say of them.

use crate::support::{Words, diagnose};
use prevention::Compact;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const FAILURES: &str = include_str!("../labelled/failures.jsonl");
const LABELS: &str = include_str!("../labelled/labels.jsonl");
const CORRECTIONS: &str = include_str!("../labelled/corrections.jsonl");

/// What takes failures that no rule knows.
pub const CATCH_ALLS: [&str; 2] = ["bash.exit", "tool.failed"];

/// A failure as it was drawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Failure {
    pub id: String,
    pub set: String,
    pub repository: String,
    pub file: String,
    pub kind: String,
    pub tool: String,
    pub exit: Option<i32>,
    pub call: String,
    pub before: String,
    pub failure: String,
    pub tail: String,
    pub answer: String,
}

/// What a reader took a failure for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Label {
    pub id: String,
    pub disposition: String,
    pub alt_disposition: String,
    pub class: String,
    pub alternatives: Vec<String>,
    pub owner: String,
    pub reason: String,
    pub unclear: bool,
}

/// What the rules took it for.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub disposition: String,
    pub class: String,
    pub owner: String,
    pub fingerprint: String,
}

/// A failure with both.
#[derive(Clone, Debug)]
pub struct Judged {
    pub failure: Failure,
    /// As it was given.
    pub label: Label,
    /// The same, if a second reading found it wrong.
    pub corrected: Option<Label>,
    pub answer: Answer,
}

/// Which labels count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Those that were given.
    Reader,
    /// Those, with corrections in their place.
    Corrected,
}

impl Judged {
    fn label(&self, by: By) -> &Label {
        self.corrected.as_ref().filter(|_| by == By::Corrected).unwrap_or(&self.label)
    }

    /// Whether the disposition is the reader's, or one that would be right as well.
    pub fn agrees_on_disposition(&self, by: By) -> bool {
        let (label, said) = (self.label(by), &self.answer.disposition);
        *said == label.disposition || *said == label.alt_disposition
    }

    /// The same of disposition and class.
    pub fn agrees(&self, by: By) -> bool {
        let (label, said) = (self.label(by), &self.answer.class);
        self.agrees_on_disposition(by) && (*said == label.class || label.alternatives.contains(said))
    }

    /// Whether disposition and class are those of the label, alternatives left out.
    pub fn agrees_strictly(&self, by: By) -> bool {
        let label = self.label(by);
        self.answer.disposition == label.disposition && self.answer.class == label.class
    }

    /// Whether the owner is the reader's.
    pub fn agrees_on_owner(&self, by: By) -> bool {
        self.answer.owner == self.label(by).owner
    }
}

/// Gives every failure to the rules as the host would.
pub fn judge(rules: &Compact) -> Vec<Judged> {
    let labels: BTreeMap<_, _> = rows::<Label>(LABELS).map(|label| (label.id.clone(), label)).collect();
    let mut corrections: BTreeMap<_, _> = rows::<Label>(CORRECTIONS).map(|label| (label.id.clone(), label)).collect();
    let judged = rows::<Failure>(FAILURES).map(|failure| Judged {
        label: labels[&failure.id].clone(),
        corrected: corrections.remove(&failure.id),
        answer: ask(rules, &failure),
        failure,
    });
    let judged = judged.collect();
    assert!(corrections.is_empty(), "corrections of nothing: {corrections:?}");
    judged
}

fn rows<T: serde::de::DeserializeOwned>(lines: &'static str) -> impl Iterator<Item = T> {
    lines.lines().map(|line| serde_json::from_str(line).expect(line))
}

fn ask(rules: &Compact, failure: &Failure) -> Answer {
    // Only what stands in the middle of a very long text cannot be searched here.
    let text = format!("{}{}", failure.failure, failure.tail);
    let exit = failure.exit.map(|code| code.to_string()).unwrap_or_default();
    let attributes = [("exit_code", exit.as_str())];
    let (findings, found) = diagnose(
        rules,
        Words {
            kind: &failure.kind,
            tool: &failure.tool,
            call: &failure.call,
            before: &failure.before,
            text: &text,
            attributes: if exit.is_empty() { &[] } else { &attributes },
        },
    );
    let name = |index: u32| findings.names[index as usize].clone();
    Answer {
        disposition: name(found.disposition),
        class: name(found.cause),
        owner: name(found.owner),
        fingerprint: name(found.fingerprint),
    }
}

/// How many of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(pub usize, pub usize);

impl Share {
    /// In hundredths, rounded down.
    pub fn percent(self) -> f64 {
        (self.0 as f64 / self.1.max(1) as f64 * 1000.0).floor() / 10.0
    }
}

/// How many of these hold.
pub fn share<'a>(judged: impl Iterator<Item = &'a Judged>, holds: impl Fn(&Judged) -> bool) -> Share {
    judged.fold(Share(0, 0), |Share(some, all), one| Share(some + usize::from(holds(one)), all + 1))
}

/// One of each distinct text.
pub fn distinct(judged: &[Judged]) -> Vec<&Judged> {
    let mut known = BTreeSet::new();
    judged.iter().filter(|one| known.insert((&one.failure.failure, &one.failure.tail))).collect()
}

/// Everything there is to say about it, in Markdown.
pub fn report(judged: &[Judged], by: By) -> String {
    let mut out = String::from("| | failures | disposition | class | class, strictly | owner | no catch-all |\n");
    out.push_str("|---|---|---|---|---|---|---|\n");
    let of_set = |set: &str| judged.iter().filter(|one| one.failure.set == set).collect::<Vec<_>>();
    let groups = [
        ("all", judged.iter().collect()),
        ("`seen`", of_set("seen")),
        ("`unseen`", of_set("unseen")),
        ("one of each distinct text", distinct(judged)),
    ];
    for (name, group) in groups {
        let percent = |holds: &dyn Fn(&Judged) -> bool| {
            let share = share(group.iter().copied(), holds);
            format!("{:.1} % ({})", share.percent(), share.0)
        };
        let columns = [
            percent(&|one| one.agrees_on_disposition(by)),
            percent(&|one| one.agrees(by)),
            percent(&|one| one.agrees_strictly(by)),
            percent(&|one| one.agrees_on_owner(by)),
            percent(&|one| !CATCH_ALLS.contains(&one.answer.class.as_str())),
        ];
        let _ = writeln!(out, "| {name} | {} | {} |", group.len(), columns.join(" | "));
    }
    let mut classes: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
    for one in judged {
        classes.entry(&one.label(by).class).or_default().push(one);
    }
    let means = classes.values().map(|group| share(group.iter().copied(), |one| one.agrees(by)));
    let mean = means.map(|Share(some, all)| some as f64 / all as f64).sum::<f64>() / classes.len() as f64;
    let _ = writeln!(out, "\nEach of the {} classes counted once: {:.1} %\n", classes.len(), mean * 100.0);
    out.push_str(&confusion(judged, by));
    out
}

/// What the reader said, what the rules said, how often, and whether that is agreement.
fn confusion(judged: &[Judged], by: By) -> String {
    let mut counts: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for one in judged {
        let label = one.label(by);
        let reader = format!("{} {}", label.disposition, label.class);
        let rules = format!("{} {}", one.answer.disposition, one.answer.class);
        let (all, agreed) = counts.entry((reader, rules)).or_default();
        *all += 1;
        *agreed += usize::from(one.agrees(by));
    }
    let mut out = String::from("| reader | rules | failures | of these agreed |\n|---|---|---|---|\n");
    for ((reader, rules), (all, agreed)) in counts {
        let _ = writeln!(out, "| {reader} | {rules} | {all} | {agreed} |");
    }
    out
}

/// Each failure on which they do not agree.
pub fn disagreements(judged: &[Judged], by: By) -> String {
    let mut out = String::new();
    for one in judged.iter().filter(|one| !one.agrees(by)) {
        let label = one.label(by);
        let said = &one.answer;
        let _ = writeln!(
            out,
            "{} {}: reader {} {} {:?}, rules {} {} ({})\n    {}",
            one.failure.id,
            one.failure.set,
            label.disposition,
            label.class,
            label.alternatives,
            said.disposition,
            said.class,
            said.fingerprint,
            label.reason
        );
    }
    out
}
