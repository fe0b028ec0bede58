//! The language of the `command` file of a command test: one step for each line.
//!
//! A word may stand in single or double quotes, which mean the same: everything up to the next one of their kind. A word
//! may contain `$HOME`. Empty lines and lines that begin with `#` are left out. Paths are relative to the test's folder.
//!
//! | step | what it does |
//! |---|---|
//! | `logwright WORD... [< FILE]` | runs the program |
//! | `env NAME [VALUE]` | sets or removes a variable for the steps that follow |
//! | `fixture NAME DST` | copies `tests/fixtures/NAME`, a file or folder |
//! | `cp SRC DST` | copies a file or folder |
//! | `append FILE TEXT` | appends, creating the file if need be; knows `\n`, `\r`, `\t`, `\\`, `\0` and `\xHH` |
//! | `truncate FILE N` | cuts or extends to N bytes |
//! | `rm PATH` | removes a file or folder |
//! | `mkdir DIR` | creates a folder and those above it |
//! | `chmod MODE PATH` | sets the mode, in octal |
//! | `symlink TARGET PATH` | creates a link at PATH |

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// A step of a command test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Runs the program with these arguments, and this file as its input.
    Run { line: String, arguments: Vec<String>, input: Option<String> },
    /// Sets or removes a variable.
    Env { name: String, value: Option<String> },
    /// Changes files: the name of the operation and its arguments.
    Files { line: String, words: Vec<String> },
}

/// Reads a `command` file; `home` replaces `$HOME`.
pub fn parse(text: &str, home: &str) -> Result<Vec<Step>, String> {
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| step(line, home).map_err(|why| format!("line {}: {why}: {line}", number + 1)))
        .collect()
}

fn step(line: &str, home: &str) -> Result<Step, String> {
    let mut words = split(line)?;
    words.iter_mut().for_each(|word| *word = word.replace("$HOME", home));
    let name = words.first().cloned().unwrap_or_default();
    let known = [
        ("fixture", 3),
        ("cp", 3),
        ("append", 3),
        ("truncate", 3),
        ("chmod", 3),
        ("symlink", 3),
        ("rm", 2),
        ("mkdir", 2),
    ];
    if name == "logwright" {
        let mut arguments = words.split_off(1);
        let mut input = None;
        if let Some(at) = arguments.iter().position(|word| word == "<") {
            let file = arguments.split_off(at);
            let [_, path] = &file[..] else { return Err("one file must follow `<`, at the end".into()) };
            input = Some(path.clone());
        }
        return Ok(Step::Run { line: line.to_owned(), arguments, input });
    }
    match (name.as_str(), &words[..]) {
        ("env", [_, name]) => Ok(Step::Env { name: name.clone(), value: None }),
        ("env", [_, name, value]) => Ok(Step::Env { name: name.clone(), value: Some(value.clone()) }),
        _ if known.contains(&(name.as_str(), words.len())) => Ok(Step::Files { line: line.to_owned(), words }),
        _ => Err("no such step, or a wrong number of words".into()),
    }
}

/// Splits a line into words.
fn split(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == ' ' => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err("a quote is not closed".into()) } else { Ok(words) }
}

/// Carries out a step that changes files below `folder`.
pub fn change_files(words: &[String], folder: &Path, fixtures: &Path) -> io::Result<()> {
    let path = |at: usize| folder.join(&words[at]);
    match words[0].as_str() {
        "fixture" => copy(&fixtures.join(&words[1]), &path(2)),
        "cp" => copy(&path(1), &path(2)),
        "append" => {
            make_parent(&path(1))?;
            let mut file = fs::OpenOptions::new().append(true).create(true).open(path(1))?;
            file.write_all(&unescape(&words[2])?)
        }
        "truncate" => {
            let size = words[2].parse().map_err(io::Error::other)?;
            fs::OpenOptions::new().write(true).open(path(1))?.set_len(size)
        }
        "rm" if path(1).is_dir() && !path(1).is_symlink() => fs::remove_dir_all(path(1)),
        "rm" => fs::remove_file(path(1)),
        "mkdir" => fs::create_dir_all(path(1)),
        "chmod" => set_mode(&path(2), u32::from_str_radix(&words[1], 8).map_err(io::Error::other)?),
        "symlink" => {
            make_parent(&path(2))?;
            std::os::unix::fs::symlink(&words[1], path(2))
        }
        other => Err(io::Error::other(format!("no such step: {other}"))),
    }
}

