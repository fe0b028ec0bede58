//! Extractors: what failures were caused by, and what would prevent them.

use super::{AttributeView, Fault, Hit, Label, Plugin};
use crate::event::{Millis, Severity, Trigger};

/// A text around an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IncidentText {
    /// What the failed event says.
    Failure,
    /// The input of the call that failed, as JSON.
    Call,
    /// What the agent said before that call.
    Before,
    /// The input of the call that succeeded at last.
    Resolution,
    /// What the person said next.
    Answer,
}

impl IncidentText {
    /// Every text, in the order of the declaration.
    pub const ALL: [IncidentText; 5] = [
        IncidentText::Failure,
        IncidentText::Call,
        IncidentText::Before,
        IncidentText::Resolution,
        IncidentText::Answer,
    ];

    /// The name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            IncidentText::Failure => "failure",
            IncidentText::Call => "call",
            IncidentText::Before => "before",
            IncidentText::Resolution => "resolution",
            IncidentText::Answer => "answer",
        }
    }

    /// The text of a name.
    pub fn of_name(name: &str) -> Option<IncidentText> {
        IncidentText::ALL.into_iter().find(|text| text.name() == name)
    }
}

/// The optional fields of an incident that a plugin asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each names the field of the incident that it asks for")]
pub struct IncidentFields {
    pub tool: bool,
    pub session: bool,
    pub agent: bool,
    pub project: bool,
    pub model: bool,
    pub sub_agent: bool,
    pub time: bool,
    pub duration: bool,
    /// With it comes how many failures there were before.
    pub resolution: bool,
    pub attributes: bool,
    pub labels: bool,
}

/// What an extractor declared that it needs; the host hands over nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentInterest {
    /// The optional fields.
    pub fields: IncidentFields,
    /// Bytes of each of [`IncidentText::ALL`] to hand over, cut at a character; 0 for none.
    pub text_bytes: [u32; IncidentText::ALL.len()],
    /// Literals to search for in the failure's text.
    pub literals: Vec<String>,
}

/// One failure as a plugin sees it. Names are indices into [`IncidentBatch::names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract, documented in wit/")]
pub struct IncidentView {
    pub kind: u32,
    pub tool: u32,
    pub session: u32,
    pub agent: u32,
    pub project: u32,
    pub model: u32,
    pub sub_agent: u32,
    pub resolution: u32,
    pub earlier: u32,
    pub time: i64,
    pub duration: u64,
}

/// A text around one incident of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Index into [`IncidentBatch::incidents`].
    pub incident: u32,
    /// Index into [`IncidentBatch::names`].
    pub name: u32,
    /// Index into [`IncidentBatch::texts`].
    pub text: u32,
}

/// Incidents that cross the border in one call. In attributes, labels and hits the
/// event is an index into [`IncidentBatch::incidents`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncidentBatch {
    /// Interned strings; the first is empty.
    pub names: Vec<String>,
    /// Texts; the first is empty.
    pub texts: Vec<String>,
    /// The incidents.
    pub incidents: Vec<IncidentView>,
    /// Texts, ordered by incident.
    pub excerpts: Vec<Excerpt>,
    /// Attributes of the failed events, ordered by incident.
    pub attributes: Vec<AttributeView>,
    /// Labels of the failed events, ordered by incident.
    pub labels: Vec<Label>,
    /// Literal hits, ordered by incident.
    pub hits: Vec<Hit>,
}

/// What an extractor says of one failure. Names are indices into [`Findings::names`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// One of [`DISPOSITIONS`]; an empty name abstains.
    pub disposition: u32,
    /// Why it is benign, or of what it is an echo.
    pub reason: u32,
    /// What stays the same when it happens again.
    pub fingerprint: u32,
    /// What happened, for people.
    pub title: u32,
    /// The class of the cause.
    pub cause: u32,
    /// One of [`OWNERS`], or empty.
    pub owner: u32,
    /// The severity; unset leaves it open.
    pub severity: Severity,
    /// Asks that the incident be kept for ever.
    pub critical: bool,
}

/// What came back for a batch, validated: one diagnosis an incident, every index in range,
/// every word in its vocabulary, and for an `incident` a fingerprint, a title and a cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The strings that diagnoses refer to.
    pub names: Vec<String>,
    /// One for each incident of the batch.
    pub diagnoses: Vec<Diagnosis>,
}

/// What a failure can turn out to be.
pub const DISPOSITIONS: [&str; 4] = ["incident", "benign", "echo", "decision"];

/// Whose an incident can be to mend.
pub const OWNERS: [&str; 5] = ["agent", "environment", "user", "provider", "harness"];

/// One incident of a group, with its texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exemplar {
    /// The tool that failed.
    pub tool: String,
    /// The project.
    pub project: String,
    /// Its texts.
    pub texts: Vec<(IncidentText, String)>,
}

/// The incidents that share a fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract, documented in wit/")]
pub struct ErrorGroup {
    pub fingerprint: String,
    pub title: String,
    pub cause: String,
    pub owner: String,
    pub incidents: u64,
    pub sessions: u64,
    pub families: u64,
    pub days: u64,
    pub resolved: u64,
    pub first: Millis,
    pub last: Millis,
    pub exemplars: Vec<Exemplar>,
    /// What resolved them, and how often.
    pub resolutions: Vec<(String, u64)>,
}

/// A protocol as an extractor proposes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// What it is about.
    pub title: String,
    /// When it applies.
    pub trigger: Trigger,
    /// What to do.
    pub advice: String,
    /// 0 to 100.
    pub confidence: u8,
}

/// An extractor, wherever it runs.
pub trait Extractor: Plugin {
    /// What it asked to see.
    fn interest(&self) -> &IncidentInterest;

    /// Says what failures were. After a fault the extractor is as good as new.
    fn diagnose(&mut self, batch: &IncidentBatch) -> Result<Findings, Fault>;

    /// Says what would prevent a group of incidents.
    fn propose(&mut self, group: &ErrorGroup) -> Result<Vec<Proposal>, Fault>;
}
