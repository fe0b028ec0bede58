//! Support for tests of whole ingests: a yard with sources and houses in it, ingests through the library or through the
//! program, and everything that a house says, as text that can be compared.
//!
//! A house names its copies after the paths of their sources. Houses are therefore compared that were fed from the same
//! yard, and a source that is written again gets the time of change that belongs to its length.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use logwright::disk::{Disk, RealDisk};
use logwright::ingest::{Ingest, IngestError, Judges, Load, Mode, Report, open_house};
use logwright::intake::Place;
use logwright::layout::House;
use logwright::lineup::{Bench, Lineup};
use logwright::plugin::{Compiler, Fault, FaultKind};
use logwright::settings::Settings;
use logwright::store::{Answer, QueryValue, Reader, query};
use serde_json::Value;

use crate::redact::redact;

/// The time of all runs: 2026-02-01T12:00:00Z.
pub const NOW: i64 = 1_769_947_200_000;

/// The public tables, and the columns that tell of the run instead of the logs.
const TABLES: [&str; 10] =
    ["files", "sessions", "events", "usage", "findings", "incidents", "error_groups", "plugins", "drift", "quarantine"];

/// Columns that tell of the runs in which a plugin was used.
const USED: [&str; 2] = ["first_used", "last_used"];

/// A temporary folder with sources and any number of houses.
pub struct Yard {
    folder: tempfile::TempDir,
    houses: AtomicUsize,
}

impl Yard {
    /// An empty one, at a short path of constant width.
    pub fn new() -> Yard {
        Yard::below(Path::new("/tmp"))
    }

    fn below(base: &Path) -> Yard {
        let base = if base.is_dir() { base.to_owned() } else { std::env::temp_dir() };
        let base = fs::canonicalize(base).unwrap();
        let folder = tempfile::Builder::new().prefix("lw-").rand_bytes(6).tempdir_in(base).unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();
        Yard { folder, houses: AtomicUsize::new(0) }
    }

    /// An empty one in the memory of the machine, where there is such a place: for what is done thousands of times and
    /// need not outlive a loss of power.
    pub fn in_memory() -> Yard {
        Yard::below(Path::new("/dev/shm"))
    }

    /// The folder that holds everything.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Where the sources are.
    pub fn logs(&self) -> PathBuf {
        self.folder.path().join("logs")
    }

    /// A house that does not exist yet.
    pub fn house(&self) -> House {
        let number = self.houses.fetch_add(1, Ordering::Relaxed) + 1;
        House::at(self.folder.path().join(format!("house{number}")))
    }

    /// Writes a source; its time of change follows from its length.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.logs().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000 + bytes.len() as u64);
        file.set_modified(changed).unwrap();
        path
    }

    /// Copies a fixture, a file or folder, to the place that it has below `tests/fixtures/`.
    pub fn fixture(&self, name: &str) -> PathBuf {
        let from = crate::fixtures::fixtures(name);
        if from.is_dir() {
            for entry in fs::read_dir(from).unwrap() {
                self.fixture(&format!("{name}/{}", entry.unwrap().file_name().to_str().unwrap()));
            }
            return self.logs().join(name);
        }
        self.write(name, &fs::read(from).unwrap())
    }

    /// All sources, sorted.
    pub fn sources(&self) -> Vec<PathBuf> {
        files_below(&self.logs())
    }

    /// Runs the program on a house.
    pub fn run(&self, house: &House, arguments: &[&str]) -> Ran {
        Ran::of(self.command(house, arguments).output().unwrap(), self)
    }

    /// The program, ready to run on a house.
    pub fn command(&self, house: &House, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logwright"));
        let environment = [
            ("PATH", "/usr/bin:/bin"),
            ("TZ", "UTC"),
            ("NO_COLOR", "1"),
            ("COLUMNS", "100"),
            ("LC_ALL", "C.UTF-8"),
            ("LOGWRIGHT_NOW", "2026-02-01T12:00:00Z"),
        ];
        command.arg("--root").arg(house.root()).args(arguments).current_dir(self.root());
        command.env_clear().envs(environment).env("HOME", self.root().join("home"));
        command.env("LOGWRIGHT_PLUGIN_CACHE", plugin_cache());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A text in which paths and times are replaced by fixed words.
    pub fn redact(&self, text: &[u8]) -> String {
        let text = redact(&String::from_utf8_lossy(text), &self.root().display().to_string());
        text.replace("[TEMP-FOLDER-]", "TEMP").replace(" in [TIME]", "")
    }
}

/// What a run of the program left.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output, redacted.
    pub out: String,
    /// Standard error, redacted.
    pub err: String,
}

