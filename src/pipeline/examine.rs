//! Finds, when a batch fails, the records that it fails on, so that the others are judged.

use crate::plugin::{Fault, FaultKind, Plugin, Provenance};
use std::ops::Range;

/// How many records of a family may fail before a plugin is not asked about it any more; a setting, given to the
/// pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Records that may still fail.
    left: u32,
}

impl Patience {
    /// Patience for so many failures.
    pub fn new(failures: u32) -> Patience {
        Patience { left: failures }
    }

    /// Whether the plugin is asked any more.
    pub fn is_left(self) -> bool {
        self.left > 0
    }

    fn lose(&mut self, fault: &Fault) {
        // Whoever remembers is not to be believed in anything.
        self.left = if fault.kind == FaultKind::Stateful { 0 } else { self.left.saturating_sub(1) };
    }
}

/// What became of a stretch of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// It was judged.
    Answer(Range<usize>, T),
    /// One record on which the plugin fails.
    Poison(usize, Fault),
    /// Nobody was asked, for patience was at its end.
    Passed(Range<usize>),
}

/// Asks about all `count` records of a batch. After a fault the batch is tried once more in a fresh instance; a fault
/// that stays is traced, by halves, to the records that it comes from.
///
/// `ask` gets a stretch of the batch; an answer may not depend on what else is in it.
pub fn examine<P: Plugin + ?Sized, T>(
    plugin: &mut P,
    count: usize,
    patience: &mut Patience,
    mut ask: impl FnMut(&mut P, Range<usize>) -> Result<T, Fault>,
) -> Vec<Part<T>> {
    let mut parts = Vec::new();
    // The whole batch is tried twice: what went before in the instance may be to blame.
    let mut stretches = vec![(0..count, true)];
    while let Some((stretch, is_first)) = stretches.pop() {
        if !patience.is_left() {
            parts.push(Part::Passed(stretch));
            continue;
        }
        let mut answer = ask(plugin, stretch.clone());
        // Whoever remembers would answer well in a fresh instance, and is found out once and for all.
        let may_be_retried = answer.as_ref().is_err_and(|fault| fault.kind != FaultKind::Stateful);
        if is_first && may_be_retried {
            plugin.renew();
            answer = ask(plugin, stretch.clone());
        }
        match answer {
            Ok(answer) => parts.push(Part::Answer(stretch, answer)),
            Err(fault) if stretch.len() <= 1 || fault.kind == FaultKind::Stateful => {
                patience.lose(&fault);
                parts.push(Part::Poison(stretch.start, fault));
                if stretch.len() > 1 {
                    parts.push(Part::Passed(stretch.start + 1..stretch.end));
                }
            }
            Err(_) => {
                let middle = stretch.start + stretch.len() / 2;
                stretches.push((middle..stretch.end, false));
                stretches.push((stretch.start..middle, false));
            }
        }
    }
    parts
}

/// The fault of a plugin that answered the same batch in two ways.
pub fn remembers(by: &Provenance) -> Fault {
    Fault {
        kind: FaultKind::Stateful,
        message: format!(
            "{} {} answered the same batch differently in a fresh instance: it remembers what it saw before, \
             and may not",
            by.plugin, by.version
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Patience, examine};
    use crate::plugin::{Fault, FaultKind, Plugin, Provenance};

    #[derive(Default)]
    struct Counted {
        calls: usize,
        renewals: usize,
    }

    impl Plugin for Counted {
        fn provenance(&self) -> &Provenance {
            unreachable!("nobody asks")
        }

        fn may_be_critical(&self) -> bool {
            false
        }

        fn renew(&mut self) {
            self.renewals += 1;
        }

        fn take_fuel(&mut self) -> u64 {
            0
        }
    }

    fn fault() -> Fault {
        Fault { kind: FaultKind::Trap, message: "no".to_owned() }
    }

    /// Judged ranges and poison records of a batch of 128.
    fn examined(poison: &[usize], failures: u32) -> (Vec<usize>, Vec<usize>, usize, Counted) {
        let mut plugin = Counted::default();
        let parts = examine(&mut plugin, 128, &mut Patience::new(failures), |plugin, stretch| {
            plugin.calls += 1;
            if stretch.clone().any(|at| poison.contains(&at)) { Err(fault()) } else { Ok(()) }
        });
        let (mut judged, mut found, mut passed) = (Vec::new(), Vec::new(), 0);
        for part in parts {
            match part {
                Part::Answer(stretch, ()) => judged.extend(stretch),
                Part::Poison(at, _) => found.push(at),
                Part::Passed(stretch) => passed += stretch.len(),
            }
        }
        (judged, found, passed, plugin)
    }

    #[test]
    fn a_good_batch_is_asked_once() {
        let (judged, found, passed, plugin) = examined(&[], 8);
        assert_eq!((judged.len(), found.len(), passed, plugin.calls, plugin.renewals), (128, 0, 0, 1, 0));
    }

    #[test]
    fn the_poison_is_found_and_the_rest_is_judged() {
        let (judged, found, passed, plugin) = examined(&[0, 77, 127], 8);
        assert_eq!(found, [0, 77, 127]);
        assert_eq!((judged.len(), passed), (125, 0));
        assert!(judged.is_sorted(), "answers come in order");
        assert!(plugin.calls < 64, "{} calls", plugin.calls);
    }

    #[test]
    fn patience_ends() {
        let all: Vec<usize> = (0..128).collect();
        let (judged, found, passed, plugin) = examined(&all, 8);
        assert_eq!((judged.len(), found.len(), passed), (0, 8, 120));
        assert!(plugin.calls < 40, "{} calls", plugin.calls);
    }

    #[test]
    fn a_fault_that_a_fresh_instance_does_not_have_is_none() {
        let mut plugin = Counted::default();
        let parts =
            examine(
                &mut plugin,
                2,
                &mut Patience::new(1),
                |plugin, _| {
                    if plugin.renewals == 0 { Err(fault()) } else { Ok(()) }
                },
            );
        assert_eq!(parts, [Part::Answer(0..2, ())]);
    }

    #[test]
    fn whoever_remembers_is_asked_no_more() {
        let mut patience = Patience::new(9);
        // In a fresh instance it would not show.
        let parts = examine(&mut Counted::default(), 4, &mut patience, |plugin, _| match plugin.renewals {
            0 => Err(Fault { kind: FaultKind::Stateful, message: String::new() }),
            _ => Ok(()),
        });
        assert!(matches!(&parts[..], [Part::Poison(0, _), Part::Passed(rest)] if *rest == (1..4)));
        assert!(!patience.is_left());
    }
}
