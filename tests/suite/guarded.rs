//! The guard as an agent meets it: recorded questions go in, and whatever is wrong the call passes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use logwright::disk::{Disk, RealDisk};
use logwright::event::{GuardMode, Precaution, Protocol, ProtocolId, Trigger};
use logwright::layout::House;
use logwright::learning::{Change, GuardFile, Register, guard};
use serde_json::Value;

use crate::hooked::Hooked;
use crate::house::{Ran, Yard};

/// A question as Claude Code puts it before an edit.
fn recorded(name: &str) -> Vec<u8> {
    fs::read(crate::fixtures::fixtures(&format!("hooks/{name}.json"))).unwrap()
}

/// A house whose guard goes by one protocol.
fn guarded(yard: &Yard, mode: GuardMode) -> House {
    let house = yard.house();
    let id = ProtocolId(0xabc);
    let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 50 }];
    let protocol = Protocol {
        id,
        title: "Read a file before you change it".into(),
        advice: "Read it first.".into(),
        triggers: vec![Trigger { tool: "Edit".into(), unless, ..Trigger::default() }],
        ..Protocol::default()
    };
    let journal: String = [Change::Proposed(Box::new(protocol)), Change::Accepted(id, mode, 0), Change::Activated(id)]
        .iter()
        .map(|change| change.line("", 0))
        .collect();
    fs::create_dir_all(house.guard_spool()).unwrap();
    fs::write(house.protocols(), &journal).unwrap();
    fs::write(house.guard(), GuardFile::new(&Register::read(&journal), str::to_owned).bytes()).unwrap();
    house
}

/// Asks the program, with whatever arguments an agent was told to use.
fn ask(yard: &Yard, house: &House, arguments: &[&str], question: &[u8]) -> Ran {
    let mut child = yard.command(house, arguments).stdin(Stdio::piped()).spawn().unwrap();
    // It may have answered without having heard all.
    let _ = child.stdin.take().unwrap().write_all(question);
    Ran::of(child.wait_with_output().unwrap(), yard)
}

fn passes(ran: &Ran) {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{ran:?}");
}

fn said(ran: &Ran) -> Value {
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    serde_json::from_str::<Value>(&ran.out).unwrap()["hookSpecificOutput"].clone()
}

