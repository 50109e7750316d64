//! Dates and times without a date part. The server's local time is UTC.

use duologue_messages::SqlError;
use duologue_types::{Civil, Moment, SqlType, TICKS_PER_SECOND, Value, days_in_month};

use super::date_part::{DatePart, part_of, value_of};
use super::{Call, Function, Parameter, datetime, int};
use crate::query::conversion::cast;

const NANO_SCALE: SqlType = SqlType::DateTime2 { scale: 7 };
const OFFSET_SCALE: SqlType = SqlType::DateTimeOffset { scale: 7 };

const fn now(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (0, 0), parameters: &[], is_strict: false, result: datetime, call }
}

const fn part(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (1, 1), parameters: &[Parameter::Moment], is_strict: true, result: int, call }
}

const fn from_parts(
    name: &'static str,
    count: usize,
    result: fn(&[super::Scalar]) -> SqlType,
    call: fn(&Call<'_>) -> Result<Value, SqlError>,
) -> Function {
    Function { name, arity: (count, count), parameters: &[Parameter::Int], is_strict: true, result, call }
}

pub(super) static FUNCTIONS: &[Function] = &[
    now("GETDATE", |call| Ok(call.context.now.to_datetime())),
    now("GETUTCDATE", |call| Ok(call.context.now.to_datetime())),
    now("CURRENT_TIMESTAMP", |call| Ok(call.context.now.to_datetime())),
    Function { result: |_| NANO_SCALE, ..now("SYSDATETIME", |call| Ok(call.context.now.to_datetime2())) },
    Function { result: |_| NANO_SCALE, ..now("SYSUTCDATETIME", |call| Ok(call.context.now.to_datetime2())) },
    Function {
        result: |_| SqlType::Date,
        ..now("CURRENT_DATE", |call| Ok(Value::Date(call.context.now.to_moment().days)))
    },
    Function {
        result: |_| OFFSET_SCALE,
        ..now("SYSDATETIMEOFFSET", |call| {
            let moment = call.context.now.to_moment();
            Ok(Value::DateTimeOffset { days: moment.days, ticks: moment.ticks, offset: 0 })
        })
    },
    part("YEAR", |call| Ok(number(call, DatePart::Year))),
    part("MONTH", |call| Ok(number(call, DatePart::Month))),
    part("DAY", |call| Ok(number(call, DatePart::Day))),
    Function {
        name: "EOMONTH",
        arity: (1, 2),
        parameters: &[Parameter::Moment, Parameter::Int],
        is_strict: false,
        result: |_| SqlType::Date,
        call: end_of_month,
    },
    Function {
        name: "ISDATE",
        arity: (1, 1),
        parameters: &[Parameter::Any],
        is_strict: false,
        result: int,
        call: |call| {
            let is_date = cast(&call.arguments[0], call.bound[0].sql_type, SqlType::DateTime);
            let is_text = super::text_of(&call.arguments[0]).is_some();
            let is_datetime = matches!(call.arguments[0], Value::DateTime { .. });
            Ok(super::int_flag((is_text || is_datetime) && is_date.is_ok()))
        },
    },
    Function {
        name: "SWITCHOFFSET",
        arity: (2, 2),
        parameters: &[Parameter::Moment, Parameter::Any],
        is_strict: true,
        result: |_| OFFSET_SCALE,
        call: |call| {
            let utc = Moment::of(&call.arguments[0]).map(Moment::utc);
            Ok(match (utc, offset(call, 1)?) {
                (Some((days, ticks)), offset) => Value::DateTimeOffset { days, ticks, offset },
                _ => Value::Null,
            })
        },
    },
    Function {
        name: "TODATETIMEOFFSET",
        arity: (2, 2),
        parameters: &[Parameter::Moment, Parameter::Any],
        is_strict: true,
        result: |_| OFFSET_SCALE,
        call: |call| {
            let offset = offset(call, 1)?;
            let moment = Moment::of(&call.arguments[0]).map(|moment| Moment { offset, ..moment });
            Ok(moment.and_then(|moment| value_of(moment, OFFSET_SCALE)).unwrap_or_default())
        },
    },
    from_parts(
        "DATEFROMPARTS",
        3,
        |_| SqlType::Date,
        |call| {
            let days = day(call).ok_or_else(|| invalid("date"))?;
            Ok(Value::Date(days))
        },
    ),
    from_parts("DATETIMEFROMPARTS", 7, datetime, |call| {
        moment_from_parts(call, 10_000)
            .and_then(|m| value_of(m, SqlType::DateTime))
            .ok_or_else(|| invalid("datetime"))
    }),
    from_parts(
        "DATETIME2FROMPARTS",
        8,
        |_| NANO_SCALE,
        |call| {
            let digits = u32::try_from(call.int(7).unwrap_or(-1)).ok().filter(|digits| *digits <= 7);
            let unit = digits.map(|digits| 10i64.pow(7 - digits));
            let moment = unit.and_then(|unit| moment_from_parts(call, unit));
            moment.and_then(|moment| value_of(moment, NANO_SCALE)).ok_or_else(|| invalid("datetime2"))
        },
    ),
    from_parts(
        "SMALLDATETIMEFROMPARTS",
        5,
        |_| SqlType::SmallDateTime,
        |call| {
            moment_from_parts(call, 0)
                .and_then(|m| value_of(m, SqlType::SmallDateTime))
                .ok_or_else(|| invalid("smalldatetime"))
        },
    ),
];

fn number(call: &Call<'_>, part: DatePart) -> Value {
    part_of(part, &call.arguments[0], call).map_or(Value::Null, |number| Value::Int(number as i32))
}

fn invalid(sql_type: &str) -> SqlError {
    let text = format!(
        "Cannot construct data type {sql_type}, some of the arguments have values which are not valid."
    );
    super::raise(289, text)
}

fn end_of_month(call: &Call<'_>) -> Result<Value, SqlError> {
    let Some(moment) = Moment::of(&call.arguments[0]) else { return Ok(Value::Null) };
    let civil = moment.civil();
    let month = i64::from(civil.year) * 12 + i64::from(civil.month) - 1 + i64::from(call.int(1).unwrap_or(0));
    let (year, month) = (month.div_euclid(12) as i32, month.rem_euclid(12) as u32 + 1);
    let last = days_in_month(year, month).and_then(|day| Civil { year, month, day }.to_days());
    last.map(Value::Date).ok_or_else(|| duologue_messages::sql_error!(517, "date"))
}

/// Minutes, or `+hh:mm`.
fn offset(call: &Call<'_>, index: usize) -> Result<i16, SqlError> {
    let minutes = match &call.arguments[index] {
        Value::Int(minutes) => i16::try_from(*minutes).ok(),
        value => super::text_of(value).and_then(|text| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let sign = if hours.starts_with('-') { -1 } else { 1 };
            let hours: i16 = hours.trim_start_matches(['+', '-']).parse().ok()?;
            Some(sign * (hours.checked_mul(60)? + minutes.parse::<i16>().ok()?))
        }),
    };
    let valid = minutes.filter(|minutes| (-840..=840).contains(minutes));
    valid
        .ok_or_else(|| super::raise(9812, "The timezone provided to builtin function is invalid.".to_owned()))
}

/// Year, month and day in the first three arguments.
fn day(call: &Call<'_>) -> Option<i32> {
    let (month, day) = (u32::try_from(call.int(1)?).ok()?, u32::try_from(call.int(2)?).ok()?);
    Civil { year: call.int(0)?, month, day }.to_days()
}

/// Year to second in the first six arguments, and a fraction in units of `unit` ticks; without one (0) year to minute.
fn moment_from_parts(call: &Call<'_>, unit: i64) -> Option<Moment> {
    let bounded = |index, most| call.int(index).filter(|part| (0..most).contains(part)).map(i64::from);
    let (hour, minute) = (bounded(3, 24)?, bounded(4, 60)?);
    let (second, fraction) = match unit {
        0 => (0, 0),
        _ => (bounded(5, 60)?, i64::from(call.int(6)?)),
    };
    let fraction = fraction.checked_mul(unit).filter(|ticks| (0..TICKS_PER_SECOND).contains(ticks))?;
    let ticks = ((hour * 60 + minute) * 60 + second) * TICKS_PER_SECOND + fraction;
    Some(Moment { days: day(call)?, ticks, offset: 0 })
}
