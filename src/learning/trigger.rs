//! Whether a call is one that a protocol is about: the one matcher of backtest and guard.
//!
//! Pure, and linear in the size of the call: regular expressions are those of a linear-time engine, their size is
//! bounded, and of a field no more than [`VALUE_BYTES`] are looked at.

use crate::event::{Condition, Precaution, Trigger, names_tool};
use crate::intake::json::Scanner;
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a field that are compared. A guess: a command that says later what it is about is a script.
pub const VALUE_BYTES: usize = 64 * 1024;

/// Bytes of a compiled pattern.
const PATTERN_BYTES: usize = 1024 * 1024;

/// Calls back to which a precaution is looked for, whatever it says.
pub const FURTHEST: usize = 200;

/// A tool call before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// The tool.
    pub tool: &'a str,
    /// Its input, as JSON.
    pub input: &'a [u8],
}

impl<'a> Call<'a> {
    /// The value of a field, dotted; strings decoded, other values as they stand.
    pub fn field(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut input = self.input;
        let mut parts = name.split('.').peekable();
        while let Some(part) = parts.next() {
            let span = member(input, part)?;
            if parts.peek().is_none() {
                return Some(plain(span));
            }
            input = span;
        }
        None
    }
}

/// The value of a member of an object, as it stands; of several the last, as most readers do.
fn member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut found = None;
    // What is torn is judged by what stands before.
    let _ = Scanner::new(object).object_or_skip(|scanner, key| {
        let span = scanner.span()?;
        if crate::event::Piece::Escaped(key).decode() == name {
            found = Some(span);
        }
        Ok(())
    });
    found
}

fn plain(span: &[u8]) -> Cow<'_, str> {
    match Scanner::new(span).piece() {
        Ok(Some(piece)) => piece.decode(),
        _ => String::from_utf8_lossy(span),
    }
}

/// Why a trigger cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPattern {
    /// The pattern.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the pattern `{}` cannot be used: {}", self.value, self.message)
    }
}

impl std::error::Error for BadPattern {}

enum Test {
    Equals(String),
    Prefix(String),
    Pattern(Regex),
}

impl Test {
    fn new(condition: &Condition) -> Result<Test, BadPattern> {
        let value = condition.value.clone();
        match condition.operator.as_str() {
            "equals" => Ok(Test::Equals(value)),
            "prefix" => Ok(Test::Prefix(value)),
            "glob" => pattern(&glob(&value), &value).map(Test::Pattern),
            "regex" => pattern(&value, &value).map(Test::Pattern),
            other => Err(BadPattern { message: format!("`{other}` is no operator"), value }),
        }
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Test::Equals(wanted) => value == wanted,
            Test::Prefix(wanted) => value.starts_with(wanted.as_str()),
            Test::Pattern(pattern) => pattern.is_match(cut(value).as_bytes()),
        }
    }
}

fn pattern(text: &str, value: &str) -> Result<Regex, BadPattern> {
    // Of classes such as \s the characters beyond ASCII are what takes time to compile, and the guard compiles each time.
    let is_plain = text.is_ascii();
    let mut builder = RegexBuilder::new(text);
    let compiled = builder.unicode(!is_plain).size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES).build();
    compiled.map_err(|error| BadPattern { value: value.to_owned(), message: error.to_string() })
}

/// A glob as a regular expression: `*` is any text, `?` one character, `[..]` one of several, `\` takes the next as it is.
fn glob(text: &str) -> String {
    let mut out = String::from("(?s)^");
    let mut characters = text.chars();
    let mut is_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push_str(&regex::escape(&characters.next().unwrap_or('\\').to_string())),
            ']' if is_class => {
                is_class = false;
                out.push(']');
            }
            '!' if is_class && out.ends_with('[') => out.push('^'),
            '-' if is_class => out.push('-'),
            _ if is_class => out.push_str(&regex::escape(&character.to_string())),
            '*' => out.push_str(".*"),
            '?' => out.push('.'),
            '[' => {
                is_class = true;
                out.push('[');
            }
            _ => out.push_str(&regex::escape(&character.to_string())),
        }
    }
    out.push('$');
    out
}

fn cut(value: &str) -> &str {
    &value[..value.floor_char_boundary(VALUE_BYTES)]
}

/// A trigger, ready to be compared with calls.
pub struct Matcher {
    tool: String,
    conditions: Vec<(String, Test)>,
    unless: Vec<Precaution>,
}

impl Matcher {
    /// Compiles a trigger.
    pub fn new(trigger: &Trigger) -> Result<Matcher, BadPattern> {
        let conditions = trigger.conditions.iter().map(|one| Ok((one.field.clone(), Test::new(one)?)));
        Ok(Matcher {
            tool: trigger.tool.clone(),
            conditions: conditions.collect::<Result<_, _>>()?,
            unless: trigger.unless.clone(),
        })
    }

