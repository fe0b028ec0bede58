//! The guests, and each call that can be made to one of them.

use super::load;
use crate::plugin::contract::Plugin;
use crate::plugin::{
    AnalyzedEvent, Analyzer, AnalyzerBatch, Batch, Classifier, ErrorGroup, EventView, Exemplar, Extractor, Fault,
    IncidentBatch, IncidentText, IncidentView, Limits, LoadedPlugin, Role, SandboxedAnalyzer, SandboxedClassifier,
    SandboxedExtractor,
};
use std::path::Path;
use wit_component::StringEncoding;
use wit_parser::Resolve;

const WAYS: &str = include_str!("ways.wat");

/// The guest of a role: it behaves, or does not.
pub fn wat(role: Role) -> String {
    let own = match role {
        Role::Classifier => include_str!("classifier.wat"),
        Role::Extractor => include_str!("extractor.wat"),
        Role::Analyzer => include_str!("analyzer.wat"),
    };
    own.replace(";; (here are the common ways)", WAYS)
}

/// The guest of a role, with something put in a marked place.
pub fn changed(role: Role, place: &str, text: &str) -> String {
    let (wat, place) = (wat(role), format!(";; (here it {place})"));
    assert!(wat.contains(&place), "{place}");
    wat.replace(&place, text)
}

/// Where the description of a role's guest lies.
pub fn description(role: Role) -> u32 {
    match role {
        Role::Classifier => 512,
        Role::Extractor => 448,
        Role::Analyzer => 384,
    }
}

/// The guest with other words, of four bytes each, in a place of its memory.
pub fn overwritten(wat: &str, place: u32, words: &[u32]) -> String {
    let bytes: String = words.iter().flat_map(|word| word.to_le_bytes()).map(|byte| format!("\\{byte:02x}")).collect();
    let body = wat.trim_end().strip_suffix(')').unwrap();
    format!("{body}(data (i32.const {place}) \"{bytes}\"))")
}

/// A core module that describes its interface as that of a role.
pub fn module(role: Role, wat: &str) -> Vec<u8> {
    let mut module = wat::parse_str(wat).unwrap();
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit").join(role.name());
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], Some(role.name())).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

/// A batch of three events; the guest misbehaves in the given way, 0 for none.
pub fn batch(way: u64) -> Batch {
    let event = EventView { kind: 1, duration: way, ..EventView::default() };
    Batch {
        names: vec![String::new(), "tool-call".to_owned()],
        texts: vec![String::new()],
        events: vec![event; 3],
        ..Batch::default()
    }
}

/// Three incidents.
pub fn incidents(way: u64) -> IncidentBatch {
    let incident = IncidentView { kind: 1, duration: way, ..IncidentView::default() };
    IncidentBatch {
        names: vec![String::new(), "tool-result".to_owned()],
        texts: vec![String::new()],
        incidents: vec![incident; 3],
        ..IncidentBatch::default()
    }
}

/// A group with one exemplar.
pub fn group(way: u64) -> ErrorGroup {
    let exemplar = Exemplar {
        tool: "Edit".to_owned(),
        project: String::new(),
        texts: vec![(IncidentText::Failure, "File has not been read yet.".to_owned())],
    };
    ErrorGroup {
        fingerprint: "edit.not_read".to_owned(),
        incidents: way,
        exemplars: vec![exemplar],
        resolutions: vec![("changed".to_owned(), 1)],
        ..ErrorGroup::default()
    }
}

/// Three events for an analyzer, and the way in which it saves or reports later.
pub fn observed(way: u64, later: u64) -> AnalyzerBatch {
    let event = AnalyzedEvent { kind: 1, duration: way, size: later, ..AnalyzedEvent::default() };
    AnalyzerBatch {
        names: vec![String::new(), "tool-call".to_owned()],
        texts: vec![String::new()],
        events: vec![event; 3],
        ..AnalyzerBatch::default()
    }
}

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    Judge,
    Diagnose,
    Propose,
    Observe,
    Save,
    Merge,
    Finish,
}

impl Calls {
    pub const ALL: [Calls; 7] =
        [Calls::Judge, Calls::Diagnose, Calls::Propose, Calls::Observe, Calls::Save, Calls::Merge, Calls::Finish];

