//! Which families must be understood anew: a pure decision.

use super::entries::Entries;
use super::judges::stage_after;
use super::run::Mode;
use crate::intake::families;
use crate::pipeline::Stage;
use crate::store::{FileRow, Stamps};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A family to understand.
#[derive(Debug)]
pub struct Job {
    /// Its id.
    pub family: u64,
    /// From where on it is to be understood.
    pub stage: Stage,
    /// Its files, ordered by id.
    pub files: Vec<FileRow>,
    /// Those of them that are to be written down.
    pub changed: Vec<FileRow>,
    /// Ids of entries that are replaced by others.
    pub replaced: Vec<u64>,
    /// Families that are no more.
    pub gone: Vec<u64>,
    /// Records that were in quarantine before, by reason.
    pub quarantined_before: HashMap<String, u64>,
}

impl Job {
    /// Bytes of its files, if they are to be read.
    pub fn bytes(&self) -> u64 {
        match self.stage {
            Stage::Read => self.files.iter().map(|file| file.length).sum(),
            Stage::Diagnose | Stage::Analyze => 0,
        }
    }
}

/// What is written down of families.
pub struct Families {
    /// By whom each was judged.
    pub judged: HashMap<u64, Stamps>,
    /// Records of each in quarantine, by reason.
    pub quarantined: HashMap<u64, HashMap<String, u64>>,
}

/// Groups all files into families and picks those whose files, members or judges changed.
pub fn plan_jobs(entries: &Entries, known: &Families, now: Stamps, mode: Mode) -> Vec<Job> {
    let changed = entries.changed();
    let stage_of = |family: u64| match known.judged.get(&family) {
        Some(before) => stage_after(*before, now),
        None => Some(Stage::Read),
    };
    let is_current = |row: &FileRow| row.family.is_some_and(|family| stage_of(family).is_none());
    // What was removed is sealed: nothing of it can be read again, and nothing joins it.
    let kept = || entries.rows().iter().filter(|row| row.tier.is_kept());
    if mode == Mode::Changes && changed.is_empty() && kept().all(is_current) {
        return Vec::new();
    }
    let (old, current): (Vec<&FileRow>, Vec<&FileRow>) =
        kept().partition(|row| entries.replaced().contains_key(&row.id));
    let family_of = families(current.iter().map(|row| (row.id, &row.links)));
    let families: HashSet<u64> = family_of.values().copied().collect();
    let mut members: HashMap<u64, Vec<&FileRow>> = HashMap::new();
    // Families that a file has left say too much until they are understood again.
    let mut left: HashSet<u64> = HashSet::new();
    for row in current {
        let family = family_of[&row.id];
        members.entry(family).or_default().push(row);
        left.extend(row.family.filter(|old| *old != family));
    }
    // The old entries of each new one.
    let mut replaced: HashMap<u64, Vec<&FileRow>> = HashMap::new();
    for row in old {
        let new = entries.replaced()[&row.id];
        replaced.entry(new).or_default().push(row);
        left.extend(row.family.filter(|old| family_of.get(&new) != Some(old)));
    }
    let mut jobs = Vec::new();
    for (family, mut files) in members {
        let has_changed = |row: &&FileRow| changed.contains(&row.id) || row.family != Some(family);
        let is_moved = mode == Mode::Everything || left.contains(&family) || files.iter().any(has_changed);
        let stage = if is_moved { Some(Stage::Read) } else { stage_of(family) };
        let Some(stage) = stage else { continue };
        files.sort_unstable_by_key(|row| row.id);
        let old: Vec<&FileRow> = files.iter().filter_map(|row| replaced.get(&row.id)).flatten().copied().collect();
        let before: BTreeSet<u64> = files.iter().chain(&old).filter_map(|row| row.family).collect();
        let mut quarantined_before: HashMap<String, u64> = HashMap::new();
        for (reason, count) in before.iter().filter_map(|old| known.quarantined.get(old)).flatten() {
            *quarantined_before.entry(reason.clone()).or_default() += count;
        }
        jobs.push(Job {
            family,
            stage,
            changed: files.iter().filter(|row| changed.contains(&row.id)).map(|row| (*row).clone()).collect(),
            replaced: old.iter().map(|row| row.id).collect(),
            gone: before.into_iter().filter(|old| !families.contains(old)).collect(),
            files: files.into_iter().cloned().collect(),
            quarantined_before,
        });
    }
    jobs
}
