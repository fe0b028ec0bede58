//! Makes much out of little: multiplies a folder of transcripts into copies that have nothing in common.
//!
//! Benches need gigabytes, the real logs at hand are megabytes, and the same bytes again would only collapse, since the
//! product recognises copies of a record by its ids. So every copy gets ids of its own: session, record, message, request
//! and call ids are renamed alike wherever they stand, also inside texts and file names, and relations inside a copy stay
//! as they were. The first copy is the original, byte for byte.
//!
//! - A UUID and what follows `toolu_`, `msg_`, `req_` or `call_` keep their length and their kinds of characters.
//! - Any other string in a place for ids (`"sessionId":"test_session"`) gets the number of the copy appended.
//! - Numbers, times, paths and all other text stay.
//!
//! It is a pure function of the input and the number of the copy, with nothing random in it. Shared with the tests, which
//! include it by path.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Copies, the original among them.
    pub copies: u32,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Writes as many whole copies of `from` below `to` as are needed to reach `bytes`, and at least one.
pub fn multiply_to(from: &Path, to: &Path, bytes: u64) -> io::Result<Written> {
    let mut size = 0;
    for file in files(from)? {
        size += fs::metadata(from.join(file))?.len();
    }
    let copies = if size == 0 { 1 } else { bytes.div_ceil(size).max(1) };
    multiply(from, to, u32::try_from(copies).map_err(io::Error::other)?)
}

/// Writes `copies` copies of the folder `from` below `to`.
pub fn multiply(from: &Path, to: &Path, copies: u32) -> io::Result<Written> {
    let mut written = Written { copies, files: 0, bytes: 0 };
    let mut out = Vec::new();
    for file in files(from)? {
        let original = fs::read(from.join(&file))?;
        for copy in 0..copies {
            let ids = Ids::of(copy);
            let target = to.join(ids.rename_path(&file));
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            out.clear();
            ids.rename(&original, &mut out);
            fs::write(&target, &out)?;
            written.files += 1;
            written.bytes += out.len() as u64;
        }
    }
    Ok(written)
}

