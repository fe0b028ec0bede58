//! What a search must find: exactly what is there when everything is decoded, wherever a log lies and however it is
//! packed, whatever else is damaged.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use logwright::disk::RealDisk;
use logwright::layout::{House, Tier};
use logwright::retention::Retention;
use logwright::search::{Case, Hit, Outcome, Pattern, RawHit, Reach, Search, Syntax};
use logwright::settings::Settings;
use logwright::store::{EventFilter, Reader, Writer};
use proptest::prelude::*;
use regex::Regex;

use crate::house::{NOW, Yard, files_below, ingest, small_yard};

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;

/// How a search differs from an ordinary one.
struct How<'a> {
    filter: EventFilter,
    limit: usize,
    max_line: usize,
    stop: &'a AtomicBool,
}

impl Default for How<'_> {
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        How { filter: EventFilter::default(), limit: usize::MAX, max_line: 1 << 20, stop: &NEVER }
    }
}

impl How<'_> {
    fn search<T>(&self, house: &House, pattern: &Pattern, find: impl FnOnce(&Search<'_>) -> T) -> T {
        let How { ref filter, limit, max_line, stop } = *self;
        find(&Search { house, pattern, filter, max_line, workers: 2, limit, stop, progress: &|_| {} })
    }

    fn events(&self, house: &House, text: &str, syntax: Syntax, case: Case) -> Outcome<Hit> {
        let pattern = Pattern::new(text, syntax, case, Reach::Said).unwrap();
        self.search(house, &pattern, |search| search.events().unwrap())
    }

    fn lines(&self, house: &House, text: &str, syntax: Syntax) -> Outcome<RawHit> {
        let pattern = Pattern::new(text, syntax, Case::Exact, Reach::Bytes).unwrap();
        self.search(house, &pattern, |search| search.lines().unwrap())
    }
}

