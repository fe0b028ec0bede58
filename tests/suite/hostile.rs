//! Sources that misbehave: each is told exactly, keeps its bytes, and does not keep the good session beside it from being
//! understood.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use logwright::intake::PassedOver;
use logwright::layout::House;

use crate::hooked::Hooked;
use crate::house::{How, Ran, Yard, assert_same, dump, dump_without, holds, ingest, ingest_as, kept, rows};

const GOOD: &str = "projects/-p/good.jsonl";

/// A record of a person's prompt.
pub fn prompt(session: &str, text: &str) -> String {
    let uuid = blake3::hash(format!("{session}{text}").as_bytes()).to_hex();
    format!(
        "{{\"type\":\"user\",\"uuid\":\"{}\",\"parentUuid\":null,\"sessionId\":\"{session}\",\
         \"timestamp\":\"2026-01-01T00:00:00.000Z\",\"cwd\":\"/p\",\"version\":\"2.1.0\",\
         \"message\":{{\"role\":\"user\",\"content\":\"{text}\"}}}}\n",
        &uuid[..16]
    )
}

/// A yard with a good session in it.
pub fn good_yard() -> Yard {
    let yard = Yard::new();
    yard.write(GOOD, prompt("good", "hello").as_bytes());
    yard
}

/// The sessions of a house: id, title and number of events.
pub fn sessions(house: &House) -> Vec<String> {
    rows(house, "SELECT id || ': ' || title || ', ' || events AS it FROM sessions ORDER BY id", &[])
        .iter()
        .map(|row| row.trim_start_matches("it=").trim_matches('"').to_owned())
        .collect()
}

fn quarantined(house: &House) -> Vec<String> {
    rows(house, "SELECT reason, offset, length FROM quarantine ORDER BY 1, 2", &[])
}

/// Ingests the yard into a new house with the program, and expects a code and what it warns of.
#[track_caller]
pub fn expect(yard: &Yard, code: i32, said: &str) -> House {
    let house = yard.house();
    expect_in(yard, &house, code, said);
    house
}

#[track_caller]
pub fn expect_in(yard: &Yard, house: &House, code: i32, said: &str) {
    let ran = yard.run(house, &["ingest", "logs"]);
    assert_eq!((ran.code, ran.said().as_str()), (Some(code), said), "{}", ran.err);
}

#[test]
fn a_growing_file_is_continued() {
    let yard = good_yard();
    let (one, two) = (prompt("s", "one"), prompt("s", "two"));
    let half = one.clone() + &two[..40];
    yard.write("projects/-p/s.jsonl", half.as_bytes());
    let house = expect(&yard, 0, "");
    assert_eq!(sessions(&house), ["good: hello, 1", "s: one, 1"]);
    assert_eq!(quarantined(&house), [format!("reason=\"torn-tail\" offset={} length=40", one.len())]);
    yard.write("projects/-p/s.jsonl", (one.clone() + &two).as_bytes());
    let ran = yard.run(&house, &["ingest", "logs"]);
    assert_eq!(ran.err.lines().next(), Some(format!("note: logs: 1 grown; {} B copied", two.len() - 40).as_str()));
    assert_eq!((sessions(&house), quarantined(&house)), (vec!["good: hello, 1".into(), "s: one, 2".into()], vec![]));
    assert!(holds(&house, (one + &two).as_bytes()));
}

/// Copies one source after the other, and does something before each write of a copy.
fn ingest_meanwhile(yard: &Yard, act: impl Fn() + Send + Sync + 'static) -> (House, Vec<PassedOver>) {
    let house = yard.house();
    let disk = Hooked::new(move |operation, path| {
        if operation == "write" && path.extension() == Some(OsStr::new("partial")) {
            act();
        }
        Ok(())
    });
    let report = ingest_as(&house, &[yard.logs()], &How { disk: &disk, workers: 1, ..How::default() }).unwrap();
    (house, report.passed_over)
}

#[test]
fn a_file_may_grow_while_it_is_copied() {
    let yard = good_yard();
    let source = yard
        .write("projects/-p/s.jsonl", (0..2000).map(|n| prompt("s", &n.to_string())).collect::<String>().as_bytes());
    let grow = {
        let source = source.clone();
        move || {
            let mut file = OpenOptions::new().append(true).open(&source).unwrap();
            if file.metadata().unwrap().len() < 1_000_000 {
                file.write_all(prompt("s", "more").as_bytes()).unwrap();
            }
        }
    };
    let (house, passed_over) = ingest_meanwhile(&yard, grow);
    assert_eq!(passed_over, []);
    ingest(&house, &[yard.logs()]);
    assert!(holds(&house, &fs::read(&source).unwrap()));
    let at_once = yard.house();
    ingest(&at_once, &[yard.logs()]);
    assert_same("said", &dump(&at_once), &dump(&house));
}

