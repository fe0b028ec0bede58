//! What each sort of record becomes.

use super::Transcript;
use crate::event::{Event, Kind, Status};
use crate::intake::formats::{Drift, Reason, Sink};

/// Keeps what tests ask about.
#[derive(Default)]
struct Kept {
    events: Vec<String>,
    identities: Vec<u64>,
    drift: Vec<String>,
}

impl Sink for Kept {
    fn event(&mut self, event: Event<'_>) {
        let mut words = vec![event.kind.name().to_owned()];
        words.extend(event.sub_agent.map(|agent| format!("agent={agent}")));
        words.extend(event.tool.map(|tool| format!("tool={tool}")));
        words.extend(event.call.map(|call| format!("call={call}")));
        if event.status != Status::Unset {
            words.push(event.status.name().to_owned());
        }
        words.extend(event.duration.map(|duration| format!("{duration}ms")));
        words.extend(event.attributes.iter().map(|attribute| format!("{}={}", attribute.name, attribute.value)));
        words.extend(event.tokens.map(|tokens| format!("{}/{}", tokens.input, tokens.output)));
        let text = event.text.decode();
        if !text.is_empty() {
            words.push(format!("{text:?}"));
        }
        self.events.push(words.join(" "));
        self.identities.push(event.identity);
    }

    fn drift(&mut self, drift: Drift<'_>) {
        self.drift.push(format!("{} {}", drift.element, String::from_utf8_lossy(drift.name)));
    }

    fn quarantine(&mut self, _: u64, _: u64, reason: Reason) {
        panic!("{}", reason.name());
    }
}

fn read(lines: &[&str]) -> Kept {
    let mut kept = Kept::default();
    let mut transcript = Transcript::new("s");
    for line in lines {
        assert_eq!(transcript.object(line.as_bytes(), 0, &mut kept), Ok(line.len()));
    }
    kept
}

#[test]
fn blocks_become_events() {
    let line = r#"{"type":"assistant","uuid":"1","requestId":"r","message":{"id":"m","model":"x","content":[{"type":"thinking","thinking":"hm","signature":"..."},{"type":"text","text":"done"},{"type":"tool_use","id":"c","name":"Bash","input":{"command":"ls"}},{"type":"shiny"}],"usage":{"input_tokens":"3","output_tokens":4,"cache_creation":{"input_tokens":9}}}}"#;
    let kept = read(&[line]);
    assert_eq!(
        kept.events,
        [
            r#"reasoning "hm""#,
            r#"response "done""#,
            r#"tool-call tool=Bash call=c "{\"command\":\"ls\"}""#,
            "context subtype=shiny",
            "usage 3/4",
        ]
    );
    assert_eq!(kept.drift, ["content block shiny"]);
}

#[test]
fn results_say_how_they_ended() {
    let lines = [
        r#"{"type":"user","uuid":"1","toolUseResult":{"durationMs":7,"originalFile":"}"},"message":{"content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"one"},{"type":"image"},{"type":"text","text":"two"}]}]}}"#,
        r#"{"type":"user","uuid":"2","toolUseResult":"User rejected tool use","toolDenialKind":"user-rejected","message":{"content":[{"type":"tool_result","tool_use_id":"b","is_error":true,"content":"no"}]}}"#,
        r#"{"type":"user","uuid":"3","tool_use_result":{"durationSeconds":1.5},"message":{"content":[{"type":"tool_result","tool_use_id":"c","is_error":null}]}}"#,
    ];
    assert_eq!(
        read(&lines).events,
        [
            r#"tool-result call=a ok 7ms "one\ntwo""#,
            r#"tool-result call=b error denial=user-rejected "no""#,
            "tool-result call=c ok 1500ms",
        ]
    );
}

