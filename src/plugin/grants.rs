//! Grants: what a person allowed a plugin to see and to do.

use super::description_v0::CRITICAL;
use std::collections::BTreeSet;

/// What a plugin may have of what it asks for, in the words of `LoadedPlugin::asks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// All of it: the plugin is the program's own, or it is only looked at.
    Everything,
    /// These alone.
    Only(BTreeSet<String>),
}

impl Granted {
    /// Whether it holds a word.
    pub fn holds(&self, ask: &str) -> bool {
        match self {
            Granted::Everything => true,
            Granted::Only(words) => words.contains(ask),
        }
    }

    /// Whether the plugin may have something kept for ever, should it ask for that. It runs without it, too, and then
    /// finds other things.
    pub fn holds_critical(&self) -> bool {
        self.holds(CRITICAL)
    }
}
