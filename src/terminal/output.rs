//! The terminal: both streams, how each looks, and everything that goes to standard output.
//!
//! Standard output speaks the chosen format only: what is meant for people is left out of machine formats.

use super::capture::Captured;
use super::chart::Canvas;
use super::environment::Environment;
use super::fit::{width, wrap};
use super::format::{Format, Look};
use super::progress::Progress;
use super::rows::{RowWriter, write_table, write_tables};
use super::style::{ColorChoice, Line, Meaning, Paint, Span};
use super::value::{Column, Table};
use super::{escape, json};
use serde::Serialize;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Write};

/// Bytes gathered before they are handed to standard output.
const BUFFER: usize = 64 * 1024;
/// Columns of charts where nobody's terminal says how many, and at most: wider bars say no more.
const CHART_WIDTH: usize = 80;
const CHART_LIMIT: usize = 120;

/// How much is said about the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Warnings and errors only.
    Quiet,
    /// Notes, hints and progress too.
    #[default]
    Normal,
    /// Details too.
    Verbose,
}

/// What the user chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The format of results.
    pub format: Format,
    /// Whether meaning is coloured.
    pub color: ColorChoice,
    /// How much is said.
    pub verbosity: Verbosity,
}

/// Where everything goes and answers come from.
pub struct Streams {
    /// Results.
    pub out: Box<dyn Write + Send>,
    /// What is said about them.
    pub err: Box<dyn Write + Send>,
    /// Answers to questions.
    pub input: Box<dyn BufRead + Send>,
}

impl Streams {
    /// The streams of this process, results gathered until `Terminal::flush`.
    pub fn standard() -> Streams {
        Streams {
            out: Box::new(BufWriter::with_capacity(BUFFER, io::stdout())),
            err: Box::new(io::stderr()),
            input: Box::new(BufReader::new(io::stdin())),
        }
    }
}

/// The only way to a stream.
pub struct Terminal {
    pub(super) streams: Streams,
    pub(super) environment: Environment,
    pub(super) settings: Settings,
    pub(super) err_paint: Paint,
    pub(super) progress: Progress,
    look: Look,
}

impl Terminal {
    /// A terminal over streams, in surroundings, as the user wants it.
    pub fn new(streams: Streams, environment: Environment, settings: Settings) -> Terminal {
        let variables = environment.variables;
        let look = Look {
            format: settings.format,
            paint: variables.paint(settings.color, environment.out.is_some()),
            glyphs: variables.glyphs,
            width: environment.out,
            zone: environment.zone,
        };
        let err_paint = variables.paint(settings.color, environment.err);
        Terminal { streams, environment, settings, err_paint, progress: Progress::hidden(), look }
    }

    /// The terminal of this process.
    pub fn standard(settings: Settings) -> Terminal {
        Terminal::new(Streams::standard(), Environment::read(), settings)
    }

    /// A terminal that keeps both streams in memory, and the view of them.
    pub fn captured(environment: Environment, settings: Settings) -> (Terminal, Captured) {
        let kept = Captured::default();
        let streams =
            Streams { out: Box::new(kept.out.clone()), err: Box::new(kept.err.clone()), input: Box::new(io::empty()) };
        (Terminal::new(streams, environment, settings), kept)
    }

    /// How results look.
    pub const fn look(&self) -> &Look {
        &self.look
    }

    /// The format of results.
    pub const fn format(&self) -> Format {
        self.look.format
    }