impl Ran {
    /// What an ended process left.
    pub fn of(output: std::process::Output, yard: &Yard) -> Ran {
        Ran { code: output.status.code(), out: yard.redact(&output.stdout), err: yard.redact(&output.stderr) }
    }

    /// The warnings and errors, with their further lines.
    pub fn said(&self) -> String {
        let mut keeps = false;
        let is_kept = |line: &&str| {
            keeps = match line.split_once(':').map(|(label, _)| label) {
                _ if line.starts_with("    ") => keeps,
                Some("note" | "detail") => false,
                Some("hint") => !line.contains("show --last"),
                _ => true,
            };
            keeps
        };
        self.err.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
    }
}

/// How an ingest through the library differs from an ordinary one.
pub struct How<'a> {
    /// The disk.
    pub disk: &'a dyn Disk,
    /// Threads.
    pub workers: usize,
    /// How much is understood anew.
    pub mode: Mode,
    /// Whether everything is kept and then no classifier starts, so that nothing is written down.
    pub stops_before_writing: bool,
    /// Whether what was removed is brought in again.
    pub again: bool,
    /// The time of the run.
    pub now: i64,
}

impl Default for How<'_> {
    fn default() -> Self {
        How { disk: &RealDisk, workers: 2, mode: Mode::Changes, stops_before_writing: false, again: false, now: NOW }
    }
}

/// Brings paths into a house through the library.
pub fn ingest_as(house: &House, paths: &[PathBuf], how: &How<'_>) -> Result<Report, IngestError> {
    let (mut settings, _) = Settings::parse("", Path::new("logwright.toml")).unwrap();
    settings.intake.workers = how.workers;
    let places: Vec<Place> = paths.iter().cloned().map(Place::Path).collect();
    open_house(house, &settings, how.disk)?;
    bench().with(|judges| {
        let refuse = || Err(Fault { kind: FaultKind::Refused, message: "stopped before writing".to_owned() });
        let load: &Load<'_> = if how.stops_before_writing { &refuse } else { judges.load };
        let ingest = Ingest {
            house,
            settings: &settings,
            disk: how.disk,
            judges: &Judges { load, ..*judges },
            again: how.again,
            now: how.now,
            stop: &AtomicBool::new(false),
            progress: &|_| {},
        };
        ingest.run(&places, None, how.mode)
    })
}

/// Brings paths into a house, which must succeed.
pub fn ingest(house: &House, paths: &[PathBuf]) -> Report {
    ingest_as(house, paths, &How::default()).unwrap()
}

/// Where the compiled plugins of all houses lie, so that they are compiled once.
pub fn plugin_cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins")
}

/// The plugins of a house without any of its own, compiled once.
pub fn bench() -> &'static Bench {
    static BENCH: OnceLock<(tempfile::TempDir, Bench)> = OnceLock::new();
    let (_, bench) = BENCH.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let house = House::at(folder.path());
        let (settings, _) = Settings::parse("", Path::new("logwright.toml")).unwrap();
        let lineup = Lineup::read(&house, &settings).unwrap();
        let bench = Bench::new(lineup, settings.plugin.limits, plugin_cache(), Compiler::Here);
        (folder, bench)
    });
    bench
}

/// Everything that a house says, row by row, but for the time of copying.
pub fn dump(house: &House) -> String {
    assert_sound(house);
    dump_without(house, &["copied"])
}

/// Like [`dump`], without further columns.
pub fn dump_without(house: &House, left_out: &[&str]) -> String {
    let mut all = String::new();
    for table in TABLES {
        let mut lines = rows(house, &format!("SELECT * FROM {table}"), &[left_out, &USED].concat());
        lines.sort();
        all.push_str(&format!("== {table}\n{}\n", lines.join("\n")));
    }
    all + "== error records\n" + &errors(house, left_out)
}

/// The rows of a statement, as text.
pub fn rows(house: &House, sql: &str, left_out: &[&str]) -> Vec<String> {
    let mut reader = Reader::open(&house.database()).unwrap();
    let (mut names, mut lines) = (Vec::new(), Vec::new());
    query(&mut reader, sql, |answer| {
        match answer {
            Answer::Columns(columns) => names = columns,
            Answer::Row(values) => {
                let shown = names.iter().zip(&values).filter(|(name, _)| !left_out.contains(&name.as_str()));
                let shown: Vec<String> = shown
                    .filter(|(_, value)| **value != QueryValue::Null)
                    .map(|(name, value)| match value {
                        QueryValue::Text(text) => format!("{name}={text:?}"),
                        QueryValue::Integer(number) => format!("{name}={number}"),
                        QueryValue::Real(number) => format!("{name}={number}"),
                        QueryValue::Null => String::new(),
                    })
                    .collect();
                lines.push(shown.join(" "));
            }
        }
        true
    })
    .unwrap();
    lines
}

