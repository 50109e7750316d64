//! Date parts, and the functions that take one: DATEADD, DATEDIFF, DATEPART, DATENAME. The binder passes the part as
//! the first argument, a number.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{Civil, Family, Moment, SqlType, TICKS_PER_DAY, TICKS_PER_SECOND, Value, days_in_month};

use super::{Call, Function, Parameter, big_int, int};
use crate::query::scalar::Scalar;

/// A part of a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum DatePart {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Week,
    WeekDay,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
    TzOffset,
    IsoWeek,
}

const NAMES: &[(&str, DatePart)] = &[
    ("year", DatePart::Year),
    ("yy", DatePart::Year),
    ("yyyy", DatePart::Year),
    ("quarter", DatePart::Quarter),
    ("qq", DatePart::Quarter),
    ("q", DatePart::Quarter),
    ("month", DatePart::Month),
    ("mm", DatePart::Month),
    ("m", DatePart::Month),
    ("dayofyear", DatePart::DayOfYear),
    ("dy", DatePart::DayOfYear),
    ("y", DatePart::DayOfYear),
    ("day", DatePart::Day),
    ("dd", DatePart::Day),
    ("d", DatePart::Day),
    ("week", DatePart::Week),
    ("wk", DatePart::Week),
    ("ww", DatePart::Week),
    ("weekday", DatePart::WeekDay),
    ("dw", DatePart::WeekDay),
    ("w", DatePart::WeekDay),
    ("hour", DatePart::Hour),
    ("hh", DatePart::Hour),
    ("minute", DatePart::Minute),
    ("mi", DatePart::Minute),
    ("n", DatePart::Minute),
    ("second", DatePart::Second),
    ("ss", DatePart::Second),
    ("s", DatePart::Second),
    ("millisecond", DatePart::Millisecond),
    ("ms", DatePart::Millisecond),
    ("microsecond", DatePart::Microsecond),
    ("mcs", DatePart::Microsecond),
    ("nanosecond", DatePart::Nanosecond),
    ("ns", DatePart::Nanosecond),
    ("tzoffset", DatePart::TzOffset),
    ("tz", DatePart::TzOffset),
    ("iso_week", DatePart::IsoWeek),
    ("isowk", DatePart::IsoWeek),
    ("isoww", DatePart::IsoWeek),
];

impl DatePart {
    /// The part with that name or abbreviation, in any case.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, part)| *part)
    }

    fn of(value: &Value) -> Self {
        let number = match value {
            Value::TinyInt(number) => *number,
            _ => 0,
        };
        NAMES.iter().find(|(_, part)| *part as u8 == number).map_or(Self::Day, |(_, part)| *part)
    }

    fn name(self) -> &'static str {
        NAMES.iter().find(|(_, part)| *part == self).map_or("day", |(name, _)| name)
    }

    /// Ticks of 100 ns; `None` for parts of varying length and for nanoseconds.
    const fn ticks(self) -> Option<i64> {
        match self {
            Self::Day | Self::DayOfYear | Self::WeekDay => Some(TICKS_PER_DAY),
            Self::Week => Some(7 * TICKS_PER_DAY),
            Self::Hour => Some(3600 * TICKS_PER_SECOND),
            Self::Minute => Some(60 * TICKS_PER_SECOND),
            Self::Second => Some(TICKS_PER_SECOND),
            Self::Millisecond => Some(TICKS_PER_SECOND / 1000),
            Self::Microsecond => Some(TICKS_PER_SECOND / 1_000_000),
            _ => None,
        }
    }

    const fn is_of_day(self) -> bool {
        matches!(
            self,
            Self::Hour
                | Self::Minute
                | Self::Second
                | Self::Millisecond
                | Self::Microsecond
                | Self::Nanosecond
                | Self::TzOffset
        )
    }

    /// Whether values of the type have the part; DATEPART of the older types knows no time zone.
    fn exists_in(self, sql_type: SqlType) -> bool {
        match sql_type.family() {
            Family::Date => !self.is_of_day(),
            Family::Time => self.is_of_day() && self != Self::TzOffset,
            Family::DateTimeOffset => true,
            _ => self != Self::TzOffset,
        }
    }
}

/// `DATEADD(part, number, moment)`.
pub(crate) static DATE_ADD: Function = Function {
    name: "DATEADD",
    arity: (3, 3),
    parameters: &[Parameter::Any, Parameter::BigInt, Parameter::Moment],
    is_strict: true,
    result: |arguments| arguments.get(2).map_or(SqlType::DateTime, |moment| moment.sql_type),
    call: date_add,
};

/// `DATEDIFF(part, start, end)`.
pub(crate) static DATE_DIFF: Function = Function {
    name: "DATEDIFF",
    arity: (3, 3),
    parameters: &[Parameter::Any, Parameter::Moment],
    is_strict: true,
    result: int,
    call: |call| {
        let part = DatePart::of(&call.arguments[0]);
        let overflow = || sql_error!(535, "datediff", "datediff");
        let boundaries = boundaries(part, call)?.and_then(|count| i32::try_from(count).ok());
        boundaries.map(Value::Int).ok_or_else(overflow)
    },
};

