//! How people read quantities: `1,204`, `1.2 MB`, `3m 12s`, `12.5%`.

/// An integer with thousands separated.
pub fn integer(value: i64) -> String {
    let digits = group(&value.unsigned_abs().to_string());
    if value < 0 { format!("-{digits}") } else { digits }
}

/// A number with two decimals; very large and very small ones in powers of ten.
pub fn real(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    if size >= 1e15 || (size > 0.0 && size < 0.01) {
        return format!("{value:.2e}");
    }
    let fixed = format!("{size:.2}");
    let (whole, decimals) = fixed.split_once('.').unwrap_or((&fixed, "00"));
    format!("{}{}.{decimals}", if value < 0.0 { "-" } else { "" }, group(whole))
}

/// A size in decimal units.
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if value < 1000 {
        return format!("{value} B");
    }
    let mut scaled = value as f64 / 1000.0;
    let mut unit = 0;
    // What would be rounded up to 1000.0 belongs to the next unit.
    while scaled >= 999.95 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

/// A duration in its two largest units, cut rather than rounded.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0 => format!("{milliseconds}ms"),
        1..60 => format!("{seconds}.{}s", milliseconds % 1000 / 100),
        60..3600 => format!("{minutes}m {:02}s", seconds % 60),
        3600..86_400 => format!("{hours}h {:02}m", minutes % 60),
        _ => format!("{}d {:02}h", group(&days.to_string()), hours % 24),
    }
}

/// A share of one as a percentage.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}%", share * 100.0) } else { share.to_string() }
}

/// A count and its noun: `1 file`, `2 files`.
pub fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", group(&value.to_string()), if value == 1 { one } else { many })
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, duration, integer, percent, real};

    #[test]
    fn integers() {
        assert_eq!([0, 999, 1000, -1_234_567].map(integer), ["0", "999", "1,000", "-1,234,567"]);
        assert_eq!(integer(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!([count(1, "file", "files"), count(1200, "file", "files")], ["1 file", "1,200 files"]);
    }

    #[test]
    fn reals() {
        assert_eq!([0.0, 0.5, -1234.567, 999.999].map(real), ["0.00", "0.50", "-1,234.57", "1,000.00"]);
        assert_eq!([0.00012, 1e20, f64::NAN, f64::NEG_INFINITY].map(real), ["1.20e-4", "1.00e20", "NaN", "-inf"]);
        assert_eq!([0.125, 1.0, 0.0].map(percent), ["12.5%", "100.0%", "0.0%"]);
    }

    #[test]
    fn sizes() {
        let sizes = [0, 999, 1000, 1_234_567, 999_949, 999_950, 5_000_000_000];
        assert_eq!(sizes.map(bytes), ["0 B", "999 B", "1.0 kB", "1.2 MB", "999.9 kB", "1.0 MB", "5.0 GB"]);
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn durations() {
        let durations = [0, 340, 3499, 59_999, 192_000, 7_500_000, 93_600_000, 86_400_000_000];
        let shown = ["0ms", "340ms", "3.4s", "59.9s", "3m 12s", "2h 05m", "1d 02h", "1,000d 00h"];
        assert_eq!(durations.map(duration), shown);
    }
}
