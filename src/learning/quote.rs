//! Text from logs on its way into a file that people and agents read.
//!
//! Every such text passes here, and here alone: it is said in the words of whoever masks secrets, exactly once, then made
//! harmless and bounded. In Markdown it stands in spans and blocks that it cannot end, or with every sign escaped that could
//! mean something; nothing of it becomes a heading, a link or a comment.

use crate::terminal::line;

/// Bytes of a text that are looked at. What is shown is far shorter.
const LOOKED_AT: usize = 16 * 1024;

/// Brings text from logs into files.
#[derive(Clone, Copy)]
pub struct Quote<'s> {
    said: &'s dyn Fn(&str) -> String,
}

impl<'s> Quote<'s> {
    /// Says each text as `said` does, which masks what must not leave the house.
    pub fn new(said: &'s dyn Fn(&str) -> String) -> Quote<'s> {
        Quote { said }
    }

    /// One line of at most so many characters, for where nothing has a meaning but quotes that the caller adds: JSON.
    pub fn text(&self, text: &str, most: usize) -> String {
        let said = (self.said)(&text[..text.floor_char_boundary(LOOKED_AT)]);
        let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
        bounded(&line(&flat), most)
    }

    /// A code span of a path, of which the end says most.
    pub fn path(&self, path: &str, most: usize) -> String {
        let path = self.text(path, usize::MAX);
        let letters = path.chars().count();
        if letters <= most {
            return fenced(&path);
        }
        let end: String = path.chars().skip(letters - most.saturating_sub(4)).collect();
        fenced(&format!("... {}", end.trim_start()))
    }

    /// A code span of one line.
    pub fn span(&self, text: &str, most: usize) -> String {
        fenced(&self.text(text, most))
    }

    /// Running text of one line: spans in single backticks stay, every other sign of Markdown means itself.
    pub fn prose(&self, text: &str, most: usize) -> String {
        let text = self.text(text, most);
        let has_spans = longest_run(&text) == 1 && text.matches('`').count().is_multiple_of(2);
        let escaped = |part: &str| -> String {
            let mut out = String::with_capacity(part.len() + 8);
            for character in part.chars() {
                if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~') {
                    out.push('\\');
                }
                out.push(character);
            }
            out
        };
        if !has_spans {
            return escaped(&text);
        }
        let parts = text.split('`').enumerate();
        let parts: Vec<String> =
            parts.map(|(at, part)| if at % 2 == 0 { escaped(part) } else { part.to_owned() }).collect();
        parts.join("`")
    }

    /// A fenced block of at most so many lines of at most `width` characters; longer lines are broken between words.
    pub fn block(&self, text: &str, lines: usize, width: usize) -> String {
        let said = (self.said)(&text[..text.floor_char_boundary(LOOKED_AT)]);
        let mut rows: Vec<String> = Vec::new();
        for row in said.lines().map(str::trim_end).filter(|row| !row.trim().is_empty()) {
            wrap(&line(row), width, &mut rows);
            if rows.len() > lines {
                break;
            }
        }
        if rows.len() > lines {
            rows.truncate(lines);
            if let Some(last) = rows.last_mut() {
                last.push_str(" ...");
            }
        }
        let longest = rows.iter().map(|row| longest_run(row)).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        format!("{fence}text\n{}\n{fence}\n", rows.join("\n"))
    }
}

/// A code span that its text cannot end.
fn fenced(text: &str) -> String {
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// At most so many characters, the last of which say that something is missing.
fn bounded(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(4)).collect();
    format!("{} ...", kept.trim_end())
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// Breaks a line between words, and words that are too long anywhere.
fn wrap(text: &str, width: usize, rows: &mut Vec<String>) {
    let (mut row, mut used) = (String::new(), 0);
    for mut word in text.split_inclusive(' ') {
        let mut letters = word.trim_end().chars().count();
        if used > 0 && used + letters > width {
            rows.push(std::mem::take(&mut row).trim_end().to_owned());
            used = 0;
        }
        while letters > width {
            let at = word.char_indices().nth(width).map_or(word.len(), |(at, _)| at);
            rows.push(word[..at].to_owned());
            word = &word[at..];
            letters -= width;
        }
        row.push_str(word);
        used += word.chars().count();
    }
    if !row.trim().is_empty() {
        rows.push(row.trim_end().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{Quote, longest_run};
    use proptest::prelude::*;

    fn plain(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn a_span_cannot_be_left() {
        let quote = Quote::new(&plain);
        assert_eq!(quote.span("a b", 99), "`a b`");
        assert_eq!(quote.span("x `y` ``z", 99), "```x `y` ``z```");
        assert_eq!(quote.span("`y`", 99), "`` `y` ``");
        assert_eq!(quote.span("one\n\n# two\r\n--> \u{202e}\u{1b}[0m", 99), r"`one # two --> \u{202e}\x1b[0m`");
        assert_eq!(quote.span(&"word ".repeat(99), 12), "`word wor ...`");
        assert_eq!(quote.span(" \n", 9), "(nothing)");
        assert_eq!(quote.path("/home/dev/project/src/a.rs", 12), "`... src/a.rs`");
    }

    #[test]
    fn prose_means_itself() {
        let quote = Quote::new(&plain);
        assert_eq!(quote.prose("Edit of `a_b` failed", 99), "Edit of `a_b` failed");
        assert_eq!(quote.prose("a_b [x](y) <!-- # *c* -->", 99), r"a\_b \[x\](y) \<\!-- \# \*c\* --\>");
        assert_eq!(quote.prose("odd ` one_", 99), r"odd \` one\_");
        assert_eq!(quote.prose("``two`` x", 99), r"\`\`two\`\` x");
    }

    #[test]
    fn a_block_ends_where_we_end_it() {
        let quote = Quote::new(&plain);
        assert_eq!(quote.block("a\n```\n# b\n\n", 9, 80), "````text\na\n```\n# b\n````\n");
        assert_eq!(quote.block("one two three four", 1, 9), "```text\none two ...\n```\n");
        assert_eq!(quote.block(&"x".repeat(25), 9, 10), "```text\nxxxxxxxxxx\nxxxxxxxxxx\nxxxxx\n```\n");
    }

    proptest! {
        #[test]
        fn nothing_that_is_quoted_breaks_out(text in "[`a \\n#<>!*_~|\\\\-]{0,80}", most in 8usize..60) {
            let quote = Quote::new(&plain);
            let span = quote.span(&text, most);
            prop_assert!(!span.contains('\n'));
            if span.starts_with('`') {
                let fence = span.len() - span.trim_start_matches('`').len();
                let inside = &span[fence..span.len() - fence];
                prop_assert!(longest_run(inside) < fence, "{span}");
            }
            let block = quote.block(&text, 5, most);
            let fence = block.len() - block.trim_start_matches('`').len();
            let inside = block.lines().skip(1).collect::<Vec<_>>();
            let inside = &inside[..inside.len() - 1];
            prop_assert!(inside.len() <= 5 && inside.iter().all(|row| longest_run(row) < fence));
            prop_assert!(inside.iter().all(|row| row.chars().count() <= most + 4), "{block}");
            prop_assert!(!quote.prose(&text, most).contains("<!--"));
        }
    }
}
