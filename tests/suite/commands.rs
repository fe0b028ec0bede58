//! Command tests: each folder below `tests/commands/` that holds a file `command` is one.
//!
//! | file | what it says |
//! |---|---|
//! | `command` | the steps, one for each line: runs of the program and changes of files (see `steps.rs`) |
//! | `before/` | files copied into the folder first; `before/home/` becomes the home folder |
//! | `stdout`, `stderr` | what the program writes, redacted (see `redact.rs`); no file: nothing |
//! | `status` | exit codes, one line for each run; no file: all 0 |
//! | `after` | optional: the files below the folder in the end |
//!
//! With more than one run, each part of `stdout` and `stderr` begins with a line `$ ` and the run.
//!
//! A line of `after` is mode, size, hash and path; a folder without files ends with `/` and a link shows `-> TARGET`.
//! In an expected line `*` stands for any mode, size or hash, and a path that ends with `/**` for any number of files.
//! Keep these marks for what differs from run to run, such as a database.
//!
//! The program runs in a fresh folder, which is also its working directory, with a clean environment: `HOME` is `home` in
//! it, `XDG_*` below that, `TZ=UTC`, `NO_COLOR=1`, `COLUMNS=100`, `LC_ALL=C.UTF-8`, and `LOGWRIGHT_NOW` stops the clock.
//! The step `env` changes what follows.
//!
//! `UPDATE_EXPECTED=1 cargo test --release --test suite commands` rewrites the expected files; lines of `after` that carry
//! a mark stay. Read the difference before you commit it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use similar::TextDiff;

use crate::redact::redact;
use crate::steps::{Step, change_files, copy, parse};

/// Noon of a day on which all fixtures are past.
const NOW: &str = "2026-08-02T12:00:00Z";

/// A guess, far beyond what any command needs.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// What a run of command tests needs to know.
struct Runner<'a> {
    program: &'a Path,
    cases: &'a Path,
    fixtures: &'a Path,
    mode: Mode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Compare,
    Update,
}

/// Runs all cases and returns one text for each that failed.
fn run_all(runner: &Runner) -> Vec<String> {
    // Files that the program creates must not depend on the mask of whoever runs the tests.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let cases = cases(runner.cases);
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = case.strip_prefix(runner.cases).unwrap_or(case).display().to_string();
                    if let Err(why) = run_case(runner, case) {
                        failures.lock().unwrap().insert(name.clone(), format!("== {name}\n{why}"));
                    }
                }
            });
        }
    });
    failures.into_inner().unwrap().into_values().collect()
}

/// Lists the folders with a file `command`, at any depth.
fn cases(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|why| panic!("{}: {why}", dir.display())) {
        let path = entry.unwrap().path();
        if path.join("command").is_file() {
            found.push(path);
        } else if path.is_dir() {
            let below = cases(&path);
            assert!(!below.is_empty(), "{} holds neither a file `command` nor tests", path.display());
            found.extend(below);
        }
    }
    found.sort();
    found
}

fn run_case(runner: &Runner, case: &Path) -> Result<(), String> {
    // A short path of constant width: tables depend on it.
    let base = if Path::new("/tmp").is_dir() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let base = fs::canonicalize(base).map_err(|why| why.to_string())?;
    let outer = tempfile::Builder::new().prefix("lw-").rand_bytes(6).tempdir_in(base).map_err(|why| why.to_string())?;
    let folder = outer.path().join("t");
    fs::create_dir_all(folder.join("home")).map_err(|why| why.to_string())?;
    if case.join("before").is_dir() {
        copy(&case.join("before"), &folder).map_err(|why| format!("before: {why}"))?;
    }
    let shown = redacted_with(&folder);
    let actual = perform(runner, case, &folder, outer.path(), &shown)?;
    let mut report = String::new();
    for (name, actual) in &actual {
        let path = case.join(name);
        let expected = fs::read_to_string(&path).ok();
        if *name == "after" && expected.is_none() {
            continue;
        }
        let expected = expected.unwrap_or_default();
        let actual = if *name == "after" { with_marks(&expected, actual) } else { actual.clone() };
        if expected == actual {
            continue;
        }
        if runner.mode == Mode::Update {
            let written =
                if actual.is_empty() && *name != "after" { fs::remove_file(&path) } else { fs::write(&path, &actual) };
            written.map_err(|why| format!("{}: {why}", path.display()))?;
        } else {
            report.push_str(&difference(name, &expected, &actual));
        }
    }
    if report.is_empty() { Ok(()) } else { Err(report) }
}

