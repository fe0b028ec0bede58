//! What is said about results, all of it on standard error.
//!
//! These methods cannot fail: work is not broken off because nobody listens to remarks.

use super::output::{Terminal, Verbosity};
use super::progress::Progress;
use super::style::Meaning;
use super::{escape, prompt};
use std::io::Write;

impl Terminal {
    /// Says something worth knowing, unless the user wants quiet.
    pub fn note(&mut self, text: &str) {
        if self.settings.verbosity >= Verbosity::Normal {
            self.remark("note", Meaning::Accent, text);
        }
    }

    /// Says something that only helps whoever looks closely.
    pub fn detail(&mut self, text: &str) {
        if self.settings.verbosity >= Verbosity::Verbose {
            self.remark("detail", Meaning::Dim, text);
        }
    }

    /// Says that something deserves a look.
    pub fn warn(&mut self, text: &str) {
        self.remark("warning", Meaning::Warn, text);
    }

    /// Names a command worth running next, unless the user wants quiet.
    pub fn hint(&mut self, text: &str) {
        if self.settings.verbosity >= Verbosity::Normal {
            self.remark("hint", Meaning::Hint, text);
        }
    }

    /// Says what failed, cause by cause, and the way out. The kind, such as `storage`, may be empty.
    pub fn error(&mut self, kind: &str, chain: &[String], hint: Option<&str>) {
        let label = if kind.is_empty() { "error".to_owned() } else { format!("error ({kind})") };
        let mut causes = chain.iter();
        self.remark(&label, Meaning::Bad, causes.next().map_or("unknown", String::as_str));
        for cause in causes {
            self.remark("  caused by", Meaning::Dim, cause);
        }
        if let Some(hint) = hint {
            self.remark("hint", Meaning::Hint, hint);
        }
    }

    /// Shows progress through a number of bytes, if a person watches and does not want quiet.
    pub fn progress(&mut self, total: u64, label: &str) -> Progress {
        self.progress = if self.environment.err && self.settings.verbosity >= Verbosity::Normal {
            Progress::bytes(total, label, self.environment.variables.glyphs)
        } else {
            Progress::hidden()
        };
        self.progress.clone()
    }

    /// Asks a question; `None` if there is nobody to ask.
    pub fn confirm(&mut self, question: &str) -> Option<bool> {
        if !(self.environment.err && self.environment.input) {
            return None;
        }
        let Terminal { streams, progress, .. } = self;
        let _ = streams.out.flush();
        progress.aside(|| prompt::ask(question, &mut streams.input, &mut streams.err)).ok().flatten()
    }

    /// Writes a label and a text, whose further lines are indented, as one piece.
    fn remark(&mut self, label: &str, meaning: Meaning, text: &str) {
        let mut piece = Vec::new();
        let text = escape::block(text);
        let text = text.trim_end().replace('\n', "\n    ");
        // A vector takes everything; a stream may be closed, which is none of the work's business. What waits for
        // standard output goes first, so that a person reads both in the order in which they were written.
        let _ = self.err_paint.write(&mut piece, &format!("{}:", escape::line(label)), meaning);
        let _ = writeln!(piece, " {text}");
        let Terminal { streams, progress, environment, .. } = self;
        progress.aside(|| {
            if environment.out.is_some() {
                let _ = streams.out.flush();
            }
            let _ = streams.err.write_all(&piece);
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::terminal::{ColorChoice, Environment, Settings, Streams, Terminal, Verbosity};
    use std::io;

    fn said(environment: Environment, settings: Settings) -> String {
        let (mut terminal, kept) = Terminal::captured(environment, settings);
        terminal.note("3 files\u{1b} are new");
        terminal.detail("read in 3ms");
        terminal.warn("two\nlines\n");
        terminal.hint("logwright show --last");
        let chain = ["cannot read the ledger", "permission denied"].map(str::to_owned);
        terminal.error("storage", &chain, Some("logwright verify"));
        terminal.error("", &[], None);
        assert_eq!(kept.out(), "");
        kept.err()
    }

    #[test]
    fn remarks_have_labels() {
        assert_eq!(
            said(Environment::detached(), Settings::default()),
            "\
note: 3 files\\x1b are new
warning: two
    lines
hint: logwright show --last
error (storage): cannot read the ledger
  caused by: permission denied
hint: logwright verify
error: unknown
"
        );
    }

    #[test]
    fn verbosity_decides_how_much_is_said() {
        let lines = |verbosity| {
            let said = said(Environment::detached(), Settings { verbosity, ..Settings::default() });
            said.lines().filter_map(|line| line.split_once(':')).map(|(label, _)| label.to_owned()).collect::<Vec<_>>()
        };
        let failed = ["error (storage)", "  caused by", "hint", "error"];
        assert_eq!(lines(Verbosity::Quiet), [&["warning"][..], &failed].concat());
        assert_eq!(lines(Verbosity::Verbose), [&["note", "detail", "warning", "hint"][..], &failed].concat());
    }

    #[test]
    fn only_labels_are_coloured() {
        let settings = Settings { color: ColorChoice::Always, verbosity: Verbosity::Quiet, ..Settings::default() };
        assert_eq!(said(Environment::detached(), settings).lines().next(), Some("\u{1b}[33mwarning:\u{1b}[0m two"));
    }

    #[test]
    fn questions_need_a_person() {
        let asked = |input, err| {
            let streams =
                Streams { out: Box::new(io::sink()), err: Box::new(io::sink()), input: Box::new(&b"yes\n"[..]) };
            let environment = Environment { input, err, ..Environment::detached() };
            Terminal::new(streams, environment, Settings::default()).confirm("Really?")
        };
        assert_eq!(asked(true, true), Some(true));
        assert_eq!(asked(true, false), None);
        assert_eq!(asked(false, true), None);
    }

    #[test]
    fn nobody_watching_means_hidden_progress() {
        let (mut terminal, kept) = Terminal::captured(Environment::detached(), Settings::default());
        let progress = terminal.progress(10, "reading");
        progress.inc(10);
        progress.finish_and_clear();
        assert_eq!(kept.err(), "");
    }
}
