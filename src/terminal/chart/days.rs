//! A series by day: days to the right, columns of blocks upwards.

use super::super::fit;
use super::super::{Line, Meaning, Span};
use super::canvas::{Canvas, gather, largest, share, tidy};
use chrono::{Datelike, Days, NaiveDate};

/// Columns for one day where there is room for more than one.
const WIDEST: usize = 4;

/// Draws one value a day from the first day on, `height` rows high, with the largest value as people read it.
///
/// Where there are more days than columns, neighbouring days are summed, and the line below says how many.
pub fn days(
    first: NaiveDate,
    values: &[f64],
    height: usize,
    shown: impl Fn(f64) -> String,
    canvas: Canvas,
) -> Vec<Line> {
    if values.is_empty() {
        return Vec::new();
    }
    let (axis, corner) = canvas.glyphs.axis();
    // The axis is as wide as the largest label; sums of days can only make that longer, so they are measured first.
    let sums = |room| gather(values, room);
    let label = |columns: &[f64]| shown(largest(columns.iter().copied()));
    let room = |label: &str| canvas.width.saturating_sub(fit::width(label) + 2).max(1);
    let guess = label(&sums(canvas.width).0);
    let (columns, group) = sums(room(&guess));
    let top = label(&columns);
    let margin = fit::width(&top);
    let stride = (room(&top) / columns.len()).clamp(1, WIDEST);
    let bar = if stride > 1 { stride - 1 } else { 1 };
    let most = largest(columns.iter().copied());

    let mut lines = Vec::with_capacity(height + 2);
    for row in (0..height.max(1)).rev() {
        let mut text = String::new();
        for value in &columns {
            let eighths = (share(*value, most) * (height.max(1) * 8) as f64).ceil() as usize;
            let block = canvas.block(eighths.saturating_sub(row * 8).min(8));
            text.extend(std::iter::repeat_n(block, bar));
            text.extend(std::iter::repeat_n(' ', stride - bar));
        }
        let mark = if row + 1 == height.max(1) { top.as_str() } else { "" };
        lines.push(tidy(vec![
            Span::new(format!("{}{mark} {axis}", " ".repeat(margin - fit::width(mark))), Meaning::Dim),
            Span::new(text, Meaning::Series(0)),
        ]));
    }
    let rule = canvas.glyphs.rule().repeat(columns.len() * stride);
    lines.push(vec![Span::new(format!("{:>margin$} {corner}{rule}", "0"), Meaning::Dim)]);
    let indent = " ".repeat(margin + 2);
    let months = months(first, columns.len(), group, stride);
    if !months.is_empty() {
        lines.push(vec![Span::new(format!("{indent}{months}"), Meaning::Dim)]);
    }
    let last = first.checked_add_days(Days::new(values.len() as u64 - 1)).unwrap_or(first);
    let scale = if group > 1 { format!(", {group} days a column") } else { String::new() };
    lines.push(vec![Span::new(format!("{indent}{first} to {last}{scale}"), Meaning::Dim)]);
    lines
}

/// The names of months below the column in which each begins, as far as they do not touch.
fn months(first: NaiveDate, columns: usize, group: usize, stride: usize) -> String {
    let mut text = String::new();
    for column in 0..columns {
        let begins = (column * group..(column + 1) * group)
            .filter_map(|day| first.checked_add_days(Days::new(day as u64)))
            .find(|date| date.day() == 1);
        let place = column * stride;
        if let Some(date) = begins
            && (text.is_empty() || text.len() < place)
            && place + 3 <= columns * stride
        {
            text.push_str(&" ".repeat(place - text.len()));
            text.push_str(&date.format("%b").to_string());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::canvas::text;
    use super::{Canvas, days};
    use crate::terminal::Glyphs;
    use chrono::NaiveDate;

    fn drawn(first: &str, values: &[f64], width: usize, glyphs: Glyphs) -> String {
        let first: NaiveDate = first.parse().unwrap();
        text(&days(first, values, 3, |value| value.to_string(), Canvas { width, glyphs }))
    }

    #[test]
    fn a_week() {
        let week = [0.0, 1.0, 12.0, 6.0, 4.0, 0.0, 2.0];
        assert_eq!(
            drawn("2026-01-05", &week, 40, Glyphs::Unicode),
            "\
12 │        ███
   │        ███ ▄▄▄
   │    ▂▂▂ ███ ███ ███     ▄▄▄
 0 └────────────────────────────
    2026-01-05 to 2026-01-11"
        );
        assert_eq!(
            drawn("2026-01-05", &week, 12, Glyphs::Ascii),
            "\
12 |  #
   |  #=
   | :### =
 0 +-------
    2026-01-05 to 2026-01-11"
        );
    }

    #[test]
    fn months_are_named_and_days_are_summed() {
        let quarter: Vec<f64> = (0..90).map(|day| f64::from(day % 10)).collect();
        assert_eq!(
            drawn("2026-01-01", &quarter, 50, Glyphs::Unicode),
            "\
17 │   ▃█   ▃█   ▃█   ▃█   ▃█   ▃█   ▃█   ▃█   ▃█
   │  ▅██  ▅██  ▅██  ▅██  ▅██  ▅██  ▅██  ▅██  ▅██
   │▂████▂████▂████▂████▂████▂████▂████▂████▂████
 0 └─────────────────────────────────────────────
    Jan            Feb           Mar
    2026-01-01 to 2026-03-31, 2 days a column"
        );
    }

    #[test]
    fn nothing_happened() {
        assert_eq!(drawn("2026-01-01", &[], 40, Glyphs::Unicode), "");
        assert_eq!(
            drawn("2026-01-02", &[0.0, 0.0], 40, Glyphs::Unicode),
            "0 │\n  │\n  │\n0 └────────\n   2026-01-02 to 2026-01-03"
        );
    }
}
