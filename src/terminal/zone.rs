//! Which wall clock people read: how far an instant is from UTC, asked anew for each, so that summer time is right.

use crate::event::Millis;
use chrono::{DateTime, Local, NaiveDate, TimeZone};

/// 0000-01-01 to 9999-12-31; beyond, no zone has rules and everything is shown in UTC.
const RULED: std::ops::Range<Millis> = -62_167_219_200_000..253_402_300_800_000;

/// A time zone, as the offset from UTC of each instant.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    offset: fn(Millis) -> i32,
}

impl Zone {
    /// A zone of its own rule: seconds east of UTC at an instant.
    pub const fn new(offset: fn(Millis) -> i32) -> Zone {
        Zone { offset }
    }

    /// Coordinated universal time.
    pub const fn utc() -> Zone {
        Zone::new(|_| 0)
    }

    /// The zone that this machine is set to.
    pub const fn local() -> Zone {
        Zone::new(|time| Local.timestamp_millis_opt(time).single().map_or(0, |time| time.offset().local_minus_utc()))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset(self, time: Millis) -> i32 {
        if RULED.contains(&time) { (self.offset)(time) } else { 0 }
    }

    /// The date on the wall at an instant; `None` beyond what a calendar can hold.
    pub fn date(self, time: Millis) -> Option<NaiveDate> {
        DateTime::from_timestamp_millis(self.wall(time)).map(|wall| wall.date_naive())
    }

    /// The time on the wall, to the second. It names its offset unless the reader knows it already.
    pub fn show(self, time: Millis, known: Option<i32>) -> String {
        let Some(wall) = DateTime::from_timestamp_millis(self.wall(time)) else { return time.to_string() };
        let shown = wall.format("%Y-%m-%d %H:%M:%S");
        match self.offset(time) {
            offset if Some(offset) == known => shown.to_string(),
            offset => format!("{shown} {}", offset_name(offset)),
        }
    }

    fn wall(self, time: Millis) -> Millis {
        time.saturating_add(i64::from(self.offset(time)) * 1000)
    }
}

/// `UTC`, `UTC+2` or `UTC-3:30`.
pub(super) fn offset_name(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Zone, offset_name};
    use crate::event::{Millis, parse_rfc3339};

    /// 2026-03-29T01:00:00Z, when summer time begins in central Europe.
    pub(in super::super) const SPRING: Millis = 1_774_746_000_000;

    /// Central Europe in the first half of 2026.
    pub(in super::super) const EUROPE: Zone = Zone::new(|time| if time < SPRING { 3600 } else { 7200 });

    #[test]
    fn each_instant_has_its_own_offset() {
        assert_eq!(parse_rfc3339("2026-03-29T01:00:00Z"), Some(SPRING));
        assert_eq!(EUROPE.show(SPRING - 1000, Some(3600)), "2026-03-29 01:59:59");
        assert_eq!(EUROPE.show(SPRING, Some(3600)), "2026-03-29 03:00:00 UTC+2");
        assert_eq!(EUROPE.show(SPRING, None), "2026-03-29 03:00:00 UTC+2");
        assert_eq!(Zone::utc().show(0, Some(0)), "1970-01-01 00:00:00");
    }

    #[test]
    fn the_day_is_that_of_the_wall() {
        let late = SPRING - 2 * 3_600_000;
        assert_eq!(Zone::utc().date(late).unwrap().to_string(), "2026-03-28");
        assert_eq!(EUROPE.date(late).unwrap().to_string(), "2026-03-29");
    }

    #[test]
    fn no_instant_is_too_far() {
        for time in [Millis::MIN, Millis::MAX, -62_167_219_200_001, 253_402_300_799_999] {
            assert!(!Zone::local().show(time, None).is_empty());
        }
        assert_eq!(Zone::utc().show(Millis::MAX, None), "9223372036854775807");
        assert_eq!(Zone::utc().date(Millis::MAX), None);
    }

    #[test]
    fn offsets_have_names() {
        assert_eq!([0, 7200, -12_600].map(offset_name), ["UTC", "UTC+2", "UTC-3:30"]);
    }
}
