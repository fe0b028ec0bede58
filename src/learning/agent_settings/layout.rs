//! How a settings file is laid out, and what is new in it written the same way.

use super::document::{Container, Document};
use super::edit::Splice;
use serde_json::Value;

/// What Claude Code itself writes.
const USUAL_INDENT: &str = "  ";

/// A value that is to be written, with its keys in this order.
pub(super) enum Json {
    /// A text or number.
    Scalar(Value),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(&'static str, Json)>),
}

/// Whether what is written is spread over lines.
#[derive(Clone, Copy)]
enum Spread<'a> {
    /// Over lines, of which the last begins with this.
    Lines(&'a str),
    /// All in one.
    Inline,
}

/// The habits of a file.
pub(super) struct Layout<'a> {
    document: Option<Document<'a>>,
    newline: &'static str,
    indent: &'a str,
    is_spaced: bool,
    is_spread: bool,
}

impl<'a> Layout<'a> {
    /// What a file has that does not exist yet.
    pub fn usual() -> Layout<'a> {
        Layout { document: None, newline: "\n", indent: USUAL_INDENT, is_spaced: true, is_spread: true }
    }

    /// Looks at the lines of a file whose value is this object.
    pub fn of(document: Document<'a>, root: &Container<'a>) -> Layout<'a> {
        let text = document.text();
        let newline = match text.find('\n') {
            Some(at) if text[..at].ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let Some(first) = root.parts.first() else {
            return Layout { document: Some(document), newline, ..Layout::usual() };
        };
        let indented = text.lines().skip(1).find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
        Layout {
            document: Some(document),
            newline,
            indent: indented.map_or("", blanks),
            is_spaced: document
                .slice(first.start..first.value.start)
                .ends_with(|last: char| last.is_ascii_whitespace()),
            is_spread: document.slice(root.open..root.end).contains('\n'),
        }
    }

    /// A whole file around one member.
    pub fn file(&self, key: &'static str, value: Json) -> String {
        let mut out = String::new();
        self.write(&Json::Object(vec![(key, value)]), Spread::Lines(""), &mut out);
        out.push_str(self.newline);
        out
    }

    /// Writes a value where none was yet.
    pub fn scalar(value: &Value) -> String {
        value.to_string()
    }

    /// Puts something behind all that is in an object or array.
    pub fn append(&self, container: &Container<'a>, key: Option<&'static str>, value: &Json) -> Splice {
        self.after(container, container.parts.len().saturating_sub(1), key, value)
    }

    /// Puts something behind the part of that number, in the manner of that part.
    pub fn after(&self, container: &Container<'a>, index: usize, key: Option<&'static str>, value: &Json) -> Splice {
        let part = |index: usize| container.parts.get(index);
        let Some(last) = part(index) else { return self.first(container, key, value) };
        let from = index.checked_sub(1).and_then(part).map_or(container.open + 1, |before| before.value.end);
        let is_own_line = self.slice(from, last.start).contains('\n');
        let base = self.line_indent(last.start);
        let is_spread = is_own_line || self.slice(last.start, last.value.end).contains('\n');
        let mut out = String::from(",");
        match (is_own_line, self.is_spaced) {
            (true, _) => out.extend([self.newline, base]),
            (false, true) => out.push(' '),
            (false, false) => {}
        }
        self.write_part(key, value, if is_spread { Spread::Lines(base) } else { Spread::Inline }, &mut out);
        Splice { range: last.value.end..last.value.end, with: out }
    }

    /// Puts something into an object or array that is empty. The space before it says that its
    /// container was there before; in what Logwright makes, a line end or nothing stands there.
    fn first(&self, container: &Container<'a>, key: Option<&'static str>, value: &Json) -> Splice {
        let base = self.line_indent(container.open);
        let mut out = String::from(" ");
        self.write_part(key, value, if self.is_spread { Spread::Lines(base) } else { Spread::Inline }, &mut out);
        Splice { range: container.open + 1..container.open + 1, with: out }
    }

    /// Puts something in the place of an object, over lines if that one was.
    pub fn instead(&self, object: &Container<'a>, value: &Json) -> Splice {
        let is_spread = self.slice(object.open, object.end).contains('\n');
        let base = self.line_indent(object.open);
        let mut out = String::new();
        self.write(value, if is_spread { Spread::Lines(base) } else { Spread::Inline }, &mut out);
        Splice { range: object.open..object.end, with: out }
    }

    /// Puts a member into a file whose object is empty, on lines of its own.
    pub fn only(&self, root: &Container<'a>, key: &'static str, value: &Json) -> Splice {
        let mut out = format!("{}{}", self.newline, self.indent);
        self.write_part(Some(key), value, Spread::Lines(self.indent), &mut out);
        out.push_str(self.newline);
        Splice { range: root.open + 1..root.open + 1, with: out }
    }

    fn slice(&self, from: usize, to: usize) -> &'a str {
        self.document.map_or("", |document| document.slice(from..to))
    }

    /// The white space with which the line of this place begins.
    fn line_indent(&self, at: usize) -> &'a str {
        let before = self.slice(0, at);
        blanks(before.rsplit_once('\n').map_or("", |(_, line)| line))
    }

    fn write_part(&self, key: Option<&'static str>, value: &Json, spread: Spread<'_>, out: &mut String) {
        if let Some(key) = key {
            out.push_str(&Value::from(key).to_string());
            out.push_str(if self.is_spaced { ": " } else { ":" });
        }
        self.write(value, spread, out);
    }

    fn write(&self, value: &Json, spread: Spread<'_>, out: &mut String) {
        let (brackets, parts): (_, Vec<(Option<&'static str>, &Json)>) = match value {
            Json::Scalar(scalar) => return out.push_str(&Layout::scalar(scalar)),
            Json::List(items) => (['[', ']'], items.iter().map(|item| (None, item)).collect()),
            Json::Object(members) => (['{', '}'], members.iter().map(|(key, value)| (Some(*key), value)).collect()),
        };
        let deeper = match spread {
            Spread::Lines(base) => format!("{base}{}", self.indent),
            Spread::Inline => String::new(),
        };
        out.push(brackets[0]);
        for (index, (key, value)) in parts.into_iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            match spread {
                Spread::Lines(_) => {
                    out.extend([self.newline, &deeper]);
                    self.write_part(key, value, Spread::Lines(&deeper), out);
                }
                Spread::Inline => {
                    out.push_str(if index > 0 && self.is_spaced { " " } else { "" });
                    self.write_part(key, value, Spread::Inline, out);
                }
            }
        }
        if let Spread::Lines(base) = spread {
            out.extend([self.newline, base]);
        }
        out.push(brackets[1]);
    }
}

fn blanks(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}
