//! What retention costs: planning for 100,000 logs, and packing for the archive.
//!
//! `LOGWRIGHT_BENCH_CORPUS=DIR[:DIR] cargo bench --bench retention`
//!
//! The 100,000 logs are rows of a database and nothing else, for planning looks at nothing else. The corpus is a folder
//! of real logs; without one, the fixtures of the tests. What is printed are medians of one run on one machine; nothing
//! is asserted, for times belong to the machine.

#[path = "corpus/process.rs"]
mod process;

use logwright::disk::RealDisk;
use logwright::layout::{House, file_id};
use logwright::retention::Retention;
use logwright::settings::Settings;
use logwright::store::Writer;
use rusqlite::{Connection, params};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What one run of something took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// From start to end.
    pub wall: Duration,
    /// In user space and in the kernel, all threads.
    pub cpu: Duration,
    /// What of it was spent in the kernel.
    pub kernel: Duration,
    /// Most memory resident at one time, in bytes.
    pub peak: u64,
}

const LOGS: u64 = 100_000;
const RUNS: usize = 7;
/// 2026-01-01T00:00:00Z, when the logs were brought in.
const BEGIN: i64 = 1_767_225_600_000;
const DAY: i64 = 86_400_000;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let house = House::at(folder.path().join("large"));
    furnish(&house)?;
    println!("| {LOGS} logs | wall | CPU | peak memory |\n|---|---:|---:|---:|");
    let rows: [(&str, &[&str], i64); 5] = [
        ("`retain`, nothing due", &["retain", "-q"], 1),
        ("`retain --dry-run`, nothing due", &["retain", "--dry-run"], 1),
        ("`retain --dry-run`, all due for the archive", &["retain", "--dry-run"], 31),
        ("`retain --dry-run --format json`, all due", &["retain", "--dry-run", "--format", "json"], 31),
        ("`status`, for comparison", &["status"], 1),
    ];
    for (name, words, days) in rows {
        let cost = median((0..RUNS).map(|_| logwright(&house, words, BEGIN + days * DAY)).collect::<Result<_, _>>()?);
        row(name, cost);
    }
    Connection::open(house.database())?.execute_batch(
        "UPDATE file SET tier = 'archive', path = 'logs/archived-snapshots/2026/01/' || id || '.zst';
         INSERT OR REPLACE INTO fact VALUES('announced', 1767225600000);",
    )?;
    let words = ["retain", "--dry-run"];
    let cost = median((0..RUNS).map(|_| logwright(&house, &words, BEGIN + 120 * DAY)).collect::<Result<_, _>>()?);
    row("`retain --dry-run`, all due for removal", cost);
    let corpora = std::env::var("LOGWRIGHT_BENCH_CORPUS")
        .unwrap_or_else(|_| format!("{}/tests/fixtures/claude-code/projects", env!("CARGO_MANIFEST_DIR")));
    println!(
        "\n| corpus | logs | size | archived | ratio | speed | of `zstd -6 --long` |\n|---|---:|---:|---:|---:|---:|---:|"
    );
    for corpus in corpora.split(':') {
        archive(folder.path(), Path::new(corpus))?;
    }
    Ok(())
}

fn row(name: &str, cost: Cost) {
    println!("| {name} | {:.1} ms | {} ms | {:.1} MB |", millis(cost.wall), cost.cpu.as_millis(), mega(cost.peak));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.wall);
    let peak = costs.iter().map(|cost| cost.peak).max().unwrap_or_default();
    Cost { peak, ..costs[costs.len() / 2] }
}

fn logwright(house: &House, words: &[&str], now: i64) -> Result<Cost, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logwright"));
    command.arg("--root").arg(house.root()).args(words);
    command.env("LOGWRIGHT_NOW", logwright::event::format_rfc3339(now));
    Ok(process::run(&mut command)?)
}

