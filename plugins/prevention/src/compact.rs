//! The rules as they are kept: words borrowed, lists numbered, nothing left to parse.
//! The build writes the shipped rules in this form, and an instance decodes it.

use serde::{Deserialize, Serialize};

/// A rule file that was understood.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compact<'a> {
    /// What failures are called.
    #[serde(borrow)]
    pub classes: Vec<Class<'a>>,
    /// In the order in which they are tried.
    pub rules: Vec<Rule<'a>>,
    /// The kinds that rules name; each is a bit of [`Rule::kinds`].
    pub kinds: Vec<&'a str>,
    /// The distinct lists of tools; each is a bit of [`Rule::tools`].
    pub tools: Vec<Vec<&'a str>>,
    /// The distinct lists of programs.
    pub programs: Vec<Vec<&'a str>>,
    /// What the host searches for.
    pub literals: Vec<&'a str>,
}

/// A class of causes.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class<'a> {
    /// Its name, such as `edit.not_read`.
    pub name: &'a str,
    /// Whose it is to mend.
    pub owner: &'a str,
    /// An OpenTelemetry severity number.
    pub severity: u8,
    /// What happened; `{}` stands for the telling part, `{by}` for the tool or program.
    pub title: &'a str,
    /// What stands for the telling part where none was found.
    pub unnamed: &'a str,
    /// What would prevent it.
    pub protocols: Vec<Template<'a>>,
}

/// A protocol with the telling part left open.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template<'a> {
    /// Its title.
    pub title: &'a str,
    /// A tool's name; `{tool}` stands for each tool that failed.
    pub tool: &'a str,
    /// Field, operator, value.
    pub conditions: Vec<(&'a str, &'a str, &'a str)>,
    /// Tool, field, calls.
    pub unless: Vec<(&'a str, &'a str, u32)>,
    /// What to do.
    pub advice: &'a str,
    /// What to do where the same call mostly succeeded later; empty: the same.
    pub repeated: &'a str,
    /// What to do where another call mostly succeeded later; empty: the same.
    pub changed: &'a str,
    /// How sure it is with the least support.
    pub confidence: u8,
}

/// A rule; all its conditions must hold.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule<'a> {
    /// Bits of [`Compact::kinds`]; 0 for any.
    pub kinds: u16,
    /// Bits of [`Compact::tools`]; 0 for any.
    pub tools: u32,
    /// One more than the index of a list of programs of which the command runs one.
    pub programs: u16,
    /// One more than the index of a list of programs of which one comes last.
    pub last: u16,
    /// Exit codes.
    pub exit: Vec<i32>,
    /// Whether the failure must say nothing.
    pub silent: bool,
    /// What the failure starts with.
    pub starts: Vec<&'a str>,
    /// Indices into [`Compact::literals`]: one must stand in the failure.
    pub holds: Vec<u16>,
    /// The same, once more.
    pub also: Vec<u16>,
    /// None of these may stand in the failure.
    pub lacks: Vec<u16>,
    /// What the command must hold.
    pub call: Vec<&'a str>,
    /// What the agent must have said before, in lower case.
    pub before: Vec<&'a str>,
    /// Attributes and the values that count.
    pub attributes: Vec<(&'a str, Vec<&'a str>)>,
    /// Index into [`DISPOSITIONS`].
    pub disposition: u8,
    /// Why it is benign, or of what it is an echo.
    pub reason: &'a str,
    /// Index into [`Compact::classes`].
    pub class: u16,
    /// Where the telling part stands; the first that is found counts.
    pub tell: Vec<Pattern<'a>>,
    /// Whether one of them must be found.
    pub told: bool,
    /// A telling part that is always the same, before what is found.
    pub telling: &'a str,
    /// What else tells failures apart.
    pub by: By,
    /// Asks that the incident be kept for ever.
    pub critical: bool,
}

/// What stands between the class and the telling part of a fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// Nothing.
    Nothing,
    /// The tool.
    Tool,
    /// The program that the command is about.
    Program,
}

/// A place in a text: what stands before, what is taken, what stands behind.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern<'a> {
    /// Only where a line begins.
    pub anchored: bool,
    /// The literal before.
    pub before: &'a str,
    /// What is taken.
    pub capture: Capture,
    /// The literal behind.
    pub after: &'a str,
}

/// What a pattern takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Capture {
    /// Nothing: the pattern's own words tell enough.
    Nothing,
    /// A name: of a program, a module, an option.
    Name,
    /// A code with a digit, such as `TS2345`.
    Code,
    /// The rest of the line, normalised.
    Line,
    /// The first exception that a line begins with.
    FirstException,
    /// The last exception that a line begins with.
    LastException,
}

/// What a failure can turn out to be; the first is what a rule gives unless it says otherwise.
pub const DISPOSITIONS: [&str; 4] = ["incident", "benign", "echo", "decision"];