/// Checks what the public tables do not show: nothing hangs in the air.
fn assert_sound(house: &House) {
    let with_family = "SELECT m.name AS n FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'family'";
    let tables = rows(house, with_family, &[]);
    assert!(tables.len() > 10, "the tables with a family were not found: {tables:?}");
    for table in tables.iter().map(|row| row.trim_start_matches("n=").trim_matches('"')) {
        let sql = format!("SELECT count(*) AS n FROM {table} WHERE family NOT IN (SELECT id FROM family)");
        assert_eq!(rows(house, &sql, &[]), ["n=0"], "rows of no family in {table}");
    }
    for (what, sql) in [
        ("families without a file", "SELECT id FROM family WHERE id NOT IN (SELECT family FROM file)"),
        ("files without a family", "SELECT path FROM file WHERE family IS NULL"),
        ("events of no file", "SELECT family FROM context WHERE file NOT IN (SELECT id FROM file)"),
        (
            "events of another family's file",
            "SELECT c.family FROM context c JOIN file f ON f.id = c.file WHERE f.family <> c.family",
        ),
        (
            "sources with several last parts",
            "SELECT source FROM file WHERE is_last AND source <> '' GROUP BY source HAVING count(*) > 1",
        ),
    ] {
        assert_eq!(rows(house, sql, &[]), Vec::<String>::new(), "{what}");
    }
    for path in rows(house, "SELECT path FROM file", &[]) {
        let path = path.trim_start_matches("path=").trim_matches('"').to_owned();
        assert!(house.resolve(&path).is_file(), "{path} is written down and missing");
    }
    assert!(!house.unfinished().exists(), "the house is marked as unfinished");
    assert_eq!(files_below(&house.incoming()), Vec::<PathBuf>::new(), "litter");
}

/// The raw logs of a house: size, hash and path.
pub fn kept(house: &House) -> String {
    let root = house.resolve("logs");
    let line = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        format!("{} {} {name}\n", bytes.len(), &blake3::hash(&bytes).to_hex()[..16])
    };
    let is_log = |path: &&PathBuf| !path.starts_with(house.resolve("logs/errors"));
    files_below(&root).iter().filter(is_log).map(line).collect()
}

/// The last record of each error, by the file that it stands in. What happened before differs with the order in which
/// the logs came, and a run that died may leave half a line.
fn errors(house: &House, left_out: &[&str]) -> String {
    let mut last: BTreeMap<(String, String), Value> = BTreeMap::new();
    for path in files_below(&house.resolve("logs/errors")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let Ok(mut record) = serde_json::from_str::<Value>(line) else { continue };
            let fields = record.as_object_mut().unwrap();
            let id = fields["id"].to_string();
            fields
                .retain(|name, _| !["what", "recorded"].contains(&name.as_str()) && !left_out.contains(&name.as_str()));
            last.insert((name.clone(), id), record);
        }
    }
    last.into_iter().map(|((name, _), record)| format!("{name} {record}\n")).collect()
}

/// Whether some copy in the house has exactly these bytes.
pub fn holds(house: &House, bytes: &[u8]) -> bool {
    files_below(&house.resolve("logs")).iter().any(|path| fs::read(path).unwrap() == bytes)
}

/// All files below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort_by(|one, two| one.as_os_str().as_bytes().cmp(two.as_os_str().as_bytes()));
    found
}

/// Asserts that two texts are the same, and shows where they differ.
#[track_caller]
pub fn assert_same(what: &str, expected: &str, actual: &str) {
    if expected == actual {
        return;
    }
    let diff = similar::TextDiff::from_lines(expected, actual).unified_diff().context_radius(0).to_string();
    let shown: Vec<&str> = diff.lines().take(40).collect();
    panic!("{what}\n{}", shown.join("\n"));
}

/// Two small families: a session with a sub-agent and its spilled output, and one of its own.
pub fn small_yard() -> Yard {
    let yard = Yard::new();
    yard.fixture("claude-code/projects/-home-dev-orrery");
    yard.fixture("claude-code/projects/-Users-chloe-c-slay");
    yard.fixture("claude-code/history.jsonl");
    yard.fixture("claude-code/debug");
    yard.fixture("claude-code/shell-snapshots");
    yard.fixture("claude-code/todos");
    yard
}