    pub fn role(self) -> Role {
        match self {
            Calls::Judge => Role::Classifier,
            Calls::Diagnose | Calls::Propose => Role::Extractor,
            Calls::Observe | Calls::Save | Calls::Merge | Calls::Finish => Role::Analyzer,
        }
    }

    /// How a message names it.
    pub fn task(self) -> &'static str {
        match self {
            Calls::Judge => "judge a batch of 3 events",
            Calls::Diagnose => "diagnose a batch of 3 incidents",
            Calls::Propose => "propose protocols for a group with 1 exemplars",
            Calls::Observe => "observe a batch of 3 events",
            Calls::Save => "save what it gathered",
            Calls::Merge => "merge 12 bytes that it saved",
            Calls::Finish => "report",
        }
    }

    /// Its fuel, and the settings that it comes from.
    pub fn fuel(self, limits: &Limits) -> (u64, &'static str) {
        let both = "`fuel_per_event` or `fuel_per_batch`";
        match self {
            Calls::Judge | Calls::Diagnose | Calls::Observe => (limits.fuel(3), both),
            Calls::Propose => (limits.fuel(2), both),
            Calls::Save | Calls::Merge => (limits.fuel(1), both),
            Calls::Finish => (limits.fuel_report, "`fuel_report`"),
        }
    }

    /// The setting that its output comes from.
    pub fn output(self) -> &'static str {
        if self == Calls::Finish { "report" } else { "output" }
    }
}

/// A guest that is ready to be called.
pub struct Started {
    calls: Calls,
    role: Of,
}

enum Of {
    Classifier(SandboxedClassifier),
    Extractor(SandboxedExtractor),
    Analyzer(SandboxedAnalyzer),
}

impl Started {
    pub fn new(calls: Calls, limits: Limits) -> Started {
        Started::of(calls, &load(calls.role(), &wat(calls.role()), limits).unwrap())
    }

    pub fn of(calls: Calls, plugin: &LoadedPlugin) -> Started {
        let role = match calls.role() {
            Role::Classifier => Of::Classifier(plugin.classifier().unwrap()),
            Role::Extractor => Of::Extractor(plugin.extractor().unwrap()),
            Role::Analyzer => Of::Analyzer(plugin.analyzer().unwrap()),
        };
        Started { calls, role }
    }

    /// Makes the call, in which it misbehaves in the given way; 0 for none.
    pub fn call(&mut self, way: u64) -> Result<(), Fault> {
        match &mut self.role {
            Of::Classifier(plugin) => plugin.judge(&batch(way)).map(drop),
            Of::Extractor(plugin) if self.calls == Calls::Propose => plugin.propose(&group(way)).map(drop),
            Of::Extractor(plugin) => plugin.diagnose(&incidents(way)).map(drop),
            Of::Analyzer(plugin) => match self.calls {
                Calls::Save => {
                    plugin.observe(&observed(0, way)).unwrap();
                    plugin.take_fuel();
                    plugin.save().map(drop)
                }
                Calls::Merge => plugin.merge(&state(way, 0, 1)),
                Calls::Finish => {
                    plugin.merge(&state(0, way, 1)).unwrap();
                    plugin.take_fuel();
                    plugin.finish().map(drop)
                }
                _ => plugin.observe(&observed(way, 0)),
            },
        }
    }

    pub fn plugin(&mut self) -> &mut dyn Plugin {
        match &mut self.role {
            Of::Classifier(plugin) => plugin,
            Of::Extractor(plugin) => plugin,
            Of::Analyzer(plugin) => plugin,
        }
    }

    /// Notes that were kept, and how many were not.
    pub fn notes(&mut self) -> (usize, u64) {
        let notes = match &mut self.role {
            Of::Classifier(plugin) => plugin.take_notes(),
            Of::Extractor(plugin) => plugin.take_notes(),
            Of::Analyzer(plugin) => plugin.take_notes(),
        };
        (notes.kept.len(), notes.dropped)
    }
}

/// What the analyzer saves: the ways to merge and to report, and how many events it saw.
pub fn state(merge: u64, report: u64, seen: u32) -> Vec<u8> {
    [merge as u32, report as u32, seen].into_iter().flat_map(u32::to_le_bytes).collect()
}
