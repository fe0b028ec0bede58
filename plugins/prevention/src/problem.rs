//! Why a rule file cannot be used.

use std::fmt;

/// The name of the rule file.
pub const FILE: &str = "prevention.toml";

/// Why a rule file cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is not TOML of the expected form.
    Syntax(String),
    /// Its format is of a later time.
    Format(u32),
    /// A class says something that means nothing.
    Class(String, String),
    /// What is said of ways to resolve means nothing.
    Mined(String),
    /// How stack traces are read says something that means nothing.
    Stack(String, String),
    /// A rule says something that means nothing; the first number is 1.
    Rule(usize, String),
    /// No last rule takes what the others leave.
    NoLastRule,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Syntax(text) => write!(out, "{FILE} cannot be read: {text}"),
            Problem::Format(format) => write!(out, "{FILE} has format {format}, but this plugin reads format 1"),
            Problem::Class(name, text) => write!(out, "{FILE}, class {name}: {text}"),
            Problem::Mined(text) => write!(out, "{FILE}, [mined] or [patterns]: {text}"),
            Problem::Stack(name, text) => write!(out, "{FILE}, stack {name}: {text}"),
            Problem::Rule(number, text) => write!(out, "{FILE}, rule {number}: {text}"),
            Problem::NoLastRule => write!(
                out,
                "{FILE}: the last rule must have no conditions and give an incident, so that every failure gets one"
            ),
        }
    }
}
