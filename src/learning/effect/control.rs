//! What would have happened anyway: the change of rates of error groups whose protocols were never shown.
//!
//! Groups differ in rates and in how long they were observed, so that each is a stratum of its own. Their common ratio is
//! Mantel and Haenszel's for rates, with the variance of S. Greenland and J. M. Robins ("Estimation of a Common Effect
//! Parameter from Sparse Follow-Up Data", Biometrics 41, 1985). By it the ratio of the protocol's own group is
//! divided, and the limits are put together from those of both by MOVER (A. Donner and G. Y. Zou, "Closed-form
//! confidence intervals for functions of the normal mean and standard deviation", Statistical Methods in Medical
//! Research 21, 2012), on logarithms. Where the group has no recurrences on one side its estimate is none that a
//! logarithm is known of; the estimate that is as likely too high as too low takes its place.

use super::rate::{Range, Side, Tails, deviate, median, ratio};

/// The ratio after / before that several groups have in common; none if one side has no events.
pub fn common(groups: &[(Side, Side)], confidence: f64) -> Option<Range> {
    let (mut upper, mut lower, mut spread) = (0.0, 0.0, 0.0);
    for &(before, after) in groups {
        let whole = before.exposure + after.exposure;
        if whole > 0.0 {
            upper += after.count * (before.exposure / whole);
            lower += before.count * (after.exposure / whole);
            spread += (before.count + after.count) * (before.exposure / whole) * (after.exposure / whole);
        }
    }
    if upper <= 0.0 || lower <= 0.0 {
        return None;
    }
    let estimate = upper / lower;
    let margin = deviate((1.0 - confidence) / 2.0) * (spread / upper / lower).sqrt();
    Some(Range { low: estimate * (-margin).exp(), estimate: Some(estimate), high: estimate * margin.exp() })
}

/// The ratio after / before, divided by that of the control.
pub fn against(before: Side, after: Side, control: &Range, confidence: f64, tails: Tails) -> Range {
    let own = ratio(before, after, confidence, tails);
    let (Some(middle), Some(change)) = (median(before, after), control.estimate) else {
        return Range::UNKNOWN;
    };
    let up = distance(own.high, middle).hypot(distance(change, control.low));
    let down = distance(middle, own.low).hypot(distance(control.high, change));
    let centre = middle / change;
    if !(centre > 0.0 && centre.is_finite()) || up.is_nan() || down.is_nan() {
        return Range::UNKNOWN;
    }
    Range { low: centre * (-down).exp(), estimate: own.estimate.map(|own| own / change), high: centre * up.exp() }
}

/// How far two ratios are apart.
fn distance(greater: f64, smaller: f64) -> f64 {
    greater.ln() - smaller.ln()
}

#[cfg(test)]
mod tests {
    use super::{against, common};
    use crate::learning::effect::rate::{Range, Side, Tails, ratio};

    fn near(value: f64, expected: f64) -> bool {
        (value / expected - 1.0).abs() < 1e-6
    }

    #[test]
    fn one_group_has_its_own_ratio_and_the_variance_of_two_counts() {
        let range = common(&[(Side::new(20.0, 400.0), Side::new(30.0, 300.0))], 0.95).unwrap();
        let margin = (1.959_963_985 * (1.0_f64 / 20.0 + 1.0 / 30.0).sqrt()).exp();
        assert!(near(range.estimate.unwrap(), 2.0), "{range:?}");
        assert!(near(range.high, 2.0 * margin) && near(range.low, 2.0 / margin), "{range:?}");
    }

    /// Added up, the frequent group, which was observed for longer after, would make a rise of what stayed as it was.
    #[test]
    fn groups_of_different_rates_are_not_added_up() {
        let groups =
            [(Side::new(10.0, 1_000.0), Side::new(10.0, 1_000.0)), (Side::new(20.0, 100.0), Side::new(200.0, 1_000.0))];
        assert!(near(common(&groups, 0.95).unwrap().estimate.unwrap(), 1.0));
    }

    #[test]
    fn a_control_without_events_on_a_side_says_nothing() {
        assert_eq!(common(&[], 0.95), None);
        assert_eq!(common(&[(Side::new(0.0, 9.0), Side::new(3.0, 9.0))], 0.95), None);
        assert_eq!(common(&[(Side::new(3.0, 9.0), Side::new(0.0, 9.0))], 0.95), None);
    }

    #[test]
    fn a_control_that_is_certain_of_no_change_changes_nothing() {
        let certain = Range { low: 1.0, estimate: Some(1.0), high: 1.0 };
        for (x, y) in [(20.0, 9.0), (20.0, 0.0), (0.0, 20.0)] {
            let (before, after) = (Side::new(x, 50.0), Side::new(y, 40.0));
            let own = ratio(before, after, 0.95, Tails::Exact);
            let range = against(before, after, &certain, 0.95, Tails::Exact);
            assert_eq!(range.estimate, own.estimate);
            assert!(range.low == own.low || near(range.low, own.low), "{range:?} {own:?}");
            assert!(range.high == own.high || near(range.high, own.high), "{range:?} {own:?}");
        }
    }

    #[test]
    fn what_changed_for_all_is_divided_out_and_makes_less_sure() {
        let control = common(&[(Side::new(80.0, 100.0), Side::new(40.0, 100.0))], 0.95).unwrap();
        let (before, after) = (Side::new(40.0, 100.0), Side::new(20.0, 100.0));
        let own = ratio(before, after, 0.95, Tails::Exact);
        let range = against(before, after, &control, 0.95, Tails::Exact);
        assert!(own.high < 1.0 && range.holds(1.0) && near(range.estimate.unwrap(), 1.0));
        assert!(range.high / range.low > own.high / own.low);
    }

    #[test]
    fn nothing_that_is_given_makes_no_number() {
        let odd = [0.0, 1e-300, 0.3, 5.0, 1e9, u64::MAX as f64];
        for a in odd {
            for b in odd {
                for c in odd {
                    for d in odd {
                        let (before, after) = (Side::new(a, b), Side::new(c, d));
                        for control in
                            [common(&[(before, after), (after, before)], 0.99), common(&[(before, after)], 1.0)]
                        {
                            let Some(control) = control else { continue };
                            let range = against(before, after, &control, 0.99, Tails::Exact);
                            assert!(range.low <= range.high, "{before:?} {after:?} {control:?} {range:?}");
                            assert!(!range.estimate.is_some_and(f64::is_nan), "{before:?} {after:?}");
                        }
                    }
                }
            }
        }
    }
}
