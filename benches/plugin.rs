//! What the border costs: loading and starting plugins, and judging in the sandbox beside the same crates linked
//! natively, given the same batches with the same texts.
//!
//! `cargo bench --bench plugin -- [--corpus DIR]`; without a folder, the logs of the fixtures. Medians of one run on one
//! machine, as the Markdown of `docs/performance.md`; nothing is asserted.

#[path = "corpus/families.rs"]
mod families;
#[path = "../tests/suite/native.rs"]
mod native;
#[path = "../tests/suite/recorded.rs"]
mod recorded;

use families::Corpus;
use logwright::pipeline::{Pipeline, Seat, Seats};
use logwright::plugin::{
    Analyzer, Batch, Classifier, Compiler, Extractor, Fault, Granted, IncidentBatch, Limits, LoadedPlugin, Plugin,
    PluginSettings, Sandbox, builtin,
};
use recorded::{Folded, Recorded};
use std::error::Error;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Times that each thing is measured.
const RUNS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--corpus"), Some(folder)) => PathBuf::from(folder),
        (None, _) => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")),
        _ => return Err("usage: cargo bench --bench plugin -- [--corpus DIR]".into()),
    };
    let cache = tempfile::tempdir()?;
    let sandbox = Sandbox::new(Limits::default(), Some(&cache.path().join("cache")), Compiler::Here)?;
    let load = |component| sandbox.load(component, PluginSettings::default(), &Granted::Everything);
    println!("| plugin | compiled | from the cache | started, and asked for the first time |\n|---|---:|---:|---:|");
    for own in builtin::ALL {
        let (cold, plugin) = time(|| load(own.component))?;
        let warm = median(RUNS, || time(|| load(own.component)).map(|(time, _)| time))?;
        let start = median(50, || time(|| start(&plugin)).map(|(time, ())| time))?;
        println!("| {} | {cold:.0?} | {warm:.1?} | {start:.0?} |", own.name);
    }

    let corpus = Corpus::read(&folder)?;
    let (bytes, (_, events)) = (corpus.bytes, corpus.count()?);
    let [classifier, extractor, analyzer] =
        [load(builtin::CLASSIFIER)?, load(builtin::PREVENTION)?, load(builtin::ANALYTICS)?];
    let (judging, batches) = Recorded::<_, Batch>::new(classifier.classifier()?);
    let (diagnosing, incidents) = Recorded::<_, IncidentBatch>::new(extractor.extractor()?);
    let (analyzing, folds) = Recorded::<_, Folded>::new(analyzer.analyzer()?);
    let mut pipeline = Pipeline::new(
        Seats {
            classifiers: vec![Seat::new(Box::new(judging))],
            extractors: vec![Seat::new(Box::new(diagnosing))],
            analyzers: vec![Seat::new(Box::new(analyzing))],
        },
        32,
    );
    corpus.understand(&mut pipeline)?;
    let (batches, incidents, folds) = (batches.take(), incidents.take(), folds.take());
    let nobody = || Seats { classifiers: Vec::new(), extractors: Vec::new(), analyzers: Vec::new() };
    let mut bare = Pipeline::new(nobody(), 32);
    let scan = median(RUNS, || time(|| corpus.understand(&mut bare)).map(|(time, ())| time))?;
    let per = |time: Duration, count: u64| time.as_nanos() as f64 / count.max(1) as f64;
    println!(
        "\n{:.1} MB, {events} events. Scanned without a plugin: {:.0} ns an event, {:.0} ms a GB.\n",
        bytes as f64 / 1e6,
        per(scan, events),
        per(scan, bytes) * 1e3,
    );
    println!(
        "| plugin | asked about | sandbox, each | native, each | ratio | ratio with the scan | of the scan | a GB |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let row = |name: &str, asked: u64, (sandbox, native): (Duration, Duration)| {
        println!(
            "| {name} | {asked} | {:.0} ns | {:.0} ns | {:.2} | {:.3} | {:.1} % | {:.0} ms |",
            per(sandbox, asked),
            per(native, asked),
            sandbox.as_secs_f64() / native.as_secs_f64(),
            (scan + sandbox).as_secs_f64() / (scan + native).as_secs_f64(),
            100.0 * sandbox.as_secs_f64() / scan.as_secs_f64(),
            per(sandbox, bytes) * 1e3,
        );
    };

    let mut sandboxed = classifier.classifier()?;
    let judged = pair(
        || batches.iter().try_for_each(|batch| sandboxed.judge(batch).map(|answer| drop(black_box(answer)))),
        || batches.iter().for_each(|batch| drop(black_box(native::judge(batch)))),
    )?;
    row("classifier", batches.iter().map(|batch| batch.events.len() as u64).sum(), judged);

    let mut sandboxed = extractor.extractor()?;
    let diagnosed = pair(
        || incidents.iter().try_for_each(|batch| sandboxed.diagnose(batch).map(|answer| drop(black_box(answer)))),
        || incidents.iter().for_each(|batch| drop(black_box(native::diagnose(batch)))),
    )?;
    row("prevention", incidents.iter().map(|batch| batch.incidents.len() as u64).sum(), diagnosed);

    let mut sandboxed = analyzer.analyzer()?;
    let analyzed = pair(
        || {
            folds.iter().try_for_each(|(batches, _)| {
                sandboxed.renew();
                batches.iter().try_for_each(|batch| sandboxed.observe(batch))?;
                sandboxed.save().map(|state| drop(black_box(state)))
            })
        },
        || {
            for (batches, _) in &folds {
                let mut analyzer = native::analyzer();
                batches.iter().for_each(|batch| native::observe(&mut analyzer, batch));
                drop(black_box(analyzer.save()));
            }
        },
    )?;
    let observed = folds.iter().flat_map(|(batches, _)| batches).map(|batch| batch.events.len() as u64);
    row("analytics", observed.sum(), analyzed);

    let mut families: u64 = 0;
    let renewed = median(RUNS, || {
        let (taken, ()) = time(|| {
            families = 0;
            folds.iter().try_for_each(|_| {
                families += 1;
                sandboxed.renew();
                sandboxed.save().map(drop)
            })
        })?;
        Ok::<_, Fault>(taken)
    })?;
    println!(
        "\nOf the analyzer, {:.0} µs for each of {families} families are its start.",
        per(renewed, families) / 1e3
    );
    Ok(())
}

