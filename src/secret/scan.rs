//! Looks closer at each anchor, and joins what overlaps.

use std::ops::Range;

use super::{
    address,
    anchors::{self, OPTIONS, PROGRAMS, Sign, Takes},
    blocks, edges,
    names::{self, Says},
    runs::{Runs, Set},
    shapes::{HEX, SHAPES, Shape},
    values,
};

/// A secret in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub range: Range<usize>,
    /// What it is.
    pub kind: &'static str,
}

/// Finds what looks like a secret or an e-mail address, in order and without overlaps.
pub fn find(text: &str) -> impl Iterator<Item = Found> {
    let mut scan = Scan::new(text.as_bytes());
    for (place, sign) in anchors::anchors().places(text) {
        scan.look(place, sign);
    }
    joined(text, scan.hits).into_iter()
}

/// How much a kind tells: where two overlap, the one that tells more is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tells {
    Issuer,
    Place,
    Name,
    Mail,
}

struct Hit {
    range: Range<usize>,
    kind: &'static str,
    tells: Tells,
}

struct Scan<'t> {
    text: &'t [u8],
    runs: Runs<'t>,
    hits: Vec<Hit>,
    /// The last value of a name: a name within it is part of the value.
    value: Range<usize>,
    /// The last account before a host: an `@` in it is no e-mail address.
    account: Range<usize>,
    /// Where each program was last named.
    programs: [Option<usize>; PROGRAMS.len()],
}

/// How far behind its program an option is looked for.
const COMMAND_BYTES: usize = 512;
/// How far from an access key of AWS the secret that belongs to it is looked for.
const BESIDE_BYTES: usize = 256;
/// Bytes of a token that are judged.
const JUDGED_BYTES: usize = 256;

impl<'t> Scan<'t> {
    fn new(text: &'t [u8]) -> Scan<'t> {
        Scan {
            text,
            runs: Runs::new(text),
            hits: Vec::new(),
            value: 0..0,
            account: 0..0,
            programs: [None; PROGRAMS.len()],
        }
    }

    fn hit(&mut self, range: Option<Range<usize>>, kind: &'static str, tells: Tells) {
        self.hits.extend(range.filter(|range| !range.is_empty()).map(|range| Hit { range, kind, tells }));
    }

    fn slice(&self, range: Range<usize>) -> &'t [u8] {
        self.text.get(range).unwrap_or(b"")
    }

    fn look(&mut self, at: Range<usize>, sign: Sign) {
        match sign {
            Sign::Shape(index) => {
                if let Some(shape) = SHAPES.get(index) {
                    self.token(shape, at);
                }
            }
            Sign::Name(says) => self.name(at, says),
            Sign::Block => {
                // A block in a block was seen with it.
                if self.hits.last().is_none_or(|hit| hit.range.end <= at.start) {
                    self.hit(blocks::key_block(self.text, at.start), "private-key", Tells::Issuer);
                }
            }
            Sign::WebToken => {
                if edges::begins(self.text, at.start) {
                    let token = blocks::web_token(self.text, &mut self.runs, at.start);
                    self.hit(token, "json-web-token", Tells::Issuer);
                }
            }
            Sign::Authorization => self.authorization(at.end),
            Sign::Bearer => {
                let end = self.runs.end(Set::Percent, at.end);
                let judged = self.slice(at.end..end.min(at.end + JUDGED_BYTES));
                let good = judged.len() >= 20 && values::is_random(judged) && !values::is_placeholder(judged);
                self.hit(good.then_some(at.end..end), "bearer-token", Tells::Place);
            }
            Sign::Cookie => self.cookie(at.end),
            Sign::Address => {
                if let Some(account) = address::account(self.text, &mut self.runs, at.end) {
                    self.account = account.whole;
                    self.hit(account.secret, "url-password", Tells::Place);
                }
            }
            Sign::At => {
                // The last `@` of an account stands right behind it.
                if !self.account.contains(&at.start) && self.account.end != at.start {
                    let mail = address::mail(self.text, &mut self.runs, at.start);
                    self.hit(mail, "e-mail", Tells::Mail);
                }
            }
            Sign::Webhook => {
                let end = self.runs.end(Set::Percent, at.end);
                let judged = self.slice(at.end..end.min(at.end + JUDGED_BYTES));
                let good =
                    judged.len() >= 20 && judged.iter().any(u8::is_ascii_digit) && !values::is_placeholder(judged);
                self.hit(good.then_some(at.end..end), "webhook", Tells::Issuer);
            }
            Sign::Signature => {
                let end = self.runs.end(Set::Percent, at.end);
                let judged = self.slice(at.end..end.min(at.end + JUDGED_BYTES));
                let good = judged.len() >= 40 && values::is_random(judged) && !values::is_placeholder(judged);
                self.hit(good.then_some(at.end..end), "signature", Tells::Place);
            }
            Sign::Telegram => self.telegram(at.start),
            Sign::Discord => self.discord(at.start),
            Sign::AzureSecret => self.azure_secret(at),
            Sign::AzureKey => self.azure_key(at.start),
            Sign::Program(index) => {
                if let Some(place) = self.programs.get_mut(index) {
                    *place = Some(at.start);
                }
            }
            Sign::Option(index) => self.option(index, at.end),
        }
    }

