//! Every command that the README shows is run, on the sample logs, in the order of the page.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::fixtures::fixtures;

/// The lines of all `sh` blocks of a page.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => found.push(line.to_owned()),
            _ => {}
        }
    }
    found
}

/// Words as a shell splits them, as far as the page needs it: blanks and double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn run(home: &Path, arguments: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_logwright"))
        .args(arguments)
        .env_clear()
        .env("LOGWRIGHT_PLUGIN_CACHE", crate::house::plugin_cache())
        .env("HOME", home)
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

#[test]
fn every_command_of_the_readme_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("README.md")).unwrap();
    let home = tempfile::tempdir().unwrap();
    let logs = home.path().join(".claude");
    std::os::unix::fs::symlink(fixtures("claude-code"), &logs).unwrap();
    let mut ran = 0;
    for command in commands(&page) {
        let mut arguments = words(&command);
        match arguments.remove(0).as_str() {
            "logwright" => {}
            // Their own command lines are run by `.ci/run`.
            "cargo" => continue,
            other => panic!("README.md shows `{other}`, which no test runs"),
        }
        if arguments == ["ingest"] {
            // Here nobody can be asked.
            arguments.push("--yes".to_owned());
        }
        let output = run(home.path(), &arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{command}` ended with {}:\n{said}", output.status);
        ran += 1;
    }
    assert!(ran >= 12, "only {ran} commands were found in README.md");
}
