//! The layers of the work, each with all those below it, on one thread and from a warm page cache.

use super::Cost;
use logwright::event::Event;
use logwright::intake::formats::{Drift, Reading, Reason, Sink, read};
use logwright::intake::{HEAD_BYTES, Identity, LinkScan, families, identify};
use logwright::pipeline::{FamilyFile, Pipeline};
use logwright::plugin::{
    Batch, Classifier, Compiler, Fault, Granted, Interest, Judgement, Plugin, PluginSettings, Provenance, Sandbox,
    Verdict, builtin,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How much is read in one piece.
const CHUNK: usize = 256 * 1024;
/// The product's own default.
const MAX_LINE: usize = 256 << 20;

type Outcome = Result<(), Box<dyn Error>>;
type Layer<'c> = Box<dyn Fn() -> Outcome + 'c>;

/// Runs once and measures.
pub fn measure(run: &Layer<'_>) -> Result<Cost, Box<dyn Error>> {
    let (started, cpu) = (Instant::now(), cpu_time());
    run()?;
    let wall = started.elapsed();
    let cpu = cpu_time().zip(cpu).map_or(wall, |(after, before)| after - before);
    Ok(Cost { wall, cpu, ..Cost::default() })
}

/// CPU time of the first thread. Source: the kernel's documentation of scheduler statistics.
fn cpu_time() -> Option<Duration> {
    let statistics = fs::read_to_string("/proc/self/schedstat").ok()?;
    statistics.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// A log whose format is known.
struct Log {
    id: u64,
    path: PathBuf,
    identity: Identity,
}

impl Log {
    fn reading(&self) -> Reading<'_> {
        let Identity { form, shape, session, .. } = &self.identity;
        Reading { form: *form, shape: *shape, session, max_line: MAX_LINE }
    }
}

/// Logs by family.
pub struct Corpus {
    families: Vec<Vec<Log>>,
    /// Bytes of all logs.
    pub bytes: u64,
}

impl Corpus {
    /// Finds the logs below a folder and links them, which also warms the page cache.
    pub fn read(folder: &Path) -> io::Result<Corpus> {
        let (mut logs, mut links, mut bytes) = (BTreeMap::new(), Vec::new(), 0);
        let mut open = vec![folder.to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    open.push(path);
                    continue;
                }
                let content = fs::read(&path)?;
                let Some(identity) = identify(&path, &content[..content.len().min(HEAD_BYTES)]) else { continue };
                let mut scan = LinkScan::new(identity.form, &identity.session);
                scan.update(&content);
                let id = logs.len() as u64;
                links.push((id, scan.finish()));
                bytes += content.len() as u64;
                logs.insert(id, Log { id, path, identity });
            }
        }
        let mut grouped: BTreeMap<u64, Vec<Log>> = BTreeMap::new();
        let family_of = families(links.iter().map(|(id, links)| (*id, links)));
        for (id, log) in logs {
            grouped.entry(family_of[&id]).or_default().push(log);
        }
        Ok(Corpus { families: grouped.into_values().collect(), bytes })
    }

    /// Lines and events, copies included.
    pub fn count(&self) -> Result<(u64, u64), Box<dyn Error>> {
        let (mut lines, mut counter) = (0, Counter::default());
        for log in self.logs() {
            lines += read(File::open(&log.path)?, log.reading(), &mut counter)?;
        }
        Ok((lines, counter.events))
    }

    fn logs(&self) -> impl Iterator<Item = &Log> {
        self.families.iter().flatten()
    }

    /// The layers by name, the unit first; `folder` is a place to write to.
    pub fn layers(&self, folder: &Path) -> Result<Vec<(&'static str, Layer<'_>)>, Box<dyn Error>> {
        let sandbox = Sandbox::new(Default::default(), Some(&folder.join("cache")), Compiler::Here)?;
        let plugin = sandbox.load(builtin::CLASSIFIER, PluginSettings::default(), &Granted::Everything)?;
        let nobody = Null { interest: Interest::default(), provenance: plugin.provenance().clone() };
        let listener = Null { interest: plugin.classifier()?.interest().clone(), ..nobody.clone() };
        let pipeline = |classifier: Box<dyn Classifier>| RefCell::new(Pipeline::new(classifier));
        let (nobody, listener) = (pipeline(Box::new(nobody)), pipeline(Box::new(listener)));
        let sandboxed = pipeline(Box::new(plugin.classifier()?));
        let target = folder.join("copy");
        let hashed = target.clone();
        Ok(vec![
            ("line splitting (`memchr`)", Box::new(|| self.each_piece(split))),
            ("UTF-8 validation (`simdutf8`)", Box::new(|| self.each_piece(validate))),
            ("lazy scan: lines, UTF-8, spans, events", Box::new(|| self.count().map(drop))),
            (
                "... gathered into families, copies collapsed",
                Box::new(move || self.understand(&mut nobody.borrow_mut())),
            ),
            (
                "... fields, texts and literals lifted for the classifier",
                Box::new(move || self.understand(&mut listener.borrow_mut())),
            ),
            ("... judged in the sandbox", Box::new(move || self.understand(&mut sandboxed.borrow_mut()))),
            ("copy, 256 KiB at a time", Box::new(move || self.copy(&target, |_| ()))),
            (
                "... with BLAKE3",
                Box::new(move || {
                    let mut hash = blake3::Hasher::new();
                    self.copy(&hashed, |bytes| {
                        hash.update(bytes);
                    })?;
                    black_box(hash.finalize());
                    Ok(())
                }),
            ),
        ])
    }

    /// Hands out the logs in pieces that end with a line.
    fn each_piece(&self, each: impl Fn(&[u8])) -> Outcome {
        let mut buffer = vec![0; CHUNK];
        for log in self.logs() {
            let mut file = File::open(&log.path)?;
            let mut filled = 0;
            loop {
                if filled == buffer.len() {
                    buffer.resize(filled * 2, 0);
                }
                let read = file.read(&mut buffer[filled..])?;
                filled += read;
                let end =
                    if read == 0 { filled } else { memchr::memrchr(b'\n', &buffer[..filled]).map_or(0, |at| at + 1) };
                each(&buffer[..end]);
                buffer.copy_within(end..filled, 0);
                filled -= end;
                if read == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    fn understand(&self, pipeline: &mut Pipeline) -> Outcome {
        for logs in &self.families {
            let files: Vec<FamilyFile<'_>> = logs
                .iter()
                .map(|log| FamilyFile { id: log.id, agent: log.identity.agent, reading: log.reading() })
                .collect();
            let open = |index: usize| Ok(Box::new(File::open(&logs[index].path)?) as Box<dyn Read>);
            black_box(pipeline.understand(&files, open)?);
        }
        Ok(())
    }

    /// Copies all logs, one after the other, into one file.
    fn copy(&self, target: &Path, mut note: impl FnMut(&[u8])) -> Outcome {
        let mut buffer = vec![0; CHUNK];
        let mut target = File::create(target)?;
        for log in self.logs() {
            let mut file = File::open(&log.path)?;
            loop {
                let read = file.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                note(&buffer[..read]);
                target.write_all(&buffer[..read])?;
            }
        }
        Ok(())
    }
}

fn split(lines: &[u8]) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', lines) {
        black_box(&lines[start..end]);
        start = end + 1;
    }
}

fn validate(lines: &[u8]) {
    // Real logs may hold what is not UTF-8; it costs the same.
    let _ = black_box(simdutf8::basic::from_utf8(lines));
}

/// Counts events and lets them go.
#[derive(Default)]
struct Counter {
    events: u64,
}

impl Sink for Counter {
    fn event(&mut self, event: Event<'_>) {
        self.events += 1;
        black_box(&event);
    }

    fn drift(&mut self, _: Drift<'_>) {}

    fn quarantine(&mut self, _: u64, _: u64, _: Reason) {}
}

/// A classifier outside any sandbox that abstains from everything that it asked for.
#[derive(Clone)]
struct Null {
    interest: Interest,
    provenance: Provenance,
}

impl Plugin for Null {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn may_be_critical(&self) -> bool {
        false
    }

    fn renew(&mut self) {}

    fn take_fuel(&mut self) -> u64 {
        0
    }
}

impl Classifier for Null {
    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault> {
        black_box(batch);
        let verdicts = vec![Verdict::default(); batch.events.len()];
        Ok(Judgement { names: vec![String::new()], verdicts, labels: Vec::new() })
    }
}
