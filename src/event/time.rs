//! Times: milliseconds since 1970-01-01 UTC, written as RFC 3339.

use chrono::{DateTime, SecondsFormat};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
pub type Millis = i64;

/// Reads an RFC 3339 time. The common form, `2026-01-31T12:00:00.000Z`, takes a short way.
pub fn parse_rfc3339(text: &str) -> Option<Millis> {
    parse_common(text.as_bytes())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis()))
}

/// Writes a time as RFC 3339 in UTC with milliseconds.
pub fn format_rfc3339(time: Millis) -> String {
    DateTime::from_timestamp_millis(time)
        .map_or_else(|| time.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// `YYYY-MM-DDThh:mm:ss[.fff]Z` and nothing else.
fn parse_common(text: &[u8]) -> Option<Millis> {
    let fraction = match text.len() {
        20 => 0,
        24 if text[19] == b'.' => number(&text[20..23])?,
        _ => return None,
    };
    if text[text.len() - 1] != b'Z' || [text[4], text[7], text[10], text[13], text[16]] != *b"--T::" {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..10])?);
    let (hour, minute, second) = (number(&text[11..13])?, number(&text[14..16])?, number(&text[17..19])?);
    if hour > 23 || minute > 59 || second > 59 || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    Some((((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + fraction)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::{format_rfc3339, parse_rfc3339};
    use proptest::prelude::*;

    #[test]
    fn other_forms_take_the_long_way() {
        assert_eq!(parse_rfc3339("2026-01-31T12:00:00.123456+02:00"), Some(1_769_853_600_123));
        assert_eq!(parse_rfc3339("2026-02-30T12:00:00Z"), None);
        assert_eq!(parse_rfc3339("yesterday"), None);
        assert_eq!(parse_rfc3339(""), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(time in 0i64..253_402_300_799_999) {
            prop_assert_eq!(parse_rfc3339(&format_rfc3339(time)), Some(time));
        }
    }
}
