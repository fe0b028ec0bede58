//! Measures the whole of it on a corpus: each layer on one thread, then the program as it is used.
//!
//! `cargo bench --bench corpus -- [--corpus DIR] [--size 1GB] [--runs 5]`
//!
//! The corpus is made by multiplying the transcripts of a folder; without one, those of the fixtures. What is printed
//! are medians of one run on one machine, as the Markdown of `docs/performance.md`. Nothing is asserted: times belong to
//! the machine, and ratios to whoever reads them.

#[path = "corpus/families.rs"]
mod families;
#[path = "corpus/layers.rs"]
mod layers;
#[path = "corpus/multiply.rs"]
mod multiply;
#[path = "corpus/process.rs"]
mod process;
#[path = "corpus/program.rs"]
mod program;

use families::Corpus;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// What one run of something took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// From start to end.
    pub wall: Duration,
    /// In user space and in the kernel, all threads.
    pub cpu: Duration,
    /// What of it was spent in the kernel; 0 where it was not measured.
    pub kernel: Duration,
    /// Most memory resident at one time, in bytes; 0 where it was not measured.
    pub peak: u64,
}

/// The median of each number on its own.
pub fn median(mut costs: Vec<Cost>) -> Cost {
    fn middle<T: Ord + Copy>(costs: &mut [Cost], of: impl Fn(&Cost) -> T) -> T {
        costs.sort_by_key(&of);
        of(&costs[costs.len() / 2])
    }
    Cost {
        wall: middle(&mut costs, |cost| cost.wall),
        cpu: middle(&mut costs, |cost| cost.cpu),
        kernel: middle(&mut costs, |cost| cost.kernel),
        peak: middle(&mut costs, |cost| cost.peak),
    }
}

/// The arguments as understood.
struct Arguments {
    corpus: PathBuf,
    bytes: u64,
    runs: usize,
}

impl Arguments {
    fn read() -> Result<Arguments, Box<dyn Error>> {
        let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/claude-code");
        let mut arguments = Arguments { corpus: fixtures, bytes: 1_000_000_000, runs: 5 };
        let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--corpus" => arguments.corpus = value()?.into(),
                "--size" => arguments.bytes = bytes(&value()?).ok_or("--size is a number such as 200MB or 1GB")?,
                "--runs" => arguments.runs = value()?.parse::<usize>()?.max(1),
                _ => return Err(format!("unknown argument {word}").into()),
            }
        }
        Ok(arguments)
    }
}

fn bytes(text: &str) -> Option<u64> {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("", 1)];
    let (number, unit) = units.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    number.trim().parse::<u64>().ok()?.checked_mul(unit)
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { corpus: from, bytes, runs } = Arguments::read()?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let logs = folder.path().join("logs");
    fs::create_dir(&logs)?;
    eprintln!("multiplying the corpus ...");
    let written = multiply::multiply_to(&from, &logs, bytes)?;
    let corpus = Corpus::read(&logs)?;
    let (lines, events) = corpus.count()?;
    println!(
        "{} in {} files ({} copies), {lines} lines, {events} events; {}; medians of {runs} runs\n",
        size(written.bytes),
        written.files,
        written.copies,
        machine(),
    );
    println!("| layer, one thread | wall | CPU | a second of CPU | ratio |\n|---|---:|---:|---:|---:|");
    let mut unit = None;
    for (name, run) in corpus.layers(folder.path())? {
        eprintln!("{name} ...");
        let costs = (0..runs).map(|_| layers::measure(&run)).collect::<Result<Vec<_>, _>>()?;
        let cost = median(costs);
        let cpu = cost.cpu.as_secs_f64();
        let unit = *unit.get_or_insert(cpu);
        let rate = size((corpus.bytes as f64 / cpu) as u64);
        println!("| {name} | {} | {} | {rate} | {:.1} |", time(cost.wall), time(cost.cpu), cpu / unit);
    }
    let unit = unit.unwrap_or_default();
    println!("\n| the program | wall | CPU | in the kernel | ratio | peak memory |\n|---|---:|---:|---:|---:|---:|");
    let outcome = program::measure(folder.path(), &logs, runs, |name, cost| {
        let ratio = cost.cpu.as_secs_f64() / unit;
        let (wall, cpu, kernel) = (time(cost.wall), time(cost.cpu), time(cost.kernel));
        println!("| {name} | {wall} | {cpu} | {kernel} | {ratio:.2} | {} |", size(cost.peak));
    })?;
    println!(
        "\nThe house: copies {}, store {} ({:.1} % of the logs).",
        size(outcome.copies),
        size(outcome.store),
        100.0 * outcome.store as f64 / corpus.bytes as f64
    );
    Ok(())
}

fn time(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    if millis >= 1000.0 { format!("{:.2} s", millis / 1000.0) } else { format!("{millis:.0} ms") }
}

fn size(bytes: u64) -> String {
    let mega = bytes as f64 / 1e6;
    if mega >= 1000.0 { format!("{:.2} GB", mega / 1000.0) } else { format!("{mega:.0} MB") }
}

/// Cores and model of the processor, as far as the system tells.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let about = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    format!("{cores} cores, {}", model.map_or("unknown processor", |(_, name)| name))
}
