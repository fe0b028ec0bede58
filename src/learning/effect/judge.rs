//! Whether a protocol keeps its error group from coming back, as far as the logs can tell.
//!
//! Compared are rates of recurrence (`count`) in families that were shown the protocol with those in families that were
//! not: best of all those of the same time in which the guard only observed, else those between the last log that the
//! protocol was mined from and its activation. What it was mined from is no baseline, for a group becomes a protocol
//! when it was frequent, and what was frequent by chance is less so later. Where protocols of other groups were
//! never shown, what changed for them is divided out (`control`).
//!
//! "Not enough data" is an answer, and says what is missing. The method, its limits and what was measured of it stand in
//! `docs/effect.md`.

use super::control::{against, common};
use super::count::{Counted, Exposure, Period, Tally, count, design_effect};
use super::rate::{Range, Side, Tails, ratio};
use crate::event::Millis;

/// Growth that is not waited for.
const PATIENCE: f64 = 100.0;

/// All that is known of a protocol's group and of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The last moment of the logs that the protocol was mined from.
    pub mined: Millis,
    /// When it was shown first.
    pub activated: Millis,
    /// What happens from now on does not count yet.
    pub now: Millis,
    /// The families without those that were held back.
    pub shown: &'a [Exposure],
    /// Families since the activation in which the guard only observed.
    pub held_back: &'a [Exposure],
    /// Groups of protocols that were never shown.
    pub others: &'a [Other<'a>],
}

/// The group of a protocol that was never shown.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// The last moment of the logs that it was mined from.
    pub mined: Millis,
    /// Its families.
    pub exposures: &'a [Exposure],
}

/// When to say something, and how sure to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Of the interval that decides. More than 0.95, because it is looked at again and again.
    pub confidence: f64,
    /// How tails are counted.
    pub tails: Tails,
    /// Families that each side needs.
    pub families: u64,
    /// Days that each side needs to be spread over.
    pub days: u64,
    /// Recurrences that both sides need together.
    pub recurrences: u64,
    /// The smallest effect that matters, as a ratio below one: what is sure to be less is none.
    pub relevant: f64,
    /// Recurrences that the groups of the control need together, on each side.
    pub control: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            confidence: 0.99,
            tails: Tails::Exact,
            families: 10,
            days: 3,
            recurrences: 5,
            relevant: 0.5,
            control: 10,
        }
    }
}

/// What is said of a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The group comes back less often.
    Works,
    /// It comes back more often.
    Worse,
    /// Any effect is too small to matter.
    NoEffect,
    /// The logs do not tell yet.
    NotEnoughData,
}

/// What the time since the activation is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// Families of the same time in which the guard only observed.
    HeldBack,
    /// Families between mining and activation.
    Before,
}

/// A verdict with its grounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What is said.
    pub verdict: Verdict,
    /// What was compared with.
    pub baseline: Baseline,
    /// What was counted in the baseline.
    pub reference: Tally,
    /// What was counted since the activation.
    pub after: Tally,
    /// The ratio of the rates, divided by that of the control if there is one, with its interval.
    pub ratio: Range,
    /// The confidence of the interval.
    pub confidence: f64,
    /// What changed for groups that nothing was shown about; none if there were too few recurrences of them.
    pub control: Option<Range>,
    /// By how much counts were divided because recurrences fell on few days.
    pub design_effect: f64,
    unmet: Option<Lacking>,
    comparison: Comparison,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// So many more families and days of the baseline.
    Baseline {
        /// Families.
        families: u64,
        /// Days.
        days: u64,
    },
    /// So many more families and days since the activation.
    After {
        /// Families.
        families: u64,
        /// Days.
        days: u64,
    },
    /// Recurrences on either side: so rare that there is little to prevent.
    Recurrences {
        /// How many.
        more: u64,
    },
    /// About so much more on the side of those who were shown it, if all goes on as it went.
    More {
        /// Calls.
        calls: u64,
        /// Families.
        families: u64,
    },
    /// A better baseline: nothing that happens from now on would decide it.
    BetterBaseline,
}

