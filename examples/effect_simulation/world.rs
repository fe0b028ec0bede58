//! A small world in which sessions call a tool and fail in bursts.

use fastrand::Rng;
use logwright::learning::effect::count::Exposure;
use std::f64::consts::TAU;

/// A day in milliseconds.
pub const DAY: i64 = 86_400_000;

/// How sessions go.
#[derive(Clone, Copy)]
pub struct World {
    /// Sessions a day.
    pub sessions: u32,
    /// Calls of a session on average, at least one each.
    pub calls: f64,
    /// The probability that trouble begins with a call.
    pub rate: f64,
    /// Incidents for each trouble, on average.
    pub burst: f64,
    /// The standard deviation of the logarithm of a session's own factor of the rate.
    pub sessions_differ: f64,
    /// The share of days on which the rate is ten times as high.
    pub bad_days: f64,
}

/// The world of which the tables speak if they do not say otherwise: trouble in a seventh of all sessions.
pub const PLAIN: World =
    World { sessions: 4, calls: 15.0, rate: 0.01, burst: 3.0, sessions_differ: 0.5, bad_days: 0.0 };

/// A normal deviate, by Box and Muller's method.
pub fn normal(random: &mut Rng) -> f64 {
    (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (TAU * random.f64()).cos()
}

/// One and more, geometrically distributed around a mean.
fn geometric(random: &mut Rng, mean: f64) -> u64 {
    if mean <= 1.0 {
        return 1;
    }
    1 + ((1.0 - random.f64()).ln() / (1.0 - 1.0 / mean).ln()) as u64
}

impl World {
    /// The same with the rate changed.
    pub fn times(self, factor: f64) -> World {
        World { rate: self.rate * factor, ..self }
    }

    /// The sessions of one day.
    pub fn day(&self, random: &mut Rng, day: i64) -> Vec<Exposure> {
        let factor = self.luck(random);
        (0..self.sessions).map(|number| self.session(random, day, number, factor)).collect()
    }

    /// The factor of the rate that all sessions of a day share.
    pub fn luck(&self, random: &mut Rng) -> f64 {
        if random.f64() < self.bad_days { 10.0 } else { 1.0 }
    }

    /// The sessions of days from one on and before another one.
    pub fn days(&self, random: &mut Rng, from: i64, until: i64) -> Vec<Exposure> {
        (from..until).flat_map(|day| self.day(random, day)).collect()
    }

    /// One session.
    pub fn session(&self, random: &mut Rng, day: i64, number: u32, factor: f64) -> Exposure {
        let calls = geometric(random, self.calls);
        let own = self.sessions_differ;
        let rate = self.rate * factor * (own * normal(random) - own * own / 2.0).exp();
        let (mut incidents, mut first, mut call) = (0, 0, 1);
        while call <= calls {
            if random.f64() < rate {
                first = if first == 0 { call } else { first };
                let burst = geometric(random, self.burst).min(calls - call + 1);
                incidents += burst;
                call += burst;
            } else {
                call += 1;
            }
        }
        let begin = day * DAY + i64::from(number) * 60_000;
        let family = day as u64 * 1_000 + u64::from(number);
        Exposure { family, begin, end: begin + 1, calls, incidents, first }
    }
}

/// A share in percent with one digit.
pub fn percent(count: usize, of: usize) -> String {
    format!("{:.1}", 100.0 * count as f64 / of.max(1) as f64)
}
