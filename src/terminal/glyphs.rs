//! The characters that tables and charts are drawn with, for terminals that know Unicode and those that do not.

/// A set of drawing characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Block elements and box drawing.
    #[default]
    Unicode,
    /// Printable ASCII only.
    Ascii,
}

impl Glyphs {
    /// What stands for text left out.
    pub const fn ellipsis(self) -> &'static str {
        match self {
            Glyphs::Unicode => "…",
            Glyphs::Ascii => "...",
        }
    }

    /// One column of a horizontal rule.
    pub const fn rule(self) -> &'static str {
        match self {
            Glyphs::Unicode => "─",
            Glyphs::Ascii => "-",
        }
    }

    /// A vertical axis and the corner below it.
    pub(super) const fn axis(self) -> (&'static str, &'static str) {
        match self {
            Glyphs::Unicode => ("│", "└"),
            Glyphs::Ascii => ("|", "+"),
        }
    }
}
