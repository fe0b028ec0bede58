//! What the guard goes by, and what it answers.
//!
//! Pure. The compiled file holds the protocols that are guarded, with their triggers as data; patterns are compiled only
//! for the tool that is called. Whatever cannot be read says nothing: the guard fails open.

use super::journal::{Entry, Register};
use super::trigger::{Call, Matcher, Seen, Trace, watched};
use crate::event::{Condition, GuardMode, ProtocolId, ProtocolStatus as Status, Trigger, names_tool};
use crate::intake::json::Scanner;
use crate::search::words_of;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The folder for the calls of sessions, in that of the spool.
pub const RECENT: &str = "recent";

/// The format of the compiled file.
const FORMAT: u32 = 1;

/// A protocol as the guard knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarded {
    /// Its id.
    pub id: ProtocolId,
    /// What to do when it fires.
    pub mode: GuardMode,
    /// Of a hundred sessions, in how many it only observes.
    #[serde(default)]
    pub hold_out: u8,
    /// What it is about.
    pub title: String,
    /// What the agent is told.
    pub advice: String,
    /// Any of them.
    pub triggers: Vec<Trigger>,
}

/// The compiled file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardFile {
    format: u32,
    /// The fields that precautions compare.
    fields: Vec<String>,
    /// Of regular expressions, texts of which each match holds one: what holds none need not be compiled for.
    #[serde(default)]
    needs: BTreeMap<String, Vec<String>>,
    /// The protocols, ordered by id.
    pub protocols: Vec<Guarded>,
}

impl GuardFile {
    /// What the guard goes by, given the life of all protocols: those that are active, and of those that are accepted
    /// the ones to be observed. `said` masks what must not leave the house.
    pub fn new(register: &Register, said: impl Fn(&str) -> String) -> GuardFile {
        let is_on = |entry: &&Entry| match entry.status {
            Status::Active => entry.guard != GuardMode::Off,
            Status::Accepted => entry.guard == GuardMode::Observe,
            _ => false,
        };
        let guarded = |entry: &Entry| Guarded {
            id: entry.protocol.id,
            mode: entry.guard,
            hold_out: entry.hold_out,
            title: said(&entry.protocol.title),
            advice: said(&entry.protocol.advice),
            triggers: entry.protocol.triggers.clone(),
        };
        let protocols: Vec<Guarded> = register.entries.values().filter(is_on).map(guarded).collect();
        let fields = watched(protocols.iter().flat_map(|protocol| &protocol.triggers));
        let conditions =
            protocols.iter().flat_map(|protocol| &protocol.triggers).flat_map(|trigger| &trigger.conditions);
        let patterns = conditions.filter(|condition| condition.operator == "regex").map(|condition| &condition.value);
        let needs = patterns.filter_map(|pattern| Some((pattern.clone(), words_of(pattern, false)?))).collect();
        GuardFile { format: FORMAT, fields, needs, protocols }
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings, numbers and lists of them: nothing that JSON could not say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the file; nothing if it is of a later program, or damaged.
    pub fn read(bytes: &[u8]) -> Option<GuardFile> {
        serde_json::from_slice(bytes).ok().filter(|file: &GuardFile| file.format == FORMAT)
    }

    /// What is remembered of a call.
    pub fn seen(&self, question: &Question) -> Seen {
        Seen::new(&question.call(), &self.fields)
    }

    /// Whether a condition can hold, as far as can be told without compiling it.
    fn can_hold(&self, condition: &Condition, call: &Call<'_>) -> bool {
        let needs = self.needs.get(&condition.value).filter(|_| condition.operator == "regex");
        needs.is_none_or(|needs| {
            call.field(&condition.field).is_some_and(|value| needs.iter().any(|need| value.contains(need.as_str())))
        })
    }

    /// What fires for a call.
    pub fn fired(&self, question: &Question, recent: &Recent) -> Vec<&Guarded> {
        let call = question.call();
        let seen = Seen::new(&call, &self.fields);
        let fires = |trigger: &Trigger| {
            names_tool(&trigger.tool, &question.tool)
                && trigger.conditions.iter().all(|condition| self.can_hold(condition, &call))
                && Matcher::new(trigger)
                    .is_ok_and(|matcher| matcher.selects(&call) && !matcher.is_prevented(&seen, &recent.trace))
        };
        self.protocols.iter().filter(|protocol| protocol.triggers.iter().any(fires)).collect()
    }
}

/// What the agent asks before it calls a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The tool.
    pub tool: String,
    /// Its input, as JSON.
    pub input: Vec<u8>,
    /// The session.
    pub session: String,
    /// The sub-agent; empty if it is none.
    pub sub_agent: String,
    /// The id of the call; empty if the agent does not say.
    pub call: String,
}

