//! Tries plugins: on a sample, to see whether they keep to the contract, and on one record again.

use super::analyze::Analysis;
use super::batch::BatchBuilder;
use super::diagnose::Diagnosis;
use super::family::{FamilyFile, Pipeline, Seats};
use super::lift::{Logs, Source, Stream, lift};
use super::panel::Seat;
use super::row::Derived;
use crate::intake::formats::Reading;
use crate::intake::{Form, Shape};
use crate::plugin::{Analyzer, Classifier, Extractor, Fault, FaultKind, Notes, Report};
use std::io::{self, Read};

/// A log that nobody wrote: some of everything that agents leave, and failures of many sorts, often enough that every
/// plugin gets several batches.
pub struct Sample(Vec<String>);

/// Rounds of the sample: its failures fill more than one batch.
const ROUNDS: usize = 12;

/// What tools say when they fail, and what they were asked.
const FAILURES: [(&str, &str, &str); 12] = [
    (
        "Edit",
        r#"{"file_path":"/p/a.rs","old_string":"x","new_string":"y"}"#,
        "<tool_use_error>File has not been read yet. Read it first before writing to it.</tool_use_error>",
    ),
    (
        "Edit",
        r#"{"file_path":"/p/a.rs","old_string":"x","new_string":"y"}"#,
        "<tool_use_error>String to replace not found in file.\\nString: x</tool_use_error>",
    ),
    ("Read", r#"{"file_path":"/p/none"}"#, "File does not exist."),
    ("Read", r#"{"file_path":"/p/large"}"#, "File content (37175 tokens) exceeds maximum allowed tokens (25000)."),
    ("Bash", r#"{"command":"cargo test"}"#, "Exit code 101\\nerror[E0308]: mismatched types\\n --> src/a.rs:1:1"),
    (
        "Bash",
        r#"{"command":"python3 x.py"}"#,
        "Exit code 1\\nTraceback (most recent call last):\\nModuleNotFoundError: No module named 'yaml'",
    ),
    ("Bash", r#"{"command":"timeout 5 sleep 9"}"#, "Exit code 127\\n/bin/bash: timeout: command not found"),
    ("Bash", r#"{"command":"grep x y"}"#, "Exit code 1"),
    ("Bash", r#"{"command":"sleep 999"}"#, "Command timed out after 2m 0.0s"),
    ("WebFetch", r#"{"url":"https://example.org"}"#, "Request failed with status code 404"),
    ("mcp__tracker__find", r#"{"query":"x"}"#, "MCP error -32603: internal error"),
    (
        "Write",
        r#"{"file_path":"/p/b"}"#,
        "The user doesn't want to proceed with this tool use. The tool use was rejected",
    ),
];

impl Sample {
    /// Writes the sample: files of one session, each as if a later part of it.
    pub fn new() -> Sample {
        Sample((0..ROUNDS).map(part).collect())
    }

    fn files(&self) -> Vec<FamilyFile<'_>> {
        let reading = Reading { form: Form::Transcript, shape: Shape::Lines, session: "sample", max_line: 1 << 20 };
        (0..self.0.len() as u64).map(|id| FamilyFile { id, agent: "claude-code", reading }).collect()
    }
}

impl Default for Sample {
    fn default() -> Sample {
        Sample::new()
    }
}

fn part(round: usize) -> String {
    let mut lines = String::new();
    let mut number = 0;
    let mut record = |kind: &str, rest: String| {
        number += 1;
        let head = format!(
            r#"{{"type":"{kind}","uuid":"{round}-{number}","sessionId":"sample","cwd":"/p","version":"2.1.0","timestamp":"2026-01-{:02}T10:{:02}:{:02}.000Z""#,
            round + 1,
            number / 60,
            number % 60
        );
        lines.push_str(&format!("{head},{rest}}}\n"));
    };
    record("user", r#""message":{"role":"user","content":"Mend the tests, please."}"#.to_owned());
    for (at, (tool, input, text)) in FAILURES.iter().enumerate() {
        let call = format!("call-{round}-{at}");
        record(
            "assistant",
            format!(
                r#""requestId":"r{round}-{at}","message":{{"id":"m{round}-{at}","role":"assistant","model":"model-1","content":[{{"type":"text","text":"I will try."}},{{"type":"tool_use","id":"{call}","name":"{tool}","input":{input}}}],"usage":{{"input_tokens":3,"output_tokens":{},"cache_creation_input_tokens":20,"cache_read_input_tokens":400}}}}"#,
                at + 1
            ),
        );
        record(
            "user",
            format!(
                r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{call}","is_error":true,"content":"{text}"}}]}}"#
            ),
        );
        let again = format!("again-{round}-{at}");
        record(
            "assistant",
            format!(
                r#""message":{{"role":"assistant","model":"model-1","content":[{{"type":"tool_use","id":"{again}","name":"{tool}","input":{input}}}]}}"#
            ),
        );
        record(
            "user",
            format!(
                r#""message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{again}","content":"ok"}}]}}"#
            ),
        );
    }
    record("system", r#""subtype":"compact_boundary","content":"Conversation compacted""#.to_owned());
    record("system", r#""subtype":"turn_duration","durationMs":1200,"content":"""#.to_owned());
    record("assistant", r#""isApiErrorMessage":true,"error":"rate_limit","message":{"role":"assistant","model":"<synthetic>","content":[{"type":"text","text":"You've hit your session limit"}]}"#.to_owned());
    record("progress", r#""data":{"type":"bash_progress","output":"..."}"#.to_owned());
    record("a-type-of-tomorrow", r#""content":"?""#.to_owned());
    lines
}

impl Logs for Sample {
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0[file].as_bytes()))
    }

    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>> {
        Ok(Box::new(Stream(self.0[file].as_bytes())))
    }
}

fn nobody() -> Seats {
    Seats { classifiers: Vec::new(), extractors: Vec::new(), analyzers: Vec::new() }
}

/// What a plugin did with the sample: what it was asked about, and how much fuel that took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Events or incidents.
    pub asked: u64,
    /// Instructions.
    pub fuel: u64,
}

/// Judges the sample, each batch once behind the others and once in a fresh instance: a plugin that remembers, or that
/// fails, is told.
fn judged(seats: Seats) -> Result<(Derived, Tried), Fault> {
    let sample = Sample::new();
    let mut pipeline = Pipeline::new(seats, 1).checking_all();
    let derived = pipeline
        .understand(&sample.files(), &sample)
        .map_err(|error| Fault { kind: FaultKind::Invalid, message: format!("the sample cannot be read: {error}") })?;
    if let Some(failure) = derived.failures.first() {
        return Err(Fault { kind: failure.kind, message: failure.message.clone() });
    }
    let tried = derived.judged.first().map(|row| Tried { asked: row.asked, fuel: row.fuel }).unwrap_or_default();
    Ok((derived, tried))
}

/// Tries a classifier on the sample.
pub fn try_classifier(plugin: Box<dyn Classifier>) -> Result<Tried, Fault> {
    let seats = Seats { classifiers: vec![Seat::new(plugin)], ..nobody() };
    judged(seats).map(|(_, tried)| tried)
}

/// Tries an extractor on the sample.
pub fn try_extractor(plugin: Box<dyn Extractor>) -> Result<Tried, Fault> {
    let seats = Seats { extractors: vec![Seat::new(plugin)], ..nobody() };
    judged(seats).map(|(_, tried)| tried)
}

/// Tries an analyzer on the sample: what it reports must not depend on the order in which states are merged.
pub fn try_analyzer(mut plugin: Box<dyn Analyzer>, again: Box<dyn Analyzer>) -> Result<Tried, Fault> {
    let seats = Seats { analyzers: vec![Seat::new(again)], ..nobody() };
    let (derived, tried) = judged(seats)?;
    let whole = derived.states.iter().map(|state| state.bytes.clone());
    plugin.renew();
    let nothing = plugin.save()?;
    let states: Vec<Vec<u8>> = whole.chain([nothing]).collect();
    let mut report = |states: &[&Vec<u8>]| -> Result<Report, Fault> {
        plugin.renew();
        states.iter().try_for_each(|state| plugin.merge(state))?;
        plugin.finish()
    };
    let forth: Vec<&Vec<u8>> = states.iter().collect();
    let back: Vec<&Vec<u8>> = states.iter().rev().collect();
    if report(&forth)? != report(&back)? {
        return Err(Fault {
            kind: FaultKind::Stateful,
            message: "its report depends on the order in which states are merged, and may not".to_owned(),
        });
    }
    Ok(tried)
}

/// A plugin to be asked again.
pub enum Again {
    /// A classifier.
    Classifier(Box<dyn Classifier>),
    /// An extractor.
    Extractor(Box<dyn Extractor>),
    /// An analyzer.
    Analyzer(Box<dyn Analyzer>),
}

/// What came of asking again: words of the answer, or the fault, and the fuel that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Whether the plugin asks for such records at all.
    pub was_asked: bool,
    /// What it said, as names and values.
    pub answer: Vec<(&'static str, String)>,
    /// Why it did not answer.
    pub fault: Option<(FaultKind, String)>,
    /// Instructions.
    pub fuel: u64,
    /// Notes that it left.
    pub notes: Notes,
}

/// Asks a plugin about one event of a family again, the event alone; `event` is an index into its rows.
pub fn replay(plugin: Again, mut derived: Derived, event: u32, files: &[FamilyFile<'_>], logs: &dyn Logs) -> Replayed {
    match plugin {
        Again::Classifier(plugin) => classify_again(plugin, &derived, event, files, logs),
        Again::Extractor(plugin) => {
            derived.incidents.retain(|incident| incident.event == event);
            let was_asked = !derived.incidents.is_empty();
            let mut diagnosis = Diagnosis::new(vec![Seat::new(plugin)], 1);
            diagnosis.diagnose(&mut derived, files, logs);
            let said = derived.diagnoses.first().copied().unwrap_or_default();
            let word = |id| derived.names.get(id).to_owned();
            let answer = [
                ("disposition", word(said.disposition)),
                ("reason", word(said.reason)),
                ("cause", word(said.cause)),
                ("owner", word(said.owner)),
                ("title", word(said.title)),
                ("fingerprint", word(said.fingerprint)),
                ("severity", said.severity.name().to_owned()),
            ];
            outcome(&derived, was_asked, answer.into_iter().filter(|(_, word)| !word.is_empty()).collect())
        }
        Again::Analyzer(plugin) => {
            derived.incidents.retain(|incident| incident.event == event);
            derived.labels.retain(|label| label.event == event);
            let rows = std::mem::take(&mut derived.events);
            derived.events = rows[event as usize..=event as usize].to_vec();
            derived.labels.iter_mut().for_each(|label| label.event = 0);
            for incident in &mut derived.incidents {
                (incident.event, incident.resolution) = (0, None);
            }
            derived.diagnoses.truncate(derived.incidents.len());
            let mut analysis = Analysis::new(vec![Seat::new(plugin)], 1);
            analysis.analyze(&mut derived, files, logs);
            let was_asked = derived.judged.iter().any(|row| row.asked > 0);
            let state = derived.states.first().map(|state| ("state", format!("{} bytes", state.bytes.len())));
            outcome(&derived, was_asked, state.into_iter().collect())
        }
    }
}

fn outcome(derived: &Derived, was_asked: bool, answer: Vec<(&'static str, String)>) -> Replayed {
    let fault = derived.failures.first().map(|failure| (failure.kind, failure.message.clone()));
    let fuel = derived.judged.iter().map(|row| row.fuel).sum();
    let notes = derived.judged.iter().map(|row| row.notes.clone()).next_back().unwrap_or_default();
    Replayed { was_asked, answer: if fault.is_some() { Vec::new() } else { answer }, fault, fuel, notes }
}

fn classify_again(
    mut plugin: Box<dyn Classifier>,
    derived: &Derived,
    event: u32,
    files: &[FamilyFile<'_>],
    logs: &dyn Logs,
) -> Replayed {
    let row = derived.events[event as usize];
    let context = derived.contexts[row.context as usize];
    let mut builder = BatchBuilder::new(plugin.interest().clone());
    lift(files, logs, &[derived.standing(event)], &mut |_, event| {
        if builder.wants(event) {
            let agent = files[context.file as usize].agent;
            builder.push(event, agent, derived.names.get(row.tool), derived.names.get(context.directory));
        }
    });
    let was_asked = !builder.batch().events.is_empty();
    let mut replayed = Replayed { was_asked, answer: Vec::new(), fault: None, fuel: 0, notes: Notes::default() };
    if !was_asked {
        return replayed;
    }
    match plugin.judge(builder.batch()) {
        Ok(judgement) => {
            let verdict = judgement.verdicts[0];
            let word = |index: u32| judgement.names[index as usize].clone();
            let labels: Vec<String> = judgement.labels.iter().map(|label| word(label.name)).collect();
            let answer = [
                ("category", word(verdict.category)),
                ("subcategory", word(verdict.subcategory)),
                ("severity", verdict.severity.name().to_owned()),
                ("labels", labels.join(", ")),
            ];
            replayed.answer = answer.into_iter().filter(|(_, word)| !word.is_empty()).collect();
        }
        Err(fault) => replayed.fault = Some((fault.kind, fault.message)),
    }
    (replayed.fuel, replayed.notes) = (plugin.take_fuel(), plugin.take_notes());
    replayed
}

#[cfg(test)]
mod tests {
    use super::{Sample, nobody};
    use crate::event::Kind;
    use crate::pipeline::Pipeline;

    #[test]
    fn the_sample_is_whole_and_fills_several_batches() {
        let sample = Sample::new();
        let derived = Pipeline::new(nobody(), 1).understand(&sample.files(), &sample).unwrap();
        assert_eq!(derived.quarantine, []);
        assert!(derived.incidents.len() > super::super::batch::MAX_EVENTS, "{}", derived.incidents.len());
        for kind in [Kind::Prompt, Kind::ToolCall, Kind::ToolResult, Kind::Usage, Kind::ApiError, Kind::Unknown] {
            assert!(derived.events.iter().any(|event| event.kind == kind), "{}", kind.name());
        }
    }
}