    fn token(&mut self, shape: &Shape, at: Range<usize>) {
        if !edges::begins(self.text, at.start) {
            return;
        }
        let end = self.runs.end(shape.set, at.end);
        let dots =
            self.slice(at.end.max(end.saturating_sub(8))..end).iter().rev().take_while(|b| b".-".contains(b)).count();
        let end = end - if shape.set == Set::Dotted { dots } else { 0 };
        let length = end - at.end;
        // A prefix without `-`, `_` or `.` also comes about by chance in base64.
        let chance = shape.prefix.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let before = at.start.checked_sub(1).and_then(|i| self.text.get(i));
        if chance
            && (matches!(before, Some(b'+' | b'/')) || matches!(self.text.get(end), Some(b'+' | b'/' | b'_' | b'-')))
        {
            return;
        }
        let body = self.slice(at.end..end.min(at.end + JUDGED_BYTES));
        if length < shape.min || length > shape.max || !is_token(shape, body) {
            return;
        }
        self.hit(Some(at.start..end), shape.kind, Tells::Issuer);
        if shape.kind == "aws-access-key-id" {
            self.beside(at.start, end);
        }
    }

    /// Finds the secret that belongs to an access key of AWS: forty characters of base64.
    fn beside(&mut self, start: usize, end: usize) {
        let mut at = start.saturating_sub(BESIDE_BYTES);
        let ceiling = self.text.len().min(end + BESIDE_BYTES);
        while at < ceiling {
            let stop = self.runs.end(Set::Base64, at);
            let run = self.slice(at..stop);
            let whole =
                at == 0 || !self.text.get(at - 1).is_some_and(|b| b.is_ascii_alphanumeric() || b"+/".contains(b));
            // An `=` before the value is part of the run.
            let value = run.rsplit(|byte| *byte == b'=').next().unwrap_or(run);
            let has = |test: fn(&u8) -> bool| value.iter().any(test);
            let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
            if value.len() == 40 && (whole || value.len() < run.len()) && mixed && !values::is_placeholder(value) {
                self.hit(Some(stop - 40..stop), "aws-secret-key", Tells::Issuer);
            }
            at = stop + 1;
        }
    }

    fn name(&mut self, at: Range<usize>, says: Says) {
        if self.value.contains(&at.start) || self.account.contains(&at.start) {
            return;
        }
        if let Some(value) = names::value(self.text, &mut self.runs, at, says) {
            let kind = match says {
                Says::Password | Says::Phrase => "password",
                Says::Secret | Says::Key => "secret",
                Says::Token => "token",
            };
            self.value = value.clone();
            self.hit(Some(value), kind, Tells::Name);
        }
    }

    fn authorization(&mut self, end: usize) {
        let Some((from, scheme)) = names::header(self.text, end) else { return };
        let end = self.runs.end(Set::Bare, from);
        let value = self.slice(from..end.min(from + JUDGED_BYTES));
        let code = values::is_code(value, self.text.get(end).copied().unwrap_or(b' '));
        let long = if scheme { value.len() >= 8 } else { value.len() >= 20 && values::is_random(value) };
        let good = long && !code && !values::is_wordy(value) && !values::is_placeholder(value);
        self.hit(good.then_some(from..end), "authorization", Tells::Place);
    }

    fn cookie(&mut self, end: usize) {
        let Some((from, _)) = names::header(self.text, end) else { return };
        let line = self.runs.end(Set::Line, from);
        let judged = self.slice(from..line.min(from + JUDGED_BYTES));
        let name = judged.iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-.".contains(b)).count();
        let value = judged.get(name + 1..).unwrap_or(b"");
        let value = value.split(|byte| *byte == b';' || *byte == b' ').next().unwrap_or(b"");
        let named = name > 0 && judged.get(name) == Some(&b'=');
        if named && value.len() >= 8 && !values::is_wordy(value) && !values::is_placeholder(value) {
            self.hit(Some(from..line), "cookie", Tells::Place);
        }
    }

    fn telegram(&mut self, colon: usize) {
        let floor = colon.saturating_sub(16);
        let digits = self.slice(floor..colon).iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let end = self.runs.end(Set::Url, colon + 1);
        let good = (8..=12).contains(&digits) && (34..=36).contains(&(end - colon - 1));
        let good = good && !values::is_placeholder(self.slice(colon + 1..end));
        self.hit(good.then_some(colon - digits.min(colon)..end), "telegram-token", Tells::Issuer);
    }

