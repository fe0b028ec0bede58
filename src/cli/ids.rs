//! Ids as people write them: the first digits are enough.

use super::failure::Failure;
use crate::store::{IdRange, Reader};
use crate::view::short_id;

/// Candidates that are named where one was meant.
const NAMED: usize = 5;

/// What an id leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A failure.
    Error(u64),
    /// A group of failures.
    Group(u64),
    /// An event: its family, and its number there.
    Event(u64, u32),
}

/// Among what an id is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Among {
    /// Errors and their groups.
    Errors,
    /// Events, too.
    Everything,
}

/// What the id, or its first digits, leads to.
pub fn find(reader: &Reader, text: &str, among: Among) -> Result<Target, Failure> {
    let range = IdRange::of_prefix(text).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no id"))
            .hint("an id has up to 16 digits, 0 to 9 and a to f; `logwright errors` lists those of errors")
    })?;
    // One more than is named, to know that there are more.
    let limit = NAMED + 1;
    let errors = reader.errors_in(range, limit)?;
    let groups = reader.groups_in(range, limit)?;
    let is_found = range.is_whole() && !(errors.is_empty() && groups.is_empty());
    let events = if among == Among::Errors || is_found { Vec::new() } else { reader.events_in(range, limit)? };
    let mut found: Vec<(Target, u64)> = Vec::new();
    found.extend(errors.into_iter().map(|id| (Target::Error(id), id)));
    found.extend(groups.into_iter().map(|id| (Target::Group(id), id)));
    found.extend(events.into_iter().map(|(id, family, n)| (Target::Event(family, n), id)));
    // A whole id can stand for several things only if several copies of the program's hashes fall together.
    match found.as_slice() {
        [] => Err(unknown(text, among)),
        [(target, _), rest @ ..] if rest.is_empty() || range.is_whole() => Ok(*target),
        several => {
            Err(Failure::usage(format!("several ids begin with `{text}`: {}", named(several)))
                .hint("write more of the id"))
        }
    }
}

fn named(several: &[(Target, u64)]) -> String {
    let word = |target: &Target| match target {
        Target::Error(_) => "error",
        Target::Group(_) => "group",
        Target::Event(..) => "event",
    };
    let mut names: Vec<String> =
        several.iter().take(NAMED).map(|(target, id)| format!("{} {id:016x}", word(target))).collect();
    if several.len() > NAMED {
        names.push("...".to_owned());
    }
    names.join(", ")
}

fn unknown(text: &str, among: Among) -> Failure {
    match among {
        Among::Errors => Failure::usage(format!("there is no error `{text}`"))
            .hint("`logwright errors` lists them, `--disposition all` those that are none, too"),
        Among::Everything => Failure::usage(format!("there is no event, error or group `{text}`"))
            .hint("`logwright errors` lists errors; `logwright show SESSION --format json` has the ids of events"),
    }
}

/// The one error that is meant.
pub fn find_error(reader: &Reader, text: &str) -> Result<u64, Failure> {
    match find(reader, text, Among::Errors)? {
        Target::Error(id) => Ok(id),
        Target::Group(id) | Target::Event(id, _) => {
            let group = short_id(id);
            Err(Failure::usage(format!("{group} is a group of errors"))
                .hint(format!("`logwright errors --group {group}` lists its errors; name those")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, named};

    #[test]
    fn a_few_candidates_are_named() {
        let several = [(Target::Error(1), 1), (Target::Group(2), 2), (Target::Event(3, 4), 5)];
        assert_eq!(named(&several), "error 0000000000000001, group 0000000000000002, event 0000000000000005");
        let many = [(Target::Error(1), 1); 6];
        assert!(named(&many).ends_with("0001, ..."));
    }
}