#[test]
fn recorded_questions_are_answered() {
    let yard = Yard::new();
    let house = guarded(&yard, GuardMode::Deny);
    let edit = recorded("pre-tool-use-edit");
    let first = said(&ask(&yard, &house, &["hook", "guard"], &edit));
    assert_eq!((&first["hookEventName"], &first["permissionDecision"]), (&"PreToolUse".into(), &"deny".into()));
    assert!(first["permissionDecisionReason"].as_str().unwrap().contains("Read it first."));
    // Who insists is let through.
    let second = said(&ask(&yard, &house, &["hook", "guard"], &edit));
    assert_eq!(second["permissionDecision"], Value::Null);
    passes(&ask(&yard, &house, &["hook", "guard"], &recorded("pre-tool-use-read")));
    passes(&ask(&yard, &house, &["hook", "guard"], &edit));
    // What it did comes into the house with the next ingest.
    let ran = yard.run(&house, &["ingest", yard.logs().to_str().unwrap(), "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let sql = "SELECT protocol, time, action, tool, session, call FROM firings ORDER BY action";
    let rows = yard.run(&house, &["query", sql, "--format", "csv"]).out.replace("\r\n", "\n");
    let call = "HHHHHHHHHHHHHHHH,2026-02-01T12:00:00.000Z,{},Edit,5b0c1f9e-3a52-4f0e-9c1d-7d7f6f1f2a10,toolu_01A";
    let expected = ["advise", "deny"].map(|action| call.replace("{}", action)).join("\n");
    assert_eq!(rows, format!("protocol,time,action,tool,session,call\n{expected}\n"));
}

#[test]
fn whatever_is_wrong_the_call_passes() {
    let yard = Yard::new();
    let edit = recorded("pre-tool-use-edit");
    let ask_with = |prepare: &dyn Fn(&House), arguments: &[&str], question: &[u8]| {
        let house = guarded(&yard, GuardMode::Deny);
        prepare(&house);
        ask(&yard, &house, arguments, question)
    };
    let hook = ["hook", "guard"];
    // The house, or the file that it goes by.
    passes(&ask_with(&|house| fs::remove_dir_all(house.root()).unwrap(), &hook, &edit));
    passes(&ask_with(&|house| fs::remove_file(house.guard()).unwrap(), &hook, &edit));
    for content in ["", "{", "[]", r#"{"format":99,"fields":[],"protocols":[]}"#, "\0\0\0"] {
        passes(&ask_with(&|house| fs::write(house.guard(), content).unwrap(), &hook, &edit));
    }
    let as_folder = |house: &House| {
        fs::remove_file(house.guard()).unwrap();
        fs::create_dir(house.guard()).unwrap();
    };
    passes(&ask_with(&as_folder, &hook, &edit));
    let with_a_bad_pattern = |house: &House| {
        let text = fs::read_to_string(house.guard()).unwrap();
        let bad = r#""conditions":[{"field":"file_path","operator":"regex","value":"("}],"unless""#;
        fs::write(house.guard(), text.replace("\"unless\"", bad)).unwrap();
    };
    passes(&ask_with(&with_a_bad_pattern, &hook, &edit));
    // The question.
    for question in [
        &b""[..],
        b"{",
        b"null",
        b"[1,2",
        b"\xff\xfe",
        b"{\"tool_name\":7}",
        b"{\"tool_name\":\"Edit\"",
        &[b'{'; 100_000],
    ] {
        passes(&ask_with(&|_| {}, &hook, question));
    }
    let huge =
        [b"{\"tool_name\":\"Edit\",\"tool_input\":{\"x\":\"".to_vec(), vec![b'x'; 65 << 20], b"\"}}".to_vec()].concat();
    passes(&ask_with(&|_| {}, &hook, &huge));
    passes(&ask_with(
        &|_| {},
        &hook,
        b"{\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Edit\",\"tool_input\":{}}",
    ));
    // The command line: what is not known is passed over, and the question is answered.
    for arguments in [
        &["hook", "guard", "--unknown", "-x", "more"][..],
        &["hook", "guard", "--format"],
        &["-q", "hook", "guard"],
        &["--log-level", "debug", "hook", "guard"],
    ] {
        assert_eq!(said(&ask_with(&|_| {}, arguments, &edit))["permissionDecision"], "deny", "{arguments:?}");
    }
    // What it wants to write cannot be written: it answers all the same, but refuses nothing, for it would not know when
    // to let through who insists.
    let no_spool = |house: &House| {
        fs::remove_dir_all(house.guard_spool()).unwrap();
        fs::write(house.guard_spool(), "in the way").unwrap();
    };
    let answer = said(&ask_with(&no_spool, &hook, &edit));
    assert!(answer["permissionDecision"].is_null() && answer["additionalContext"].is_string(), "{answer}");
    let pipe = |house: &House| {
        rustix::fs::mknodat(
            rustix::fs::CWD,
            house.guard_spool().join("firings.jsonl"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
    };
    assert_eq!(said(&ask_with(&pipe, &hook, &edit))["permissionDecision"], "deny");
    // The time is none.
    let house = guarded(&yard, GuardMode::Deny);
    let mut command = yard.command(&house, &hook);
    command.env("LOGWRIGHT_NOW", "yesterday").stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&edit).unwrap();
    passes(&Ran::of(child.wait_with_output().unwrap(), &yard));
}

#[test]
fn a_full_disk_changes_no_answer() {
    let yard = Yard::new();
    let house = guarded(&yard, GuardMode::Ask);
    let edit = recorded("pre-tool-use-edit");
    let answer = guard(&RealDisk, &house, &edit, 0).unwrap();
    for refused in ["append_line", "create_folder", "create", "write", "rename"] {
        let full =
            Hooked::new(
                move |operation: &str, _: &Path| {
                    if operation == refused { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
                },
            );
        assert_eq!(guard(&full, &house, &edit, 0).as_ref(), Some(&answer), "{refused}");
    }
    let refusing = guarded(&yard, GuardMode::Deny);
    let full = Hooked::new(|_: &str, _: &Path| Err(io::Error::from(io::ErrorKind::StorageFull)));
    for _ in 0..3 {
        let answer = guard(&full, &refusing, &edit, 0).unwrap();
        assert!(!answer.contains("deny") && answer.contains("Read it first."), "{answer}");
    }
    let nothing = Hooked::new(|_: &str, _: &Path| Err(io::Error::from(io::ErrorKind::StorageFull)));
    assert_eq!(guard(&nothing as &dyn Disk, &house, &edit, 0), Some(answer));
}

#[test]
fn many_guards_at_once_lose_no_firing() {
    let yard = Yard::new();
    let house = guarded(&yard, GuardMode::Observe);
    let question = |number: usize| {
        let text = String::from_utf8(recorded("pre-tool-use-edit")).unwrap();
        text.replace("toolu_01A", &format!("toolu_{number}")).into_bytes()
    };
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (yard, house) = (&yard, &house);
            scope.spawn(move || {
                (0..10).for_each(|n| passes(&ask(yard, house, &["hook", "guard"], &question(10 * worker + n))))
            });
        }
        // In the meantime they are taken over.
        for _ in 0..3 {
            yard.run(&house, &["ingest", yard.logs().to_str().unwrap(), "--yes"]);
        }
    });
    yard.run(&house, &["ingest", yard.logs().to_str().unwrap(), "--yes"]);
    yard.run(&house, &["ingest", yard.logs().to_str().unwrap(), "--yes"]);
    let counted =
        yard.run(&house, &["query", "SELECT count(DISTINCT call) AS n, count(*) AS m FROM firings", "--format", "csv"]);
    assert_eq!(counted.out, "n,m\r\n40,40\r\n");
}

#[test]
fn the_hook_is_installed_and_removed_byte_for_byte() {
    let yard = Yard::new();
    let house = guarded(&yard, GuardMode::Advise);
    let settings: PathBuf = yard.root().join("settings.json");
    let before = "{\n\t\"model\": \"x\",\r\n\t\"hooks\": { \"PreToolUse\": [ ] , \"Stop\": [] }, \"n\": 1.50 }";
    fs::write(&settings, before).unwrap();
    let at = settings.to_str().unwrap();
    let dry = yard.run(&house, &["hook", "install", "--settings", at, "--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains("hook guard"), "{dry:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), before);
    let unasked = yard.run(&house, &["hook", "install", "--settings", at]);
    assert_eq!(unasked.code, Some(2), "{unasked:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), before);
    for _ in 0..2 {
        let ran = yard.run(&house, &["hook", "install", "--settings", at, "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let installed: Value = serde_json::from_slice(&fs::read(&settings).unwrap()).unwrap();
    let command = installed["hooks"]["PreToolUse"][0]["hooks"][0]["command"].as_str().unwrap().to_owned();
    assert!(command.ends_with("hook guard") && command.contains(house.root().to_str().unwrap()), "{command}");
    assert_eq!(fs::read_to_string(format!("{at}.before-logwright")).unwrap(), before);
    let status = yard.run(&house, &["hook", "status", "--settings", at, "--format", "json"]);
    let status: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!((&status[0]["installed"], &status[0]["guarded"]), (&Value::Bool(true), &Value::from(1)));
    // The command is one that a shell runs.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &command]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&recorded("pre-tool-use-edit")).unwrap();
    assert!(said(&Ran::of(child.wait_with_output().unwrap(), &yard))["additionalContext"].is_string());
    let ran = yard.run(&house, &["hook", "remove", "--settings", at, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), before);
    fs::write(&settings, "{ // no\n}").unwrap();
    let refused = yard.run(&house, &["hook", "install", "--settings", at, "--yes"]);
    assert!(refused.code == Some(2) && refused.err.contains("a comment in line 1, column 3"), "{refused:?}");
    assert_eq!(fs::read_to_string(&settings).unwrap(), "{ // no\n}");
}
