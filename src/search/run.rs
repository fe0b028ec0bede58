//! Goes through the logs in parallel.

use super::excerpt::Excerpt;
use super::outcome::{Hit, Outcome, RawHit, Unread};
use super::pattern::{Found, Pattern};
use super::said::{Unquoted, said};
use super::shelf::Shelf;
use crate::event::{Event, Millis};
use crate::intake::formats::{Drift, Reading, Reason, Sink, record};
use crate::intake::{Form, Line, Lines, is_damage};
use crate::layout::{House, active_name};
use crate::store::{EventFilter, FileRow, Placed, PlacedEvent, Reader, StoreError, open_plain};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes will be read.
    ToRead(u64),
    /// So many more were read.
    Read(u64),
}

/// A search through a house.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The house.
    pub house: &'a House,
    /// What is looked for.
    pub pattern: &'a Pattern,
    /// In which events; where lines are looked for, in the logs that hold such events.
    pub filter: &'a EventFilter,
    /// Longest line, and largest document, in bytes.
    pub max_line: usize,
    /// Threads.
    pub workers: usize,
    /// Hits that are kept; the others are counted.
    pub limit: usize,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
    /// Is told how far it is.
    pub progress: &'a (dyn Fn(Step) + Sync),
}

/// Why a log was not searched to its end.
enum Fault {
    Log(io::Error),
    Store(StoreError),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Fault {
        Fault::Log(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

/// The newest event first; those of one moment by their session, and as they stand in the log.
type EventOrder = (Reverse<Option<Millis>>, Arc<str>, u64, u64, u32);
/// The newest log first, from its beginning to its end: the name of a log begins with its time.
type LineOrder = (Reverse<Arc<str>>, u64);

/// Searches a log.
type Scan<'a, K, H> = dyn Fn(&Reader, &FileRow, &mut Tally<K, H>) -> Result<(), Fault> + Sync + 'a;
/// Takes whole lines of a log, or is told of one that is too long.
type TakePiece<'a> = dyn FnMut(&Line<'_>) -> Result<(), Fault> + 'a;

/// What one worker found.
struct Tally<K, H> {
    shelf: Shelf<K, H>,
    total: u64,
    sessions: HashSet<Arc<str>>,
    logs: u64,
    too_long: u64,
    unread: Vec<Unread>,
    /// The last text that was decoded, whose room is used again.
    text: String,
}

/// A family whose files are searched: its events are looked up once, when something may be a hit, and let go when its
/// last file was searched.
struct Family {
    left: AtomicUsize,
    placed: Mutex<Option<Arc<Placed>>>,
}

impl Search<'_> {
    /// Finds events by what they say.
    pub fn events(&self) -> Result<Outcome<Hit>, StoreError> {
        let reader = self.reader()?;
        let (mut files, waiting) = self.files(&reader)?;
        files.retain(|file| file.family.is_some());
        let mut families: HashMap<u64, Family> = HashMap::new();
        for family in files.iter().filter_map(|file| file.family) {
            let new = || Family { left: AtomicUsize::new(0), placed: Mutex::new(None) };
            families.entry(family).or_insert_with(new).left.fetch_add(1, Ordering::Relaxed);
        }
        let scan = |reader: &Reader, file: &FileRow, tally: &mut Tally<EventOrder, Hit>| {
            let Some((id, family)) = file.family.and_then(|id| Some((id, families.get(&id)?))) else { return Ok(()) };
            let scanned = self.scan_events(file, &mut || family.placed(reader, id, self.filter), tally);
            family.searched();
            scanned
        };
        self.through(&reader, &files, waiting, &scan)
    }

    /// Finds lines by their bytes.
    pub fn lines(&self) -> Result<Outcome<RawHit>, StoreError> {
        let reader = self.reader()?;
        let (files, _) = self.files(&reader)?;
        let scan = |_: &Reader, file: &FileRow, tally: &mut Tally<LineOrder, RawHit>| self.scan_lines(file, tally);
        self.through(&reader, &files, 0, &scan)
    }

    fn reader(&self) -> Result<Reader, StoreError> {
        Reader::open(&self.house.database())
    }

    /// The logs that may hold a hit, the largest families first, and how many of all are not understood.
    fn files(&self, reader: &Reader) -> Result<(Vec<FileRow>, u64), StoreError> {
        let mut files = reader.files()?;
        files.retain(|file| file.tier.is_kept());
        let waiting = files.iter().filter(|file| file.family.is_none()).count() as u64;
        if let Some(wanted) = reader.files_with(self.filter)? {
            files.retain(|file| wanted.contains(&file.id));
        }
        let mut sizes: HashMap<u64, u64> = HashMap::new();
        for file in &files {
            *sizes.entry(file.family.unwrap_or(file.id)).or_default() += file.length;
        }
        let order = |file: &FileRow| {
            let family = file.family.unwrap_or(file.id);
            (Reverse(sizes.get(&family).copied()), family, file.id)
        };
        files.sort_unstable_by_key(order);
        Ok((files, waiting))
    }

    /// Hands every log to a worker that is free, and adds up what they found.
    fn through<K: Ord + Send, H: Send>(
        &self,
        reader: &Reader,
        files: &[FileRow],
        waiting: u64,
        scan: &Scan<'_, K, H>,
    ) -> Result<Outcome<H>, StoreError> {
        let known = reader.damaged_streams()?;
        (self.progress)(Step::ToRead(files.iter().map(|file| file.length).sum()));
        let workers = self.workers.min(files.len()).max(1);
        let readers: Vec<Reader> = (0..workers).map(|_| self.reader()).collect::<Result<_, _>>()?;
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let work = |reader: Reader| -> Result<Tally<K, H>, StoreError> {
            let mut tally = Tally::new(self.limit);
            while !self.is_stopped() && !failed.load(Ordering::Relaxed) {
                let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let before = tally.total;
                match scan(&reader, file, &mut tally) {
                    Ok(()) => {}
                    Err(Fault::Log(error)) => {
                        let is_known = is_damage(&error) && known.contains(&file.id);
                        let why = error.to_string();
                        tally.unread.push(Unread { path: file.path.clone(), why, is_known });
                    }
                    Err(Fault::Store(error)) => {
                        failed.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
                tally.logs += u64::from(tally.total > before);
            }
            Ok(tally)
        };
        let tallies: Vec<Result<Tally<K, H>, StoreError>> = thread::scope(|scope| {
            let spawned: Vec<_> = readers.into_iter().map(|reader| scope.spawn(|| work(reader))).collect();
            let joined = spawned.into_iter().map(|worker| worker.join());
            joined.map(|done| done.unwrap_or_else(|panic| panic::resume_unwind(panic))).collect()
        });
        let mut all = Tally::new(self.limit);
        for tally in tallies {
            all.add(tally?);
        }
        all.unread.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(Outcome {
            total: all.total,
            sessions: all.sessions.len() as u64,
            logs: all.logs,
            searched: files.len() as u64,
            waiting,
            too_long: all.too_long,
            unread: all.unread,
            interrupted: self.is_stopped(),
            hits: all.shelf.into_sorted(),
        })
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Hands over a log, whole lines at a time.
    fn each_piece(&self, file: &FileRow, take: &mut TakePiece<'_>) -> Result<(), Fault> {
        let mut lines = Lines::new(open_plain(self.house, file)?, 0, self.max_line);
        let mut told = 0;
        while !self.is_stopped()
            && let Some(piece) = lines.piece()?
        {
            take(&piece)?;
            let read = match piece {
                Line::TooLong { length, .. } => length,
                Line::Whole { bytes, .. } => bytes.len() as u64,
            };
            // What is compressed is longer than its file.
            let more = read.min(file.length - told);
            told += more;
            (self.progress)(Step::Read(more));
        }
        (self.progress)(Step::Read(file.length - told));
        Ok(())
    }

    /// A log at once, as far as it can be read; one that is too long has no events.
    fn whole(&self, file: &FileRow) -> io::Result<(Vec<u8>, io::Result<()>)> {
        let mut bytes = Vec::new();
        let limit = u64::try_from(self.max_line).unwrap_or(u64::MAX);
        let read = open_plain(self.house, file)?.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        if bytes.len() > self.max_line {
            bytes = Vec::new();
        }
        (self.progress)(Step::Read(file.length));
        Ok((bytes, read.map(drop)))
    }

    /// Looks for the pattern in the texts of the events of a file.
    fn scan_events(
        &self,
        file: &FileRow,
        placed: &mut dyn FnMut() -> Result<Arc<Placed>, StoreError>,
        tally: &mut Tally<EventOrder, Hit>,
    ) -> Result<(), Fault> {
        let reading = file.in_family(self.max_line).reading;
        let mut known: Option<Arc<Placed>> = None;
        let mut look = |bytes: &[u8], offset: u64| -> Result<(), Fault> {
            let placed = match &mut known {
                Some(placed) => placed,
                unknown => unknown.insert(placed()?),
            };
            let events = placed.between(file.id, offset, offset + bytes.len() as u64);
            for group in events.chunk_by(|one, other| one.offset == other.offset) {
                let start = (group[0].offset - offset) as usize;
                let length = usize::try_from(group[0].length).unwrap_or(usize::MAX).min(bytes.len() - start);
                let mut listener = Listener { search: self, file, placed, group, reading, tally };
                record(reading, &bytes[start..start + length], group[0].offset, &mut listener);
            }
            Ok(())
        };
        let sieve = self.pattern.sieve();
        if !reading.is_by_line() {
            let (bytes, read) = self.whole(file)?;
            if sieve.lets_through(&bytes) {
                look(&bytes, 0)?;
            }
            return Ok(read?);
        }
        self.each_piece(file, &mut |piece| match *piece {
            // It has no events, as was told when it came.
            Line::TooLong { .. } => Ok(()),
            Line::Whole { offset, bytes, .. } => {
                sieve.lines(bytes).try_for_each(|line| look(&bytes[line.clone()], offset + line.start as u64))
            }
        })
    }

    /// Looks for the pattern in the lines of a file.
    fn scan_lines(&self, file: &FileRow, tally: &mut Tally<LineOrder, RawHit>) -> Result<(), Fault> {
        let path: Arc<str> = file.path.as_str().into();
        let name: Arc<str> = active_name(&file.path, file.tier).into();
        // Lines before a piece.
        let mut number = 0;
        self.each_piece(file, &mut |piece| {
            let Line::Whole { offset, bytes: piece, .. } = *piece else {
                number += 1;
                tally.too_long += 1;
                return Ok(());
            };
            let mut counted = 0;
            let mut at = number;
            for line in self.pattern.sieve().lines(piece) {
                let bytes = &piece[line.clone()];
                let Some(found) = self.pattern.find(bytes) else { continue };
                at += memchr::memchr_iter(b'\n', &piece[counted..line.start]).count() as u64;
                counted = line.start;
                let offset = offset + (line.start + found.matched.start) as u64;
                let hit = || RawHit { file: path.clone(), line: at + 1, offset, excerpt: Excerpt::of(bytes, &found) };
                tally.total += 1;
                tally.shelf.put((Reverse(name.clone()), offset), hit);
            }
            number += memchr::memchr_iter(b'\n', piece).count() as u64 + 1;
            Ok(())
        })
    }
}

impl Family {
    /// The events of the family that are meant.
    fn placed(&self, reader: &Reader, id: u64, filter: &EventFilter) -> Result<Arc<Placed>, StoreError> {
        // Whoever panicked here has put nothing in.
        let mut place = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(placed) = &*place {
            return Ok(placed.clone());
        }
        let placed = Arc::new(reader.placed(id, filter)?);
        *place = Some(placed.clone());
        Ok(placed)
    }

    /// One more of its files was searched.
    fn searched(&self) {
        if self.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            *self.placed.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl<K: Ord, H> Tally<K, H> {
    fn new(limit: usize) -> Tally<K, H> {
        Tally {
            shelf: Shelf::new(limit),
            total: 0,
            sessions: HashSet::new(),
            logs: 0,
            too_long: 0,
            unread: Vec::new(),
            text: String::new(),
        }
    }

    fn add(&mut self, other: Tally<K, H>) {
        self.shelf.merge(other.shelf);
        self.total += other.total;
        self.sessions.extend(other.sessions);
        self.logs += other.logs;
        self.too_long += other.too_long;
        self.unread.extend(other.unread);
    }
}

/// Takes the events of a record, and looks for the pattern in what they say.
struct Listener<'a, 't> {
    search: &'a Search<'a>,
    file: &'a FileRow,
    placed: &'a Placed,
    group: &'a [PlacedEvent],
    reading: Reading<'a>,
    tally: &'t mut Tally<EventOrder, Hit>,
}

impl Listener<'_, '_> {
    fn take(&mut self, event: &PlacedEvent, found: &Found, text: &str) {
        let Some(context) = self.placed.context(event) else { return };
        self.tally.total += 1;
        if !context.session.is_empty() && !self.tally.sessions.contains(&context.session) {
            self.tally.sessions.insert(context.session.clone());
        }
        let order = (Reverse(event.time), context.session.clone(), event.file, event.offset, event.index);
        self.tally.shelf.put(order, || Hit {
            id: event.id,
            time: event.time,
            session: context.session.clone(),
            agent: context.agent.clone(),
            project: context.project.clone(),
            sub_agent: context.sub_agent.clone(),
            kind: self.placed.kind(event),
            tool: self.placed.tool(event),
            failed: self.placed.failed(event),
            place: (self.file.path.clone(), event.offset, event.length),
            line: found.line,
            lines: found.lines,
            excerpt: Excerpt::of(text.as_bytes(), found),
        });
    }
}

impl Sink for Listener<'_, '_> {
    fn event(&mut self, event: Event<'_>) {
        // A task stands in its document at a number, and is read here alone.
        let is_task = self.reading.form == Form::Tasks;
        let unquoted = if self.reading.is_json() { Unquoted::Json } else { Unquoted::Text };
        // Ordered by index: a hostile record may hold a million events.
        let start = self.group.partition_point(|placed| !is_task && placed.index < event.index);
        for placed in self.group[start..].iter().take_while(|placed| is_task || placed.index == event.index) {
            let mut text = std::mem::take(&mut self.tally.text);
            text.clear();
            said(&event.text, unquoted, &mut text);
            if let Some(found) = self.search.pattern.find(text.as_bytes()) {
                self.take(placed, &found, &text);
            }
            self.tally.text = text;
        }
    }

    fn drift(&mut self, _: Drift<'_>) {}

    fn quarantine(&mut self, _: u64, _: u64, _: Reason) {}
}
