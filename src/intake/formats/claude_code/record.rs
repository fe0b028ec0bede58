//! One transcript record, taken apart into spans in a single pass.

use super::message::{Message, scan_message};
use crate::event::Piece;
use crate::intake::json::{Malformed, Scanner};
use std::borrow::Cow;

/// The spans of a record that somebody may ask for.
#[derive(Debug, Default)]
pub struct Record<'a> {
    pub kind: &'a [u8],
    pub subtype: Option<&'a [u8]>,
    pub uuid: Option<&'a [u8]>,
    pub parent: Option<&'a [u8]>,
    pub session: Option<&'a [u8]>,
    pub agent_id: Option<&'a [u8]>,
    pub timestamp: Option<&'a [u8]>,
    pub directory: Option<&'a [u8]>,
    pub version: Option<&'a [u8]>,
    pub request: Option<&'a [u8]>,
    pub is_sidechain: bool,
    pub is_meta: bool,
    pub is_compact_summary: bool,
    pub is_api_error: bool,
    pub message: Option<Message<'a>>,
    /// The text of records that carry one beside the message: titles, prompts, notices.
    pub content: Option<Piece<'a>>,
    pub error: Option<&'a [u8]>,
    pub hook_errors: Option<&'a [u8]>,
    pub duration: Option<u64>,
    pub denial: Option<&'a [u8]>,
    pub data: Option<&'a [u8]>,
    pub attachment: Option<&'a [u8]>,
    pub unknown_fields: Vec<&'a [u8]>,
}

impl<'a> Record<'a> {
    /// Reads one record; the scanner stands on its opening brace.
    pub fn scan(scanner: &mut Scanner<'a>) -> Result<Record<'a>, Malformed> {
        let mut record = Record::default();
        scanner.object(|scanner, key| record.field(scanner, key))?;
        Ok(record)
    }

    fn field(&mut self, scanner: &mut Scanner<'a>, key: &'a [u8]) -> Result<(), Malformed> {
        match key {
            b"type" => self.kind = string_or_skip(scanner)?.unwrap_or_default(),
            b"subtype" => self.subtype = string_or_skip(scanner)?,
            b"uuid" => self.uuid = string_or_skip(scanner)?,
            b"parentUuid" => self.parent = string_or_skip(scanner)?,
            b"sessionId" | b"session_id" => self.session = string_or_skip(scanner)?,
            b"agentId" => self.agent_id = string_or_skip(scanner)?,
            b"timestamp" => self.timestamp = string_or_skip(scanner)?,
            b"cwd" => self.directory = string_or_skip(scanner)?,
            b"version" => self.version = string_or_skip(scanner)?,
            b"requestId" => self.request = string_or_skip(scanner)?,
            b"isSidechain" => self.is_sidechain = scanner.truth()?,
            b"isMeta" => self.is_meta = scanner.truth()?,
            b"isCompactSummary" => self.is_compact_summary = scanner.truth()?,
            b"isApiErrorMessage" => self.is_api_error = scanner.truth()?,
            b"message" => self.message = Some(scan_message(scanner)?),
            b"toolUseResult" | b"tool_use_result" => scanner.object_or_skip(|scanner, key| match key {
                b"durationMs" | b"totalDurationMs" => set(&mut self.duration, scanner.unsigned()?),
                b"durationSeconds" => {
                    let seconds = std::str::from_utf8(scanner.span()?).ok().and_then(|text| text.parse::<f64>().ok());
                    let millis = seconds.map(|seconds| seconds * 1000.0).filter(|millis| (0.0..9e15).contains(millis));
                    set(&mut self.duration, millis.map(|millis| millis.round() as u64))
                }
                _ => scanner.skip(),
            })?,
            b"toolDenialKind" => self.denial = string_or_skip(scanner)?,
            b"durationMs" => self.duration = scanner.unsigned()?,
            b"content" | b"summary" | b"customTitle" | b"aiTitle" | b"lastPrompt" | b"agentName" | b"prUrl"
            | b"mode" | b"permissionMode" | b"tag" | b"frameUrl" => {
                let piece = scanner.piece()?;
                // A user record carries the permission mode beside its message.
                if self.message.is_none() && (self.content.is_none() || key != b"permissionMode") {
                    self.content = piece.or(self.content);
                }
            }
            b"error" => self.error = Some(scanner.span()?),
            b"hookErrors" => self.hook_errors = Some(scanner.span()?),
            b"data" => self.data = Some(scanner.span()?),
            b"attachment" => self.attachment = Some(scanner.span()?),
            _ => {
                if !is_known_field(key) {
                    self.unknown_fields.push(key);
                }
                scanner.skip()?;
            }
        }
        Ok(())
    }

    /// The type, decoded; empty if there is none.
    pub fn kind_name(&self) -> Cow<'a, str> {
        Piece::Escaped(self.kind).decode()
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) -> Result<(), Malformed> {
    if value.is_some() {
        *place = value;
    }
    Ok(())
}

/// Takes a string as it stands between its quotes; any other value is skipped.
pub fn string_or_skip<'a>(scanner: &mut Scanner<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    if scanner.peek() == Some(b'"') {
        return scanner.string().map(Some);
    }
    scanner.skip()?;
    Ok(None)
}

/// Fields of the known versions that nothing here asks for.
fn is_known_field(key: &[u8]) -> bool {
    matches!(
        key,
        b"userType"
            | b"gitBranch"
            | b"slug"
            | b"promptId"
            | b"promptSource"
            | b"entrypoint"
            | b"effort"
            | b"origin"
            | b"level"
            | b"leafUuid"
            | b"messageId"
            | b"snapshot"
            | b"isSnapshotUpdate"
            | b"toolUseID"
            | b"parentToolUseID"
            | b"sourceToolUseID"
            | b"sourceToolAssistantUUID"
            | b"attributionMcpServer"
            | b"attributionMcpTool"
            | b"attributionSkill"
            | b"attributionPlugin"
            | b"attributionAgent"
            | b"advisorModel"
            | b"thinkingMetadata"
            | b"todos"
            | b"isVisibleInTranscriptOnly"
            | b"interruptedByShutdown"
            | b"classifierMetaLines"
            | b"planContent"
            | b"imagePasteIds"
            | b"mcpMeta"
            | b"operation"
            | b"hookCount"
            | b"hookInfos"
            | b"hookAdditionalContext"
            | b"preventedContinuation"
            | b"stopReason"
            | b"hasOutput"
            | b"logicalParentUuid"
            | b"compactMetadata"
            | b"microcompactMetadata"
            | b"messageCount"
            | b"retryInMs"
            | b"retryAttempt"
            | b"maxRetries"
            | b"cause"
            | b"source"
            | b"direction"
            | b"trigger"
            | b"originalModel"
            | b"fallbackModel"
            | b"apiErrorStatus"
            | b"apiRefusalCategory"
            | b"apiRefusalExplanation"
            | b"refusedUserMessageUuid"
            | b"errorDetails"
            | b"quotaLimits"
            | b"teamName"
            | b"sessionKind"
            | b"agentSlug"
            | b"prNumber"
            | b"prRepository"
            | b"path"
            | b"title"
            | b"tool_result_meta"
            | b"parent_tool_use_id"
            | b"modelUsage"
            | b"totalCostUSD"
            | b"totalDuration"
            | b"totalLinesAdded"
            | b"totalLinesRemoved"
    )
}
