//! What a command line does, as far as its words tell: enough to know another try from something else, and a success
//! that shows from one that hides what failed.

/// Bytes of a command that are looked at.
const COMMAND_BYTES: usize = 4096;
/// Bytes of an argument that are kept.
const ARGUMENT_BYTES: usize = 256;

/// What prepares a command, or says something, without being what it is for.
const PREPARES: [&str; 16] = [
    "cd", "pushd", "popd", "export", "source", ".", "set", "sleep", "echo", "printf", "true", ":", "wait", "unset",
    "shopt", "#",
];
/// What runs another program.
const WRAPS: [&str; 9] = ["sudo", "time", "env", "exec", "command", "nohup", "npx", "bunx", "stdbuf"];
/// Programs that do many things; their first word says which.
const MANY: [&str; 50] = [
    "git",
    "cargo",
    "go",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "deno",
    "docker",
    "podman",
    "kubectl",
    "helm",
    "gh",
    "glab",
    "pip",
    "pip3",
    "uv",
    "poetry",
    "conda",
    "make",
    "just",
    "task",
    "terraform",
    "dotnet",
    "mvn",
    "gradle",
    "gradlew",
    "rustup",
    "brew",
    "apt",
    "apt-get",
    "dnf",
    "systemctl",
    "aws",
    "gcloud",
    "az",
    "composer",
    "bundle",
    "rails",
    "rake",
    "mix",
    "flutter",
    "dart",
    "swift",
    "nx",
    "turbo",
    "rtk",
    "ng",
    "php",
    "hugo",
];
/// Words after which the next one says what is done, or to what.
const GOES_ON: [&str; 18] = [
    "run",
    "exec",
    "tool",
    "api",
    "x",
    "compose",
    "remote",
    "stash",
    "install",
    "uninstall",
    "add",
    "remove",
    "rm",
    "checkout",
    "switch",
    "show",
    "clone",
    "s3",
];
/// Programs that carry a command or a request of their own, which stands anywhere among their arguments.
const CARRIES: [&str; 19] = [
    "ssh",
    "wsl",
    "cmd",
    "bash",
    "sh",
    "zsh",
    "powershell",
    "pwsh",
    "nix",
    "vagrant",
    "adb",
    "curl",
    "wget",
    "http",
    "xargs",
    "parallel",
    "docker-compose",
    "expect",
    "tmux",
];

/// A command line, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Each thing that it does, in order: `git push`, `ls types`.
    pub deeds: Vec<String>,
    /// All its words but what prepares it, and what only filters what it says.
    pub words: String,
    /// A success of it says nothing: its exit code is that of a filter, of an `echo`, or of the last of several deeds.
    pub is_masked: bool,
}

/// How one part of a command line is joined to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    Pipe,
    And,
    Or,
    Then,
}

/// The things that a command line does, in order: `git push`, `ls types`.
pub fn deeds(command: &str) -> Vec<String> {
    CommandLine::read(command).deeds
}

impl CommandLine {
    /// Reads a command line.
    pub fn read(command: &str) -> CommandLine {
        let command = &command[..command.floor_char_boundary(COMMAND_BYTES)];
        let parts = parts(command);
        let is_strict = command.contains("pipefail");
        let stops =
            is_strict || parts.iter().any(|(words, _)| words.len() > 1 && words[0] == "set" && words[1] == "-e");
        let mut line = CommandLine { is_masked: command.contains("--no-verify"), ..CommandLine::default() };
        let mut is_filter = false;
        // Whether a deed stands whose exit code is lost if something else follows.
        let mut at_stake = false;
        for (words, joint) in &parts {
            let deed = if is_filter { None } else { deed(words) };
            if is_filter {
                line.is_masked |= !is_strict;
            } else if at_stake && !words.is_empty() {
                line.is_masked |= !stops;
            }
            if let Some(deed) = deed {
                for word in words.iter().filter(|word| !is_redirection(word)) {
                    line.words.push_str(word);
                    line.words.push(' ');
                }
                line.deeds.push(deed);
                at_stake = false;
            }
            match joint {
                Joint::Or => line.is_masked = true,
                Joint::Then => at_stake |= !line.deeds.is_empty(),
                Joint::And | Joint::Pipe => {}
            }
            is_filter = *joint == Joint::Pipe;
        }
        line
    }
}

