//! Which files of modules tell of what a person wants forgotten.

use super::{INDEX, PATTERNS, content, files_in, module_file_names, worth_a_page};
use crate::layout::House;
use crate::learning::LearningError;
use crate::learning::marker::own_body;
use crate::settings::Layout;
use crate::store::{Reader, SessionSummary};
use std::collections::{BTreeSet, HashSet};

/// Files of modules that tell of something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AboutIt {
    /// Those that the program wrote, from the root of the house; they can be written again.
    pub own: Vec<String>,
    /// Those that a person wrote or changed.
    pub theirs: Vec<String>,
}

/// The files that tell of sessions with events in these logs, or hold a text. What is told of all sessions together goes
/// with any of them.
pub fn module_files_about(
    house: &House,
    layout: &Layout,
    reader: &Reader,
    logs: &[u64],
    text: Option<&str>,
) -> Result<AboutIt, LearningError> {
    let mut gone: HashSet<String> = HashSet::new();
    for log in logs {
        gone.extend(reader.sessions_of_file(*log)?);
    }
    let sessions: Vec<SessionSummary> = reader.sessions(usize::MAX)?.into_iter().filter(worth_a_page).collect();
    let names = module_file_names(&sessions);
    let mut told: BTreeSet<&str> =
        names.iter().filter(|(id, _)| gone.contains(*id)).map(|(_, name)| name.as_str()).collect();
    if !logs.is_empty() {
        told.extend(PATTERNS.into_iter().chain([INDEX]));
    }
    let mut about = AboutIt::default();
    for module in &layout.module_names {
        let folder = format!("{}/{module}", layout.modules);
        for name in files_in(&house.resolve(&folder))? {
            let path = format!("{folder}/{name}");
            let Some(found) = content(&house.resolve(&path))? else { continue };
            let holds_it = text.is_some_and(|text| found.contains(text));
            match own_body(&found).is_some() {
                true if holds_it || told.contains(name.as_str()) => about.own.push(path),
                // What a person made of a page may still say what it said.
                false
                    if holds_it
                        || (told.contains(name.as_str()) && name != INDEX && !PATTERNS.contains(&name.as_str())) =>
                {
                    about.theirs.push(path);
                }
                _ => {}
            }
        }
    }
    Ok(about)
}
