//! Tells causes of crashes apart by their stack traces: which code of the program itself
//! was at work, whatever line, address, build or machine it was.
//!
//! The idea of frames that are the program's own ("in-app") is that of Sentry's grouping.
//! That few innermost ones suffice is what Schröter, Bettenburg and Premraj found (2010: most
//! defects are mended in the topmost frames) and what the weights of ReBucket (Dang et al.
//! 2012), S3M and TraceSim (Vasiliev et al. 2020) and Lerch and Mezini (2013) come down to.
//! Those compare traces with one another; here each trace must give its answer alone, so
//! nothing but a few normalised names is kept.

use crate::compact::{Language, Stack};
use crate::frames::{self, Frame};
use crate::normal;
use crate::symbol;

/// Bytes of one name that are kept; the end of a name says most.
const NAME_BYTES: usize = 60;

/// Parts of a place that are looked at.
const PARTS: usize = 12;

/// What stands between two frames, the inner one first.
const BETWEEN: &str = " < ";

/// What a stack trace says about a cause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What keeps the cause apart from others; empty if nothing was found.
    pub mark: String,
    /// The program's own innermost function, if it has a name.
    pub place: String,
    /// The exception that the trace ends with, where it is not known by its ending.
    pub exception: String,
}

/// What a frame is to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Part of how a program ends itself: `abort`, `raise`.
    Raising,
    /// The same, and tells why: `std::terminate`.
    Ending,
    /// Code of a library by its name, which may stand in any binary, and inlined or not.
    Carrier,
    /// Code that lies where libraries lie.
    Library,
    /// Anything else.
    Own,
}

/// A frame that was judged.
struct Judged<'a> {
    frame: Frame<'a>,
    kind: Kind,
    is_core: bool,
}

impl Judged<'_> {
    fn is_named(&self) -> bool {
        !self.frame.full.is_empty()
    }

    fn is_ending(&self) -> bool {
        matches!(self.kind, Kind::Raising | Kind::Ending)
    }

    fn is_named_own(&self) -> bool {
        self.kind == Kind::Own && self.is_named()
    }
}

/// Reads the stack trace in a text.
pub fn read(stack: &Stack, text: &str) -> Trace {
    let (frames, exception) = frames::read(stack.language, text);
    let exception = shown(exception.rsplit('.').next().unwrap_or(exception));
    // What a signal's handler does comes after the fact, if the fact is told.
    let is_signal = |frame: &Frame<'_>| stack.signals.iter().any(|pattern| is_like(pattern, &frame.full));
    let fact = frames.iter().rposition(is_signal).map_or(0, |at| at + 1);
    let mut frames: Vec<_> = frames.into_iter().map(|frame| judge(stack, frame)).collect();
    if frames.iter().skip(fact).any(Judged::is_named) {
        frames.drain(..fact);
    }
    let name = |judged: &Judged<'_>| short(stack.language, &judged.frame);
    let count = usize::from(stack.frames);
    let own = |from: &[Judged<'_>]| {
        let named = from.iter().filter(|judged| judged.kind == Kind::Own);
        joined(named.take_while(|judged| judged.is_named()).map(name), count)
    };
    let (end, rest) = ending(&frames);
    let first = rest.iter().find(|judged| judged.kind == Kind::Own);
    let (mark, place) = match first {
        Some(first) if first.is_named() => (own(rest), name(first)),
        _ => {
            let served = || joined(rest.iter().filter(|judged| judged.is_named() && !judged.is_core).map(name), count);
            let any = || joined(frames.iter().filter(|judged| judged.is_named()).map(name), count);
            let marks = [by_neighbours(stack.language, end, rest), served(), any()];
            (marks.into_iter().find(|mark| !mark.is_empty()).unwrap_or_default(), String::new())
        }
    };
    Trace { mark, place, exception }
}

