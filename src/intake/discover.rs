//! Finds the files that may be logs, without reading them.
//!
//! Links are followed, but no folder is entered twice; what cannot be entered is told,
//! and the walk goes on.

use super::plan::Stat;
use globset::{Glob, GlobSet};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, or a folder with everything below it.
    Path(PathBuf),
    /// The files below `base` whose path matches `pattern`.
    Glob {
        /// The longest beginning without a wildcard.
        base: PathBuf,
        /// The whole pattern.
        pattern: String,
    },
}

impl Place {
    /// Understands an argument: a path that exists is itself, whatever its name; else
    /// one with wildcards is a glob.
    pub fn of_argument(argument: &OsStr) -> Place {
        let path = PathBuf::from(argument);
        let pattern = argument.to_string_lossy();
        if fs::symlink_metadata(&path).is_ok() || !pattern.contains(['*', '?', '[', '{']) {
            return Place::Path(path);
        }
        let is_wild = |part: &OsStr| part.to_string_lossy().contains(['*', '?', '[', '{']);
        let base: PathBuf = path.iter().take_while(|part| !is_wild(part)).collect();
        let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
        Place::Glob { base, pattern: pattern.into_owned() }
    }
}

/// A file that may be a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path without links.
    pub path: PathBuf,
    /// What the file system says of it.
    pub stat: Stat,
}

/// Something that was not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// What.
    pub path: PathBuf,
    /// Why, as a sentence without a full stop.
    pub reason: String,
    /// Whether data may be missing because of it.
    pub is_loss: bool,
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub struct Discovery {
    /// Files, ordered by path, each once.
    pub files: Vec<Found>,
    /// What could not be entered, ordered by path.
    pub passed_over: Vec<PassedOver>,
}

/// The folders and files below `home` in which the agents leave their logs, as far as they exist.
///
/// `config` is the value of `CLAUDE_CONFIG_DIR`. Settings, credentials, caches and
/// plugins beside the logs are not among them.
pub fn standard_places(home: &Path, config: Option<&OsStr>) -> Vec<PathBuf> {
    const LOGS: [&str; 6] = ["projects", "history.jsonl", "shell-snapshots", "debug", "todos", "tasks"];
    let roots = config.map(PathBuf::from).into_iter().chain([home.join(".claude"), home.join(".config/claude")]);
    roots.flat_map(|root| LOGS.map(|log| root.join(log))).filter(|path| path.exists()).collect()
}

/// Walks through the places. `excluded` paths are not entered.
pub fn discover(places: &[Place], excluded: &GlobSet) -> Discovery {
    let mut walk = Walk { excluded, visited: HashSet::new(), found: Discovery::default() };
    for place in places {
        match place {
            Place::Path(path) => walk.enter(path, None),
            Place::Glob { base, pattern } => match Glob::new(pattern) {
                Ok(glob) => {
                    let before = walk.found.files.len();
                    // Where the folder is missing, the pattern is what was typed.
                    if base.exists() {
                        walk.enter(base, Some(&glob.compile_matcher()));
                    }
                    if walk.found.files.len() == before {
                        walk.pass_over(Path::new(pattern), "no file matches the pattern".to_owned());
                    }
                }
                Err(fault) => walk.pass_over(Path::new(pattern), format!("not a pattern: {}", fault.kind())),
            },
        }
    }
    let mut found = walk.found;
    found.files.sort_by(|one, two| one.path.cmp(&two.path));
    found.files.dedup_by(|one, two| one.path == two.path);
    found.passed_over.sort();
    found.passed_over.dedup();
    found
}

struct Walk<'a> {
    excluded: &'a GlobSet,
    visited: HashSet<PathBuf>,
    found: Discovery,
}

impl Walk<'_> {
    fn pass_over(&mut self, path: &Path, reason: String) {
        self.found.passed_over.push(PassedOver { path: path.to_owned(), reason, is_loss: true });
    }

    fn remark(&mut self, path: &Path, reason: String) {
        self.found.passed_over.push(PassedOver { path: path.to_owned(), reason, is_loss: false });
    }

    /// Walks from a path that may be a link itself.
    fn enter(&mut self, path: &Path, glob: Option<&globset::GlobMatcher>) {
        let real = match fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) => return self.pass_over(path, explain(&error)),
        };
        let is_wanted = |path: &Path| glob.is_none_or(|glob| glob.is_match(path));
        let mut links = Vec::new();
        let mut entries = WalkDir::new(&real).sort_by_file_name().into_iter();
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let at = error.path().unwrap_or(&real).to_owned();
                    let reason = error.io_error().map_or_else(|| error.to_string(), explain);
                    self.pass_over(&at, reason);
                    continue;
                }
            };
            if self.excluded.is_match(entry.path()) {
                if entry.file_type().is_dir() {
                    entries.skip_current_dir();
                }
                continue;
            }
            let kind = entry.file_type();
            if kind.is_dir() {
                if !self.visited.insert(entry.path().to_owned()) {
                    entries.skip_current_dir();
                }
            } else if kind.is_symlink() {
                links.push(entry.into_path());
            } else if kind.is_file() {
                // A glob is matched against the path as the user wrote it.
                let shown = entry.path().strip_prefix(&real).map_or_else(|_| path.to_owned(), |rest| path.join(rest));
                let is_wanted = is_wanted(shown.strip_prefix(".").unwrap_or(&shown));
                match entry.metadata() {
                    _ if !is_wanted => {}
                    Ok(metadata) => self.found.files.push(Found { path: entry.into_path(), stat: stat(&metadata) }),
                    Err(error) => {
                        let reason = error.io_error().map_or_else(|| error.to_string(), explain);
                        self.pass_over(entry.path(), reason);
                    }
                }
            }
        }
        for link in links {
            self.follow(&link, glob);
        }
    }

    fn follow(&mut self, link: &Path, glob: Option<&globset::GlobMatcher>) {
        match fs::canonicalize(link) {
            Err(error) => self.pass_over(link, explain(&error)),
            Ok(target) if target.is_dir() && self.visited.contains(&target) => {
                self.remark(link, format!("a link to {}, which is read already", target.display()));
            }
            Ok(target) if target.is_dir() => self.enter(link, glob),
            Ok(target) => match fs::metadata(&target) {
                Ok(metadata) if metadata.is_file() => {
                    if glob.is_none_or(|glob| glob.is_match(link)) {
                        self.found.files.push(Found { path: target, stat: stat(&metadata) });
                    }
                }
                Ok(_) => {}
                Err(error) => self.pass_over(link, explain(&error)),
            },
        }
    }
}

/// What the file system says of a file, as intake compares it.
pub fn stat(metadata: &Metadata) -> Stat {
    Stat {
        size: metadata.len(),
        modified_ns: metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec()),
        inode: metadata.ino(),
        device: metadata.dev(),
    }
}

/// The system's reason in the words of the product.
pub fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist (any more)".to_owned(),
        io::ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
        io::ErrorKind::StorageFull => "no space left on the device".to_owned(),
        _ => match error.raw_os_error() {
            Some(code) if code == rustix::io::Errno::LOOP.raw_os_error() => "links that lead in a circle".to_owned(),
            _ => error.to_string(),
        },
    }
}
