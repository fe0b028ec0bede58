//! Reads the frames of compiled programs as debuggers, sanitizers and crash reporters print
//! them: GDB, LLDB, AddressSanitizer, Breakpad's `minidump_stackwalk`, the crash reports of macOS,
//! iOS and Android, and glibc's `backtrace_symbols`.

use crate::frames::{FRAMES, Frame, without_line};
use crate::symbol;
use std::borrow::Cow;

/// The frames of the thread that crashed, or else of the first one.
pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let (mut is_known, mut is_over) = (false, false);
    for line in lines {
        let bare = line.trim();
        let is_header = bare.starts_with("Thread ") && (bare.contains(" Crashed:") || bare.contains("(crashed)"));
        if is_header && !is_known {
            frames.clear();
            (is_known, is_over) = (true, false);
            continue;
        }
        let Some((number, body)) = numbered(bare) else { continue };
        // Another thread, or where the memory came from.
        is_over = is_over || number == Some(0) && !frames.is_empty();
        if is_over || frames.len() >= FRAMES {
            continue;
        }
        if let Some((name, place)) = frame(body, number.is_none() || bare.starts_with('#') || bare.contains("frame #"))
        {
            // `<signal handler called>` tells something.
            let is_remark = name.starts_with('<') && name.ends_with('>') && !name.contains("::");
            let name = if is_remark { name.to_owned() } else { symbol::compiled(name) };
            let is_address = name.starts_with("0x") || name.bytes().all(|byte| byte.is_ascii_digit());
            frames.push(Frame { full: if is_address { "".into() } else { Cow::Owned(name) }, place: place.trim() });
        }
    }
    frames
}

/// The number of a frame and what stands behind it.
fn numbered(line: &str) -> Option<(Option<u32>, &str)> {
    let line = line.strip_prefix("* ").unwrap_or(line);
    let line = line.strip_prefix("frame ").unwrap_or(line);
    let bare = line.strip_prefix('#').unwrap_or(line);
    let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = bare.split_at_checked(digits)?;
    if let Ok(number) = number.parse() {
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        return rest.starts_with([' ', '\t']).then(|| (Some(number), rest.trim_start()));
    }
    let is_call = line.starts_with("at ")
        || line.ends_with(']') && line.contains("(+0x")
        || line.ends_with(']') && line.contains("+0x");
    is_call.then(|| (None, line.strip_prefix("at ").unwrap_or(line)))
}

/// The name and the place of a frame; `is_sure` if nothing but a frame can stand there.
fn frame(body: &str, is_sure: bool) -> Option<(&str, &str)> {
    if let Some(android) = body.strip_prefix("pc ") {
        let (_, rest) = android.trim_start().split_once(' ')?;
        let (place, rest) = rest.trim_start().split_once(" (").unwrap_or((rest.trim_start(), ""));
        let is_offset = rest.starts_with("offset ") || rest.starts_with("BuildId");
        return Some((if is_offset { "" } else { offset_off(rest, "+") }, place));
    }
    if body.starts_with("0x") {
        let (_, rest) = body.split_once(' ').unwrap_or((body, ""));
        let rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix("in ") {
            return Some(described(rest));
        }
        if let Some((place, name)) = rest.split_once('`') {
            return Some((described(offset_off(name, " + ")).0, place));
        }
        return Some(described(rest));
    }
    let head = body.split(' ').next().unwrap_or(body);
    // minidump_stackwalk: `ntdll.dll!RtlFreeHeap + 0x12 [heap.cc : 12 + 0x3]`.
    let is_name = |rest: &str| rest.starts_with(|first: char| first.is_alphanumeric() || "_<?~`".contains(first));
    if let Some((place, _)) = head.split_once('!').filter(|(_, rest)| is_name(rest)) {
        let name = body.get(place.len() + 1..)?;
        return Some((offset_off(name.split(" [").next().unwrap_or(name), " + "), place));
    }
    if body.contains(" + 0x") && !body.contains("  ") && !is_sure {
        return Some(("", offset_off(body, " + ")));
    }
    // Apple: `libsystem_c.dylib    0x00007fff abort + 127`.
    if let Some((place, rest)) = body.split_once("0x").filter(|(place, _)| place.ends_with([' ', '\t']) && !is_sure) {
        let (_, name) = rest.split_once(' ')?;
        let name = name.split(" (in ").next().unwrap_or(name);
        return Some((offset_off(name, " + "), place.trim_end()));
    }
    is_sure.then(|| described(body))
}

/// `foo(int) (lib+0x1)`, `foo (a=1) at b.c:3`, `foo () from lib`, `foo(int) b.c:3:1`, `(lib+0x1)`.
fn described(text: &str) -> (&str, &str) {
    let text = text.split(" (BuildId: ").next().unwrap_or(text).trim();
    if let Some(inside) = text.strip_suffix(')') {
        let (before, place) = inside.rsplit_once('(').unwrap_or((inside, ""));
        let is_library = place.contains("+0x") || before.ends_with(' ') && symbol::is_library(place);
        if is_library {
            let place = offset_off(place, "+0x");
            let place = place
                .rsplit_once(':')
                .filter(|(_, kind)| !kind.contains(['/', '\\']))
                .map_or(place, |(place, _)| place);
            return (before, place);
        }
    }
    if let Some((place, rest)) =
        text.split_once("(+0x").or_else(|| text.split_once('(')).filter(|(_, rest)| rest.ends_with(']'))
    {
        return (offset_off(rest.split(')').next().unwrap_or_default(), "+"), place);
    }
    for word in [" from ", " at "] {
        if let Some((name, place)) = text.rsplit_once(word) {
            return (name, without_line(place));
        }
    }
    match text.get(file_at(text)..) {
        Some(place) if without_line(place) != place || place.starts_with('/') => {
            (text.get(..text.len() - place.len()).unwrap_or_default(), without_line(place))
        }
        _ => (text, ""),
    }
}

/// Where a file behind a name begins; its path may hold spaces.
fn file_at(text: &str) -> usize {
    let is_root = |at: &usize| {
        let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
        rest.starts_with(b"/") || matches!(rest, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic())
    };
    let mut spaces = text.match_indices(' ').map(|(at, _)| at);
    let root = spaces.clone().find(is_root);
    root.or_else(|| spaces.next_back()).map_or(text.len(), |at| at + 1)
}

/// What stands before an offset.
fn offset_off<'a>(text: &'a str, sign: &str) -> &'a str {
    text.split(sign).next().unwrap_or(text).trim().trim_end_matches(')')
}
