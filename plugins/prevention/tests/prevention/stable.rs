//! Fingerprints: the same for the same cause, different for different ones.

use crate::support::shell;
use prevention::SHIPPED;

fn same(command: &str, texts: &[&str], fingerprint: &str) {
    for text in texts {
        assert_eq!(shell(SHIPPED, command, text), fingerprint, "{text}");
    }
}

#[test]
fn places_numbers_ids_and_quoting_do_not_matter() {
    same(
        "upload",
        &[
            "Exit code 1\nerror: object 3f2a1b9c of /srv/a/b.bin is gone after 12 ms",
            "Exit code 1\nerror: object 77aa01ff23 of C:\\data\\x.bin is gone after 9,001.5 ms",
            "Exit code 1\n\u{1b}[31merror\u{1b}[0m: object 123e4567-e89b-12d3-a456-426614174000 of ./b.bin is gone after 1 ms\r\n",
            "Exit code 1\nstarting at 12:33:44\nerror: object 00ffee11 of ~/x is gone after 12:33 ms",
        ],
        "program.error:object <id> of <path> is gone after # ms",
    );
    same(
        "upload",
        &["error: no field 'a' in \"b c\"", "error: no field `x.y` in 'd'", "error: no field “z” in ‘e f’"],
        "program.error:no field <text> in <text>",
    );
}

#[test]
fn shells_and_terminals_do_not_matter() {
    same(
        "timeout 5 x",
        &[
            "Exit code 127\n/usr/bin/bash: line 1: timeout: command not found",
            "Exit code 127\n(eval):3: command not found: timeout",
            "Exit code 127\nzsh:1: command not found: timeout",
            "Exit code 127\nsh: 1: timeout: not found",
            "Exit code: 127\nWall time: 0.1 seconds\nOutput:\nbash: timeout: command not found",
            "{\"output\":\"bash: timeout: command not found\\n\",\"metadata\":{\"exit_code\":127}}",
        ],
        "shell.command_not_found:timeout",
    );
}

#[test]
fn different_causes_stay_apart_although_tool_and_exit_code_are_the_same() {
    let texts = [
        "Exit code 1\nTraceback (most recent call last):\n  File \"a.py\", line 3\nKeyError: 'a'",
        "Exit code 1\nTraceback (most recent call last):\n  File \"a.py\", line 3\nTypeError: no",
        "Exit code 1\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'yaml'",
        "Exit code 1\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'numpy'",
        "Exit code 1\nsrc/a.ts(1,2): error TS2345: no",
        "Exit code 1\nsrc/a.ts(1,2): error TS7006: no",
        "Exit code 1\ncd: src: No such file or directory",
        "Exit code 1\nError: the first thing",
        "Exit code 1\nError: the second thing",
        "Exit code 1\n",
    ];
    let found: std::collections::BTreeSet<_> = texts.iter().map(|text| shell(SHIPPED, "run", text)).collect();
    assert_eq!(found.len(), texts.len(), "{found:?}");
}

#[test]
fn it_does_not_matter_where_a_long_text_is_cut() {
    let long = format!("Exit code 1\n{}\ntest result: FAILED. 1 passed; 1 failed", "x ".repeat(9000));
    assert_eq!(shell(SHIPPED, "cargo test", &long), "test.failed:cargo");
}

#[test]
fn a_command_is_known_by_its_programs() {
    let of = |command| shell(SHIPPED, command, "Exit code 3\n");
    for command in ["frob x", "cd /a && FOO=1 sudo /usr/bin/frob --all", "frob 'a; b' | tee log", "timeout 5 frob 2>&1"]
    {
        assert_eq!(of(command), "bash.exit:frob", "{command}");
    }
    assert_eq!(of("git -C /a/b gc --auto"), "bash.exit:git gc");
    assert_eq!(of("uv run frob"), "bash.exit:frob");
    assert_eq!(of("$FROB x"), "bash.exit");
}
