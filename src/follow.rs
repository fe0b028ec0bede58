//! Follows a log that an agent is writing to, without a house.

use crate::event::Event;
use crate::intake::formats::{Drift, Reading, Reason, Sink, read};
use crate::intake::{Form, Place, Shape, discover, standard_places};
use globset::GlobSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of what is there already is shown first, in bytes.
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
    /// Where the next record begins; unknown before the first look.
    at: Option<u64>,
    was_gone: bool,
}

impl Follow {
    /// Starts shortly before the end of the log.
    pub fn new(path: PathBuf, max_line: usize) -> Follow {
        Follow { path, max_line, at: None, was_gone: false }
    }

    /// Reads the whole records that were added, and hands over their events.
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
        let mut skips_first = false;
        let start = match self.at {
            None => {
                skips_first = length > BEFORE;
                length.saturating_sub(BEFORE)
            }
            Some(at) if at > length => {
                heard = Heard::Rewritten;
                0
            }
            Some(at) if at == length => return Ok(Heard::Nothing),
            Some(at) => at,
        };
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(length - start).read_to_end(&mut bytes)?;
        // The last line may still be half written.
        let end = memchr::memrchr(b'\n', &bytes).map_or(0, |at| at + 1);
        let begin = if skips_first { memchr::memchr(b'\n', &bytes).map_or(end, |at| at + 1) } else { 0 };
        self.at = Some(start + end as u64);
        let reading = Reading { form: Form::Transcript, shape: Shape::Lines, session: "", max_line: self.max_line };
        read(&bytes[begin..end.max(begin)], reading, &mut Each(each)).map_err(|error| error.source)?;
        Ok(heard)
    }
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
}
