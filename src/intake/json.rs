//! A lazy scanner of JSON: one pass over the bytes, nothing decoded, nothing built.
//!
//! The caller walks in with [`Scanner::object`] and [`Scanner::array`] and takes
//! spans; what it does not ask for is skipped at the speed of a byte search. The
//! scanner is tolerant where skipping allows it (it does not look inside what it
//! skips beyond strings and brackets) and strict about structure: an object that is
//! not closed is an error with its place. Nesting costs no stack.

use crate::event::Piece;
use memchr::{memchr, memchr3};
use std::fmt;

/// Where and how a value stopped being JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Offset in the bytes given to the scanner.
    pub at: usize,
    /// What was expected there.
    pub expected: &'static str,
    /// Whether the bytes merely ended too early.
    pub torn: bool,
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.torn {
            write!(out, "ends at byte {} where {} was expected", self.at, self.expected)
        } else {
            write!(out, "expected {} at byte {}", self.expected, self.at)
        }
    }
}

impl std::error::Error for Malformed {}

/// Greater numbers are not exact in JSON; none of them can be meant.
const MAX_UNSIGNED: u64 = 1 << 53;

type Scan<T> = Result<T, Malformed>;

/// A position in JSON text.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Scanner { bytes, at: 0 }
    }

    /// The offset of the next byte.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The bytes from here on.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Steps over bytes that somebody else has read.
    pub fn advance(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.bytes.len());
    }

    /// The next byte that is no white space; the scanner then stands on it.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Walks through an object. `member` gets each key, as it stands between its
    /// quotes, and must take or skip the value.
    pub fn object(&mut self, mut member: impl FnMut(&mut Self, &'a [u8]) -> Scan<()>) -> Scan<()> {
        self.expect(b'{', "an object")?;
        if self.eat(b'}') {
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.malformed("a key"));
            }
            let key = self.string()?;
            self.expect(b':', "`:`")?;
            member(self, key)?;
            if self.eat(b'}') {
                return Ok(());
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    /// Walks through an array. `item` must take or skip each value.
    pub fn array(&mut self, mut item: impl FnMut(&mut Self) -> Scan<()>) -> Scan<()> {
        self.expect(b'[', "an array")?;
        if self.eat(b']') {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.eat(b']') {
                return Ok(());
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    /// Like [`Scanner::object`], but any other value is skipped.
    pub fn object_or_skip(&mut self, member: impl FnMut(&mut Self, &'a [u8]) -> Scan<()>) -> Scan<()> {
        if self.peek() == Some(b'{') { self.object(member) } else { self.skip() }
    }

    /// Takes a string, as it stands between its quotes.
    pub fn string(&mut self) -> Scan<&'a [u8]> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("a string"));
        }
        let start = self.at + 1;
        self.skip_string()?;
        Ok(&self.bytes[start..self.at - 1])
    }

    /// Takes a string as a piece of text; any other value is skipped.
    pub fn piece(&mut self) -> Scan<Option<Piece<'a>>> {
        if self.peek() == Some(b'"') {
            return self.string().map(|inside| Some(Piece::Escaped(inside)));
        }
        self.skip()?;
        Ok(None)
    }

    /// Takes a whole number that is not negative, also from within a string or
    /// with a fraction; any other value is skipped.
    pub fn unsigned(&mut self) -> Scan<Option<u64>> {
        let value = match self.peek() {
            Some(b'"') => self.string()?,
            _ => self.span()?,
        };
        let text = std::str::from_utf8(value).unwrap_or_default();
        let fraction = || text.parse::<f64>().ok().filter(|number| *number >= 0.0).map(|number| number.round() as u64);
        Ok(text.parse().ok().or_else(fraction).filter(|number| *number < MAX_UNSIGNED))
    }

    /// Takes a truth value; any other value is skipped and counts as false.
    pub fn truth(&mut self) -> Scan<bool> {
        Ok(self.span()? == b"true")
    }

    /// Takes any value as it stands.
    pub fn span(&mut self) -> Scan<&'a [u8]> {
        self.peek();
        let start = self.at;
        self.skip()?;
        Ok(&self.bytes[start..self.at])
    }

    /// Skips any value.
    pub fn skip(&mut self) -> Scan<()> {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{') => self.skip_container(b'{', b'}'),
            Some(b'[') => self.skip_container(b'[', b']'),
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                let rest = &self.bytes[self.at..];
                let end =
                    rest.iter().position(|byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'));
                self.at += end.unwrap_or(rest.len());
                Ok(())
            }
            _ => Err(self.malformed("a value")),
        }
    }

    /// Skips a string; the scanner stands on its opening quote.
    fn skip_string(&mut self) -> Scan<()> {
        let mut at = self.at + 1;
        loop {
            let Some(quote) = memchr(b'"', &self.bytes[at..]) else {
                self.at = self.bytes.len();
                return Err(self.malformed("the end of a string"));
            };
            at += quote + 1;
            let escapes = self.bytes[..at - 1].iter().rev().take_while(|byte| **byte == b'\\').count();
            if escapes % 2 == 0 {
                self.at = at;
                return Ok(());
            }
        }
    }

    /// Skips an object or array by counting its own kind of bracket outside strings.
    fn skip_container(&mut self, open: u8, close: u8) -> Scan<()> {
        let mut depth = 0_usize;
        loop {
            let Some(next) = memchr3(b'"', open, close, &self.bytes[self.at..]) else {
                self.at = self.bytes.len();
                return Err(self.malformed("the end of an object or array"));
            };
            self.at += next;
            let byte = self.bytes[self.at];
            if byte == b'"' {
                self.skip_string()?;
                continue;
            }
            self.at += 1;
            if byte == open {
                depth += 1;
            } else {
                depth -= 1;
                if depth == 0 {
                    return Ok(());
                }
            }
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Scan<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.malformed(expected)) }
    }

    fn malformed(&self, expected: &'static str) -> Malformed {
        Malformed { at: self.at, expected, torn: self.at >= self.bytes.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::Scanner;
    use proptest::prelude::*;
    use serde_json::Value;

    fn spans(json: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        Scanner::new(json.as_bytes())
            .object(|scanner, key| {
                let value = scanner.span()?;
                found.push((String::from_utf8_lossy(key).into_owned(), String::from_utf8_lossy(value).into_owned()));
                Ok(())
            })
            .unwrap();
        found
    }

    #[test]
    fn values_come_as_they_stand() {
        let json = r#" {"a" : "x\"}" , "b":[1,{"c":"]"}], "d":-1.5e3 ,"e":{}, "f":"\\"} "#;
        let found = spans(json);
        let found: Vec<_> = found.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [("a", r#""x\"}""#), ("b", r#"[1,{"c":"]"}]"#), ("d", "-1.5e3"), ("e", "{}"), ("f", r#""\\""#)]
        );
    }

    #[test]
    fn what_is_cut_short_says_so() {
        for json in [r#"{"a"#, r#"{"a":"#, r#"{"a":{"b":1}"#, r#"{"a":"x\"#, "{", r#"{"a":1,"#] {
            let fault = Scanner::new(json.as_bytes()).object(|scanner, _| scanner.skip()).unwrap_err();
            assert!(fault.torn, "{json}: {fault}");
        }
        let fault = Scanner::new(b"{\"a\" 1}").object(|scanner, _| scanner.skip()).unwrap_err();
        assert_eq!(fault.to_string(), "expected `:` at byte 5");
    }

    #[test]
    fn numbers_are_read_from_every_dress() {
        for (json, number) in
            [("12", Some(12)), ("\"12\"", Some(12)), ("1.6", Some(2)), ("-1", None), ("null", None), ("1e400", None)]
        {
            assert_eq!(Scanner::new(json.as_bytes()).unsigned().unwrap(), number, "{json}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            r#"[\\"{}\[\]a]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((r#"[\\"a-c]{0,4}"#, inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_skipped_whole(value in value(), pretty in any::<bool>()) {
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let text = format!("{json} tail");
            let mut scanner = Scanner::new(text.as_bytes());
            prop_assert_eq!(scanner.span().unwrap(), json.as_bytes());
            prop_assert_eq!(scanner.position(), json.len());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in any::<Vec<u8>>()) {
            let mut scanner = Scanner::new(&bytes);
            let _ = scanner.object(|scanner, _| scanner.skip());
            let _ = Scanner::new(&bytes).skip();
        }
    }
}
