//! One question, answered with yes or no.

use super::escape;
use std::io::{self, BufRead, Read, Write};

/// Times that an unclear answer is asked again.
const TRIES: usize = 3;
/// Bytes read of an answer.
const LONGEST: u64 = 1024;

/// Asks until the answer is clear; no answer, and an unclear one three times over, is a no. `None` if the input ends.
pub(super) fn ask(question: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> io::Result<Option<bool>> {
    let question = escape::line(question);
    for _ in 0..TRIES {
        write!(out, "{question} [y/N] ")?;
        out.flush()?;
        let mut answer = Vec::new();
        if input.take(LONGEST).read_until(b'\n', &mut answer)? == 0 {
            out.write_all(b"\n")?;
            return Ok(None);
        }
        match answer.trim_ascii().to_ascii_lowercase().as_slice() {
            b"y" | b"yes" => return Ok(Some(true)),
            b"" | b"n" | b"no" => return Ok(Some(false)),
            _ => {}
        }
    }
    Ok(Some(false))
}

#[cfg(test)]
mod tests {
    use super::ask;

    fn asked(answers: &str) -> (Option<bool>, String) {
        let mut out = Vec::new();
        let answer = ask("Forget \u{1b}it?", &mut answers.as_bytes(), &mut out).unwrap();
        (answer, String::from_utf8(out).unwrap())
    }

    #[test]
    fn answers() {
        for (typed, answer) in [("y\n", true), (" YES \r\n", true), ("n\n", false), ("\n", false), ("no", false)] {
            assert_eq!(asked(typed), (Some(answer), r"Forget \x1bit? [y/N] ".to_owned()), "{typed:?}");
        }
        assert_eq!(asked("perhaps\ny\n").0, Some(true));
        assert_eq!(asked("a\nb\nc\ny\n").0, Some(false));
        assert_eq!(asked(""), (None, "Forget \\x1bit? [y/N] \n".to_owned()));
    }
}
