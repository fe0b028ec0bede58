//! The record of an error: all that is needed to know it again when its raw log is gone.

use super::incident::Resolution;
use crate::event::{Kind, Millis, Severity};
use crate::plugin::Provenance;
use xxhash_rust::xxh3::xxh3_64;

/// A failure with bounded excerpts, self-contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorRecord {
    /// The incident's id.
    pub id: u64,
    /// When it happened.
    pub time: Option<Millis>,
    /// The kind of the failed event.
    pub kind: Kind,
    /// Where it happened; each empty if unknown.
    pub agent: String,
    /// The session.
    pub session: String,
    /// The sub-agent.
    pub sub_agent: String,
    /// The project.
    pub project: String,
    /// The tool.
    pub tool: String,
    /// The id of the call.
    pub call: String,
    /// Where the failed record stands: the file's index in its family, offset and length in bytes.
    pub place: (u32, u64, u64),
    /// What was said of it, if anything was.
    pub diagnosis: Option<RecordedDiagnosis>,
    /// Whether it is to be kept for ever.
    pub critical: bool,
    /// What resolved it.
    pub resolution: Resolution,
    /// The event that did.
    pub resolved_by: Option<u64>,
    /// Milliseconds until then.
    pub resolved_after: Option<u64>,
    /// At most 4 KiB of the call's input.
    pub call_text: String,
    /// At most 4 KiB of what failed.
    pub failure_text: String,
    /// At most 4 KiB of the input of the call that succeeded.
    pub resolution_text: String,
}

/// What an extractor said of an error, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedDiagnosis {
    /// What it was: `incident`, `benign`, `echo` or `decision`.
    pub disposition: String,
    /// What happened, for people.
    pub title: String,
    /// The class of the cause.
    pub cause: String,
    /// Whose it is to mend.
    pub owner: String,
    /// What its group shares.
    pub fingerprint: String,
    /// How bad it is.
    pub severity: Severity,
    /// Who said so.
    pub by: Provenance,
}

impl ErrorRecord {
    /// Whether something went wrong, or nobody could say what it was.
    pub fn is_error(&self) -> bool {
        self.diagnosis.as_ref().is_none_or(|said| said.disposition == "incident")
    }

    /// A hash of what was said of it; who said it does not count.
    pub fn diagnosis_digest(&self) -> u64 {
        let mut text = String::from(if self.critical { "critical" } else { "" });
        if let Some(said) = &self.diagnosis {
            for word in [&said.disposition, &said.title, &said.cause, &said.owner, &said.fingerprint] {
                text.push('\0');
                text.push_str(word);
            }
            text.push_str(said.severity.name());
        }
        xxh3_64(text.as_bytes())
    }

    /// A hash of how it was resolved; 0 if it was not.
    pub fn resolution_digest(&self) -> u64 {
        self.resolved_by.map_or(0, |by| xxh3_64(format!("{by:x}{}", self.resolution.name()).as_bytes()) | 1)
    }
}
