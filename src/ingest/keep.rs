//! Keeps one source: compares it with what is there and copies what is new.

use crate::disk::{open_regular, open_unlinked};
use crate::event::Millis;
use crate::intake::{
    Compression, CopyPlan, Form, HEAD_BYTES, Identity, Kept, LinkScan, PassedOver, Prefix, Stat, decoder, explain,
    first_look, identify, plan_changed, stat,
};
use crate::layout::{House, Part, Subject, Tier, file_id, file_name, source_id};
use crate::settings::Layout;
use crate::store::{DurableHand, FileRow, is_there};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// How much is copied in one piece.
const CHUNK: usize = 256 * 1024;

/// What came of a source.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing to do.
    Unchanged,
    /// No reader exists for it.
    Unknown(Stat),
    /// It was kept before, under whatever name, and removed.
    PutAway(Stat),
    /// It was kept.
    Kept {
        /// What to write down.
        update: Box<FileRow>,
        /// What was done.
        plan: CopyPlan,
        /// Bytes that were copied.
        copied: u64,
        /// Where the copy lay until now, if it gets a better name.
        renamed_from: Option<PathBuf>,
    },
}

/// Why a source could not be kept.
#[derive(Debug)]
pub enum KeepError {
    /// The source's own fault; the run goes on.
    Source(PassedOver),
    /// Somebody wanted it to stop; what was copied so far is found again by the next run.
    Stopped,
    /// The house cannot be written to; nothing more can be kept.
    House(PathBuf, io::Error),
}

/// Keeps sources in a house.
pub struct Keeper<'a> {
    /// Where.
    pub house: &'a House,
    /// In which folders.
    pub layout: &'a Layout,
    /// By whose hand.
    pub hand: &'a DurableHand<'a>,
    /// The time of the run.
    pub now: Millis,
    /// Hashes of logs that were removed, by their length.
    pub removed: &'a HashMap<u64, HashSet<String>>,
    /// Set when somebody wants it to stop.
    pub stop: &'a AtomicBool,
}

/// A path as it is written down; bytes that are no UTF-8 are shown as `\xNN`.
pub fn source_text(path: &Path) -> String {
    path.as_os_str().as_bytes().utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{byte:02x}")));
        text
    })
}

