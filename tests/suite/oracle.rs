//! An oracle that knows by itself which bytes must be where in a house to which retention did something: it goes by the
//! names and the contents of files alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use logwright::layout::{House, Tier, active_name};

use crate::house::files_below;
use crate::kept_house::FAILING;

/// The bytes that must be somewhere.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    /// Raw logs, by hash.
    pub logs: BTreeMap<String, Vec<u8>>,
    /// Days of error records, by name.
    pub days: BTreeMap<String, Vec<u8>>,
    /// Records of critical errors, by name.
    pub critical: BTreeMap<String, Vec<u8>>,
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// What lies where in a house: folder, name as of an active log, hash of the bytes as they came.
pub fn lies(house: &House) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (folder, tier) in [
        ("logs/sessions", Tier::Active),
        ("logs/errors", Tier::Active),
        ("logs/archived-snapshots", Tier::Archive),
        ("store/trash", Tier::Trash),
    ] {
        for path in files_below(&house.resolve(folder)) {
            let bytes = if tier == Tier::Active { fs::read(&path) } else { unpacked(&path) }.unwrap();
            let name = name_of(&path);
            lines.push(format!("{folder} {} {}\n", active_name(&name, tier), hash(&bytes)));
        }
    }
    lines.concat()
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The bytes in a file of the archive.
pub fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    zstd::Decoder::new(fs::File::open(path)?)?.read_to_end(&mut text)?;
    Ok(text)
}

impl Oracle {
    /// What a house holds now, all of it active.
    pub fn of(house: &House) -> Oracle {
        let mut oracle = Oracle::default();
        for path in files_below(&house.resolve("logs/sessions")) {
            let bytes = fs::read(path).unwrap();
            oracle.logs.insert(hash(&bytes), bytes);
        }
        for path in files_below(&house.resolve("logs/errors")) {
            let (name, bytes) = (name_of(&path), fs::read(&path).unwrap());
            let is_critical = path.parent().unwrap().ends_with("critical");
            if is_critical { &mut oracle.critical } else { &mut oracle.days }.insert(name, bytes);
        }
        oracle
    }

    /// What of it is lost, twice there, or damaged in a house. `may_go` allows what has a receipt to be gone, and lines
    /// to be missing in days of error records.
    pub fn complaints(&self, house: &House, may_go: bool) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut days: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for folder in ["logs/sessions", "logs/errors", "logs/archived-snapshots", "store/trash"] {
            for path in files_below(&house.resolve(folder)) {
                let name = name_of(&path);
                if path.parent().unwrap().ends_with("critical") {
                    continue;
                }
                let is_packed = folder.ends_with("snapshots") || folder.ends_with("trash");
                let bytes = match if is_packed { unpacked(&path) } else { fs::read(&path) } {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        complaints.push(format!("{} cannot be read: {error}", path.display()));
                        continue;
                    }
                };
                let plain = name.trim_end_matches(".zst").rsplit("-2026-").next().unwrap_or_default();
                // Of what is forgotten only in part, and no index knows that, the log tells once more.
                let is_anew = |bytes: &[u8]| {
                    bytes
                        .split(|byte| *byte == b'\n')
                        .all(|line| line.is_empty() || String::from_utf8_lossy(line).contains(FAILING))
                };
                if folder == "logs/errors" && may_go && !self.days.contains_key(&name) && is_anew(&bytes) {
                    continue;
                }
                match self.days.keys().find(|day| day.ends_with(plain) && !name.contains('_')) {
                    Some(day) => days.entry(day.clone()).or_default().push(bytes),
                    None => places.entry(hash(&bytes)).or_default().push(format!("{folder}/{name}")),
                }
            }
        }
        let receipts: String =
            files_below(&house.receipts()).iter().map(|path| fs::read_to_string(path).unwrap_or_default()).collect();
        for hash in self.logs.keys() {
            match places.remove(hash).unwrap_or_default().as_slice() {
                [_] => {}
                [] if may_go && receipts.contains(hash) => {}
                [] => complaints.push(format!("a log is lost: {hash}")),
                several => complaints.push(format!("a log is in several places: {several:?}")),
            }
        }
        complaints.extend(places.values().map(|paths| format!("nobody knows these bytes: {paths:?}")));
        for (name, bytes) in &self.days {
            let is_whole = |found: &Vec<u8>| found.starts_with(bytes);
            // What is forgotten goes line by line; the others stay.
            let is_allowed = |found: &Vec<u8>| {
                let stays = |line: &&[u8]| !String::from_utf8_lossy(line).contains(FAILING);
                let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(stays);
                let text: Vec<u8> =
                    found.split_inclusive(|byte| *byte == b'\n').filter(stays).collect::<Vec<_>>().concat();
                text.starts_with(&lines.collect::<Vec<_>>().concat())
            };
            match days.remove(name).unwrap_or_default().as_slice() {
                [found] if is_whole(found) || (may_go && is_allowed(found)) => {}
                [] if may_go && receipts.contains(name.as_str()) => {}
                [] => complaints.push(format!("the errors of a day are lost: {name}")),
                [found] => complaints.push(format!("{name} is {:?}", String::from_utf8_lossy(found))),
                _ => complaints.push(format!("{name} is in several places")),
            }
        }
        for (name, bytes) in &self.critical {
            if fs::read(house.resolve("logs/errors/critical").join(name)).ok().as_ref() != Some(bytes) {
                complaints.push(format!("the critical error {name} is not what was written"));
            }
        }
        complaints
    }
}
