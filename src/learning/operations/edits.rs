//! Files that were changed again and again without getting anywhere.

use super::{Kind, Sighting, went_wrong};
use crate::learning::acts::{Act, Moment, Sort, Told};
use std::collections::{BTreeMap, HashSet};

/// Edits of a file between two prompts from which on it can be thrashing. A guess.
const EDITS: u64 = 4;
/// Setbacks among them: edits that failed, commands that failed in between, edits that take an earlier one back. A guess.
const SETBACKS: u64 = 3;

#[derive(Default)]
struct File<'t> {
    edits: u64,
    setbacks: u64,
    /// Commands that had failed when it was last edited.
    failures: u64,
    changes: HashSet<(u64, u64)>,
    contents: HashSet<u64>,
    last: Option<&'t Act>,
}

/// Files that were edited at least [`EDITS`] times between two prompts, with at least [`SETBACKS`] setbacks.
pub fn thrashing(told: &Told) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut files: BTreeMap<&str, File<'_>> = BTreeMap::new();
    let mut failures = 0;
    for moment in &told.moments {
        match moment {
            // What a person asks for is no thrashing.
            Moment::Prompt(_) => settle(told, &mut files, &mut found),
            Moment::Forgot => {}
            Moment::Call(act) if act.sort == Sort::Edit => {
                let Some(name) = act.file.as_deref() else { continue };
                let file = files.entry(name).or_default();
                file.take(act, failures);
            }
            Moment::Call(act) => failures += u64::from(act.sort == Sort::Command && went_wrong(told, act)),
        }
    }
    settle(told, &mut files, &mut found);
    found
}

impl<'t> File<'t> {
    fn take(&mut self, act: &'t Act, failures: u64) {
        let is_set_back = self.edits > 0 && failures > self.failures;
        self.edits += 1;
        self.failures = failures;
        self.last = Some(act);
        self.setbacks += u64::from(is_set_back);
        if act.failed() {
            self.setbacks += 1;
            return;
        }
        let returns = match act.change {
            // Content that the file had before.
            Some((0, content)) => !self.contents.insert(content),
            Some((old, new)) => {
                self.changes.insert((old, new));
                old != new && self.changes.contains(&(new, old))
            }
            None => false,
        };
        self.setbacks += u64::from(returns);
    }
}

fn settle(told: &Told, files: &mut BTreeMap<&str, File<'_>>, found: &mut Vec<Sighting>) {
    for (name, file) in std::mem::take(files) {
        if let Some(last) = file.last.filter(|_| file.edits >= EDITS && file.setbacks >= SETBACKS) {
            found.push(Sighting::of(Kind::ThrashingEdit, told.within(name).to_owned(), file.edits, last));
        }
    }
}
