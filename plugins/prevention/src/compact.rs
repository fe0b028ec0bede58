//! The rules as they are kept: lists numbered, nothing left to parse, and everything in
//! slices, so that the shipped rules can be data of the program and cost nothing at start.

/// A rule file that was understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Compact {
    /// What failures are called.
    pub classes: &'static [Class],
    /// In the order in which they are tried.
    pub rules: &'static [Rule],
    /// The kinds that rules name; each is a bit of [`Rule::kinds`].
    pub kinds: &'static [&'static str],
    /// The distinct lists of tools; each is a bit of [`Rule::tools`].
    pub tools: &'static [&'static [&'static str]],
    /// The distinct lists of programs.
    pub programs: &'static [&'static [&'static str]],
    /// What the host searches for.
    pub literals: &'static [&'static str],
    /// What is searched for in the part that is handed over.
    pub parts: &'static [&'static str],
    /// What is said of the ways in which failures were resolved.
    pub mined: Mined,
    /// The pattern of what may stand between the words of a program.
    pub gap: &'static str,
    /// How stack traces are read.
    pub stacks: &'static [Stack],
}

/// How the stack traces of a language are read. In a list of names a `*` at the end stands for
/// the rest of a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Stack {
    /// What they look like.
    pub language: Language,
    /// How many of the program's own functions count.
    pub frames: u8,
    /// Names of functions by which a program ends itself, whatever the reason.
    pub raising: &'static [&'static str],
    /// Names of functions by which a program ends itself, and that tell why.
    pub ending: &'static [&'static str],
    /// Names of what stands between a signal and its handler.
    pub signals: &'static [&'static str],
    /// Names of functions of libraries.
    pub names: &'static [&'static str],
    /// Beginnings of parts of the places where libraries lie, in lower case, in order, none of them
    /// the beginning of another one.
    pub places: &'static [&'static str],
    /// The same, of libraries whose functions serve everything else.
    pub core: &'static [&'static str],
    /// What stands for the name of a function that has none.
    pub unnamed: &'static [&'static str],
}

/// The languages whose stack traces can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Language {
    Python,
    Js,
    Java,
    Go,
    Rust,
    Dotnet,
    Ruby,
    Php,
    Native,
}

impl Language {
    /// The language of a name.
    pub fn of(name: &str) -> Option<Language> {
        Some(match name {
            "python" => Language::Python,
            "js" => Language::Js,
            "java" => Language::Java,
            "go" => Language::Go,
            "rust" => Language::Rust,
            "dotnet" => Language::Dotnet,
            "ruby" => Language::Ruby,
            "php" => Language::Php,
            "native" => Language::Native,
            _ => return None,
        })
    }
}

/// A class of causes.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name, such as `edit.not_read`.
    pub name: &'static str,
    /// Whose it is to mend.
    pub owner: &'static str,
    /// An OpenTelemetry severity number.
    pub severity: u8,
    /// What happened; `{}` stands for the telling part, `{by}` for the tool or program.
    pub title: &'static str,
    /// What stands for the telling part where none was found.
    pub unnamed: &'static str,
    /// What would prevent it.
    pub protocols: &'static [Template],
}

/// A protocol with the telling part left open.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    /// Its title.
    pub title: &'static str,
    /// The tools it is for; none: each that failed and that no other template of the class names.
    pub tools: &'static [&'static str],
    /// The programs it is for: one of them must be the one that failed. None: whatever failed.
    pub programs: &'static [&'static str],
    /// Field, operator, value.
    pub conditions: &'static [(&'static str, &'static str, &'static str)],
    /// Tool, field, calls.
    pub unless: &'static [(&'static str, &'static str, u32)],
    /// What to do.
    pub advice: &'static str,
    /// What to do where the same call mostly succeeded later; empty: the same.
    pub repeated: &'static str,
    /// What to do where another call mostly succeeded later; empty: the same.
    pub changed: &'static str,
    /// What to do where a way of resolving speaks for all: its kind, the words.
    pub mined: &'static [(&'static str, &'static str)],
    /// How sure it is with the least support.
    pub confidence: u8,
}

