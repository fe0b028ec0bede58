//! Sparklines: a series in one line, one column for each value.

use super::super::{Meaning, Span};
use super::canvas::{Canvas, gather, largest, share};

/// Draws a series; neighbours are summed where the canvas is too narrow. Nothing is a dot, the most a full block.
pub fn sparkline(values: &[f64], canvas: Canvas, meaning: Meaning) -> Span {
    let (values, _) = gather(values, canvas.width);
    let most = largest(values.iter().copied());
    let mark = |value: f64| match (share(value, most) * 8.0).ceil() as usize {
        0 => {
            if canvas.glyphs == super::super::Glyphs::Unicode {
                '·'
            } else {
                '_'
            }
        }
        eighths => canvas.block(eighths),
    };
    Span::new(values.into_iter().map(mark).collect::<String>(), meaning)
}

#[cfg(test)]
mod tests {
    use super::{Canvas, sparkline};
    use crate::terminal::{Glyphs, Meaning};

    fn drawn(values: &[f64], width: usize, glyphs: Glyphs) -> String {
        sparkline(values, Canvas { width, glyphs }, Meaning::Plain).text.into_owned()
    }

    #[test]
    fn a_series_in_a_line() {
        let series = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.1, -3.0];
        assert_eq!(drawn(&series, 20, Glyphs::Unicode), "·▁▂▃▄▅▆▇█▁·");
        assert_eq!(drawn(&series, 20, Glyphs::Ascii), "_.:-=+*%#._");
    }

    #[test]
    fn neighbours_are_summed_where_room_is_short() {
        assert_eq!(drawn(&[1.0, 1.0, 0.0, 1.0, 4.0], 3, Glyphs::Unicode), "▄▂█");
        assert_eq!(drawn(&[1.0, 1.0], 0, Glyphs::Unicode), "█");
        assert_eq!(drawn(&[], 10, Glyphs::Unicode), "");
        assert_eq!(drawn(&[0.0, 0.0], 10, Glyphs::Unicode), "··");
    }
}
