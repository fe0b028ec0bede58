//! How a rate of rare events compares with another one: the exact ratio of two rates.
//!
//! Where events are rare and fall independently, of `x + y` events in two periods the number in the second one is
//! binomial, and its odds are the ratio of the rates times the ratio of the exposures (J. Przyborowski and H. Wilenski,
//! "Homogeneity of Results in Testing Samples from Poisson Series", Biometrika 31, 1940). Limits for these odds
//! are those of C. J. Clopper and E. S. Pearson (Biometrika 26, 1934): quantiles of beta distributions.
//!
//! Promised: every input gives a range without NaN. What is no count or no exposure counts as none. The regularized
//! incomplete beta function is the library's; its inverse is found here by bisection, since the library's own does not
//! always return. Where both counts are large, three cumulants take its place, for it is exact only below.

use statrs::function::beta::checked_beta_reg;
use statrs::function::erf::erfc_inv;

/// From here on, if both shapes are as large, three cumulants are as good as the beta distribution.
const LARGE: f64 = 1_000.0;

/// Counts above this say no more about a ratio, but are more than the library's beta function can take.
const HUGE: f64 = 1e8;

/// Odds are looked for between the exponentials of minus and plus this; counts and exposures of 64 bits stay within.
const WIDEST: f64 = 140.0;

/// What was counted, and in how much of what it could have happened in.
///
/// Both are real numbers, for they may have been divided by a design effect, or come from a prior.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Side {
    /// Events.
    pub count: f64,
    /// What they are counted against.
    pub exposure: f64,
}

impl Side {
    /// Takes what is no number, negative or endless for nothing, and cuts what no log could hold.
    pub fn new(count: f64, exposure: f64) -> Side {
        let number = |value: f64| if value.is_finite() && value > 1e-30 { value.min(1e30) } else { 0.0 };
        Side { count: number(count), exposure: number(exposure) }
    }

    /// Events for each unit of exposure, if there was any.
    pub fn rate(self) -> Option<f64> {
        (self.exposure > 0.0).then(|| self.count / self.exposure)
    }

    /// The same as if there were `factor` times as much of it.
    pub fn scaled(self, factor: f64) -> Side {
        Side::new(self.count * factor, self.exposure * factor)
    }
}

/// How the probability of the count itself is shared out between the tails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tails {
    /// The whole of it belongs to both tails: covers at least as often as it says.
    #[default]
    Exact,
    /// Half of it belongs to each tail (H. O. Lancaster, 1961): narrower, and covers as often as it says on average.
    MidP,
}

/// An estimate between its limits; from zero to infinity if nothing is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower limit.
    pub low: f64,
    /// The estimate; infinite if there was nothing to compare with, and missing if there was nothing at all.
    pub estimate: Option<f64>,
    /// The upper limit, which may be infinite.
    pub high: f64,
}

impl Range {
    /// Knows nothing.
    pub const UNKNOWN: Range = Range { low: 0.0, estimate: None, high: f64::INFINITY };

