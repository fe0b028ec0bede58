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

#[cfg(test)]
mod tests {
    use super::parse_when;
    use crate::cli::context::Context;
    use crate::event::format_rfc3339;
    use crate::terminal::{Environment, Settings, Terminal};

    #[test]
    fn times_are_days_spans_and_instants() {
        let folder = tempfile::tempdir().unwrap();
        let (terminal, _) = Terminal::captured(Environment::detached(), Settings::default());
        let mut context = Context::new(Some(folder.path().to_owned()), terminal).unwrap();
        context.now = 1_769_860_800_000;
        let when = |text| parse_when(text, &context).ok().map(format_rfc3339);
        assert_eq!(when("12h").as_deref(), Some("2026-01-31T00:00:00.000Z"));
        assert_eq!(when("1w").as_deref(), Some("2026-01-24T12:00:00.000Z"));
        assert_eq!(when("2026-01-30").as_deref(), Some("2026-01-30T00:00:00.000Z"));
        assert_eq!(when("2026-01-30T01:02:03Z").as_deref(), Some("2026-01-30T01:02:03.000Z"));
        for wrong in ["", "d", "7", "7ü", "ü", "yesterday", "99999999999999999999d", "2026-13-01"] {
            assert_eq!(when(wrong), None, "{wrong}");
        }
    }
}
