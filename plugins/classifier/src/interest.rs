//! What the rules need to see: nothing is asked for that no rule looks at.

use crate::kept::{Rule, Rules};

/// What the rules need of one kind of event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindInterest {
    /// The kind; `*` stands for all that are not named.
    pub kind: String,
    /// Text is needed only of failures.
    pub text_of_failures_only: bool,
    /// How many bytes of text.
    pub text_bytes: u32,
    /// Whether the literals are to be searched.
    pub search: bool,
}

/// What the rules need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// One entry for each kind that a rule names, and one for the rest.
    pub kinds: Vec<KindInterest>,
    /// The optional fields.
    pub fields: Vec<&'static str>,
    /// What some rule looks for in the whole text.
    pub literals: Vec<String>,
}

impl Rules {
    /// What the rules need to see.
    pub fn interest(&self) -> Interest {
        let named = self.kinds.iter().copied();
        let kinds = named.chain([("*", self.others)]).map(|(kind, rules)| self.need(kind, rules)).collect();
        let any = |asks: fn(&Rule) -> bool| self.rules.iter().any(asks);
        let fields = [
            ("tool", any(|rule| rule.tools != 0)),
            ("duration", any(|rule| rule.duration != 0)),
            ("size", any(|rule| rule.size != 0)),
            ("attributes", any(|rule| !rule.attributes.is_empty())),
        ];
        let fields = fields.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect();
        Interest { kinds, fields, literals: self.literals.iter().map(|literal| (*literal).to_owned()).collect() }
    }

    /// What it asks for beyond data.
    pub fn grants(&self) -> Vec<String> {
        let critical = self.rules.iter().any(|rule| rule.outcome.is_some_and(|outcome| outcome.critical));
        if critical { vec!["critical".to_owned()] } else { Vec::new() }
    }

    fn need(&self, kind: &str, rules: &[u32]) -> KindInterest {
        let reading = || {
            let rules = rules.iter().map(|index| &self.rules[*index as usize]);
            rules.filter(|rule| !rule.starts.is_empty() || !rule.holds.is_empty())
        };
        let longest = reading().flat_map(|rule| rule.starts).map(|start| start.len()).max().unwrap_or(0);
        KindInterest {
            kind: kind.to_owned(),
            text_of_failures_only: reading().next().is_some() && reading().all(|rule| rule.failed == Some(true)),
            text_bytes: longest.try_into().unwrap_or(u32::MAX),
            search: reading().any(|rule| !rule.holds.is_empty()),
        }
    }
}
