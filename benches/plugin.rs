//! What the border costs: compiling, loading, starting, and judging an event.
//!
//! `cargo bench --bench plugin`, or run the executable; numbers of one run on one machine.

use logwright::plugin::{
    AttributeView, Batch, Classifier, Compiler, EventView, Fault, Granted, Hit, Limits, Plugin, PluginSettings,
    Sandbox, builtin,
};
use std::time::{Duration, Instant};

/// Events in a batch.
const EVENTS: usize = 128;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = tempfile::tempdir()?;
    let sandbox = Sandbox::new(Limits::default(), Some(&cache.path().join("cache")), Compiler::Here)?;
    let load = || sandbox.load(builtin::CLASSIFIER, PluginSettings::default(), &Granted::Everything);
    let (cold, _) = time(load)?;
    println!("load, compiled now      {cold:>12.3?}");
    let (_, plugin) = time(load)?;
    println!("load, from the cache    {:>12.3?}", best(20, load)?);
    let mut classifier = plugin.classifier()?;
    let nothing = Batch::default();
    let first = best(200, || {
        classifier.renew();
        classifier.judge(&nothing)
    })?;
    println!("start and describe      {first:>12.3?}");
    println!("judge nothing           {:>12.3?}", best(200, || classifier.judge(&nothing))?);
    for (name, failures) in [("no failures", 0), ("1 in 20 failed", 20), ("all failed", 1)] {
        let batch = batch(failures);
        let taken = best(2000, || classifier.judge(&batch))?;
        println!("judge, {name:<16} {:>9.1} ns an event", taken.as_nanos() as f64 / EVENTS as f64);
    }
    Ok(())
}

fn time<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<(Duration, T), Fault> {
    let started = Instant::now();
    let value = run()?;
    Ok((started.elapsed(), value))
}

/// The median of so many runs.
fn best<T>(runs: usize, mut run: impl FnMut() -> Result<T, Fault>) -> Result<Duration, Fault> {
    let mut times = (0..runs).map(|_| time(&mut run).map(|(time, _)| time)).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times[runs / 2])
}

/// A batch such as transcripts give; one tool result in `failures` failed, 0 for none.
fn batch(failures: usize) -> Batch {
    let names = [
        "",
        "ok",
        "error",
        "tool-call",
        "tool-result",
        "response",
        "reasoning",
        "usage",
        "prompt",
        "progress",
        "Bash",
        "Read",
        "Edit",
        "mcp__tracker__search",
        "subtype",
        "bash_progress",
    ];
    let mut batch = Batch { names: names.map(str::to_owned).to_vec(), texts: vec![String::new()], ..Batch::default() };
    let kinds = [3, 4, 7, 3, 4, 6, 3, 4, 5, 9];
    for index in 0..EVENTS {
        let kind = kinds[index % kinds.len()];
        let mut event = EventView { kind, duration: 900, size: 2600, ..EventView::default() };
        let row = index as u32;
        if matches!(kind, 3 | 4) {
            event.tool = 10 + (row / 3) % 4;
        }
        if kind == 4 || failures == 1 {
            let failed = failures != 0 && (index / 3).is_multiple_of(failures);
            event.status = if failed { 2 } else { 1 };
            if failed {
                batch.texts.push("Exit code 1\nerror: test failed, to rerun pass `--lib`. 1".to_owned());
                event.text = batch.texts.len() as u32 - 1;
                batch.hits.push(Hit { event: row, literal: 3 });
            }
        }
        if kind == 9 {
            batch.attributes.push(AttributeView { event: row, name: 14, value: 15 });
        }
        batch.events.push(event);
    }
    batch
}
