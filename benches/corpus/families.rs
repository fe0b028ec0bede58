//! The logs of a corpus by family, and what the pipeline makes of them.

use logwright::event::Event;
use logwright::intake::formats::{Drift, Reading, Reason, Sink, read};
use logwright::intake::{HEAD_BYTES, Identity, LinkScan, families, identify};
use logwright::pipeline::{FamilyFile, Logs, Pipeline, Source};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The product's own default.
const MAX_LINE: usize = 256 << 20;

/// A log whose format is known.
pub struct Log {
    id: u64,
    pub path: PathBuf,
    identity: Identity,
}

impl Log {
    pub fn reading(&self) -> Reading<'_> {
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

    /// All logs, family by family.
    pub fn logs(&self) -> impl Iterator<Item = &Log> {
        self.families.iter().flatten()
    }

    /// Lets a pipeline understand every family.
    pub fn understand(&self, pipeline: &mut Pipeline) -> Result<(), Box<dyn Error>> {
        for logs in &self.families {
            let files: Vec<FamilyFile<'_>> = logs
                .iter()
                .map(|log| FamilyFile { id: log.id, agent: log.identity.agent, reading: log.reading() })
                .collect();
            black_box(pipeline.understand(&files, &Family(logs))?);
        }
        Ok(())
    }
}

/// The logs of one family.
struct Family<'a>(&'a [Log]);

impl Logs for Family<'_> {
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(File::open(&self.0[file].path)?))
    }

    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>> {
        Ok(Box::new(File::open(&self.0[file].path)?.take(u64::MAX)))
    }
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
