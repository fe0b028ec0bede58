//! The records of critical errors, one file each, written once.

use super::line::hex;
use super::{ErrorBook, IngestError, Read, from_hex};
use crate::ingest::run::at;
use crate::layout::{Tier, active_name, file_id};
use crate::store::open_error_file;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// The record of a critical error that is kept for ever.
#[derive(Debug)]
pub struct ForEver {
    /// The error.
    pub id: u64,
    /// BLAKE3 of what was written, in hex.
    pub hash: String,
    /// The log that it stands in; 0 if that is not known.
    pub file: u64,
}

/// Records of critical errors that are kept for ever.
#[derive(Debug, Default)]
pub struct KeptForEver {
    /// Those that were newly written down.
    pub kept: Vec<ForEver>,
    /// Those that lay there and that the index did not know.
    pub found: Vec<ForEver>,
    /// How many wait for the next run.
    pub left: u64,
}

impl ErrorBook<'_> {
    /// Copies the records of critical errors that are kept nowhere for ever yet, at most `cap`; says how many are left.
    pub fn keep_critical(&self, cap: u32) -> Result<KeptForEver, IngestError> {
        let folder = self.house.resolve(&self.layout.errors).join("critical");
        let mut waiting: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
        for (id, entry) in self.index.iter().filter(|(_, entry)| entry.critical) {
            if !folder.join(format!("{}.json", hex(*id))).exists() {
                waiting.entry(&entry.path).or_default().insert(*id);
            }
        }
        let mut done = KeptForEver { found: self.unknown_critical(&folder)?, ..KeptForEver::default() };
        if waiting.is_empty() {
            return Ok(done);
        }
        let root = self.house.root();
        self.hand.create_safe_folders(std::slice::from_ref(&folder), root).map_err(at(folder.clone()))?;
        for (path, ids) in waiting {
            let full = self.house.resolve(path);
            let file = open_error_file(&full).map_err(at(full.clone()))?;
            let mut last: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
            for line in BufReader::new(file).split(b'\n') {
                let line = line.map_err(at(full.clone()))?;
                let Ok(read) = serde_json::from_slice::<Read>(&line) else { continue };
                let id = from_hex(&read.id).filter(|id| ids.contains(id) && read.digest.is_some());
                id.map(|id| last.insert(id, line));
            }
            for (id, line) in last {
                if done.kept.len() >= cap as usize {
                    done.left += 1;
                    continue;
                }
                let target = folder.join(format!("{}.json", hex(id)));
                let line = [line.as_slice(), b"\n"].concat();
                let written = self.hand.write_new(&self.house.incoming(), &target, |out| out.write_all(&line));
                written.map_err(at(target))?;
                done.kept.push(self.for_ever(id, &line));
            }
        }
        self.hand.settle().map_err(at(folder))?;
        Ok(done)
    }

    /// Records that are kept for ever and that the index does not know, as one that was lost does not.
    fn unknown_critical(&self, folder: &Path) -> Result<Vec<ForEver>, IngestError> {
        let mut unknown = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(id) = name.strip_suffix(".json").and_then(from_hex) else { continue };
            if !self.for_ever.contains(&id) {
                let line = fs::read(entry.path()).map_err(at(entry.path()))?;
                unknown.push(self.for_ever(id, &line));
            }
        }
        Ok(unknown)
    }

    fn for_ever(&self, id: u64, line: &[u8]) -> ForEver {
        let path = serde_json::from_slice::<Read>(line).map(|read| read.file).unwrap_or_default();
        let tier = if path.starts_with(&self.layout.archive) { Tier::Archive } else { Tier::Active };
        let name = active_name(&path, tier);
        let file = if name.is_empty() { 0 } else { file_id(name) };
        ForEver { id, hash: blake3::hash(line).to_hex().to_string(), file }
    }
}