    /// Whether the value lies between the limits or on one.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The rate of `after` divided by that of `before`, with equal tails outside of the limits.
pub fn ratio(before: Side, after: Side, confidence: f64, tails: Tails) -> Range {
    let (before, after) = (Side::new(before.count, before.exposure), Side::new(after.count, after.exposure));
    let (Some(reference), Some(rate)) = (before.rate(), after.rate()) else {
        return Range::UNKNOWN;
    };
    let tail = (1.0 - if confidence.is_finite() { confidence.clamp(0.0, 1.0 - 1e-9) } else { 0.95 }) / 2.0;
    let time = before.exposure.ln() - after.exposure.ln();
    let high = (highest(before.count, after.count, tail, tails) + time).exp();
    let low = (-highest(after.count, before.count, tail, tails) + time).exp();
    let estimate =
        (reference > 0.0 || rate > 0.0).then(|| if reference > 0.0 { rate / reference } else { f64::INFINITY });
    Range { low, estimate, high }
}

/// The ratio that is as likely too high as too low: finite and above zero also where one of the counts is zero.
pub fn median(before: Side, after: Side) -> Option<f64> {
    let range = ratio(before, after, 0.0, Tails::MidP);
    let exact = ratio(before, after, 0.0, Tails::Exact);
    match (before.count > 0.0, after.count > 0.0) {
        (true, true) => Some(range.high),
        (true, false) => Some(exact.high),
        (false, true) => Some(exact.low),
        (false, false) => None,
    }
}

/// The normal deviate beyond which lies that probability.
pub fn deviate(tail: f64) -> f64 {
    std::f64::consts::SQRT_2 * erfc_inv(2.0 * tail.clamp(1e-12, 0.5))
}

/// The logarithm of the odds at which `inside` events or fewer, against `outside` others, have the probability `tail`.
fn highest(outside: f64, inside: f64, tail: f64, tails: Tails) -> f64 {
    if outside <= 0.0 {
        return f64::INFINITY;
    }
    let cut = (inside / HUGE).max(1.0).ln() - (outside / HUGE).max(1.0).ln();
    let (outside, inside) = (outside.min(HUGE), inside.min(HUGE));
    cut + highest_odds(outside, inside, tail, tails)
}

fn highest_odds(outside: f64, inside: f64, tail: f64, tails: Tails) -> f64 {
    match tails {
        Tails::Exact if outside.min(inside) >= LARGE => approximate(outside, inside + 1.0, tail),
        Tails::MidP if outside.min(inside) >= LARGE => {
            f64::midpoint(approximate(outside, inside + 1.0, tail), approximate(outside + 1.0, inside, tail))
        }
        Tails::Exact => bisect(tail, |odds| at_most(outside, inside + 1.0, odds)),
        Tails::MidP => bisect(tail, |odds| {
            f64::midpoint(at_most(outside, inside + 1.0, odds), at_most(outside + 1.0, inside, odds))
        }),
    }
}

/// The probability that a beta variable of these shapes is at most 1 / (1 + exp(odds)).
fn at_most(a: f64, b: f64, odds: f64) -> f64 {
    if b <= 0.0 {
        return 0.0;
    }
    let share = if odds > 0.0 { (-odds).exp() / (1.0 + (-odds).exp()) } else { 1.0 / (1.0 + odds.exp()) };
    checked_beta_reg(a, b, share).map_or(0.0, |value| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
}

/// Where a function that falls from one to zero passes `tail`.
fn bisect(tail: f64, falls: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-WIDEST, WIDEST);
    // After so many halvings they are a billionth of a percent apart.
    for _ in 0..45 {
        let middle = f64::midpoint(low, high);
        if falls(middle) > tail { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The same by the first three cumulants of the logarithm of beta odds (E. A. Cornish and R. A. Fisher, 1938); for shapes
/// as large the polygamma functions are the first terms of their series.
fn approximate(a: f64, b: f64, tail: f64) -> f64 {
    let (a, b) = (a - 0.5, b - 0.5);
    let variance = 1.0 / a + 1.0 / b;
    let skew = 1.0 / (a * a) - 1.0 / (b * b);
    let z = deviate(tail);
    (b / a).ln() + z * variance.sqrt() + (z * z - 1.0) / 6.0 * skew / variance
}

#[cfg(test)]
mod tests {
    use super::{HUGE, LARGE, Range, Side, Tails, deviate, median, ratio};

    fn exact(before: (f64, f64), after: (f64, f64), confidence: f64) -> Range {
        ratio(Side::new(before.0, before.1), Side::new(after.0, after.1), confidence, Tails::Exact)
    }

    #[track_caller]
    fn assert_near(value: f64, expected: f64, error: f64) {
        assert!((value / expected - 1.0).abs() < error, "{value} instead of {expected}");
    }

    /// The probability of `y` events or fewer after, and of exactly `y`, of `x + y` in all, summed term by term.
    fn tails(x: u32, y: u32, odds: f64) -> (f64, f64) {
        let (n, share) = (x + y, odds / (1.0 + odds));
        let mut terms = Vec::new();
        let mut ways = 1.0;
        for k in 0..=y {
            terms.push(ways * share.powi(k as i32) * (1.0 - share).powi((n - k) as i32));
            ways *= f64::from(n - k) / f64::from(k + 1);
        }
        (terms.iter().sum(), terms[y as usize])
    }

    /// Printed in the documentation of the R packages rateratio.test (2 in 17877 and 9 in 16660) and exactci (2 in 17877
    /// and 10 in 20000, by poisson.test).
    #[test]
    fn limits_are_those_that_other_programs_print() {
        let range = exact((9.0, 16660.0), (2.0, 17877.0), 0.95);
        assert_near(range.estimate.unwrap(), 0.207_094_155_7, 1e-9);
        assert_near(range.low, 0.021_774_06, 1e-6);
        assert_near(range.high, 1.000_549_10, 1e-8);
        let range = exact((10.0, 20000.0), (2.0, 17877.0), 0.95);
        assert_near(range.estimate.unwrap(), 0.223_751_2, 1e-6);
        assert_near(range.low, 0.023_837_38, 1e-6);
        assert_near(range.high, 1.049_954_68, 1e-8);
    }

    #[test]
    fn beyond_each_limit_lies_half_of_what_is_left() {
        for (x, y) in [(1, 1), (3, 0), (5, 2), (12, 30), (40, 7)] {
            for confidence in [0.9, 0.95, 0.99] {
                let tail = (1.0 - confidence) / 2.0;
                let sides = (Side::new(f64::from(x), 2.0), Side::new(f64::from(y), 3.0));
                let high = ratio(sides.0, sides.1, confidence, Tails::Exact).high * 1.5;
                assert_near(tails(x, y, high).0, tail, 1e-8);
                let high = ratio(sides.0, sides.1, confidence, Tails::MidP).high * 1.5;
                let (whole, last) = tails(x, y, high);
                assert_near(whole - last / 2.0, tail, 1e-8);
                if y > 0 {
                    let low = ratio(sides.0, sides.1, confidence, Tails::Exact).low * 1.5;
                    assert_near(1.0 - tails(x, y, low).0 + tails(x, y, low).1, tail, 1e-8);
                }
            }
        }
    }

    #[test]
    fn no_event_on_a_side_leaves_one_limit() {
        let none_after = exact((6.0, 100.0), (0.0, 50.0), 0.95);
        assert_eq!((none_after.low, none_after.estimate), (0.0, Some(0.0)));
        assert_near(none_after.high, (0.025_f64.powf(-1.0 / 6.0) - 1.0) * 2.0, 1e-9);
        let none_before = exact((0.0, 100.0), (6.0, 50.0), 0.95);
        assert_eq!((none_before.estimate, none_before.high), (Some(f64::INFINITY), f64::INFINITY));
        assert_near(none_before.low, 2.0 / (0.025_f64.powf(-1.0 / 6.0) - 1.0), 1e-9);
        assert_eq!(exact((0.0, 100.0), (0.0, 50.0), 0.95), Range::UNKNOWN);
        assert_eq!(exact((3.0, 0.0), (4.0, 50.0), 0.95), Range::UNKNOWN);
    }

    #[test]
    fn swapping_the_sides_inverts_the_ratio() {
        for (x, y) in [(0.0, 4.0), (1.0, 9.0), (7.5, 3.2), (5e3, 2e3), (2.0, 1e9)] {
            for tails in [Tails::Exact, Tails::MidP] {
                let (one, other) = (Side::new(x, 17.0), Side::new(y, 5.0));
                let (there, back) = (ratio(one, other, 0.95, tails), ratio(other, one, 0.95, tails));
                let products = [(there.low, back.high), (there.high, back.low)];
                for (low, high) in products.into_iter().filter(|(low, _)| *low > 0.0 && low.is_finite()) {
                    assert_near(low * high, 1.0, 1e-9);
                }
                assert_eq!(there.low == 0.0, back.high == f64::INFINITY);
            }
        }
    }

    #[test]
    fn more_events_raise_the_limits_and_more_confidence_parts_them() {
        let mut last = exact((20.0, 1.0), (0.0, 1.0), 0.95);
        for y in 1..3_000 {
            let range = exact((20.0, 1.0), (f64::from(y), 1.0), 0.95);
            assert!(range.low > last.low && range.high > last.high, "{y}");
            assert!(range.low < range.estimate.unwrap() && range.estimate.unwrap() < range.high, "{y}");
            last = range;
        }
        let (narrow, wide) = (exact((20.0, 1.0), (9.0, 1.0), 0.9), exact((20.0, 1.0), (9.0, 1.0), 0.99));
        assert!(wide.low < narrow.low && narrow.high < wide.high);
        let mid = ratio(Side::new(20.0, 1.0), Side::new(9.0, 1.0), 0.9, Tails::MidP);
        assert!(narrow.low < mid.low && mid.high < narrow.high);
    }

    #[test]
    fn the_approximation_begins_where_nobody_sees_it() {
        for other in [LARGE, 1e4, 1e6] {
            let (below, above) =
                (exact((LARGE - 1e-6, 1.0), (other, 1.0), 0.99), exact((LARGE, 1.0), (other, 1.0), 0.99));
            assert_near(above.low, below.low, 2e-5);
            assert_near(above.high, below.high, 2e-5);
        }
        let (below, above) = (exact((3.0, 1.0), (HUGE, HUGE), 0.95), exact((3.0, 1.0), (HUGE * 9.0, HUGE * 9.0), 0.95));
        assert_near(above.low, below.low, 1e-6);
        assert_near(above.high, below.high, 1e-6);
    }

    #[test]
    fn huge_counts_have_the_limits_of_the_normal_distribution() {
        let range = exact((1e9, 1e12), (1e9, 1e12), 0.95);
        let margin = 1.959_964 * (2e-8_f64).sqrt();
        assert_near(range.high, margin.exp(), 1e-6);
        assert_near(range.low, (-margin).exp(), 1e-6);
        assert_near(deviate(0.025), 1.959_963_985, 1e-8);
    }

    #[test]
    fn nothing_that_is_given_makes_no_number() {
        let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 0.3, 1.0, 999.9, 1e9, u64::MAX as f64, 1e300];
        for a in odd {
            for b in odd {
                for c in odd {
                    for d in odd {
                        let sides = (Side { count: a, exposure: b }, Side { count: c, exposure: d });
                        for confidence in [f64::NAN, 0.0, 0.95, 1.0, 7.0] {
                            let range = ratio(sides.0, sides.1, confidence, Tails::Exact);
                            assert!(range.low <= range.high && range.low >= 0.0, "{sides:?} {confidence} {range:?}");
                            assert!(!range.estimate.is_some_and(f64::is_nan), "{sides:?}");
                        }
                        assert!(!median(sides.0, sides.1).is_some_and(f64::is_nan), "{sides:?}");
                    }
                }
            }
        }
    }
}
