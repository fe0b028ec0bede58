//! What is known of the names of a batch, so that no name is looked up twice.

use crate::bounded::cut;
use crate::slots::{NONE, Slots};
use crate::sum::Sum;

/// The kinds that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Prompt,
    Usage,
    Call,
    Answer,
    Compaction,
    Other,
}

/// What was found out about a name of the batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub kind: Option<Kind>,
    pub failed: Option<bool>,
    pub session: u16,
    pub sub_agent: u16,
    pub project: u16,
    pub model: u16,
    pub tool: u16,
}

/// A name of which nothing was found out yet.
pub(crate) const UNKNOWN: Known =
    Known { kind: None, failed: None, session: NONE, sub_agent: NONE, project: NONE, model: NONE, tool: NONE };

/// The number of a name in some slots, looked up once a batch.
pub(crate) fn number<T: Sum>(
    known: &mut [Known],
    field: impl Fn(&mut Known) -> &mut u16,
    slots: &mut Slots<T>,
    names: &[String],
    name: u32,
) -> (u16, bool) {
    let held = field(&mut known[name as usize]);
    if *held != NONE {
        return (*held, false);
    }
    let (number, is_new) = slots.number(cut(&names[name as usize]));
    *held = number;
    (number, is_new)
}

/// The kind of a name.
pub(crate) fn kind(name: &str) -> Kind {
    match name {
        "prompt" => Kind::Prompt,
        "usage" => Kind::Usage,
        "tool-call" => Kind::Call,
        "tool-result" => Kind::Answer,
        "compaction" => Kind::Compaction,
        _ => Kind::Other,
    }
}