/// `DATEDIFF_BIG(part, start, end)`.
pub(crate) static DATE_DIFF_BIG: Function = Function {
    name: "DATEDIFF_BIG",
    arity: (3, 3),
    parameters: &[Parameter::Any, Parameter::Moment],
    is_strict: true,
    result: big_int,
    call: |call| {
        let part = DatePart::of(&call.arguments[0]);
        let overflow = || sql_error!(535, "datediff_big", "datediff_big");
        boundaries(part, call)?.map(Value::BigInt).ok_or_else(overflow)
    },
};

/// `DATEPART(part, moment)`.
pub(crate) static DATE_PART: Function = Function {
    name: "DATEPART",
    arity: (2, 2),
    parameters: &[Parameter::Any, Parameter::Moment],
    is_strict: true,
    result: int,
    call: |call| {
        let part = DatePart::of(&call.arguments[0]);
        check_part(part, &call.bound[1], "datepart")?;
        Ok(part_of(part, &call.arguments[1], call).map_or(Value::Null, |number| Value::Int(number as i32)))
    },
};

/// `DATENAME(part, moment)`.
pub(crate) static DATE_NAME: Function = Function {
    name: "DATENAME",
    arity: (2, 2),
    parameters: &[Parameter::Any, Parameter::Moment],
    is_strict: true,
    result: |_| SqlType::NVarChar(duologue_types::Length::Fixed(30)),
    call: date_name,
};

/// 9810: the type has no such part.
fn check_part(part: DatePart, moment: &Scalar, function: &str) -> Result<(), SqlError> {
    if part.exists_in(moment.sql_type) {
        return Ok(());
    }
    let (part, sql_type) = (part.name(), moment.sql_type.name());
    let text =
        format!("The datepart {part} is not supported by date function {function} for data type {sql_type}.");
    Err(super::raise(9810, text))
}

fn date_add(call: &Call<'_>) -> Result<Value, SqlError> {
    let part = DatePart::of(&call.arguments[0]);
    check_part(part, &call.bound[2], "dateadd")?;
    let overflow = || sql_error!(517, call.result.name());
    let (Some(number), Some(moment)) = (call.big_int(1), Moment::of(&call.arguments[2])) else {
        return Ok(Value::Null);
    };
    let later = match part {
        DatePart::Year => add_months(moment, number.checked_mul(12)),
        DatePart::Quarter => add_months(moment, number.checked_mul(3)),
        DatePart::Month => add_months(moment, Some(number)),
        DatePart::Nanosecond => add_ticks(moment, (number + 50).div_euclid(100)),
        _ => part
            .ticks()
            .and_then(|ticks| number.checked_mul(ticks))
            .and_then(|ticks| add_ticks(moment, ticks)),
    };
    later.and_then(|later| value_of(later, call.result)).ok_or_else(overflow)
}

fn add_ticks(moment: Moment, ticks: i64) -> Option<Moment> {
    let days = i32::try_from(ticks.div_euclid(TICKS_PER_DAY)).ok()?;
    let days = moment.days.checked_add(days)?;
    Some(Moment { days, ..moment }.shifted(ticks.rem_euclid(TICKS_PER_DAY)))
}

/// The day of the month is cut to the length of the new one.
fn add_months(moment: Moment, months: Option<i64>) -> Option<Moment> {
    let civil = moment.civil();
    let month = i64::from(civil.year) * 12 + i64::from(civil.month) - 1;
    let month = month.checked_add(months?)?;
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    let month = month.rem_euclid(12) as u32 + 1;
    let day = civil.day.min(days_in_month(year, month)?);
    Some(Moment { days: Civil { year, month, day }.to_days()?, ..moment })
}

/// A moment as a value of a date or time type; `None` outside its range.
pub(super) fn value_of(moment: Moment, sql_type: SqlType) -> Option<Value> {
    // 1753-01-01 in days since 0001-01-01: the first day of `datetime`.
    const FIRST_DATETIME: i32 = 639_905;
    let is_valid = (0..=3_652_058).contains(&moment.days);
    match sql_type {
        SqlType::Time { scale } => Some(Value::Time(moment.rounded(scale).ticks)),
        _ if !is_valid => None,
        SqlType::Date => Some(Value::Date(moment.days)),
        SqlType::DateTime2 { scale } => {
            let rounded = moment.rounded(scale);
            Some(Value::DateTime2 { days: rounded.days, ticks: rounded.ticks })
        }
        SqlType::DateTimeOffset { scale } => {
            let rounded = moment.rounded(scale);
            let (days, ticks) = rounded.utc();
            Some(Value::DateTimeOffset { days, ticks, offset: moment.offset })
        }
        _ if moment.days < FIRST_DATETIME => None,
        _ => {
            let (days, ticks) = moment.to_datetime();
            Some(Value::DateTime { days, ticks })
        }
    }
}

