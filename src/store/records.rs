//! Reads what the files of error records say of one error.

use super::{Handled, IdRange, Reader, StoreError, StoredIncident};
use crate::disk::open_regular;
use crate::event::parse_rfc3339;
use crate::intake::{Compression, decoder};
use crate::layout::House;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Longest line that is read, in bytes. A record has three excerpts of 4 KiB and a few names; a guess with much room.
const LONGEST: usize = 4 * 1024 * 1024;
/// Lines about one error that are told; the last ones count.
const TOLD: usize = 100;

/// A line of an error file; what it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields of a line, described in docs/errors.md")]
pub struct ErrorLine {
    pub what: String,
    pub id: String,
    pub recorded: String,
    pub why: String,
    pub time: Option<String>,
    pub kind: String,
    pub agent: String,
    pub session: String,
    pub sub_agent: String,
    pub project: String,
    pub tool: String,
    pub call: String,
    pub disposition: String,
    pub title: String,
    pub cause: String,
    pub owner: String,
    pub severity: u8,
    pub fingerprint: String,
    pub critical: bool,
    pub plugin: Option<LinePlugin>,
    pub source: String,
    pub file: String,
    pub offset: u64,
    pub length: u64,
    pub resolution: String,
    pub resolved_by: Option<String>,
    pub resolved_after_ms: Option<u64>,
    pub call_text: String,
    pub failure_text: String,
    pub resolution_text: String,
    pub digest: Option<[String; 2]>,
}

/// Who diagnosed an error, as its record says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "what makes a finding repeatable")]
pub struct LinePlugin {
    pub name: String,
    pub version: String,
    pub content_hash: String,
    pub settings_hash: String,
}

/// One line in the history of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// What happened to it.
    pub what: String,
    /// When that was written.
    pub recorded: String,
    /// Why, in a person's words.
    pub why: String,
}

/// What the error files say of one error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedError {
    /// The file, from the root of the house.
    pub path: String,
    /// Its last record.
    pub last: Option<ErrorLine>,
    /// What happened to it, in order.
    pub history: Vec<Past>,
}

impl RecordedError {
    /// What the error files in the folder `errors` say of an error; nothing if none names it.
    ///
    /// A record of a critical error lies there a second time, should its day file be gone.
    pub fn read(house: &House, errors: &str, reader: &Reader, id: u64) -> Result<Option<RecordedError>, StoreError> {
        let critical = format!("{errors}/critical/{id:016x}.json");
        for path in reader.error_file(id)?.into_iter().chain([critical]) {
            let full = house.resolve(&path);
            let found = open_error_file(&full).and_then(|text| read_lines(BufReader::new(text), id));
            match found {
                Ok((Some(last), history)) => return Ok(Some(RecordedError { path, last: Some(last), history })),
                Ok((None, _)) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(StoreError::Io { path: full, source }),
            }
        }
        Ok(None)
    }
}

/// The last records of several errors; each file is read once.
pub fn last_records(
    house: &House,
    errors: &str,
    reader: &Reader,
    ids: &[u64],
) -> Result<HashMap<u64, ErrorLine>, StoreError> {
    let mut by_path: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for id in ids {
        let critical = format!("{errors}/critical/{id:016x}.json");
        let path = reader.error_file(*id)?.unwrap_or(critical);
        by_path.entry(path).or_default().insert(format!("{id:016x}"));
    }
    let mut found = HashMap::new();
    for (path, wanted) in by_path {
        let full = house.resolve(&path);
        let read = open_error_file(&full).and_then(|text| {
            let (mut text, mut line) = (BufReader::new(text), Vec::new());
            while next_line(&mut text, &mut line)? {
                let named = serde_json::from_slice::<Named>(&line).ok();
                let Some(id) = named.filter(|named| wanted.contains(&named.id)) else { continue };
                let record = serde_json::from_slice::<ErrorLine>(&line).ok().filter(|record| record.digest.is_some());
                if let (Some(record), Ok(id)) = (record, u64::from_str_radix(&id.id, 16)) {
                    found.insert(id, record);
                }
            }
            Ok(())
        });
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => other.map_err(|source| StoreError::Io { path: full, source })?,
        }
    }
    Ok(found)
}

/// Whose record a line is.
#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Opens a day of error records, wherever it lies.
pub fn open_error_file(path: &Path) -> io::Result<Box<dyn Read>> {
    let is_packed = path.extension().is_some_and(|extension| extension == "zst");
    decoder(if is_packed { Compression::Zstd } else { Compression::None }, open_regular(path)?)
}