/// Splits off the frames by which a program ended itself, if it did.
fn ending<'f, 'a>(frames: &'f [Judged<'a>]) -> (&'f [Judged<'a>], &'f [Judged<'a>]) {
    // What is inside of it are its own helpers, and handlers that may have no name.
    let is_inside = |judged: &Judged<'_>| judged.is_core || !judged.is_named();
    let first = frames.iter().position(Judged::is_ending);
    let first = first.filter(|first| frames.iter().take(*first).all(is_inside)).unwrap_or(frames.len());
    let is_helper = |judged: &Judged<'_>| judged.is_core || judged.kind == Kind::Library && !judged.is_named();
    let run = frames.iter().skip(first).take_while(|judged| is_helper(judged)).count();
    let last = frames.iter().take(first.saturating_add(run)).rposition(Judged::is_ending);
    let Some(last) = last else { return (&[], frames) };
    // Functions of the same libraries, not all of which are known everywhere.
    let unknown = frames.iter().skip(last + 1).take_while(|judged| judged.is_core && !judged.is_named()).count();
    frames.split_at_checked(last + 1 + unknown).unwrap_or((&[], frames))
}

/// What can be said of a program whose innermost function has no name: why it ended itself, what
/// failed in its hands, and what had called it. Nothing, if no caller is known.
///
/// Functions without a name are passed over, for how many of them there are depends on
/// inlining. Of libraries the name is taken and not the function, for their functions are known on
/// one machine and not on the next; but of a program that ends itself the function that ended
/// it, which is the innermost. A fault in a library is told by the outermost library, which is what
/// the program had called: where a fault strikes in there is chance.
fn by_neighbours(language: Language, end: &[Judged<'_>], frames: &[Judged<'_>]) -> String {
    let is_landmark = |judged: &&Judged<'_>| judged.kind == Kind::Library || judged.is_named_own();
    let library = |judged: &Judged<'_>| match judged.kind {
        Kind::Library => shown(&symbol::library(judged.frame.place)),
        _ => short(language, &judged.frame),
    };
    let from = frames.iter().position(|judged| is_landmark(&judged)).unwrap_or(frames.len());
    let (inside, rest) = frames.split_at_checked(from).unwrap_or_default();
    let run = rest.iter().position(|judged| judged.kind == Kind::Own).unwrap_or(rest.len());
    let (run, behind) = rest.split_at_checked(run).unwrap_or_default();
    let mut libraries = run.iter().filter(|judged| judged.kind == Kind::Library);
    let is_called = !inside.iter().any(|judged| judged.kind == Kind::Own);
    let failed = match (is_called, end.is_empty()) {
        (true, true) => {
            libraries.clone().rfind(|judged| !judged.is_core).or_else(|| libraries.next_back()).map(library)
        }
        (true, false) => libraries.next().map(|judged| match judged.is_named() {
            true => short(language, &judged.frame),
            false => library(judged),
        }),
        (false, _) => libraries.next().map(library),
    };
    let caller = behind.iter().find(is_landmark).map(library);
    if is_called && caller.is_none() {
        return String::new();
    }
    let reason = end.iter().rfind(|judged| judged.kind == Kind::Ending);
    let reason = reason.map(|judged| short(language, &judged.frame));
    let parts = reason.into_iter().chain(failed).chain(caller);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(BETWEEN)
}

/// The first few names; a function that calls itself counts once.
fn joined(names: impl Iterator<Item = String>, count: usize) -> String {
    let mut kept: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        if kept.last() == Some(&name) {
            continue;
        }
        if kept.len() >= count {
            break;
        }
        kept.push(name);
    }
    kept.join(BETWEEN)
}