/// Copies a file or folder, with modes that do not depend on who checked the sources out.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        make_parent(to)?;
        fs::copy(from, to)?;
        return set_mode(to, 0o644);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

fn unescape(text: &str) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.extend_from_slice(before.as_bytes());
        let (byte, length) = match after.as_bytes().first() {
            Some(b'n') => (b'\n', 1),
            Some(b'r') => (b'\r', 1),
            Some(b't') => (b'\t', 1),
            Some(b'0') => (0, 1),
            Some(b'\\') => (b'\\', 1),
            Some(b'x') => (u8::from_str_radix(after.get(1..3).unwrap_or_default(), 16).map_err(io::Error::other)?, 3),
            _ => return Err(io::Error::other(format!("unknown escape in {text:?}"))),
        };
        out.push(byte);
        rest = &after[length..];
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

#[test]
fn steps_are_read_as_described() {
    let run = |line: &str, arguments: &[&str], input: Option<&str>| Step::Run {
        line: line.into(),
        arguments: arguments.iter().map(ToString::to_string).collect(),
        input: input.map(Into::into),
    };
    let text =
        "# first\n\nlogwright show --last 'two words' \"\"\n  logwright ingest - < $HOME/in\nenv A b\nenv A\nrm x\n";
    let expected = vec![
        run("logwright show --last 'two words' \"\"", &["show", "--last", "two words", ""], None),
        run("logwright ingest - < $HOME/in", &["ingest", "-"], Some("/h/in")),
        Step::Env { name: "A".into(), value: Some("b".into()) },
        Step::Env { name: "A".into(), value: None },
        Step::Files { line: "rm x".into(), words: vec!["rm".into(), "x".into()] },
    ];
    assert_eq!(parse(text, "/h"), Ok(expected));
}

#[test]
fn wrong_steps_are_refused_with_their_line() {
    let cases = [
        ("rm", "line 1: no such step, or a wrong number of words: rm"),
        ("\nsh -c x", "line 2: no such step, or a wrong number of words: sh -c x"),
        ("logwright 'x", "line 1: a quote is not closed: logwright 'x"),
        ("logwright < a b", "line 1: one file must follow `<`, at the end: logwright < a b"),
    ];
    for (text, expected) in cases {
        assert_eq!(parse(text, ""), Err(expected.into()));
    }
}

#[test]
fn files_change_as_described() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let fixtures = tempfile::tempdir().unwrap();
    fs::create_dir(fixtures.path().join("f")).unwrap();
    fs::write(fixtures.path().join("f/one"), "1").unwrap();
    let steps = [
        "fixture f a/b",
        "cp a/b c",
        "append c/one '\\n\\x41\\\\'",
        "append d/new text",
        "truncate d/new 2",
        "chmod 600 d/new",
        "symlink new d/link",
        "mkdir e/f",
        "rm a",
    ];
    for step in parse(&steps.join("\n"), "").unwrap() {
        let Step::Files { words, .. } = step else { panic!("{step:?}") };
        change_files(&words, folder.path(), fixtures.path()).unwrap();
    }
    let at = |path: &str| folder.path().join(path);
    assert_eq!(fs::read_to_string(at("c/one")).unwrap(), "1\nA\\");
    assert_eq!(fs::read_to_string(at("d/link")).unwrap(), "te");
    assert_eq!(fs::metadata(at("d/new")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(at("e/f").is_dir() && !at("a").exists());
    assert!(change_files(&["rm".into(), "none".into()], folder.path(), fixtures.path()).is_err());
}
