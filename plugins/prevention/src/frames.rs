//! Reads the frames of stack traces as the languages print them, the innermost first.
//!
//! Each line is looked at once, and of a trace no more than [`FRAMES`] are kept. Where a
//! trace is cut off so that its inner end is missing, nothing is read: its outer frames
//! would pass for the cause.

use crate::compact::Language;
use crate::native;
use std::borrow::Cow;

/// Frames of a trace that are kept.
pub const FRAMES: usize = 80;

/// Bytes of a line that are looked at.
const LINE_BYTES: usize = 1000;

/// A function on the stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its name with all that stands before it, empty if it has none.
    pub full: Cow<'a, str>,
    /// The file of its source or of its code.
    pub place: &'a str,
}

impl<'a> Frame<'a> {
    fn new(full: &'a str, place: &'a str) -> Frame<'a> {
        Frame { full: Cow::Borrowed(full.trim()), place: place.trim() }
    }
}

/// Reads the frames of the trace that tells the cause, and the exception that it ends with where
/// that stands at a place of its own.
pub fn read(language: Language, text: &str) -> (Vec<Frame<'_>>, &str) {
    let lines = text.lines().map(|line| line.get(..line.floor_char_boundary(LINE_BYTES)).unwrap_or_default());
    let frames = match language {
        Language::Python => return python(lines),
        Language::Js => js(lines),
        Language::Java => java(lines),
        Language::Go => go(lines),
        Language::Rust => rust(lines, text),
        Language::Dotnet => dotnet(lines),
        Language::Ruby => ruby(lines),
        Language::Php => php(lines),
        Language::Native => native::read(lines),
    };
    (frames, "")
}

/// The last trace of a chain, which is the exception that ended the program. Those of a
/// group stand behind bars.
fn python<'a>(lines: impl Iterator<Item = &'a str>) -> (Vec<Frame<'a>>, &'a str) {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let (mut margin, mut is_whole, mut exception) = (0, false, "");
    for line in lines {
        let bare = line.trim_start_matches([' ', '\t', '|', '+', '-']);
        let indent = line.len() - bare.len();
        let file = bare.strip_prefix("File \"").and_then(|rest| rest.split_once('"'));
        if bare.ends_with("Traceback (most recent call last):") {
            frames.clear();
            (margin, is_whole) = (indent, false);
        } else if let Some((place, behind)) = file {
            if is_whole {
                frames.clear();
                is_whole = false;
            }
            // The outermost ones go first.
            if frames.len() >= 2 * FRAMES {
                frames.drain(..FRAMES);
            }
            let name = behind.split_once(", in ").map_or("<module>", |(_, name)| name);
            frames.push(Frame::new(name, place));
        } else if indent <= margin && !bare.is_empty() && !frames.is_empty() && !is_whole {
            let name = bare.split(':').next().unwrap_or_default().trim();
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
            (is_whole, exception) = (true, if is_name { name } else { "" });
        }
    }
    if !is_whole {
        return Default::default();
    }
    frames.reverse();
    frames.truncate(FRAMES);
    (frames, exception)
}

/// The first trace; what an error was caused by is printed behind it.
fn js<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames = Vec::new();
    for line in lines {
        let bare = line.trim();
        let frame = match bare.strip_prefix("at ") {
            Some(rest) => Some(match rest.strip_suffix(')').and_then(|rest| rest.split_once(" (")) {
                Some((name, place)) => Frame::new(name, without_line(place)),
                // A place begins like one; `at foo` is a function that has none.
                None if rest.contains(['/', ':', '\\']) => {
                    Frame::new("", without_line(rest.strip_prefix("async ").unwrap_or(rest)))
                }
                None => Frame::new(rest, ""),
            }),
            // Firefox and Safari.
            None => bare
                .split_once('@')
                .filter(|(name, place)| {
                    !name.contains(' ') && place.contains(':') && place.ends_with(|end: char| end.is_ascii_digit())
                })
                .map(|(name, place)| Frame::new(name, without_line(place))),
        };
        match frame {
            Some(frame) if frames.len() < FRAMES => frames.push(frame),
            Some(_) => break,
            None if frames.is_empty() || bare.starts_with("...") => {}
            None => break,
        }
    }
    frames
}

/// The last `Caused by`, completed by the frames that it shares with what it caused.
fn java<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let mut outer: Vec<Frame<'a>> = Vec::new();
    let mut margin = usize::MAX;
    for line in lines {
        let bare = line.trim_start();
        let indent = line.len() - bare.len();
        if let Some(rest) = bare.strip_prefix("at ") {
            let Some((name, place)) = rest.split_once('(') else { continue };
            margin = margin.min(indent);
            // What is further in was suppressed, and is no cause.
            if indent > margin || frames.len() >= FRAMES || name.trim().contains(' ') {
                continue;
            }
            let (module, name) = match name.split_once('/') {
                Some((module, name)) if !module.contains('$') => (module, name),
                _ => ("", name),
            };
            let place = if module.is_empty() { place.trim_end().trim_end_matches(')') } else { module };
            frames.push(Frame::new(name, without_line(place)));
        } else if bare.starts_with("Caused by: ") && indent < margin && !frames.is_empty() {
            outer = std::mem::take(&mut frames);
        } else if let Some(rest) = bare.strip_prefix("... ") {
            let shared = rest.split(' ').next().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
            if indent <= margin {
                frames.extend(outer.drain(outer.len().saturating_sub(shared)..));
                frames.truncate(FRAMES);
            }
        }
    }
    if frames.is_empty() { outer } else { frames }
}

