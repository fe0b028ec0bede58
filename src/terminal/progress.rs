//! Progress of long work, on standard error and only while a person watches.

use super::escape;
use super::glyphs::Glyphs;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Redraws a second. A guess: enough to look alive, few enough to cost nothing.
const REDRAWS: u8 = 8;

/// How far some work is. Clones share it, and any thread may report.
#[derive(Clone, Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Progress through a number of bytes, shown on standard error.
    pub fn bytes(total: u64, label: &str, glyphs: Glyphs) -> Progress {
        Progress::on(ProgressDrawTarget::stderr_with_hz(REDRAWS), total, label, glyphs)
    }

    /// Progress that nobody sees.
    pub fn hidden() -> Progress {
        Progress { bar: ProgressBar::hidden() }
    }

    /// Reports that so many more bytes are done.
    pub fn inc(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Learns how many bytes there are in all.
    pub fn set_total(&self, bytes: u64) {
        self.bar.set_length(bytes);
    }

    /// Says what is being worked on.
    pub fn set_message(&self, message: &str) {
        if !self.bar.is_hidden() {
            self.bar.set_message(escape::line(message).into_owned());
        }
    }

    /// Ends the work and leaves nothing on the terminal.
    pub fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Does something that writes to the terminal while the bar is out of the way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    fn on(target: ProgressDrawTarget, total: u64, label: &str, glyphs: Glyphs) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(total), target).with_finish(ProgressFinish::AndClear);
        let template = "{prefix} {bar:24} {percent:>3}%  {decimal_bytes}/{decimal_total_bytes}  {wide_msg}";
        // The template is fixed; were it refused, the library's own would do.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let blocks = match glyphs {
            Glyphs::Unicode => "█▉▊▋▌▍▎▏ ",
            Glyphs::Ascii => "#-",
        };
        bar.set_style(style.progress_chars(blocks));
        bar.set_prefix(escape::line(label).into_owned());
        Progress { bar }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::terminal::glyphs::Glyphs;
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal of 70 columns that keeps the lines drawn.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<Vec<String>>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            70
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push(text.trim_end().to_owned());
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_bar_shows_how_far_it_is() {
        let screen = Screen::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let progress = Progress::on(target, 2_000_000, "reading\u{1b}", Glyphs::Ascii);
        progress.inc(500_000);
        progress.set_message("a\nb");
        progress.bar.force_draw();
        let lines = screen.0.lock().unwrap().clone();
        let wanted = r"reading\x1b ######------------------  25%  500.00 kB/2.00 MB  a\nb";
        assert!(lines.iter().any(|line| line == wanted), "{lines:?}");
    }

    #[test]
    fn hidden_progress_can_be_reported_from_anywhere() {
        let progress = Progress::hidden();
        std::thread::scope(|scope| {
            scope.spawn(|| progress.inc(5));
            scope.spawn(|| progress.clone().set_message("x"));
        });
        assert_eq!(progress.bar.position(), 5);
        assert_eq!(progress.aside(|| 7), 7);
        progress.finish_and_clear();
    }
}