#[test]
fn what_a_person_said_is_told_from_what_the_agent_put_there() {
    let lines = [
        r#"{"type":"user","uuid":"1","message":{"content":"fix it"}}"#,
        r#"{"type":"user","uuid":"2","isMeta":true,"message":{"content":"caveat"}}"#,
        r#"{"type":"user","uuid":"3","message":{"content":"<command-name>/clear</command-name>"}}"#,
        r#"{"type":"user","uuid":"4","message":{"content":[{"type":"text","text":"[Request interrupted by user]"}]}}"#,
        r#"{"type":"user","uuid":"5","isCompactSummary":true,"message":{"content":"before"}}"#,
        r#"{"type":"user","uuid":"6","message":{"content":12345}}"#,
        r#"{"type":"user","uuid":"7","isSidechain":true,"message":{"content":["bare"]}}"#,
    ];
    assert_eq!(
        read(&lines).events,
        [
            r#"prompt "fix it""#,
            r#"context subtype=meta "caveat""#,
            r#"command subtype=slash-command "<command-name>/clear</command-name>""#,
            r#"system subtype=interruption "[Request interrupted by user]""#,
            r#"compaction subtype=summary "before""#,
            "prompt",
            r#"prompt agent=sidechain "bare""#,
        ]
    );
}

#[test]
fn errors_of_the_provider_and_of_hooks_are_told() {
    let lines = [
        r#"{"type":"assistant","uuid":"1","isApiErrorMessage":true,"error":"rate_limit","message":{"id":"m","model":"<synthetic>","content":[{"type":"text","text":"limit"}],"usage":{"output_tokens":0}}}"#,
        r#"{"type":"system","subtype":"api_error","uuid":"2","error":{"status":529}}"#,
        r#"{"type":"system","subtype":"stop_hook_summary","uuid":"3","hookErrors":["bad"]}"#,
        r#"{"type":"system","subtype":"stop_hook_summary","uuid":"4","hookErrors":[ ]}"#,
        r#"{"type":"system","subtype":"stop_hook_summary","uuid":"4b","hookErrors":null}"#,
        r#"{"type":"attachment","uuid":"5","attachment":{"type":"hook_non_blocking_error","stderr":"oops","stdout":"","exitCode":1,"durationMs":3,"toolUseID":"c"}}"#,
        r#"{"type":"system","subtype":"turn_duration","uuid":"6","durationMs":9}"#,
    ];
    assert_eq!(
        read(&lines).events,
        [
            r#"api-error error error_type=rate_limit "limit""#,
            r#"api-error error subtype=api_error "{\"status\":529}""#,
            r#"hook error subtype=stop_hook_summary "[\"bad\"]""#,
            "hook ok subtype=stop_hook_summary",
            "hook ok subtype=stop_hook_summary",
            r#"hook call=c error 3ms exit_code=1 subtype=hook_non_blocking_error "oops""#,
            "system 9ms subtype=turn_duration",
        ]
    );
}

#[test]
fn a_sub_agent_inside_a_progress_record_speaks_for_itself() {
    let line = r#"{"type":"progress","uuid":"p","sessionId":"s","timestamp":"2026-01-01T00:00:00Z","data":{"type":"agent_progress","agentId":"a1","message":{"type":"assistant","uuid":"n","timestamp":"2026-01-01T00:00:09Z","requestId":"r","message":{"id":"m","model":"x","content":[{"type":"tool_use","id":"c","name":"Read","input":{}}],"usage":{"input_tokens":1,"output_tokens":2}}}}}"#;
    assert_eq!(read(&[line]).events, [r#"tool-call agent=a1 tool=Read call=c "{}""#, "usage agent=a1 1/2"]);
    let nested = r#"{"type":"progress","data":{"message":{"type":"progress","message":{},"data":{"message":{}}}}}"#;
    assert_eq!(read(&[nested]).events.len(), 1);
}

#[test]
fn copies_have_the_identity_of_what_they_copy() {
    let title = r#"{"type":"mode","mode":"plan","sessionId":"s"}"#;
    let twice = read(&[title, title]).identities;
    assert_ne!(twice[0], twice[1]);
    assert_eq!(read(&[title, title]).identities, twice);
    let call = |session| {
        format!(
            r#"{{"type":"assistant","uuid":"{session}","sessionId":"{session}","message":{{"content":[{{"type":"tool_use","id":"c"}}]}}}}"#
        )
    };
    assert_eq!(read(&[&call("a")]).identities, read(&[&call("b")]).identities);
}

#[test]
fn unknown_types_are_kept_and_counted() {
    let kept = read(&[r#"{"type":"novelty","shade":"blue","content":"text"}"#, "{}"]);
    assert_eq!(kept.events, [r#"unknown subtype=novelty "text""#, "unknown subtype="]);
    assert_eq!(kept.drift, ["field shade", "record type novelty", "record type (none)"]);
    assert!(kept.events.iter().all(|event| event.starts_with(Kind::Unknown.name())));
}
