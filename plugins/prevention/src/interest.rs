//! What the rules need to see: nothing is asked for that no rule looks at.

use crate::compact::{By, Compact, Rule};

/// Bytes of a failure: what tells its cause mostly stands near the beginning, and what
/// stands further back is found by literals.
pub const FAILURE_BYTES: u32 = 4096;

/// Bytes of a failure that may hold a stack trace, of which some languages print the inner
/// end last.
pub const TRACE_BYTES: u32 = 8192;

/// Bytes of a call: the programs of a command. Longer ones carry a file inside.
const CALL_BYTES: u32 = 2048;

/// Bytes of what the agent said before.
const BEFORE_BYTES: u32 = 512;

/// Room for what stands before the beginning that rules mean, such as an exit code.
const HEADER_BYTES: u32 = 256;

/// What the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// The optional fields.
    pub fields: Vec<&'static str>,
    /// Texts and how many bytes of each.
    pub texts: Vec<(&'static str, u32)>,
    /// What some rule looks for in the whole text.
    pub literals: Vec<String>,
}

impl Compact {
    /// What the rules need to see.
    pub fn interest(&self) -> Interest {
        let any = |asks: fn(&Rule) -> bool| self.rules.iter().any(asks);
        let longest = self.rules.iter().flat_map(|rule| rule.starts).map(|start| start.len()).max();
        let failure = if any(|rule| rule.stack != 0) {
            TRACE_BYTES
        } else if any(|rule| rule.silent || !rule.tell.is_empty() || !rule.says.is_empty() || !rule.ends.is_empty()) {
            FAILURE_BYTES
        } else if longest.is_some() || any(|rule| !rule.exit.is_empty()) {
            u32::try_from(longest.unwrap_or(0)).unwrap_or(FAILURE_BYTES).saturating_add(HEADER_BYTES)
        } else {
            0
        };
        let by_command = any(|rule| {
            let by_program = rule.programs != 0 || rule.last != 0 || rule.hushed != 0 || rule.by == By::Program;
            by_program || !rule.call.is_empty()
        });
        let texts = [
            ("failure", failure),
            ("call", if by_command { CALL_BYTES } else { 0 }),
            ("before", if any(|rule| !rule.before.is_empty()) { BEFORE_BYTES } else { 0 }),
        ];
        let by_attributes = any(|rule| !rule.attributes.is_empty() || !rule.exit.is_empty());
        let by_tool = any(|rule| rule.tools != 0 || rule.by == By::Tool);
        let fields = [("tool", by_tool), ("attributes", by_attributes)];
        Interest {
            fields: fields.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect(),
            texts: texts.into_iter().filter(|(_, bytes)| *bytes > 0).collect(),
            literals: self.literals.iter().map(|literal| (*literal).to_owned()).collect(),
        }
    }

    /// What it asks for beyond data.
    pub fn grants(&self) -> Vec<String> {
        let critical = self.rules.iter().any(|rule| rule.critical);
        if critical { vec!["critical".to_owned()] } else { Vec::new() }
    }
}
