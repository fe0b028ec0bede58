//! Cuts a line into words, marks and values.
//!
//! A *value* is what is not expected to be seen again ([`super::value`] says what); a *mark* is punctuation; the rest
//! are *words*. White space, control characters and the sequences that tell terminals of colours part tokens, and are
//! otherwise ignored. One pass over the bytes; a line is looked at only up to [`MAX_BYTES`] and [`MAX_TOKENS`], and all
//! that follows is one value.

use super::join::Joiner;
use super::value;

/// How many bytes of a line are looked at.
pub const MAX_BYTES: usize = 4096;
/// How many tokens of a line are told apart.
pub const MAX_TOKENS: usize = 192;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Letters, to be compared.
    Word,
    /// Something that varies.
    Value,
    /// Punctuation.
    Mark,
}

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Whether white space stands before it.
    pub spaced: bool,
    /// Where it begins in the line.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Token {
    /// Returns what the token says.
    pub fn text(self, line: &str) -> &str {
        line.get(self.start..self.end).unwrap_or("")
    }
}

/// Cuts a line; `tokens` is emptied first.
pub fn cut(line: &str, tokens: &mut Vec<Token>) {
    tokens.clear();
    let limit = line.floor_char_boundary(MAX_BYTES);
    let bytes = line.as_bytes().get(..limit).unwrap_or(&[]);
    let mut joiner = Joiner { bytes, tokens };
    let (mut at, mut spaced) = (0, false);
    while let Some(&byte) = bytes.get(at).filter(|_| joiner.tokens.len() < MAX_TOKENS) {
        if class(byte) == Class::Space {
            at = skip_space(bytes, at);
            spaced = true;
            continue;
        }
        spaced &= !joiner.tokens.is_empty();
        at = match class(byte) {
            _ if byte == b'"' && joiner.quotation(at) => joiner.end(),
            Class::Mark => joiner.mark(at, run(bytes, at), spaced),
            _ => chunk(&mut joiner, at, spaced),
        };
        spaced = false;
    }
    if at < line.len() {
        joiner.tokens.truncate(MAX_TOKENS - 1);
        let spaced = spaced && !joiner.tokens.is_empty();
        joiner.value(Token { kind: Kind::Value, spaced, start: at, end: at });
    }
}

/// What a byte does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It parts tokens.
    Space,
    /// It is a token, together with equal ones that follow.
    Mark,
    /// It belongs to what surrounds it.
    Inner,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Inner; 256];
    let mut byte = 0;
    while byte <= b' ' as usize {
        classes[byte] = Class::Space;
        byte += 1;
    }
    classes[0x7f] = Class::Space;
    let marks = b"()[]{}<>\"'`,;=|:";
    let mut mark = 0;
    while mark < marks.len() {
        classes[marks[mark] as usize] = Class::Mark;
        mark += 1;
    }
    classes
};

/// Returns what a byte does.
pub fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
}

/// Returns the end of a run of one and the same byte.
pub fn run(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    let first = rest.first();
    at + rest.iter().take_while(|byte| Some(*byte) == first).count()
}

/// Returns the end of white space, control characters, and sequences of the kind `ESC [ 3 2 m`.
fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at).filter(|byte| class(**byte) == Class::Space) {
        at += 1;
        if byte == 0x1b && bytes.get(at) == Some(&b'[') {
            let rest = bytes.get(at + 1..).unwrap_or(&[]);
            let parameters = rest.iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
            at = (at + 2 + parameters).min(bytes.len());
        }
    }
    at
}

