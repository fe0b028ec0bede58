//! Shortens the home folders of persons in paths, whose names are nobody's business: `/home/anna/x` becomes `~/x`.
//!
//! Knows `/home`, `/Users` and `\Users`, each also behind a drive (`C:`, `/c`, `/mnt/c`) and with the slashes of JSON,
//! and the folders in which an agent keeps its projects under their paths (`projects/-home-anna-x`), where a name that
//! holds a `-` is cut at it. Leaves out names with other characters than letters, digits, `.`, `_` and `-`, except
//! one blank on Windows; folders that belong to nobody (`/Users/Shared`); and `/root`.

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use aho_corasick::AhoCorasick;

use super::edges;

/// Folders beside the homes that belong to nobody.
const NOBODY: &[&str] = &["Shared", "Public", "Default", "linuxbrew", "All"];
/// Most slashes between two folders: JSON doubles them each time it is nested.
const SLASHES: usize = 16;
/// Longest name.
const NAME_BYTES: usize = 64;

/// Shortens the paths of home folders to `~`. A text without any comes back as it is.
pub fn shorten_homes(text: &str) -> Cow<'_, str> {
    static ROOTS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| AhoCorasick::new(["/home", "/Users", "\\Users", "-home-", "-Users-"]).ok());
    let mut out = String::new();
    let mut done = 0;
    for hit in roots.iter().flat_map(|roots| roots.find_iter(text)) {
        let encoded = hit.pattern().as_usize() >= 3;
        let home = if encoded { project(text.as_bytes(), hit.range()) } else { home(text.as_bytes(), hit.range()) };
        let Some(home) = home.filter(|home| home.end > done && hit.start() >= done) else { continue };
        // A name that ends like a drive: what it took is gone already.
        let (Some(before), true) = (text.get(done..home.start.max(done)), text.is_char_boundary(home.end)) else {
            continue;
        };
        out.push_str(before);
        out.push('~');
        done = home.end;
    }
    match text.get(done..) {
        Some(rest) if done > 0 => Cow::Owned(out + rest),
        _ => Cow::Borrowed(text),
    }
}

fn home(text: &[u8], root: Range<usize>) -> Option<Range<usize>> {
    let slash = |byte: &&u8| matches!(**byte, b'/' | b'\\');
    let ceiling = text.len().min(root.end + SLASHES);
    let slashes = text.get(root.end..ceiling)?.iter().take_while(slash).count();
    let name = root.end + slashes;
    if slashes == 0 {
        return None;
    }
    let ceiling = text.len().min(name + NAME_BYTES);
    let rest = text.get(name..ceiling)?;
    let mut length = name_length(rest);
    let windows = text.get(root.start) == Some(&b'\\');
    if windows && rest.get(length) == Some(&b' ') {
        let second = name_length(rest.get(length + 1..)?);
        let closed = rest.get(length + 1 + second) == Some(&b'\\');
        length += if second > 0 && closed { 1 + second } else { 0 };
    }
    let who = rest
        .get(..length)
        .filter(|who| who.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80))?;
    // The full stop of a sentence.
    let dots = if rest.get(length).is_some_and(|byte| slash(&byte)) {
        0
    } else {
        who.iter().rev().take_while(|byte| **byte == b'.').count()
    };
    if NOBODY.iter().any(|name| who == name.as_bytes()) {
        return None;
    }
    let before = text.get(root.start.saturating_sub(SLASHES)..root.start)?;
    // The slash of the root itself is part of it; further ones before it are JSON's, unless they are an address's.
    let extra = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    let bare = root.start - extra;
    let start = [drive(text, bare), bare].into_iter().find(|start| is_root(text, *start))?;
    Some(start..name + length - dots)
}

/// Tells whether a path may begin at a place, and is no part of a longer one.
fn is_root(text: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|i| text.get(i));
    edges::begins(text, start) && !matches!(before, Some(b'.' | b'_' | b'-' | b'~' | b'}'))
}

/// Steps back over `C:`, `/c`, `/mnt/c` and the volumes of a Mac.
fn drive(text: &[u8], start: usize) -> usize {
    let before = text.get(..start).unwrap_or(b"");
    if let [head @ .., letter, b':'] = before
        && letter.is_ascii_alphabetic()
        && edges::begins(text, head.len())
    {
        return head.len();
    }
    for folder in [&b"/System/Volumes/Data"[..], b"/var"] {
        if before.ends_with(folder) {
            return start - folder.len();
        }
    }
    match before {
        [head @ .., b'/', letter] if letter.is_ascii_alphabetic() => {
            let head = head.strip_suffix(b"/mnt").unwrap_or(head);
            head.len()
        }
        _ => start,
    }
}

fn name_length(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte) || **byte >= 0x80).count()
}

/// A path whose slashes became `-`, as the name of a folder of projects.
fn project(text: &[u8], root: Range<usize>) -> Option<Range<usize>> {
    let before = text.get(..root.start)?;
    let parent = before.iter().rev().take(SLASHES).take_while(|byte| matches!(byte, b'/' | b'\\')).count();
    let known = parent > 0 && before.get(..before.len() - parent)?.ends_with(b"projects");
    let ceiling = text.len().min(root.end + NAME_BYTES);
    let name = text
        .get(root.end..ceiling)?
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"._".contains(byte))
        .count();
    (known && name > 0).then_some(root.start..root.end + name)
}
