//! The pipeline with classifiers of plain Rust.

use super::file::MAX_QUOTES;
use super::{Derived, FamilyFile, Logs, Pipeline, Seat, Seats, Source, Stream};
use crate::event::{Kind, Severity};
use crate::intake::formats::Reading;
use crate::intake::{Form, Shape};
use crate::plugin::{
    Batch, Classifier, Fault, FaultKind, Fields, Interest, Judgement, KindInterest, Plugin, Provenance, Verdict,
};
use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

/// Calls everything operational, and takes note of what it was shown.
#[derive(Clone)]
struct Recorder {
    interest: Interest,
    provenance: Provenance,
    batches: Rc<RefCell<Vec<Batch>>>,
    /// Batches that hold this text fail.
    poison: Option<&'static str>,
    /// What it calls everything.
    category: &'static str,
}

impl Recorder {
    fn new(kind: KindInterest, literals: &[&str]) -> Recorder {
        let literals = literals.iter().map(|literal| (*literal).to_owned()).collect();
        let fields = Fields { tool: true, session: true, ..Fields::default() };
        Recorder {
            interest: Interest { kinds: [kind; Kind::ALL.len()], fields, literals },
            provenance: Provenance {
                plugin: "recorder".into(),
                version: "1".into(),
                content_hash: String::new(),
                settings_hash: String::new(),
                host_version: String::new(),
            },
            batches: Rc::default(),
            poison: None,
            category: "operational",
        }
    }

    fn all() -> Recorder {
        Recorder::new(KindInterest { wanted: true, text_bytes: 64, ..KindInterest::default() }, &[])
    }
}

impl Plugin for Recorder {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn may_be_critical(&self) -> bool {
        true
    }

    fn renew(&mut self) {}

    fn take_fuel(&mut self) -> u64 {
        0
    }
}

impl Classifier for Recorder {
    fn interest(&self) -> &Interest {
        &self.interest
    }

    fn judge(&mut self, batch: &Batch) -> Result<Judgement, Fault> {
        self.batches.borrow_mut().push(batch.clone());
        if self.poison.is_some_and(|poison| batch.texts.iter().any(|text| text == poison)) {
            return Err(Fault { kind: FaultKind::Trap, message: "recorder 1 trapped".to_owned() });
        }
        let verdict = Verdict { category: 0, subcategory: 1, severity: Severity::INFO, critical: false };
        let names = vec![self.category.to_owned(), "tool-usage".to_owned()];
        Ok(Judgement { names, verdicts: vec![verdict; batch.events.len()], labels: Vec::new() })
    }
}

fn derive(files: &[&str], classifier: &Recorder) -> Derived {
    let family: Vec<FamilyFile<'_>> =
        (0..files.len()).map(|id| FamilyFile { id: id as u64, ..family_file() }).collect();
    Pipeline::new(seats(vec![classifier.clone()]), 8).understand(&family, &Texts(files)).unwrap()
}

fn family_file() -> FamilyFile<'static> {
    let reading = Reading { form: Form::Transcript, shape: Shape::Lines, session: "s", max_line: 1 << 20 };
    FamilyFile { id: 0, agent: "claude-code", reading }
}

/// Classifiers in order, and no other plugins.
fn seats(classifiers: Vec<Recorder>) -> Seats {
    let seat = |classifier| Seat::new(Box::new(classifier) as Box<dyn Classifier>);
    Seats { classifiers: classifiers.into_iter().map(seat).collect(), extractors: Vec::new(), analyzers: Vec::new() }
}

/// Files that are texts.
struct Texts<'a>(&'a [&'a str]);

impl Logs for Texts<'_> {
    fn open(&self, file: usize) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self.0[file].as_bytes()))
    }

    fn reopen(&self, file: usize) -> io::Result<Box<dyn Source + '_>> {
        Ok(Box::new(Stream(self.0[file].as_bytes())))
    }
}

fn prompt(uuid: &str, time: &str, text: &str) -> String {
    format!(
        r#"{{"type":"user","uuid":"{uuid}","sessionId":"s","cwd":"/p","timestamp":"{time}","message":{{"content":"{text}"}}}}"#
    ) + "\n"
}

