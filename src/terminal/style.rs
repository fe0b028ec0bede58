//! Meaning instead of colour: callers say what a piece of text is, and only this file knows how that looks.

use std::borrow::Cow;
use std::io::{self, Write};

/// What a piece of text is to its reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Nothing special.
    #[default]
    Plain,
    /// A title.
    Heading,
    /// Of less interest than what surrounds it.
    Dim,
    /// A file, a directory or another place; when too long, its end is kept.
    Path,
    /// A command worth running.
    Hint,
    /// As it should be.
    Good,
    /// Deserves a look.
    Warn,
    /// Failed.
    Bad,
    /// A quantity.
    Number,
    /// What the reader asked for, among other things.
    Accent,
    /// One of several categories drawn side by side.
    Series(u8),
}

impl Meaning {
    /// The parameters of "select graphic rendition", empty if none. Only the eight colours that every theme sets.
    const fn rendition(self) -> &'static str {
        match self {
            Meaning::Plain | Meaning::Number => "",
            Meaning::Heading => "1",
            Meaning::Dim => "2",
            Meaning::Path | Meaning::Hint => "36",
            Meaning::Good => "32",
            Meaning::Warn => "33",
            Meaning::Bad => "31",
            Meaning::Accent => "1;35",
            Meaning::Series(index) => match index % 6 {
                0 => "36",
                1 => "35",
                2 => "33",
                3 => "32",
                4 => "34",
                _ => "31",
            },
        }
    }
}

/// Text with a meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: Cow<'static, str>,
    /// What it is.
    pub meaning: Meaning,
}

impl Span {
    /// Text with a meaning.
    pub fn new(text: impl Into<Cow<'static, str>>, meaning: Meaning) -> Span {
        Span { text: text.into(), meaning }
    }

    /// Text without a special meaning.
    pub fn plain(text: impl Into<Cow<'static, str>>) -> Span {
        Span::new(text, Meaning::Plain)
    }
}

/// The spans of one line, without its end.
pub type Line = Vec<Span>;

/// What the user wants about colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Colour where a person looks at a terminal that knows it.
    #[default]
    Auto,
    /// Colour always.
    Always,
    /// No colour.
    Never,
}

impl ColorChoice {
    /// Every choice, in the order in which help lists them.
    pub const ALL: [ColorChoice; 3] = [ColorChoice::Auto, ColorChoice::Always, ColorChoice::Never];

    /// The name by which users choose it.
    pub const fn name(self) -> &'static str {
        match self {
            ColorChoice::Auto => "auto",
            ColorChoice::Always => "always",
            ColorChoice::Never => "never",
        }
    }

    /// The choice of a name.
    pub fn of_name(name: &str) -> Option<ColorChoice> {
        ColorChoice::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// How meaning is made visible on one stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// Not at all: the text alone.
    #[default]
    Plain,
    /// With escape sequences of ECMA-48.
    Ansi,
}

impl Paint {
    /// Writes text that is already escaped.
    pub(super) fn write(self, out: &mut dyn Write, text: &str, meaning: Meaning) -> io::Result<()> {
        let rendition = meaning.rendition();
        if self == Paint::Plain || rendition.is_empty() || text.is_empty() {
            return out.write_all(text.as_bytes());
        }
        write!(out, "\x1b[{rendition}m{text}\x1b[0m")
    }

    /// Writes one line of spans that are already escaped, and its end.
    pub(super) fn write_line(self, out: &mut dyn Write, line: &[Span]) -> io::Result<()> {
        for span in line {
            self.write(out, &span.text, span.meaning)?;
        }
        out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{ColorChoice, Meaning, Paint, Span};

    fn painted(paint: Paint, line: &[Span]) -> String {
        let mut out = Vec::new();
        paint.write_line(&mut out, line).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let line = [Span::plain("3 of "), Span::new("4", Meaning::Number), Span::new(" failed", Meaning::Bad)];
        assert_eq!(painted(Paint::Plain, &line), "3 of 4 failed\n");
        assert_eq!(painted(Paint::Ansi, &line), "3 of 4\x1b[31m failed\x1b[0m\n");
        assert_eq!(painted(Paint::Ansi, &[Span::new("", Meaning::Bad)]), "\n");
    }

    #[test]
    fn choices_are_found_by_name() {
        for choice in ColorChoice::ALL {
            assert_eq!(ColorChoice::of_name(choice.name()), Some(choice));
        }
        assert_eq!(ColorChoice::of_name("sometimes"), None);
    }
}
