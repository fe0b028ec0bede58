//! Writes what agents can be given into `modules/`: a digest of each session, and the patterns of their work.
//!
//! What is written depends on the store and the logs alone, so that a file whose content would be the same is left as it
//! is. Files of people, and files of ours that a person changed, are neither replaced nor removed.

mod about;
mod names;
mod tell;

pub use about::module_files_about;

use names::module_file_names;

use super::book::read_register;
use super::digest::{Digest, IndexRow, digest_page, index_page};
use super::fault::{LearningError, at};
use super::journal::{Entry, Register};
use super::marker::{own_body, signed_json, signed_markdown, written};
use super::operations::{Patterns, patterns_json, patterns_page};
use super::publish::MARK as PUBLISHED;
use super::quote::Quote;
use crate::disk::{Disk, open_unlinked};
use crate::event::Millis;
use crate::layout::House;
use crate::settings::Layout;
use crate::store::{DurableHand, Reader, SessionSummary};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Longest file that can be one of ours, in bytes. Far more than a page or the list of all of them.
const LONGEST: u64 = 4 << 20;

/// The list of digests.
const INDEX: &str = "index.md";
/// The patterns, for readers and for programs.
const PATTERNS: [&str; 2] = ["patterns.md", "patterns.json"];

/// An integration point that this program writes by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// A digest of each session.
    Memory,
    /// Patterns across sessions.
    Operations,
}

impl Module {
    /// Both.
    pub const ALL: [Module; 2] = [Module::Memory, Module::Operations];

    /// Its name among the modules of the settings.
    pub const fn name(self) -> &'static str {
        match self {
            Module::Memory => "memory",
            Module::Operations => "operations",
        }
    }

    /// The module of a name.
    pub fn of_name(name: &str) -> Option<Module> {
        Module::ALL.into_iter().find(|module| module.name() == name)
    }
}

/// Which sessions are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those whose project contains this.
    pub project: Option<String>,
    /// Those that were still heard of at this time.
    pub since: Option<Millis>,
    /// The same in words, for whoever reads what came of it.
    pub words: String,
}

impl Scope {
    fn holds(&self, session: &SessionSummary) -> bool {
        let is_of = |text: &String| session.project.as_ref().is_some_and(|project| project.contains(text.as_str()));
        self.project.as_ref().is_none_or(is_of) && self.since.is_none_or(|since| session.ended >= Some(since))
    }
}

/// What becomes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is written for the first time.
    New,
    /// It gets new content.
    Changed,
    /// Its content is what it would be.
    Same,
    /// What it was about is gone.
    Removed,
    /// A person wrote or changed it; it stays.
    Theirs,
}

impl Fate {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::New => "new",
            Fate::Changed => "changed",
            Fate::Same => "same",
            Fate::Removed => "removed",
            Fate::Theirs => "yours",
        }
    }
}

/// A file of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// Where it lies, from the root of the house.
    pub path: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What it would hold, with its marker; empty if it is removed.
    pub content: String,
}

/// Writes modules of a house.
pub struct Modules<'a> {
    /// The house.
    pub house: &'a House,
    /// Its folders.
    pub layout: &'a Layout,
    /// The time of the run.
    pub now: Millis,
    /// Says a text from the logs as it may leave the house.
    pub said: &'a dyn Fn(&str) -> String,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Hears of bytes of logs that were gone through.
    pub progress: &'a dyn Fn(u64),
}

