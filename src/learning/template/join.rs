//! Joins what was cut: neighbouring values are one, and so are parts that only together are a value.

use super::token::{Kind, Token, run};
use super::value;

/// The tokens of a line so far.
pub struct Joiner<'a> {
    /// What is looked at of the line.
    pub bytes: &'a [u8],
    /// Its tokens.
    pub tokens: &'a mut Vec<Token>,
}

impl Joiner<'_> {
    fn text(&self, token: &Token) -> &[u8] {
        self.bytes.get(token.start..token.end).unwrap_or(&[])
    }

    /// Returns where the last token ends.
    pub fn end(&self) -> usize {
        self.tokens.last().map_or(0, |last| last.end)
    }

    /// Adds something that is no punctuation, or only looks so; returns its end.
    pub fn chunk(&mut self, start: usize, end: usize, spaced: bool) -> usize {
        let text = self.bytes.get(start..end).unwrap_or(&[]);
        let token = |kind| Token { kind, spaced, start, end };
        if !text.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii()) {
            return self.mark(start, end, spaced);
        }
        if value::varies(text) {
            self.value(token(Kind::Value));
        } else if spaced && self.continues(text) {
            self.stretch(end);
        } else {
            self.tokens.push(token(Kind::Word));
        }
        end
    }

    /// Adds punctuation; returns its end.
    pub fn mark(&mut self, start: usize, end: usize, spaced: bool) -> usize {
        match self.bytes.get(start..end) {
            Some(b")") => self.fill(b"("),
            Some(b"]") => self.fill(b"["),
            Some(b"}") if !spaced && self.object() => {
                self.stretch(end);
                return end;
            }
            _ => {}
        }
        // How long a ruler is does not matter, and a mark of many kinds is told by its beginning.
        let shown = if run(self.bytes, start) >= end { 3 } else { 16 };
        self.tokens.push(Token { kind: Kind::Mark, spaced, start, end: end.min(start + shown) });
        end
    }

    /// Adds a quotation that is the value of a key, if there is one here.
    pub fn quotation(&mut self, at: usize) -> bool {
        let Some(close) = self.closes(at) else { return false };
        let inside = |start, end, kind| Token { kind, spaced: false, start, end };
        self.tokens.push(inside(at, at + 1, Kind::Mark));
        self.tokens.push(inside(at + 1, close, Kind::Value));
        self.tokens.push(inside(close, close + 1, Kind::Mark));
        true
    }

    /// Adds a value, together with values, months, days and hosts right before it.
    pub fn value(&mut self, mut token: Token) {
        self.bound(&mut token);
        loop {
            let dated = |word: &Token| word.kind == Kind::Word && value::dates(self.text(word));
            let (first, taken) = match self.tokens.as_slice() {
                [.., first] if first.kind == Kind::Value => (*first, 1),
                [.., first, mark] if first.kind == Kind::Value && self.glues(mark) => (*first, 2),
                [.., day] if token.spaced && dated(day) => (*day, 1),
                [.., day, mark] if token.spaced && dated(day) && self.text(mark) == b"," => (*day, 2),
                [.., host, mark] if !token.spaced && !mark.spaced && self.locates(host, mark, &token) => (*host, 2),
                _ => break,
            };
            (token.spaced, token.start) = (first.spaced, first.start);
            self.tokens.truncate(self.tokens.len() - taken);
        }
        self.tokens.push(token);
    }

    fn glues(&self, mark: &Token) -> bool {
        mark.kind == Kind::Mark && value::glues(self.text(mark))
    }

    fn locates(&self, host: &Token, mark: &Token, port: &Token) -> bool {
        host.kind == Kind::Word && self.text(mark) == b":" && value::is_host(self.text(host), self.text(port))
    }

    fn stretch(&mut self, end: usize) {
        if let Some(last) = self.tokens.last_mut() {
            last.end = end;
        }
    }

    fn continues(&self, word: &[u8]) -> bool {
        self.tokens.last().is_some_and(|last| last.kind == Kind::Value && value::continues(self.text(last), word))
    }

    /// Puts an empty value into brackets behind a value, as in `from 10.0.0.1 () at`, where other lines have a name.
    fn fill(&mut self, opening: &[u8]) {
        if let [.., before, last] = self.tokens.as_slice()
            && before.kind == Kind::Value
            && last.spaced
            && self.text(last) == opening
        {
            let end = last.end;
            self.tokens.push(Token { kind: Kind::Value, spaced: false, start: end, end });
        }
    }

    /// Makes a value of an object that holds one, as in `owner=Source{17}`, but for its closing bracket.
    fn object(&mut self) -> bool {
        let [.., key, name, open, inner] = self.tokens.as_slice() else { return false };
        let plain =
            name.kind == Kind::Word && inner.kind == Kind::Value && !(name.spaced || open.spaced || inner.spaced);
        let whole = plain && self.text(key) == b"=" && self.text(open) == b"{";
        if whole {
            let name = *name;
            self.tokens.truncate(self.tokens.len() - 3);
            self.tokens.push(Token { kind: Kind::Value, ..name });
        }
        whole
    }

    /// Takes a sign of comparison before a number into the value, as in `<1 sec`, unless it is a bracket that closes.
    fn bound(&mut self, token: &mut Token) {
        let Some(sign) = self.tokens.last().copied() else { return };
        let alone = sign.spaced || self.tokens.len() == 1;
        let number = self.text(token).first().is_some_and(u8::is_ascii_digit);
        let closed = matches!(self.bytes.get(token.end), Some(b'>' | b'<'));
        if !token.spaced && alone && number && !closed && matches!(self.text(&sign), b"<" | b">") {
            (token.spaced, token.start) = (sign.spaced, sign.start);
            self.tokens.pop();
        }
    }

    /// Returns where the quotation closes that opens here, if it is the value of a key, and not the message.
    fn closes(&self, open: usize) -> Option<usize> {
        let [.., key, equals] = self.tokens.as_slice() else { return None };
        if equals.end != open || self.text(equals) != b"=" || value::speaks(self.text(key)) {
            return None;
        }
        let mut escaped = false;
        let length = self.bytes.get(open + 1..)?.iter().position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        })?;
        Some(open + 1 + length)
    }
}