    /// Whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        matches!(self.settings.verbosity, Verbosity::Quiet)
    }

    /// Where charts are drawn.
    pub fn canvas(&self) -> Canvas {
        Canvas { width: self.look.width.unwrap_or(CHART_WIDTH).min(CHART_LIMIT), glyphs: self.look.glyphs }
    }

    /// Writes a table in the chosen format.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        write_table(&mut self.streams.out, &self.look, table)
    }

    /// Writes several tables as one result in the chosen format.
    pub fn tables(&mut self, tables: &[Table]) -> io::Result<()> {
        write_tables(&mut self.streams.out, &self.look, tables)
    }

    /// Begins a table whose rows come one at a time; `RowWriter::finish` ends it.
    pub fn rows(&mut self, columns: Vec<Column>) -> io::Result<RowWriter<'_>> {
        RowWriter::new(&mut self.streams.out, self.look, columns)
    }

    /// Writes a value as one line of JSON, whatever the format.
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        json::write(&mut self.streams.out, value)?;
        self.streams.out.write_all(b"\n")
    }

    /// Writes bytes as they are. Only for what the program itself made, such as completions: nothing is escaped.
    pub fn verbatim(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.streams.out.write_all(bytes)
    }

    /// Writes a title for people.
    pub fn heading(&mut self, title: &str) -> io::Result<()> {
        self.hanging(&[Span::new(title.to_owned(), Meaning::Heading)], 0)
    }

    /// Writes one line of spans for people.
    pub fn line(&mut self, line: &[Span]) -> io::Result<()> {
        if self.look.format != Format::Table {
            return Ok(());
        }
        for span in line {
            self.look.paint.write(&mut self.streams.out, &escape::line(&span.text), span.meaning)?;
        }
        self.streams.out.write_all(b"\n")
    }

    /// Writes one line of spans for people; on a terminal, what is too long goes on below, behind `indent` columns.
    pub fn hanging(&mut self, line: &[Span], indent: usize) -> io::Result<()> {
        let Some(limit) = self.look.width.filter(|limit| *limit > 0) else { return self.line(line) };
        // Most of a narrow line is for what is said.
        let indent = if limit > 2 * indent { indent } else { limit / 4 };
        let mut wrapped = Line::new();
        let mut column = 0;
        for span in line {
            let mut text = escape::line(&span.text);
            if column == 0 && text.len() > indent && text.bytes().all(|byte| byte == b' ') {
                text = " ".repeat(indent).into();
            }
            let mut pieces = wrap(&text, limit.saturating_sub(column), limit - indent).into_iter();
            let first = pieces.next().unwrap_or_default();
            column += width(first);
            wrapped.push(Span::new(first.to_owned(), span.meaning));
            for piece in pieces {
                // The space between two spans is none at the end of a line.
                while wrapped.last().is_some_and(|span| span.text.trim().is_empty()) {
                    wrapped.pop();
                }
                self.line(&wrapped)?;
                wrapped = vec![Span::plain(" ".repeat(indent)), Span::new(piece.to_owned(), span.meaning)];
                column = indent + width(piece);
            }
        }
        self.line(&wrapped)
    }

    /// Writes lines of spans for people.
    pub fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// Writes text of any number of lines for people, and ends the last line.
    pub fn block(&mut self, text: &str, meaning: Meaning) -> io::Result<()> {
        if self.look.format != Format::Table {
            return Ok(());
        }
        for line in escape::block(text).lines() {
            self.look.paint.write(&mut self.streams.out, line, meaning)?;
            self.streams.out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Hands over everything written so far. To be called at the end, since a failure shows only here.
    pub fn flush(&mut self) -> io::Result<()> {
        let Terminal { streams, progress, .. } = self;
        progress.aside(|| streams.out.flush())
    }
}

/// Whether an error only says that the reader has seen enough, which is success.
pub fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

#[cfg(test)]
mod tests {
    use super::{Settings, Streams, Terminal, is_closed_pipe};
    use crate::terminal::{Cell, ColorChoice, Column, Environment, Format, Meaning, Span, Table};
    use std::io::{self, ErrorKind, Write};

    fn table() -> Table {
        let mut table = Table::new([Column::new("n", "N")]).named("numbers", "Numbers");
        table.push([Cell::from(1_i64)]);
        table
    }

    fn said(settings: Settings) -> (String, String) {
        let (mut terminal, kept) = Terminal::captured(Environment::detached(), settings);
        terminal.heading("Head\u{1b}").unwrap();
        terminal.line(&[Span::plain("a\n"), Span::new("b", Meaning::Good)]).unwrap();
        terminal.block("one\ttab\nend\u{9b}", Meaning::Dim).unwrap();
        terminal.table(&table()).unwrap();
        terminal.flush().unwrap();
        (kept.out(), kept.err())
    }

    #[test]
    fn results_go_to_standard_output() {
        let (out, err) = said(Settings::default());
        assert_eq!(out, "Head\\x1b\na\\nb\none     tab\nend\\u{9b}\nNumbers\nN\n─\n1\n");
        assert_eq!(err, "");
    }

    #[test]
    fn colour_is_on_when_asked_for() {
        let (out, _) = said(Settings { color: ColorChoice::Always, ..Settings::default() });
        assert_eq!(
            out,
            "\u{1b}[1mHead\\x1b\u{1b}[0m\na\\n\u{1b}[32mb\u{1b}[0m\n\u{1b}[2mone     tab\u{1b}[0m\n\
             \u{1b}[2mend\\u{9b}\u{1b}[0m\n\u{1b}[1mNumbers\u{1b}[0m\n\u{1b}[1mN\u{1b}[0m\n\u{1b}[2m─\u{1b}[0m\n1\n"
        );
    }

    #[test]
    fn long_lines_hang_on_a_terminal() {
        let hung = |out| {
            let environment = Environment { out, ..Environment::detached() };
            let settings = Settings { color: ColorChoice::Never, ..Settings::default() };
            let (mut terminal, kept) = Terminal::captured(environment, settings);
            terminal.hanging(&[Span::plain("me: "), Span::new("one two three", Meaning::Bad)], 4).unwrap();
            terminal.hanging(&[Span::plain("one two"), Span::plain(" "), Span::plain("three")], 1).unwrap();
            terminal.flush().unwrap();
            kept.out()
        };
        assert_eq!(hung(Some(12)), "me: one two\n    three\none two\n three\n");
        assert_eq!(hung(Some(8)), "me: one\n  two\n  three\none two\n three\n");
        assert_eq!(hung(None), "me: one two three\none two three\n");
    }

    #[test]
    fn machines_get_nothing_but_their_format() {
        let (out, _) = said(Settings { format: Format::Json, color: ColorChoice::Always, ..Settings::default() });
        assert_eq!(out, "[\n  {\"n\":1}\n]\n");
        let (out, _) = said(Settings { format: Format::Csv, ..Settings::default() });
        assert_eq!(out, "n\r\n1\r\n");
    }

    #[test]
    fn json_of_any_value() {
        let (mut terminal, kept) = Terminal::captured(Environment::detached(), Settings::default());
        terminal.json(&("a\u{202e}", 1)).unwrap();
        assert_eq!(kept.out(), "[\"a\\u202e\",1]\n");
    }

    #[test]
    fn charts_fit_the_terminal() {
        let width = |out| {
            let environment = Environment { out, ..Environment::detached() };
            Terminal::captured(environment, Settings::default()).0.canvas().width
        };
        assert_eq!([None, Some(40), Some(400)].map(width), [80, 40, 120]);
    }

    #[test]
    fn a_closed_pipe_is_told_from_a_failure() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let streams = Streams { out: Box::new(Closed), err: Box::new(Closed), input: Box::new(io::empty()) };
        let mut terminal = Terminal::new(streams, Environment::detached(), Settings::default());
        assert!(is_closed_pipe(&terminal.table(&table()).unwrap_err()));
        assert!(!is_closed_pipe(&ErrorKind::StorageFull.into()));
        terminal.warn("nobody listens, and nothing breaks");
    }
}
