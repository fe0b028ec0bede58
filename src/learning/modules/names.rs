//! What the page of a session is called.

use crate::event::format_rfc3339;
use crate::store::SessionSummary;
use crate::view::session_name;
use std::collections::HashMap;
use xxhash_rust::xxh3::xxh3_64;

/// The file of each session, by its id: `<day>_<beginning of the id>.md`.
///
/// Pure. Ids that begin alike on the same day get a few digits of their hash, all of them, so that a name depends on the
/// sessions and not on which came first.
pub fn module_file_names(sessions: &[SessionSummary]) -> HashMap<String, String> {
    let mut taken: HashMap<String, u64> = HashMap::new();
    for session in sessions {
        *taken.entry(stem(session).to_lowercase()).or_default() += 1;
    }
    let name = |session: &SessionSummary| {
        let stem = stem(session);
        if taken.get(&stem.to_lowercase()) == Some(&1) {
            return format!("{stem}.md");
        }
        format!("{stem}-{:08x}.md", xxh3_64(session.id.as_bytes()) >> 32)
    };
    sessions.iter().map(|session| (session.id.clone(), name(session))).collect()
}

fn stem(session: &SessionSummary) -> String {
    let day = session.started.map(format_rfc3339).filter(|time| time.len() == 24);
    let day = day.as_deref().and_then(|time| time.get(..10)).unwrap_or("undated");
    let is_safe = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let short = session_name(&session.id);
    let safe: String = short.chars().map(|character| if is_safe(character) { character } else { '-' }).collect();
    format!("{day}_{}", if safe.is_empty() { "unnamed" } else { &safe })
}

#[cfg(test)]
mod tests {
    use super::module_file_names;
    use crate::store::SessionSummary;

    #[test]
    fn names_are_safe_and_no_two_are_alike() {
        let session = |id: &str| SessionSummary {
            id: id.to_owned(),
            started: Some(1_767_225_600_000),
            ..SessionSummary::default()
        };
        let ids = ["4c1f7a52-1111-2222", "../../x\n\u{202e}.md", "", "twin-one", "twin-two", "TWIN-one", "é"];
        let mut sessions: Vec<SessionSummary> = ids.map(session).into();
        sessions.push(SessionSummary { started: Some(i64::MAX), ..session("far") });
        let names = module_file_names(&sessions);
        assert_eq!(names["4c1f7a52-1111-2222"], "2026-01-01_4c1f7a52.md");
        assert_eq!(names[""], "2026-01-01_unnamed.md");
        assert_eq!(names["far"], "undated_far.md");
        let mut all: Vec<String> = names.values().map(|name| name.to_lowercase()).collect();
        assert!(
            all.iter().all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))),
            "{all:?}"
        );
        assert!(all.iter().all(|name| !name.starts_with('.') && name.len() < 80 && name.ends_with(".md")));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), sessions.len());
        sessions.reverse();
        assert_eq!(module_file_names(&sessions), names);
    }
}
