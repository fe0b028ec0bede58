//! Intervals for rates of rare events.

/// From here on an approximation is as good.
const LARGE: u64 = 100_000;

/// The exact interval for the mean of a Poisson count, at a confidence in percent.
///
/// F. Garwood, "Fiducial Limits for the Poisson Distribution", Biometrika 28 (1936),
/// 437-442: the lower limit is the mean at which as many events or more have the
/// probability alpha / 2, the upper one that at which as many or fewer have it. Both are
/// quantiles of gamma distributions: `Q(alpha / 2; k)` and `Q(1 - alpha / 2; k + 1)`.
///
/// Where the count is so large that the difference could not be seen, the quantiles are
/// Wilson and Hilferty's (PNAS 17 (1931), 684-688), for their cost does not grow.
pub(crate) fn garwood(count: u64, confidence: u32) -> (f64, f64) {
    let tail = (1.0 - f64::from(confidence) / 100.0) / 2.0;
    let is_large = count > LARGE;
    let count = count as f64;
    if is_large {
        let z = (2.0 * quantile(0.5, 1.0 - 2.0 * tail)).sqrt();
        let near = |shape: f64, z: f64| shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt())).powi(3);
        return (near(count, -z), near(count + 1.0, z));
    }
    let low = if count > 0.0 { quantile(count, tail) } else { 0.0 };
    (low, quantile(count + 1.0, 1.0 - tail))
}

/// The value below which a gamma variable of that shape lies with that probability, by bisection.
fn quantile(shape: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0, shape + 20.0 * shape.sqrt() + 20.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if gamma(shape, middle) < probability { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The regularized lower incomplete gamma function P(a, x): by its series for small x, by
/// its continued fraction (Lentz's method) for large x; Press et al., "Numerical Recipes",
/// section 6.2.
fn gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let factor = (a * x.ln() - x - ln_gamma(a)).exp();
    // Both need some multiple of sqrt(a) steps near the mean.
    let steps = 100 + 20 * a.sqrt() as u64;
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..steps {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return (factor * sum).min(1.0);
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..steps {
        let step = step as f64;
        let an = -step * (step - a);
        b += 2.0;
        d = 1.0 / away_from_zero(an * d + b, TINY);
        c = away_from_zero(b + an / c, TINY);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    (1.0 - factor * fraction).max(0.0)
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

/// The logarithm of the gamma function of a positive number, by Stirling's series (Abramowitz
/// and Stegun, 6.1.41) after moving to where six terms are exact.
fn ln_gamma(value: f64) -> f64 {
    let (mut x, mut shift) = (value, 0.0);
    while x < 10.0 {
        shift += x.ln();
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let correction = series.iter().rev().fold(0.0, |sum, term| sum * square + term) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + correction - shift
}

#[cfg(test)]
mod tests {
    use super::garwood;

    #[track_caller]
    fn assert_near((low, high): (f64, f64), expected: (f64, f64), error: f64) {
        assert!((low - expected.0).abs() < error && (high - expected.1).abs() < error, "{low} to {high}");
    }

    /// The limits that are printed in tables of exact Poisson limits.
    #[test]
    fn limits_are_those_of_the_tables() {
        for (count, low, high) in [
            (0, 0.0, 3.6889),
            (1, 0.0253, 5.5716),
            (2, 0.2422, 7.2247),
            (3, 0.6187, 8.7673),
            (5, 1.6235, 11.6683),
            (10, 4.7954, 18.3904),
            (20, 12.2165, 30.8884),
            (50, 37.1110, 65.9188),
            (100, 81.3640, 121.6270),
        ] {
            assert_near(garwood(count, 95), (low, high), 5e-4);
        }
        assert_near(garwood(0, 99), (0.0, 5.2983), 1e-4);
        assert_near(garwood(10, 90), (5.4254, 16.9622), 1e-4);
    }

    #[test]
    fn the_approximation_begins_where_nobody_sees_it() {
        let (below, above) = (garwood(super::LARGE, 95), garwood(super::LARGE + 1, 95));
        assert_near((above.0 - below.0, above.1 - below.1), (1.0, 1.0), 0.01);
        let (low, high) = garwood(u64::MAX, 99);
        assert!(low.is_finite() && low < u64::MAX as f64 && high >= u64::MAX as f64 && high.is_finite());
    }
}