#[test]
fn a_file_that_vanishes_half_way_is_told() {
    let yard = good_yard();
    let source = yard.write("projects/-p/s.jsonl", prompt("s", "one").as_bytes());
    let gone = source.clone();
    let (house, passed_over) = ingest_meanwhile(&yard, move || drop(fs::remove_file(&gone)));
    assert_eq!(
        passed_over,
        [PassedOver { path: source, reason: "it does not exist (any more)".into(), is_loss: true }]
    );
    assert_eq!(sessions(&house), ["good: hello, 1"]);
    dump(&house);
}

#[test]
fn a_file_that_becomes_a_pipe_half_way_is_told() {
    let yard = good_yard();
    let source = yard.write("projects/-p/s.jsonl", prompt("s", "one").as_bytes());
    let changed = source.clone();
    let (house, passed_over) = ingest_meanwhile(&yard, move || {
        if changed.is_file() {
            fs::remove_file(&changed).unwrap();
            make_pipe(&changed);
        }
    });
    assert_eq!(
        passed_over,
        [PassedOver { path: source, reason: "it is no regular file (any more)".into(), is_loss: true }]
    );
    assert_eq!(sessions(&house), ["good: hello, 1"]);
}

#[test]
fn a_rewritten_or_shrunk_file_keeps_both_copies() {
    let (long, other) = (prompt("s", "one") + &prompt("s", "two"), prompt("s", "uno") + &prompt("s", "dos"));
    for (changed, events) in [(other.as_str(), 4), (&long[..200], 2), ("", 2), (&other[..prompt("s", "uno").len()], 3)]
    {
        let yard = good_yard();
        yard.write("projects/-p/s.jsonl", long.as_bytes());
        let house = expect(&yard, 0, "");
        let path = yard.write("projects/-p/s.jsonl", changed.as_bytes());
        OpenOptions::new().append(true).open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        let ran = yard.run(&house, &["ingest", "logs"]);
        let first = format!("note: logs: 1 rewritten (both copies are kept); {} B copied", changed.len());
        assert_eq!((ran.code, ran.said().as_str(), ran.err.lines().next()), (Some(0), "", Some(first.as_str())));
        assert!(holds(&house, long.as_bytes()) && holds(&house, changed.as_bytes()));
        let count = format!("SELECT id, events FROM sessions WHERE id = 's' AND events = {events}");
        assert_eq!(rows(&house, &count, &[]).len(), 1, "{:?}", sessions(&house));
    }
}

#[test]
fn links_are_followed_once_and_circles_are_told() {
    let yard = good_yard();
    let logs = yard.logs();
    fs::create_dir_all(yard.root().join("elsewhere/projects/-q")).unwrap();
    fs::write(yard.root().join("elsewhere/projects/-q/far.jsonl"), prompt("far", "away")).unwrap();
    symlink("loop-b", logs.join("loop-a")).unwrap();
    symlink("loop-a", logs.join("loop-b")).unwrap();
    symlink("..", logs.join("projects/ancestor")).unwrap();
    symlink("nowhere", logs.join("dangling.jsonl")).unwrap();
    symlink("-p/good.jsonl", logs.join("projects/twice.jsonl")).unwrap();
    symlink("../elsewhere", logs.join("elsewhere")).unwrap();
    let house = expect(
        &yard,
        1,
        "warning: passed over TEMP/logs/dangling.jsonl: it does not exist (any more)\n\
         warning: passed over TEMP/logs/loop-a: links that lead in a circle\n\
         warning: passed over TEMP/logs/loop-b: links that lead in a circle\n",
    );
    assert_eq!(sessions(&house), ["far: away, 1", "good: hello, 1"]);
    let ran = yard.run(&house, &["-v", "ingest", "logs"]);
    let told = "detail: TEMP/logs/projects/ancestor: a link to TEMP/logs, which is read already\n";
    assert!(ran.err.contains(told), "{}", ran.err);
}

