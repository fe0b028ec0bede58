//! What would keep groups of incidents from coming back.

use prevention::{Compact, DEFAULT, Exemplar, Group, MIN_FAMILIES, Protocol, SHIPPED};

/// A group of which the exemplars are calls of a tool, as JSON.
fn group<'a>(cause: &'a str, fingerprint: &'a str, exemplars: &[(&'a str, &'a str)]) -> Group<'a> {
    let exemplar = |(tool, call): &(&'a str, &'a str)| Exemplar { tool, call, failure: "" };
    let exemplars = exemplars.iter().map(exemplar).collect();
    Group { fingerprint, cause, incidents: 10, families: 3, resolved: 9, exemplars, resolutions: vec![] }
}

fn propose(group: &Group<'_>) -> Vec<Protocol> {
    SHIPPED.propose(group, MIN_FAMILIES)
}

fn only(group: &Group<'_>) -> Protocol {
    let mut protocols = propose(group);
    assert_eq!(protocols.len(), 1, "{protocols:?}");
    protocols.remove(0)
}

fn conditions(protocol: &Protocol) -> Vec<String> {
    protocol.conditions.iter().map(|(field, operator, value)| format!("{field} {operator} {value}")).collect()
}

#[test]
fn an_edit_needs_a_read_before_and_a_new_file_does_not() {
    let group = group("edit.not_read", "edit.not_read", &[("Edit", "{}"), ("Write", "{}"), ("MultiEdit", "{}")]);
    let protocols = propose(&group);
    let tools: Vec<&str> = protocols.iter().map(|protocol| protocol.tool.as_str()).collect();
    assert_eq!(tools, ["Edit", "MultiEdit"], "whether a written file was there, no trigger can tell");
    let unless: Vec<&str> = protocols[0].unless.iter().map(|(tool, _, _)| tool.as_str()).collect();
    assert_eq!(unless, ["Read", "Edit", "MultiEdit", "Write"]);
    assert!(protocols[0].unless.iter().all(|(_, field, within)| (field.as_str(), *within) == ("file_path", 200)));
    assert_eq!((&protocols[0].title, &protocols[0].advice), (&protocols[1].title, &protocols[1].advice));
}

#[test]
fn a_tool_that_seldom_failed_gives_no_protocol() {
    let mut calls = vec![("Edit", "{}"); 19];
    calls.extend([("MultiEdit", "{}"), ("MultiEdit", "{}")]);
    let of = |calls: &[(&'static str, &'static str)]| propose(&group("edit.noop", "edit.noop", calls)).len();
    assert_eq!((of(&calls), of(&calls[..18]), of(&calls[1..])), (1, 1, 2));
}

#[test]
fn the_telling_part_becomes_a_condition() {
    let missing = group("shell.command_not_found", "shell.command_not_found:g++", &[("Bash", "{}")]);
    let protocol = only(&missing);
    assert_eq!(protocol.title, "g++ is not installed");
    assert_eq!(
        protocol.advice,
        "Do not call `g++`: it is not installed here. Use another command, or install it first."
    );
    assert!(conditions(&protocol)[0].contains(r"g\+\+(?:"), "{protocol:?}");
    let skill = only(&group("tool.unknown", "tool.unknown:frob", &[("Skill", "{}")]));
    assert_eq!((skill.tool.as_str(), conditions(&skill)), ("Skill", vec!["skill equals frob".to_owned()]));
    let tool = only(&group("tool.unknown", "tool.unknown:mcp__a__b", &[("mcp__a__b", "{}")]));
    assert_eq!((tool.tool.as_str(), tool.confidence), ("mcp__a__b", 60), "the tool itself is the condition");
}