impl Keeper<'_> {
    /// Keeps the source at `path`, known by the name `source`. `known` is the last part
    /// that is kept of it.
    pub fn keep(&self, path: &Path, source: &str, known: Option<&FileRow>) -> Result<Outcome, KeepError> {
        let at_source = |error: io::Error| {
            KeepError::Source(PassedOver { path: path.to_owned(), reason: explain(&error), is_loss: true })
        };
        let mut file = open_regular(path).map_err(at_source)?;
        let metadata = file.metadata().map_err(at_source)?;
        let now = stat(&metadata);
        if let (Some(CopyPlan::Leave), Some(_)) = (first_look(now, known.map(FileRow::kept)), known) {
            return Ok(Outcome::Unchanged);
        }
        let (compression, head) = read_head(&mut file).map_err(at_source)?;
        let Some(identity) = identify(Path::new(source), &head) else { return Ok(Outcome::Unknown(now)) };
        let mut target = Target::new(self, source, &identity, now);
        // A copy that a dead run left in place, or whose entry was lost, is taken over.
        let lying_at = |path: String, part| match std::fs::symlink_metadata(self.house.resolve(&path)) {
            Err(_) => Ok(None),
            Ok(found) if found.is_file() => Ok(Some(Held { path, part, length: found.len() })),
            // Nothing is written through a link, nor over what is none of ours.
            Ok(_) => Err(at_source(io::Error::other(format!("its copy in the house, {path}, is no regular file")))),
        };
        let mut plan = CopyPlan::First;
        let mut held = match known {
            Some(row) if row.tier != Tier::Active => {
                plan = self.compare_put_away(&mut file, row, now, compression).map_err(at_source)?;
                let number = row.part + row.length;
                target.part = match plan {
                    CopyPlan::Tail(from) => Part { number, from },
                    CopyPlan::NewPart => Part { number, from: 0 },
                    CopyPlan::Leave | CopyPlan::Note | CopyPlan::First => {
                        let update = Box::new(FileRow { stat: now, ..row.clone() });
                        return Ok(Outcome::Kept { update, plan: CopyPlan::Note, copied: 0, renamed_from: None });
                    }
                };
                lying_at(target.path(), target.part)?
            }
            // What counts is what lies there, whatever was written down of it.
            Some(row) if is_there(&self.house.resolve(&row.path)) => {
                lying_at(row.path.clone(), Part { number: row.part, from: row.from() })?
            }
            // A copy that is gone is made again.
            gone => {
                target.part = gone.map_or(Part::default(), |row| Part { number: row.part, from: row.from() });
                lying_at(target.path(), target.part)?
            }
        };
        if known.is_none() && held.is_none() && self.was_removed(&mut file, now.size).map_err(at_source)? {
            return Ok(Outcome::PutAway(now));
        }
        let mut pass = Pass::new(&identity);
        while let Some(copy) = &held {
            let kept = Kept { stat: Stat::default(), length: copy.part.from + copy.length };
            plan = match first_look(now, Some(kept)) {
                Some(plan) => plan,
                None => plan_changed(now, kept, self.compare(&mut file, copy, &mut pass).map_err(at_source)?),
            };
            target.part = copy.part;
            if plan != CopyPlan::NewPart {
                break;
            }
            target.part = Part { number: copy.part.number + copy.length, from: 0 };
            held = lying_at(target.path(), target.part)?;
            pass = Pass::new(&identity);
        }
        let before = held.as_ref().map_or(0, |copy| copy.length);
        let until = now.size.saturating_sub(target.part.from);
        let mut relative = target.path();
        let mut renamed_from = None;
        if let Some(copy) = &held {
            let place = self.house.resolve(&copy.path);
            match plan {
                CopyPlan::Leave => return Ok(Outcome::Unchanged),
                CopyPlan::Tail(_) => {
                    let copied =
                        self.hand.append(&place, copy.length, |out| pass.copy(&mut file, until, self.stop, out));
                    copied.map_err(|error| sort_fault(error, path, &place))?;
                }
                CopyPlan::First | CopyPlan::NewPart | CopyPlan::Note => {}
            }
            if copy.path != relative && is_there(&self.house.resolve(&relative)) {
                relative.clone_from(&copy.path);
            } else if copy.path != relative {
                renamed_from = Some(place);
            }
        } else {
            file.seek(SeekFrom::Start(target.part.from)).map_err(at_source)?;
            let place = self.house.resolve(&relative);
            let copied =
                self.hand.write_new(&self.house.incoming(), &place, |out| pass.copy(&mut file, until, self.stop, out));
            copied.map_err(|error| sort_fault(error, path, &place))?;
        }
        let copied = pass.length - before;
        let mut links = pass.links;
        if compression != Compression::None {
            links = LinkScan::new(identity.form, &identity.session);
            file.seek(SeekFrom::Start(0)).map_err(at_source)?;
            // Damage inside is found, and told, when the copy is read.
            let _ = decoder(compression, &mut file).and_then(|mut plain| scan_links(&mut *plain, &mut links));
        }
        let name = relative.rsplit('/').next().unwrap_or(&relative).to_owned();
        let update = FileRow {
            id: file_id(&name),
            source: source.to_owned(),
            part: target.part.number,
            is_last: true,
            path: relative,
            agent: identity.agent.to_owned(),
            form: identity.form.name().to_owned(),
            shape: identity.shape.name().to_owned(),
            session: identity.session,
            compression: compression.name().to_owned(),
            length: pass.length,
            hash: pass.hash.finalize().to_hex().to_string(),
            copied: known.map_or(self.now, |row| row.copied),
            stat: now,
            links: links.finish(),
            family: None,
            tier: Tier::Active,
            entered: known.filter(|row| row.part == target.part.number).map_or(self.now, |row| row.entered),
            stored: pass.length,
            mode: metadata.mode() & 0o7777,
        };
        Ok(Outcome::Kept { update: Box::new(update), plan, copied, renamed_from })
    }

    /// Compares a source with what was kept of it and is not at hand any more as it came: what is new begins with the
    /// line that was not ended then.
    fn compare_put_away(
        &self,
        file: &mut File,
        row: &FileRow,
        now: Stat,
        compression: Compression,
    ) -> io::Result<CopyPlan> {
        let kept = row.kept();
        if now.size < kept.length || (now.size > kept.length && compression != Compression::None) {
            return Ok(CopyPlan::NewPart);
        }
        file.seek(SeekFrom::Start(row.from()))?;
        let mut hash = blake3::Hasher::new();
        let mut chunk = vec![0; CHUNK];
        let (mut left, mut line) = (row.length, row.from());
        while left > 0 {
            let wanted = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
            let read = fill(file, &mut chunk[..wanted])?;
            hash.update(&chunk[..read]);
            if read == 0 {
                return Ok(CopyPlan::NewPart);
            }
            if let Some(end) = memchr::memrchr(b'\n', &chunk[..read]) {
                line = kept.length - left + end as u64 + 1;
            }
            left -= read as u64;
        }
        Ok(match () {
            () if hash.finalize().to_hex().as_str() != row.hash => CopyPlan::NewPart,
            () if now.size == kept.length => CopyPlan::Note,
            () => CopyPlan::Tail(line),
        })
    }

    /// Whether a log with these very bytes was removed.
    fn was_removed(&self, file: &mut File, size: u64) -> io::Result<bool> {
        let Some(hashes) = self.removed.get(&size) else { return Ok(false) };
        file.seek(SeekFrom::Start(0))?;
        let mut hash = blake3::Hasher::new();
        hash.update_reader(&mut *file)?;
        Ok(hashes.contains(hash.finalize().to_hex().as_str()))
    }

    /// Compares a source with its copy, and takes note of it on the way.
    fn compare(&self, file: &mut File, copy: &Held, pass: &mut Pass) -> io::Result<Prefix> {
        let Ok(mut kept) = open_unlinked(&self.house.resolve(&copy.path)) else { return Ok(Prefix::Different) };
        file.seek(SeekFrom::Start(copy.part.from))?;
        let (mut ours, mut theirs) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut left = copy.length;
        while left > 0 {
            let wanted = CHUNK.min(usize::try_from(left).unwrap_or(CHUNK));
            let (one, two) = (fill(&mut kept, &mut ours[..wanted])?, fill(file, &mut theirs[..wanted])?);
            if one != wanted || ours[..one] != theirs[..two] {
                return Ok(Prefix::Different);
            }
            pass.note(&theirs[..two]);
            left -= wanted as u64;
        }
        Ok(Prefix::Same)
    }
}

