//! Horizontal bars: one value for each label.

use super::super::fit;
use super::super::{Line, Meaning, Span, escape};
use super::canvas::{Canvas, largest, share, tidy};

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// How long it is, compared to the others.
    pub value: f64,
    /// The value as people read it.
    pub shown: String,
    /// What the bar is.
    pub meaning: Meaning,
}

/// Draws bars: label, value, bar.
pub fn bars(bars: &[Bar], canvas: Canvas) -> Vec<Line> {
    let values: Vec<String> = bars.iter().map(|bar| escape::line(&bar.shown).into_owned()).collect();
    let widest = values.iter().map(|value| fit::width(value)).max().unwrap_or(0);
    let labels = canvas.labels(bars.iter().map(|bar| bar.label.as_str()), widest + 2);
    let room = canvas.width.saturating_sub(labels.first().map_or(0, |label| fit::width(label)) + widest + 4);
    let most = largest(bars.iter().map(|bar| bar.value));
    let drawn = bars.iter().zip(labels).zip(values).map(|((bar, label), value)| {
        tidy(vec![
            Span::plain(label),
            Span::plain(" ".repeat(widest - fit::width(&value) + 2)),
            Span::new(value, Meaning::Number),
            Span::plain("  "),
            Span::new(canvas.bar(share(bar.value, most), room), bar.meaning),
        ])
    });
    drawn.collect()
}

#[cfg(test)]
mod tests {
    use super::super::canvas::text;
    use super::{Bar, Canvas, bars};
    use crate::terminal::{Glyphs, Meaning};

    fn sample() -> Vec<Bar> {
        let values = [("claude-code", 1200.0), ("codex", 310.0), ("日本", 1.0), ("none\n", 0.0), ("odd", f64::NAN)];
        let bar = |(label, value): (&str, f64)| Bar {
            label: label.to_owned(),
            value,
            shown: value.to_string(),
            meaning: Meaning::Bad,
        };
        values.map(bar).into()
    }

    #[test]
    fn bars_fill_the_width() {
        let unicode = Canvas { width: 39, glyphs: Glyphs::Unicode };
        assert_eq!(
            text(&bars(&sample(), unicode)),
            "\
claude-code  1200  ████████████████████
codex         310  █████▏
日本            1  ▏
none\\n          0
odd           NaN"
        );
        let ascii = Canvas { width: 39, glyphs: Glyphs::Ascii };
        assert_eq!(
            text(&bars(&sample()[..3], ascii)),
            "\
claude-code  1200  ####################
codex         310  #####
日本            1  #"
        );
    }

    #[test]
    fn long_labels_are_cut_and_no_bars_are_no_lines() {
        let canvas = Canvas { width: 20, glyphs: Glyphs::Unicode };
        assert_eq!(text(&bars(&sample()[..2], canvas)), "claude-…  1200  ████\ncodex      310  █");
        let tight = Canvas { width: 9, glyphs: Glyphs::Unicode };
        assert_eq!(text(&bars(&sample()[..2], tight)), "cl…  1200\nco…   310");
        assert!(bars(&[], canvas).is_empty());
        let narrow = Canvas { width: 0, glyphs: Glyphs::Unicode };
        assert_eq!(text(&bars(&sample()[..2], narrow)), "  1200\n   310");
    }

    #[test]
    fn the_bar_carries_the_meaning() {
        let lines = bars(&sample()[..1], Canvas { width: 30, glyphs: Glyphs::Ascii });
        assert_eq!(lines[0].last().map(|span| span.meaning), Some(Meaning::Bad));
    }
}