/// The first call to a fresh instance, with nothing in it.
fn start(plugin: &LoadedPlugin) -> Result<(), Fault> {
    let empty = || vec![String::new()];
    match plugin.role() {
        logwright::plugin::Role::Classifier => {
            let batch = Batch { names: empty(), texts: empty(), ..Batch::default() };
            plugin.classifier()?.judge(&batch).map(drop)
        }
        logwright::plugin::Role::Extractor => {
            let batch = IncidentBatch { names: empty(), texts: empty(), ..IncidentBatch::default() };
            plugin.extractor()?.diagnose(&batch).map(drop)
        }
        logwright::plugin::Role::Analyzer => plugin.analyzer()?.save().map(drop),
    }
}

fn time<T, E>(run: impl FnOnce() -> Result<T, E>) -> Result<(Duration, T), E> {
    let started = Instant::now();
    let value = run()?;
    Ok((started.elapsed(), value))
}

fn median<E>(runs: usize, mut run: impl FnMut() -> Result<Duration, E>) -> Result<Duration, E> {
    let mut times = (0..runs).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times[runs / 2])
}

/// Medians of two things done in turn.
fn pair(
    mut sandboxed: impl FnMut() -> Result<(), Fault>,
    mut native: impl FnMut(),
) -> Result<(Duration, Duration), Fault> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        one.push(time(&mut sandboxed)?.0);
        let started = Instant::now();
        native();
        two.push(started.elapsed());
    }
    one.sort();
    two.sort();
    Ok((one[RUNS / 2], two[RUNS / 2]))
}