#[test]
fn what_may_not_be_read_is_told() {
    let yard = good_yard();
    let file = yard.write("projects/-p/secret.jsonl", prompt("s", "one").as_bytes());
    let folder = yard.write("projects/-secret/s.jsonl", b"{}").parent().unwrap().to_owned();
    for path in [&file, &folder] {
        fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap();
    }
    let house = yard.house();
    let mut command = yard.command(&house, &["ingest", "logs"]);
    if rustix::process::geteuid().is_root() {
        // Nothing is forbidden to root: somebody else runs a copy of the program, which lies where all may read it.
        const NOBODY: u32 = 65_534;
        let program = yard.root().join("logwright");
        fs::copy(env!("CARGO_BIN_EXE_logwright"), &program).unwrap();
        chown(yard.root(), Some(NOBODY), Some(NOBODY)).unwrap();
        let mut other = std::process::Command::new(program);
        other.args(command.get_args()).current_dir(yard.root()).env_clear().uid(NOBODY).gid(NOBODY);
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        other.stdin(Stdio::null());
        command = other;
    }
    let ran = Ran::of(command.output().unwrap(), &yard);
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(
        (ran.code, ran.said().as_str()),
        (
            Some(1),
            "warning: passed over TEMP/logs/projects/-secret: no permission to read it\n\
             warning: passed over TEMP/logs/projects/-p/secret.jsonl: no permission to read it\n"
        ),
        "{ran:?}"
    );
    assert_eq!(sessions(&house), ["good: hello, 1"]);
}

#[test]
fn a_house_that_may_not_be_written_is_told() {
    let yard = good_yard();
    fs::write(yard.root().join("house1"), "a file").unwrap();
    let ran = yard.run(&yard.house(), &["ingest", "logs"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
    assert_eq!(
        ran.err,
        "error: TEMP/house1 is no folder, so it cannot be a house\nhint: name a folder with --root or LOGWRIGHT_ROOT\n"
    );
}

pub fn make_pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o644);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
}

#[test]
fn pipes_and_sockets_are_no_logs() {
    let yard = good_yard();
    make_pipe(&yard.logs().join("projects/-p/pipe.jsonl"));
    let _socket = UnixListener::bind(yard.logs().join("projects/-p/socket.jsonl")).unwrap();
    symlink("pipe.jsonl", yard.logs().join("projects/-p/link.jsonl")).unwrap();
    let house = expect(&yard, 0, "");
    assert_eq!(sessions(&house), ["good: hello, 1"]);
}

