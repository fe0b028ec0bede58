//! Numbers as people read them in a sentence.

use crate::report::share;

/// A count with commas: `12,345`.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent: `8.3%`.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    let percent = share(part, whole).unwrap_or(0.0) * 100.0;
    if (0.05..99.95).contains(&percent) { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}

/// Milliseconds in the unit that suits them: `850 ms`, `12.5 s`, `3.1 min`, `7.4 h`.
pub(crate) fn span(ms: u64) -> String {
    let value = ms as f64;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{:.1} s", value / 1e3),
        60_000..3_600_000 => format!("{:.1} min", value / 60e3),
        _ => format!("{:.1} h", value / 3_600e3),
    }
}

/// Bytes in the unit that suits them: `512 bytes`, `12.5 kB`.
pub(crate) fn bytes(count: u64) -> String {
    let value = count as f64;
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        _ => format!("{:.1} MB", value / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, number, percent, span};

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([percent(1, 12), percent(0, 0), percent(5, 5)], ["8.3%", "0%", "100%"]);
        assert_eq!([850, 12_500, 186_000, 26_640_000].map(span), ["850 ms", "12.5 s", "3.1 min", "7.4 h"]);
        assert_eq!([512, 12_500, 2_000_000].map(bytes), ["512 bytes", "12.5 kB", "2.0 MB"]);
    }
}
