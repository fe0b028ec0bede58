//! The first line of a file that the program writes beside files of people: by it we know our own.
//!
//! It holds a hash of all that follows. A file without it, or whose content has another hash, is a person's: it is neither
//! replaced nor removed.

use crate::event::{Millis, format_rfc3339};

/// Digits of the hash. A guess: many times what keeps an accident from looking like us.
const DIGITS: usize = 32;

/// What both kinds of marker begin with, and what follows the hash.
const MARKDOWN: [&str; 2] = ["<!-- logwright:", " -->"];
const JSON: [&str; 2] = ["{\"logwright\": \"", "\","];

/// Markdown with its marker.
pub fn signed_markdown(body: &str, now: Millis) -> String {
    signed(MARKDOWN, body, now)
}

/// The members of a JSON object, with its marker as the first of them. `members` ends the object.
pub fn signed_json(members: &str, now: Millis) -> String {
    signed(JSON, members, now)
}

fn signed([before, after]: [&str; 2], body: &str, now: Millis) -> String {
    format!("{before}{} {}{after}\n{body}", digest(body), format_rfc3339(now))
}

/// What follows the marker of a file that we wrote and nobody changed.
pub fn own_body(text: &str) -> Option<&str> {
    let (first, body) = text.split_once('\n')?;
    let said = [MARKDOWN, JSON].iter().find_map(|[before, after]| first.strip_prefix(before)?.strip_suffix(after))?;
    let (hash, _) = said.split_once(' ')?;
    (hash == digest(body)).then_some(body)
}

/// When a file of ours was written, as its marker says.
pub fn written(text: &str) -> Option<Millis> {
    let first = text.lines().next()?;
    let said = [MARKDOWN, JSON].iter().find_map(|[before, after]| first.strip_prefix(before)?.strip_suffix(after))?;
    crate::event::parse_rfc3339(said.split_once(' ')?.1)
}

fn digest(body: &str) -> String {
    let mut digest = blake3::hash(body.as_bytes()).to_hex().to_string();
    digest.truncate(DIGITS);
    digest
}

#[cfg(test)]
mod tests {
    use super::{own_body, signed_json, signed_markdown, written};

    #[test]
    fn our_files_are_known_until_somebody_changes_them() {
        let text = signed_markdown("# A\n", 1_767_225_600_000);
        assert_eq!(own_body(&text), Some("# A\n"));
        assert_eq!(written(&text), Some(1_767_225_600_000));
        assert_eq!(own_body(&text.replace("# A", "# B")), None);
        assert_eq!(own_body(&format!("{text}more")), None);
        assert_eq!(own_body(&format!("\n{text}")), None);
        for other in ["", "# A", "<!-- logwright: -->\n", "<!-- logwright:00 2026 -->\nx", "{}\n"] {
            assert_eq!(own_body(other), None, "{other}");
        }
    }

    #[test]
    fn json_stays_json() {
        let text = signed_json("\"format\": 1}\n", 0);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["format"], 1);
        assert_eq!(own_body(&text), Some("\"format\": 1}\n"));
    }
}
