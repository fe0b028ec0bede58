//! Secrets of several lines: key blocks, with or without their end, and JSON web tokens that were wrapped.

use std::ops::Range;

use memchr::memmem;

use super::runs::{Runs, Set};

/// Longest label of a block, and longest header line in it.
const LABEL_BYTES: usize = 96;
/// Least base64 of a block; less is the mention of one.
const LEAST_KEY: usize = 24;
/// Least base64 of a line that goes on with a block whose end is not there.
const LEAST_LINE: usize = 16;
/// Least of a JSON web token behind a line break.
const LEAST_PIECE: usize = 3;
/// Longest line of a block. Whole keys on one line, as in a variable of the environment, are shorter.
const LINE_BYTES: usize = 16 * 1024;
/// Most line breaks within a JSON web token.
const BREAKS: usize = 64;

/// Returns the private key that begins with the line at `start`.
pub fn key_block(text: &[u8], start: usize) -> Option<Range<usize>> {
    let ceiling = text.len().min(start + LABEL_BYTES);
    let head = text.get(start..ceiling)?;
    let putty = head.starts_with(b"PuTTY");
    let label = head.get(..memchr::memchr(b'\n', head).unwrap_or(head.len()))?;
    let named = memmem::find(label, b"PRIVATE KEY").map(|at| at + "PRIVATE KEY".len());
    let mut at = start + named.or(putty.then_some("PuTTY-User-Key-File-2".len()))?;
    let block = label.get(at - start..)?;
    at += if block.starts_with(b" BLOCK") { 6 } else { 0 };
    at += text.get(at..)?.iter().take(5).take_while(|byte| **byte == b'-' || **byte == b' ').count();
    let mut key = 0;
    let mut end = at;
    while let Some(line) = line(text, at) {
        let content = text.get(line.content.clone())?;
        if memmem::find(content, b"----").is_some() {
            let closing =
                memmem::find(content, b"END ").and_then(|from| memmem::rfind(content, b"----").filter(|to| *to > from));
            end = closing.map_or(end, |to| line.content.start + to + 4);
            break;
        }
        let base64 = content.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte));
        if base64 && (content.len() >= LEAST_LINE || content.is_empty() || ends_soon(text, line.next)) {
            key += content.len();
            end = if content.is_empty() { end } else { line.content.end };
        } else if base64 && key >= LEAST_KEY {
            // The last line of a block is short.
            key += content.len();
            end = line.content.end;
            break;
        } else if !is_header(content) {
            break;
        }
        if line.next <= at {
            break;
        }
        at = line.next;
    }
    (key >= LEAST_KEY).then_some(start..end)
}

struct Line {
    content: Range<usize>,
    next: usize,
}

/// Returns the line at a place, which a line break ends or `\n`, without what code, quotes and listings put around it.
fn line(text: &[u8], from: usize) -> Option<Line> {
    let ceiling = text.len().min(from.saturating_add(LINE_BYTES));
    let rest = text.get(from..ceiling).filter(|rest| !rest.is_empty())?;
    let mut length = rest.len();
    let mut skip = 0;
    for at in memchr::memchr2_iter(b'\n', b'\\', rest) {
        let tail = rest.get(at..).unwrap_or(b"");
        let slashes = tail.iter().take(8).take_while(|byte| **byte == b'\\').count();
        if tail.starts_with(b"\n") {
            (length, skip) = (at, 1);
            break;
        }
        if matches!(tail.get(slashes), Some(b'n' | b'r')) {
            (length, skip) = (at, slashes + 1);
            break;
        }
    }
    let around = |byte: &u8| b" \t\r\"'`+,;>|#*()[]{}".contains(byte) || *byte >= 0x80;
    let line = rest.get(..length)?;
    let mut lead = line.iter().take_while(|byte| around(byte) || **byte == b'\\').count();
    // The number of a line in a listing.
    let digits = line.iter().skip(lead).take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 && matches!(line.get(lead + digits), Some(b'\t' | b':' | b'|' | 0xe2)) {
        lead += digits + 1;
        lead += line.iter().skip(lead).take_while(|byte| around(byte)).count();
    }
    let body = line.get(lead..)?;
    // What follows the first sign that cannot be part of a key belongs to what is around it.
    let closed = memchr::memchr3(b'"', b'\'', b'`', body).unwrap_or(body.len());
    let trail = body.get(..closed)?.iter().rev().take_while(|byte| around(byte) || **byte == b'\\').count();
    let next = if closed < body.len() && skip == 0 { from + line.len() } else { from + length + skip };
    Some(Line { content: from + lead..from + lead + closed - trail, next })
}

fn ends_soon(text: &[u8], next: usize) -> bool {
    let ceiling = text.len().min(next.saturating_add(32));
    text.get(next..ceiling)
        .is_some_and(|rest| memmem::find(rest, b"--END").is_some() || memmem::find(rest, b"-- END").is_some())
}

/// `Proc-Type: 4,ENCRYPTED` and the like.
fn is_header(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    line.len() <= LABEL_BYTES && name >= 3 && line.get(name..).is_some_and(|rest| rest.starts_with(b": "))
}

/// Returns the JSON web token, or another signed JSON, that begins at `start`.
pub fn web_token(text: &[u8], runs: &mut Runs, start: usize) -> Option<Range<usize>> {
    let head = runs.end(Set::Url, start);
    if head - start < 10 {
        return None;
    }
    let mut end = runs.end(Set::Dotted, start);
    for _ in 0..BREAKS {
        let next = after_break(text, end);
        let further = runs.end(Set::Dotted, next);
        let piece = text.get(next..further).unwrap_or(b"");
        let token = piece.len() >= LEAST_PIECE
            && piece.iter().any(u8::is_ascii_digit)
            && piece.iter().any(u8::is_ascii_uppercase);
        // Lines are broken at a width: what is short was not broken.
        if next == end || end - start < 40 || !token {
            break;
        }
        end = further;
    }
    let value = text.get(start..end)?;
    let first = memchr::memchr(b'.', value)?;
    let cut = value.iter().rev().take(8).take_while(|byte| **byte == b'.').count();
    (first >= 10 && value.len() - cut >= first + 16).then_some(start..end - cut)
}

fn after_break(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..text.len().min(at + 24)).unwrap_or(b"");
    let breaks = [&b"\r\n"[..], b"\n", b"\\r\\n", b"\\n"];
    let Some(length) = breaks.iter().find(|sign| rest.starts_with(sign)).map(|sign| sign.len()) else { return at };
    at + length + rest.iter().skip(length).take_while(|byte| **byte == b' ').count()
}