/// Adds what belongs together from here on, and returns its end.
fn chunk(joiner: &mut Joiner, start: usize, spaced: bool) -> usize {
    let bytes = joiner.bytes;
    if let Some(end) = value::pairs(bytes, start) {
        joiner.value(Token { kind: Kind::Value, spaced, start, end });
        return end;
    }
    let mut at = start;
    if bytes.get(at) == Some(&b'.') && bytes.get(at + 1) == Some(&b'.') {
        at = run(bytes, at);
        // Dots can begin a path, too.
        if bytes.get(at) != Some(&b'/') {
            return joiner.mark(start, at, spaced);
        }
    }
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(b' ');
        match class(byte) {
            Class::Inner if byte == b'.' && next == b'.' => break,
            // Scripts without spaces put numbers between words.
            Class::Inner if (byte >= 0x80 && next.is_ascii_digit() || byte.is_ascii_digit() && next >= 0xe0) => {
                at += 1;
                break;
            }
            Class::Inner => at += 1,
            Class::Mark if byte == b'\'' && at > start && next.is_ascii_alphabetic() => at += 1,
            Class::Mark if byte == b'[' => match value::range(bytes, start, at) {
                Some(end) => at = end,
                None => break,
            },
            _ => break,
        }
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    let drive = at == start + 1 && (rest.starts_with(b":\\") || rest.starts_with(b":/"));
    if rest.starts_with(b"://") || drive {
        at += rest.iter().position(|byte| value::ends_address(*byte)).unwrap_or(rest.len());
    }
    // What ends a sentence is not part of its last word.
    while at > start + 1 && matches!(bytes.get(at - 1), Some(b'.' | b'!' | b'?')) {
        at -= 1;
    }
    if value::is_name(bytes.get(start..at).unwrap_or(&[]), bytes.get(at..).unwrap_or(&[])) {
        joiner.tokens.push(Token { kind: Kind::Word, spaced, start, end: at });
        return at;
    }
    joiner.chunk(start, at, spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line with values as `<*>` and everything else apart.
    fn shown(line: &str) -> String {
        let mut tokens = Vec::new();
        cut(line, &mut tokens);
        let show = |token: &Token| if token.kind == Kind::Value { "<*>" } else { token.text(line) };
        tokens.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_addresses_paths_and_names_with_dots_are_values() {
        assert_eq!(shown("took 15ms at 0x7f on node-3"), "took <*> at <*> on <*>");
        assert_eq!(shown("from 10.0.0.7:80 to [fe80::1]"), "from <*> to [ <*> ]");
        assert_eq!(shown("open /var/lib/db, ../x and C:\\Temp\\a b"), "open <*> and <*> b");
        assert_eq!(shown("get https://example.org/a?b=c, then ada@example"), "get <*> , then <*>");
        assert_eq!(shown("load org.example.Thing or a/b/c"), "load <*> or <*>");
        assert_eq!(shown("read/write error. Done!"), "read/write error . Done !");
    }

    #[test]
    fn long_hexadecimal_words_and_pairs_with_colons_are_values_although_they_have_no_digit() {
        assert_eq!(shown("commit deadbeef of facade"), "commit <*> of facade");
        assert_eq!(shown("peer aa:bb:cc:dd:ee:ff left"), "peer <*> left");
        assert_eq!(shown("route dead:beef::cafe:1 left"), "route <*> left");
        assert_eq!(shown("std::fed::add"), "std :: fed :: add");
    }

    #[test]
    fn a_list_of_values_is_one_however_long_it_is() {
        assert_eq!(shown("hosts 10.0.0.1, 10.0.0.2, 10.0.0.3 up"), shown("hosts 10.0.0.1 up"));
        assert_eq!(shown("fans ( 1 2 *** 4 )"), "fans ( <*> )");
        assert_eq!(shown("x=1, y=2"), "x = <*> , y = <*>");
    }

    #[test]
    fn dates_are_one_value_and_may_stays_a_word() {
        assert_eq!(shown("at Sat, Jun 25 09:20:24 2005 gone"), "at <*> gone");
        assert_eq!(shown("resets 2:40 PM today"), "resets <*> today");
        assert_eq!(shown("May fail"), "May fail");
    }

    #[test]
    fn units_go_with_their_numbers() {
        assert_eq!(shown("free 5.2 KB"), shown("free 93.0 B"));
        assert_eq!(shown("lifetime <1 sec"), shown("lifetime 00:02"));
        assert_eq!(shown("vec <1> min"), "vec < <*> > min");
    }

    #[test]
    fn a_quotation_behind_an_equals_sign_is_a_value_unless_it_is_the_message() {
        assert_eq!(shown(r#"tag="View \"a\" Lock" done"#), r#"tag = " <*> " done"#);
        assert_eq!(shown(r#"msg="disk full""#), r#"msg = " disk full ""#);
        assert_eq!(shown(r#"tag="never closed"#), r#"tag = " never closed"#);
    }

    #[test]
    fn names_of_keys_and_functions_are_words_although_they_have_digits() {
        assert_eq!(shown("r24=7 r25=8"), "r24 = <*> r25 = <*>");
        assert_eq!(shown("sha1_sum() of v2 (x)"), "sha1_sum ( ) of <*> ( x )");
        assert_eq!(shown("key ab12c3== 5=6"), "key <*> == <*> = <*>");
    }

    #[test]
    fn a_host_with_a_port_is_a_value_and_a_field_with_a_number_is_not() {
        assert_eq!(shown("example.org:443 open"), "<*> open");
        assert_eq!(shown("state.topAmount:25, state.top:0"), "state.topAmount : <*> , state.top : <*>");
    }

    #[test]
    fn an_object_that_holds_one_value_is_a_value() {
        assert_eq!(shown("owner=Source{17}, up"), shown("owner=12, up"));
        assert_eq!(shown("owner=Source{a}"), "owner = Source { a }");
    }

    #[test]
    fn empty_brackets_behind_a_value_hold_an_empty_value() {
        assert_eq!(shown("from 10.0.0.1 () at"), shown("from 10.0.0.1 (a.example.org) at"));
        assert_eq!(shown("call main() 5"), "call main ( ) <*>");
    }

    #[test]
    fn the_length_of_rulers_and_leaders_does_not_matter() {
        assert_eq!(shown("a.........1"), shown("a....2"));
        assert_eq!(shown("===== a"), shown("=========== a"));
    }

    #[test]
    fn sets_of_hosts_are_values_and_indexes_stay_apart() {
        assert_eq!(shown("on node-[40-63,70] now"), "on <*> now");
        assert_eq!(shown("x[5] y[]"), "x [ <*> ] y [ ]");
    }

    #[test]
    fn colours_nul_and_control_characters_part_words_like_spaces() {
        assert_eq!(shown("\u{1b}[1;32mok\u{1b}[0m\0done\u{7f}"), "ok done");
        assert_eq!(shown("cut \u{1b}[1;3"), "cut");
    }

    #[test]
    fn numbers_in_scripts_without_spaces_are_values() {
        assert_eq!(shown("用户17登录失败"), "用户 <*> 登录失败");
        assert_eq!(shown("in 1.5µs"), "in <*>");
    }

    #[test]
    fn a_long_line_is_cut_and_its_rest_is_one_value() {
        let start = "word ".repeat(100);
        assert_eq!(
            shown(&format!("{start}{}", "a b c ".repeat(1_000))),
            shown(&format!("{start}{}", "a b c ".repeat(9_000)))
        );
        let mut tokens = Vec::new();
        cut(&"é".repeat(MAX_BYTES), &mut tokens);
        assert_eq!(tokens.len(), 1);
        cut(&"a ".repeat(MAX_BYTES), &mut tokens);
        assert_eq!((tokens.len(), tokens.last().map(|last| last.kind)), (MAX_TOKENS, Some(Kind::Value)));
    }

    #[test]
    fn nothing_at_all_has_no_tokens() {
        assert_eq!((shown("").as_str(), shown(" \t\r ").as_str()), ("", ""));
    }
}
