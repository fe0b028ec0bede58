//! Reads the rows of a family back, for those who go on from them.

use super::read::{identity, tokens, unsigned};
use super::{FileRow, Reader, StoreError};
use crate::event::{Kind, Severity, Status};
use crate::pipeline::{ContextRow, Derived, DiagnosisRow, EventRow, IncidentRow, LabelRow, Names, Resolution};
use rusqlite::Row;
use std::collections::HashMap;

/// A column that may hold the number of a row.
fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<u32>> {
    row.get(column)
}

/// Every interned word of the store, by its number.
pub type Words = HashMap<i64, String>;

impl Reader {
    /// Every interned word.
    pub fn words(&self) -> Result<Words, StoreError> {
        let words = self.rows("SELECT id, text FROM name", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(words.into_iter().collect())
    }

    /// The family of an event and its number there.
    pub fn place_of(&self, event: u64) -> Result<Option<(u64, u32)>, StoreError> {
        let found = self.rows("SELECT family, n FROM event WHERE id = ?1 LIMIT 1", [event as i64], |row| {
            Ok((identity(row, 0)?, row.get(1)?))
        })?;
        Ok(found.into_iter().next())
    }

    /// The files of a family, in the order in which they are read.
    pub fn files_of(&self, family: u64) -> Result<Vec<FileRow>, StoreError> {
        let mut files = self.files()?;
        files.retain(|file| file.family == Some(family));
        Ok(files)
    }

    /// What was derived from a family of files, as far as extractors and analyzers need it: events, contexts, labels,
    /// costs, incidents and what was said of them. `files` come in the order in which they were read.
    pub fn derived(&self, family: u64, files: &[FileRow], words: &Words) -> Result<Derived, StoreError> {
        let family = family as i64;
        let mut names = Names::default();
        let place: HashMap<u64, u32> = files.iter().map(|file| file.id).zip(0..).collect();
        let contexts = self.rows(
            "SELECT file, session, version, sub_agent, project, directory FROM context WHERE family = ?1 ORDER BY n",
            [family],
            |row| {
                let mut name = |column| {
                    let text = row.get_ref(column)?.as_str_or_null()?;
                    Ok::<_, rusqlite::Error>(names.intern(text.unwrap_or_default()))
                };
                Ok(ContextRow {
                    session: name(1)?,
                    version: name(2)?,
                    sub_agent: name(3)?,
                    project: name(4)?,
                    directory: name(5)?,
                    file: place.get(&identity(row, 0)?).copied().unwrap_or_default(),
                })
            },
        )?;
        let mut word = |row: &Row<'_>, column: usize| {
            let text = words.get(&row.get(column)?).map_or("", String::as_str);
            Ok::<_, rusqlite::Error>(names.intern(text))
        };
        let mut calls: Vec<Option<String>> = Vec::new();
        let mut events = self.rows(
            "SELECT id, context, offset, length, sub, time, kind, status, tool, call, model, duration_ms, size,
                category, subcategory, severity, judge, critical FROM event WHERE family = ?1 ORDER BY n",
            [family],
            |row| {
                let kind = words.get(&row.get(6)?).and_then(|name| Kind::of_name(name));
                let status = match words.get(&row.get(7)?).map_or("", String::as_str) {
                    "ok" => Status::Ok,
                    "error" => Status::Error,
                    _ => Status::Unset,
                };
                calls.push(row.get(9)?);
                Ok(EventRow {
                    identity: 0,
                    id: identity(row, 0)?,
                    time: row.get(5)?,
                    offset: unsigned(row, 2)?,
                    length: unsigned(row, 3)?,
                    size: unsigned(row, 12)?,
                    duration: row.get::<_, Option<i64>>(11)?.map(|duration| duration as u64),
                    index: row.get(4)?,
                    context: row.get(1)?,
                    tool: word(row, 8)?,
                    call: 0,
                    model: word(row, 10)?,
                    category: word(row, 13)?,
                    subcategory: word(row, 14)?,
                    tokens: 0,
                    kind: kind.unwrap_or(Kind::Unknown),
                    status,
                    severity: Severity::new(row.get(15)?).unwrap_or_default(),
                    judge: row.get(16)?,
                    critical: row.get(17)?,
                })
            },
        )?;
        let incidents = self.rows(
            "SELECT id, event, call, before, resolution, answer, how, earlier FROM incident WHERE family = ?1 ORDER BY n",
            [family],
            |row| {
                Ok(IncidentRow {
                    id: identity(row, 0)?,
                    event: row.get(1)?,
                    call: number(row, 2)?,
                    before: number(row, 3)?,
                    resolution: number(row, 4)?,
                    answer: number(row, 5)?,
                    how: Resolution::of_name(row.get_ref(6)?.as_str()?),
                    earlier: row.get(7)?,
                })
            },
        )?;
        let diagnoses = self.rows(
            "SELECT judge, disposition, reason, fingerprint, title, cause, owner, severity, critical FROM incident
             WHERE family = ?1 ORDER BY n",
            [family],
            |row| {
                Ok(DiagnosisRow {
                    judge: row.get(0)?,
                    disposition: word(row, 1)?,
                    reason: word(row, 2)?,
                    fingerprint: word(row, 3)?,
                    title: word(row, 4)?,
                    cause: word(row, 5)?,
                    owner: word(row, 6)?,
                    severity: Severity::new(row.get(7)?).unwrap_or_default(),
                    critical: row.get(8)?,
                })
            },
        )?;
        let labels =
            self.rows("SELECT n, label, slot FROM label WHERE family = ?1 ORDER BY n, slot", [family], |row| {
                Ok(LabelRow { event: row.get(0)?, label: word(row, 1)?, slot: row.get(2)? })
            })?;
        for (event, call) in events.iter_mut().zip(calls) {
            event.call = names.intern(call.as_deref().unwrap_or_default());
        }
        let mut costs = Vec::new();
        let found = self.rows(
            "SELECT n, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens FROM response
             WHERE family = ?1 ORDER BY n",
            [family],
            |row| Ok((row.get::<_, u32>(0)?, tokens(row, 1)?)),
        )?;
        for (event, cost) in found {
            costs.push(cost);
            if let Some(event) = events.get_mut(event as usize) {
                event.tokens = costs.len() as u32;
            }
        }
        Ok(Derived { names, events, contexts, tokens: costs, labels, incidents, diagnoses, ..Derived::default() })
    }
}