/// How many boundaries of the part lie between the two moments; `None` beyond 64 bits.
fn boundaries(part: DatePart, call: &Call<'_>) -> Result<Option<i64>, SqlError> {
    let (Some(start), Some(end)) = (utc_of(&call.arguments[1]), utc_of(&call.arguments[2])) else {
        return Ok(None);
    };
    let months = |moment: Moment| {
        let civil = moment.civil();
        i64::from(civil.year) * 12 + i64::from(civil.month) - 1
    };
    let ticks = |moment: Moment, unit: i64| {
        let per_day = TICKS_PER_DAY / unit;
        i64::from(moment.days).checked_mul(per_day)?.checked_add(moment.ticks / unit)
    };
    let between = |count: &dyn Fn(Moment) -> Option<i64>| count(end)?.checked_sub(count(start)?);
    let count = match part {
        DatePart::Year => between(&|moment| Some(i64::from(moment.civil().year))),
        DatePart::Quarter => between(&|moment| Some(months(moment).div_euclid(3))),
        DatePart::Month => between(&|moment| Some(months(moment))),
        // Weeks begin on Sunday here, whatever DATEFIRST says; day 0 was a Monday.
        DatePart::Week | DatePart::IsoWeek => {
            between(&|moment| Some((i64::from(moment.days) + 1).div_euclid(7)))
        }
        DatePart::Nanosecond => between(&|moment| ticks(moment, 1)?.checked_mul(100)),
        DatePart::TzOffset => {
            check_part(part, &call.bound[1], "datediff")?;
            Some(0)
        }
        _ => between(&|moment| ticks(moment, part.ticks().unwrap_or(TICKS_PER_DAY))),
    };
    Ok(count)
}

fn utc_of(value: &Value) -> Option<Moment> {
    let (days, ticks) = Moment::of(value)?.utc();
    Some(Moment { days, ticks, offset: 0 })
}

pub(super) fn part_of(part: DatePart, value: &Value, call: &Call<'_>) -> Option<i64> {
    let moment = Moment::of(value)?;
    let civil = moment.civil();
    let day_of_year = || first_of_year(civil.year).map(|first| i64::from(moment.days - first) + 1);
    let second_fraction = moment.ticks % TICKS_PER_SECOND;
    Some(match part {
        DatePart::Year => civil.year.into(),
        DatePart::Quarter => i64::from(civil.month - 1) / 3 + 1,
        DatePart::Month => civil.month.into(),
        DatePart::DayOfYear => day_of_year()?,
        DatePart::Day => civil.day.into(),
        DatePart::Week => {
            let first = first_of_year(civil.year)?;
            (day_of_year()? + week_day(first, call) - 2) / 7 + 1
        }
        DatePart::WeekDay => week_day(moment.days, call),
        DatePart::Hour => moment.seconds() / 3600,
        DatePart::Minute => moment.seconds() / 60 % 60,
        DatePart::Second => moment.seconds() % 60,
        // datetime has thirds of a hundredth: the nearest millisecond.
        DatePart::Millisecond if matches!(value, Value::DateTime { .. }) => (second_fraction + 5000) / 10_000,
        DatePart::Millisecond => second_fraction / 10_000,
        DatePart::Microsecond => second_fraction / 10,
        DatePart::Nanosecond => second_fraction * 100,
        DatePart::TzOffset => moment.offset.into(),
        DatePart::IsoWeek => iso_week(moment.days)?,
    })
}

fn first_of_year(year: i32) -> Option<i32> {
    Civil { year, month: 1, day: 1 }.to_days()
}

/// 1 to 7, counted from DATEFIRST.
fn week_day(days: i32, call: &Call<'_>) -> i64 {
    let from_monday = i64::from(days.rem_euclid(7));
    let first = i64::from(call.context.session.options.date_first);
    (from_monday + 1 - first).rem_euclid(7) + 1
}

/// The week of the year's Thursdays.
fn iso_week(days: i32) -> Option<i64> {
    let thursday = days - days.rem_euclid(7) + 3;
    let first = first_of_year(Civil::from_days(thursday).year)?;
    Some(i64::from(thursday - first) / 7 + 1)
}

fn date_name(call: &Call<'_>) -> Result<Value, SqlError> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let part = DatePart::of(&call.arguments[0]);
    check_part(part, &call.bound[1], "datename")?;
    let Some(moment) = Moment::of(&call.arguments[1]) else { return Ok(Value::Null) };
    let text = match part {
        DatePart::Month => MONTHS[(moment.civil().month as usize + 11) % 12].to_owned(),
        DatePart::WeekDay => DAYS[moment.days.rem_euclid(7) as usize].to_owned(),
        DatePart::TzOffset => {
            let (sign, minutes) =
                if moment.offset < 0 { ('-', -moment.offset) } else { ('+', moment.offset) };
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
        _ => part_of(part, &call.arguments[1], call).unwrap_or_default().to_string(),
    };
    Ok(call.text_value(text))
}
