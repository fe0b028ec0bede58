//! What of something forgotten stands in what was learned: lines of firings, words in the journal of protocols, and the
//! files that agents read.

use super::fault::{RetentionError, at};
use crate::layout::House;
use memchr::memmem::Finder;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What stands for a text that was forgotten.
const FORGOTTEN: &[u8] = b"[forgotten]";

/// Traces of something that is to be forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Files that are written again without it.
    pub rewritten: BTreeMap<PathBuf, Vec<u8>>,
    /// Files that go whole; they are written anew from what is left.
    pub modules: Vec<PathBuf>,
}

/// Finds the traces of sessions, and of texts in any of their forms. `modules` is the folder that agents read, from the
/// root of the house.
pub fn traces(
    house: &House,
    modules: &str,
    sessions: &[String],
    texts: &[Finder<'static>],
) -> Result<Traces, RetentionError> {
    let mut found = Traces::default();
    let named: Vec<Finder<'_>> = sessions.iter().map(|session| Finder::new(session.as_bytes())).collect();
    let is_named = |bytes: &[u8]| named.iter().chain(texts).any(|finder| finder.find(bytes).is_some());
    let mut spools = vec![house.firings()];
    spools.extend(files(&house.guard_spool()));
    for path in spools {
        let Some(bytes) = read(&path)? else { continue };
        if is_named(&bytes) {
            let kept: Vec<&[u8]> =
                bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| !is_named(line)).collect();
            found.rewritten.insert(path, kept.concat());
        }
    }
    let journal = house.protocols();
    if let Some(bytes) = read(&journal)? {
        let clean = texts.iter().fold(bytes.clone(), |bytes, finder| without(&bytes, finder));
        if clean != bytes {
            found.rewritten.insert(journal, clean);
        }
    }
    for path in files(&house.resolve(modules)) {
        if read(&path)?.is_some_and(|bytes| is_named(&bytes)) {
            found.modules.push(path);
        }
    }
    Ok(found)
}

/// A text without another one.
fn without(bytes: &[u8], finder: &Finder<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut from = 0;
    for at in finder.find_iter(bytes) {
        out.extend_from_slice(&bytes[from..at]);
        out.extend_from_slice(FORGOTTEN);
        from = at + finder.needle().len();
    }
    out.extend_from_slice(&bytes[from..]);
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, RetentionError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::traces;
    use crate::layout::House;
    use memchr::memmem::Finder;
    use std::fs;

    #[test]
    fn a_session_and_a_text_leave_no_trace() {
        let root = tempfile::tempdir().unwrap();
        let house = House::at(root.path());
        fs::create_dir_all(root.path().join("modules/memory")).unwrap();
        fs::create_dir_all(house.guard_spool()).unwrap();
        fs::write(house.firings(), "{\"session\":\"s1\"}\n{\"session\":\"s2\"}\n").unwrap();
        fs::write(house.guard_spool().join("firings.jsonl"), "{\"session\":\"s1\"}\n").unwrap();
        fs::write(house.protocols(), "{\"advice\":\"use KEY-1 and KEY-1\"}\n").unwrap();
        fs::write(root.path().join("modules/memory/a.md"), "of s1").unwrap();
        fs::write(root.path().join("modules/memory/b.md"), "of s2, with KEY-1").unwrap();
        let of_session = traces(&house, "modules", &["s1".to_owned()], &[]).unwrap();
        assert_eq!(of_session.modules, [root.path().join("modules/memory/a.md")]);
        assert_eq!(of_session.rewritten[&house.firings()], b"{\"session\":\"s2\"}\n");
        assert_eq!(of_session.rewritten.len(), 2);
        let of_text = traces(&house, "modules", &[], &[Finder::new(b"KEY-1")]).unwrap();
        assert_eq!(of_text.modules, [root.path().join("modules/memory/b.md")]);
        assert_eq!(of_text.rewritten[&house.protocols()], b"{\"advice\":\"use [forgotten] and [forgotten]\"}\n");
    }
}