fn judge<'a>(stack: &Stack, mut frame: Frame<'a>) -> Judged<'a> {
    let is_unnamed = |name: &str| stack.unnamed.iter().any(|pattern| is_like(pattern, name));
    if is_unnamed(&frame.full) || is_unnamed(frame.place) || !frame.full.contains(char::is_alphanumeric) {
        frame.full = "".into();
    }
    let is_script = !matches!(stack.language, Language::Native | Language::Rust);
    // What a debugger writes in the place of a name.
    if !is_script && frame.full.starts_with('<') {
        frame.full = "".into();
    }
    // A function of a script that has no name still has a file.
    if is_script && frame.full.is_empty() && !frame.place.is_empty() {
        frame.full = "<anonymous>".into();
    }
    let is_one_of = |patterns: &[&str]| !frame.full.is_empty() && patterns.iter().any(|one| is_like(one, &frame.full));
    // `/libc.so.6/` can be searched for a beginning, an end or the whole of a name.
    let place = format!("/{}/", frame.place.to_ascii_lowercase().replace('\\', "/"));
    let parts = || place.match_indices('/').take(PARTS).filter_map(|(at, _)| place.get(at..));
    let lies_in = |patterns: &[&str]| !frame.place.is_empty() && parts().any(|part| begins_with_one_of(part, patterns));
    let is_core = lies_in(stack.core);
    let kind = match () {
        () if is_one_of(stack.raising) => Kind::Raising,
        () if is_one_of(stack.ending) => Kind::Ending,
        () if is_one_of(stack.names) => Kind::Carrier,
        () if is_core || lies_in(stack.places) => Kind::Library,
        () => Kind::Own,
    };
    Judged { frame, kind, is_core: is_core || matches!(kind, Kind::Raising | Kind::Ending) }
}

/// Whether a text begins with one of the patterns, which are in order, and none of which begins
/// with another one: only the last one that is not behind the text can be it.
fn begins_with_one_of(text: &str, patterns: &[&str]) -> bool {
    let behind = patterns.partition_point(|pattern| *pattern <= text);
    behind.checked_sub(1).and_then(|last| patterns.get(last)).is_some_and(|pattern| text.starts_with(pattern))
}

/// Whether a name is the pattern, or begins with it if it ends in a `*`.
fn is_like(pattern: &str, name: &str) -> bool {
    // Most differ in the first letter, and there are many.
    let is_near = pattern.as_bytes().first() == name.as_bytes().first();
    is_near && pattern.strip_suffix('*').map_or(name == pattern, |start| name.starts_with(start))
}

/// A frame as it goes into a fingerprint.
fn short(language: Language, frame: &Frame<'_>) -> String {
    let whole = match language {
        Language::Python | Language::Ruby => with_file(frame.place, symbol::plain(&frame.full)),
        Language::Js => with_file(frame.place, symbol::script(&frame.full)),
        Language::Java => symbol::java(&frame.full),
        Language::Go => symbol::go(&frame.full),
        Language::Dotnet => symbol::dotnet(&frame.full),
        Language::Php => match symbol::php(&frame.full) {
            method if method.contains("::") => method,
            function => with_file(frame.place, &function),
        },
        Language::Rust | Language::Native => frame.full.clone().into_owned(),
    };
    shown(&whole)
}

/// A name as far as it can be shown, and not longer than it may be.
fn shown(name: &str) -> String {
    let is_shown = |letter: &char| letter.is_alphanumeric() || letter.is_ascii_graphic() || *letter == ' ';
    let shown: String = name.chars().filter(is_shown).collect();
    let start = shown.ceil_char_boundary(shown.len().saturating_sub(NAME_BYTES));
    shown.get(start..).unwrap_or_default().trim().to_owned()
}

/// A function with its file, whose folder may be another one elsewhere.
fn with_file(place: &str, name: &str) -> String {
    let stem = symbol::stem(place);
    match (stem.as_str(), name) {
        ("", name) => name.to_owned(),
        (stem, "") => stem.to_owned(),
        (stem, name) => format!("{stem}.{name}"),
    }
}

/// Puts a trace behind a fingerprint's head, which is cut so that both have room.
pub fn behind(head: String, trace: &Trace, bytes: usize) -> String {
    if trace.mark.is_empty() {
        return normal::cut(head, bytes);
    }
    let mark = normal::cut(trace.mark.clone(), bytes / 4 * 3);
    let head = normal::cut(head, bytes.saturating_sub(mark.len() + 1));
    format!("{head}:{mark}")
}
