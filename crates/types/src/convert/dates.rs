//! To the date and time types.

use duologue_messages::{SqlError, sql_error};

use super::date_text::{self, DateOrder, TextError};
use super::numbers::{Number, expression_overflow};
use crate::moment::{
    DATETIME_END, DATETIME_TICKS_PER_DAY, FIRST_DATETIME_DAY, LAST_DAY, Moment, TICKS_PER_DAY,
};
use crate::sql_type::{Family, SqlType};
use crate::value::Value;

pub(super) fn convert(value: &Value, from: SqlType, to: SqlType, style: i32) -> Result<Value, SqlError> {
    match value {
        Value::VarChar(text) | Value::NVarChar(text) => from_text(text, from, to, style),
        Value::VarBinary(bytes) => super::binary::to_moment(bytes, to),
        _ => match (Moment::of(value), Number::of(value)) {
            (Some(moment), _) => from_moment(moment, to).ok_or_else(|| out_of_range(from, to)),
            (None, Some(number)) if to.family() == Family::DateTime => from_number(number, to),
            _ => Err(sql_error!(529, from.error_name(), to.error_name())),
        },
    }
}

fn out_of_range(from: SqlType, to: SqlType) -> SqlError {
    sql_error!(242, from.name(), to.name())
}

/// `moment` as a value of the date or time type `to`; `None` outside the type's range.
pub(crate) fn from_moment(moment: Moment, to: SqlType) -> Option<Value> {
    match to {
        SqlType::Date => Some(Value::Date(moment.days)),
        // Rounding up at the end of the day comes back to its beginning.
        SqlType::Time { scale } => Some(Value::Time(moment.rounded(scale).ticks)),
        SqlType::DateTime => datetime(moment),
        SqlType::SmallDateTime => small_datetime(moment),
        SqlType::DateTime2 { scale } => {
            let Moment { days, ticks, .. } = within_calendar(moment.rounded(scale), moment, scale);
            Some(Value::DateTime2 { days, ticks })
        }
        SqlType::DateTimeOffset { scale } => {
            let rounded = within_calendar(moment.rounded(scale), moment, scale);
            let (days, ticks) = rounded.utc();
            (0..=LAST_DAY).contains(&days).then_some(Value::DateTimeOffset {
                days,
                ticks,
                offset: moment.offset,
            })
        }
        _ => None,
    }
}

/// At the end of the year 9999 there is nothing to round up to.
fn within_calendar(rounded: Moment, original: Moment, scale: u8) -> Moment {
    if rounded.days <= LAST_DAY {
        return rounded;
    }
    let unit = 10i64.pow(u32::from(7u8.saturating_sub(scale)));
    Moment { days: original.days, ticks: (TICKS_PER_DAY - 1) / unit * unit, offset: original.offset }
}

fn datetime(moment: Moment) -> Option<Value> {
    let (days, ticks) = moment.to_datetime();
    datetime_value(days, ticks)
}

fn datetime_value(days: i32, ticks: u32) -> Option<Value> {
    (FIRST_DATETIME_DAY..DATETIME_END).contains(&days).then_some(Value::DateTime { days, ticks })
}

fn small_datetime(moment: Moment) -> Option<Value> {
    const TICKS_PER_MINUTE: u32 = 18_000;
    let (days, ticks) = moment.to_datetime();
    let minutes = (ticks + TICKS_PER_MINUTE / 2) / TICKS_PER_MINUTE;
    let ticks = minutes * TICKS_PER_MINUTE;
    let (days, ticks) = if ticks < DATETIME_TICKS_PER_DAY { (days, ticks) } else { (days + 1, 0) };
    (0..=i32::from(u16::MAX)).contains(&days).then_some(Value::DateTime { days, ticks })
}

/// A number counts days since 1900-01-01.
fn from_number(number: Number, to: SqlType) -> Result<Value, SqlError> {
    let overflow = || expression_overflow(to);
    let (days, ticks) = match number {
        Number::Integer(days) => (days, 0),
        _ => {
            let total = (number.to_f64() * f64::from(DATETIME_TICKS_PER_DAY)).round();
            if total.abs() > 1e15 {
                return Err(overflow());
            }
            let day = i64::from(DATETIME_TICKS_PER_DAY);
            ((total as i64).div_euclid(day), (total as i64).rem_euclid(day) as u32)
        }
    };
    let value = i32::try_from(days).ok().and_then(|days| datetime_value(days, ticks)).ok_or_else(overflow)?;
    match to {
        SqlType::SmallDateTime => Moment::of(&value).and_then(small_datetime).ok_or_else(overflow),
        _ => Ok(value),
    }
}

/// `left + right` or `left - right` of `datetime` values, which add like numbers of days.
pub(crate) fn add_datetimes(
    left: &Value,
    right: &Value,
    is_subtraction: bool,
    to: SqlType,
) -> Result<Value, SqlError> {
    let total = |value: &Value| match *value {
        Value::DateTime { days, ticks } => {
            i64::from(days) * i64::from(DATETIME_TICKS_PER_DAY) + i64::from(ticks)
        }
        _ => 0,
    };
    let sum = if is_subtraction { total(left) - total(right) } else { total(left) + total(right) };
    let day = i64::from(DATETIME_TICKS_PER_DAY);
    let days = i32::try_from(sum.div_euclid(day)).ok();
    let value = days.and_then(|days| datetime_value(days, sum.rem_euclid(day) as u32));
    match to {
        SqlType::SmallDateTime => value.as_ref().and_then(Moment::of).and_then(small_datetime),
        _ => value,
    }
    .ok_or_else(|| expression_overflow(to))
}

fn from_text(text: &str, from: SqlType, to: SqlType, style: i32) -> Result<Value, SqlError> {
    let is_old = to.family() == Family::DateTime;
    let order = DateOrder::of_style(style);
    let parsed = date_text::parse(text, order).and_then(|parsed| {
        // The older types know milliseconds and no offsets.
        let is_too_fine = is_old && (parsed.fraction_digits > 3 || parsed.has_offset);
        if is_too_fine { Err(TextError::Syntax) } else { Ok(parsed.moment) }
    });
    parsed
        .and_then(|moment| from_moment(moment, to).ok_or(TextError::Range))
        .map_err(|error| text_error(error, from, to))
}

fn text_error(error: TextError, from: SqlType, to: SqlType) -> SqlError {
    match (error, to) {
        (TextError::Range, SqlType::DateTime | SqlType::SmallDateTime) => out_of_range(from, to),
        (TextError::Syntax, SqlType::SmallDateTime) => sql_error!(295),
        _ => sql_error!(241),
    }
}