/// Lists the files below `dir` by their relative paths, sorted.
fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in fs::read_dir(dir.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if entry.file_type()?.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The longest tail of an id that gets a key of its own for each place; what is longer goes round.
const KEY: usize = 64;

/// The shortest tail that is an id: shorter ones could meet in two copies, and are words more often than ids.
const SHORTEST_TAIL: usize = 16;

/// Keys whose values are ids.
const ID_KEYS: [&[u8]; 19] = [
    b"agentId",
    b"id",
    b"leafUuid",
    b"logicalParentUuid",
    b"messageId",
    b"parentToolUseID",
    b"parentUuid",
    b"parent_tool_use_id",
    b"promptId",
    b"requestId",
    b"sessionId",
    b"session_id",
    b"sourceToolAssistantUUID",
    b"sourceToolUseID",
    b"toolUseID",
    b"toolUseId",
    b"tool_use_id",
    b"uuid",
    b"request_id",
];

/// The ids of one copy: a renaming of all ids that keeps different ids different.
pub struct Ids {
    copy: u32,
    key: [u8; KEY],
}

impl Ids {
    /// The renaming of the copy with this number; number 0 leaves everything as it is.
    pub fn of(copy: u32) -> Self {
        let mut key = [0; KEY];
        let mut state = u64::from(copy).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in &mut key {
            // splitmix64
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            *byte = (mixed >> 56) as u8;
        }
        Self { copy, key }
    }

    /// Appends `text` to `out` with all ids in it renamed.
    pub fn rename(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.copy == 0 {
            out.extend_from_slice(text);
            return;
        }
        out.reserve(text.len() + text.len() / 64);
        let mut done = 0;
        let mut from = 0;
        while let Some(at) = memchr::memchr3(b'-', b'_', b':', &text[from..]).map(|found| found + from) {
            from = at + 1;
            let shape = if text[at] == b':' { None } else { shape_at(text, at) };
            if let Some(id) = shape.filter(|id| id.start >= done) {
                out.extend_from_slice(&text[done..id.start]);
                self.rename_shape(&text[id.start..id.end], id.is_uuid, out);
                (done, from) = (id.end, id.end);
            } else if text[at] == b':'
                && let Some(end) = odd_id(text, at)
            {
                out.extend_from_slice(&text[done..end]);
                out.extend_from_slice(self.mark().as_bytes());
                (done, from) = (end, end);
            }
        }
        out.extend_from_slice(&text[done..]);
    }

    /// The path of a file in this copy: ids renamed, and the first part marked so that no two copies meet.
    pub fn rename_path(&self, path: &Path) -> PathBuf {
        if self.copy == 0 {
            return path.to_path_buf();
        }
        let mut renamed = PathBuf::new();
        for (depth, part) in path.components().enumerate() {
            let Component::Normal(part) = part else { continue };
            let mut name = Vec::new();
            self.rename(part.as_encoded_bytes(), &mut name);
            let mut name = String::from_utf8_lossy(&name).into_owned();
            let is_agent = name.starts_with("agent-") && name.contains('.');
            if depth == 0 || is_agent {
                let is_file = path.components().count() == depth + 1;
                let stem = if is_file { name.find('.').unwrap_or(name.len()) } else { name.len() };
                name.insert_str(stem, &self.mark());
            }
            renamed.push(name);
        }
        renamed
    }

    /// What is appended where an id has no shape: hexadecimal, as ids of agents are.
    fn mark(&self) -> String {
        format!("c{:04x}", self.copy)
    }

    fn rename_shape(&self, id: &[u8], is_uuid: bool, out: &mut Vec<u8>) {
        for (place, byte) in id.iter().enumerate() {
            let key = self.key[place % KEY];
            let turn = |first: u8, count: u8| first + (byte - first + key % count) % count;
            out.push(match byte {
                // Version and variant of a UUID say what it is.
                _ if is_uuid && (place == 14 || place == 19) => *byte,
                b'0'..=b'9' | b'a'..=b'f' if is_uuid => HEX[usize::from(nibble(*byte) ^ (key & 15))],
                b'A'..=b'F' if is_uuid => HEX[usize::from(nibble(*byte) ^ (key & 15))].to_ascii_uppercase(),
                b'0'..=b'9' => turn(b'0', 10),
                b'a'..=b'z' => turn(b'a', 26),
                b'A'..=b'Z' => turn(b'A', 26),
                other => *other,
            });
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn nibble(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => byte - b'A' + 10,
    }
}

/// The part of a text that is renamed.
struct Shape {
    start: usize,
    end: usize,
    is_uuid: bool,
}

/// Finds the id whose first dash or underline is at `at`.
fn shape_at(text: &[u8], at: usize) -> Option<Shape> {
    if text[at] == b'-' {
        let start = at.checked_sub(8)?;
        let id = text.get(start..start + 36)?;
        let is_uuid = id.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        // Letters of both cases would meet when their bits are turned.
        let mixed = id.iter().any(u8::is_ascii_uppercase) && id.iter().any(u8::is_ascii_lowercase);
        return (is_uuid && !mixed).then_some(Shape { start, end: start + 36, is_uuid: true });
    }
    let before = &text[..at];
    let known = [&b"toolu"[..], b"msg", b"req", b"call"].iter().any(|prefix| before.ends_with(prefix));
    if !known {
        return None;
    }
    let tail = &text[at + 1..];
    let length = tail.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(tail.len());
    // The version at the beginning is no part of what makes an id unique.
    let start = at + 1 + if tail.starts_with(b"01") { 2 } else { 0 };
    (length >= SHORTEST_TAIL).then_some(Shape { start, end: at + 1 + length, is_uuid: false })
}

/// Finds the end of an id without a shape: the value behind the colon at `at`, if its key is one for ids.
fn odd_id(text: &[u8], at: usize) -> Option<usize> {
    let before = text[..at].strip_suffix(b"\"")?;
    let after = text[at + 1..].iter().take_while(|byte| **byte == b' ').count() + at + 1;
    if text.get(after) != Some(&b'"') {
        return None;
    }
    let known = ID_KEYS.iter().any(|key| before.strip_suffix(*key).is_some_and(|rest| rest.ends_with(b"\"")));
    if !known {
        return None;
    }
    let start = after + 1;
    let length = memchr::memchr2(b'"', b'\\', &text[start..])?;
    let value = &text[start..start + length];
    let has_shape = (0..length).any(|place| matches!(value[place], b'-' | b'_') && shape_at(value, place).is_some());
    (length > 0 && text[start + length] == b'"' && !has_shape).then_some(start + length)
}