impl StoredIncident {
    /// An error of which nothing but its record is left.
    pub fn of_record(id: u64, line: &ErrorLine, handled: Option<Handled>) -> StoredIncident {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let by_agent = if line.resolution.is_empty() { "open" } else { "resolved" };
        let status = handled.as_ref().and_then(|handled| handled.status.clone());
        let resolved_by = line.resolved_by.as_deref().and_then(IdRange::of_prefix);
        StoredIncident {
            id,
            time: line.time.as_deref().and_then(parse_rfc3339),
            kind: line.kind.clone(),
            tool: line.tool.clone(),
            call: some(&line.call),
            session: some(&line.session),
            agent: some(&line.agent),
            project: some(&line.project),
            sub_agent: some(&line.sub_agent),
            disposition: line.disposition.clone(),
            fingerprint: line.fingerprint.clone(),
            title: line.title.clone(),
            cause: line.cause.clone(),
            owner: line.owner.clone(),
            severity: line.severity,
            critical: line.critical && !handled.as_ref().is_some_and(|handled| handled.cleared),
            status: Some(status.unwrap_or_else(|| by_agent.to_owned())),
            resolution: line.resolution.clone(),
            resolved_by: resolved_by.filter(|range| range.is_whole()).map(|range| range.first),
            resolved_after: line.resolved_after_ms,
            handled,
            plugin: line.plugin.as_ref().map(|plugin| plugin.name.clone()),
            plugin_version: line.plugin.as_ref().map(|plugin| plugin.version.clone()),
            ..StoredIncident::default()
        }
    }
}

/// The last record of an error, and what happened to it; lines that say nothing are passed over.
fn read_lines(mut file: impl BufRead, id: u64) -> io::Result<(Option<ErrorLine>, Vec<Past>)> {
    let name = format!("{id:016x}");
    let finder = memchr::memmem::Finder::new(&name);
    let (mut last, mut history) = (None, Vec::new());
    let mut line = Vec::new();
    while next_line(&mut file, &mut line)? {
        if finder.find(&line).is_none() {
            continue;
        }
        let Ok(read) = serde_json::from_slice::<ErrorLine>(&line) else { continue };
        if read.id != name {
            continue;
        }
        history.push(Past { what: read.what.clone(), recorded: read.recorded.clone(), why: read.why.clone() });
        if history.len() > 2 * TOLD {
            history.drain(..TOLD);
        }
        if read.digest.is_some() {
            last = Some(read);
        }
    }
    history.drain(..history.len().saturating_sub(TOLD));
    Ok((last, history))
}

/// Reads the next line, of which no more than [`LONGEST`] bytes are kept; whether there was one.
fn next_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut found = false;
    loop {
        let piece = file.fill_buf()?;
        if piece.is_empty() {
            return Ok(found);
        }
        found = true;
        let end = memchr::memchr(b'\n', piece);
        let taken = &piece[..end.unwrap_or(piece.len())];
        line.extend_from_slice(&taken[..taken.len().min(LONGEST - line.len())]);
        let used = end.map_or(piece.len(), |end| end + 1);
        file.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, TOLD, next_line, read_lines};

    #[test]
    fn the_last_record_counts_and_what_says_nothing_is_passed_over() {
        let record = |title: &str| {
            format!(r#"{{"what":"raised","id":"00000000000000ab","title":"{title}","digest":["1","0"],"new_field":1}}"#)
        };
        let lines = [
            record("first"),
            record("second"),
            r#"{"what":"resolved-by-person","id":"00000000000000ab","recorded":"now","why":"mended"}"#.to_owned(),
            r#"{"what":"raised","id":"00000000000000ac","title":"of 00000000000000ab","digest":["1","0"]}"#.to_owned(),
            r#"{"what":"raised","id":"00000000000000ab","title":7,"digest":["1","0"]}"#.to_owned(),
            r#"{"what":"raised","id":"00000000000000ab","tit"#.to_owned(),
        ];
        let (last, history) = read_lines(lines.join("\n").as_bytes(), 0xab).unwrap();
        assert_eq!(last.unwrap().title, "second");
        let history: Vec<_> = history.iter().map(|past| (past.what.as_str(), past.why.as_str())).collect();
        assert_eq!(history, [("raised", ""), ("raised", ""), ("resolved-by-person", "mended")]);
        assert_eq!(read_lines(&b""[..], 1).unwrap(), (None, Vec::new()));
        let many = [record("again")].iter().cycle().take(10 * TOLD).cloned().collect::<Vec<_>>().join("\n");
        assert_eq!(read_lines(many.as_bytes(), 0xab).unwrap().1.len(), TOLD);
    }

    #[test]
    fn no_line_is_too_long() {
        let text = [vec![b'x'; LONGEST + 5], b"\nend".to_vec()].concat();
        let (mut file, mut line) = (text.as_slice(), Vec::new());
        assert!(next_line(&mut file, &mut line).unwrap());
        assert_eq!(line.len(), LONGEST);
        assert!(next_line(&mut file, &mut line).unwrap());
        assert_eq!(line, b"end");
        assert!(!next_line(&mut file, &mut line).unwrap());
    }
}