/// A house whose database knows many logs, each a family of its own in one of a hundred projects.
fn furnish(house: &House) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(house.incoming())?;
    Writer::open(&house.database())?.finish()?;
    let mut database = Connection::open(house.database())?;
    let transaction = database.transaction()?;
    {
        let mut file = transaction.prepare(
            "INSERT INTO file(id, source, part, is_last, path, agent, form, shape, session, compression, length, hash,
                copied, size, modified_ns, inode, device, links, family, lines, events, first_time, last_time, tier,
                entered, stored, mode)
             VALUES(?1, ?2, 0, 1, ?3, 'claude-code', 'transcript', 'lines', ?4, '', 100000, ?5, ?6, 100000, 0, 0, 0,
                x'', ?1, 10, 10, ?6, ?6, 'active', ?6, 100000, 384)",
        )?;
        let mut family = transaction.prepare("INSERT INTO family VALUES(?1, 1, 1, 1, 0, 10, NULL)")?;
        let mut context =
            transaction.prepare("INSERT INTO context VALUES(?1, 0, ?1, ?2, 'claude-code', NULL, NULL, ?3, NULL)")?;
        for number in 0..LOGS {
            let session = format!("{number:08x}-0000-4000-8000-000000000000");
            let name = format!("20260101T000000Z_claude-code_{session}_0a0a0a0a.jsonl");
            let id = file_id(&name) as i64;
            let source = format!("/home/dev/.claude/projects/-home-dev-{}/{session}.jsonl", number % 100);
            let hash = blake3::hash(session.as_bytes()).to_hex().to_string();
            file.execute(params![id, source, format!("logs/sessions/{name}"), session, hash, BEGIN])?;
            family.execute([id])?;
            context.execute(params![id, session, format!("/home/dev/{}", number % 100)])?;
        }
    }
    transaction.commit()?;
    database.execute_batch("INSERT INTO fact VALUES('last_ingest', 1767225600000); PRAGMA optimize;")?;
    Ok(())
}

/// Archives a folder of logs, and packs the same files with the library as `zstd -6 --long` would.
fn archive(folder: &Path, corpus: &Path) -> Result<(), Box<dyn Error>> {
    let house = House::at(folder.join("house"));
    let ingest = ["ingest", "-q", corpus.to_str().ok_or("the corpus has a strange name")?];
    logwright(&house, &ingest, BEGIN)?;
    let copy = folder.join("copies");
    copy_flat(&house.resolve("logs/sessions"), &copy)?;
    let files: Vec<PathBuf> =
        fs::read_dir(&copy)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    let bytes: u64 = files.iter().map(|path| fs::metadata(path).map_or(0, |found| found.len())).sum();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (settings, _) = Settings::parse("", Path::new("logwright.toml"))?;
    let mut writer = Writer::open(&house.database())?;
    let never = AtomicBool::new(false);
    // After the last event, whatever year the corpus is of.
    let now = BEGIN + 3650 * DAY;
    let started = Instant::now();
    let retention = Retention {
        house: &house,
        settings: &settings,
        disk: &RealDisk,
        now,
        workers,
        stop: &never,
        progress: &|_| {},
    };
    let outcome = retention.run(&mut writer, None)?;
    let ours = started.elapsed();
    let started = Instant::now();
    let packed = pack_all(&files, workers, &folder.join("packed"))?;
    let theirs = started.elapsed();
    let (count, before, after) = outcome.applied.archived;
    let rate = |bytes: u64, time: Duration| mega(bytes) / time.as_secs_f64();
    println!(
        "| {} | {count} | {:.0} MB | {:.1} MB | {:.2} (zstd {:.2}) | {:.0} MB/s | {:.2} ({:.0} MB/s) |",
        corpus.file_name().unwrap_or_default().to_string_lossy(),
        mega(before),
        mega(after),
        before as f64 / after.max(1) as f64,
        bytes as f64 / packed.max(1) as f64,
        rate(before, ours),
        rate(before, ours) / rate(bytes, theirs),
        rate(bytes, theirs),
    );
    drop(writer);
    fs::remove_dir_all(house.root())?;
    fs::remove_dir_all(copy)?;
    Ok(fs::remove_dir_all(folder.join("packed"))?)
}

fn copy_flat(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Packs files in as many threads, each to a file of its own; their bytes.
fn pack_all(files: &[PathBuf], workers: usize, to: &Path) -> std::io::Result<u64> {
    fs::create_dir_all(to)?;
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Ok(0)));
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let packed = pack(path, &to.join(path.file_name().unwrap_or_default()));
                    if let Ok(mut total) = total.lock() {
                        *total = match (packed, &*total) {
                            (Ok(packed), Ok(before)) => Ok(before + packed),
                            (Err(error), Ok(_)) => Err(error),
                            (_, Err(_)) => continue,
                        };
                    }
                }
            });
        }
    });
    total.into_inner().unwrap_or(Ok(0))
}

/// What `zstd -6 --long` does, its checksum included, which waits for no disk.
fn pack(from: &Path, to: &Path) -> std::io::Result<u64> {
    let mut source = fs::File::open(from)?;
    let mut encoder = zstd::Encoder::new(fs::File::create(to)?, 6)?;
    encoder.include_checksum(true)?;
    encoder.set_pledged_src_size(Some(source.metadata()?.len()))?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(27)?;
    std::io::copy(&mut source, &mut encoder)?;
    Ok(encoder.finish()?.metadata()?.len())
}