    /// Whether it is about calls of a tool at all.
    pub fn is_about(&self, tool: &str) -> bool {
        names_tool(&self.tool, tool)
    }

    /// Whether a call, whatever came before, is one that the protocol is about.
    pub fn selects(&self, call: &Call<'_>) -> bool {
        let holds = |(field, test): &(String, Test)| call.field(field).is_some_and(|value| test.holds(&value));
        self.is_about(call.tool) && self.conditions.iter().all(holds)
    }

    /// Whether a call that it selects needs no warning, after those of the trace.
    pub fn is_prevented(&self, call: &Seen, trace: &Trace) -> bool {
        self.unless.iter().any(|precaution| trace.holds(precaution, call))
    }
}

/// What is remembered of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    tool: String,
    /// Hashes of fields' names and values.
    fields: Vec<(u64, u64)>,
}

impl Seen {
    /// What precautions can ask of a call.
    pub fn new(call: &Call<'_>, fields: &[String]) -> Seen {
        let value = |name: &String| Some((xxh3_64(name.as_bytes()), xxh3_64(call.field(name)?.as_bytes())));
        Seen { tool: call.tool.to_owned(), fields: fields.iter().filter_map(value).collect() }
    }

    /// A line that says it.
    pub fn line(&self) -> String {
        let tool: String = self.tool.chars().map(|one| if one.is_control() { '?' } else { one }).take(256).collect();
        let fields: Vec<String> = self.fields.iter().map(|(name, value)| format!("{name:x}:{value:x}")).collect();
        format!("{tool}\t{}\n", fields.join(","))
    }

    /// What a line says.
    pub fn of_line(line: &str) -> Option<Seen> {
        let (tool, fields) = line.split_once('\t')?;
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        let pair = |text: &str| text.split_once(':').and_then(|(name, value)| Some((number(name)?, number(value)?)));
        Some(Seen { tool: tool.to_owned(), fields: fields.trim_end().split(',').filter_map(pair).collect() })
    }
}

/// The calls of one actor so far, the last ones.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    calls: VecDeque<Seen>,
}

