//! Calls that failed, and were made again unchanged.

use super::{Changes, Kind, Sighting, deed_of, went_wrong};
use crate::learning::acts::{Moment, Sort, Told};
use std::collections::HashMap;

/// Calls with the same input as one that failed, by the same actor, that failed again though nothing had changed in
/// between: no edit, no command that does more than look, no prompt.
pub fn identical(told: &Told) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut changes = Changes::default();
    let mut failed: HashMap<(&str, u64), usize> = HashMap::new();
    for (now, moment) in told.moments.iter().enumerate() {
        let act = match moment {
            Moment::Call(act) => act,
            Moment::Prompt(_) | Moment::Forgot => {
                changes.anything = now;
                continue;
            }
        };
        if went_wrong(told, act) {
            let before = failed.insert((&act.actor, act.input), now);
            if before.is_some_and(|then| changes.anything <= then) {
                let title = act.incident.and_then(|at| told.incidents.get(at)).map(|incident| incident.title.as_str());
                let subject = title.filter(|title| !title.is_empty()).map_or_else(|| deed_of(act), str::to_owned);
                found.push(Sighting::of(Kind::IdenticalRetry, subject, 1, act));
            }
        } else if act.sort == Sort::Edit {
            changes.anything = now;
        } else {
            changes.note(act, now);
        }
    }
    found
}
