//! Puts `[masked: kind]` where a secret stood.

use std::borrow::Cow;

use super::scan::find;

/// Most passes over one text. What is masked changes what its neighbours stand beside, so that a second look can find
/// more; one pass nearly always finds all.
const PASSES: usize = 6;

/// Masks what looks like a secret or an e-mail address. A text without any comes back as it is.
pub fn mask(text: &str) -> Cow<'_, str> {
    let Some(mut masked) = masked_once(text) else { return Cow::Borrowed(text) };
    for _ in 0..PASSES {
        match masked_once(&masked) {
            Some(further) => masked = further,
            None => return Cow::Owned(masked),
        }
    }
    // A text that was built to change with every look says nothing that is worth the risk.
    Cow::Owned("[masked: text]".to_owned())
}

fn masked_once(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for found in find(text) {
        out.push_str(text.get(done..found.range.start)?);
        out.push_str("[masked: ");
        out.push_str(found.kind);
        out.push(']');
        done = found.range.end;
    }
    if done == 0 {
        return None;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}
