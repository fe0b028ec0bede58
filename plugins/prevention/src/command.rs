//! The programs that a command runs, as far as they can be seen without running a shell.

use crate::json;

/// Words of a program that are kept: `go test ./... -run X` is known by its first ones.
const WORDS: usize = 5;

/// Programs of a command that are looked at; longer scripts are known by their first ones.
const PROGRAMS: usize = 64;

/// Lines that are looked at for the program that speaks.
const SPEAKERS: usize = 32;

/// The fields of a call that hold a command.
pub const FIELDS: [&str; 3] = ["command", "cmd", "script"];

/// How a script runs a command, and the field that holds it: `tools.exec_command({cmd: "ls"})`.
const SCRIPTED: (&str, &str) = ("exec_command(", "cmd");

/// What only starts another program.
const WRAPPERS: [&str; 24] = [
    "sudo",
    "doas",
    "env",
    "time",
    "nohup",
    "command",
    "builtin",
    "exec",
    "npx",
    "bunx",
    "pnpx",
    "uvx",
    "xargs",
    "stdbuf",
    "nice",
    "ionice",
    "setsid",
    "caffeinate",
    "unbuffer",
    "xvfb-run",
    "timeout",
    "gtimeout",
    "rtk",
    "!",
];

/// Two words that only start another program.
const WRAPPER_PAIRS: [[&str; 2]; 11] = [
    ["uv", "run"],
    ["poetry", "run"],
    ["pipenv", "run"],
    ["bundle", "exec"],
    ["npm", "exec"],
    ["pnpm", "exec"],
    ["pnpm", "dlx"],
    ["yarn", "exec"],
    ["yarn", "dlx"],
    ["bun", "x"],
    ["rbenv", "exec"],
];

/// Shells, whose option gives them a script in one word.
const SHELLS: [&str; 9] = ["bash", "sh", "zsh", "dash", "fish", "ksh", "pwsh", "powershell", "cmd"];
const SCRIPT_OPTIONS: [&str; 9] = ["-c", "-lc", "-ic", "-ilc", "-lic", "-Command", "-command", "/c", "/C"];

/// Programs that start another one in a world of its own, named behind one of these options.
const ENVIRONMENTS: [&str; 7] = ["nix", "nix-shell", "wsl", "mise", "direnv", "devbox", "distrobox"];
const INSIDE: [&str; 6] = ["--command", "-c", "--run", "-e", "--exec", "--"];

/// Scripts within scripts that are looked into.
const DEPTH: usize = 3;

/// Words of the shell before which a command may stand, but that are none.
const KEYWORDS: [&str; 10] = ["if", "then", "else", "elif", "do", "while", "until", "{", "(", "fi"];

/// What a command does beside its purpose: it moves about, prints, or shortens what others print.
const ASIDES: [&str; 34] = [
    "cd", "export", "set", "source", ".", "echo", "printf", "true", "sleep", "mkdir", "rm", "cat", "head", "tail",
    "tee", "sort", "uniq", "wc", "grep", "egrep", "rg", "sed", "awk", "cut", "tr", "pwd", "for", "done", "fi", "}",
    "unset", "pushd", "popd", "which",
];

/// Programs whose second word says what they do.
const WITH_SUBCOMMAND: [&str; 20] = [
    "git",
    "go",
    "cargo",
    "npm",
    "pnpm",
    "yarn",
    "bun",
    "docker",
    "kubectl",
    "gh",
    "pip",
    "pip3",
    "uv",
    "poetry",
    "make",
    "just",
    "dotnet",
    "terraform",
    "mvn",
    "gradle",
];

/// What prints or passes on, and by itself hardly ever fails.
const PASSERS: [&str; 12] = ["echo", "printf", "true", "head", "tail", "sort", "uniq", "wc", "cut", "tr", "sed", "awk"];

/// A command and its programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The command as it was given.
    pub text: String,
    programs: Vec<Program>,
}

/// One program of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Program {
    /// Its name without the folder, and its first words.
    words: Vec<String>,
    /// Its options, without what they are set to.
    options: Vec<String>,
    /// Whether what it says about failures is thrown away.
    is_hushed: bool,
    /// Whether the next program runs whatever this one ends with, and in its place answers for the whole.
    is_apart: bool,
}

impl Program {
    fn is_one_of(&self, names: &[&str]) -> bool {
        self.words.first().is_some_and(|name| names.contains(&name.as_str()))
    }

    fn is_like(&self, patterns: &[&str]) -> bool {
        patterns.iter().any(|pattern| matches(pattern, &self.words))
    }

