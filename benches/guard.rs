//! What an agent waits for before a tool call: the guard as a whole process, 1,000 times.
//!
//! `cargo bench --bench guard [CALLS]`. Each call starts the program, hands it a question, and waits for its end. A
//! program that does nothing, started the same way in turn with it, is the measure: the ratio of the two says what the
//! guard itself costs on any machine.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on fails by panicking")]

use logwright::event::{Condition, GuardMode, Precaution, Protocol, ProtocolId, Trigger};
use logwright::layout::House;
use logwright::learning::{Change, GuardFile, Register};
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Protocols that the guard goes by: as many as a house may come to.
const PROTOCOLS: u64 = 50;

fn main() {
    let calls: usize = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1000);
    let folder = tempfile::tempdir().unwrap();
    let house = House::at(folder.path());
    fs::create_dir_all(house.guard_spool()).unwrap();
    fs::write(house.guard(), GuardFile::new(&register(), str::to_owned).bytes()).unwrap();
    let mut guard = Vec::with_capacity(calls);
    let mut nothing = Vec::with_capacity(calls);
    let mut answered = 0;
    for number in 0..calls {
        let question = question(number);
        let mut program = Command::new(env!("CARGO_BIN_EXE_logwright"));
        program.arg("--root").arg(house.root()).args(["hook", "guard"]);
        let (took, out) = timed(&mut program, &question);
        answered += usize::from(!out.is_empty());
        guard.push(took);
        nothing.push(timed(&mut Command::new("true"), &question).0);
    }
    let kept = fs::read_to_string(house.guard_spool().join("firings.jsonl")).unwrap();
    println!("{calls} calls, {PROTOCOLS} protocols, {answered} answered, {} firings noted", kept.lines().count());
    show("logwright hook guard", &mut guard);
    show("true", &mut nothing);
    let ratio = median(&guard).as_secs_f64() / median(&nothing).as_secs_f64();
    println!("ratio of the medians {ratio:.2}");
}

/// The time from the start of a program to its end, and what it said.
fn timed(program: &mut Command, question: &[u8]) -> (Duration, Vec<u8>) {
    let begun = Instant::now();
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // A program that does nothing does not listen.
    let _ = child.stdin.take().unwrap().write_all(question);
    let output = child.wait_with_output().unwrap();
    (begun.elapsed(), output.stdout)
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn show(name: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    println!(
        "{name:<22} median {:.2} ms, 95 % {:.2} ms, 99 % {:.2} ms, most {:.2} ms",
        at(0.5),
        at(0.95),
        at(0.99),
        at(1.0)
    );
}

/// Half of the protocols are about edits without a read, half about commands, by regular expressions.
fn register() -> Register {
    let mut text = String::new();
    for number in 1..=PROTOCOLS {
        let id = ProtocolId(number);
        let trigger = if number.is_multiple_of(2) {
            let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 200 }];
            Trigger { tool: "Edit".into(), unless, ..Trigger::default() }
        } else {
            let value = format!(r"(?:^|[\n;&|(])\s*(?:\S*/)?program{number}\s+[^;&|\n]*--option{number}(?:[\s;&|]|$)");
            let condition = Condition { field: "command".into(), operator: "regex".into(), value };
            Trigger { tool: "Bash".into(), conditions: vec![condition], ..Trigger::default() }
        };
        let protocol = Protocol {
            id,
            title: format!("Protocol {number}"),
            advice: "What to do instead, in a sentence or two, as an agent is told.".into(),
            triggers: vec![trigger],
            ..Protocol::default()
        };
        let mode = if number == 2 { GuardMode::Advise } else { GuardMode::Observe };
        for change in [Change::Proposed(Box::new(protocol)), Change::Accepted(id, mode, 0), Change::Activated(id)] {
            text.push_str(&change.line("", 0));
        }
    }
    Register::read(&text)
}

/// Two in three calls are commands, one is an edit of a few kilobytes; ten sessions take turns.
fn question(number: usize) -> Vec<u8> {
    let (tool, input) = if number.is_multiple_of(3) {
        let text = "let line = compute(1, 2, 3);\\n".repeat(100);
        ("Edit", format!(r#"{{"file_path":"/p/{}.rs","old_string":"{text}","new_string":"{text}"}}"#, number % 7))
    } else {
        ("Bash", r#"{"command":"cd /p && cargo test --release 2>&1 | tail -20","timeout":120000}"#.to_owned())
    };
    format!(
        r#"{{"session_id":"session-{}","transcript_path":"/t.jsonl","cwd":"/p","permission_mode":"default","hook_event_name":"PreToolUse","tool_name":"{tool}","tool_input":{input},"tool_use_id":"toolu_{number}"}}"#,
        number % 10
    )
    .into_bytes()
}