impl Trace {
    /// Adds a call.
    pub fn push(&mut self, call: Seen) {
        if self.calls.len() == FURTHEST {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    fn holds(&self, precaution: &Precaution, call: &Seen) -> bool {
        let name = xxh3_64(precaution.field.as_bytes());
        let same = call.fields.iter().find(|(field, _)| *field == name);
        // Without the field no earlier call can have the same.
        if same.is_none() && !precaution.field.is_empty() {
            return false;
        }
        let is_meant = |seen: &Seen| {
            names_tool(&precaution.tool, &seen.tool) && same.is_none_or(|same| seen.fields.contains(same))
        };
        self.calls.iter().rev().take(precaution.within as usize).any(is_meant)
    }
}

/// The fields that precautions compare, each once.
pub fn watched<'a>(triggers: impl IntoIterator<Item = &'a Trigger>) -> Vec<String> {
    let fields = triggers.into_iter().flat_map(|trigger| &trigger.unless).map(|precaution| precaution.field.clone());
    let fields: std::collections::BTreeSet<String> = fields.filter(|field| !field.is_empty()).collect();
    fields.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{Call, Matcher, Seen, Trace, watched};
    use crate::event::{Condition, Precaution, Trigger};
    use proptest::prelude::*;

    fn trigger(tool: &str, conditions: &[(&str, &str, &str)], unless: &[(&str, &str, u32)]) -> Trigger {
        let condition = |(field, operator, value): &(&str, &str, &str)| Condition {
            field: (*field).to_owned(),
            operator: (*operator).to_owned(),
            value: (*value).to_owned(),
        };
        let precaution = |(tool, field, within): &(&str, &str, u32)| Precaution {
            tool: (*tool).to_owned(),
            field: (*field).to_owned(),
            within: *within,
        };
        Trigger {
            tool: tool.to_owned(),
            conditions: conditions.iter().map(condition).collect(),
            unless: unless.iter().map(precaution).collect(),
        }
    }

    fn call<'a>(tool: &'a str, input: &'a str) -> Call<'a> {
        Call { tool, input: input.as_bytes() }
    }

    fn fires(trigger: &Trigger, calls: &[(&str, &str)]) -> bool {
        let matcher = Matcher::new(trigger).unwrap();
        let fields = watched([trigger]);
        let mut trace = Trace::default();
        let (last, before) = calls.split_last().unwrap();
        before.iter().for_each(|(tool, input)| trace.push(Seen::new(&call(tool, input), &fields)));
        let last = call(last.0, last.1);
        matcher.selects(&last) && !matcher.is_prevented(&Seen::new(&last, &fields), &trace)
    }

    #[test]
    fn conditions_compare_fields() {
        let holds =
            |operator, value, input| fires(&trigger("Bash", &[("command", operator, value)], &[]), &[("Bash", input)]);
        let input = r#"{"command":"npm run \"lint\" -- --fix"}"#;
        assert!(holds("equals", r#"npm run "lint" -- --fix"#, input) && !holds("equals", "npm", input));
        assert!(holds("prefix", "npm run", input) && !holds("prefix", "run", input));
        assert!(holds("glob", "npm * --fix", input) && !holds("glob", "npm", input));
        assert!(holds("glob", r"npm run [!x]?*", input) && !holds("glob", r"npm \* --fix", input));
        assert!(holds("regex", r"\bnpm\s+run\b", input) && !holds("regex", "^run", input));
        assert!(!holds("equals", "", "{}"), "a field that is missing equals nothing");
    }

    #[test]
    fn fields_may_lie_deeper_and_be_no_text() {
        let deep = trigger("T*", &[("a.b", "equals", "7"), ("c", "equals", "true")], &[]);
        assert!(fires(&deep, &[("Tool", r#"{"a":{"x":1,"b":7},"c":true}"#)]));
        assert!(!fires(&deep, &[("Tool", r#"{"a":7,"c":true}"#)]));
        assert!(!fires(&deep, &[("Other", r#"{"a":{"b":7},"c":true}"#)]));
    }

    #[test]
    fn a_precaution_counts_within_its_span_and_for_the_same_value() {
        let edit = trigger("Edit", &[], &[("Read", "file_path", 2)]);
        let (a, b) = (r#"{"file_path":"/a"}"#, r#"{"file_path":"/b"}"#);
        assert!(fires(&edit, &[("Edit", a)]));
        assert!(!fires(&edit, &[("Read", a), ("Edit", a)]));
        assert!(!fires(&edit, &[("Read", a), ("Bash", "{}"), ("Edit", a)]));
        assert!(fires(&edit, &[("Read", a), ("Bash", "{}"), ("Bash", "{}"), ("Edit", a)]));
        assert!(fires(&edit, &[("Read", b), ("Edit", a)]));
        assert!(fires(&edit, &[("Read", "{}"), ("Edit", "{}")]), "nothing is not the same as nothing");
        let any = trigger("Edit", &[], &[("Re*", "", 1)]);
        assert!(!fires(&any, &[("Read", b), ("Edit", a)]));
    }

    #[test]
    fn what_is_remembered_survives_as_a_line() {
        let fields = vec!["file_path".to_owned(), "url".to_owned()];
        let seen = Seen::new(&call("mcp__a__b", r#"{"file_path":"/a b","url":"x"}"#), &fields);
        assert_eq!(Seen::of_line(&seen.line()), Some(seen));
        let bare = Seen::new(&call("Bash", "{}"), &fields);
        assert_eq!(Seen::of_line(&bare.line()), Some(bare));
        assert_eq!(Seen::of_line("torn"), None);
    }

    #[test]
    fn a_pattern_that_is_none_is_refused_by_name() {
        let bad = |value| Matcher::new(&trigger("T", &[("a", "regex", value)], &[])).err().unwrap().to_string();
        assert!(bad("(").starts_with("the pattern `(` cannot be used: "));
        assert!(bad(r"(\w{1000}){1000}").contains("size limit"));
        assert!(Matcher::new(&trigger("T", &[("a", "is", "x")], &[])).is_err());
    }

    proptest! {
        #[test]
        fn no_call_and_no_glob_make_it_panic(input in any::<Vec<u8>>(), value in any::<String>(), field in "[a.]{0,4}") {
            let trigger = trigger("T", &[(&field, "glob", &value)], &[("T", &field, 3)]);
            if let Ok(matcher) = Matcher::new(&trigger) {
                let call = Call { tool: "T", input: &input };
                matcher.selects(&call);
                matcher.is_prevented(&Seen::new(&call, &watched([&trigger])), &Trace::default());
            }
        }

        #[test]
        fn a_glob_without_signs_means_itself(value in "[a-zA-Z0-9 /._-]{0,12}", other in "[a-z]{0,3}") {
            let only = trigger("T", &[("a", "glob", &value)], &[]);
            let input = serde_json::json!({ "a": value }).to_string();
            prop_assert!(fires(&only, &[("T", &input)]));
            let longer = serde_json::json!({ "a": format!("{value}{other}") }).to_string();
            prop_assert_eq!(fires(&only, &[("T", &longer)]), other.is_empty());
        }
    }
}