/// A copy that lies in the house.
struct Held {
    path: String,
    part: Part,
    length: u64,
}

/// What is learned of a source while its bytes pass by.
struct Pass {
    links: LinkScan,
    hash: blake3::Hasher,
    length: u64,
}

impl Pass {
    fn new(identity: &Identity) -> Pass {
        let links = LinkScan::new(identity.form, &identity.session);
        Pass { links, hash: blake3::Hasher::new(), length: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.links.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// Copies on until `size` bytes of the part have passed; what a writer adds meanwhile comes next time.
    fn copy(&mut self, from: &mut File, size: u64, stop: &AtomicBool, to: &mut dyn Write) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(io::Error::other(Stopped));
            }
            let wanted = CHUNK.min(usize::try_from(size.saturating_sub(self.length)).unwrap_or(CHUNK));
            let read = fill(from, &mut chunk[..wanted]).map_err(|error| io::Error::other(AtSource(error)))?;
            if read == 0 {
                return Ok(());
            }
            self.note(&chunk[..read]);
            to.write_all(&chunk[..read])?;
        }
    }
}

/// Marks an error of reading among those of writing.
#[derive(Debug)]
struct AtSource(io::Error);

impl std::fmt::Display for AtSource {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl std::error::Error for AtSource {}

/// Marks that a copy was given up because somebody wanted it.
#[derive(Debug)]
struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

fn sort_fault(error: io::Error, source: &Path, place: &Path) -> KeepError {
    if error.get_ref().is_some_and(|inner| inner.is::<Stopped>()) {
        return KeepError::Stopped;
    }
    match error.get_ref().and_then(|inner| inner.downcast_ref::<AtSource>()) {
        Some(AtSource(error)) => {
            KeepError::Source(PassedOver { path: source.to_owned(), reason: explain(error), is_loss: true })
        }
        None => KeepError::House(place.to_owned(), error),
    }
}

/// Where a source's copies go.
struct Target<'a> {
    folder: &'a str,
    start: Millis,
    agent: &'static str,
    subject: Subject,
    source_id: u64,
    extension: String,
    part: Part,
}

impl<'a> Target<'a> {
    fn new(keeper: &'a Keeper<'_>, source: &str, identity: &Identity, now: Stat) -> Target<'a> {
        let folder = match identity.form {
            Form::DebugLog => &keeper.layout.system,
            _ => &keeper.layout.sessions,
        };
        let kind = match identity.form {
            Form::Transcript => "",
            form => form.name(),
        };
        let subject = Subject { session: identity.session.clone(), kind: kind.to_owned() };
        Target {
            folder,
            start: identity.start.unwrap_or(now.modified_ns / 1_000_000),
            agent: identity.agent,
            subject,
            source_id: source_id(source),
            extension: extension(source),
            part: Part::default(),
        }
    }

    fn path(&self) -> String {
        let name = file_name(self.start, self.agent, &self.subject, self.source_id, self.part, &self.extension);
        format!("{}/{name}", self.folder)
    }
}

/// The original extension, that of a compressor included.
fn extension(source: &str) -> String {
    let name = source.rsplit('/').next().unwrap_or(source);
    let mut parts = name.rsplit('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(packed @ ("zst" | "gz")), Some(inner), Some(_)) => format!("{inner}.{packed}"),
        (Some(extension), Some(_), _) => extension.to_owned(),
        _ => "log".to_owned(),
    }
}

/// How a file is packed, and its plain beginning.
pub fn read_head(file: &mut impl Read) -> io::Result<(Compression, Vec<u8>)> {
    let mut magic = [0; 8];
    let read = fill(file, &mut magic)?;
    let magic = &magic[..read];
    let compression = Compression::of_head(magic);
    let mut head = Vec::new();
    let plain = decoder(compression, magic.chain(file))?.take(HEAD_BYTES as u64).read_to_end(&mut head);
    if compression == Compression::None {
        plain?;
    }
    Ok((compression, head))
}

/// Feeds everything a reader has to a link scan.
pub fn scan_links(plain: &mut dyn Read, links: &mut LinkScan) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = fill(plain, &mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        links.update(&chunk[..read]);
    }
}

/// Reads until the buffer is full or the source is at its end.
fn fill(source: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
