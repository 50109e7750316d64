//! A date with a time of day: what all date and time types have in common.

use std::cmp::Ordering;

use crate::time::Timestamp;
use crate::value::Value;

/// 100 ns ticks in a day.
pub const TICKS_PER_DAY: i64 = 864_000_000_000;
/// 100 ns ticks in a second.
pub const TICKS_PER_SECOND: i64 = 10_000_000;
/// 1/300 seconds in a day: the ticks of `datetime`.
pub(crate) const DATETIME_TICKS_PER_DAY: u32 = 25_920_000;
/// 1900-01-01, day zero of `datetime`, in days since 0001-01-01.
pub(crate) const DAYS_TO_1900: i32 = 693_595;
const DAYS_TO_1970: i32 = 719_162;
/// 9999-12-31 in days since 0001-01-01.
pub(crate) const LAST_DAY: i32 = 3_652_058;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    /// 1–9999.
    pub year: i32,
    /// 1–12.
    pub month: u32,
    /// 1–31.
    pub day: u32,
}

impl Civil {
    /// The day that is `days` after 0001-01-01.
    pub fn from_days(days: i32) -> Self {
        // Count years from March, so that the leap day is the last of its year.
        let days = i64::from(days) + 306;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
        let year = (year_of_era + era * 400) as i32 + i32::from(month <= 2);
        Self { year, month, day }
    }

    /// Days since 0001-01-01; `None` for a day that does not exist.
    pub fn to_days(self) -> Option<i32> {
        if !(1..=9999).contains(&self.year)
            || self.day < 1
            || self.day > days_in_month(self.year, self.month)?
        {
            return None;
        }
        let year = self.year - i32::from(self.month <= 2);
        let shifted_month = (self.month as i32 + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day as i32 - 1;
        Some(
            365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 306,
        )
    }
}

/// The length of a month; `None` for a month that does not exist.
pub fn days_in_month(year: i32, month: u32) -> Option<u32> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => Some(if is_leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}

/// A local date and time of day, with its distance from UTC where it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Moment {
    /// Local days since 0001-01-01.
    pub days: i32,
    /// Local 100 ns ticks since midnight.
    pub ticks: i64,
    /// Minutes east of UTC; 0 for types without an offset.
    pub offset: i16,
}

impl Moment {
    /// The moment in a date or time value; a `time` is on 1900-01-01. `None` for other values.
    pub fn of(value: &Value) -> Option<Self> {
        let moment = match *value {
            Value::Date(days) => Self { days, ticks: 0, offset: 0 },
            Value::Time(ticks) => Self { days: DAYS_TO_1900, ticks, offset: 0 },
            Value::DateTime { days, ticks } => {
                Self { days: days.saturating_add(DAYS_TO_1900), ticks: from_datetime_ticks(ticks), offset: 0 }
            }
            Value::DateTime2 { days, ticks } => Self { days, ticks, offset: 0 },
            Value::DateTimeOffset { days, ticks, offset } => {
                Self { days, ticks, offset: 0 }.at_offset(offset)
            }
            _ => return None,
        };
        Some(moment)
    }

    /// The same point in time, in `DateTimeOffset`'s terms: UTC days and ticks.
    pub fn utc(self) -> (i32, i64) {
        let minutes = Self { offset: 0, ..self }.shifted(-i64::from(self.offset) * 60 * TICKS_PER_SECOND);
        (minutes.days, minutes.ticks)
    }

    /// This UTC moment as a clock `offset` minutes east of UTC shows it.
    pub fn at_offset(self, offset: i16) -> Self {
        Self { offset, ..self.shifted(i64::from(offset) * 60 * TICKS_PER_SECOND) }
    }

    /// The moment `ticks` later.
    pub fn shifted(self, ticks: i64) -> Self {
        let total = self.ticks.saturating_add(ticks);
        let days = i32::try_from(total.div_euclid(TICKS_PER_DAY)).unwrap_or(i32::MAX);
        Self { days: self.days.saturating_add(days), ticks: total.rem_euclid(TICKS_PER_DAY), ..self }
    }

    /// Rounded to `scale` digits of a second, halves up; may reach the next midnight.
    pub fn rounded(self, scale: u8) -> Self {
        let unit = 10i64.pow(u32::from(7u8.saturating_sub(scale)));
        let ticks = (self.ticks + unit / 2) / unit * unit;
        Self { ticks: 0, ..self }.shifted(ticks)
    }

    /// Days since 1900-01-01 and 1/300 seconds, rounded.
    pub fn to_datetime(self) -> (i32, u32) {
        let ticks = ((self.ticks * 300 + TICKS_PER_SECOND / 2) / TICKS_PER_SECOND) as u32;
        let days = self.days.saturating_sub(DAYS_TO_1900);
        if ticks < DATETIME_TICKS_PER_DAY { (days, ticks) } else { (days + 1, 0) }
    }

    /// The date.
    pub fn civil(self) -> Civil {
        Civil::from_days(self.days)
    }

    /// Whole seconds since midnight.
    pub fn seconds(self) -> i64 {
        self.ticks / TICKS_PER_SECOND
    }

    /// Order in time.
    pub fn compare(self, other: Self) -> Ordering {
        self.utc().cmp(&other.utc())
    }
}

