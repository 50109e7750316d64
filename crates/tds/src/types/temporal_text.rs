//! Dates and times as the text that clients before TDS 7.3 read instead: `yyyy-mm-dd hh:mm:ss.nnnnnnn +hh:mm`.

use duologue_types::{SqlType, Value};

use super::temporal::TICKS_PER_DAY;

/// The text, or `None` when the value does not have the type.
pub(super) fn format(sql_type: SqlType, value: &Value) -> Option<String> {
    Some(match (sql_type, value) {
        (SqlType::Date, Value::Date(days)) => date(*days),
        (SqlType::Time { scale }, Value::Time(ticks)) => time(*ticks, scale),
        (SqlType::DateTime2 { scale }, Value::DateTime2 { days, ticks }) => {
            format!("{} {}", date(*days), time(*ticks, scale))
        }
        (SqlType::DateTimeOffset { scale }, Value::DateTimeOffset { days, ticks, offset }) => {
            date_time_offset(*days, *ticks, *offset, scale)
        }
        _ => return None,
    })
}

/// The value holds UTC; the text shows local time and its offset.
fn date_time_offset(days: i32, ticks: i64, offset: i16, scale: u8) -> String {
    let local = ticks.saturating_add(i64::from(offset) * 600_000_000);
    let days = days.saturating_add(local.div_euclid(TICKS_PER_DAY) as i32);
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs();
    let time = time(local.rem_euclid(TICKS_PER_DAY), scale);
    format!("{} {time} {sign}{:02}:{:02}", date(days), minutes / 60, minutes % 60)
}

/// Days since 0001-01-01 as a proleptic Gregorian date.
fn date(days: i32) -> String {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    // Years that begin in March put the leap day last; 0000-03-01 is 306 days before 0001-01-01.
    let days = i64::from(days) + 306;
    let era = days.div_euclid(DAYS_OF_400_YEARS);
    let day = days.rem_euclid(DAYS_OF_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day_of_month:02}", era * 400 + year + carry)
}

fn time(ticks: i64, scale: u8) -> String {
    let seconds = ticks / 10_000_000;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if scale > 0 {
        let digits = format!("{:07}", ticks % 10_000_000);
        text.push('.');
        text.push_str(digits.get(..usize::from(scale)).unwrap_or(&digits));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_read_as_sql_server_prints_them() {
        for (days, text) in [
            (0, "0001-01-01"),
            (58, "0001-02-28"),
            (59, "0001-03-01"),
            (365, "0002-01-01"),
            (693_595, "1900-01-01"),
            (730_178, "2000-02-29"),
            (730_179, "2000-03-01"),
            (3_652_058, "9999-12-31"),
        ] {
            assert_eq!(date(days), text);
        }
        assert_eq!(time(863_999_999_999, 7), "23:59:59.9999999");
        assert_eq!(time(863_999_999_999, 3), "23:59:59.999");
        assert_eq!(time(36_000_000_000, 0), "01:00:00");
        let sql_type = SqlType::DateTimeOffset { scale: 0 };
        let value = Value::DateTimeOffset { days: 730_178, ticks: 3_600 * 10_000_000, offset: -90 };
        assert_eq!(format(sql_type, &value).unwrap(), "2000-02-28 23:30:00 -01:30");
    }
}
