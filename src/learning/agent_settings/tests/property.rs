//! Over many files in many styles, for which nobody wrote down what comes out.

use super::super::{Edit, Hook, Side, install, remove, status};
use super::{hook, is_ours};
use proptest::prelude::*;
use serde_json::Value;

/// JSON whose leaves and keys are written as they stand here.
#[derive(Clone, Debug)]
enum Written {
    Leaf(String),
    List(Vec<Written>),
    Object(Vec<(String, Written)>),
}

/// How a file is laid out.
#[derive(Clone, Debug)]
enum Style {
    Lines {
        indent: &'static str,
        line_end: &'static str,
        colon: &'static str,
    },
    Line {
        colon: &'static str,
        comma: &'static str,
        inside: &'static str,
    },
    /// White space anywhere, taken from here in turn.
    Any(Vec<&'static str>),
}

struct Writer<'s> {
    style: &'s Style,
    turn: usize,
    out: String,
}

impl Writer<'_> {
    fn gap(&mut self, deep: usize, of_line: &str) {
        match self.style {
            Style::Lines { indent, line_end, .. } => {
                self.out.push_str(line_end);
                self.out.push_str(&indent.repeat(deep));
            }
            Style::Line { .. } => self.out.push_str(of_line),
            Style::Any(_) => self.any(),
        }
    }

    fn any(&mut self) {
        if let Style::Any(gaps) = self.style {
            self.out.push_str(gaps[self.turn % gaps.len()]);
            self.turn += 1;
        }
    }

    fn write(&mut self, written: &Written, deep: usize) {
        let (brackets, parts): (_, Vec<(Option<&str>, &Written)>) = match written {
            Written::Leaf(leaf) => return self.out.push_str(leaf),
            Written::List(items) => (['[', ']'], items.iter().map(|item| (None, item)).collect()),
            Written::Object(members) => {
                (['{', '}'], members.iter().map(|(key, value)| (Some(key.as_str()), value)).collect())
            }
        };
        let (inside, comma, colon) = match self.style {
            Style::Line { colon, comma, inside } => (*inside, *comma, *colon),
            Style::Lines { colon, .. } => ("", "", *colon),
            Style::Any(_) => ("", "", ":"),
        };
        self.out.push(brackets[0]);
        for (index, (key, value)) in parts.iter().enumerate() {
            if index > 0 {
                self.any();
                self.out.push(',');
            }
            self.gap(deep + 1, if index > 0 { comma } else { inside });
            if let Some(key) = key {
                self.out.push_str(key);
                self.any();
                self.out.push_str(colon);
                self.any();
            }
            self.write(value, deep + 1);
        }
        if parts.is_empty() {
            self.any();
        } else {
            self.gap(deep, inside);
        }
        self.out.push(brackets[1]);
    }
}

fn style() -> impl Strategy<Value = Style> {
    let colon = prop::sample::select(vec![":", ": ", " : "]);
    let line_end = prop::sample::select(vec!["\n", "\r\n", "\n\n"]);
    let gaps = vec!["", "", " ", "\n", "\r\n", "\t", "  ", "\n  ", "\n\n\t"];
    prop_oneof![
        4 => (prop::sample::select(vec!["  ", "    ", "\t", "", " "]), line_end, colon.clone())
            .prop_map(|(indent, line_end, colon)| Style::Lines { indent, line_end, colon }),
        2 => (colon, prop::sample::select(vec!["", " "]), prop::sample::select(vec!["", " ", "  "]))
            .prop_map(|(colon, comma, inside)| Style::Line { colon, comma, inside }),
        2 => prop::collection::vec(prop::sample::select(gaps), 1..12).prop_map(Style::Any),
    ]
}

