use std::borrow::Cow;

use super::super::shorten_homes;

#[test]
fn home_folders_become_a_tilde() {
    for (text, short) in [
        ("/home/anna/x", "~/x"),
        ("/Users/anna/x", "~/x"),
        ("cd /home/anna", "cd ~"),
        ("in /home/anna.", "in ~."),
        ("C:\\Users\\anna\\x", "~\\x"),
        ("c:\\Users\\Anna Smith\\x", "~\\x"),
        ("\"C:\\\\Users\\\\anna\\\\x\"", "\"~\\\\x\""),
        ("C:/Users/anna/x", "~/x"),
        ("/c/Users/anna/x", "~/x"),
        ("/mnt/c/Users/anna/x", "~/x"),
        ("/var/home/anna/x", "~/x"),
        ("file:///home/anna/x", "file://~/x"),
        ("\\n/home/anna/x", "\\n~/x"),
        ("<cwd>/home/anna/x", "<cwd>~/x"),
        ("PATH=/home/anna/bin:/home/bert/bin", "PATH=~/bin:~/bin"),
        ("/home/größe/x", "~/x"),
        ("\\/home\\/anna\\/x", "~\\/x"),
        ("/home/anna/.claude/projects/-home-anna-code-x/1.jsonl", "~/.claude/projects/~-code-x/1.jsonl"),
        ("~/.claude/projects/-Users-anna-x", "~/.claude/projects/~-x"),
    ] {
        assert_eq!(shorten_homes(text), short, "{text}");
        assert_eq!(shorten_homes(short), short, "{text}");
    }
}

#[test]
fn other_paths_stay_as_they_are() {
    for text in [
        "/home",
        "/home/",
        "https://x.dev/home/index",
        "src/home/view.rs",
        "/home/$USER/x",
        "/home/<user>/x",
        "/Users/Shared/x",
        "GET /users/anna",
        "C:\\Users\\Public\\x",
        "a-home-made-thing",
        "/root/x",
        "/homes/anna",
    ] {
        assert_eq!(shorten_homes(text), text);
        assert!(matches!(shorten_homes(text), Cow::Borrowed(_)));
    }
}