impl Modules<'_> {
    /// Says what becomes of each file, one after another; whether it came to the end.
    pub fn plan(
        &self,
        reader: &Reader,
        wanted: &[Module],
        scope: &Scope,
        each: &mut dyn FnMut(ModuleFile) -> Result<(), LearningError>,
    ) -> Result<bool, LearningError> {
        let quote = Quote::new(self.said);
        let sessions: Vec<SessionSummary> = reader.sessions(usize::MAX)?.into_iter().filter(worth_a_page).collect();
        let names = module_file_names(&sessions);
        let register = read_register(self.house)?;
        let protocols = by_fingerprint(&register);
        let sealed = reader.sealed()?;
        let (memory, is_memory) = (self.folder(Module::Memory), wanted.contains(&Module::Memory));
        let mut there = files_in(&self.house.resolve(&memory))?;
        let mut read = HashSet::new();
        let mut patterns = Patterns::default();
        for session in sessions.iter().filter(|session| scope.holds(session)) {
            if self.stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            // Of a session whose logs were all removed nothing more can be told than was told before.
            if session.before.iter().chain([&session.family]).all(|family| sealed.contains(family)) {
                continue;
            }
            let told = tell::tell(reader, self.house, session, &mut read, self.progress)?;
            patterns.add(&told);
            let Some(name) = names.get(&session.id).filter(|_| is_memory) else { continue };
            let digest = Digest::new(told, &|fingerprint| protocols.get(fingerprint).cloned().unwrap_or_default());
            let page = digest_page(&digest, crate::view::session_name(&session.id), quote);
            each(self.file(&format!("{memory}/{name}"), &page, signed_markdown)?)?;
            there.insert(name.clone());
        }
        if is_memory {
            self.finish_memory(&sessions, &names, &there, quote, each)?;
        }
        if wanted.contains(&Module::Operations) {
            let folder = self.folder(Module::Operations);
            let [page, data] = PATTERNS;
            let text = patterns_page(&patterns, &scope.words, quote);
            each(self.file(&format!("{folder}/{page}"), &text, signed_markdown)?)?;
            let text = patterns_json(&patterns, &scope.words, quote);
            each(self.file(&format!("{folder}/{data}"), &text, signed_json)?)?;
        }
        Ok(true)
    }

    /// The list of digests, and those that nobody needs any more.
    fn finish_memory(
        &self,
        sessions: &[SessionSummary],
        names: &HashMap<String, String>,
        there: &BTreeSet<String>,
        quote: Quote<'_>,
        each: &mut dyn FnMut(ModuleFile) -> Result<(), LearningError>,
    ) -> Result<(), LearningError> {
        let memory = self.folder(Module::Memory);
        let known: HashSet<&str> = names.values().map(String::as_str).collect();
        for name in there.iter().filter(|name| !known.contains(name.as_str()) && *name != INDEX) {
            let path = format!("{memory}/{name}");
            let fate = match content(&self.house.resolve(&path))? {
                Some(text) if own_body(&text).is_some() => Fate::Removed,
                _ => Fate::Theirs,
            };
            each(ModuleFile { path, fate, content: String::new() })?;
        }
        let mut rows: Vec<IndexRow> = Vec::new();
        for session in sessions {
            let Some(file) = names.get(&session.id).filter(|file| there.contains(*file)) else { continue };
            rows.push(IndexRow {
                file: file.clone(),
                started: session.started,
                project: session.project.clone().unwrap_or_default(),
                title: session.title.clone(),
                calls: session.tool_calls,
                failures: session.failures,
            });
        }
        rows.sort_by(|one, two| (two.started, &one.file).cmp(&(one.started, &two.file)));
        each(self.file(&format!("{memory}/{INDEX}"), &index_page(&rows, quote), signed_markdown)?)
    }

    /// What becomes of a file that should have this content.
    fn file(&self, path: &str, body: &str, signed: fn(&str, Millis) -> String) -> Result<ModuleFile, LearningError> {
        let full = self.house.resolve(path);
        let found = content(&full)?;
        let own = found.as_deref().and_then(own_body);
        let fate = match (fs::symlink_metadata(&full).is_ok(), own) {
            (false, _) => Fate::New,
            (true, None) => Fate::Theirs,
            (true, Some(known)) if known == body => Fate::Same,
            (true, Some(_)) => Fate::Changed,
        };
        Ok(ModuleFile { path: path.to_owned(), fate, content: signed(body, self.now) })
    }

    fn folder(&self, module: Module) -> String {
        format!("{}/{}", self.layout.modules, module.name())
    }

    /// Lets a file become what was planned. The caller holds the house's lock.
    pub fn carry_out(&self, disk: &dyn Disk, file: &ModuleFile) -> Result<(), LearningError> {
        let path = self.house.resolve(&file.path);
        match file.fate {
            Fate::Same | Fate::Theirs => Ok(()),
            Fate::New | Fate::Changed => disk.replace(&path, file.content.as_bytes()).map_err(at(&path)),
            Fate::Removed => DurableHand::new(disk).remove_all(std::slice::from_ref(&path)).map_err(at(&path)),
        }
    }
}

/// Whether anything happened in a session that a page could tell.
fn worth_a_page(session: &SessionSummary) -> bool {
    session.prompts + session.tool_calls > 0
}

fn by_fingerprint(register: &Register) -> HashMap<&str, Vec<&Entry>> {
    let mut found: HashMap<&str, Vec<&Entry>> = HashMap::new();
    for entry in register.entries.values() {
        found.entry(&entry.protocol.fingerprint).or_default().push(entry);
    }
    found
}

/// The text of a file that could be one of ours; nothing of one that is none, or too long, or no text.
fn content(path: &Path) -> Result<Option<String>, LearningError> {
    let read = open_unlinked(path).and_then(|file| {
        let mut text = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut text)?;
        Ok(text)
    });
    match read {
        Ok(text) if text.len() as u64 <= LONGEST => Ok(String::from_utf8(text).ok()),
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

/// The names in a folder; none if it is not there.
fn files_in(folder: &Path) -> Result<BTreeSet<String>, LearningError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(at(folder)(error)),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(at(folder))?;
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        names.extend(entry.file_name().into_string().ok().filter(|_| !is_folder));
    }
    Ok(names)
}

/// What lies in an integration point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleState {
    /// Its name in the settings.
    pub name: String,
    /// Where it lies, from the root of the house.
    pub path: String,
    /// Files of ours that nobody changed, as far as that can be told.
    pub own: u64,
    /// Files that a person wrote or changed.
    pub theirs: u64,
    /// When the newest of ours was written.
    pub written: Option<Millis>,
}

/// What lies in the integration points of a house.
pub fn module_states(house: &House, layout: &Layout) -> Result<Vec<ModuleState>, LearningError> {
    let mut states = Vec::with_capacity(layout.module_names.len());
    for name in &layout.module_names {
        let path = format!("{}/{name}", layout.modules);
        let folder = house.resolve(&path);
        let mut state = ModuleState { name: name.clone(), path, own: 0, theirs: 0, written: None };
        for file in files_in(&folder)? {
            match content(&folder.join(file))?.filter(|text| own_body(text).is_some() || text.starts_with(PUBLISHED)) {
                Some(text) => {
                    state.own += 1;
                    state.written = state.written.max(written(&text));
                }
                None => state.theirs += 1,
            }
        }
        states.push(state);
    }
    Ok(states)
}

#[cfg(test)]
mod tests;
