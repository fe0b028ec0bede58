//! Which files of modules tell of sessions that a person wants forgotten.

use super::{INDEX, PATTERNS, content, files_in, module_file_names, worth_a_page};
use crate::layout::House;
use crate::learning::LearningError;
use crate::learning::marker::own_body;
use crate::settings::Layout;
use crate::store::{Reader, SessionSummary};
use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

/// The files that the program wrote of sessions with events in these logs. What it tells of all sessions together goes
/// with any of them, since nobody can say what of it comes from which. All of it can be written again.
pub fn module_files_about(
    house: &House,
    layout: &Layout,
    reader: &Reader,
    logs: &[u64],
) -> Result<Vec<PathBuf>, LearningError> {
    let mut gone: HashSet<String> = HashSet::new();
    for log in logs {
        gone.extend(reader.sessions_of_file(*log)?);
    }
    if logs.is_empty() {
        return Ok(Vec::new());
    }
    let sessions: Vec<SessionSummary> = reader.sessions(usize::MAX)?.into_iter().filter(worth_a_page).collect();
    let names = module_file_names(&sessions);
    let pages = names.iter().filter(|(id, _)| gone.contains(*id)).map(|(_, name)| name.as_str());
    let told: BTreeSet<&str> = pages.chain(PATTERNS).chain([INDEX]).collect();
    let mut about = Vec::new();
    for module in &layout.module_names {
        let folder = house.resolve(&format!("{}/{module}", layout.modules));
        for name in files_in(&folder)?.into_iter().filter(|name| told.contains(name.as_str())) {
            let path = folder.join(name);
            if content(&path)?.is_some_and(|text| own_body(&text).is_some()) {
                about.push(path);
            }
        }
    }
    Ok(about)
}