fn any_value() -> impl Strategy<Value = Written> {
    let plain = [
        "0",
        "-0.0",
        "1.50E+3",
        "12345678901234567890",
        "null",
        "true",
        r#""a\/\u00e9\\""#,
        r#""{[,:\"]}""#,
        r#""//""#,
    ];
    let leaf = prop_oneof![
        prop::sample::select(plain.to_vec()).prop_map(|leaf| Written::Leaf(leaf.to_owned())),
        any::<String>().prop_map(|text| Written::Leaf(Value::from(text).to_string())),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Written::List),
            prop::collection::vec((key(), inner), 0..4).prop_map(Written::Object),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    let keys = [r#""env""#, r#""model""#, r#""env""#, r#""""#, r#""a b""#, r#""PreToolUse""#, r#""disableAllHooks""#];
    prop_oneof![
        prop::sample::select(keys.to_vec()).prop_map(str::to_owned),
        "[a-g\"\\\\]{0,4}".prop_map(|key| Value::from(key).to_string()),
    ]
}

fn leaf(text: &str) -> Written {
    Written::Leaf(Value::from(text).to_string())
}

fn handler(command: &str) -> Written {
    Written::Object(vec![(r#""type""#.into(), leaf("command")), (r#""command""#.into(), leaf(command))])
}

fn a_group(commands: &'static [&'static str]) -> impl Strategy<Value = Written> {
    let handlers = prop::collection::vec(prop::sample::select(commands).prop_map(handler), 0..4);
    let matcher = prop::option::of(prop::sample::select(vec!["*", "", "Bash", "Bash|Edit"]));
    (matcher, handlers, any::<bool>()).prop_map(|(matcher, handlers, is_swapped)| {
        let mut members = vec![(r#""hooks""#.into(), Written::List(handlers))];
        members.extend(matcher.map(|matcher| (r#""matcher""#.into(), leaf(matcher))));
        if is_swapped {
            members.reverse();
        }
        Written::Object(members)
    })
}

/// A settings file in which these commands are hooks.
fn file(commands: &'static [&'static str]) -> impl Strategy<Value = String> {
    let groups = prop::collection::vec(prop_oneof![6 => a_group(commands), 1 => any_value()], 0..4);
    let event = groups.prop_map(|groups| (r#""PreToolUse""#.to_owned(), Written::List(groups)));
    let other = (prop::sample::select(vec![r#""Stop""#, r#""PostToolUse""#]), any_value());
    let other = other.prop_map(|(key, value)| (key.to_owned(), value));
    let hooks = (prop::option::weighted(0.7, event), prop::collection::vec(other, 0..2), any::<bool>());
    let hooks = hooks.prop_map(|(event, others, is_first)| {
        let (before, after) = if is_first { (None, event) } else { (event, None) };
        (r#""hooks""#.to_owned(), Written::Object(before.into_iter().chain(others).chain(after).collect()))
    });
    let members = || prop::collection::vec((key(), any_value()), 0..3);
    let root = (prop::option::weighted(0.8, hooks), members(), members());
    let root = root.prop_map(|(hooks, before, after)| before.into_iter().chain(hooks).chain(after).collect());
    let ends = prop::sample::select(vec!["", "\n", "\r\n", " \n\n"]);
    (root, style(), ends, any::<bool>()).prop_map(|(root, style, end, has_mark)| {
        let mut writer = Writer { style: &style, turn: 0, out: String::new() };
        writer.out.push_str(if has_mark { "\u{feff}" } else { "" });
        writer.any();
        writer.write(&Written::Object(root), 0);
        writer.out.push_str(end);
        writer.out
    })
}

fn a_hook() -> impl Strategy<Value = Hook> {
    let command = prop_oneof![Just(hook().command), "[ -~é\n]{0,12}".prop_map(|rest| format!("logwright hook {rest}"))];
    (command, prop::sample::select(vec!["*", "", "Bash", "Bash|Edit"]), any::<u32>())
        .prop_map(|(command, matcher, timeout)| Hook { command, matcher: matcher.to_owned(), timeout })
}

fn value(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)).unwrap()
}

/// What a file says without our hooks and without lists and objects on the way that are then empty.
fn without_ours(bytes: &[u8]) -> Value {
    let mut value = value(bytes);
    let Some(root) = value.as_object_mut() else { return value };
    let Some(hooks) = root.get_mut("hooks").and_then(Value::as_object_mut) else { return value };
    if let Some(groups) = hooks.get_mut("PreToolUse").and_then(Value::as_array_mut) {
        for group in groups.iter_mut() {
            let Some(list) = group.get_mut("hooks").and_then(Value::as_array_mut) else { continue };
            let before = list.len();
            list.retain(|one| !one.get("command").and_then(Value::as_str).is_some_and(is_ours));
            if list.is_empty() && before > 0 {
                *group = Value::Null;
            }
        }
        groups.retain(|group| !group.is_null());
        if groups.is_empty() {
            hooks.remove("PreToolUse");
        }
    }
    if hooks.is_empty() {
        root.remove("hooks");
    }
    value
}

/// The lines after an edit, made from the lines before and its preview.
fn replayed(before: &[u8], edit: &Edit) -> Vec<String> {
    let text = String::from_utf8_lossy(before).into_owned();
    let mut old = text.split_inclusive('\n').enumerate().peekable();
    let gone: Vec<usize> =
        edit.preview().iter().filter(|line| line.side == Side::Removed).map(|line| line.number).collect();
    let come = edit.preview().into_iter().filter(|line| line.side == Side::Added);
    let mut lines = Vec::new();
    let mut keep = |lines: &mut Vec<String>, until: usize| {
        while lines.len() + 1 < until {
            let Some((index, line)) = old.next() else { return };
            if !gone.contains(&(index + 1)) {
                lines.push(line.trim_end_matches(['\r', '\n']).to_owned());
            }
        }
    };
    for line in come {
        keep(&mut lines, line.number);
        lines.push(line.text);
    }
    keep(&mut lines, usize::MAX);
    lines
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    text.split_inclusive('\n').map(|line| line.trim_end_matches(['\r', '\n']).to_owned()).collect()
}

const OTHERS: &[&str] = &["lint", "echo logwright hook", ""];
const ALL: &[&str] = &["lint", "logwright hook guard", "logwright hook old", "logwright hook guard"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn taking_the_hook_out_gives_back_what_was_there(file in file(OTHERS), hook in a_hook()) {
        let before = file.as_bytes();
        let there = install(Some(before), &hook, is_ours).unwrap();
        prop_assert!(!there.is_nothing());
        let told = status(Some(there.bytes()), is_ours).unwrap().installed;
        prop_assert_eq!(told.len(), 1);
        prop_assert_eq!(&told[0].command, &hook.command);
        prop_assert_eq!(without_ours(there.bytes()), without_ours(before));
        let again = install(Some(there.bytes()), &hook, is_ours).unwrap();
        prop_assert!(again.is_nothing());
        let back = remove(Some(there.bytes()), is_ours).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(back.bytes()), file.as_str());
        prop_assert!(remove(Some(before), is_ours).unwrap().is_nothing());
        prop_assert_eq!(replayed(before, &there), lines(there.bytes()));
        prop_assert_eq!(replayed(there.bytes(), &back), lines(before));
    }

    #[test]
    fn however_often_and_wherever_it_was_it_is_then_there_once_or_not(file in file(ALL), hook in a_hook()) {
        let before = file.as_bytes();
        let there = install(Some(before), &hook, is_ours).unwrap();
        prop_assert_eq!(without_ours(there.bytes()), without_ours(before));
        let told = status(Some(there.bytes()), is_ours).unwrap().installed;
        prop_assert_eq!(told.len(), 1);
        prop_assert_eq!(&told[0].command, &hook.command);
        let is_all = |matcher: &str| matches!(matcher, "" | "*");
        prop_assert!(told[0].matcher == hook.matcher || is_all(&told[0].matcher) && is_all(&hook.matcher));
        prop_assert!(install(Some(there.bytes()), &hook, is_ours).unwrap().is_nothing());
        prop_assert_eq!(replayed(before, &there), lines(there.bytes()));
        let gone = remove(Some(before), is_ours).unwrap();
        prop_assert_eq!(without_ours(gone.bytes()), without_ours(before));
        prop_assert_eq!(status(Some(gone.bytes()), is_ours).unwrap().installed.len(), 0);
        prop_assert!(remove(Some(gone.bytes()), is_ours).unwrap().is_nothing());
        prop_assert_eq!(replayed(before, &gone), lines(gone.bytes()));
    }

    #[test]
    fn a_file_with_a_byte_changed_is_refused_or_stays_json(file in file(ALL), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = file.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let json = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(json).is_ok() && std::str::from_utf8(json).is_ok();
        for edit in [install(Some(&bytes), &hook(), is_ours), remove(Some(&bytes), is_ours)] {
            prop_assert!(is_json || edit.is_err());
            let Ok(edit) = edit else { continue };
            let after = edit.bytes().strip_prefix("\u{feff}".as_bytes()).unwrap_or(edit.bytes());
            prop_assert!(serde_json::from_slice::<serde::de::IgnoredAny>(after).is_ok());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>(), text in "[{}\\[\\]\",:/*hoks 1\\\\\n]{0,40}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let _ = install(Some(bytes), &hook(), is_ours).map(|edit| edit.preview());
            let _ = remove(Some(bytes), is_ours).map(|edit| edit.preview());
            let _ = status(Some(bytes), is_ours);
        }
    }
}
