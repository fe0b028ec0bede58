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
fn the_language_of_the_system_does_not_matter() {
    same(
        "timeout 5 x",
        &[
            "Exit code 127\nbash: timeout: command not found",
            "Exit code 127\nbash: timeout: Kommando nicht gefunden.",
            "Exit code 127\nbash: Zeile 1: timeout: Befehl nicht gefunden",
            "Exit code 127\nbash: ligne 1: timeout : commande introuvable",
            "Exit code 127\nbash: línea 1: timeout: orden no encontrada",
            "Exit code 127\nbash: 行 1: timeout: コマンドが見つかりません",
            "Exit code 127\nbash: 第 1 行：timeout：未找到命令",
            "Exit code 1\n'timeout' is not recognized as an internal or external command,",
            "Exit code 1\n'timeout' n'est pas reconnu en tant que commande interne",
            "Exit code 1\nDer Befehl \"timeout\" ist entweder falsch geschrieben oder konnte nicht gefunden werden.",
            "Exit code 1\ntimeout : Le terme «timeout» n'est pas reconnu\n+ CategoryInfo : CommandNotFoundException",
        ],
        "shell.command_not_found:timeout",
    );
    same(
        "cat a.txt",
        &[
            "Exit code 1\ncat: a.txt: No such file or directory",
            "Exit code 1\ncat: a.txt: Datei oder Verzeichnis nicht gefunden",
            "Exit code 1\ncat: a.txt: Aucun fichier ou dossier de ce nom",
            "Exit code 1\ncat: a.txt: Aucun fichier ou dossier de ce type",
            "Exit code 1\ncat: a.txt: No existe el archivo o el directorio",
            "Exit code 1\ncat: a.txt: そのようなファイルやディレクトリはありません",
        ],
        "path.missing:cat",
    );
    same(
        "touch /opt/x",
        &[
            "Exit code 1\ntouch: cannot touch '/opt/x': Permission denied",
            "Exit code 1\ntouch: '/opt/x' kann nicht berührt werden: Keine Berechtigung",
            "Exit code 1\ntouch: impossible de faire un touch sur '/opt/x': Permission non accordée",
            "Exit code 1\ntouch: no se puede tocar '/opt/x': Permiso denegado",
        ],
        "permission.denied:touch",
    );
}

#[test]
fn what_a_shell_says_at_its_start_does_not_matter() {
    same(
        "cat a.txt",
        &[
            "Exit code 1\ncat: a.txt: No such file or directory",
            "Exit code 1\n/opt/brew/shellenv.sh: line 18: /bin/ps: Operation not permitted\ncat: a.txt: No such file or directory",
            "Exit code 1\n/home/me/.bashrc: line 3: frob: command not found\ncat: a.txt: No such file or directory",
            "Exit code 1\nbash: cannot set terminal process group (7): Inappropriate ioctl\ncat: a.txt: No such file or directory",
            "failed in sandbox X with execution error: sandbox denied exec error, exit code: 1, stdout: , stderr: cat: a.txt: No such file or directory\n",
        ],
        "path.missing:cat",
    );
}

#[test]
fn a_command_inside_of_another_is_the_one_that_counts() {
    let of = |command| shell(SHIPPED, command, "Exit code 3\n");
    for command in [
        "bash -lc 'frob --all'",
        "nix develop .#dev --command frob --all",
        "nix-shell --run 'frob --all'",
        "wsl -e sh -c 'cd /a && frob'",
        "sudo timeout -k 5 30 frob",
        "cat > a.py <<'EOF'\nimport x; other(1)\nEOF\nfrob a.py",
        "python3.12 <<EOF && frob\nprint(1)\nEOF",
    ] {
        assert_eq!(of(command), "bash.exit:frob", "{command}");
    }
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
