//! The guard at work: what it reads and what it leaves.
//!
//! It reads one compiled file and the end of one small file of the session, and appends a line to each of two files.
//! What cannot be read says nothing, and what cannot be written is not remembered: nobody waits for it.

use super::guard::{GuardFile, Question, RECENT, Recent, decide};
use super::spool::{SPOOL, SpoolLine};
use super::trigger::FURTHEST;
use crate::disk::{Disk, open_regular};
use crate::event::Millis;
use crate::layout::House;
use crate::store::DurableHand;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes at the end of a session's calls that are read.
const TAIL: u64 = 64 * 1024;
/// Bytes of a session's calls from which on the file is begun anew with its end.
const LONG: u64 = 1024 * 1024;

/// What an agent is told before a tool call, as JSON; nothing if it is to go on as if nobody had looked.
pub fn guard(disk: &dyn Disk, house: &House, asked: &[u8], now: Millis) -> Option<String> {
    let file = GuardFile::read(&std::fs::read(house.guard()).ok()?)?;
    if file.protocols.is_empty() {
        return None;
    }
    let question = Question::read(asked)?;
    judge(disk, house, &file, &question, now)
}

fn judge(disk: &dyn Disk, house: &House, file: &GuardFile, question: &Question, now: Millis) -> Option<String> {
    let spool = house.guard_spool();
    let memory = spool.join(RECENT).join(question.actor());
    let (recent, length) = tail(&memory).unwrap_or_default();
    let recent = Recent::read(&recent);
    let fired = file.fired(question, &recent);
    let verdict = decide(question, &file.seen(question), &fired, &recent);
    remember(disk, &memory, length, &verdict.remember);
    for (protocol, mode) in &verdict.firings {
        note(
            disk,
            &spool.join(SPOOL),
            SpoolLine {
                tool: question.tool.clone(),
                session: question.session.clone(),
                sub_agent: question.sub_agent.clone(),
                call: question.call.clone(),
                ..SpoolLine::new(*protocol, mode.name(), now)
            },
        );
    }
    verdict.answer
}

/// The end of a session's calls, and the length of the file.
fn tail(path: &Path) -> io::Result<(String, u64)> {
    let mut file = open_regular(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), length))
}

/// Appends to a session's calls; what cannot be written is not remembered.
fn remember(disk: &dyn Disk, path: &Path, length: u64, lines: &str) {
    let written = disk.append_line(path, lines.as_bytes());
    if written.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let folder = path.parent().map_or(Ok(()), |folder| disk_folder(disk, folder));
        let _ = folder.and_then(|()| disk.append_line(path, lines.as_bytes()));
    }
    if length > LONG {
        let kept = tail(path).map(|(text, _)| last_lines(&text));
        let _ = kept.and_then(|kept| disk.replace(path, kept.as_bytes()));
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(2 * FURTHEST).max(1);
    lines.get(from..).unwrap_or_default().iter().flat_map(|line| [*line, "\n"]).collect()
}

fn disk_folder(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    DurableHand::new(disk).create_folders(&[folder.to_owned()])
}

/// Appends a firing; what cannot be written is not counted.
fn note(disk: &dyn Disk, path: &Path, line: SpoolLine) {
    if let Ok(line) = serde_json::to_string(&line) {
        let _ = disk.append_line(path, (line + "\n").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn a_long_memory_is_cut_to_whole_lines() {
        let text: String = std::iter::once("torn".to_owned()).chain((0..1000).map(|n| format!("\n{n}"))).collect();
        let kept = last_lines(&text);
        assert!(kept.starts_with("600\n") && kept.ends_with("\n999\n"), "{}", &kept[..9]);
        assert_eq!(last_lines("torn"), "");
    }
}
