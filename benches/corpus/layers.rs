//! The layers of the work, each with all those below it, on one thread and from a warm page cache.

use super::Cost;
use super::families::Corpus;
use logwright::pipeline::{Pipeline, Seat, Seats};
use logwright::plugin::{
    Batch, Classifier, Compiler, Fault, Granted, Interest, Judgement, LoadedPlugin, Plugin, PluginSettings, Provenance,
    Sandbox, Verdict, builtin,
};
use std::cell::RefCell;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// How much is read in one piece.
const CHUNK: usize = 256 * 1024;

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

impl Corpus {
    /// The layers by name, the unit first; `folder` is a place to write to.
    pub fn layers(&self, folder: &Path) -> Result<Vec<(&'static str, Layer<'_>)>, Box<dyn Error>> {
        let sandbox = Sandbox::new(Default::default(), Some(&folder.join("cache")), Compiler::Here)?;
        let load = |component| sandbox.load(component, PluginSettings::default(), &Granted::Everything);
        let classifier = load(builtin::CLASSIFIER)?;
        let (extractor, analyzer) = (load(builtin::PREVENTION)?, load(builtin::ANALYTICS)?);
        let nobody = Null { interest: Interest::default(), provenance: classifier.provenance().clone() };
        let listener = Null { interest: classifier.classifier()?.interest().clone(), ..nobody.clone() };
        let pipeline = |classifier: Box<dyn Classifier>, others: [Option<&LoadedPlugin>; 2]| {
            let mut seats = Seats { classifiers: vec![Seat::new(classifier)], extractors: vec![], analyzers: vec![] };
            if let Some(extractor) = others[0] {
                seats.extractors.push(Seat::new(Box::new(extractor.extractor()?)));
            }
            if let Some(analyzer) = others[1] {
                seats.analyzers.push(Seat::new(Box::new(analyzer.analyzer()?)));
            }
            Ok::<_, Fault>(RefCell::new(Pipeline::new(seats, 32)))
        };
        let nobody = pipeline(Box::new(nobody), [None, None])?;
        let listener = pipeline(Box::new(listener), [None, None])?;
        let classified = pipeline(Box::new(classifier.classifier()?), [None, None])?;
        let diagnosed = pipeline(Box::new(classifier.classifier()?), [Some(&extractor), None])?;
        let analyzed = pipeline(Box::new(classifier.classifier()?), [Some(&extractor), Some(&analyzer)])?;
        let target = folder.join("copy");
        let hashed = target.clone();
        Ok(vec![
            ("line splitting (`memchr`)", Box::new(|| self.each_piece(split))),
            ("UTF-8 validation (`simdutf8`)", Box::new(|| self.each_piece(validate))),
            ("lazy scan: lines, UTF-8, spans, events", Box::new(|| self.count().map(drop))),
            (
                "... gathered into families, copies collapsed, failures paired",
                Box::new(move || self.understand(&mut nobody.borrow_mut())),
            ),
            (
                "... fields, texts and literals lifted for the classifier",
                Box::new(move || self.understand(&mut listener.borrow_mut())),
            ),
            ("... judged by the classifier", Box::new(move || self.understand(&mut classified.borrow_mut()))),
            ("... diagnosed by the extractor", Box::new(move || self.understand(&mut diagnosed.borrow_mut()))),
            ("... analyzed by the analyzer", Box::new(move || self.understand(&mut analyzed.borrow_mut()))),
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
