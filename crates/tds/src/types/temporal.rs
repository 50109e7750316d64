//! Dates and times on the wire, in the units of `duologue_types::Value`.

use duologue_types::{SqlType, Value};

use crate::error::{EncodeError, ProtocolError};
use crate::reader::Reader;

/// 100 ns ticks of a day.
pub(super) const TICKS_PER_DAY: i64 = 864_000_000_000;
/// Days from 0001-01-01 to 9999-12-31.
const MAX_DAYS: i32 = 3_652_058;
/// Days from 1900-01-01 to 1753-01-01 and to 9999-12-31.
const DATETIME_DAYS: std::ops::RangeInclusive<i32> = -53_690..=2_958_463;
/// 1/300 s of a minute and of a day.
const CLOCK_TICKS_PER_MINUTE: u32 = 60 * 300;
const CLOCK_TICKS_PER_DAY: u32 = 24 * 60 * CLOCK_TICKS_PER_MINUTE;
const MINUTES_PER_DAY: u16 = 24 * 60;
/// Minutes of the largest time zone offset.
const MAX_OFFSET: i16 = 14 * 60;

const INVALID: ProtocolError = ProtocolError::Malformed("a date or time is outside its range");

/// Bytes of a time of that scale.
fn time_width(scale: u8) -> usize {
    match scale {
        0..=2 => 3,
        3 | 4 => 4,
        _ => 5,
    }
}

/// 100 ns ticks of one unit of that scale.
fn unit(scale: u8) -> i64 {
    10i64.pow(7u32.saturating_sub(u32::from(scale)))
}

pub(super) fn decode(sql_type: SqlType, reader: &mut Reader<'_>) -> Result<Value, ProtocolError> {
    match sql_type {
        SqlType::Date => date(reader).map(Value::Date),
        SqlType::Time { scale } => time(reader, scale).map(Value::Time),
        SqlType::DateTime2 { scale } => {
            let ticks = time(reader, scale)?;
            Ok(Value::DateTime2 { days: date(reader)?, ticks })
        }
        SqlType::DateTimeOffset { scale } => {
            let ticks = time(reader, scale)?;
            Ok(Value::DateTimeOffset { days: date(reader)?, ticks, offset: offset(reader)? })
        }
        SqlType::SmallDateTime => smalldatetime(reader),
        _ => datetime(reader),
    }
}

fn date(reader: &mut Reader<'_>) -> Result<i32, ProtocolError> {
    let [a, b, c] = reader.array()?;
    let days = i32::from_le_bytes([a, b, c, 0]);
    if days <= MAX_DAYS { Ok(days) } else { Err(INVALID) }
}

fn time(reader: &mut Reader<'_>, scale: u8) -> Result<i64, ProtocolError> {
    let bytes = reader.bytes(time_width(scale))?;
    let units = bytes.iter().rev().fold(0i64, |units, byte| units << 8 | i64::from(*byte));
    units.checked_mul(unit(scale)).filter(|ticks| *ticks < TICKS_PER_DAY).ok_or(INVALID)
}

fn offset(reader: &mut Reader<'_>) -> Result<i16, ProtocolError> {
    let minutes = reader.array().map(i16::from_le_bytes)?;
    if (-MAX_OFFSET..=MAX_OFFSET).contains(&minutes) { Ok(minutes) } else { Err(INVALID) }
}

fn smalldatetime(reader: &mut Reader<'_>) -> Result<Value, ProtocolError> {
    let (days, minutes) = (reader.u16()?, reader.u16()?);
    if minutes >= MINUTES_PER_DAY {
        return Err(INVALID);
    }
    Ok(Value::DateTime { days: i32::from(days), ticks: u32::from(minutes) * CLOCK_TICKS_PER_MINUTE })
}

fn datetime(reader: &mut Reader<'_>) -> Result<Value, ProtocolError> {
    let (days, ticks) = (reader.i32()?, reader.u32()?);
    if !DATETIME_DAYS.contains(&days) || ticks >= CLOCK_TICKS_PER_DAY {
        return Err(INVALID);
    }
    Ok(Value::DateTime { days, ticks })
}

/// Appends a value's bytes without frame. Digits beyond the scale are dropped: the caller has rounded.
pub(super) fn put(out: &mut Vec<u8>, sql_type: SqlType, value: &Value) -> Result<(), EncodeError> {
    match (sql_type, value) {
        (SqlType::Date, Value::Date(days)) => put_date(out, sql_type, *days),
        (SqlType::Time { scale }, Value::Time(ticks)) => put_time(out, sql_type, scale, *ticks),
        (SqlType::DateTime2 { scale }, Value::DateTime2 { days, ticks }) => {
            put_time(out, sql_type, scale, *ticks)?;
            put_date(out, sql_type, *days)
        }
        (SqlType::DateTimeOffset { scale }, Value::DateTimeOffset { days, ticks, offset }) => {
            put_time(out, sql_type, scale, *ticks)?;
            put_date(out, sql_type, *days)?;
            out.extend_from_slice(&offset.to_le_bytes());
            Ok(())
        }
        (SqlType::DateTime | SqlType::SmallDateTime, Value::DateTime { ticks, .. })
            if *ticks >= CLOCK_TICKS_PER_DAY =>
        {
            Err(EncodeError::OutOfRange(sql_type))
        }
        (SqlType::DateTime, Value::DateTime { days, ticks }) => {
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&ticks.to_le_bytes());
            Ok(())
        }
        (SqlType::SmallDateTime, Value::DateTime { days, ticks }) => {
            let days = u16::try_from(*days).map_err(|_| EncodeError::OutOfRange(sql_type))?;
            let minutes = (ticks / CLOCK_TICKS_PER_MINUTE) as u16;
            out.extend_from_slice(&days.to_le_bytes());
            out.extend_from_slice(&minutes.to_le_bytes());
            Ok(())
        }
        _ => Err(EncodeError::Mismatch(sql_type)),
    }
}

fn put_date(out: &mut Vec<u8>, sql_type: SqlType, days: i32) -> Result<(), EncodeError> {
    if !(0..=MAX_DAYS).contains(&days) {
        return Err(EncodeError::OutOfRange(sql_type));
    }
    out.extend_from_slice(&days.to_le_bytes()[..3]);
    Ok(())
}

fn put_time(out: &mut Vec<u8>, sql_type: SqlType, scale: u8, ticks: i64) -> Result<(), EncodeError> {
    if !(0..TICKS_PER_DAY).contains(&ticks) {
        return Err(EncodeError::OutOfRange(sql_type));
    }
    out.extend_from_slice(&(ticks / unit(scale)).to_le_bytes()[..time_width(scale)]);
    Ok(())
}