/// The redaction for a folder.
fn redacted_with(folder: &Path) -> impl Fn(&[u8]) -> String + use<> {
    let folder = folder.display().to_string();
    let outer = folder.strip_suffix("/t").unwrap_or(&folder).to_owned();
    move |bytes| redact(&String::from_utf8_lossy(bytes), &outer)
}

/// Carries out the steps of a case; returns each expected file with what it should hold.
fn perform(
    runner: &Runner,
    case: &Path,
    folder: &Path,
    outer: &Path,
    shown: &dyn Fn(&[u8]) -> String,
) -> Result<Vec<(&'static str, String)>, String> {
    let home = folder.join("home").display().to_string();
    let text = fs::read_to_string(case.join("command")).map_err(|why| why.to_string())?;
    let steps = parse(&text, &home)?;
    let runs = steps.iter().filter(|step| matches!(step, Step::Run { .. })).count();
    let mut environment = environment(&home);
    let (mut stdout, mut stderr, mut codes) = (String::new(), String::new(), Vec::new());
    for step in &steps {
        match step {
            Step::Env { name, value: Some(value) } => drop(environment.insert(name.clone(), value.clone())),
            Step::Env { name, value: None } => drop(environment.remove(name)),
            Step::Files { line, words } => {
                change_files(words, folder, runner.fixtures).map_err(|why| format!("{line}: {why}"))?;
            }
            Step::Run { line, arguments, input } => {
                let input = input.as_ref().map(|path| folder.join(path));
                let ran = execute(runner.program, arguments, input.as_deref(), folder, outer, &environment)
                    .map_err(|why| format!("{line}: {why}"))?;
                for (all, part) in [(&mut stdout, &ran.stdout), (&mut stderr, &ran.stderr)] {
                    if runs > 1 {
                        let _ = writeln!(all, "$ {line}");
                    }
                    all.push_str(&shown(part));
                    if runs > 1 && !part.is_empty() && !part.ends_with(b"\n") {
                        all.push_str("\n[no newline at the end]\n");
                    }
                }
                codes.push(match (ran.status.code(), ran.status.signal()) {
                    (Some(code), _) => code.to_string(),
                    (None, signal) => format!("signal {}", signal.unwrap_or_default()),
                });
            }
        }
    }
    let status = if codes.iter().all(|code| code == "0") { String::new() } else { codes.join("\n") + "\n" };
    let after = tree(folder, folder, shown).map_err(|why| format!("after: {why}"))?;
    if runs > 1 {
        // Headings alone say nothing.
        for all in [&mut stdout, &mut stderr] {
            if all.lines().all(|line| line.starts_with("$ ")) {
                all.clear();
            }
        }
    }
    Ok(vec![("stdout", stdout), ("stderr", stderr), ("status", status), ("after", after)])
}

fn environment(home: &str) -> BTreeMap<String, String> {
    let pairs = [
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("HOME", home.to_owned()),
        ("XDG_CACHE_HOME", format!("{home}/.cache")),
        ("XDG_CONFIG_HOME", format!("{home}/.config")),
        ("XDG_DATA_HOME", format!("{home}/.local/share")),
        ("XDG_STATE_HOME", format!("{home}/.local/state")),
        ("TZ", "UTC".to_owned()),
        ("NO_COLOR", "1".to_owned()),
        ("COLUMNS", "100".to_owned()),
        ("LC_ALL", "C.UTF-8".to_owned()),
        ("LOGWRIGHT_NOW", NOW.to_owned()),
    ];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

struct Ran {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: ExitStatus,
}

fn execute(
    program: &Path,
    arguments: &[String],
    input: Option<&Path>,
    folder: &Path,
    outer: &Path,
    environment: &BTreeMap<String, String>,
) -> std::io::Result<Ran> {
    // Files instead of pipes: a pipe nobody reads could fill and stop the program.
    let (out, err) = (outer.join("out"), outer.join("err"));
    let input = input.map_or(Ok(Stdio::null()), |path| File::open(path).map(Stdio::from))?;
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("LOGWRIGHT_PLUGIN_CACHE", crate::house::plugin_cache())
        .envs(environment)
        .stdin(input)
        .stdout(File::create(&out)?)
        .stderr(File::create(&err)?)
        .spawn()?;
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if waited > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            return Err(std::io::Error::other(format!("still running after {} s", TIME_LIMIT.as_secs())));
        }
        std::thread::sleep(pause);
        waited += pause;
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    Ok(Ran { stdout: fs::read(out)?, stderr: fs::read(err)?, status })
}

