//! The six rules between the rooms of the sources, and a few of the house.
//!
//! Each rule is a function from sources to breaches, so that each can be tried on a made-up bad source as well as on the
//! real ones. A breach names file and line and says the way out. `code.rs` says what the reader of sources does not see.

use std::fs;
use std::path::Path;

use crate::code::{NamePath, Token, paths, tokens};

/// A source file, by its path below `src/`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn is_in(&self, rooms: &[&str]) -> bool {
        rooms.iter().any(|room| match room.strip_suffix('/') {
            Some(name) => self.path.starts_with(room) || self.path == format!("{name}.rs"),
            None => self.path == *room,
        })
    }

    fn tokens(&self) -> Vec<Token> {
        tokens(&self.text)
    }

    fn paths(&self) -> Vec<NamePath> {
        paths(&self.tokens(), &self.path)
    }

    /// The breach of a rule at a line, and the way out.
    fn breach(&self, line: usize, what: impl std::fmt::Display, way_out: &str) -> String {
        format!("src/{}:{line}: {what}; {way_out}", self.path)
    }
}

/// All files with this ending below a folder of the package, by their paths below it.
fn read_all(folder: &str, ending: &str) -> Vec<Source> {
    fn walk(root: &Path, below: &Path, ending: &str, found: &mut Vec<Source>) {
        for entry in fs::read_dir(root.join(below)).unwrap() {
            let path = below.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                walk(root, &path, ending, found);
            } else if path.extension().is_some_and(|own| own == ending) {
                let text = fs::read_to_string(root.join(&path)).unwrap();
                found.push(Source { path: path.display().to_string().replace('\\', "/"), text });
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), Path::new(""), ending, &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "there is nothing to check in {folder}");
    found
}

/// The sources; a file `tests.rs` is a test module and no room.
fn sources() -> Vec<Source> {
    read_all("src", "rs")
        .into_iter()
        .filter(|source| !source.path.ends_with("tests.rs") && !source.path.contains("/tests/"))
        .collect()
}

fn check(rule: fn(&[Source]) -> Vec<String>) {
    let breaches = rule(&sources());
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

/// The breaches of a rule by one made-up file.
fn tried(rule: fn(&[Source]) -> Vec<String>, path: &str, text: &str) -> Vec<String> {
    rule(&[Source { path: path.into(), text: text.into() }])
}

/// Asserts that a rule finds exactly one breach, at this place, in a made-up file, and none in the same elsewhere.
fn assert_finds(rule: fn(&[Source]) -> Vec<String>, path: &str, line: usize, text: &str) {
    let found = tried(rule, path, text);
    let place = format!("src/{path}:{line}: ");
    assert!(
        found.len() == 1 && found[0].starts_with(&place),
        "expected one breach at {place}in\n{text}\nfound {found:#?}"
    );
}

fn assert_allows(rule: fn(&[Source]) -> Vec<String>, path: &str, text: &str) {
    assert_eq!(tried(rule, path, text), Vec::<String>::new(), "in src/{path}\n{text}");
}

// Rule 1

fn only_plugin_names_wasmtime(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_in(&["plugin/"])) {
        for token in source.tokens() {
            let name = token.text.as_str();
            if name == "bindgen" || name == "wasmtime" || name.starts_with("wasmtime_") || name.starts_with("wit_") {
                let way_out = "only `plugin/` knows WebAssembly: use the traits of its contract";
                found.push(source.breach(token.line, format_args!("names `{name}`"), way_out));
            }
        }
    }
    found
}

#[test]
fn only_the_border_post_knows_web_assembly() {
    check(only_plugin_names_wasmtime);
}

#[test]
fn a_room_that_names_wasmtime_is_found() {
    let rule = only_plugin_names_wasmtime;
    assert_finds(rule, "ingest/run.rs", 2, "// wasmtime\nuse wasmtime::Engine;");
    assert_finds(rule, "lib.rs", 1, "fn f() { wasmtime::component::bindgen_free() }");
    assert_finds(rule, "plugins.rs", 1, "component::bindgen!({ path: \"wit\" });");
    assert_allows(rule, "plugin/engine.rs", "use wasmtime::Engine;");
    assert_allows(rule, "ingest/run.rs", "const S: &str = \"wasmtime\"; // wasmtime");
}

// Rule 2

/// Operations of `disk` that change nothing, or replace a file whole, which every room may do with what is no evidence.
const FREE_OPERATIONS: [&str; 28] = [
    "append_line",
    "canonicalize",
    "exists",
    "free_space",
    "len",
    "list",
    "metadata",
    "new",
    "open",
    "open_at",
    "open_private",
    "open_regular",
    "open_unlinked",
    "read",
    "read_at",
    "read_dir",
    "read_link",
    "read_range",
    "read_to_end",
    "read_to_string",
    "replace",
    "replace_stamped",
    "size",
    "space",
    "stat",
    "symlink_metadata",
    "try_exists",
    "walk",
];

