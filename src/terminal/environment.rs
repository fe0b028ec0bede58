//! What surrounds the program: who reads each stream, and what the environment variables ask for.
//!
//! This is read once, when the program begins; everything else in this room is told.

use super::glyphs::Glyphs;
use super::style::{ColorChoice, Paint};
use super::zone::Zone;
use std::io::{self, IsTerminal};

/// Columns of a terminal that does not say how many it has.
const USUAL_WIDTH: usize = 80;

/// The surroundings of a run.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// The columns of standard output; `None` if it is no terminal.
    pub out: Option<usize>,
    /// Whether standard error is a terminal.
    pub err: bool,
    /// Whether standard input is a terminal.
    pub input: bool,
    /// What the variables ask for.
    pub variables: Variables,
    /// The zone in which people read times.
    pub zone: Zone,
}

impl Environment {
    /// Reads the surroundings of this process.
    pub fn read() -> Environment {
        let out = io::stdout();
        let variable = |name: &str| std::env::var_os(name)?.into_string().ok();
        let columns = terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0));
        Environment {
            out: out.is_terminal().then(|| width(variable("COLUMNS").as_deref(), columns)),
            err: io::stderr().is_terminal(),
            input: io::stdin().is_terminal(),
            variables: Variables::read(variable),
            zone: Zone::local(),
        }
    }

    /// Surroundings without a terminal, for tests and for output that nobody watches.
    pub const fn detached() -> Environment {
        Environment { out: None, err: false, input: false, variables: Variables::NONE, zone: Zone::utc() }
    }
}

/// The columns of a terminal: what `COLUMNS` says wins over what the terminal says.
fn width(variable: Option<&str>, terminal: Option<usize>) -> usize {
    let asked = variable.and_then(|columns| columns.parse().ok());
    [asked, terminal].into_iter().flatten().find(|columns| *columns > 0).unwrap_or(USUAL_WIDTH)
}

/// What the environment variables ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variables {
    /// The colour asked for where the user did not choose: `NO_COLOR` wins over `CLICOLOR_FORCE`.
    pub color: ColorChoice,
    /// The drawing characters of the locale.
    pub glyphs: Glyphs,
}

impl Variables {
    /// Nothing is asked for.
    pub const NONE: Variables = Variables { color: ColorChoice::Auto, glyphs: Glyphs::Unicode };

    /// Reads the variables; an empty one counts as not set.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Variables {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let color = if variable("NO_COLOR").is_some() {
            ColorChoice::Never
        } else if variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
            ColorChoice::Always
        } else if variable("TERM").is_some_and(|term| term == "dumb") {
            ColorChoice::Never
        } else {
            ColorChoice::Auto
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        Variables { color, glyphs: if unicode { Glyphs::Unicode } else { Glyphs::Ascii } }
    }

    /// How meaning is shown on a stream: the user's choice, else the variables, else whether a person looks at it.
    pub fn paint(self, choice: ColorChoice, is_terminal: bool) -> Paint {
        let choice = if choice == ColorChoice::Auto { self.color } else { choice };
        match choice {
            ColorChoice::Always => Paint::Ansi,
            ColorChoice::Auto if is_terminal => Paint::Ansi,
            ColorChoice::Auto | ColorChoice::Never => Paint::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, width};
    use crate::terminal::glyphs::Glyphs;
    use crate::terminal::style::{ColorChoice, Paint};

    fn read(variables: &[(&str, &str)]) -> Variables {
        Variables::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn variables_decide_where_the_user_does_not() {
        assert_eq!(read(&[]).color, ColorChoice::Auto);
        assert_eq!(read(&[("NO_COLOR", "")]).color, ColorChoice::Auto);
        assert_eq!(read(&[("NO_COLOR", "0"), ("CLICOLOR_FORCE", "1")]).color, ColorChoice::Never);
        assert_eq!(read(&[("CLICOLOR_FORCE", "0")]).color, ColorChoice::Auto);
        assert_eq!(read(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]).color, ColorChoice::Always);
        assert_eq!(read(&[("TERM", "dumb")]).color, ColorChoice::Never);
        assert_eq!(read(&[("TERM", "xterm")]).color, ColorChoice::Auto);
    }

    #[test]
    fn columns_can_be_asked_for() {
        let widths = [(Some("60"), Some(100)), (Some("0"), Some(100)), (Some("many"), None), (None, Some(0))];
        assert_eq!(widths.map(|(variable, terminal)| width(variable, terminal)), [60, 100, 80, 80]);
    }

    #[test]
    fn the_user_decides_before_all() {
        let quiet = read(&[("NO_COLOR", "1")]);
        assert_eq!(quiet.paint(ColorChoice::Auto, true), Paint::Plain);
        assert_eq!(quiet.paint(ColorChoice::Always, false), Paint::Ansi);
        assert_eq!(read(&[]).paint(ColorChoice::Auto, true), Paint::Ansi);
        assert_eq!(read(&[]).paint(ColorChoice::Auto, false), Paint::Plain);
        assert_eq!(read(&[]).paint(ColorChoice::Never, true), Paint::Plain);
        assert_eq!(read(&[("CLICOLOR_FORCE", "1")]).paint(ColorChoice::Auto, false), Paint::Ansi);
    }

    #[test]
    fn the_first_locale_that_is_set_counts() {
        assert_eq!(read(&[("LANG", "en_US.UTF-8")]).glyphs, Glyphs::Unicode);
        assert_eq!(read(&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")]).glyphs, Glyphs::Ascii);
        assert_eq!(read(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]).glyphs, Glyphs::Unicode);
        assert_eq!(read(&[]).glyphs, Glyphs::Ascii);
    }
}