fn response(session: &str, time: &str, output: u64) -> String {
    format!(
        r#"{{"type":"assistant","uuid":"u{output}{session}","sessionId":"{session}","timestamp":"{time}","requestId":"r","message":{{"id":"m","model":"x","content":[],"usage":{{"input_tokens":1,"output_tokens":{output}}}}}}}"#
    ) + "\n"
}

#[test]
fn of_the_copies_of_a_response_that_with_the_greatest_output_counts() {
    let grown = [response("s", "2026-01-01T00:00:00Z", 9), response("s", "2026-01-01T00:00:01Z", 159)].concat();
    let copy = response("t", "2026-01-01T00:00:01Z", 159);
    for files in [[grown.as_str(), copy.as_str()], [copy.as_str(), grown.as_str()]] {
        let derived = derive(&files, &Recorder::all());
        assert_eq!(derived.events.len(), 1);
        assert_eq!(derived.tokens.iter().map(|tokens| tokens.output).collect::<Vec<_>>(), [159]);
        let context = derived.contexts[derived.events[0].context as usize];
        assert_eq!(derived.names.get(context.session), "s");
    }
}

#[test]
fn a_poison_record_costs_itself_and_nothing_else() {
    let lines: String =
        (0..300).map(|n| prompt(&format!("u{n}"), "2026-01-01T00:00:00Z", &format!("text {n}"))).collect();
    let mut classifier = Recorder::all();
    classifier.poison = Some("text 130");
    let derived = derive(&[&lines], &classifier);
    let unjudged: Vec<usize> = (0..derived.events.len()).filter(|at| derived.events[*at].category == 0).collect();
    assert_eq!(unjudged, [130]);
    let [failure] = derived.failures.as_slice() else { panic!("one failure") };
    assert_eq!((failure.event, failure.message.as_str()), (derived.events[130].id, "recorder 1 trapped"));
    assert_eq!((derived.judged[0].asked, derived.judged[0].unjudged, derived.unjudged), (300, 1, 1));
    // The batches before and after are as they would be without it.
    let batches = classifier.batches.borrow();
    let whole: Vec<usize> = batches.iter().map(|batch| batch.events.len()).filter(|count| *count != 64).collect();
    assert_eq!((whole[0], whole[1], whole[2], *whole.last().unwrap()), (128, 128, 128, 44));
}

#[test]
fn a_plugin_that_keeps_failing_is_not_asked_any_more() {
    let lines: String = (0..300).map(|n| prompt(&format!("u{n}"), "2026-01-01T00:00:00Z", "same")).collect();
    let mut classifier = Recorder::all();
    classifier.poison = Some("same");
    let derived = derive(&[&lines], &classifier);
    assert_eq!((derived.failures.len(), derived.judged[0].unjudged, derived.unjudged), (8, 300, 300));
    assert!(classifier.batches.borrow().len() < 60, "{} calls", classifier.batches.borrow().len());
}

#[test]
fn the_first_that_does_not_abstain_fills_the_event() {
    let lines: String =
        (0..3).map(|n| prompt(&format!("u{n}"), "2026-01-01T00:00:00Z", &format!("text {n}"))).collect();
    let (mut first, mut second) = (Recorder::all(), Recorder::all());
    first.category = "diagnostic";
    first.poison = Some("text 1");
    second.category = "analytical";
    let family = [family_file()];
    let derived = Pipeline::new(seats(vec![first, second]), 8).understand(&family, &Texts(&[&lines])).unwrap();
    let filled: Vec<&str> = derived.events.iter().map(|event| derived.names.get(event.category)).collect();
    assert_eq!(filled, ["diagnostic", "analytical", "diagnostic"]);
    let others: Vec<(u32, u8, &str)> = derived
        .opinions
        .iter()
        .map(|opinion| (opinion.event, opinion.slot, derived.names.get(opinion.category)))
        .collect();
    assert_eq!(others, [(0, 1, "analytical"), (2, 1, "analytical")]);
    assert_eq!(derived.unjudged, 0);
}

#[test]
fn a_batch_is_closed_by_its_bytes_too() {
    let long = "x".repeat(100_000);
    let lines: String = (0..5).map(|n| prompt(&format!("u{n}"), "2026-01-01T00:00:00Z", &long)).collect();
    let classifier = Recorder::new(KindInterest { wanted: true, text_bytes: 200_000, ..KindInterest::default() }, &[]);
    derive(&[&lines], &classifier);
    assert_eq!(classifier.batches.borrow().iter().map(|batch| batch.events.len()).collect::<Vec<_>>(), [3, 2]);
}

