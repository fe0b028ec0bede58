//! The program as it is used: a house from nothing, then what a day brings.

use super::process::run;
use super::{Cost, median};
use std::error::Error;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the house weighs in the end.
pub struct House {
    /// Bytes of copied logs.
    pub copies: u64,
    /// Bytes of the database.
    pub store: u64,
}

/// Measures the program on the logs, with houses in `folder`. `tell` gets each median as it comes.
pub fn measure(
    folder: &Path,
    logs: &Path,
    runs: usize,
    mut tell: impl FnMut(&str, Cost),
) -> Result<House, Box<dyn Error>> {
    let house = folder.join("house");
    let logwright_at = |house: &Path, arguments: &[&OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logwright"));
        command.arg("--root").arg(house).args(arguments);
        run(&mut command)
    };
    let logwright = |arguments: &[&OsStr]| logwright_at(&house, arguments);
    let ingest: [&OsStr; 2] = ["ingest".as_ref(), logs.as_os_str()];
    let mut repeat = |name: &str, once: &mut dyn FnMut() -> io::Result<Cost>| {
        eprintln!("{name} ...");
        let costs = (0..runs).map(|_| once()).collect::<io::Result<Vec<_>>>()?;
        tell(name, median(costs));
        Ok::<_, io::Error>(())
    };
    let mut number = 0;
    repeat("first ingest, everything", &mut || {
        number += 1;
        // Nothing is removed before the end: file systems are slow where much was removed a moment ago.
        logwright_at(&folder.join(format!("house{number}")), &ingest)
    })?;
    fs::rename(folder.join(format!("house{number}")), &house)?;
    repeat("ingest, nothing new", &mut || logwright(&ingest))?;
    let mut sessions = transcripts(logs)?;
    sessions.sort();
    for (what, at) in [("a middling", sessions.len() / 2), ("the largest", sessions.len() - 1)] {
        let (size, path) = &sessions[at];
        repeat(&format!("ingest, {what} session grew ({:.1} MB)", *size as f64 / 1e6), &mut || {
            grow(path)?;
            logwright(&ingest)
        })?;
    }
    let commands: [(&str, &[&str]); 7] = [
        ("`stats`", &["stats"]),
        ("`query`, counting the events of each kind", &["query", "SELECT kind, count(*) FROM events GROUP BY kind"]),
        ("`show --last`", &["show", "--last"]),
        ("`search`, a text that is nowhere", &["search", "no log says this"]),
        ("`search`, a frequent text", &["search", "error"]),
        ("`search --raw`, a frequent text", &["search", "--raw", "error"]),
        ("`search -e`, an expression without a fixed text", &["search", "-e", r"\d{3}-\d{4}\b"]),
    ];
    for (name, words) in commands {
        let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        repeat(name, &mut || logwright(&words))?;
    }
    repeat("`rebuild`", &mut || logwright(&["rebuild".as_ref()]))?;
    Ok(House { copies: weight(&house.join("logs"))?, store: weight(&house.join("store"))? })
}

/// The logs that have lines and more than one, with their sizes.
fn transcripts(logs: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    walk(logs, &mut |path, size| {
        if path.extension().is_some_and(|extension| extension == "jsonl") && size > 0 {
            found.push((size, path));
        }
    })?;
    Ok(found)
}

/// Appends the first line of a log once more.
fn grow(path: &Path) -> io::Result<()> {
    let mut line = Vec::new();
    BufReader::new(fs::File::open(path)?).read_until(b'\n', &mut line)?;
    OpenOptions::new().append(true).open(path)?.write_all(&line)
}

fn weight(folder: &Path) -> io::Result<u64> {
    let mut total = 0;
    walk(folder, &mut |_, size| total += size)?;
    Ok(total)
}

fn walk(folder: &Path, each: &mut dyn FnMut(PathBuf, u64)) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        if about.is_dir() {
            walk(&entry.path(), each)?;
        } else {
            each(entry.path(), about.len());
        }
    }
    Ok(())
}