    /// Whether it was given a word or an option.
    fn was_given(&self, word: &str) -> bool {
        self.options.iter().chain(self.words.iter().skip(1)).any(|given| given == word)
    }
}

impl Command {
    /// Finds the command in the input of a call, which may be cut anywhere.
    pub fn read(call: &str) -> Command {
        let scripted = call.split_once(SCRIPTED.0).and_then(|(_, input)| input.split_once(SCRIPTED.1));
        let words = match scripted.and_then(|(_, command)| quoted(command)) {
            Some(command) => vec![command],
            None => json::texts(call, &FIELDS),
        };
        // A list of words starts a shell that is given the script as its last word, or is the program itself.
        let text = match words.as_slice() {
            [shell, .., script] if SHELLS.contains(&bare(shell)) => script.clone(),
            words => words.join(" "),
        };
        let programs = programs(&text, DEPTH);
        Command { text, programs }
    }

    /// Whether a program matches one of the patterns: words, of which the last may end in a `*`.
    pub fn runs(&self, patterns: &[&str]) -> bool {
        self.programs.iter().any(|program| program.is_like(patterns))
    }

    /// Whether the program whose exit code counts matches one of the patterns.
    pub fn ends_with(&self, patterns: &[&str]) -> bool {
        self.ending().next().is_some_and(|program| program.is_like(patterns))
    }

    /// Whether the exit code can be that of a program that matches one of the patterns and
    /// whose errors are thrown away: nothing behind it could have failed with words of its own.
    pub fn ends_hushed(&self, patterns: &[&str]) -> bool {
        for (program, at) in self.ending().zip(0..) {
            if at > 0 && program.is_apart {
                return false;
            }
            if program.is_like(patterns) && program.is_hushed {
                return true;
            }
            if !program.is_one_of(&PASSERS) {
                return false;
            }
        }
        false
    }

    /// The programs from the last one on backwards, without the words that only end a block.
    fn ending(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter().rev().skip_while(|program| program.is_one_of(&["done", "fi", "}"]))
    }

    /// The programs as they are known, but for those that only serve others, unless they are `wanted`; each once, the
    /// full name and the bare one.
    pub fn known(&self, wanted: &[&str]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for program in &self.programs {
            let Some(name) = program.words.first().filter(|name| is_plain(name)) else { continue };
            if ASIDES.contains(&name.as_str()) && !wanted.contains(&name.as_str()) {
                continue;
            }
            let pair = (known_as(program.words.iter().map(String::as_str)).unwrap_or_default(), name.clone());
            if !found.contains(&pair) {
                found.push(pair);
            }
        }
        found
    }

    /// The word or option as it was given to a program, of which a text tells: `A` may be told of `-A`, `-nA` or `--A`.
    pub fn given(&self, program: &str, told: &str) -> Option<String> {
        let is_meant = |known: &&Program| {
            known.words.first().is_some_and(|name| name == program)
                || known_as(known.words.iter().map(String::as_str)).is_some_and(|name| name == program)
        };
        let letter = Some(told).filter(|told| told.chars().count() == 1);
        self.programs.iter().filter(is_meant).find_map(|known| {
            let mut forms = [told.to_owned(), format!("--{told}"), format!("-{told}")].into_iter();
            let is_bundle = |option: &&String| {
                letter.is_some_and(|letter| {
                    !option.starts_with("--") && option.starts_with('-') && option.contains(letter)
                })
            };
            forms
                .find(|form| known.was_given(form))
                .or_else(|| known.options.iter().find(is_bundle).map(|_| format!("-{told}")))
        })
    }

    /// What failed: the program that the text says it is about or from, or that was given what
    /// the text tells of, or else the last one that is no aside.
    pub fn subject(&self, text: &str, told: &str) -> Option<String> {
        if let Some(usage) = text.lines().find_map(usage) {
            return Some(usage);
        }
        let speakers: Vec<_> = text.lines().filter_map(speaker).take(SPEAKERS).collect();
        let is_telling = told.contains(|character: char| character.is_ascii_alphabetic());
        let last = |is: &dyn Fn(&Program) -> bool| self.programs.iter().rev().find(|program| is(program));
        let program = last(&|program| program.is_one_of(&speakers))
            .or_else(|| last(&|program| is_telling && program.was_given(told)))
            .or_else(|| last(&|program| !program.is_one_of(&ASIDES)))
            .or(self.programs.last())?;
        known_as(program.words.iter().map(String::as_str))
    }
}