/// A character, and one of the ways to write it in JSON.
fn written() -> impl Strategy<Value = (char, Vec<u8>)> {
    let characters = prop::sample::select(vec![
        'a', 'b', 'k', 's', 'K', 'S', ' ', '/', '"', '\\', '\n', '\t', '\r', '\u{8}', '\u{1b}', 'u', 'n', '0', 'é',
        'É', 'ſ', '\u{212a}', '😀', '{', ':', '\u{fffd}',
    ]);
    (characters, 0..6_u8).prop_map(|(c, way)| {
        let short = match c {
            '"' => Some(r#"\""#),
            '\\' => Some(r"\\"),
            '/' => Some(r"\/"),
            '\n' => Some(r"\n"),
            '\t' => Some(r"\t"),
            '\r' => Some(r"\r"),
            '\u{8}' => Some(r"\b"),
            _ => None,
        };
        let must = matches!(c, '"' | '\\' | '\0'..='\u{1f}');
        let bytes = match (way, short) {
            // What is no UTF-8, and half of a pair, become replacements.
            (0, _) if c == '\u{fffd}' => vec![0xff],
            (1, _) if c == '\u{fffd}' => br"\ud83d".to_vec(),
            (0 | 1, _) => {
                let mut units = [0; 2];
                let mut text = String::new();
                for unit in c.encode_utf16(&mut units) {
                    let _ = if way == 0 { write!(text, "\\u{unit:04x}") } else { write!(text, "\\u{unit:04X}") };
                }
                text.into_bytes()
            }
            (2, Some(short)) => short.as_bytes().to_vec(),
            (_, Some(short)) if must => short.as_bytes().to_vec(),
            _ if must => format!("\\u{:04x}", c as u32).into_bytes(),
            _ => c.to_string().into_bytes(),
        };
        (c, bytes)
    })
}

/// What an event says, and a line of a log in which it says so at a second.
#[derive(Clone, Debug)]
struct Saying {
    text: String,
    is_call: bool,
    bytes: Vec<u8>,
}

fn saying() -> impl Strategy<Value = Saying> {
    (prop::collection::vec(written(), 0..14), any::<bool>()).prop_map(|(written, is_call)| {
        let text: String = written.iter().map(|(c, _)| *c).collect();
        let bytes = written.into_iter().flat_map(|(_, bytes)| bytes).collect();
        Saying { text, is_call, bytes }
    })
}

impl Saying {
    /// What is searched of it.
    fn said(&self) -> String {
        if self.is_call { format!(r#"{{"command":"{}","n":1}}"#, self.text) } else { self.text.clone() }
    }

    fn line(&self, second: usize) -> Vec<u8> {
        self.line_in("s", second)
    }

    fn line_in(&self, session: &str, second: usize) -> Vec<u8> {
        let (kind, before, after) = if self.is_call {
            let call =
                format!(r#"{{"content":[{{"type":"tool_use","id":"call{second}","name":"Bash","input":{{"command":""#);
            ("assistant", call, r#"","n":1}}]}"#)
        } else {
            ("user", r#"{"role":"user","content":""#.to_owned(), r#""}"#)
        };
        let (minute, second) = (second / 60, second % 60);
        let head = format!(
            r#"{{"type":"{kind}","uuid":"{session}{minute}-{second}","parentUuid":null,"sessionId":"{session}","timestamp":"2026-01-01T00:{minute:02}:{second:02}.000Z","message":{before}"#
        );
        [head.as_bytes(), &self.bytes, after.as_bytes(), b"}\n"].concat()
    }
}

/// What to look for: a part of what is said, as it is or in an expression, or something else.
fn wanted() -> impl Strategy<Value = (prop::sample::Index, usize, usize, u8)> {
    (any::<prop::sample::Index>(), 0..12_usize, 1..6_usize, 0..6_u8)
}

/// The texts that match when everything is decoded, by the plainest means.
fn naive(sayings: &[Saying], text: &str, syntax: Syntax, case: Case) -> BTreeSet<usize> {
    let is_ignored = case == Case::Ignored;
    let flag = if is_ignored { "(?i)" } else { "" };
    let matches = |said: &str| match syntax {
        Syntax::Literal if !is_ignored => said.contains(text),
        Syntax::Literal => Regex::new(&format!("(?i){}", regex::escape(text))).unwrap().is_match(said),
        Syntax::Regex => {
            let regex = Regex::new(&format!("{flag}{text}")).unwrap();
            said.split('\n').any(|line| regex.is_match(line.strip_suffix('\r').unwrap_or(line)))
        }
    };
    (0..sayings.len()).filter(|at| matches(&sayings[*at].said())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, max_shrink_iters: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_decoding_everything_finds(
        sayings in prop::collection::vec(saying(), 1..60),
        wishes in prop::collection::vec(wanted(), 40),
    ) {
        let yard = Yard::new();
        let lines: Vec<u8> = sayings.iter().enumerate().flat_map(|(second, saying)| saying.line(second)).collect();
        yard.write("projects/-p/s.jsonl", &lines);
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        for (which, from, length, way) in wishes {
            let part: String = which.get(&sayings).said().chars().skip(from).take(length).collect();
            if part.is_empty() {
                continue;
            }
            let (text, syntax, case) = match way {
                0 | 1 => (part, Syntax::Literal, Case::Exact),
                2 => (part, Syntax::Literal, Case::Ignored),
                3 => (regex::escape(&part), Syntax::Regex, Case::Exact),
                4 => (format!("(?:{}|b\"|né)+.?", regex::escape(&part)), Syntax::Regex, Case::Exact),
                _ => (format!("^.*{}", regex::escape(&part)), Syntax::Regex, Case::Ignored),
            };
            let found = How::default().events(&house, &text, syntax, case);
            prop_assert!(found.unread.is_empty());
            let seconds: BTreeSet<usize> =
                found.hits.iter().map(|hit| (hit.time.unwrap() / 1000 - 1_767_225_600) as usize).collect();
            prop_assert_eq!(seconds.len(), found.hits.len());
            prop_assert_eq!(&seconds, &naive(&sayings, &text, syntax, case), "{:?} {:?} {:?}", text, syntax, case);
        }
    }
}

/// Everything that a search says of hits but for where the log lies.
fn told(outcome: &Outcome<Hit>) -> String {
    let line = |hit: &Hit| format!("{:?}\n", Hit { place: (String::new(), hit.place.1, hit.place.2), ..hit.clone() });
    let Outcome { total, sessions, logs, searched, .. } = outcome;
    assert!(outcome.unread.is_empty(), "{:?}", outcome.unread);
    outcome.hits.iter().map(line).collect::<String>() + &format!("{total} {sessions} {logs} {searched}\n")
}

fn told_raw(outcome: &Outcome<RawHit>) -> String {
    let line = |hit: &RawHit| format!("{} {} {:?}\n", hit.line, hit.offset, hit.excerpt);
    outcome.hits.iter().map(line).collect::<String>() + &format!("{} {}\n", outcome.total, outcome.logs)
}

fn searches(house: &House) -> String {
    let how = How::default();
    let mut all = String::new();
    for text in ["the", "step", "\n", "\"", "é", "e"] {
        all += &told(&how.events(house, text, Syntax::Literal, Case::Exact));
        all += &told(&how.events(house, text, Syntax::Literal, Case::Ignored));
    }
    all += &told(&how.events(house, r"\w+ing\b", Syntax::Regex, Case::Exact));
    all += &told_raw(&how.lines(house, "type", Syntax::Literal));
    all + &told_raw(&how.lines(house, r#"^\{"\w+":.*true"#, Syntax::Regex))
}

fn archive(house: &House) {
    let (settings, _) = Settings::parse("", Path::new("logwright.toml")).unwrap();
    let retention = Retention {
        house,
        settings: &settings,
        disk: &RealDisk,
        now: NOW + 400 * DAY,
        workers: 2,
        stop: &AtomicBool::new(false),
        progress: &|_| {},
    };
    retention.run(&mut Writer::open(&house.database()).unwrap(), None).unwrap();
    let files = Reader::open(&house.database()).unwrap().files().unwrap();
    assert!(!files.is_empty() && files.iter().all(|file| file.tier == Tier::Archive), "not all is archived");
}

#[test]
fn the_archive_is_searched_as_what_is_active() {
    let yard = small_yard();
    let gzip = yard.logs().join("projects/-p/packed.jsonl.gz");
    fs::create_dir_all(gzip.parent().unwrap()).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(fs::File::create(&gzip).unwrap(), flate2::Compression::fast());
    let packed = Saying { text: "packed the step".to_owned(), is_call: false, bytes: b"packed the step".to_vec() };
    encoder.write_all(&packed.line(1)).unwrap();
    encoder.finish().unwrap();
    yard.write("projects/-p/frame.jsonl.zst", &zstd::encode_all(&*packed.line(2), 1).unwrap());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let found = How::default().events(&house, "packed the step", Syntax::Literal, Case::Exact);
    assert_eq!((found.total, found.logs), (2, 2));
    let before = searches(&house);
    assert!(before.lines().count() > 100, "{before}");
    archive(&house);
    assert_eq!(before, searches(&house));
}

#[test]
fn only_the_newest_are_kept_where_few_are_wanted() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let all = How::default().events(&house, "e", Syntax::Literal, Case::Exact);
    let few = How { limit: 7, ..How::default() }.events(&house, "e", Syntax::Literal, Case::Exact);
    assert!(all.hits.is_sorted_by(|one, other| one.time >= other.time));
    assert_eq!((few.total, few.hits.as_slice()), (all.total, &all.hits[..7]));
    let none = How { limit: 0, ..How::default() }.events(&house, "e", Syntax::Literal, Case::Exact);
    assert_eq!((none.total, none.sessions, none.logs), (all.total, all.sessions, all.logs));
}

#[test]
fn logs_that_hold_nothing_of_what_is_wanted_are_not_opened() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let all = How::default().events(&house, "e", Syntax::Literal, Case::Exact);
    let filters = [
        EventFilter { session: Some("4c1f7a52".to_owned()), ..EventFilter::default() },
        EventFilter { project: Some("slay".to_owned()), ..EventFilter::default() },
        EventFilter { tool: Some("Bash".to_owned()), errors: true, ..EventFilter::default() },
        EventFilter { since: all.hits[20].time, until: all.hits[10].time, ..EventFilter::default() },
        EventFilter { agent: Some("nobody".to_owned()), ..EventFilter::default() },
    ];
    for filter in filters {
        let found = How { filter: filter.clone(), ..How::default() }.events(&house, "e", Syntax::Literal, Case::Exact);
        let is_wanted = |hit: &&Hit| {
            let within = |limit: Option<i64>, is_before: bool| {
                limit.is_none_or(|limit| hit.time.is_some_and(|time| (time < limit) == is_before))
            };
            filter.session.as_ref().is_none_or(|id| hit.session.starts_with(id.as_str()))
                && filter.project.as_ref().is_none_or(|name| hit.project.iter().any(|path| path.contains(name)))
                && filter.tool.as_ref().is_none_or(|tool| *tool == *hit.tool)
                && filter.agent.as_ref().is_none_or(|agent| *agent == *hit.agent)
                && (!filter.errors || hit.failed)
                && within(filter.since, false)
                && within(filter.until, true)
        };
        let expected: Vec<Hit> = all.hits.iter().filter(is_wanted).cloned().collect();
        assert_eq!(found.hits, expected, "{filter:?}");
        assert!(found.searched < all.searched, "{filter:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_searched() {
    let yard = Yard::new();
    for name in ["one", "two", "six"] {
        let saying = Saying { text: "lost and found".to_owned(), is_call: false, bytes: b"lost and found".to_vec() };
        let lines = [saying.line_in(name, 1), saying.line_in(name, 2)].concat();
        yard.write(&format!("projects/-p/{name}.jsonl"), &lines);
    }
    let house = yard.house();
    assert_eq!(yard.run(&house, &["ingest", "logs", "-q"]).code, Some(0));
    let whole = yard.run(&house, &["search", "lost", "-c", "--format", "csv"]);
    assert_eq!((whole.code, whole.out.as_str()), (Some(0), "events,sessions,logs\r\n6,3,3\r\n"));
    let copy = |name: &str| {
        let found = files_below(&house.resolve("logs/sessions"));
        found.into_iter().find(|path| path.to_string_lossy().contains(&format!("_{name}_"))).unwrap()
    };
    fs::remove_file(copy("one")).unwrap();
    let bytes = fs::read(copy("two")).unwrap();
    fs::write(copy("two"), &bytes[..bytes.len() / 2]).unwrap();
    for raw in [&[][..], &["--raw"]] {
        let ran = yard.run(&house, &[&["search", "lost", "-c", "--format", "csv"][..], raw].concat());
        assert_eq!(ran.code, Some(1));
        assert!(ran.out.ends_with("2,1,1\r\n") || ran.out.ends_with("2,1\r\n"), "{ran:?}");
        assert_eq!(ran.err.lines().count(), 2, "{ran:?}");
        assert!(ran.err.contains("it was cut or changed") && ran.err.contains("No such file"), "{ran:?}");
    }
}

#[test]
fn a_stream_that_came_damaged_is_no_news() {
    let yard = Yard::new();
    let saying = Saying { text: "found".to_owned(), is_call: false, bytes: b"found".to_vec() };
    let lines: Vec<u8> = (0..2000).flat_map(|second| saying.line(second)).collect();
    let packed = zstd::encode_all(&*lines, 1).unwrap();
    yard.write("projects/-p/s.jsonl.zst", &packed[..packed.len() - 5]);
    let house = yard.house();
    yard.run(&house, &["ingest", "logs", "-q"]);
    let ran = yard.run(&house, &["search", "found", "-c", "--format", "csv", "-v"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.err.contains("detail: not searched to its end"), "{ran:?}");
}

#[test]
fn lines_beyond_the_limit_are_counted_when_bytes_are_searched() {
    let yard = Yard::new();
    let saying = |text: &str| Saying { text: text.to_owned(), is_call: false, bytes: text.as_bytes().to_vec() };
    let long = "long ".repeat(200_000);
    yard.write(
        "projects/-p/s.jsonl",
        &[saying("long").line(1), saying(&long).line(2), saying("long").line(3)].concat(),
    );
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let how = How { max_line: 500_000, ..How::default() };
    let found = how.lines(&house, "long", Syntax::Literal);
    assert_eq!((found.total, found.too_long), (2, 1));
    assert_eq!(found.hits.iter().map(|hit| hit.line).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(how.events(&house, "long", Syntax::Literal, Case::Exact).total, 2);
    assert_eq!(How::default().events(&house, "long", Syntax::Literal, Case::Exact).total, 3);
}

#[test]
fn a_search_can_be_stopped_and_nobody_need_listen() {
    let yard = small_yard();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let stopped = AtomicBool::new(true);
    let found = How { stop: &stopped, ..How::default() }.events(&house, "e", Syntax::Literal, Case::Exact);
    assert!(found.interrupted && found.hits.is_empty());
    let mut child = yard.command(&house, &["search", "e", "-n", "0"]).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