/// 1/300 seconds to the nearest 100 ns; rounded to milliseconds they end in 0, 3 or 7.
fn from_datetime_ticks(ticks: u32) -> i64 {
    (i64::from(ticks) * TICKS_PER_SECOND + 150) / 300
}

impl Timestamp {
    /// The moment in UTC; beyond the years 1–9999 the nearest one.
    pub fn to_moment(self) -> Moment {
        let days = self.0.div_euclid(86_400_000_000) + i64::from(DAYS_TO_1970);
        let ticks = self.0.rem_euclid(86_400_000_000) * 10;
        match i32::try_from(days) {
            Ok(days @ 0..=LAST_DAY) => Moment { days, ticks, offset: 0 },
            Ok(..0) => Moment::default(),
            _ => Moment { days: LAST_DAY, ticks: TICKS_PER_DAY - 1, offset: 0 },
        }
    }

    /// As a UTC `datetime`, rounded to 1/300 second; the nearest day that `datetime` has.
    pub fn to_datetime(self) -> Value {
        let (days, ticks) = self.to_moment().to_datetime();
        match days {
            ..FIRST_DATETIME_DAY => Value::DateTime { days: FIRST_DATETIME_DAY, ticks: 0 },
            DATETIME_END.. => Value::DateTime { days: DATETIME_END - 1, ticks: DATETIME_TICKS_PER_DAY - 1 },
            _ => Value::DateTime { days, ticks },
        }
    }

    /// As a UTC `datetime2(7)`.
    pub fn to_datetime2(self) -> Value {
        let moment = self.to_moment();
        Value::DateTime2 { days: moment.days, ticks: moment.ticks }
    }

    /// The moment of a date or time value, read as UTC unless it has an offset; `None` for other values.
    pub fn from_value(value: &Value) -> Option<Self> {
        let (days, ticks) = Moment::of(value)?.utc();
        Some(Self((i64::from(days) - i64::from(DAYS_TO_1970)) * 86_400_000_000 + ticks / 10))
    }
}

/// 1753-01-01 in days since 1900-01-01.
pub(crate) const FIRST_DATETIME_DAY: i32 = -53_690;
/// The day after 9999-12-31 in days since 1900-01-01.
pub(crate) const DATETIME_END: i32 = 2_958_464;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        let cases =
            [(1, 1, 1, 0), (1900, 1, 1, DAYS_TO_1900), (1970, 1, 1, DAYS_TO_1970), (9999, 12, 31, LAST_DAY)];
        for (year, month, day, days) in cases {
            let civil = Civil { year, month, day };
            assert_eq!(civil.to_days(), Some(days));
            assert_eq!(Civil::from_days(days), civil);
        }
        assert_eq!(Civil { year: 1753, month: 1, day: 1 }.to_days(), Some(FIRST_DATETIME_DAY + DAYS_TO_1900));
        for (year, month, day) in
            [(2023, 2, 29), (2024, 13, 1), (2024, 4, 31), (0, 1, 1), (10000, 1, 1), (2024, 1, 0)]
        {
            assert_eq!(Civil { year, month, day }.to_days(), None, "{year}-{month}-{day}");
        }
        assert!(Civil { year: 2000, month: 2, day: 29 }.to_days().is_some());
    }

    #[test]
    fn datetime_shows_0_3_and_7() {
        let milliseconds: Vec<i64> =
            (0..7).map(|ticks| (from_datetime_ticks(ticks) + 5_000) / 10_000).collect();
        assert_eq!(milliseconds, [0, 3, 7, 10, 13, 17, 20]);
        let last = Moment { days: DAYS_TO_1900, ticks: TICKS_PER_DAY - 1, offset: 0 };
        assert_eq!(last.to_datetime(), (1, 0));
    }

    #[test]
    fn timestamps_become_values() {
        assert_eq!(Timestamp::NONE.to_datetime(), Value::DateTime { days: 0, ticks: 0 });
        assert_eq!(Timestamp::MAX.to_datetime(), Value::DateTime { days: 2_958_463, ticks: 25_919_999 });
        assert_eq!(Timestamp(i64::MIN).to_datetime(), Value::DateTime { days: -53_690, ticks: 0 });
        let half_past = Value::DateTimeOffset { days: DAYS_TO_1970, ticks: 0, offset: 90 };
        assert_eq!(Timestamp::from_value(&half_past), Some(Timestamp(0)));
        assert_eq!(Moment::of(&half_past).unwrap().ticks, 90 * 60 * TICKS_PER_SECOND);
    }

    proptest! {
        #[test]
        fn days_round_trip(days in 0..=LAST_DAY) {
            prop_assert_eq!(Civil::from_days(days).to_days(), Some(days));
        }

        #[test]
        fn timestamps_round_trip(microseconds in -62_135_596_800_000_000i64..253_402_300_800_000_000) {
            let timestamp = Timestamp(microseconds);
            prop_assert_eq!(Timestamp::from_value(&timestamp.to_datetime2()), Some(timestamp));
        }

        #[test]
        fn datetime_keeps_its_ticks(days in -53_690i32..2_958_463, ticks in 0u32..25_920_000) {
            let moment = Moment::of(&Value::DateTime { days, ticks }).unwrap();
            prop_assert_eq!(moment.to_datetime(), (days, ticks));
        }
    }
}
