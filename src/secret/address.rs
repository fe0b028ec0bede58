//! Secrets and names in addresses: `https://user:here@host`, and e-mail.

use std::ops::Range;

use super::{
    edges,
    runs::{Runs, Set},
    values,
};

/// Longest name and password before a host.
const USER_BYTES: usize = 1024;
/// Longest name of a mailbox.
const BOX_BYTES: usize = 64;

/// What stands before the host of an address.
pub struct Account {
    /// Up to the `@`.
    pub whole: Range<usize>,
    /// The secret in it.
    pub secret: Option<Range<usize>>,
}

/// Returns what stands before the host, of the address whose `://` ends at `from`.
pub fn account(text: &[u8], runs: &mut Runs, from: usize) -> Option<Account> {
    let end = runs.end(Set::Authority, from).min(from.saturating_add(USER_BYTES));
    let authority = text.get(from..end)?;
    let whole = from..from + memchr::memrchr(b'@', authority)?;
    let user = text.get(whole.clone())?;
    let secret = match memchr::memchr(b':', user) {
        Some(colon) => Some(from + colon + 1..whole.end),
        // A token instead of a name.
        None => (user.len() >= 16 && values::is_random(user)).then(|| whole.clone()),
    };
    let secret = secret.filter(|range| text.get(range.clone()).is_some_and(|value| !values::is_placeholder(value)));
    Some(Account { whole, secret })
}

/// Boxes that nobody reads, or that are the accounts of programs.
const NOBODY: &[&str] = &["noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "git", "hg"];

/// Last parts of names that look like a host's and are a file's, a unit's or a method's.
#[rustfmt::skip]
const NO_DOMAIN: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "avif", "pdf", "json", "jsonl", "yaml", "yml", "toml", "lock", "tsx", "jsx",
    "mjs", "cjs", "html", "htm", "css", "scss", "tgz", "tar", "zip", "txt", "log", "js", "ts", "rb", "kt", "hs", "gz", "vb", "cs",
    "db", "xz", "go", "swift", "java", "vue", "svelte", "service", "socket", "timer", "target", "mount", "slice", "scope", "device",
    "localhost", "invalid", "example", "test", "local", "internal", "patch", "diff", "map", "wasm", "exe", "dll", "so", "path",
    "length", "push", "value", "get", "set", "name", "type", "fixture", "property", "setter", "getter", "command", "route", "post",
    "cached", "reshape", "dot", "sum", "mean", "shape", "finish",
];

/// Returns the e-mail address around an `@`.
pub fn mail(text: &[u8], runs: &mut Runs, at: usize) -> Option<Range<usize>> {
    let before = text.get(at.saturating_sub(BOX_BYTES)..at)?;
    let length = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b)).count();
    let mut start = at - length;
    start += edges::escape_before(text, start + 1).min(length);
    let local = text.get(start..at)?;
    start += local.iter().take_while(|byte| b".%+-".contains(byte)).count();
    let local = text.get(start..at)?;
    let end = runs.end(Set::Dotted, at + 1).min(at.saturating_add(255));
    let domain = text.get(at + 1..end)?;
    let domain = domain.get(..domain.len() - domain.iter().rev().take_while(|b| b".-_".contains(b)).count())?;
    let end = at + 1 + domain.len();
    (is_box(local) && is_domain(domain) && text.get(end) != Some(&b'(')).then_some(start..end)
}

fn is_box(local: &[u8]) -> bool {
    local.first().is_some_and(u8::is_ascii_alphanumeric)
        && local.last().is_some_and(|byte| *byte != b'.')
        && !NOBODY.iter().any(|name| local.eq_ignore_ascii_case(name.as_bytes()))
}

fn is_domain(domain: &[u8]) -> bool {
    let labels: Vec<_> = domain.split(|byte| *byte == b'.').collect();
    let Some(top) = labels.last().filter(|_| labels.len() >= 2) else { return false };
    let plausible = (2..=24).contains(&top.len()) && top.iter().all(u8::is_ascii_lowercase)
        || top.iter().all(u8::is_ascii_uppercase) && top.len() > 1;
    let sound = labels.iter().all(|label| !label.is_empty() && !label.contains(&b'_') && label.first() != Some(&b'-'));
    let example = labels.iter().rev().nth(1).is_some_and(|label| label.eq_ignore_ascii_case(b"example"));
    let nobody = labels.iter().any(|label| label.eq_ignore_ascii_case(b"noreply"));
    let digits = labels.iter().rev().nth(1).is_some_and(|label| label.iter().all(u8::is_ascii_digit));
    let other = NO_DOMAIN.iter().any(|name| top.eq_ignore_ascii_case(name.as_bytes()));
    plausible && sound && !example && !nobody && !digits && !other
}
