//! Time that passed while an agent waited.

use super::{Kind, Sighting, deed_of, only_looks};
use crate::learning::acts::{Act, Sort, Told};
use std::collections::HashMap;

/// Milliseconds from which on a call is slow. A guess: what a person would go and do something else for.
const SLOW: u64 = 60_000;
/// Milliseconds that a tool may run at most, by the limits of the agents known. What took longer was not running.
pub const LONGEST: u64 = 600_000;
/// Seconds from which on a `sleep` counts. A guess: less gives a server time to start.
const SLEEP: f64 = 5.0;
/// Programs that look through more than a file.
const SEARCHES: [&str; 6] = ["find", "grep", "rg", "du", "tree", "git"];
/// Equal command lines in a row from which on they are polling. A guess.
const POLLS: u64 = 4;

/// Calls that took long, ran into a time limit, slept or polled.
pub fn long(told: &Told) -> Vec<Sighting> {
    let mut found = Vec::new();
    let mut runs: HashMap<&str, Run<'_>> = HashMap::new();
    for act in told.acts() {
        let run = runs.entry(&act.actor).or_default();
        // What fails is no answer; to try it again is another pattern.
        let is_again = |last: &Act| last.command.is_some() && last.command == act.command && !last.failed();
        if run.last.is_some_and(is_again) {
            run.times += 1;
            run.last = Some(act);
        } else {
            found.extend(std::mem::replace(run, Run { last: Some(act), times: 1 }).polling());
        }
        found.extend(waited(told, act));
    }
    let mut left: Vec<Run<'_>> = runs.into_values().collect();
    left.sort_by_key(|run| run.last.map(|act| act.event));
    found.extend(left.into_iter().filter_map(Run::polling));
    found
}

/// Equal command lines of an actor in a row.
#[derive(Default)]
struct Run<'t> {
    last: Option<&'t Act>,
    times: u64,
}

impl Run<'_> {
    fn polling(self) -> Option<Sighting> {
        let last = self.last.filter(|last| self.times >= POLLS && !last.failed())?;
        Some(Sighting::of(Kind::Polling, deed_of(last), self.times, last))
    }
}

fn waited(told: &Told, act: &Act) -> Option<Sighting> {
    let duration = act.duration.unwrap_or_default();
    let cause = act.incident.and_then(|at| told.incidents.get(at)).map_or("", |incident| incident.cause.as_str());
    if cause.contains("timeout") {
        return Some(Sighting::of(Kind::TimedOut, deed_of(act), 1, act).costing(duration.min(LONGEST)));
    }
    if let Some((seconds, is_loop)) = act.command.as_deref().and_then(sleeps) {
        let kind = if is_loop { Kind::Polling } else { Kind::Sleep };
        let cost = duration.min(LONGEST).max((seconds * 1000.0) as u64);
        return Some(Sighting::of(kind, deed_of(act), 1, act).costing(cost));
    }
    // Sub-agents work, and people think.
    let is_own = !matches!(act.sort, Sort::Agent | Sort::Ask);
    let is_working = act.sort != Sort::Command || !only_looks(act) || searches(act);
    let is_slow = is_own && is_working && (SLOW..=LONGEST).contains(&duration);
    is_slow.then(|| Sighting::of(Kind::SlowCall, deed_of(act), 1, act).costing(duration))
}

/// Whether a command line looks through more than a file. What only shows one takes no minute: it waited for a person.
fn searches(act: &Act) -> bool {
    let first = |deed: &String| deed.split(' ').next().is_some_and(|first| SEARCHES.contains(&first));
    act.deeds.iter().any(first)
}

/// The seconds that a command line sleeps at least, if that is long, and whether it does so in a loop.
fn sleeps(command: &str) -> Option<(f64, bool)> {
    let is_end = |character: char| character.is_whitespace() || ";&|()\"'`".contains(character);
    let mut words = command.split(is_end).filter(|word| !word.is_empty());
    let (mut seconds, mut is_loop) = (0.0, false);
    while let Some(word) = words.next() {
        match word {
            "while" | "until" => is_loop = true,
            "sleep" | "Start-Sleep" => {
                let word = words.next().filter(|word| !word.starts_with('-')).or_else(|| words.next());
                seconds += word.and_then(span).unwrap_or_default();
            }
            _ => {}
        }
    }
    (seconds >= SLEEP || (is_loop && seconds > 0.0)).then_some((seconds, is_loop))
}

/// `5`, `0.5s`, `2m`, in seconds; at most an hour, whatever it says.
fn span(word: &str) -> Option<f64> {
    let (number, factor) = match word.strip_suffix(['s', 'm', 'h']) {
        Some(number) if word.ends_with('m') => (number, 60.0),
        Some(number) if word.ends_with('h') => (number, 3600.0),
        Some(number) => (number, 1.0),
        None => (word, 1.0),
    };
    let seconds = number.parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)?;
    Some((seconds * factor).min(3600.0))
}

#[cfg(test)]
mod tests {
    use super::sleeps;

    #[test]
    fn sleeps_are_read_from_command_lines() {
        assert_eq!(sleeps("sleep 90 && gh pr checks 7"), Some((90.0, false)));
        assert_eq!(sleeps("make; sleep 1m; sleep 0.5s"), Some((60.5, false)));
        assert_eq!(sleeps("until curl -s x; do sleep 1; done"), Some((1.0, true)));
        assert_eq!(sleeps("Start-Sleep -Seconds 10"), Some((10.0, false)));
        assert_eq!(sleeps("serve & sleep 2; curl x"), None);
        assert_eq!(sleeps("while read a; do echo $a; done"), None);
        assert_eq!(sleeps("sleep 1e999"), None);
        assert_eq!(sleeps("sleep"), None);
    }
}
