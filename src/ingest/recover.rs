//! Finds what lies in the house without being written down: what a dead run left, or
//! everything, if the store was lost.

use super::keep::{read_head, scan_links};
use crate::disk::open_unlinked;
use crate::event::Millis;
use crate::intake::{Compression, Form, Identity, LinkScan, Stat, decoder, identify, stat};
use crate::layout::{House, PACKED, Part, Subject, Tier, active_name, file_id, source_mark};
use crate::settings::Layout;
use crate::store::{FileRow, is_there};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What differs between the house and its entries.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Files without an entry, and files that are longer than their entry says; with the
    /// id of the entry that was theirs until they got a better name.
    pub found: Vec<(FileRow, Option<u64>)>,
    /// Files that could not be read.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Compares the folders of raw logs with their entries.
pub fn recover(house: &House, layout: &Layout, rows: &[FileRow], now: Millis) -> Recovered {
    // Rows that only receipts tell of say nothing of what lies there now.
    let is_trusted = |row: &&FileRow| row.tier.is_kept() && row.stat != Stat::default();
    let known: HashMap<&str, &FileRow> = rows.iter().filter(is_trusted).map(|row| (row.path.as_str(), row)).collect();
    // A run that died between the two has renamed a copy and not written it down.
    let renamed: HashMap<(Option<u32>, u64), &FileRow> = rows
        .iter()
        .filter(|row| row.tier == Tier::Active && !is_there(&house.resolve(&row.path)))
        .map(|row| ((source_mark(&row.path), row.part), row))
        .collect();
    let mut recovered = Recovered::default();
    for folder in [&layout.sessions, &layout.system] {
        for name in names_in(&house.resolve(folder)) {
            let relative = format!("{folder}/{name}");
            let path = house.resolve(&relative);
            let row = known.get(relative.as_str()).copied();
            let before =
                renamed.get(&(source_mark(&name), Part::of_name(&name).number)).copied().filter(|_| row.is_none());
            let is_known = |length| row.is_some_and(|row| row.length == length);
            match examine(&path, &relative, Tier::Active, is_known, row.or(before), now) {
                Ok(found) => recovered.found.extend(found.map(|found| (found, before.map(|row| row.id)))),
                Err(error) => recovered.unreadable.push((path, error)),
            }
        }
    }
    let ids: HashSet<u64> = rows.iter().filter(is_trusted).map(|row| row.id).collect();
    for relative in archived(house, layout) {
        let path = house.resolve(&relative);
        // Days of error records, whose names say no agent, are none of the raw logs.
        if !active_name(&relative, Tier::Archive).contains('_') {
            continue;
        }
        if known.contains_key(relative.as_str()) || ids.contains(&file_id(active_name(&relative, Tier::Archive))) {
            continue;
        }
        match examine(&path, &relative, Tier::Archive, |_| false, None, now) {
            Ok(found) => recovered.found.extend(found.map(|found| (found, None))),
            Err(error) => recovered.unreadable.push((path, error)),
        }
    }
    // A copy that is gone is made again, if its source is still there.
    let found: HashSet<u64> = recovered.found.iter().filter_map(|(_, before)| *before).collect();
    let gone = renamed.into_values().filter(|row| !found.contains(&row.id));
    recovered.found.extend(gone.map(|row| (FileRow { stat: Stat::default(), ..row.clone() }, None)));
    recovered
}

/// The names in a folder, in order.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// What lies in the archive, from the root of the house.
pub fn archived(house: &House, layout: &Layout) -> Vec<String> {
    let mut found = Vec::new();
    for year in names_in(&house.resolve(&layout.archive)) {
        for month in names_in(&house.resolve(&format!("{}/{year}", layout.archive))) {
            let folder = format!("{}/{year}/{month}", layout.archive);
            // A link leads who knows where; `verify` names it.
            if house.resolve(&folder).is_symlink() || house.resolve(&format!("{}/{year}", layout.archive)).is_symlink()
            {
                continue;
            }
            let names = names_in(&house.resolve(&folder)).into_iter();
            found.extend(names.filter(|name| name.ends_with(PACKED)).map(|name| format!("{folder}/{name}")));
        }
    }
    found
}