/// The parts of a command line, each with what follows it.
fn parts(command: &str) -> Vec<(Vec<String>, Joint)> {
    let (mut parts, mut words, mut word) = (Vec::new(), Vec::new(), String::new());
    let mut quote = None;
    let mut characters = command.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (Some(_), _) => word.push(character),
            (None, '\'' | '"') => quote = Some(character),
            (None, '\\') => word.extend(characters.next().filter(|next| *next != '\n')),
            (None, '&') if word.ends_with('>') => word.push('&'),
            (None, '>') if word.ends_with('&') => word.push('>'),
            (None, '&' | '|' | ';' | '\n') => {
                let is_double = matches!(character, '&' | '|') && characters.next_if_eq(&character).is_some();
                let joint = match (character, is_double) {
                    ('|', false) => Joint::Pipe,
                    ('|', true) => Joint::Or,
                    ('&', true) => Joint::And,
                    // What runs in the background never fails.
                    ('&', false) => Joint::Or,
                    _ => Joint::Then,
                };
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                if !words.is_empty() {
                    parts.push((std::mem::take(&mut words), joint));
                }
            }
            (None, space) if space.is_whitespace() => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            (None, _) => word.push(character),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    if !words.is_empty() {
        parts.push((words, Joint::And));
    }
    parts
}

/// What one part does; nothing if it only prepares or says something.
fn deed(words: &[String]) -> Option<String> {
    let mut words = words.iter().map(String::as_str).filter(|word| !is_redirection(word)).peekable();
    while words.next_if(|word| is_assignment(word) || WRAPS.contains(word)).is_some() {}
    if words.next_if_eq(&"timeout").is_some() {
        words.next();
    }
    let first = words.next()?;
    let name = first.rsplit(['/', '\\']).next().unwrap_or(first);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    if PREPARES.contains(&name) || name.starts_with('#') {
        return None;
    }
    let mut deed = name.to_owned();
    if CARRIES.contains(&name) || (name == "docker" && words.peek() == Some(&"exec")) {
        for word in words {
            deed.push(' ');
            deed.push_str(&word[..word.floor_char_boundary(ARGUMENT_BYTES)]);
        }
        return Some(deed);
    }
    let takes_value = |word: &str| name == "git" && matches!(word, "-C" | "-c");
    while let Some(word) = words.next() {
        if takes_value(word) {
            words.next();
        } else if !word.starts_with('-') {
            deed.push(' ');
            deed.push_str(&word[..word.floor_char_boundary(ARGUMENT_BYTES)]);
            if !(MANY.contains(&name) && GOES_ON.contains(&word)) {
                break;
            }
        }
    }
    deed.truncate(deed.trim_end_matches('/').len());
    Some(deed)
}

/// `2>&1`, `>file`, `<<EOF`; what stands behind a lone `>` is an object like any other.
fn is_redirection(word: &str) -> bool {
    let word = word.trim_start_matches(|character: char| character.is_ascii_digit() || character == '&');
    word.starts_with(['>', '<']) || word == "/dev/null"
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::CommandLine;

    fn read(command: &str) -> (Vec<String>, bool) {
        let CommandLine { deeds, is_masked, .. } = CommandLine::read(command);
        (deeds, is_masked)
    }

    #[test]
    fn deeds_are_seen_behind_what_prepares_them() {
        for (command, expected) in [
            ("cd /x && FOO=1 sudo git -C y push origin main", &["git push"][..]),
            ("/usr/bin/python3 x.py --fast", &["python3 x.py"]),
            ("cargo test --lib 2>&1 | tail", &["cargo test"]),
            ("npm run lint:fix", &["npm run lint:fix"]),
            ("go build ./... && go vet ./... && go test ./a", &["go build", "go vet", "go test"]),
            ("ssh host 'npm test'", &["ssh host npm test"]),
            ("docker exec c sh -c \"ls\"", &["docker exec c sh -c ls"]),
            ("pip install left", &["pip install left"]),
            ("ls -la types/", &["ls types"]),
            ("ls -la", &["ls"]),
            ("cat >> a_test.go", &["cat a_test.go"]),
            ("gh api repos/x/contents", &["gh api repos/x/contents"]),
            ("find . -name '*.rs' | xargs grep 'a && b'", &["find ."]),
            ("timeout 5 node cmp.js", &["node cmp.js"]),
            ("git commit -m \"one; two || three\"", &["git commit"]),
            ("", &[]),
            ("cd x", &[]),
        ] {
            assert_eq!(read(command).0, expected, "{command}");
        }
    }

    #[test]
    fn a_success_that_hides_what_failed_is_known() {
        for (command, is_masked) in [
            ("cargo test", false),
            ("cargo test 2>&1", false),
            ("cd x && cargo test --lib", false),
            ("cargo test 2>&1 | tail -30", true),
            ("set -o pipefail; cargo test | tail", false),
            ("ls types 2>/dev/null || echo none", true),
            ("cargo test; echo done", true),
            ("echo start; cargo test", false),
            ("set -e\ncargo fmt\ncargo test", false),
            ("cargo fmt\ncargo test", true),
            ("git commit --no-verify -m x", true),
            ("grep 'a|b' c", false),
            ("cargo bench &", true),
        ] {
            assert_eq!(read(command).1, is_masked, "{command}");
        }
    }
}