#[test]
fn a_plugin_sees_what_it_asked_for_and_no_more() {
    let failure = r#"{"type":"user","uuid":"1","sessionId":"s","cwd":"/secret","message":{"content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":"first\nENOENT \u0045ACCES ENOENT"}]}}"#;
    let call = r#"{"type":"assistant","uuid":"0","sessionId":"s","message":{"model":"hidden","content":[{"type":"tool_use","id":"c","name":"Bash","input":{"command":"ls"}}]}}"#;
    let lines = format!("{call}\n{failure}\n{}", prompt("2", "2026-01-01T00:00:00Z", "private"));
    let interest =
        KindInterest { wanted: true, failures_only: true, text_bytes: 5, search: true, ..KindInterest::default() };
    let classifier = Recorder::new(interest, &["EACCES", "ENOENT", "absent"]);
    let derived = derive(&[&lines], &classifier);
    assert_eq!(derived.events.len(), 3);
    let batches = classifier.batches.borrow();
    let [batch] = batches.as_slice() else { panic!("one batch") };
    assert_eq!(batch.names, ["", "tool-result", "error", "s", "Bash"]);
    assert_eq!(batch.texts, ["", "first"]);
    assert_eq!(batch.hits.iter().map(|hit| (hit.event, hit.literal)).collect::<Vec<_>>(), [(0, 0), (0, 1)]);
    assert_eq!((batch.events.len(), batch.events[0].time, batch.events[0].model), (1, 0, 0));
}

#[test]
fn a_result_has_the_tool_and_the_time_of_its_call() {
    let call = r#"{"type":"assistant","uuid":"0","timestamp":"2026-01-01T00:00:00Z","message":{"model":"x","content":[{"type":"tool_use","id":"c","name":"Bash","input":{}}]}}"#;
    let result = r#"{"type":"user","uuid":"1","timestamp":"2026-01-01T00:00:02.500Z","message":{"content":[{"type":"tool_result","tool_use_id":"c","content":"ok"}]}}"#;
    // The call may stand in a file that is read later.
    let derived = derive(&[result, call], &Recorder::all());
    let result = derived.events.iter().find(|event| event.kind == Kind::ToolResult).unwrap();
    assert_eq!((derived.names.get(result.tool), derived.names.get(result.model)), ("Bash", "x"));
    assert_eq!(result.duration, Some(2500));
}

#[test]
fn records_without_a_time_take_that_of_their_neighbours() {
    let title = r#"{"type":"custom-title","customTitle":"Named","sessionId":"s"}"#.to_owned() + "\n";
    let lines = [title.clone(), prompt("1", "2026-01-01T00:00:05Z", "one"), title].concat();
    let derived = derive(&[&lines], &Recorder::all());
    assert_eq!(derived.events.iter().map(|event| event.time).collect::<Vec<_>>(), [Some(1_767_225_605_000); 3]);
    let [session] = derived.sessions.as_slice() else { panic!("one session") };
    assert_eq!((session.title.as_str(), session.prompts, session.events), ("Named", 1, 3));
    assert_eq!(derived.names.get(session.project), "/p");
}

#[test]
fn of_prompts_without_end_the_first_makes_the_title() {
    let mut lines = String::new();
    // The session of the copies, which count for the session of the other file, has a prompt of its own at last.
    for n in 0..2 * MAX_QUOTES + 10 {
        let time = format!("2026-01-01T{:02}:{:02}:{:02}Z", n / 3600 % 24, n / 60 % 60, n % 60);
        lines.push_str(&prompt(&format!("u{n}"), &time, &format!("text {n}")));
    }
    let own = prompt("own", "2026-01-03T00:00:00Z", "its own");
    let forked = format!("{lines}{own}").replace(r#""sessionId":"s""#, r#""sessionId":"t""#);
    let derived = derive(&[&forked, &lines], &Recorder::all());
    let titles: Vec<&str> = derived.sessions.iter().map(|session| session.title.as_str()).collect();
    assert_eq!(titles, ["text 0", "its own"]);
}