impl Question {
    /// Reads a `PreToolUse` event; nothing if it is another one, or none.
    pub fn read(bytes: &[u8]) -> Option<Question> {
        let mut question = Question::default();
        let mut event = String::new();
        let mut scanner = Scanner::new(bytes);
        scanner
            .object(|scanner, key| {
                let field = match key {
                    b"tool_input" => {
                        question.input = scanner.span()?.to_vec();
                        return Ok(());
                    }
                    b"tool_name" => &mut question.tool,
                    b"session_id" => &mut question.session,
                    b"agent_id" => &mut question.sub_agent,
                    b"tool_use_id" => &mut question.call,
                    b"hook_event_name" => &mut event,
                    _ => return scanner.skip(),
                };
                if let Some(piece) = scanner.piece()? {
                    *field = piece.decode().into_owned();
                }
                Ok(())
            })
            .ok()?;
        (matches!(event.as_str(), "" | "PreToolUse") && !question.tool.is_empty()).then_some(question)
    }

    /// The call.
    pub fn call(&self) -> Call<'_> {
        Call { tool: &self.tool, input: &self.input }
    }

    /// The name of the file that remembers the calls of its actor.
    pub fn actor(&self) -> String {
        format!("{:016x}", xxh3_64_with_seed(self.sub_agent.as_bytes(), xxh3_64(self.session.as_bytes())))
    }

    fn hash(&self) -> u64 {
        xxh3_64_with_seed(&self.input, xxh3_64(self.tool.as_bytes()))
    }
}

/// Whether a protocol is held back in a session: by a hash of both, so that all who ask get the same answer.
pub fn is_held_back(protocol: ProtocolId, session: &str, hold_out: u8) -> bool {
    xxh3_64_with_seed(session.as_bytes(), protocol.0) % 100 < u64::from(hold_out)
}

/// What is remembered of an actor's calls.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    trace: Trace,
    /// What was refused: the protocol and the call.
    refused: HashSet<(ProtocolId, u64)>,
}

impl Recent {
    /// Reads the end of a file of calls.
    pub fn read(text: &str) -> Recent {
        let mut recent = Recent::default();
        for line in text.lines() {
            let refused = line.strip_prefix('!').and_then(|line| line.split_once('\t'));
            let hex = |text: &str| u64::from_str_radix(text, 16).ok();
            match refused.map(|(protocol, call)| (hex(protocol), hex(call))) {
                Some((Some(protocol), Some(call))) => drop(recent.refused.insert((ProtocolId(protocol), call))),
                Some(_) => {}
                None => Seen::of_line(line).into_iter().for_each(|seen| recent.trace.push(seen)),
            }
        }
        recent
    }
}

/// What the guard does about a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What the agent is told, as JSON; nothing if it is to go on as if nobody had looked.
    pub answer: Option<String>,
    /// What was done for each protocol that fired.
    pub firings: Vec<(ProtocolId, GuardMode)>,
    /// Lines to remember.
    pub remember: String,
}

/// What the guard does about a call, given what fires. Who insists on a call that was refused is let through with the
/// advice: nothing may keep an agent from going on.
pub fn decide(question: &Question, seen: &Seen, fired: &[&Guarded], recent: &Recent) -> Verdict {
    let mut verdict = Verdict { remember: seen.line(), ..Verdict::default() };
    let hash = question.hash();
    let mut told: Vec<&Guarded> = Vec::new();
    let mut strongest = GuardMode::Off;
    for protocol in fired {
        let is_again = recent.refused.contains(&(protocol.id, hash));
        let mode = match protocol.mode {
            _ if is_held_back(protocol.id, &question.session, protocol.hold_out) => GuardMode::Observe,
            GuardMode::Deny if is_again => GuardMode::Advise,
            mode => mode,
        };
        verdict.firings.push((protocol.id, mode));
        if mode == GuardMode::Deny {
            verdict.remember.push_str(&format!("!{}\t{hash:x}\n", protocol.id));
        }
        if mode > GuardMode::Observe {
            told.push(protocol);
        }
        strongest = strongest.max(mode);
    }
    let advice: Vec<String> = told.iter().map(|protocol| format!("{} ({})", protocol.advice, protocol.title)).collect();
    let text = advice.join("\n");
    let said = match strongest {
        GuardMode::Off | GuardMode::Observe => return verdict,
        GuardMode::Advise => json!({ "hookEventName": "PreToolUse", "additionalContext": text }),
        GuardMode::Ask | GuardMode::Deny => json!({
            "hookEventName": "PreToolUse",
            "permissionDecision": strongest.name(),
            "permissionDecisionReason": text,
        }),
    };
    verdict.answer = Some(json!({ "hookSpecificOutput": said }).to_string());
    verdict
}

#[cfg(test)]
mod tests {
    use super::{GuardFile, Guarded, Question, Recent, Verdict, decide};
    use crate::event::{Condition, GuardMode, Precaution, ProtocolId, Trigger};
    use serde_json::Value;
    use std::collections::BTreeMap;