/// The text in quotes with which this begins.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start_matches(['"', ':', ' ']);
    // The first quote was passed by with the field's own.
    let end = text.find(['"', '\'', '`']).unwrap_or(text.len());
    let (before, behind) = text.split_at_checked(end)?;
    if !before.is_empty() {
        return Some(before.to_owned());
    }
    let open = behind.chars().next()?;
    behind.get(1..)?.split(open).next().map(str::to_owned)
}

/// The program of a line that says how one is called: `usage: git status [<options>]`.
fn usage(line: &str) -> Option<String> {
    let line = line.trim_start();
    let usage = line.strip_prefix("Usage: ").or_else(|| line.strip_prefix("usage: "))?;
    known_as(usage.split_whitespace())
}

/// The program that a line of an error says it is from: `sed: can't read ...`.
fn speaker(line: &str) -> Option<&str> {
    line.split_once(": ").map(|(name, _)| bare(name)).filter(|name| is_plain(name))
}

/// A program's name without its folder and its ending.
fn bare(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name = [".exe", ".cmd", ".bat"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    if name.starts_with("python3.") { "python3" } else { name }
}

/// A program by its name and, where these say what it does, by its next words.
fn known_as<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<String> {
    let name = words.next().filter(|name| is_plain(name))?;
    let mut known = name.to_owned();
    if !WITH_SUBCOMMAND.contains(&name) {
        return Some(known);
    }
    for word in words.take_while(|word| is_plain(word)) {
        known.extend([" ", word]);
        if !["run", "exec", "compose"].contains(&word) {
            break;
        }
    }
    Some(known)
}

/// Whether a word names something that stays the same: no path, no number, no variable.
fn is_plain(word: &str) -> bool {
    word.len() <= 32
        && word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|character| character.is_ascii_alphanumeric() || "-_.:".contains(character))
}

/// Whether words begin with those of a pattern, of which the last may end in a `*`.
pub(crate) fn matches<W: AsRef<str>>(pattern: &str, words: impl IntoIterator<Item = W>) -> bool {
    let mut words = words.into_iter();
    pattern.split(' ').all(|part| {
        words.next().is_some_and(|word| match part.strip_suffix('*') {
            Some(start) => word.as_ref().starts_with(start),
            None => word.as_ref() == part,
        })
    })
}

/// Splits a script into programs. Quoted text is one word, and here-documents are passed over; what a
/// substitution inside of quotes runs is not seen, which is why no rule should rely on a program alone.
fn programs(script: &str, depth: usize) -> Vec<Program> {
    let mut programs: Vec<Program> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut ends: Vec<String> = Vec::new();
    let mut characters = script.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some('"') | None, '\\') => match characters.next() {
                Some('\n') | None => {}
                Some(next) => word.push(next),
            },
            (Some(_), _) => word.push(character),
            (None, '\'' | '"') => quote = Some(character),
            (None, '<') => {
                let (run, end) = here_document(characters.as_str());
                ends.extend(end);
                word.push(character);
                word.push_str(run);
                characters = characters.as_str().get(run.len()..).unwrap_or_default().chars();
            }
            (None, '\n' | ';' | '|' | '&' | '(' | ')') => {
                // `2>&1` and `&>file` part no programs.
                if character == '&' && (word.ends_with('>') || characters.as_str().starts_with('>')) {
                    word.push(character);
                    continue;
                }
                if character == '\n' {
                    for end in ends.drain(..) {
                        characters = behind_line(characters.as_str(), &end).chars();
                    }
                }
                words.push(std::mem::take(&mut word));
                programs.extend(these(std::mem::take(&mut words), depth));
                let is_double = characters.as_str().starts_with(character) && matches!(character, '|' | '&');
                if is_double {
                    characters.next();
                }
                // What stands behind `&&` or `|` is of one piece with what stands before.
                let is_joined =
                    character == '|' && !is_double || character == '&' && is_double || "()".contains(character);
                if let Some(program) = programs.last_mut() {
                    program.is_apart |= !is_joined;
                }
            }
            (None, _) if character.is_whitespace() => words.push(std::mem::take(&mut word)),
            (None, _) => word.push(character),
        }
        if programs.len() >= PROGRAMS {
            return programs;
        }
    }
    words.push(word);
    programs.extend(these(words, depth));
    programs.truncate(PROGRAMS);
    programs
}

