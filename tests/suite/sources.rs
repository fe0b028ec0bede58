//! The components that come with the program say what their sources say: the same crates, linked natively, give the
//! same answers to the same batches.

use std::path::Path;

use logwright::intake::formats::Reading;
use logwright::intake::{HEAD_BYTES, identify};
use logwright::pipeline::{FamilyFile, Logs, Pipeline, Seat, Seats, Source, Stream};
use logwright::plugin::{
    Analyzer, Batch, Classifier, Compiler, Extractor, Granted, IncidentBatch, Limits, PluginSettings, Sandbox, builtin,
};

use crate::house::{files_below, plugin_cache};
use crate::native;
use crate::recorded::{Asked, Folded, Recorded};

/// Files that were read.
struct Read(Vec<Vec<u8>>);

impl Logs for Read {
    fn open(&self, file: usize) -> std::io::Result<Box<dyn std::io::Read + '_>> {
        Ok(Box::new(self.0[file].as_slice()))
    }

    fn reopen(&self, file: usize) -> std::io::Result<Box<dyn Source + '_>> {
        Ok(Box::new(Stream(self.0[file].as_slice())))
    }
}

/// All batches of the fixtures, each file a family of its own.
fn batches() -> (Asked<Batch>, Asked<IncidentBatch>, Asked<Folded>) {
    let sandbox = Sandbox::new(Limits::default(), Some(&plugin_cache()), Compiler::Here).unwrap();
    let load = |component| sandbox.load(component, PluginSettings::default(), &Granted::Everything).unwrap();
    let (classifier, batches) = Recorded::new(load(builtin::CLASSIFIER).classifier().unwrap());
    let (extractor, incidents) = Recorded::new(load(builtin::PREVENTION).extractor().unwrap());
    let (analyzer, folds) = Recorded::new(load(builtin::ANALYTICS).analyzer().unwrap());
    let seats = Seats {
        classifiers: vec![Seat::new(Box::new(classifier) as Box<dyn Classifier>)],
        extractors: vec![Seat::new(Box::new(extractor) as Box<dyn Extractor>)],
        analyzers: vec![Seat::new(Box::new(analyzer) as Box<dyn Analyzer>)],
    };
    let mut pipeline = Pipeline::new(seats, 32);
    for path in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")) {
        let bytes = std::fs::read(&path).unwrap();
        let Some(identity) = identify(&path, &bytes[..bytes.len().min(HEAD_BYTES)]) else { continue };
        let reading =
            Reading { form: identity.form, shape: identity.shape, session: &identity.session, max_line: 1 << 28 };
        let family = [FamilyFile { id: 1, agent: identity.agent, reading }];
        pipeline.understand(&family, &Read(vec![bytes])).unwrap();
    }
    (batches, incidents, folds)
}

#[test]
fn components_answer_as_their_sources_do() {
    let sandbox = Sandbox::new(Limits::default(), Some(&plugin_cache()), Compiler::Here).unwrap();
    let load = |component| sandbox.load(component, PluginSettings::default(), &Granted::Everything).unwrap();
    let (batches, incidents, folds) = batches();
    let (batches, incidents, folds): (Vec<_>, Vec<_>, Vec<_>) = (batches.take(), incidents.take(), folds.take());
    let judged: usize = batches.iter().map(|batch| batch.events.len()).sum();
    let diagnosed: usize = incidents.iter().map(|batch| batch.incidents.len()).sum();
    assert!(judged > 500 && diagnosed > 20 && folds.len() > 5, "{judged} {diagnosed} {}", folds.len());

    let mut classifier = load(builtin::CLASSIFIER).classifier().unwrap();
    for batch in &batches {
        assert_eq!(classifier.judge(batch).unwrap(), native::judge(batch));
    }
    let mut extractor = load(builtin::PREVENTION).extractor().unwrap();
    for batch in &incidents {
        let (said, source) = (extractor.diagnose(batch).unwrap(), native::diagnose(batch));
        assert_eq!(said.names, source.names);
        assert_eq!(said.diagnoses, source.diagnoses);
    }
    let mut all = (load(builtin::ANALYTICS).analyzer().unwrap(), native::analyzer());
    for (batches, saved) in &folds {
        let mut source = native::analyzer();
        batches.iter().for_each(|batch| native::observe(&mut source, batch));
        assert_eq!(source.save().unwrap(), *saved);
        all.0.merge(saved).unwrap();
        all.1.merge(saved).unwrap();
    }
    let (report, source) = (all.0.finish().unwrap(), all.1.finish());
    assert_eq!(report.metrics.len(), source.metrics.len());
    for (one, two) in report.metrics.iter().zip(&source.metrics) {
        assert_eq!((one.name.as_str(), one.value), (two.name, two.value));
    }
    let insights: Vec<&str> = source.insights.iter().map(|insight| insight.text.as_str()).collect();
    assert_eq!(report.insights.iter().map(|insight| insight.text.as_str()).collect::<Vec<_>>(), insights);
    let rows: Vec<usize> = source.tables.iter().map(|table| table.rows.len()).collect();
    assert_eq!(report.tables.iter().map(|table| table.rows.len()).collect::<Vec<_>>(), rows);
}