fn examine(
    path: &Path,
    relative: &str,
    tier: Tier,
    is_known: impl FnOnce(u64) -> bool,
    row: Option<&FileRow>,
    now: Millis,
) -> io::Result<Option<FileRow>> {
    let name = active_name(relative, tier);
    let file = open_unlinked(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || is_known(metadata.len()) {
        return Ok(None);
    }
    if let Some(row) = row.filter(|row| metadata.len() < row.length) {
        let message = format!("it has {} bytes where {} were kept", metadata.len(), row.length);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut as_it_came = AsItCame { file, tier };
    let (compression, head) = read_head(&mut as_it_came.open()?)?;
    let Some(identity) = identify_kept(name, &head) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is in no format that is known"));
    };
    let mut hash = blake3::Hasher::new();
    hash.update_reader(as_it_came.open()?)?;
    let mut links = LinkScan::new(identity.form, &identity.session);
    // Damage inside is found, and told, when the file is read.
    let _ = decoder(compression, as_it_came.open()?)
        .and_then(|mut plain| scan_links(&mut *plain as &mut dyn Read, &mut links));
    Ok(Some(FileRow {
        id: file_id(name),
        source: row.map(|row| row.source.clone()).unwrap_or_default(),
        part: Part::of_name(name).number,
        is_last: row.is_none_or(|row| row.is_last),
        path: relative.to_owned(),
        agent: identity.agent.to_owned(),
        form: identity.form.name().to_owned(),
        shape: identity.shape.name().to_owned(),
        session: identity.session,
        compression: compression.name().to_owned(),
        length: hash.count(),
        hash: hash.finalize().to_hex().to_string(),
        copied: row.map_or(now, |row| row.copied),
        // An unknown state of the source: it will be compared when it is seen again.
        stat: row.map_or(Stat { size: 0, ..stat(&metadata) }, |row| row.stat),
        links: links.finish(),
        family: None,
        tier,
        entered: row.map_or(now, |row| row.entered),
        stored: metadata.len(),
        mode: row.map_or(metadata.mode() & 0o7777, |row| row.mode),
    }))
}

/// A kept file, to be read several times from its beginning as it came.
struct AsItCame {
    file: File,
    tier: Tier,
}

impl AsItCame {
    fn open(&mut self) -> io::Result<Box<dyn Read + '_>> {
        self.file.seek(SeekFrom::Start(0))?;
        let compression = if self.tier.is_packed() { Compression::Zstd } else { Compression::None };
        decoder(compression, &self.file)
    }
}

/// What a kept file is, told from its name and its first bytes.
fn identify_kept(name: &str, head: &[u8]) -> Option<Identity> {
    Subject::of_name(name).iter().find_map(|subject| {
        let identity = identify(&original_path(name, subject), head)?;
        let kind = if identity.form == Form::Transcript { "" } else { identity.form.name() };
        (kind == subject.kind).then_some(identity)
    })
}

/// A path by which the file would be told for what it is.
fn original_path(name: &str, subject: &Subject) -> PathBuf {
    let tail = name.rsplit('_').next().unwrap_or_default();
    let is_number = |part: &&str| part.starts_with("part") || part.starts_with("from");
    let extension = tail.split('.').skip(1).filter(|part| !is_number(part)).collect::<Vec<_>>().join(".");
    let session = subject.session.replace('/', "-");
    PathBuf::from(match Form::of_name(&subject.kind) {
        Some(Form::History) => "history.jsonl".to_owned(),
        Some(Form::ShellSnapshot) => format!("shell-snapshots/snapshot-{name}.{extension}"),
        Some(Form::DebugLog) => format!("debug/{session}.{extension}"),
        Some(Form::Tasks) => format!("tasks/{session}/1.{extension}"),
        Some(Form::ToolOutput) => format!("{session}/tool-results/1.{extension}"),
        Some(Form::SubAgent) => format!("{session}/subagents/agent.meta.{extension}"),
        Some(Form::Transcript) | None => format!("projects/project/{session}.{extension}"),
    })
}

#[cfg(test)]
mod tests {
    use super::identify_kept;
    use crate::intake::Form;

    #[test]
    fn a_name_in_the_house_tells_what_a_file_was() {
        for (name, head, form, session) in [
            ("20260101T000000Z_claude-code_s1_0a.part7.jsonl", "{}", Form::Transcript, "s1"),
            ("20260101T000000Z_claude-code_x-tasks_0a.jsonl", "{}", Form::Transcript, "x-tasks"),
            ("20260101T000000Z_claude-code_history_0a.jsonl", "{\"display\":1}", Form::History, ""),
            ("20260101T000000Z_claude-code_history_0a.jsonl", "{\"type\":1}", Form::Transcript, "history"),
            ("20260101T000000Z_claude-code_shell-snapshot_0a.sh", "", Form::ShellSnapshot, ""),
            ("20260101T000000Z_claude-code_s_1+debug-log_0a.txt", "", Form::DebugLog, "s_1"),
            ("20260101T000000Z_claude-code_s1+tasks_0a.json", "{}", Form::Tasks, "s1"),
            ("20260101T000000Z_claude-code_s%201+tool-output_0a.txt", "", Form::ToolOutput, "s 1"),
            ("20260101T000000Z_claude-code_s1+sub-agent_0a.json", "{}", Form::SubAgent, "s1"),
        ] {
            let found = identify_kept(name, head.as_bytes()).unwrap();
            assert_eq!((found.form, found.session.as_str()), (form, session), "{name}");
        }
    }
}
