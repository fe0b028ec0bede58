//! What is counted of an error group in a period: at most one recurrence a family, against the calls up to it.
//!
//! An error seldom comes alone: it is retried, and it teaches the agent whose session it happens in. What a protocol can
//! prevent is the first time, so a family recurs or it does not, and what it adds to the exposure ends with the
//! call that failed. Counting its later calls, too, would let longer sessions look like better ones.
//!
//! Families of one day may still share a cause. How much they do is measured and becomes the design effect, by which
//! counts are divided (J. N. K. Rao and A. J. Scott, "A simple method for analysing overdispersion in clustered Poisson
//! data", Statistics in Medicine 18, 1999).

use super::rate::Side;
use crate::event::Millis;
use std::collections::BTreeMap;

const DAY: Millis = 86_400_000;

/// In days.
const WEEK: i64 = 7;

/// A family of logs, or a part of one, in which tools were called that the trigger is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Which family; parts of one are put together, in order of time.
    pub family: u64,
    /// When its first event happened.
    pub begin: Millis,
    /// When its last event happened.
    pub end: Millis,
    /// Calls of the tools that the trigger is about.
    pub calls: u64,
    /// Incidents of the group.
    pub incidents: u64,
    /// Which of the calls, counted from one, was the first with an incident; 0 if there was none or it is not known.
    pub first: u64,
}

impl Exposure {
    /// The calls up to the first incident. One of unknown place stands where it is expected if all fell evenly.
    fn at_risk(&self) -> u64 {
        let calls = self.calls.max(1);
        match (self.incidents, self.first) {
            (0, 0) => self.calls,
            (incidents, 0) => (calls / incidents.saturating_add(1)).max(1),
            (_, first) => first.min(calls),
        }
    }

    fn recurred(&self) -> bool {
        self.incidents > 0 || self.first > 0
    }
}

/// A period: from a time on, and before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first moment that belongs to it.
    pub from: Millis,
    /// The first moment that does not any more.
    pub until: Millis,
}

/// What a period had of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Families in which the tools were called.
    pub families: u64,
    /// Those of them in which the error happened, each once.
    pub recurrences: u64,
    /// Calls up to the first incident of each family.
    pub at_risk: u64,
    /// All calls.
    pub calls: u64,
    /// All incidents.
    pub incidents: u64,
    /// Days (UTC) on which one of the families began.
    pub days: u64,
    /// Families that lie across the beginning or the end of the period, and were left out.
    pub across: u64,
}

impl Tally {
    /// What is compared: recurrences against calls at risk.
    pub fn side(&self) -> Side {
        Side::new(self.recurrences as f64, self.at_risk as f64)
    }
}

/// What was counted, and how it was spread over days.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// The sums.
    pub tally: Tally,
    days: BTreeMap<i64, (u64, u64)>,
}

/// Counts the families that lie within the period as a whole.
pub fn count(exposures: &[Exposure], period: Period) -> Counted {
    let mut sorted: Vec<&Exposure> =
        exposures.iter().filter(|exposure| exposure.calls > 0 || exposure.recurred()).collect();
    sorted.sort_by_key(|exposure| (exposure.family, exposure.begin, exposure.end));
    let mut counted = Counted::default();
    for parts in sorted.chunk_by(|a, b| a.family == b.family) {
        counted.add(parts, period);
    }
    counted.tally.days = counted.days.len() as u64;
    counted
}

impl Counted {
    fn add(&mut self, parts: &[&Exposure], period: Period) {
        let within = |part: &&&Exposure| part.begin >= period.from && part.begin.max(part.end) < period.until;
        let touches = |part: &&Exposure| part.begin < period.until && part.begin.max(part.end) >= period.from;
        let across = parts.iter().any(|part| touches(part) && !within(&part));
        let Some(day) = parts.iter().find(within).map(|part| part.begin.div_euclid(DAY)) else {
            self.tally.across += u64::from(across);
            return;
        };
        let (mut at_risk, mut recurred) = (0u64, false);
        for part in parts.iter().filter(within) {
            if !recurred {
                at_risk = at_risk.saturating_add(part.at_risk());
                recurred = part.recurred();
            }
            self.tally.calls = self.tally.calls.saturating_add(part.calls);
            self.tally.incidents = self.tally.incidents.saturating_add(part.incidents.max(u64::from(part.recurred())));
        }
        self.tally.across += u64::from(across);
        self.tally.families += 1;
        self.tally.recurrences += u64::from(recurred);
        self.tally.at_risk = self.tally.at_risk.saturating_add(at_risk);
        let of_day = self.days.entry(day).or_default();
        of_day.0 += u64::from(recurred);
        of_day.1 = of_day.1.saturating_add(at_risk);
    }

    /// The squared distances of stretches of days from what was expected of them, corrected for that the rate is theirs.
    fn spread(&self, length: i64) -> f64 {
        let Some(rate) = self.tally.side().rate() else { return 0.0 };
        let mut stretches: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
        for (day, &(count, at_risk)) in &self.days {
            let stretch = stretches.entry(day.div_euclid(length)).or_default();
            stretch.0 += count as f64;
            stretch.1 += at_risk as f64;
        }
        let number = stretches.len() as f64;
        if number < 2.0 {
            return self.tally.recurrences as f64;
        }
        let squares: f64 = stretches.values().map(|(count, at_risk)| (count - rate * at_risk).powi(2)).sum();
        squares * number / (number - 1.0)
    }
}

