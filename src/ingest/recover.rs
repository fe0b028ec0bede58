//! Finds what lies in the house without being written down: what a dead run left, or
//! everything, if the store was lost.

use super::keep::{read_head, scan_links};
use crate::event::Millis;
use crate::intake::{Form, Identity, LinkScan, Stat, decoder, identify, stat};
use crate::layout::{House, Subject, file_id, source_mark};
use crate::settings::Layout;
use crate::store::FileRow;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
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
    let known: HashMap<&str, &FileRow> = rows.iter().map(|row| (row.path.as_str(), row)).collect();
    // A run that died between the two has renamed a copy and not written it down.
    let renamed: HashMap<(Option<u32>, u64), &FileRow> = rows
        .iter()
        .filter(|row| !house.resolve(&row.path).exists())
        .map(|row| ((source_mark(&row.path), row.part), row))
        .collect();
    let mut recovered = Recovered::default();
    for folder in [&layout.sessions, &layout.system] {
        let mut names: Vec<_> = fs::read_dir(house.resolve(folder))
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        for name in names {
            let relative = format!("{folder}/{name}");
            let path = house.resolve(&relative);
            let row = known.get(relative.as_str()).copied();
            let before = renamed.get(&(source_mark(&name), part_of(&name))).copied().filter(|_| row.is_none());
            let is_known = |length| row.is_some_and(|row| row.length == length);
            match examine(&path, &relative, is_known, row.or(before), now) {
                Ok(found) => recovered.found.extend(found.map(|found| (found, before.map(|row| row.id)))),
                Err(error) => recovered.unreadable.push((path, error)),
            }
        }
    }
    // A copy that is gone is made again, if its source is still there.
    let found: HashSet<u64> = recovered.found.iter().filter_map(|(_, before)| *before).collect();
    let gone = renamed.into_values().filter(|row| !found.contains(&row.id));
    recovered.found.extend(gone.map(|row| (FileRow { stat: Stat::default(), ..row.clone() }, None)));
    recovered
}

fn examine(
    path: &Path,
    relative: &str,
    is_known: impl FnOnce(u64) -> bool,
    row: Option<&FileRow>,
    now: Millis,
) -> io::Result<Option<FileRow>> {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || is_known(metadata.len()) {
        return Ok(None);
    }
    if let Some(row) = row.filter(|row| metadata.len() < row.length) {
        let message = format!("it has {} bytes where {} were kept", metadata.len(), row.length);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let (compression, head) = read_head(&mut file)?;
    let Some(identity) = identify_kept(name, &head) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is in no format that is known"));
    };
    let mut hash = blake3::Hasher::new();
    hash.update_reader(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    let mut links = LinkScan::new(identity.form, &identity.session);
    // Damage inside is found, and told, when the file is read.
    let _ = decoder(compression, &mut file).and_then(|mut plain| scan_links(&mut *plain as &mut dyn Read, &mut links));
    Ok(Some(FileRow {
        id: file_id(name),
        source: row.map(|row| row.source.clone()).unwrap_or_default(),
        part: part_of(name),
        is_last: row.is_none_or(|row| row.is_last),
        path: relative.to_owned(),
        agent: identity.agent.to_owned(),
        form: identity.form.name().to_owned(),
        shape: identity.shape.name().to_owned(),
        session: identity.session,
        compression: compression.name().to_owned(),
        length: metadata.len(),
        hash: hash.finalize().to_hex().to_string(),
        copied: row.map_or(now, |row| row.copied),
        // An unknown state of the source: it will be compared when it is seen again.
        stat: row.map_or(Stat { size: 0, ..stat(&metadata) }, |row| row.stat),
        links: links.finish(),
        family: None,
    }))
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
    let extension = tail.split('.').skip(1).filter(|part| !part.starts_with("part")).collect::<Vec<_>>().join(".");
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

fn part_of(name: &str) -> u64 {
    name.split('.').find_map(|part| part.strip_prefix("part")?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{identify_kept, part_of};
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
        assert_eq!(part_of("a_b_c_0a.part42.jsonl"), 42);
    }
}
