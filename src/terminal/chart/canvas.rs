//! What every chart needs: the room it has, the characters it may use, and lengths in eighths of a column.

use super::super::fit::{self, Keep};
use super::super::glyphs::Glyphs;
use super::super::{Line, Span, escape};

/// The part of a line that labels may take before they are cut: two fifths.
const LABELS: (usize, usize) = (2, 5);

/// Where a chart is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Columns at most.
    pub width: usize,
    /// The characters to draw with.
    pub glyphs: Glyphs,
}

impl Canvas {
    /// The labels of a chart, escaped, cut and padded to one width, behind which so many columns are taken.
    pub(super) fn labels<'a>(self, labels: impl Iterator<Item = &'a str>, taken: usize) -> Vec<String> {
        let limit = (self.width * LABELS.0 / LABELS.1).min(self.width.saturating_sub(taken));
        let labels: Vec<String> =
            labels.map(|label| fit::fit(&escape::line(label), limit, Keep::Start, self.glyphs).into_owned()).collect();
        let widest = labels.iter().map(|label| fit::width(label)).max().unwrap_or(0);
        labels.into_iter().map(|label| format!("{label}{}", " ".repeat(widest - fit::width(&label)))).collect()
    }

    /// A bar as long as a share of the room; whatever is more than nothing can be seen.
    pub(super) fn bar(self, share: f64, room: usize) -> String {
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        if share <= 0.0 || room == 0 {
            return String::new();
        }
        let columns = share.min(1.0) * room as f64;
        match self.glyphs {
            Glyphs::Unicode => {
                let eighths = ((columns * 8.0).round() as usize).max(1);
                format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
            }
            Glyphs::Ascii => "#".repeat((columns.round() as usize).max(1)),
        }
    }

    /// A block that fills a number of eighths of its column from below, 0 to 8.
    pub(super) const fn block(self, eighths: usize) -> char {
        const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        const MARKS: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '%', '#'];
        let eighths = if eighths > 8 { 8 } else { eighths };
        match self.glyphs {
            Glyphs::Unicode => BLOCKS[eighths],
            Glyphs::Ascii => MARKS[eighths],
        }
    }
}

/// A value as charts can draw it: what is negative or no number counts as nothing.
pub(super) fn drawable(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { 0.0 }
}

/// The largest of some values, at least 0.
pub(super) fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.map(drawable).fold(0.0, f64::max)
}

/// A share of the largest value, 0 if all are nothing.
pub(super) fn share(value: f64, largest: f64) -> f64 {
    if largest > 0.0 { drawable(value) / largest } else { 0.0 }
}

/// Sums values in groups, so that no more than `room` are left; says how many went into each.
pub(super) fn gather(values: &[f64], room: usize) -> (Vec<f64>, usize) {
    let size = values.len().div_ceil(room.max(1)).max(1);
    (values.chunks(size).map(|group| group.iter().copied().map(drawable).sum()).collect(), size)
}

/// A line without empty spans and without spaces at its end.
pub(super) fn tidy(mut line: Line) -> Line {
    while let Some(Span { text, .. }) = line.last_mut() {
        let kept = text.trim_end().len();
        if kept > 0 {
            text.to_mut().truncate(kept);
            break;
        }
        line.pop();
    }
    line.retain(|span| !span.text.is_empty());
    line
}

/// The text of lines, for tests.
#[cfg(test)]
pub(super) fn text(lines: &[Line]) -> String {
    let text = |line: &Line| line.iter().map(|span| span.text.as_ref()).collect::<String>();
    lines.iter().map(text).collect::<Vec<_>>().join("\n")
}