/// How many times the variance of a Poisson count days have, or weeks, whichever is more; one at least, so that it can
/// only make less sure.
pub fn design_effect(counted: &[&Counted]) -> f64 {
    let recurrences: f64 = counted.iter().map(|counted| counted.tally.recurrences as f64).sum();
    if recurrences < 1.0 {
        return 1.0;
    }
    let of = |length: i64| counted.iter().map(|counted| counted.spread(length)).sum::<f64>() / recurrences;
    of(1).max(of(WEEK)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::{Counted, DAY, Exposure, Period, Tally, count, design_effect};

    const ALL: Period = Period { from: 0, until: 100 * DAY };

    fn family(family: u64, day: i64, calls: u64, incidents: u64, first: u64) -> Exposure {
        let begin = day * DAY + family as i64;
        Exposure { family, begin, end: begin + 1_000, calls, incidents, first }
    }

    #[test]
    fn a_burst_is_one_recurrence_and_exposure_ends_with_it() {
        let tally = count(&[family(1, 0, 50, 7, 3), family(2, 0, 20, 0, 0)], ALL).tally;
        let expected = Tally { families: 2, recurrences: 1, at_risk: 23, calls: 70, incidents: 7, days: 1, across: 0 };
        assert_eq!(tally, expected);
    }

    #[test]
    fn a_first_incident_of_unknown_place_stands_where_it_is_expected() {
        assert_eq!(count(&[family(1, 0, 30, 2, 0)], ALL).tally.at_risk, 10);
        assert_eq!(count(&[family(1, 0, 0, 2, 0)], ALL).tally.at_risk, 1);
        assert_eq!(count(&[family(1, 0, 30, 1, 999)], ALL).tally.at_risk, 30);
    }

    #[test]
    fn parts_of_a_family_are_put_together_in_order_of_time() {
        let parts = [family(1, 2, 40, 1, 5), family(1, 0, 10, 0, 0), family(1, 3, 40, 3, 1)];
        let tally = count(&parts, ALL).tally;
        assert_eq!((tally.families, tally.recurrences, tally.at_risk, tally.days), (1, 1, 15, 1));
    }

    #[test]
    fn what_lies_across_an_end_is_left_out_and_said() {
        let period = Period { from: 0, until: DAY + 500 };
        let tally = count(&[family(1, 1, 9, 1, 1), family(2, 0, 9, 0, 0), family(3, 7, 9, 1, 1)], period).tally;
        assert_eq!((tally.families, tally.recurrences, tally.across), (1, 0, 1));
    }

    #[test]
    fn families_that_did_not_call_the_tools_do_not_count() {
        assert_eq!(count(&[family(1, 0, 0, 0, 0)], ALL).tally, Tally::default());
    }

    /// Of 20 days with 4 families each, so many families of each fail at their tenth call.
    fn spread(failing: impl Fn(i64) -> u64) -> Counted {
        let fails = |day: i64, number: u64| u64::from(number < failing(day));
        let of_day = |day: i64| (0..4).map(move |number| (day, number));
        let families: Vec<Exposure> = (0..20)
            .flat_map(of_day)
            .map(|(day, number)| family(day as u64 * 4 + number, day, 10, fails(day, number), 10 * fails(day, number)))
            .collect();
        count(&families, ALL)
    }

    #[test]
    fn recurrences_that_fall_on_few_days_count_less() {
        let even = spread(|_| 1);
        assert_eq!(design_effect(&[&even]), 1.0);
        let crowded = spread(|day| if day % 4 == 0 { 4 } else { 0 });
        assert_eq!(even.tally, crowded.tally);
        // Five days are 3 above their mean of 1, and fifteen are 1 below: (45 + 15) * 20 / 19 / 20.
        assert!((design_effect(&[&crowded]) - 60.0 / 19.0).abs() < 1e-9);
        assert!((design_effect(&[&even, &crowded]) - 30.0 / 19.0).abs() < 1e-9);
        // Days alike within a week, but not from week to week.
        let wandering = spread(|day| if day < 7 { 3 } else { 0 });
        assert!(design_effect(&[&wandering]) > 10.0, "{}", design_effect(&[&wandering]));
        assert_eq!(design_effect(&[]), 1.0);
    }

    #[test]
    fn hostile_numbers_are_bounded() {
        let extremes = [i64::MIN, -1, 0, i64::MAX];
        let mut all = Vec::new();
        for begin in extremes {
            for end in extremes {
                for number in [0, 1, u64::MAX] {
                    all.push(Exposure { family: number, begin, end, calls: number, incidents: number, first: number });
                    all.push(Exposure { family: number ^ 5, begin, end, calls: u64::MAX, incidents: number, first: 0 });
                }
            }
        }
        for period in [Period { from: i64::MIN, until: i64::MAX }, Period { from: i64::MAX, until: i64::MIN }] {
            let counted = count(&all, period);
            assert!(counted.tally.recurrences <= counted.tally.families);
            assert!(design_effect(&[&counted]).is_finite());
        }
    }
}