/// The goroutine that panicked, which is the first.
fn go<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let mut is_inside = false;
    for line in lines {
        if line.starts_with("goroutine ") && line.contains(" [") {
            if !frames.is_empty() {
                break;
            }
            is_inside = true;
        } else if is_inside && line.starts_with('\t') {
            let place = line.trim().split(" +0x").next().unwrap_or_default();
            if let Some(last) = frames.last_mut() {
                last.place = without_line(place);
            }
        } else if is_inside && line.starts_with("created by ") || frames.len() >= FRAMES {
            break;
        } else if is_inside && let Some((name, _)) = line.rsplit_once('(') {
            frames.push(Frame::new(name, ""));
        }
    }
    // Whatever stands before the panic dealt with it.
    let panic = frames.iter().rposition(|frame| frame.full == "panic" || frame.full == "runtime.sigpanic");
    frames.split_off(panic.map_or(0, |at| at + 1))
}

/// Where it panicked, if that is told, for it is printed with a backtrace and without; then the backtrace.
fn rust<'a>(lines: impl Iterator<Item = &'a str>, text: &'a str) -> Vec<Frame<'a>> {
    let behind = text.split_once("panicked at ").map(|(_, behind)| behind.lines().next().unwrap_or_default());
    let place = behind.map(|line| line.rsplit_once("', ").map_or(line, |(_, place)| place).trim_end_matches(':'));
    let place = place.map(without_line).filter(|place| place.ends_with(".rs"));
    let mut frames: Vec<Frame<'a>> = Vec::new();
    if let Some(place) = place {
        frames.push(Frame { full: Cow::Owned(last_of(place)), place });
    }
    let mut is_open = false;
    for line in lines {
        let bare = line.trim();
        if bare == "stack backtrace:" {
            is_open = true;
        } else if let Some(place) = bare.strip_prefix("at ").filter(|_| is_open) {
            if let Some(last) = frames.last_mut() {
                last.place = without_line(place);
            }
        } else if is_open && let Some((number, name)) = bare.split_once(": ") {
            if !number.bytes().all(|byte| byte.is_ascii_digit()) || frames.len() >= FRAMES {
                break;
            }
            let name =
                name.split_once(" - ").filter(|(start, _)| start.starts_with("0x")).map_or(name, |(_, name)| name);
            frames.push(Frame { full: Cow::Owned(crate::symbol::compiled(name)), place: "" });
        }
    }
    frames
}

/// The last two parts of a path: `src/main.rs`.
fn last_of(place: &str) -> String {
    let mut parts: Vec<_> = place.rsplit(['/', '\\']).take(2).collect();
    parts.reverse();
    parts.join("/")
}

/// The innermost exception is printed first.
fn dotnet<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let calls = lines.filter_map(|line| line.trim_start().strip_prefix("at "));
    let frames = calls.filter_map(|call| {
        let (name, rest) = call.split_once('(').unwrap_or((call, ""));
        let place = rest.split_once(" in ").map_or("", |(_, place)| place);
        (!name.trim().contains(' ')).then(|| Frame::new(name, place.split(":line").next().unwrap_or_default()))
    });
    frames.take(FRAMES).collect()
}

/// `a.rb:3:in 'foo': message (Class)`, then `from` where.
fn ruby<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames = Vec::new();
    for line in lines {
        let bare = line.trim_start();
        let bare = bare.strip_prefix("from ").unwrap_or(bare);
        let call = bare.split_once(":in '").or_else(|| bare.split_once(":in `"));
        if let Some((place, rest)) = call.filter(|_| frames.len() < FRAMES) {
            frames.push(Frame::new(rest.split('\'').next().unwrap_or(rest), without_line(place)));
        }
    }
    frames
}

/// Where a call stands is where the frame outside of it is, so places move by one.
fn php<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Frame<'a>> {
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let mut place = "";
    for line in lines {
        if let Some(call) = line.trim_start().strip_prefix('#') {
            let call = call.trim_start_matches(|digit: char| digit.is_ascii_digit()).trim_start();
            let (from, name) = match call.split_once("): ") {
                Some((from, name)) => (from.rsplit_once('(').map_or(from, |(from, _)| from), name),
                None => call.split_once(": ").unwrap_or((call, call)),
            };
            let is_next = frames.len() < FRAMES && line.trim_start().starts_with(&format!("#{}", frames.len()));
            if is_next {
                frames.push(Frame::new(name.split('(').next().unwrap_or(name), place));
                place = from;
            }
        } else if frames.is_empty()
            && let Some((_, thrown)) = line.rsplit_once(" in /").or_else(|| line.rsplit_once(" in "))
        {
            place = without_line(thrown.split(" on line ").next().unwrap_or(thrown).trim());
        }
    }
    frames
}

/// A place without the line and the column behind it.
pub fn without_line(place: &str) -> &str {
    let mut place = place.trim();
    for _ in 0..2 {
        let number = place.rsplit_once(':').filter(|(before, number)| {
            !before.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        place = number.map_or(place, |(before, _)| before);
    }
    place
}