/// Operations of the standard library that change something.
const RAW_CHANGES: [&str; 13] = [
    "copy",
    "create_dir",
    "create_dir_all",
    "hard_link",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "soft_link",
    "symlink",
    "symlink_file",
    "write",
];

const ONE_HAND: &str = "only `store/durable.rs`, the one hand, changes evidence: give it the task, or replace a file whole; an operation that changes nothing belongs into `FREE_OPERATIONS` of this test";

fn only_the_hand_changes_files(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_in(&["disk/"])) {
        let is_hand = source.is_in(&["store/durable.rs"]);
        let tokens = source.tokens();
        let text = |place: usize| tokens.get(place).map_or("", |token| token.text.as_str());
        for (place, token) in tokens.iter().enumerate() {
            // `disk.remove(..)`, `disk().remove(..)`, `disk::remove(..)`
            let skipped = if text(place + 1) == "(" && text(place + 2) == ")" { 2 } else { 0 };
            let is_disk =
                matches!(token.text.as_str(), "disk" | "Disk") && matches!(text(place + skipped + 1), "." | "::");
            let called = text(place + skipped + 2);
            let is_call = text(place + skipped + 3) == "(" && called.starts_with(|c: char| c.is_lowercase());
            if is_disk && is_call && !is_hand && !FREE_OPERATIONS.contains(&called) {
                found.push(source.breach(token.line, format_args!("calls `{called}` of the disk"), ONE_HAND));
            }
        }
        for path in source.paths() {
            let raw = RAW_CHANGES.iter().find(|name| path.ends_with(&["fs", name]));
            let file = ["create", "create_new", "options"].iter().find(|name| path.ends_with(&["File", name]));
            let options = ["OpenOptions", "DirBuilder"].iter().find(|name| path.ends_with(&[name]));
            if let Some(name) = raw.or(file).or(options) {
                let way_out = "only `disk` speaks to the system: add an operation there";
                found.push(source.breach(path.line, format_args!("names `{name}`, which changes files"), way_out));
            }
        }
    }
    found
}

#[test]
fn only_one_hand_changes_files() {
    check(only_the_hand_changes_files);
}

#[test]
fn a_second_hand_is_found() {
    let rule = only_the_hand_changes_files;
    assert_finds(rule, "intake/copy.rs", 2, "fn f(disk: &dyn Disk) {\n    disk.remove(path);\n}");
    assert_finds(rule, "store/ledger.rs", 1, "fn f(&self) { self.disk.append(path, bytes) }");
    assert_finds(rule, "store/ledger.rs", 1, "fn f() { crate::disk::rename(a, b) }");
    assert_finds(rule, "store/ledger.rs", 1, "fn f(&self) { self.disk().truncate(path, 0) }");
    assert_finds(rule, "retention/apply.rs", 2, "\nuse std::fs::{read, remove_file};");
    assert_finds(rule, "cli/show.rs", 1, "fn f() { fs::write(a, b) }");
    assert_finds(rule, "store/durable.rs", 1, "fn f() { std::fs::File::create(a) }");
    assert_finds(rule, "cli/show.rs", 1, "use std::fs::OpenOptions;");
    assert_allows(rule, "store/durable.rs", "fn f(disk: &dyn Disk) { disk.remove(path); }");
    assert_allows(rule, "settings.rs", "fn f(disk: &dyn Disk) { disk.read(a); disk.replace(a, b); disk.list(a) }");
    assert_allows(rule, "disk.rs", "use std::fs::OpenOptions; fn f() { std::fs::write(a, b) }");
    assert_allows(rule, "view/table.rs", "fn f() { rows.remove(0); out.write(b); self.disk_size.max(1) }");
}

// Rule 3

fn only_terminal_prints(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    let way_out = "only `terminal/`, the one mouth, prints: hand it the value";
    for source in sources.iter().filter(|source| !source.is_in(&["terminal/"])) {
        let tokens = source.tokens();
        let text = |place: usize| tokens.get(place).map_or("", |token| token.text.as_str());
        for (place, token) in tokens.iter().enumerate() {
            let name = token.text.as_str();
            let is_macro =
                matches!(name, "print" | "println" | "eprint" | "eprintln" | "dbg") && text(place + 1) == "!";
            let before = text(place.wrapping_sub(1));
            let is_free_call = text(place + 1) == "(" && before != "." && before != "fn" && before != "::";
            let is_stream = matches!(name, "stdout" | "stderr") && is_free_call;
            if is_macro || is_stream {
                found.push(source.breach(token.line, format_args!("calls `{name}`"), way_out));
            }
        }
        for path in source.paths() {
            let streams = ["stdout", "stderr", "Stdout", "Stderr", "StdoutLock", "StderrLock"];
            let stream = streams.iter().find(|name| path.ends_with(&["io", name]));
            if let Some(name) = stream.or(path.starts_with(&["indicatif"]).then_some(&"indicatif")) {
                found.push(source.breach(path.line, format_args!("names `{name}`"), way_out));
            }
        }
    }
    found
}