    fn discord(&mut self, start: usize) {
        if !edges::begins(self.text, start) {
            return;
        }
        let end = self.runs.end(Set::Dotted, start);
        let value = self.slice(start..end.min(start + JUDGED_BYTES));
        let parts: Vec<usize> = value.split(|byte| *byte == b'.').map(<[u8]>::len).collect();
        let good =
            matches!(parts.as_slice(), [a, b, c, ..] if (23..=28).contains(a) && (6..=7).contains(b) && *c >= 27);
        self.hit(good.then_some(start..end), "discord-token", Tells::Issuer);
    }

    fn azure_secret(&mut self, at: Range<usize>) {
        let start = at.start.saturating_sub(4);
        let head = self.slice(start..at.start);
        let known = head.len() == 4
            && head.last().is_some_and(u8::is_ascii_digit)
            && head.iter().all(|b| b.is_ascii_alphanumeric() || b"_~.-".contains(b));
        let end = self.runs.end(Set::Percent, at.end);
        let good = known && (31..=34).contains(&(end - at.end)) && edges::begins(self.text, start);
        self.hit(good.then_some(start..end), "azure-secret", Tells::Issuer);
    }

    fn azure_key(&mut self, middle: usize) {
        let before = self.slice(middle.saturating_sub(60)..middle);
        let start = middle - before.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let end = self.runs.end(Set::Base64, middle);
        self.hit((end - start >= 76).then_some(start..end), "azure-key", Tells::Issuer);
    }

    fn option(&mut self, index: usize, end: usize) {
        let Some(&(_, program, takes)) = OPTIONS.get(index) else { return };
        let Some(start) = self.programs.get(program).copied().flatten() else { return };
        if end - start > COMMAND_BYTES || ends_command(self.slice(start..end)) {
            return;
        }
        let next = self.text.get(end).copied().unwrap_or(b'\n');
        let gap = usize::from(matches!(next, b' ' | b'='));
        if (takes == Takes::Joined && gap > 0) || (takes == Takes::Apart && gap == 0) || next == b'-' {
            return;
        }
        let Some((mut value, _)) = names::span(self.text, &mut self.runs, end + gap) else { return };
        if takes == Takes::Pair {
            let judged = self.slice(value.start..value.end.min(value.start + JUDGED_BYTES));
            let Some(colon) = memchr::memchr(b':', judged) else { return };
            value.start += colon + 1;
        }
        let judged = self.slice(value.start..value.end.min(value.start + JUDGED_BYTES));
        let good = judged.len() >= 3
            && !judged.contains(&b' ')
            && !values::is_placeholder(judged)
            && !values::is_place(judged);
        self.hit(good.then_some(value), "password", Tells::Place);
    }
}

/// Tells whether a command ends in these bytes: at a line break, also as JSON writes it, without `\` before it, or at
/// another command.
fn ends_command(command: &[u8]) -> bool {
    let slashes =
        |at: usize| command.get(..at).map_or(0, |b| b.iter().rev().take(8).take_while(|b| **b == b'\\').count());
    memchr::memchr_iter(b'\n', command).any(|at| slashes(at) == 0)
        || memchr::memchr_iter(b'n', command).any(|at| slashes(at) == 1)
        || memchr::memmem::find(command, b" | ").is_some()
        || memchr::memmem::find(command, b" && ").is_some()
}

fn is_token(shape: &Shape, body: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| body.iter().any(test);
    if shape.kind == "aws-access-key-id" && has(u8::is_ascii_lowercase) {
        return false;
    }
    if HEX.contains(&shape.prefix) && has(|byte| !byte.is_ascii_hexdigit() || byte.is_ascii_uppercase()) {
        return false;
    }
    if matches!(shape.set, Set::Alnum) {
        let mixed = shape.kind == "aws-access-key-id"
            || has(u8::is_ascii_digit)
            || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
        return mixed && !values::is_stand_in(body);
    }
    let parts = has(|byte| b"-_./".contains(byte));
    !(values::is_stand_in(body) || parts && values::is_wordy(body))
}

/// Joins hits that overlap; what is joined is masked whole.
fn joined(text: &str, mut hits: Vec<Hit>) -> Vec<Found> {
    hits.sort_by_key(|hit| (hit.range.start, std::cmp::Reverse(hit.range.end)));
    let mut found: Vec<(Found, Tells)> = Vec::new();
    for hit in hits {
        match found.last_mut() {
            Some((last, tells)) if hit.range.start < last.range.end => {
                last.range.end = last.range.end.max(hit.range.end);
                if hit.tells < *tells {
                    (last.kind, *tells) = (hit.kind, hit.tells);
                }
            }
            _ => found.push((Found { range: hit.range, kind: hit.kind }, hit.tells)),
        }
    }
    // Every set ends at an ASCII character; should one ever not, the whole character goes.
    for (one, _) in &mut found {
        one.range = text.floor_char_boundary(one.range.start)..text.ceil_char_boundary(one.range.end);
    }
    found.into_iter().map(|(one, _)| one).collect()
}