    fn file(mode: GuardMode) -> GuardFile {
        let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 3 }];
        let edit = Trigger { tool: "Edit".into(), unless, ..Trigger::default() };
        let condition = Condition { field: "command".into(), operator: "regex".into(), value: r"\brtk bun\b".into() };
        let bash = Trigger { tool: "Bash".into(), conditions: vec![condition], ..Trigger::default() };
        let guarded = |id, trigger: Trigger, mode| Guarded {
            id: ProtocolId(id),
            mode,
            hold_out: 0,
            title: format!("t{id}"),
            advice: format!("do {id}"),
            triggers: vec![trigger],
        };
        GuardFile {
            format: 1,
            fields: vec!["file_path".into()],
            needs: BTreeMap::from([(r"\brtk bun\b".to_owned(), vec!["rtk bun".to_owned()])]),
            protocols: vec![guarded(1, edit, mode), guarded(2, bash, GuardMode::Advise)],
        }
    }

    fn ask(file: &GuardFile, tool: &str, input: &str, memory: &mut String) -> Verdict {
        let event = format!(
            r#"{{"session_id":"s","hook_event_name":"PreToolUse","tool_name":"{tool}","tool_input":{input},"tool_use_id":"u"}}"#
        );
        let question = Question::read(event.as_bytes()).unwrap();
        let recent = Recent::read(memory);
        let verdict = decide(&question, &file.seen(&question), &file.fired(&question, &recent), &recent);
        memory.push_str(&verdict.remember);
        verdict
    }

    fn decision(verdict: &Verdict) -> String {
        let Some(answer) = &verdict.answer else { return String::new() };
        let answer: Value = serde_json::from_str(answer).unwrap();
        let said = &answer["hookSpecificOutput"];
        assert_eq!(said["hookEventName"], "PreToolUse");
        said["permissionDecision"].as_str().unwrap_or("advice").to_owned()
    }

    #[test]
    fn it_fires_unless_what_would_have_prevented_it_was_done() {
        let file = file(GuardMode::Advise);
        let mut memory = String::new();
        let edit = r#"{"file_path":"/a"}"#;
        let first = ask(&file, "Edit", edit, &mut memory);
        assert_eq!((decision(&first).as_str(), first.firings.len()), ("advice", 1));
        assert!(first.answer.unwrap().contains("do 1 (t1)"));
        assert_eq!(decision(&ask(&file, "Read", edit, &mut memory)), "");
        assert_eq!(decision(&ask(&file, "Edit", edit, &mut memory)), "");
        assert_eq!(decision(&ask(&file, "Edit", r#"{"file_path":"/b"}"#, &mut memory)), "advice");
        assert_eq!(decision(&ask(&file, "Bash", r#"{"command":"cd a && rtk bun test"}"#, &mut memory)), "advice");
    }

    #[test]
    fn each_mode_says_its_own() {
        let said = |mode| {
            let verdict = ask(&file(mode), "Edit", r#"{"file_path":"/a"}"#, &mut String::new());
            (decision(&verdict), verdict.firings)
        };
        for (mode, word) in [(GuardMode::Observe, ""), (GuardMode::Ask, "ask"), (GuardMode::Deny, "deny")] {
            assert_eq!(said(mode), (word.to_owned(), vec![(ProtocolId(1), mode)]));
        }
    }

    #[test]
    fn who_insists_is_let_through_with_the_advice() {
        let file = file(GuardMode::Deny);
        let mut memory = String::new();
        let (one, other) = (r#"{"file_path":"/a"}"#, r#"{"file_path":"/a","x":1}"#);
        assert_eq!(decision(&ask(&file, "Edit", one, &mut memory)), "deny");
        assert_eq!(decision(&ask(&file, "Edit", one, &mut memory)), "advice");
        assert_eq!(decision(&ask(&file, "Edit", other, &mut memory)), "deny", "another call is another matter");
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for bad in [
            "",
            "{",
            "[]",
            r#"{"tool_name":"Edit"}x"#,
            r#"{"tool_name":7}"#,
            r#"{"hook_event_name":"Stop","tool_name":"Edit"}"#,
        ] {
            let read = Question::read(bad.as_bytes());
            assert!(read.is_none() || bad.ends_with('x'), "{bad}");
        }
        assert_eq!(GuardFile::read(b"{"), None);
        assert_eq!(GuardFile::read(br#"{"format":2,"fields":[],"protocols":[]}"#), None);
        assert_eq!(GuardFile::read(&file(GuardMode::Ask).bytes()), Some(file(GuardMode::Ask)));
        assert!(Recent::read("torn\n!x\ty\n!\n\0").refused.is_empty());
    }

    #[test]
    fn sub_agents_have_a_memory_of_their_own() {
        let actor =
            |agent: &str| Question { session: "s".into(), sub_agent: agent.into(), ..Question::default() }.actor();
        assert_ne!(actor(""), actor("a"));
    }

    #[test]
    fn some_sessions_are_held_back_always_the_same() {
        let id = ProtocolId(7);
        let held = |percent| (0..1000).filter(|n| super::is_held_back(id, &format!("session {n}"), percent)).count();
        assert_eq!((held(0), held(100)), (0, 1000));
        assert!((180..320).contains(&held(25)), "{}", held(25));
        let mut file = file(GuardMode::Deny);
        file.protocols[0].hold_out = 100;
        let verdict = ask(&file, "Edit", r#"{"file_path":"/a"}"#, &mut String::new());
        assert_eq!((decision(&verdict).as_str(), verdict.firings), ("", vec![(ProtocolId(1), GuardMode::Observe)]));
    }
}
