//! How often verdicts are wrong when somebody looks every day, and how long it takes until they are right.

use crate::world::{DAY, PLAIN, World, percent};
use fastrand::Rng;
use logwright::learning::effect::count::Exposure;
use logwright::learning::effect::rate::Tails;
use logwright::learning::effect::{Case, Effect, Settings, Verdict, judge};

const RUNS: usize = 2_000;
const BEFORE: i64 = 28;
const AFTER: i64 = 42;

/// Judges at the end of a day.
fn look(shown: &[Exposure], held_back: &[Exposure], day: i64, settings: &Settings) -> Effect {
    let case = Case { mined: -1, activated: BEFORE * DAY, now: day * DAY, shown, held_back, others: &[] };
    judge(&case, settings)
}

/// The families of a run: those that were shown, and of those after the activation every so manieth held back.
fn run(random: &mut Rng, world: World, effect: f64, held: u64, days: i64) -> [Vec<Exposure>; 2] {
    let mut shown = world.days(random, 0, BEFORE);
    let mut back = Vec::new();
    for day in BEFORE..BEFORE + days {
        let luck = world.luck(random);
        for number in 0..world.sessions {
            let turn = day as u64 * u64::from(world.sessions) + u64::from(number);
            if held > 0 && turn.is_multiple_of(held) {
                back.push(world.session(random, day, number, luck));
            } else {
                shown.push(world.session(random, day, number, luck * effect));
            }
        }
    }
    [shown, back]
}

/// False verdicts under no effect: at the end, and on any of the days.
pub fn looks() {
    println!("\n### Looking every day, no effect\n");
    println!("| sessions | interval | wrong on the last day | wrong on any day: works | worse | either |");
    println!("|---|---|---|---|---|---|");
    let bad = World { bad_days: 0.1, rate: 0.005, ..PLAIN };
    let worlds = [
        ("4 a day", PLAIN, AFTER, 0),
        ("4 a day, half a year", PLAIN, 182, 0),
        ("20 a day", World { sessions: 20, ..PLAIN }, AFTER, 0),
        ("20 a day, a bad day in ten", World { sessions: 20, ..bad }, AFTER, 0),
        ("20 a day, a bad day in ten, one in four held back", World { sessions: 20, ..bad }, AFTER, 4),
    ];
    for (name, world, days, held) in worlds {
        for (confidence, tails, method) in [
            (0.95, Tails::Exact, "exact"),
            (0.98, Tails::Exact, "exact"),
            (0.99, Tails::Exact, "exact"),
            (0.99, Tails::MidP, "mid-p"),
        ] {
            let settings = Settings { confidence, tails, ..Settings::default() };
            let mut random = Rng::with_seed(3);
            let (mut last, mut works, mut worse, mut either) = (0, 0, 0, 0);
            for _ in 0..RUNS {
                let [shown, back] = run(&mut random, world, 1.0, held, days);
                let verdicts: Vec<Verdict> =
                    (1..=days).map(|day| look(&shown, &back, BEFORE + day, &settings).verdict).collect();
                let (has_works, has_worse) = (verdicts.contains(&Verdict::Works), verdicts.contains(&Verdict::Worse));
                last += usize::from(matches!(verdicts.last(), Some(Verdict::Works | Verdict::Worse)));
                works += usize::from(has_works);
                worse += usize::from(has_worse);
                either += usize::from(has_works || has_worse);
            }
            let shares = [last, works, worse, either].map(|count| percent(count, RUNS));
            println!("| {name} | {} %, {method} | {} |", 100.0 * confidence, shares.join(" | "));
        }
    }
}

/// What is said in the end, by effect and number of families.
pub fn power() {
    println!("\n### What is said after six weeks\n");
    println!(
        "| baseline | sessions of the baseline + shown | true ratio | works | worse | no effect | not enough data |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (name, held) in [("before", 0), ("one in four held back", 4)] {
        for sessions in [1, 2, 4, 8, 16, 32] {
            let world = World { sessions, ..PLAIN };
            for truth in [1.0, 0.5, 0.2, 0.0] {
                let mut random = Rng::with_seed(4);
                let mut said = [0; 4];
                for _ in 0..RUNS / 2 {
                    let [shown, back] = run(&mut random, world, truth, held, AFTER);
                    let verdict = look(&shown, &back, BEFORE + AFTER, &Settings::default()).verdict;
                    let order = [Verdict::Works, Verdict::Worse, Verdict::NoEffect, Verdict::NotEnoughData];
                    for (said, one) in said.iter_mut().zip(order) {
                        *said += usize::from(one == verdict);
                    }
                }
                let shares = said.map(|count| percent(count, RUNS / 2));
                let all = AFTER as u64 * u64::from(sessions);
                let families = match all.checked_div(held) {
                    Some(back) => format!("{back} + {}", all - back),
                    None => format!("{} + {all}", BEFORE as u32 * sessions),
                };
                println!("| {name} | {families} | {truth} | {} |", shares.join(" | "));
            }
        }
    }
}