#[test]
fn a_program_and_the_word_that_it_refused_are_found_in_the_calls() {
    let calls = [
        ("Bash", r#"{"command":"frob spin run 2>&1"}"#),
        ("Bash", r#"{"command":"cd /a && A=1 frob spin"}"#),
        ("Bash", r#"{"command":"frob spin | tail"}"#),
    ];
    let protocol = only(&group("cli.usage", "cli.usage:frob:spin", &calls));
    assert_eq!(protocol.title, "`frob` does not know `spin`");
    assert!(protocol.advice.starts_with("Do not give `frob` `spin`: "), "{}", protocol.advice);
    // A letter is told of an option, and one may stand among others.
    let calls = [("Bash", r#"{"command":"cat -A x"}"#), ("Bash", r#"{"command":"sed p x | cat -nA"}"#)];
    let protocol = only(&group("cli.usage", "cli.usage:cat:A", &calls));
    assert_eq!(protocol.title, "`cat` does not know `-A`");
    assert!(conditions(&protocol)[0].contains("-[A-Za-z0-9]*A[A-Za-z0-9]*"));
    // Another program may speak than the one that was called.
    let calls = [("Bash", r#"{"command":"git -C /a status"}"#), ("Bash", r#"{"command":"git -C /a add b"}"#)];
    let protocol = only(&group("cli.usage", "cli.usage:frob:-C", &calls));
    assert_eq!(protocol.title, "`frob` does not know `-C`");
    assert!(protocol.advice.starts_with("Do not give `git` `-C`: "), "{}", protocol.advice);
}

#[test]
fn without_the_word_the_program_has_to_do() {
    let calls = [("Bash", r#"{"command":"frob a"}"#), ("Bash", r#"{"command":"frob b"}"#)];
    let protocol = only(&group("cli.usage", "cli.usage:frob:missing operand", &calls));
    assert_eq!(protocol.title, "Call `frob` as its help says: missing operand");
    assert!(conditions(&protocol)[0].contains("frob(?:"), "{protocol:?}");
}

#[test]
fn names_with_colons_are_told_from_what_they_tell() {
    let calls = [("Bash", r#"{"command":"npm run e2e:all"}"#); 3];
    let protocol = only(&group("bash.timeout", "bash.timeout:npm run e2e:all", &calls));
    assert_eq!(protocol.title, "Give `npm run e2e:all` time, or run it in the background");
}

const LINT: (&str, &str) = ("Bash", r#"{"command":"cd /a && bun run lint 2>&1"}"#);
const OTHER: (&str, &str) = ("Bash", r#"{"command":"make all"}"#);

#[test]
fn a_program_counts_if_nearly_all_run_it() {
    let lint = |calls: &[(&'static str, &'static str)]| only(&group("lint.failed", "lint.failed:frob:style/x", calls));
    let most = lint(&[LINT, LINT, LINT, LINT, OTHER]);
    assert_eq!(most.title, "Mend before you lint: frob:style/x");
    assert!(most.advice.contains("before `bun run lint`"), "{}", most.advice);
    assert_eq!(most.conditions.len(), 1);
    let some = lint(&[LINT, LINT, LINT, OTHER]);
    assert_eq!((some.title, some.conditions), (most.title, vec![]), "what holds of three in four is no rule");
    assert_eq!(some.confidence, most.confidence - 15);
}

#[test]
fn what_a_hook_refuses_is_about_the_commit() {
    let commit = ("Bash", r#"{"command":"git add a && git commit -m \"b; c\""}"#);
    let protocol = only(&group("compile.ts", "compile.ts:TS2345", &[commit]));
    assert_eq!(protocol.title, "Check types before committing: TS2345");
    assert!(protocol.advice.contains("before `git commit`"), "{}", protocol.advice);
    assert_eq!(only(&group("compile.ts", "compile.ts", &[commit])).title, "Check types before committing");
    let compiler = ("Bash", r#"{"command":"tsc --noEmit"}"#);
    assert_eq!(propose(&group("compile.ts", "compile.ts:TS2345", &[compiler])), [], "it is there to find errors");
}

#[test]
fn what_made_them_succeed_is_said() {
    let mut lint = group("lint.failed", "lint.failed:frob:style/x", &[LINT]);
    let plain = only(&lint);
    lint.resolutions = vec![("repeated", 17), ("after:Bash:bun run lint:fix", 14), ("changed", 1)];
    let protocol = only(&lint);
    assert_eq!(
        protocol.advice,
        "Run `bun run lint:fix` before `bun run lint`. In 14 of 18 cases it succeeded after `bun run lint:fix`."
    );
    assert_eq!(protocol.confidence, plain.confidence + 5);
    let mut edit = group("edit.not_read", "edit.not_read", &[("Edit", "{}")]);
    edit.resolutions = vec![("field:old_string", 9), ("repeated", 7), ("after:Read", 5), ("changed", 2)];
    let advice = only(&edit).advice;
    assert!(advice.ends_with(" In 5 of 9 cases the call succeeded after a fresh read of the same file."), "{advice}");
}

#[test]
fn what_only_looks_what_is_rare_and_the_failing_command_resolve_nothing() {
    let of = |resolutions: &[(&'static str, u64)]| {
        let resolutions = resolutions.to_vec();
        only(&Group { resolutions, ..group("lint.failed", "lint.failed:frob:style/x", &[LINT]) }).advice
    };
    let plain = of(&[]);
    assert_eq!(of(&[("repeated", 9), ("after:Bash:git status", 9), ("after:Bash:ls src", 9)]), plain);
    assert_eq!(of(&[("repeated", 9), ("after:Bash:bun run lint", 9)]), plain);
    assert_eq!(of(&[("repeated", 2), ("after:Bash:make fix", 2)]), plain, "twice is chance");
    assert_eq!(of(&[("repeated", 9), ("after:Bash:make fix", 4)]), plain, "less than half speaks for nobody");
    assert_eq!(of(&[("after:Bash:make fix", 9)]), plain, "nothing was resolved");
    assert!(of(&[("repeated", 9), ("after:Bash:make fix", 5)]).starts_with("Run `make fix` before "));
}

#[test]
fn each_kind_of_way_has_its_sentence() {
    let of = |name| {
        let resolutions = vec![("changed", 4), (name, 4)];
        let advice = only(&Group { resolutions, ..group("edit.noop", "edit.noop", &[("T", "{}")]) }).advice;
        advice.rsplit_once("4 of 4 cases ").map(|(_, said)| said.to_owned()).unwrap_or_default()
    };
    assert_eq!(of("added:cd"), "the command succeeded with a `cd` in front of it.");
    assert_eq!(of("after:Frob"), "the call succeeded after `Frob` of the same file.");
    assert_eq!(of("added:offset"), "it succeeded with `offset` given.");
    assert_eq!(of("dropped:x"), "it succeeded without `x`.");
    assert_eq!(of("field:old_string"), "it succeeded with another value of `old_string`.");
    assert_eq!(of("after:Bash:a `b`\n\u{202e}c"), "it succeeded after `a 'b' c`.", "logs do not write the advice");
    assert_eq!(of("field:description"), "");
    assert_eq!(of("unheard:of"), "");
}

#[test]
fn how_they_were_resolved_speaks_for_the_advice() {
    let mut group = group("shell.command_not_found", "shell.command_not_found:timeout", &[("Bash", "{}")]);
    let resolved = only(&group).confidence;
    group.resolutions = vec![("changed", 8)];
    assert!(only(&group).advice.ends_with("Another command did the work each time."));
    group.resolved = 0;
    assert_eq!(only(&group).confidence, resolved - 15, "five less, and ten for what is not understood");
    group.families = 400;
    group.resolved = 10;
    assert_eq!(only(&group).confidence, 95, "never surer");
}

#[test]
fn nothing_is_proposed_without_support_an_owner_or_a_telling_part() {
    let few = Group { families: 2, ..group("edit.not_read", "edit.not_read", &[("Edit", "{}")]) };
    assert_eq!(propose(&few), []);
    assert_eq!(SHIPPED.propose(&few, 2).len(), 1);
    for cause in ["api.overload", "perm.user_reject", "perm.rule", "hook.fail", "tool.broken", "no.such_class"] {
        assert_eq!(propose(&group(cause, cause, &[("Bash", "{}")])), [], "{cause}");
    }
    for fingerprint in ["shell.command_not_found", "shell.command_not_found:<path>"] {
        assert_eq!(propose(&group("shell.command_not_found", fingerprint, &[("Bash", "{}")])), []);
    }
}

#[test]
fn one_advice_has_one_title() {
    for class in SHIPPED.classes {
        let calls = ["Bash", "Edit", "Read", "Grep", "mcp__a__b", "edit"].map(|tool| (tool, r#"{"command":"a b"}"#));
        let mut titles: Vec<(String, String)> = Vec::new();
        for fingerprint in [class.name.to_owned(), format!("{}:a:b", class.name)] {
            for Protocol { title, advice, .. } in propose(&group(class.name, &fingerprint, &calls)) {
                assert!(!title.contains(['{', '}']), "{title}");
                match titles.iter().find(|(known, _)| *known == format!("{fingerprint}{advice}")) {
                    Some((_, known)) => assert_eq!(*known, title, "{fingerprint}"),
                    None => titles.push((format!("{fingerprint}{advice}"), title)),
                }
            }
        }
    }
}

#[test]
fn only_the_agent_and_the_environment_have_templates() {
    for class in SHIPPED.classes {
        assert!(class.protocols.is_empty() || ["agent", "environment"].contains(&class.owner), "{}", class.name);
    }
}

#[test]
fn what_a_template_cannot_mean_is_refused() {
    for (right, wrong, message) in [
        ("title = \"Read a file before you change it\"", "title = \"Read {it}\"", "nothing is known that `{it}` could"),
        ("value = '{begin}sudo\\s'", "value = '{begun}sudo'", "nothing is known that `{begun}` could stand for"),
        ("start = '{begin}{wraps}'", "start = '{start}{wraps}'", "patterns refer to patterns too deep"),
        ("mined = { read = ", "mined = { red = ", "there is no kind `red` in [mined]"),
        ("after `{what}` of the same", "after `{tool}` of the same", "`call`: nothing is known that `{tool}` could"),
        ("programs = [\"@commits\"]", "programs = [\"@commit\"]", "there is no list `commit`"),
    ] {
        assert!(DEFAULT.contains(right), "{right}");
        let problem = Compact::parse(&DEFAULT.replace(right, wrong)).unwrap_err().to_string();
        assert!(problem.contains(message), "{problem}");
    }
}

#[test]
fn what_only_starts_another_program_can_be_what_refuses() {
    let call = r#"{"command":"cd /a && nice frobnicate --all"}"#;
    let calls = [("Bash", call); 4];
    let group = group("cli.usage", "cli.usage:nice:frobnicate", &calls);
    let [protocol] = &propose(&group)[..] else { panic!("one protocol is expected") };
    assert_eq!(protocol.title, "`nice` does not know `frobnicate`");
}