/// Says what became of a group since its protocol was activated.
pub fn judge(case: &Case, settings: &Settings) -> Effect {
    let since = Period { from: case.activated, until: case.now };
    let before = Period { from: case.mined.saturating_add(1), until: case.activated };
    let after = count(case.shown, since);
    let held_back = count(case.held_back, since);
    let earlier = count(case.shown, before);
    let (baseline, reference) = if is_missing(&held_back, settings) && !is_missing(&earlier, settings) {
        (Baseline::Before, earlier)
    } else if held_back.tally.families > 0 {
        (Baseline::HeldBack, held_back)
    } else {
        (Baseline::Before, earlier)
    };
    // What befalls a day befalls both sides of it where they are side by side, and does not need to be allowed for.
    let design_effect = if baseline == Baseline::Before { design_effect(&[&reference, &after]) } else { 1.0 };
    let strata = if baseline == Baseline::Before { strata(case, before, since, settings) } else { Vec::new() };
    let comparison = Comparison {
        reference: reference.tally.side().scaled(1.0 / design_effect),
        after: after.tally.side().scaled(1.0 / design_effect),
        strata,
        baseline,
        settings: *settings,
    };
    let (ratio, control) = comparison.ranges();
    let unmet = unmet(&reference, &after, settings);
    let verdict = if unmet.is_some() { Verdict::NotEnoughData } else { verdict(&ratio, settings) };
    Effect {
        verdict,
        baseline,
        reference: reference.tally,
        after: after.tally,
        ratio,
        confidence: settings.confidence,
        control,
        design_effect,
        unmet,
        comparison,
    }
}

impl Effect {
    /// What is missing for a verdict; nothing if there is one.
    pub fn lacking(&self) -> Option<Lacking> {
        match (self.verdict, self.unmet) {
            (Verdict::NotEnoughData, None) => Some(self.comparison.outlook(&self.after)),
            (_, unmet) => unmet,
        }
    }
}

fn is_missing(counted: &Counted, settings: &Settings) -> bool {
    counted.tally.families < settings.families || counted.tally.days < settings.days
}

/// What keeps a comparison from being made at all.
fn unmet(reference: &Counted, after: &Counted, settings: &Settings) -> Option<Lacking> {
    let of = |counted: &Counted| {
        let families = settings.families.saturating_sub(counted.tally.families);
        let days = settings.days.saturating_sub(counted.tally.days);
        is_missing(counted, settings).then_some((families, days))
    };
    if let Some((families, days)) = of(reference) {
        return Some(Lacking::Baseline { families, days });
    }
    if let Some((families, days)) = of(after) {
        return Some(Lacking::After { families, days });
    }
    let recurrences = reference.tally.recurrences.saturating_add(after.tally.recurrences);
    (recurrences < settings.recurrences).then(|| Lacking::Recurrences { more: settings.recurrences - recurrences })
}

/// The groups of the control in the same periods; none if they say too little.
fn strata(case: &Case, before: Period, since: Period, settings: &Settings) -> Vec<(Side, Side)> {
    let counted: Vec<(Counted, Counted)> = case
        .others
        .iter()
        .map(|other| {
            let own = Period { from: before.from.max(other.mined.saturating_add(1)), until: before.until };
            (count(other.exposures, own), count(other.exposures, since))
        })
        .collect();
    let sum = |of: fn(&(Counted, Counted)) -> &Counted| {
        counted.iter().map(|pair| of(pair).tally.recurrences).fold(0, u64::saturating_add)
    };
    if sum(|pair| &pair.0) < settings.control || sum(|pair| &pair.1) < settings.control {
        return Vec::new();
    }
    let all: Vec<&Counted> = counted.iter().flat_map(|(before, after)| [before, after]).collect();
    let factor = 1.0 / design_effect(&all);
    let sides = |counted: &Counted| counted.tally.side().scaled(factor);
    counted.iter().map(|(before, after)| (sides(before), sides(after))).collect()
}

fn verdict(ratio: &Range, settings: &Settings) -> Verdict {
    if ratio.high < 1.0 {
        Verdict::Works
    } else if ratio.low > 1.0 {
        Verdict::Worse
    } else if ratio.low > settings.relevant && ratio.high < 1.0 / settings.relevant {
        Verdict::NoEffect
    } else {
        Verdict::NotEnoughData
    }
}

/// What is compared with what, counts already divided by their design effects.
#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    reference: Side,
    after: Side,
    strata: Vec<(Side, Side)>,
    baseline: Baseline,
    settings: Settings,
}

impl Comparison {
    fn ranges(&self) -> (Range, Option<Range>) {
        let Settings { confidence, tails, .. } = self.settings;
        match common(&self.strata, confidence) {
            Some(control) => (against(self.reference, self.after, &control, confidence, tails), Some(control)),
            None => (ratio(self.reference, self.after, confidence, tails), None),
        }
    }

    /// The same if so many times as much had been seen since the activation, with the same rates.
    fn grown(&self, factor: f64) -> Comparison {
        let reference =
            if self.baseline == Baseline::HeldBack { self.reference.scaled(factor) } else { self.reference };
        let strata = self.strata.iter().map(|&(before, after)| (before, after.scaled(factor))).collect();
        Comparison { reference, after: self.after.scaled(factor), strata, ..*self }
    }

    fn decides(&self) -> bool {
        verdict(&self.ranges().0, &self.settings) != Verdict::NotEnoughData
    }