/// Lists the files below a folder, sorted: mode, size, hash and path.
fn tree(dir: &Path, root: &Path, shown: &dyn Fn(&[u8]) -> String) -> std::io::Result<String> {
    let mut lines = Vec::new();
    let mut entries = fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let name = shown(path.strip_prefix(root).unwrap_or(&path).as_os_str().as_encoded_bytes());
        let data = fs::symlink_metadata(&path)?;
        let mode = data.permissions().mode() & 0o7777;
        if data.is_symlink() {
            let target = shown(fs::read_link(&path)?.as_os_str().as_encoded_bytes());
            lines.push(format!("- - - {name} -> {target}\n"));
        } else if data.is_dir() {
            let below = tree(&path, root, shown)?;
            lines.push(if below.is_empty() { format!("{mode:04o} - - {name}/\n") } else { below });
        } else if let Ok(bytes) = fs::read(&path) {
            let hash = &blake3::hash(&bytes).to_hex()[..16];
            lines.push(format!("{mode:04o} {} {hash} {name}\n", bytes.len()));
        } else {
            lines.push(format!("{mode:04o} {} unreadable {name}\n", data.len()));
        }
    }
    Ok(lines.concat())
}

/// Puts the marks of the expected lines into the actual ones that they match.
fn with_marks(expected: &str, actual: &str) -> String {
    let fields = |line: &str| line.splitn(4, ' ').map(str::to_owned).collect::<Vec<_>>();
    let marks: Vec<_> = expected.lines().map(fields).filter(|line| line.len() == 4).collect();
    let mut out: Vec<String> = Vec::new();
    for line in actual.lines() {
        let mut line = fields(line);
        let mark = marks.iter().find(|mark| match mark[3].strip_suffix("**") {
            Some(folder) => line[3].starts_with(folder),
            None => mark[3] == line[3],
        });
        if let Some(mark) = mark {
            for (field, mark) in line.iter_mut().zip(mark) {
                if mark == "*" || mark.ends_with("/**") {
                    field.clone_from(mark);
                }
            }
        }
        let line = line.join(" ");
        if !(line.ends_with("/**") && out.contains(&line)) {
            out.push(line);
        }
    }
    out.iter().map(|line| format!("{line}\n")).collect()
}

/// Shows how a file differs; a missing final newline is said, spaces at line ends are marked.
fn difference(name: &str, expected: &str, actual: &str) -> String {
    let diff = TextDiff::from_lines(expected, actual);
    let diff = diff
        .unified_diff()
        .context_radius(3)
        .header(&format!("{name} expected"), &format!("{name} actual"))
        .to_string();
    let mut out = String::new();
    for line in diff.lines() {
        let (text, spaces) = line.split_at(line.trim_end_matches(' ').len());
        let _ = writeln!(out, "{text}{}", if line == " " { " ".into() } else { "·".repeat(spaces.len()) });
    }
    out
}

