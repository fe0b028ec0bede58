//! Times as people write them.

use super::context::Context;
use super::failure::Failure;
use crate::event::{Millis, parse_rfc3339};

/// A day in the terminal's zone, a time, or a span before now.
pub fn parse_when(text: &str, context: &Context) -> Result<Millis, Failure> {
    let zone = context.terminal.look().zone;
    let (number, unit) = text.split_at(text.char_indices().next_back().map_or(0, |(at, _)| at));
    let factor = match unit {
        "h" => Some(3_600_000),
        "d" => Some(86_400_000),
        "w" => Some(7 * 86_400_000),
        _ => None,
    };
    let ago = factor.and_then(|factor| number.parse::<i64>().ok()?.checked_mul(factor));
    let day = || {
        let midnight = parse_rfc3339(&format!("{text}T00:00:00Z"))?;
        Some(midnight - i64::from(zone.offset(midnight)) * 1000)
    };
    ago.and_then(|ago| context.now.checked_sub(ago)).or_else(day).or_else(|| parse_rfc3339(text)).ok_or_else(|| {
        Failure::usage(format!("`{text}` is no time"))
            .hint("write a day such as 2026-01-31, or 12h, 7d, 4w for so long ago")
    })
}
