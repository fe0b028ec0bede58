//! Follows a log that an agent is writing to, without a house.

use crate::event::Event;
use crate::intake::formats::{Drift, Reading, Reason, Sink, read};
use crate::intake::{Form, Place, Shape, discover, standard_places};
use globset::GlobSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of what is there already is heard first, in bytes.
const BEFORE: u64 = 32 * 1024;

/// What has happened to a log since it was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// It has grown.
    More,
    /// It is shorter than it was; it is read from its beginning.
    Rewritten,
    /// It is not there.
    Gone,
}

/// A log that is being followed.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    max_line: usize,
    /// How much of what is there already is heard first, in bytes, at least.
    before: u64,
    /// From where is read next; unknown before the first look.
    at: Option<u64>,
    /// Whether that is within a record, the rest of which is left out.
    is_within: bool,
    was_gone: bool,
}

impl Follow {
    /// Starts shortly before the end of the log.
    pub fn new(path: PathBuf, max_line: usize) -> Follow {
        Follow { path, max_line, before: BEFORE, at: None, is_within: false, was_gone: false }
    }

    /// The same, starting at least so many bytes before the end.
    pub fn looking_back(self, bytes: u64) -> Follow {
        Follow { before: bytes, ..self }
    }

    /// Reads the whole records that were added, and hands over their events. Those that do not name their session
    /// belong to the one of the file's name.
    pub fn listen(&mut self, each: impl FnMut(Event<'_>)) -> io::Result<Heard> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let heard = if self.was_gone { Heard::Nothing } else { Heard::Gone };
                self.was_gone = true;
                return Ok(heard);
            }
            Err(error) => return Err(error),
        };
        self.was_gone = false;
        let length = file.metadata()?.len();
        let mut heard = Heard::More;
        let bytes = match self.at {
            None => self.last_records(&mut file, length)?,
            Some(at) if at == length => return Ok(Heard::Nothing),
            Some(at) if at < length => read_between(&mut file, at, length)?,
            Some(_) => {
                heard = Heard::Rewritten;
                (self.at, self.is_within) = (Some(0), false);
                read_between(&mut file, 0, length)?
            }
        };
        let start = length - bytes.len() as u64;
        let begin = match memchr::memchr(b'\n', &bytes) {
            Some(at) if self.is_within => at + 1,
            _ => 0,
        };
        // The last line may still be half written.
        let Some(end) = memchr::memrchr(b'\n', &bytes).map(|at| at + 1) else {
            // What is too long is left out, and need not be read again until it ends.
            self.is_within |= bytes.len() > self.max_line;
            self.at = Some(if self.is_within { length } else { start });
            return Ok(heard);
        };
        (self.at, self.is_within) = (Some(start + end as u64), false);
        let session = self.path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let reading = Reading { form: Form::Transcript, shape: Shape::Lines, session, max_line: self.max_line };
        read(&bytes[begin..end], reading, &mut Each(each)).map_err(|error| error.source)?;
        Ok(heard)
    }

    /// The last bytes of the log: as few as hold a whole record, but not much less than is shown first, and not much
    /// more than a record may have.
    fn last_records(&mut self, file: &mut File, length: u64) -> io::Result<Vec<u8>> {
        // With the line feeds on both sides.
        let most = (self.max_line as u64).saturating_add(2).max(self.before);
        let mut size = self.before;
        loop {
            let start = length.saturating_sub(size);
            let bytes = read_between(file, start, length)?;
            let is_whole = match (memchr::memchr(b'\n', &bytes), memchr::memrchr(b'\n', &bytes)) {
                (Some(first), Some(last)) => first < last,
                _ => false,
            };
            self.is_within = start > 0;
            if start == 0 || is_whole || size == most {
                return Ok(bytes);
            }
            size = (2 * size).min(most);
        }
    }
}

fn read_between(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Each<F>(F);

impl<F: FnMut(Event<'_>)> Sink for Each<F> {
    fn event(&mut self, event: Event<'_>) {
        (self.0)(event);
    }

    fn drift(&mut self, _: Drift<'_>) {}

    fn quarantine(&mut self, _: u64, _: u64, _: Reason) {}
}

/// The transcript of this machine's agents that changed last.
pub fn newest_transcript(home: &Path, config: Option<&OsStr>) -> Option<PathBuf> {
    let is_transcripts = |path: &PathBuf| path.ends_with("projects");
    let places = standard_places(home, config).into_iter().filter(is_transcripts).map(Place::Path).collect::<Vec<_>>();
    let found = discover(&places, &GlobSet::empty());
    let transcripts = found.files.into_iter().filter(|file| file.path.extension() == Some(OsStr::new("jsonl")));
    transcripts.max_by_key(|file| file.stat.modified_ns).map(|file| file.path)
}

#[cfg(test)]
mod tests {
    use super::{Follow, Heard};
    use std::fs;
    use std::io::Write;

    #[test]
    fn whole_records_come_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let line = |text: &str| format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{text}\"}}}}\n");
        fs::write(&path, line("one")).unwrap();
        let mut follow = Follow::new(path.clone(), 1 << 20);
        let mut listen = || {
            let mut texts = Vec::new();
            let heard = follow.listen(|event| texts.push(event.text.decode().into_owned())).unwrap();
            (heard, texts)
        };
        assert_eq!(listen(), (Heard::More, vec!["one".to_owned()]));
        assert_eq!(listen(), (Heard::Nothing, vec![]));
        let two = line("two");
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(&two.as_bytes()[..10]).unwrap();
        assert_eq!(listen(), (Heard::More, vec![]));
        file.write_all(&two.as_bytes()[10..]).unwrap();
        assert_eq!(listen(), (Heard::More, vec!["two".to_owned()]));
        fs::write(&path, line("new")).unwrap();
        assert_eq!(listen(), (Heard::Rewritten, vec!["new".to_owned()]));
        fs::remove_file(&path).unwrap();
        assert_eq!(listen(), (Heard::Gone, vec![]));
        assert_eq!(listen(), (Heard::Nothing, vec![]));
    }

    /// What a new follower of a log with these bytes hears first, and what after more was added.
    fn heard(log: &str, more: &str, max_line: usize) -> [Vec<(usize, String)>; 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s1.jsonl");
        fs::write(&path, log).unwrap();
        let mut follow = Follow::new(path.clone(), max_line);
        let mut listen = || {
            let mut found = Vec::new();
            let each = |event: crate::event::Event<'_>| {
                let text = event.text.decode().into_owned();
                found.push((text.len(), event.session.as_deref().unwrap_or_default().to_owned()));
            };
            follow.listen(each).unwrap();
            found
        };
        let first = listen();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(more.as_bytes()).unwrap();
        [first, listen()]
    }

    #[test]
    fn a_long_record_is_found_whole() {
        let line =
            |length: usize| format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{}\"}}}}\n", "x".repeat(length));
        let event = |length| (length, "s1".to_owned());
        let long = 100_000;
        // It is the last one.
        let log = format!("{}{}", line(5), line(long));
        assert_eq!(heard(&log, &line(7), 1 << 20), [vec![event(5), event(long)], vec![event(7)]]);
        // It is not finished yet.
        let (half, rest) = log.split_at(log.len() - 1000);
        assert_eq!(heard(half, rest, 1 << 20), [vec![event(5)], vec![event(long)]]);
        // It is longer than a record may be.
        assert_eq!(heard(&log, &line(7), 50_000), [vec![], vec![event(7)]]);
        assert_eq!(heard(half, &format!("{rest}{}", line(7)), 50_000), [vec![], vec![event(7)]]);
    }
}
