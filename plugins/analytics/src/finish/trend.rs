//! Whether the latest weeks differ from those before by more than chance.

use super::Reading;
use super::weeks::{Rate, Span};

/// The latest weeks and as many before them.
#[derive(Debug, PartialEq)]
pub(super) struct Trend {
    pub before: Rate,
    pub latest: Rate,
    /// Recurrences in both.
    pub recurrences: u64,
}

impl Reading<'_> {
    /// The change of the recurrence rate, if the intervals do not overlap: a test that says
    /// "changed" more seldom than its confidence would allow, never more often.
    pub(super) fn trend(&self) -> Option<Trend> {
        let rules = &self.rules.learning;
        let all = &self.recurrences.all;
        let span = rules.span as i32;
        let (last, _) = all.last_key_value()?;
        let middle = last.saturating_sub(span);
        let first = middle.saturating_sub(span);
        // Weeks that are not there at all would compare a long time with a short one.
        if *all.first_key_value()?.0 > first.saturating_add(1) {
            return None;
        }
        let sum = |from: i32, to: i32| {
            let mut sum = Span::default();
            all.range(from.saturating_add(1)..=to).for_each(|(_, span)| sum.add(*span));
            sum
        };
        let (before, latest) = (sum(first, middle), sum(middle, *last));
        if before.calls.min(latest.calls) < rules.calls {
            return None;
        }
        let recurrences = before.recurrences.saturating_add(latest.recurrences);
        let (before, latest) = (before.rate(rules.confidence)?, latest.rate(rules.confidence)?);
        (before.high < latest.low || latest.high < before.low).then_some(Trend { before, latest, recurrences })
    }
}