#[test]
fn only_one_mouth_prints() {
    check(only_terminal_prints);
}

#[test]
fn a_second_mouth_is_found() {
    let rule = only_terminal_prints;
    assert_finds(rule, "main.rs", 1, "fn main() { println!(\"x\") }");
    assert_finds(rule, "cli/status.rs", 3, "/* print!() */\n\nfn f() { eprint!(\"x\") }");
    assert_finds(rule, "cli/status.rs", 1, "fn f() { writeln!(std::io::stdout(), \"x\") }");
    assert_finds(rule, "cli/status.rs", 1, "use std::io::{self, Stderr};");
    assert_finds(rule, "cli/status.rs", 1, "fn f() { stderr().lock() }");
    assert_finds(rule, "ingest/run.rs", 1, "use indicatif::ProgressBar;");
    assert_allows(rule, "terminal/mod.rs", "use std::io::stdout; fn f() { eprintln!(); stdout() }");
    assert_allows(
        rule,
        "event/kind.rs",
        "struct S { stdout: u8 } fn f(s: S) { s.stdout; command.stdout(x); print(y) }",
    );
}

// Rule 4

fn only_the_clock_is_read(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_in(&["clock/"])) {
        for path in source.paths() {
            for clock in ["SystemTime", "Utc", "Local", "Instant"] {
                if path.ends_with(&[clock, "now"]) {
                    let way_out = "time is an argument: take `now`, which `cli` reads from `clock`";
                    found.push(source.breach(path.line, format_args!("reads `{clock}::now`"), way_out));
                }
            }
        }
    }
    found
}

#[test]
fn only_the_clock_reads_time() {
    check(only_the_clock_is_read);
}

#[test]
fn a_second_clock_is_found() {
    let rule = only_the_clock_is_read;
    assert_finds(rule, "retention/plan.rs", 1, "fn f() { std::time::SystemTime::now() }");
    assert_finds(rule, "cli/status.rs", 1, "fn f() { let start = Instant::now(); }");
    assert_finds(rule, "view/day.rs", 2, "use chrono::Utc;\nfn f() { map(Utc::now) }");
    assert_finds(rule, "view/day.rs", 1, "fn f() { chrono::Local::now() }");
    assert_allows(rule, "clock.rs", "fn f() { SystemTime::now() }");
    assert_allows(
        rule,
        "view/day.rs",
        "fn f(now: Millis) { let t: SystemTime = g(now); } // Utc::now()\n#[cfg(test)] mod tests { fn f() { Utc::now() } }",
    );
}

// Rule 5

/// What takes plain values and gives plain values.
const PURE: [&str; 5] = ["event/", "pipeline/", "retention/policy.rs", "retention/plan.rs", "learning/trigger.rs"];

fn pure_rooms_stay_pure(sources: &[Source]) -> Vec<String> {
    let worlds: [&[&str]; 8] = [
        &["crate", "disk"],
        &["crate", "clock"],
        &["crate", "store"],
        &["rusqlite"],
        &["std", "env"],
        &["std", "fs"],
        &["std", "net"],
        &["std", "process"],
    ];
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_in(&PURE)) {
        for path in source.paths() {
            if let Some(world) = worlds.iter().find(|world| path.starts_with(world)) {
                let way_out = "this room is pure: let the caller bring the value in, or carry the plan out";
                found.push(source.breach(path.line, format_args!("uses `{}`", world.join("::")), way_out));
            }
        }
    }
    found
}

#[test]
fn rooms_that_decide_are_pure() {
    check(pure_rooms_stay_pure);
}

#[test]
fn a_room_that_is_not_pure_is_found() {
    let rule = pure_rooms_stay_pure;
    assert_finds(rule, "pipeline/classify.rs", 1, "use crate::store::Store;");
    assert_finds(rule, "pipeline/mod.rs", 1, "use super::disk;");
    assert_finds(rule, "pipeline.rs", 1, "use crate::{event::Event, clock::Clock};");
    assert_finds(rule, "retention/plan.rs", 1, "fn f() { std::fs::read(p) }");
    assert_finds(rule, "retention/policy.rs", 1, "fn f() { crate::clock::system() }");
    assert_allows(rule, "pipeline/classify.rs", "use crate::{event::Event, plugin::Classifier};");
    assert_allows(rule, "retention/apply.rs", "use crate::store::Store;");
}