#[test]
fn commands_do_what_is_written() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| value == "1");
    let failures = run_all(&Runner {
        program: Path::new(env!("CARGO_BIN_EXE_logwright")),
        cases: &root.join("tests/commands"),
        fixtures: &root.join("tests/fixtures"),
        mode: if update { Mode::Update } else { Mode::Compare },
    });
    assert!(
        failures.is_empty(),
        "{} command tests failed; if what they do now is right, run again with UPDATE_EXPECTED=1\n\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Runs made-up cases with the shell in the place of the program.
fn run_made_up(cases: &Path, mode: Mode) -> Vec<String> {
    run_all(&Runner { program: Path::new("/bin/sh"), cases, fixtures: cases, mode })
}

fn made_up_case(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join("area/case").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const STEPS: &str = "logwright -c 'pwd; cat home/in; echo $COLUMNS-$LOGWRIGHT_NOW-$USER; echo oops >&2; exit 3'\n\
    append home/in ' more'\nenv LOGWRIGHT_NOW later\nlogwright -c 'cat; echo $LOGWRIGHT_NOW' < home/in\n";

#[test]
fn a_right_case_passes_and_a_wrong_one_shows_each_difference() {
    let stdout = "$ logwright -c 'pwd; cat home/in; echo $COLUMNS-$LOGWRIGHT_NOW-$USER; echo oops >&2; exit 3'\n\
        [TEMP-FOLDER-]/t\ntext100-2026-08-02T12:00:00Z-\n\
        $ logwright -c 'cat; echo $LOGWRIGHT_NOW' < home/in\ntext morelater\n";
    let stderr = "$ logwright -c 'pwd; cat home/in; echo $COLUMNS-$LOGWRIGHT_NOW-$USER; echo oops >&2; exit 3'\noops\n\
        $ logwright -c 'cat; echo $LOGWRIGHT_NOW' < home/in\n";
    let right =
        [("command", STEPS), ("before/home/in", "text"), ("stdout", stdout), ("stderr", stderr), ("status", "3\n0\n")];
    let case = made_up_case(&right);
    assert_eq!(run_made_up(case.path(), Mode::Compare), Vec::<String>::new());

    fs::write(case.path().join("area/case/stderr"), stderr.replace("\noops\n", "\nsorry \n")).unwrap();
    fs::write(case.path().join("area/case/status"), "0\n0\n").unwrap();
    let expected = "== area/case\n--- stderr expected\n+++ stderr actual\n@@ -1,3 +1,3 @@\n \
        $ logwright -c 'pwd; cat home/in; echo $COLUMNS-$LOGWRIGHT_NOW-$USER; echo oops >&2; exit 3'\n-sorry·\n+oops\n \
        $ logwright -c 'cat; echo $LOGWRIGHT_NOW' < home/in\n\
        --- status expected\n+++ status actual\n@@ -1,2 +1,2 @@\n-0\n+3\n 0\n";
    assert_eq!(run_made_up(case.path(), Mode::Compare), [expected]);
}

#[test]
fn updating_makes_a_case_pass_and_keeps_its_marks() {
    let make = "logwright -c 'mkdir -p s/deep none; echo $$ > s/a; echo 1 > s/deep/b; echo $$ > db; echo kept > log; chmod 600 log'\n";
    let after = "* * * db\n* * * s/**\n0644 1 wrong log\n";
    let case = made_up_case(&[("command", make), ("after", after), ("stderr", "no longer said\n")]);
    assert_eq!(run_made_up(case.path(), Mode::Update), Vec::<String>::new());
    assert_eq!(run_made_up(case.path(), Mode::Compare), Vec::<String>::new());
    let hash = &blake3::hash(b"kept\n").to_hex()[..16];
    let written = fs::read_to_string(case.path().join("area/case/after")).unwrap();
    assert_eq!(written, format!("* * * db\n0755 - - home/\n0600 5 {hash} log\n0755 - - none/\n* * * s/**\n"));
    assert!(!case.path().join("area/case/stderr").exists() && !case.path().join("area/case/status").exists());
}

#[test]
fn a_case_that_cannot_run_fails() {
    let case = made_up_case(&[("command", "rm nothing\n")]);
    assert_eq!(
        run_made_up(case.path(), Mode::Compare),
        ["== area/case\nrm nothing: No such file or directory (os error 2)"]
    );
}

#[test]
#[should_panic = "holds neither a file `command` nor tests"]
fn a_folder_without_a_command_fails() {
    run_made_up(made_up_case(&[("stdout", "")]).path(), Mode::Compare);
}