/// What is said of the ways in which failures were resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct Mined {
    /// How often a way must have succeeded.
    pub least: u64,
    /// In how many hundredths of what was resolved.
    pub share: u64,
    /// The most telling first.
    pub kinds: &'static [Kind],
}

/// A kind of ways to resolve a failure.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// What templates call it.
    pub name: &'static str,
    /// Names of tallies, in which `{tool}` and `{what}` stand for what differs.
    pub tallies: &'static [&'static str],
    /// What is said; `{count}`, `{of}` and `{what}` stand for what was found.
    pub says: &'static str,
    /// What `{what}` must not be: words, of which the last may end in a `*`.
    pub ignore: &'static [&'static str],
}

/// A rule; all its conditions must hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Bits of [`Compact::kinds`]; 0 for any.
    pub kinds: u16,
    /// Bits of [`Compact::tools`]; 0 for any.
    pub tools: u32,
    /// One more than the index of a list of programs of which the command runs one.
    pub programs: u16,
    /// One more than the index of a list of programs of which one comes last.
    pub last: u16,
    /// The same, of which the one that failed had its errors thrown away.
    pub hushed: u16,
    /// Exit codes.
    pub exit: &'static [i32],
    /// Whether the failure must say nothing.
    pub silent: bool,
    /// What the failure starts with.
    pub starts: &'static [&'static str],
    /// Indices into [`Compact::literals`]: one must stand in the failure.
    pub holds: &'static [u16],
    /// The same, once more.
    pub also: &'static [u16],
    /// Indices into [`Compact::parts`]: one must stand in the part of the failure that is handed over.
    pub says: &'static [u16],
    /// None of these may stand in the failure.
    pub lacks: &'static [u16],
    /// One must stand in the last line.
    pub ends: &'static [&'static str],
    /// What the command must hold.
    pub call: &'static [&'static str],
    /// What the agent must have said before, in lower case.
    pub before: &'static [&'static str],
    /// Attributes and the values that count.
    pub attributes: &'static [(&'static str, &'static [&'static str])],
    /// Index into [`DISPOSITIONS`].
    pub disposition: u8,
    /// Why it is benign, or of what it is an echo.
    pub reason: &'static str,
    /// Index into [`Compact::classes`].
    pub class: u16,
    /// Where the telling part stands; the first that is found counts.
    pub tell: &'static [Pattern],
    /// Whether one of them must be found.
    pub told: bool,
    /// A telling part that is always the same, before what is found.
    pub telling: &'static str,
    /// What else tells failures apart.
    pub by: By,
    /// One more than the index of how the stack trace is read; 0 if it is not.
    pub stack: u8,
    /// Asks that the incident be kept for ever.
    pub critical: bool,
}

/// What stands between the class and the telling part of a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Nothing.
    Nothing,
    /// The tool.
    Tool,
    /// The program that the command is about.
    Program,
}

/// A place in a text: what stands before, what is taken, what stands behind.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Only where a line begins.
    pub anchored: bool,
    /// The literal before.
    pub before: &'static str,
    /// What is taken.
    pub capture: Capture,
    /// The literal behind.
    pub after: &'static str,
}

/// What a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// Nothing: the pattern's own words tell enough.
    Nothing,
    /// A name: of a program, a module, an option.
    Name,
    /// A code with a digit, such as `TS2345`.
    Code,
    /// The rest of the line, normalised.
    Line,
    /// The whole line in which the pattern stands, normalised.
    Whole,
    /// The first exception that a line begins with.
    FirstException,
    /// The last exception that a line begins with.
    LastException,
}

/// What a failure can turn out to be; the first is what a rule gives unless it says otherwise.
pub const DISPOSITIONS: [&str; 4] = ["incident", "benign", "echo", "decision"];