// Rule 6

fn nothing_imports_cli(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.is_in(&["cli/", "main.rs"])) {
        for path in source.paths() {
            if path.starts_with(&["crate", "cli"]) || path.starts_with(&["logwright", "cli"]) {
                let way_out = "nothing but `main.rs` knows the command line: move what is shared into a room below";
                found.push(source.breach(path.line, "uses `cli`", way_out));
            }
        }
    }
    for source in sources.iter().filter(|source| source.is_in(&["event/"])) {
        for path in source.paths() {
            if path.starts_with(&["crate"]) && !path.starts_with(&["crate", "event"]) && path.parts.len() > 1 {
                let way_out =
                    "`event` is the vocabulary of all rooms and knows none: move it into `event`, or use it elsewhere";
                found.push(source.breach(path.line, format_args!("uses `{}`", path.parts.join("::")), way_out));
            }
        }
    }
    found
}

#[test]
fn nobody_looks_up() {
    check(nothing_imports_cli);
}

#[test]
fn who_looks_up_is_found() {
    let rule = nothing_imports_cli;
    assert_finds(rule, "view/table.rs", 1, "use crate::cli::Arguments;");
    assert_finds(rule, "view/table.rs", 1, "fn f() { super::super::cli::run() }");
    assert_finds(rule, "event/kind.rs", 1, "use crate::plugin::Label;");
    assert_finds(rule, "event/mod.rs", 1, "use super::digest;");
    assert_allows(rule, "main.rs", "fn main() { logwright::cli::run() }");
    assert_allows(rule, "cli/show.rs", "use crate::cli::Shared; use super::Other;");
    assert_allows(rule, "lib.rs", "pub mod cli; pub(crate) mod event;");
    assert_allows(rule, "event/kind.rs", "use super::Status; use crate::event::text::Text; pub(crate) fn f() {}");
}

// The house

const LONGEST: usize = 500;

fn long_files_give_a_reason(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let lines = source.text.lines().count();
        let mut opening = source.text.lines().take_while(|line| line.starts_with("//"));
        if lines > LONGEST && !opening.any(|line| line.starts_with("//! Long because")) {
            let way_out = "split it, or open it with a comment line `//! Long because ...`";
            found.push(format!("{}: {lines} lines, more than {LONGEST}; {way_out}", source.path));
        }
    }
    found
}

#[test]
fn no_file_is_long_without_a_reason() {
    for folder in ["src", "tests/suite", "benches"] {
        let breaches = long_files_give_a_reason(&read_all(folder, "rs"));
        assert!(breaches.is_empty(), "in {folder}:\n{}", breaches.join("\n"));
    }
}

#[test]
fn a_long_file_is_found() {
    let long = "fn f() {}\n".repeat(LONGEST + 1);
    assert_eq!(tried(long_files_give_a_reason, "a.rs", &long).len(), 1);
    assert_eq!(tried(long_files_give_a_reason, "a.rs", &format!("{long}//! Long because of it\n")).len(), 1);
    assert_allows(
        long_files_give_a_reason,
        "a.rs",
        &format!("//! A table.\n//!\n//! Long because it is a table.\n{long}"),
    );
    assert_allows(long_files_give_a_reason, "a.rs", &"fn f() {}\n".repeat(LONGEST));
}

/// The files of the suite that its `main.rs` does not list.
fn unlisted(suite: &[Source]) -> Vec<String> {
    let main = suite.iter().find(|source| source.path == "main.rs").map(Source::tokens).unwrap_or_default();
    let is_listed = |name: &str| {
        main.windows(3).any(|three| three[0].text == "mod" && three[1].text == name && three[2].text == ";")
    };
    let names = suite.iter().map(|source| source.path.trim_end_matches(".rs"));
    names.filter(|name| *name != "main" && !is_listed(name)).map(str::to_owned).collect()
}

#[test]
fn every_file_of_the_suite_is_listed() {
    let missing = unlisted(&read_all("tests/suite", "rs"));
    assert!(missing.is_empty(), "not in tests/suite/main.rs, and so never run: {missing:?}; add `mod NAME;`");
}

#[test]
fn a_file_that_is_not_listed_is_found() {
    let source = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
    let suite = [source("main.rs", "mod a;\n// mod b;"), source("a.rs", ""), source("b.rs", ""), source("c/d.rs", "")];
    assert_eq!(unlisted(&suite), ["b", "c/d"]);
}