/// How a here-document is announced behind the first `<`, and the line that ends it.
fn here_document(behind: &str) -> (&str, Option<String>) {
    let signs = if behind.starts_with("<<") {
        "<<"
    } else if behind.starts_with("<-") {
        "<-"
    } else {
        "<"
    };
    let Some(rest) = behind.strip_prefix(signs).filter(|_| signs != "<<") else {
        return (if behind.starts_with("<<") { signs } else { "" }, None);
    };
    let blank = rest.len() - rest.trim_start_matches(' ').len();
    let is_end = |character: char| character.is_ascii_alphanumeric() || "_-.'\"\\!".contains(character);
    let named = rest.trim_start_matches(' ');
    let length = named.find(|character| !is_end(character)).unwrap_or(named.len());
    let end: String = named.chars().take(length).filter(|character| !"'\"\\".contains(*character)).collect();
    let run = behind.get(..signs.len() + blank + length).unwrap_or_default();
    // `1 << 3` shifts a number.
    let is_name = end.starts_with(|first: char| first.is_ascii_alphabetic() || "_!".contains(first));
    if is_name { (run, Some(end)) } else { ("", None) }
}

/// What stands behind the first line that says this and no more.
fn behind_line<'a>(text: &'a str, line: &str) -> &'a str {
    let mut rest = text;
    while !rest.is_empty() {
        let (first, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = behind;
        if first.trim() == line {
            break;
        }
    }
    rest
}

/// The programs of one command: one, or those of the script that a shell is given.
fn these(words: Vec<String>, depth: usize) -> Vec<Program> {
    let kept = words.iter().filter(|word| !word.is_empty() && !KEYWORDS.contains(&word.as_str()));
    let mut inner = kept.skip_while(|word| WRAPPERS.contains(&word.as_str()) || word.contains('='));
    let name = inner.next().map(|word| bare(word)).unwrap_or_default();
    let is_shell = SHELLS.contains(&name);
    if depth > 0 && (is_shell || ENVIRONMENTS.contains(&name)) {
        let marks: &[&str] = if is_shell { &SCRIPT_OPTIONS } else { &INSIDE };
        let script: Vec<_> = inner.skip_while(|word| !marks.contains(&word.as_str())).skip(1).cloned().collect();
        match script.as_slice() {
            [] => {}
            [script] => return programs(script, depth - 1),
            // What stands behind a shell's script is handed to the script.
            [script, ..] if is_shell && !name.starts_with('p') && name != "cmd" => return programs(script, depth - 1),
            _ => return these(script, depth - 1),
        }
    }
    program(words).into_iter().collect()
}

/// One program from its words.
fn program(words: Vec<String>) -> Option<Program> {
    let mut kept: Vec<String> = Vec::new();
    let mut options: Vec<String> = Vec::new();
    let mut skip = false;
    let mut is_asked = false;
    let is_hushed = is_hushed(&words);
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        if std::mem::take(&mut skip) {
            continue;
        }
        let is_redirection = word.contains('>') || word.starts_with('<');
        let is_option = word.starts_with('-') && word.len() > 1 || word.starts_with('+');
        if kept.is_empty() {
            // `command -v x` asks where x is.
            if is_asked && ["-v", "-V"].contains(&word.as_str()) {
                kept.push("command".to_owned());
                continue;
            }
            let is_assignment = word.split_once('=').is_some_and(|(name, _)| is_plain(name));
            if is_assignment || is_option || is_redirection || KEYWORDS.contains(&word.as_str()) {
                continue;
            }
            if WRAPPERS.contains(&word.as_str()) {
                is_asked = word == "command";
                continue;
            }
            // How long, how often, how nice.
            if word.starts_with(|first: char| first.is_ascii_digit()) {
                continue;
            }
            kept.push(bare(&word).to_owned());
        } else if is_option {
            // `git -C folder commit`: the folder is no subcommand.
            skip = kept.len() == 1 && ["-C", "-c", "--git-dir"].contains(&word.as_str());
            options.push(word.split_once('=').map_or(word.as_str(), |(option, _)| option).to_owned());
        } else if !is_redirection && kept.len() < WORDS {
            kept.push(word);
        }
        if WRAPPER_PAIRS.iter().any(|pair| kept == pair) {
            kept.clear();
        }
    }
    (!kept.is_empty()).then_some(Program { words: kept, options, is_hushed, is_apart: false })
}

/// Whether errors are sent nowhere: `2>/dev/null`, `2> /dev/null`, `&>/dev/null`, `2>&-`.
fn is_hushed(words: &[String]) -> bool {
    let is_nowhere = |target: &str| ["/dev/null", "$null", "NUL", "nul", "&-"].contains(&target);
    let mut words = words.iter().filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        let target = ["2>>", "2>", "&>", "*>"].iter().find_map(|sign| word.strip_prefix(sign));
        let is_thrown_away = match target {
            Some("") => words.next().is_some_and(|target| is_nowhere(target)),
            Some(target) => is_nowhere(target),
            None => false,
        };
        if is_thrown_away {
            return true;
        }
    }
    false
}