    /// How much more there has to be for a verdict, if all goes on as it went. A forecast without limits of its own:
    /// one recurrence more than expected can put it off for long where the baseline is thin.
    fn outlook(&self, after: &Tally) -> Lacking {
        let (mut low, mut high) = (1.0, 1.0);
        while !self.grown(high).decides() {
            if high > PATIENCE {
                return Lacking::BetterBaseline;
            }
            low = high;
            high *= 1.5;
        }
        for _ in 0..6 {
            let middle = f64::midpoint(low, high);
            if self.grown(middle).decides() { high = middle } else { low = middle }
        }
        let more = |of: u64| (of as f64 * (high - 1.0)).ceil().max(1.0) as u64;
        Lacking::More { calls: more(after.calls), families: more(after.families) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Case, Effect, Lacking, Other, Settings, Verdict, judge};
    use crate::learning::effect::count::Exposure;

    const DAY: i64 = 86_400_000;

    /// Families on days from one on and before another one, `daily` each, of which every so manieth fails at its last
    /// call; none if 0.
    fn families(from: i64, until: i64, daily: i64, fails: i64) -> Vec<Exposure> {
        (from * daily..until * daily)
            .map(|number| {
                let failed = u64::from(fails > 0 && number % fails == 0);
                let begin = number / daily * DAY + number % daily * 1_000;
                Exposure {
                    family: number as u64,
                    begin,
                    end: begin + 500,
                    calls: 10,
                    incidents: 3 * failed,
                    first: 10 * failed,
                }
            })
            .collect()
    }

    /// Mined until day 10, activated on day 30, looked at on day 60.
    fn look(shown: &[Exposure], held_back: &[Exposure], others: &[Other]) -> Effect {
        let case = Case { mined: 10 * DAY - 1, activated: 30 * DAY, now: 60 * DAY, shown, held_back, others };
        judge(&case, &Settings::default())
    }

    fn before_and_after(daily: i64, before: i64, after: i64) -> Effect {
        look(&[families(10, 30, daily, before), families(30, 60, daily, after)].concat(), &[], &[])
    }

    #[test]
    fn what_comes_back_less_often_works() {
        let effect = before_and_after(10, 4, 20);
        assert_eq!((effect.verdict, effect.baseline, effect.lacking()), (Verdict::Works, Baseline::Before, None));
        assert_eq!((effect.reference.recurrences, effect.after.recurrences), (50, 15));
        assert_eq!((effect.reference.at_risk, effect.after.at_risk), (2_000, 3_000));
        assert!((effect.ratio.estimate.unwrap() - 0.2).abs() < 1e-12 && effect.ratio.high < 1.0);
        assert_eq!(
            effect.sentences("Edit"),
            "works: 15 sessions in 3000 calls of Edit up to the first time since it was activated, 50 sessions in \
             2000 calls of Edit before. Ratio 0.20 (0.084 to 0.43) at 99 %."
        );
    }

    #[test]
    fn what_never_comes_back_works() {
        let effect = before_and_after(4, 5, 0);
        assert_eq!(effect.verdict, Verdict::Works);
        assert_eq!((effect.ratio.low, effect.ratio.estimate), (0.0, Some(0.0)));
    }

    #[test]
    fn what_comes_back_more_often_is_worse() {
        assert_eq!(before_and_after(10, 20, 4).verdict, Verdict::Worse);
        assert_eq!(before_and_after(10, 0, 4).verdict, Verdict::Worse);
    }

    #[test]
    fn what_stays_within_narrow_limits_has_no_effect() {
        let effect = before_and_after(20, 4, 4);
        assert_eq!((effect.verdict, effect.lacking()), (Verdict::NoEffect, None));
        assert!(effect.ratio.low > 0.5 && effect.ratio.high < 2.0);
    }

    #[test]
    fn what_is_told_to_be_missing_is_enough_but_for_one_recurrence() {
        let later = |more: i64| {
            let days = 40 + more / 2;
            let all = [families(10, 30, 2, 2), families(30, days, 2, 10)].concat();
            let (mined, activated, now) = (10 * DAY - 1, 30 * DAY, days * DAY);
            judge(&Case { mined, activated, now, shown: &all, held_back: &[], others: &[] }, &Settings::default())
        };
        let few = later(0);
        let Some(Lacking::More { calls, families: more }) = few.lacking() else { panic!("{:?}", few.lacking()) };
        assert_eq!(calls.div_ceil(10), more);
        // One in ten recurs, and the forecast counts parts of a recurrence: off by one, it is off by ten sessions.
        assert_eq!(later(more as i64 + 10).verdict, Verdict::Works);
        assert_eq!(later(more as i64 / 2).verdict, Verdict::NotEnoughData);
        let words = few.lacking().unwrap().words(few.baseline, "Edit");
        assert_eq!(
            words,
            format!("About {calls} more calls of Edit needed, some {more} sessions, if all goes on as it went")
        );
    }

    #[test]
    fn what_it_was_mined_from_is_no_baseline() {
        let all = [families(0, 10, 10, 2), families(30, 60, 10, 20)].concat();
        let effect = look(&all, &[], &[]);
        assert_eq!(effect.verdict, Verdict::NotEnoughData);
        assert_eq!(effect.lacking(), Some(Lacking::Baseline { families: 10, days: 3 }));
        assert_eq!(effect.reference.families, 0);
        assert_eq!(
            effect.lacking().unwrap().words(effect.baseline, "Edit"),
            "Missing are 10 more sessions on 3 more days with Edit between the logs it was mined from and its activation"
        );
    }

    #[test]
    fn little_support_is_told_by_what_is_missing() {
        let young = look(&[families(10, 30, 10, 4), families(30, 31, 4, 0)].concat(), &[], &[]);
        assert_eq!(young.lacking(), Some(Lacking::After { families: 6, days: 2 }));
        assert_eq!(before_and_after(4, 50, 80).lacking(), Some(Lacking::Recurrences { more: 2 }));
        let thin = look(&[families(10, 15, 4, 8), families(30, 60, 40, 8)].concat(), &[], &[]);
        assert_eq!((thin.verdict, thin.lacking()), (Verdict::NotEnoughData, Some(Lacking::BetterBaseline)));
        let empty = look(&[], &[], &[]);
        assert_eq!((empty.verdict, empty.ratio.estimate), (Verdict::NotEnoughData, None));
    }

    #[test]
    fn families_of_the_same_time_are_the_better_baseline() {
        let shown = [families(10, 30, 10, 2), families(30, 60, 10, 10)].concat();
        let held_back: Vec<Exposure> = families(30, 60, 10, 10)
            .into_iter()
            .map(|one| Exposure { family: one.family + 1_000_000, ..one })
            .collect();
        let effect = look(&shown, &held_back, &[]);
        assert_eq!((effect.baseline, effect.verdict), (Baseline::HeldBack, Verdict::NotEnoughData));
        assert_eq!(effect.ratio.estimate, Some(1.0));
        let few = look(&shown, &held_back[..9], &[]);
        assert_eq!((few.baseline, few.verdict), (Baseline::Before, Verdict::Works));
    }

    #[test]
    fn a_change_of_everything_is_no_effect_of_the_protocol() {
        let shown = [families(10, 30, 10, 4), families(30, 60, 10, 10)].concat();
        assert_eq!(look(&shown, &[], &[]).verdict, Verdict::Works);
        let others = [Other { mined: 0, exposures: &shown }];
        let effect = look(&shown, &[], &others);
        assert_eq!(effect.verdict, Verdict::NotEnoughData);
        assert!((effect.control.unwrap().estimate.unwrap() - 0.4).abs() < 1e-9);
        assert!((effect.ratio.estimate.unwrap() - 1.0).abs() < 1e-9);
        // A control that was mined too late to have a before says nothing.
        let late = [Other { mined: 30 * DAY, exposures: &shown }];
        assert_eq!(look(&shown, &[], &late).control, None);
    }

    #[test]
    fn nothing_that_is_given_makes_no_number() {
        let mut random = fastrand::Rng::with_seed(9);
        let odd = [0, 1, 2, 40, 1_000_000_000, u64::MAX];
        for _ in 0..3_000 {
            let days = random.i64(0..90);
            let all: Vec<Exposure> = (0..random.usize(0..60))
                .map(|family| {
                    let begin = random.i64(0..=days).wrapping_mul(DAY);
                    let [calls, incidents, first] = [0; 3].map(|_: u64| odd[random.usize(0..odd.len())]);
                    Exposure { family: family as u64, begin, end: begin, calls, incidents, first }
                })
                .collect();
            let (shown, rest) = all.split_at(random.usize(0..=all.len()));
            let moments = [i64::MIN, 0, 20 * DAY, 40 * DAY, i64::MAX];
            let [mined, activated, now] = [0; 3].map(|_: u64| moments[random.usize(0..moments.len())]);
            let others = [Other { mined, exposures: rest }];
            let case = Case { mined, activated, now, shown, held_back: rest, others: &others };
            for held_back in [rest, &[]] {
                let effect = judge(&Case { held_back, ..case }, &Settings { control: 1, ..Settings::default() });
                let ratio = effect.ratio;
                assert!(ratio.low <= ratio.high && !ratio.estimate.is_some_and(f64::is_nan), "{case:?}");
                assert!(effect.design_effect >= 1.0 && effect.design_effect.is_finite());
                assert_eq!(effect.verdict == Verdict::NotEnoughData, effect.lacking().is_some());
                assert!(!effect.sentences("Edit").contains("NaN"));
            }
        }
    }
}
