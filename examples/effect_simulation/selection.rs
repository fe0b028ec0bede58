//! What is said of groups that were chosen because they had been frequent, when nothing is done about them.

use crate::world::{DAY, World, normal, percent};
use fastrand::Rng;
use logwright::learning::effect::count::{Exposure, Period, count, design_effect};
use logwright::learning::effect::rate::{Range, Side, Tails, ratio};
use logwright::learning::effect::{Case, Effect, Settings, judge};
use statrs::function::gamma::ln_gamma;

const WORLDS: usize = 25;
const GROUPS: usize = 150;
const WEEKS: i64 = 14;
/// Mined on the 28th day, activated at once or on the 56th.
const MINED: i64 = 28;
const LATER: i64 = 56;
/// Recurrences in four weeks that make a group a protocol.
const FREQUENT: f64 = 4.0;

/// The weeks of a group whose rate wanders: the logarithm is an autoregressive series.
fn group(random: &mut Rng, differ: f64, deviation: f64, memory: f64) -> Vec<Exposure> {
    let base = 0.001 * (differ * normal(random)).exp();
    let mut drift = deviation * normal(random);
    let mut all = Vec::new();
    for week in 0..WEEKS {
        let rate = (base * drift.exp()).min(0.5);
        let world = World { sessions: 4, calls: 15.0, rate, burst: 3.0, sessions_differ: 0.0, bad_days: 0.0 };
        all.extend(world.days(random, 7 * week, 7 * week + 7));
        drift = memory * drift + (1.0 - memory * memory).sqrt() * deviation * normal(random);
    }
    all
}

/// The gamma distribution under which what was seen of the groups, each at least once, is likeliest: as recurrences and
/// calls that are added to those of a group. A search by ever smaller steps.
fn prior(groups: &[Side]) -> Side {
    let likelihood = |shape: f64, mean: f64| -> f64 {
        let own = shape / mean;
        let of = |group: &Side| {
            let stay = (own / (own + group.exposure)).ln();
            ln_gamma(shape + group.count) - ln_gamma(shape)
                + shape * stay
                + group.count * (group.exposure / (own + group.exposure)).ln()
                - (-(shape * stay).exp_m1()).ln()
        };
        groups.iter().map(of).sum()
    };
    let (mut shape, mut mean, mut step) = (0.0_f64, -7.0_f64, 2.0);
    let mut best = likelihood(shape.exp(), mean.exp());
    while step > 0.01 {
        let around = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, 1.0), (-1.0, -1.0)];
        let next =
            around.iter().map(|(a, b)| ((shape + a * step).clamp(-4.0, 4.0), (mean + b * step).clamp(-14.0, 0.0)));
        match next.map(|(a, b)| (likelihood(a.exp(), b.exp()), a, b)).find(|found| found.0 > best) {
            Some(found) => (best, shape, mean) = found,
            None => step /= 2.0,
        }
    }
    Side::new(shape.exp(), shape.exp() / mean.exp())
}

fn told(exposures: &[Exposure], mined: i64, activated: i64, until: i64, confidence: f64) -> Range {
    let case = Case {
        mined: mined * DAY - 1,
        activated: activated * DAY,
        now: until * DAY,
        shown: exposures,
        held_back: &[],
        others: &[],
    };
    judge(&case, &Settings { confidence, ..Settings::default() }).ratio
}

fn with_held_back(exposures: &[Exposure], confidence: f64) -> Effect {
    let (held_back, shown): (Vec<Exposure>, Vec<Exposure>) = exposures.iter().partition(|one| one.family % 1_000 == 3);
    let case = Case {
        mined: MINED * DAY - 1,
        activated: MINED * DAY,
        now: (MINED + 42) * DAY,
        shown: &shown,
        held_back: &held_back,
        others: &[],
    };
    judge(&case, &Settings { confidence, ..Settings::default() })
}

/// Verdicts by baseline, where nothing has an effect.
pub fn selected() {
    println!("\n### Chosen because they were frequent, no effect\n");
    println!("| rates | baseline | 95 %: works | worse | 99 %: works | worse | median ratio |");
    println!("|---|---|---|---|---|---|---|");
    for (name, differ, deviation, memory) in [
        ("all alike", 0.2, 0.0, 0.0),
        ("differ, stay as they are", 1.2, 0.0, 0.0),
        ("differ, wander a little", 1.2, 0.5, 0.9),
        ("differ, wander much", 1.2, 1.0, 0.7),
    ] {
        let mut random = Rng::with_seed(5);
        let mut said = [[0; 4]; 5];
        let mut ratios: [Vec<f64>; 5] = Default::default();
        let mut chosen = 0;
        for _ in 0..WORLDS {
            let groups: Vec<Vec<Exposure>> =
                (0..GROUPS).map(|_| group(&mut random, differ, deviation, memory)).collect();
            let seen = |group: &[Exposure], from: i64, until: i64| {
                count(group, Period { from: from * DAY, until: until * DAY }).tally.side()
            };
            let every = |group: &[Exposure], from: i64, until: i64| {
                let tally = count(group, Period { from: from * DAY, until: until * DAY }).tally;
                Side::new(tally.incidents as f64, tally.calls as f64)
            };
            let known: Vec<Side> =
                groups.iter().map(|group| seen(group, 0, MINED)).filter(|side| side.count > 0.0).collect();
            let prior = prior(&known);
            for group in groups.iter().filter(|group| seen(group, 0, MINED).count >= FREQUENT) {
                chosen += 1;
                let mined = seen(group, 0, MINED);
                let periods = [(0, MINED), (MINED, MINED + 42)]
                    .map(|(from, until)| count(group, Period { from: from * DAY, until: until * DAY }));
                let factor = 1.0 / design_effect(&[&periods[0], &periods[1]]);
                let shrunk = Side::new(mined.count + prior.count, mined.exposure + prior.exposure).scaled(factor);
                for (level, confidence) in [0.95, 0.99].into_iter().enumerate() {
                    let ranges = [
                        ratio(every(group, 0, MINED), every(group, MINED, MINED + 42), confidence, Tails::Exact),
                        told(group, 0, MINED, MINED + 42, confidence),
                        ratio(shrunk, seen(group, MINED, MINED + 42).scaled(factor), confidence, Tails::Exact),
                        told(group, MINED, LATER, LATER + 42, confidence),
                        with_held_back(group, confidence).ratio,
                    ];
                    for (index, range) in ranges.iter().enumerate() {
                        said[index][2 * level] += usize::from(range.high < 1.0);
                        said[index][2 * level + 1] += usize::from(range.low > 1.0);
                        if level == 0 {
                            ratios[index].extend(range.estimate);
                        }
                    }
                }
            }
        }
        let baselines = [
            "every incident, the period of mining",
            "the period of mining",
            "the same, shrunk",
            "four weeks between",
            "one in four held back",
        ];
        for (index, baseline) in baselines.iter().enumerate() {
            ratios[index].sort_by(f64::total_cmp);
            let median = ratios[index].get(ratios[index].len() / 2).copied().unwrap_or_default();
            let shares = said[index].map(|count| percent(count, chosen));
            println!("| {name} ({chosen} groups) | {baseline} | {} | {median:.2} |", shares.join(" | "));
        }
    }
}
