//! Stacked bars: for each label, its parts by category, with a legend.
//!
//! Each category has a pattern as well as a colour, so that the chart reads the same without colour.

use super::super::fit;
use super::super::glyphs::Glyphs;
use super::super::{Line, Meaning, Span, escape};
use super::canvas::{Canvas, drawable, largest, share, tidy};

/// One bar and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// What it stands for.
    pub label: String,
    /// The value of each category.
    pub parts: Vec<f64>,
    /// The whole as people read it.
    pub shown: String,
}

/// Draws stacked bars and, below them, which pattern means which category.
pub fn stacks(stacks: &[Stack], categories: &[&str], canvas: Canvas) -> Vec<Line> {
    let values: Vec<String> = stacks.iter().map(|stack| escape::line(&stack.shown).into_owned()).collect();
    let widest = values.iter().map(|value| fit::width(value)).max().unwrap_or(0);
    let labels = canvas.labels(stacks.iter().map(|stack| stack.label.as_str()), widest + 2);
    let room = canvas.width.saturating_sub(labels.first().map_or(0, |label| fit::width(label)) + widest + 4);
    let whole = |stack: &Stack| stack.parts.iter().copied().map(drawable).sum::<f64>();
    let most = largest(stacks.iter().map(whole));
    let mut lines: Vec<Line> = Vec::with_capacity(stacks.len() + 1);
    for ((stack, label), value) in stacks.iter().zip(labels).zip(values) {
        let mut line = vec![
            Span::plain(label),
            Span::plain(" ".repeat(widest - fit::width(&value) + 2)),
            Span::new(value, Meaning::Number),
            Span::plain("  "),
        ];
        // Ends are rounded, not lengths, so that the parts add up to the whole.
        let (mut sum, mut drawn) = (0.0, 0);
        for (category, part) in stack.parts.iter().enumerate() {
            sum += drawable(*part);
            let end = (share(sum, most) * room as f64).round() as usize;
            let text = pattern(category, canvas.glyphs).repeat(end.saturating_sub(drawn));
            line.push(Span::new(text, series(category)));
            drawn = drawn.max(end);
        }
        lines.push(tidy(line));
    }
    lines.extend(legend(categories, canvas));
    lines
}

/// The patterns and their names, on as many lines as they need.
fn legend(categories: &[&str], canvas: Canvas) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut used = 0;
    for (category, name) in categories.iter().enumerate() {
        let name = escape::line(name).into_owned();
        let needed = fit::width(&name) + 2;
        match lines.last_mut() {
            Some(line) if used + 2 + needed <= canvas.width => {
                line.push(Span::plain("  "));
                used += 2;
            }
            _ => {
                lines.push(Line::new());
                used = 0;
            }
        }
        used += needed;
        if let Some(line) = lines.last_mut() {
            line.push(Span::new(pattern(category, canvas.glyphs), series(category)));
            line.push(Span::plain(format!(" {name}")));
        }
    }
    lines
}

const fn pattern(category: usize, glyphs: Glyphs) -> &'static str {
    const BLOCKS: [&str; 6] = ["█", "▒", "░", "▓", "▚", "╱"];
    const MARKS: [&str; 6] = ["#", "=", ".", "%", "+", "/"];
    match glyphs {
        Glyphs::Unicode => BLOCKS[category % BLOCKS.len()],
        Glyphs::Ascii => MARKS[category % MARKS.len()],
    }
}

const fn series(category: usize) -> Meaning {
    Meaning::Series((category % 6) as u8)
}

#[cfg(test)]
mod tests {
    use super::super::canvas::text;
    use super::{Canvas, Stack, stacks};
    use crate::terminal::{Glyphs, Meaning};

    fn sample() -> Vec<Stack> {
        let stack = |label: &str, parts: &[f64], shown: &str| Stack {
            label: label.to_owned(),
            parts: parts.to_vec(),
            shown: shown.to_owned(),
        };
        vec![stack("mon", &[6.0, 3.0, 1.0], "10"), stack("tuesday", &[1.0, 0.0, 4.0], "5"), stack("wed", &[], "0")]
    }

    #[test]
    fn parts_add_up() {
        let drawn = |glyphs| text(&stacks(&sample(), &["input", "output", "cache"], Canvas { width: 33, glyphs }));
        assert_eq!(
            drawn(Glyphs::Unicode),
            "\
mon      10  ████████████▒▒▒▒▒▒░░
tuesday   5  ██░░░░░░░░
wed       0
█ input  ▒ output  ░ cache"
        );
        assert_eq!(
            drawn(Glyphs::Ascii),
            "\
mon      10  ############======..
tuesday   5  ##........
wed       0
# input  = output  . cache"
        );
    }

    #[test]
    fn a_long_legend_takes_more_lines() {
        let lines = stacks(&[], &["input", "output", "cache"], Canvas { width: 17, glyphs: Glyphs::Ascii });
        assert_eq!(text(&lines), "# input  = output\n. cache");
        assert_eq!(lines[1][0].meaning, Meaning::Series(2));
    }
}
