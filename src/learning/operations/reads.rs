//! Reads of what was read before and has not changed since.

use super::{Changes, Kind, Sighting};
use crate::learning::acts::{Moment, Outcome, Sort, Told};
use std::collections::HashMap;

/// Reads of the same part of the same file by the same actor, with nothing in between that could have changed it: no edit
/// of it, be it a failed one, no command that does more than look, no prompt, no shortening of the conversation.
pub fn repeated(told: &Told) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut changes = Changes::default();
    let mut reads: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (now, moment) in told.moments.iter().enumerate() {
        let act = match moment {
            Moment::Call(act) => act,
            // A person may have changed anything, and what was forgotten may be read again.
            Moment::Prompt(_) | Moment::Forgot => {
                changes.anything = now;
                continue;
            }
        };
        changes.note(act, now);
        if act.sort != Sort::Read || act.outcome != Outcome::Done {
            continue;
        }
        let Some(file) = act.file.as_deref() else { continue };
        let before = reads.insert((&act.actor, file, &act.range), now);
        if before.is_some_and(|then| !changes.is_changed_since(file, then)) {
            found.push(Sighting::of(Kind::RepeatedRead, told.within(file).to_owned(), 1, act));
        }
    }
    found
}
