//! Whether intervals hold the truth as often as they say.

use crate::world::{DAY, PLAIN, World, percent};
use fastrand::Rng;
use logwright::learning::effect::control::{against, common};
use logwright::learning::effect::count::{Counted, Period, count, design_effect};
use logwright::learning::effect::rate::{Range, Side, Tails, ratio};

const RUNS: usize = 4_000;

/// The probability of each Poisson count as far as it matters.
fn poisson(mean: f64) -> Vec<f64> {
    let most = (mean + 9.0 * mean.sqrt() + 12.0) as usize;
    let mut probability = (-mean).exp();
    let mut all = vec![probability];
    for count in 1..=most {
        probability *= mean / count as f64;
        all.push(probability);
    }
    all
}

/// Coverage of the plain interval where counts are Poisson, summed over all counts: no chance is in it.
pub fn independent() {
    println!("### Independent recurrences\n");
    println!(
        "| expected before | exposure after / before | true ratio | 95 % exact | 95 % mid-p | 99 % exact | 99 % mid-p |"
    );
    println!("|---|---|---|---|---|---|---|");
    let methods = [(0.95, Tails::Exact), (0.95, Tails::MidP), (0.99, Tails::Exact), (0.99, Tails::MidP)];
    for mean in [2.0, 5.0, 10.0, 30.0] {
        for exposure in [0.5, 2.0] {
            let most = poisson(mean * exposure).len();
            let ranges: Vec<Vec<[Range; 4]>> = (0..poisson(mean).len())
                .map(|x| {
                    let sides = |y: usize| (Side::new(x as f64, 1.0), Side::new(y as f64, exposure));
                    let limits = |y| methods.map(|(level, tails)| ratio(sides(y).0, sides(y).1, level, tails));
                    (0..most).map(limits).collect()
                })
                .collect();
            for truth in [1.0, 0.5, 0.1] {
                let after = poisson(mean * exposure * truth);
                let mut held = [0.0; 4];
                for (x, before) in poisson(mean).iter().enumerate() {
                    for (y, after) in after.iter().enumerate() {
                        for (held, range) in held.iter_mut().zip(&ranges[x][y]) {
                            *held += before * after * f64::from(u8::from(range.holds(truth)));
                        }
                    }
                }
                let held: Vec<String> = held.iter().map(|held| format!("{:.1}", 100.0 * held)).collect();
                println!("| {mean} | {exposure} | {truth} | {} |", held.join(" | "));
            }
        }
    }
}

/// The four ways to count, of which the last is what is done.
fn ways(before: &Counted, after: &Counted, tails: Tails) -> [Range; 4] {
    let (b, a) = (&before.tally, &after.tally);
    let effect = design_effect(&[before, after]);
    let limits = |b: Side, a: Side| ratio(b, a, 0.95, tails);
    [
        limits(Side::new(b.incidents as f64, b.calls as f64), Side::new(a.incidents as f64, a.calls as f64)),
        limits(Side::new(b.recurrences as f64, b.calls as f64), Side::new(a.recurrences as f64, a.calls as f64)),
        limits(b.side(), a.side()),
        limits(b.side().scaled(1.0 / effect), a.side().scaled(1.0 / effect)),
    ]
}

/// Coverage where incidents cluster, for each way to count.
pub fn clustered() {
    println!("\n### Clustered incidents\n");
    println!(
        "| sessions | true ratio | every incident | first, all calls | first, calls at risk | the same, design effect | the same, mid-p |"
    );
    println!("|---|---|---|---|---|---|---|");
    let plain = World { burst: 1.0, sessions_differ: 0.0, ..PLAIN };
    let bad = World { bad_days: 0.1, rate: 0.005, ..PLAIN };
    let cases: [(&str, World, World); 8] = [
        ("no clusters", plain, plain),
        ("bursts of 3", World { burst: 3.0, ..plain }, World { burst: 3.0, ..plain }),
        ("bursts of 10", World { burst: 10.0, ..plain }, World { burst: 10.0, ..plain }),
        ("sessions differ", World { sessions_differ: 1.0, ..PLAIN }, World { sessions_differ: 1.0, ..PLAIN }),
        ("three times as long after", PLAIN, World { calls: 45.0, ..PLAIN }),
        ("as long, five times as often", PLAIN.times(5.0), World { calls: 45.0, ..PLAIN }.times(5.0)),
        ("a bad day in ten", bad, bad),
        ("a bad day in ten, ten sessions a day", World { sessions: 10, ..bad }, World { sessions: 10, ..bad }),
    ];
    for (name, before, after) in cases {
        for truth in [1.0, 0.5] {
            let mut random = Rng::with_seed(1);
            let mut held = [0; 5];
            for _ in 0..RUNS {
                let sides = [
                    count(&before.days(&mut random, 0, 28), Period { from: 0, until: 28 * DAY }),
                    count(&after.times(truth).days(&mut random, 28, 70), Period { from: 28 * DAY, until: 70 * DAY }),
                ];
                let [every, first, at_risk, design] = ways(&sides[0], &sides[1], Tails::Exact);
                let mid = ways(&sides[0], &sides[1], Tails::MidP)[3];
                for (held, range) in held.iter_mut().zip([every, first, at_risk, design, mid]) {
                    *held += usize::from(range.holds(truth));
                }
            }
            println!("| {name} | {truth} | {} |", held.map(|held| percent(held, RUNS)).join(" | "));
        }
    }
}

/// Coverage of the ratio of ratios where everything changes by the same factor.
pub fn controlled() {
    println!("\n### With a control, when everything changes\n");
    println!(
        "| all rates | groups of the control | true ratio | 95 %, control divided out | 95 %, without the control | below 1 without | below 1 with |"
    );
    println!("|---|---|---|---|---|---|---|");
    for change in [1.0, 0.5, 2.0] {
        for groups in [1, 4] {
            for truth in [1.0, 0.5, 0.0] {
                let mut random = Rng::with_seed(2);
                let (mut used, mut held, mut below) = (0, [0; 2], [0; 2]);
                for _ in 0..RUNS {
                    let sides = |random: &mut Rng, world: World, effect: f64| {
                        let before = world.days(random, 0, 28);
                        let after = world.times(change * effect).days(random, 28, 70);
                        let period = |from: i64, until: i64| Period { from: from * DAY, until: until * DAY };
                        (count(&before, period(0, 28)).tally.side(), count(&after, period(28, 70)).tally.side())
                    };
                    let (before, after) = sides(&mut random, PLAIN, truth);
                    let others: Vec<(Side, Side)> = (0..groups)
                        .map(|group| sides(&mut random, PLAIN.times(1.0 + f64::from(group) / 2.0), 1.0))
                        .collect();
                    let Some(control) = common(&others, 0.95) else { continue };
                    used += 1;
                    let ranges = [
                        against(before, after, &control, 0.95, Tails::Exact),
                        ratio(before, after, 0.95, Tails::Exact),
                    ];
                    for (index, range) in ranges.iter().enumerate() {
                        held[index] += usize::from(range.holds(truth));
                        below[index] += usize::from(range.high < 1.0);
                    }
                }
                let shares = [held[0], held[1], below[1], below[0]].map(|count| percent(count, used));
                println!("| x {change} | {groups} | {truth} | {} |", shares.join(" | "));
            }
        }
    }
}
