//! Where days and weeks begin: a fixed offset from UTC.

use std::fmt;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The end of the year 9999: later times are no times.
const END: i64 = 253_402_300_800_000;

/// A fixed offset from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    minutes: i32,
}

/// A moment, as far as the sums need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Days since 1970-01-01 in the zone.
    pub day: i32,
    /// 0 to 23.
    pub hour: u8,
}

impl Moment {
    /// Weeks since 1970; they begin on Mondays, and the first day of 1970 was a Thursday.
    pub fn week(self) -> i32 {
        (self.day + 3).div_euclid(7)
    }
}

impl Zone {
    /// Reads an offset such as `+01:00`.
    pub fn parse(text: &str) -> Result<Zone, String> {
        let offset = || {
            let (sign, rest) = text.split_at_checked(1)?;
            let sign = match sign {
                "+" => 1,
                "-" => -1,
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':')?;
            let two_digits = |text: &str| match text.as_bytes() {
                [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some(i32::from(tens - b'0') * 10 + i32::from(ones - b'0')),
                _ => None,
            };
            let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
            (hours <= 18 && minutes < 60).then_some(sign * (hours * 60 + minutes))
        };
        let minutes = offset().ok_or_else(|| format!("setting `zone`: `{text}` is no offset such as +01:00"))?;
        Ok(Zone { minutes })
    }

    /// The offset in minutes.
    pub(crate) fn minutes(self) -> i32 {
        self.minutes
    }

    /// The offset of so many minutes.
    pub(crate) fn of_minutes(minutes: i32) -> Zone {
        Zone { minutes }
    }

    fn offset(self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }

    /// When it is there, if the time is known and one that a log can have.
    pub(crate) fn moment(self, time: i64) -> Option<Moment> {
        if !(1..END).contains(&time) {
            return None;
        }
        let local = time + self.offset();
        let hour = local.rem_euclid(DAY) / HOUR;
        Some(Moment { day: local.div_euclid(DAY) as i32, hour: hour as u8 })
    }

    /// When a day begins, in milliseconds UTC.
    pub(crate) fn day_begins(self, day: i32) -> i64 {
        i64::from(day) * DAY - self.offset()
    }

    /// When a week begins, in milliseconds UTC.
    pub(crate) fn week_begins(self, week: i32) -> i64 {
        (i64::from(week) * 7 - 3) * DAY - self.offset()
    }

    /// The date of a time, as people write it.
    pub(crate) fn date(self, time: i64) -> String {
        let (year, month, day) = civil((time.saturating_add(self.offset())).div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.unsigned_abs();
        write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// The date of a day since 1970-01-01, by Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn offsets_are_read_and_written() {
        for text in ["+00:00", "+01:00", "-03:30", "+14:00"] {
            assert_eq!(Zone::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "Z", "01:00", "+1:00", "+01", "+01:60", "+19:00", "é01:00", "+-1:00"] {
            assert!(Zone::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn days_and_weeks_begin_where_the_zone_says() {
        let (utc, east) = (Zone::default(), Zone::parse("+01:00").unwrap());
        // 2026-03-01 was a Sunday; 23:30 UTC is Monday further east.
        let time = 1_772_407_800_000;
        assert_eq!((utc.date(time), east.date(time)), ("2026-03-01".to_owned(), "2026-03-02".to_owned()));
        let (here, there) = (utc.moment(time).unwrap(), east.moment(time).unwrap());
        assert_eq!((here.hour, there.hour, there.week() - here.week()), (23, 0, 1));
        assert_eq!(east.week_begins(there.week()), east.day_begins(there.day));
        assert_eq!(east.date(east.week_begins(there.week())), "2026-03-02");
    }

    #[test]
    fn what_is_no_time_has_no_day() {
        for time in [0, -1, i64::MIN, i64::MAX, super::END] {
            assert_eq!(Zone::default().moment(time), None);
        }
        assert_eq!(Zone::default().date(951_782_400_000), "2000-02-29");
    }
}
