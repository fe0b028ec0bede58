//! What resolved the incidents of a group, in words.

use crate::command::matches;
use crate::compact::{Compact, Kind};
use crate::normal;
use crate::propose::Group;
use crate::template::render;

/// Bytes of what is said of a way.
const WHAT_BYTES: usize = 80;

/// A way of resolving that speaks for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What kind of way it is.
    pub kind: &'static Kind,
    /// The command, the tool, the field.
    pub what: String,
    /// How often it succeeded.
    pub count: u64,
    /// How many were resolved.
    pub of: u64,
}

impl Way {
    /// Finds the most telling way: of the first kind that has one which counts, the most frequent.
    pub fn find(rules: &Compact, group: &Group<'_>, own: &[&str]) -> Option<Way> {
        let mined = &rules.mined;
        let resolved = group.resolutions.iter().filter(|(name, _)| ["repeated", "changed"].contains(name));
        let of = resolved.fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        let ways: Vec<(usize, &Kind, &str, u64)> = group
            .resolutions
            .iter()
            .filter_map(|(name, count)| {
                let mut known = mined.kinds.iter().zip(0..);
                let (what, kind, at) = known.find_map(|(kind, at)| Some((kind.what(name)?, kind, at)))?;
                Some((at, kind, what, (*count).min(of)))
            })
            .filter(|(_, kind, what, count)| {
                *count >= mined.least
                    && count.saturating_mul(100) >= mined.share.saturating_mul(of)
                    && !kind.ignores(what)
                    && !own.iter().any(|own| is_same(own, what))
            })
            .collect();
        let first = ways.iter().map(|(at, ..)| *at).min()?;
        let most = ways.iter().filter(|(at, ..)| *at == first).map(|(.., count)| *count).max()?;
        let (_, _, what, count) = ways.iter().find(|(at, .., count)| *at == first && *count == most)?;
        Some(Way { kind: mined.kinds.get(first)?, what: shown(what), count: *count, of })
    }

    /// How often it succeeded, as a sentence.
    pub fn sentence(&self) -> String {
        let (count, of) = (self.count.to_string(), self.of.to_string());
        let value = |name: &str| match name {
            "count" => Some(count.as_str()),
            "of" => Some(of.as_str()),
            "what" => Some(self.what.as_str()),
            _ => None,
        };
        render(self.kind.says, value).unwrap_or_default()
    }
}

impl Kind {
    /// What a tally's name says; nothing if it is of another kind.
    fn what<'n>(&self, name: &'n str) -> Option<&'n str> {
        self.tallies.iter().find_map(|tally| {
            let Some(start) = tally.strip_suffix("{what}") else {
                return (*tally == name).then_some("");
            };
            let rest = match start.split_once("{tool}") {
                Some((before, behind)) => name.strip_prefix(before)?.split_once(behind)?.1,
                None => name.strip_prefix(start)?,
            };
            Some(rest).filter(|rest| !rest.is_empty())
        })
    }

    fn ignores(&self, what: &str) -> bool {
        self.ignore.iter().any(|pattern| matches(pattern, what.split_whitespace()))
    }
}

/// Whether a command is the one that failed, with more or fewer words.
fn is_same(own: &str, what: &str) -> bool {
    let (mut own, mut what) = (own.split_whitespace(), what.split_whitespace());
    let mut pairs = own.by_ref().zip(what.by_ref()).peekable();
    pairs.peek().is_some() && pairs.all(|(one, other)| one == other)
}

/// What comes from a log, in one line and without the sign that quotes it.
fn shown(what: &str) -> String {
    let plain = |character: char| if character.is_control() || is_unseen(character) { ' ' } else { character };
    let text: String = what.chars().map(|character| if character == '`' { '\'' } else { plain(character) }).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    normal::cut(text, WHAT_BYTES)
}

/// Whether a character turns or hides what stands around it.
fn is_unseen(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