#[test]
fn nothing_and_nowhere_are_told() {
    let yard = Yard::new();
    let house = yard.house();
    let ran = yard.run(&house, &["ingest", "logs"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "note: nothing to ingest: no logs were found there\n"));
    let ran = yard.run(&house, &["ingest", "nowhere"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            Some(1),
            "warning: passed over nowhere: it does not exist (any more)\n\
             note: nothing to ingest: no logs were found there\n"
        )
    );
    let ran = yard.run(&house, &["ingest", "logs/*.jsonl"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (
            Some(1),
            "warning: passed over logs/*.jsonl: no file matches the pattern\n\
             note: nothing to ingest: no logs were found there\n"
        )
    );
    yard.write("empty.log", b"");
    let ran = yard.run(&house, &["-v", "ingest", "logs"]);
    assert_eq!(
        (ran.code, ran.err.as_str()),
        (Some(0), "detail: TEMP/logs/empty.log: it is empty\nnote: nothing new; looking took [TIME]\n")
    );
}

#[test]
fn bad_lines_are_told_by_reason() {
    let (one, two) = (prompt("s", "one"), prompt("s", "two"));
    let on_one_line = one.trim_end().to_owned() + &two;
    let nuls = [b"\0\0\0".as_slice(), one.as_bytes(), b"\0\0\n", two.as_bytes()].concat();
    let not_utf8 = [one.replace("one", "o\u{1}e").replace('\u{1}', "?").as_bytes(), two.as_bytes()].concat();
    let at = not_utf8.iter().position(|byte| *byte == b'?').unwrap();
    let not_utf8: Vec<u8> = not_utf8.iter().enumerate().map(|(n, byte)| if n == at { 0xff } else { *byte }).collect();
    let line = |text: &str| [one.as_bytes(), text.as_bytes(), b"\n", two.as_bytes()].concat();
    let cases: [(Vec<u8>, &str, &str); 6] = [
        (on_one_line.into_bytes(), "s: one, 2", ""),
        (
            nuls,
            "s: one, 2",
            "warning: 2 records in quarantine (nul-bytes): the line holds NUL bytes, as after a crash; what stands beside them was read\n",
        ),
        (
            not_utf8,
            "s: o\u{fffd}e, 2",
            "warning: 1 record in quarantine (not-utf8): the line is not UTF-8; it was read with replacement characters\n",
        ),
        (
            line("{\"type\":\"user\""),
            "s: one, 2",
            "warning: 1 record in quarantine (not-json): the line is not JSON; it was passed over and is kept as it is\n",
        ),
        (
            line("[1, 2]"),
            "s: one, 2",
            "warning: 1 record in quarantine (not-an-object): the line is JSON but no object; it was passed over and is kept as it is\n",
        ),
        (line("\n \r\n"), "s: one, 2", ""),
    ];
    for (bytes, session, said) in cases {
        let yard = good_yard();
        yard.write("projects/-p/s.jsonl", &bytes);
        let house = expect(&yard, i32::from(!said.is_empty()), said);
        assert_eq!(sessions(&house), ["good: hello, 1", session]);
        assert!(holds(&house, &bytes));
        // What was told once is not told again.
        expect_in(&yard, &house, 0, "");
    }
}

#[test]
fn a_line_beyond_the_limit_is_passed_over_until_it_is_raised() {
    let yard = good_yard();
    let bytes = prompt("s", "one") + &prompt("s", &"x".repeat(2 << 20)) + &prompt("s", "three");
    yard.write("projects/-p/s.jsonl", bytes.as_bytes());
    let house = yard.house();
    fs::create_dir_all(house.root()).unwrap();
    fs::write(house.settings(), "[intake]\nmax_line = \"1 MiB\"\n").unwrap();
    let said = "warning: 1 record in quarantine (too-long): the line is longer than `[intake] max_line`; raise it and run `logwright rebuild`\n";
    expect_in(&yard, &house, 1, said);
    assert_eq!(sessions(&house), ["good: hello, 1", "s: one, 2"]);
    assert!(holds(&house, bytes.as_bytes()));
    fs::write(house.settings(), "").unwrap();
    assert_eq!(yard.run(&house, &["rebuild"]).code, Some(0));
    assert_eq!((sessions(&house), quarantined(&house)), (vec!["good: hello, 1".into(), "s: one, 3".into()], vec![]));
}

#[test]
fn a_line_of_100_mb_is_understood_within_bounds() {
    const LONG: usize = 100_000_000;
    let yard = good_yard();
    let (before, after) = (prompt("s", "one"), prompt("s", "three"));
    yard.write("projects/-p/s.jsonl", (before + &prompt("s", &"x".repeat(LONG)) + &after).as_bytes());
    let house = yard.house();
    let mut child = yard.command(&house, &["ingest", "logs"]).stderr(Stdio::null()).spawn().unwrap();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = line.trim().trim_end_matches(" kB").parse().unwrap_or(peak);
        std::thread::yield_now();
    }
    assert!(child.wait().unwrap().success());
    assert_eq!(sessions(&house), ["good: hello, 1", "s: one, 3"]);
    let allowed = (150 << 20) + 3 * LONG;
    assert!(peak * 1024 < allowed, "{peak} KiB were used, {allowed} bytes are allowed");
}

