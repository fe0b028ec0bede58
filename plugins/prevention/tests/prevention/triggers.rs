//! Triggers, compared with calls by the engine that the host uses: what they fire for and what not.

use prevention::{Exemplar, Group, MIN_FAMILIES, SHIPPED};
use regex::{Regex, RegexBuilder};

/// Bytes that the host allows a pattern to take when it is compiled.
const PATTERN_BYTES: usize = 1024 * 1024;

fn compile(value: &str) -> Regex {
    RegexBuilder::new(value).size_limit(PATTERN_BYTES).build().unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// The pattern of the first condition that is proposed against a group whose calls run a command.
fn trigger(cause: &str, fingerprint: &str, tool: &str, command: &str) -> Regex {
    let call = format!("{{\"command\":{command:?}}}");
    let exemplars = vec![Exemplar { tool, call: &call, failure: "" }];
    let group = Group { fingerprint, cause, incidents: 5, families: 5, resolved: 5, exemplars, resolutions: vec![] };
    let protocols = SHIPPED.propose(&group, MIN_FAMILIES);
    let value = protocols.first().and_then(|protocol| protocol.conditions.first()).map(|(_, _, value)| value.clone());
    compile(&value.unwrap_or_else(|| panic!("{fingerprint}: {protocols:?}")))
}

fn fires(trigger: &Regex, calls: &[&str]) {
    for call in calls {
        assert!(trigger.is_match(call), "{call} is not met by {trigger}");
    }
}

fn rests(trigger: &Regex, calls: &[&str]) {
    for call in calls {
        assert!(!trigger.is_match(call), "{call} is met by {trigger}");
    }
}

#[test]
fn a_program_is_met_wherever_a_command_may_stand() {
    let missing = trigger("shell.command_not_found", "shell.command_not_found:frob", "Bash", "frob x");
    fires(
        &missing,
        &[
            "frob",
            "frob x",
            "cd /a && frob x",
            "cd /a; frob",
            "cd a\nfrob x",
            "A=b frob",
            "env A=b frob",
            "A=\"b c\" frob",
            "sudo -n frob",
            "timeout 5 frob",
            "npx -y frob x",
            "uv run frob",
            "cat x | frob | tail",
            "cat x | xargs -n1 frob",
            "(frob x)",
            "x=$(frob y)",
            "/usr/local/bin/frob x",
            "for a in b; do frob $a; done",
            "frob>out",
        ],
    );
    rests(&missing, &["frobnicate", "echo frob", "grep frob x", "cat frob.txt", "./a-frob x", "ls frob", "git frob"]);
}

#[test]
fn options_may_stand_between_the_words_of_a_program() {
    let lint = trigger("lint.failed", "lint.failed:frob:x", "Bash", "bun run lint");
    fires(&lint, &["bun run lint", "cd /a && bun run lint 2>&1 | tail", "bun --silent run lint", "bun run lint && ls"]);
    rests(&lint, &["bun run lint:fix", "bun run test", "git commit -m 'bun run lint'", "bun lint", "run lint"]);
    let push = trigger("git.rejected", "git.rejected", "Bash", "git push");
    fires(&push, &["git push", "git -C /a push origin main", "git -c a.b=c push", "git add a && git push"]);
    rests(&push, &["git log push", "git stash push", "git status"]);
}

#[test]
fn a_word_is_met_only_as_it_was_given_to_the_program() {
    let usage = trigger("cli.usage", "cli.usage:frob:spin", "Bash", "frob spin");
    fires(&usage, &["frob spin", "frob --fast spin x", "cd /a && frob spin 2>&1", "frob 'a; b' spin"]);
    rests(&usage, &["frob spinner", "spin frob", "frob x; spin", "frob x | spin", "frobspin", "frob", "echo spin"]);
    let option = trigger("cli.usage", "cli.usage:cat:A", "Bash", "cat -A x");
    fires(&option, &["cat -A x", "cat -nA x", "sed p x | cat -A"]);
    rests(&option, &["cat -n A", "cat --All", "cat -n", "grep -A 3 x"]);
}

#[test]
fn folders_from_the_root_and_commands_behind_a_cd_are_left_alone() {
    let cd = trigger("path.cwd", "path.cwd", "Bash", "cd a");
    fires(&cd, &["cd src && make", "cd src/a", "cd ./src; ls", "cd \"src a\"", " cd .hidden && ls"]);
    rests(
        &cd,
        &["cd /a && ls", "cd D:/a && ls", "cd ~/a", "cd \"$A\" && ls", "cd ..", "cd -", "cd /a && cd b", "ls cd"],
    );
    let go = trigger("go.outside_module", "go.outside_module:x", "Bash", "go test ./...");
    fires(
        &go,
        &["go test ./...", "go build ./... && go test .", "CGO_ENABLED=0 go vet .", "gofmt -l . && go vet ./..."],
    );
    rests(&go, &["cd /a && go test ./...", "go -C /a test ./...", "go version", "gofmt -l ."]);
    let sed = trigger("path.missing", "path.missing:sed", "Bash", "sed -n 1p a/b");
    fires(&sed, &["sed -n '1,5p' src/a.rs", "sed -i 's/a/b/' x/y", "sed p ../src/a"]);
    rests(&sed, &["sed -n 1p /a/b", "cd /a && sed -n 1p src/b", "sed -n 1p a.txt", "sed 's/a/b/' x"]);
}

#[test]
fn git_is_met_where_it_goes_wrong() {
    let revision = trigger("git.revision", "git.revision", "Bash", "git diff a.rs");
    fires(&revision, &["git diff src/a.rs", "git -C /a log --oneline b.go", "cd /a && git diff HEAD src/a.rs"]);
    rests(
        &revision,
        &["git diff -- src/a.rs", "git diff HEAD..main", "git show HEAD:src/a.rs", "git diff --stat", "git log"],
    );
    let ignored = trigger("git.ignored", "git.ignored", "Bash", "git add dist");
    fires(&ignored, &["git add dist", "git add a.rs web/dist/x.css && git commit", "git -C /a add .env"]);
    rests(&ignored, &["git add src/distance.rs", "git commit -m dist", "git add -A", "ls dist"]);
    let upstream = trigger("git.upstream", "git.upstream", "Bash", "git push");
    fires(&upstream, &["git push", "git commit -m a && git push", "git push 2>&1 | tail"]);
    rests(&upstream, &["git push -u origin HEAD", "git push origin main"]);
}

#[test]
fn files_are_met_by_what_they_are() {
    let folder = trigger("read.is_dir", "read.is_dir", "Read", "");
    fires(&folder, &["/a/b/src", "/a/b/src/", r"D:\a\src", "/a/my-project"]);
    rests(&folder, &["/a/b/main.rs", "/a/Makefile", "/a/.gitignore", "/a/b.d/x.txt"]);
    let binary = trigger("read.binary", "read.binary", "Read", "");
    fires(&binary, &["/a/b.zip", "/a/B.EXE", "x.tgz"]);
    rests(&binary, &["/a/b.zip.md", "/a/b.rs", "/a/zip"]);
    let long = trigger("edit.no_match", "edit.no_match", "Edit", "");
    fires(&long, &["a\n".repeat(19).as_str()]);
    rests(&long, &["a\n".repeat(18).as_str(), "a"]);
    let pattern = trigger("search.pattern", "search.pattern:x", "Grep", "");
    fires(&pattern, &["(?<!a)b", "a(?=b)", "interface{}", "{a", r"(a)\1"]);
    rests(&pattern, &["a{2,3}", r"interface\{\}", "(?:a|b)", "(?i)a"]);
}

#[test]
fn modules_are_met_where_they_are_imported() {
    let yaml = trigger("bash.env.module", "bash.env.module:yaml", "Bash", "python3 -c 'import yaml'");
    fires(
        &yaml,
        &["python3 -c 'import yaml'", "python3 -c 'import os, yaml'", "python3 -m yaml", "node -e 'require(\"yaml\")'"],
    );
    rests(&yaml, &["cat a.yaml", "python3 -c 'import yamlx'", "ls yaml"]);
}

#[test]
fn every_pattern_compiles_within_the_limit_of_the_host() {
    let mut count = 0;
    for class in SHIPPED.classes {
        for fingerprint in [class.name.to_owned(), format!("{}:frob", class.name), format!("{}:frob:x", class.name)] {
            for tool in ["Bash", "Edit", "Read", "Grep", "Skill", "WebFetch"] {
                for command in ["frob --x", "git commit", "sed x", "ls"] {
                    let call = format!("{{\"command\":{command:?}}}");
                    let exemplars = vec![Exemplar { tool, call: &call, failure: "" }];
                    let (fingerprint, cause) = (fingerprint.as_str(), class.name);
                    let group = Group { fingerprint, cause, families: 5, exemplars, ..Group::default() };
                    for protocol in SHIPPED.propose(&group, MIN_FAMILIES) {
                        for (_, operator, value) in protocol.conditions {
                            count += 1;
                            let is_bare = ["{}", "{by}", "{program}", "{word}"].iter().any(|name| value.contains(name));
                            assert!(!is_bare, "{value}");
                            if operator == "regex" {
                                compile(&value);
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(count > 100, "{count}");
}