#[test]
fn compressed_logs_say_what_plain_ones_say() {
    let fixture = "odd/edge_cases.jsonl";
    let plain = fs::read(crate::fixtures::fixtures(fixture)).unwrap();
    let said = |name: &str, bytes: &[u8]| {
        let yard = Yard::new();
        yard.write(name, bytes);
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        assert!(holds(&house, bytes));
        dump_without(
            &house,
            &["copied", "source", "path", "id", "event", "file", "hash", "length", "stored", "compression"],
        )
    };
    let expected = said("projects/-p/s.jsonl", &plain);
    let gzip = gzipped(&plain);
    assert_same("gzip", &expected, &said("projects/-p/s.jsonl.gz", &gzip));
    assert_same("zstd", &expected, &said("projects/-p/s.jsonl.zst", &zstd::encode_all(&plain[..], 3).unwrap()));
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_torn_compressed_log_is_read_as_far_as_it_goes() {
    let plain: String = (0..500).map(|n| prompt("s", &format!("{n} {}", blake3::hash(&[n as u8]).to_hex()))).collect();
    let packed: [(&str, Vec<u8>); 2] =
        [("gz", gzipped(plain.as_bytes())), ("zst", zstd::encode_all(plain.as_bytes(), 3).unwrap())];
    for (extension, bytes) in packed {
        let yard = good_yard();
        let name = format!("projects/-p/s.jsonl.{extension}");
        yard.write(&name, &bytes[..bytes.len() / 2]);
        let said = "warning: 1 record in quarantine (bad-compression): the compressed file is damaged from here on; what stands before was read\n";
        let house = expect(&yard, 1, said);
        assert!(holds(&house, &bytes[..bytes.len() / 2]));
        yard.write(&name, &bytes);
        expect_in(&yard, &house, 0, "");
        let first = format!("0 {}", blake3::hash(&[0]).to_hex());
        assert_eq!(sessions(&house), ["good: hello, 1".to_owned(), format!("s: {first}, 500")]);
        assert_eq!(quarantined(&house), Vec::<String>::new());
    }
}

#[test]
fn odd_names_are_kept_and_shown_harmless() {
    let yard = good_yard();
    let names: [&[u8]; 4] =
        [b"new\nline.jsonl", b"\x1b[31mred\x1b[0m.jsonl", b"\xff\xfe.jsonl", "\u{202e}r\u{200b}.jsonl".as_bytes()];
    for (n, name) in names.into_iter().enumerate() {
        let folder = yard.logs().join("projects/-p");
        fs::write(folder.join(OsStr::from_bytes(name)), prompt(&format!("s{n}"), "one")).unwrap();
        let unknown = [name.strip_suffix(b".jsonl").unwrap(), b".log"].concat();
        fs::write(folder.join(OsStr::from_bytes(&unknown)), "what is this?").unwrap();
        symlink("nowhere", folder.join(OsStr::from_bytes(&[name, b".gone"].concat()))).unwrap();
    }
    let house = yard.house();
    let ran = yard.run(&house, &["-v", "ingest", "logs"]);
    assert_eq!(ran.code, Some(1));
    let told: Vec<&str> = ran.err.lines().take_while(|line| !line.starts_with("note:")).collect();
    assert_eq!(
        told,
        [
            r"warning: passed over TEMP/logs/projects/-p/\x1b[31mred\x1b[0m.jsonl.gone: it does not exist (any more)",
            r"warning: passed over TEMP/logs/projects/-p/new\nline.jsonl.gone: it does not exist (any more)",
            r"warning: passed over TEMP/logs/projects/-p/\u{202e}r\u{200b}.jsonl.gone: it does not exist (any more)",
            r"warning: passed over TEMP/logs/projects/-p/\xff\xfe.jsonl.gone: it does not exist (any more)",
            "warning: TEMP/logs/projects/-p/\\x1b[31mred\\x1b[0m.log is in no format that is known yet, and stays where it is",
            "warning: TEMP/logs/projects/-p/new\\nline.log is in no format that is known yet, and stays where it is",
            "warning: TEMP/logs/projects/-p/\\u{202e}r\\u{200b}.log is in no format that is known yet, and stays where it is",
            "warning: TEMP/logs/projects/-p/\\xff\\xfe.log is in no format that is known yet, and stays where it is",
        ]
    );
    assert_eq!(sessions(&house).len(), 5);
    assert_eq!(kept(&house).lines().count(), 5);
    for line in kept(&house).lines() {
        assert!(line.is_ascii() && !line.contains('\x1b'), "{line}");
    }
    expect_in(&yard, &house, 1, &ran.said().lines().take(4).map(|line| format!("{line}\n")).collect::<String>());
}

#[test]
fn hostile_text_never_reaches_the_terminal() {
    let yard = Yard::new();
    let hostile = r"\u001b]0;title\u0007\u001b[2J\u202egnp.exe\u0000\u009b31m";
    yard.write(
        "projects/-p/s.jsonl",
        prompt(hostile, hostile).replace("\"/p\"", &format!("\"/{hostile}\"")).as_bytes(),
    );
    let house = expect(&yard, 0, "");
    let commands: [&[&str]; 6] =
        [&["sessions"], &["show", "--last"], &["stats"], &["status"], &[], &["query", "SELECT * FROM sessions"]];
    for command in commands {
        // CSV has no way to write a control character but itself.
        for format in ["table", "json", "ndjson"] {
            let arguments: Vec<&str> = [&["--format", format], command].concat();
            let output = yard.command(&house, &arguments).output().unwrap();
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let raw = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
            assert_eq!(raw, None, "{arguments:?}: {text:?}");
        }
    }
}
