//! To the binary types, and from their bytes to numbers and dates.

use duologue_messages::{SqlError, sql_error};

use super::numbers::{Number, from_number};
use super::{Mode, dates, texts};
use crate::moment::{LAST_DAY, Moment, TICKS_PER_DAY};
use crate::sql_type::{Family, Length, SqlType};
use crate::text::{encode_nvarchar, encode_varchar};
use crate::value::{Decimal, Value};

pub(super) fn convert(
    value: &Value,
    from: SqlType,
    to: SqlType,
    style: i32,
    mode: Mode,
) -> Result<Value, SqlError> {
    let mut bytes = match value {
        Value::VarBinary(bytes) => bytes.to_vec(),
        Value::VarChar(text) | Value::NVarChar(text) if matches!(style, 1 | 2) => {
            from_hexadecimal(text, style).ok_or_else(|| sql_error!(8114, from.name(), to.name()))?
        }
        Value::VarChar(text) => encode_varchar(text),
        Value::NVarChar(text) => encode_nvarchar(text),
        _ => to_bytes(value, from).ok_or_else(|| sql_error!(529, from.error_name(), to.error_name()))?,
    };
    let Some(Length::Fixed(room)) = to.length() else { return Ok(Value::varbinary(bytes)) };
    let room = usize::from(room);
    if mode == Mode::Store && bytes.len() > room {
        return Err(sql_error!(8152));
    }
    if Number::of(value).is_some() && from.family() != Family::Decimal {
        // Numbers keep their low end.
        bytes.drain(..bytes.len().saturating_sub(room));
        if to.is_padded() {
            let missing = room - bytes.len();
            bytes.splice(0..0, std::iter::repeat_n(0, missing));
        }
    } else {
        bytes.truncate(room);
        if to.is_padded() {
            bytes.resize(room, 0);
        }
    }
    Ok(Value::varbinary(bytes))
}

fn from_hexadecimal(text: &str, style: i32) -> Option<Vec<u8>> {
    let digits = if style == 1 { text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))? } else { text };
    if digits.len() % 2 != 0 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|value| value as u8);
    digits.as_bytes().chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The bytes SQL Server shows for a value: integers, `money` and the older dates big-endian, the newer dates
/// little-endian after their scale.
fn to_bytes(value: &Value, from: SqlType) -> Option<Vec<u8>> {
    let bytes = match value {
        Value::Bit(bit) => vec![u8::from(*bit)],
        Value::TinyInt(number) => vec![*number],
        Value::SmallInt(number) => number.to_be_bytes().to_vec(),
        Value::Int(number) => number.to_be_bytes().to_vec(),
        Value::BigInt(number) => number.to_be_bytes().to_vec(),
        Value::Money(money) if from == SqlType::SmallMoney => (*money as i32).to_be_bytes().to_vec(),
        Value::Money(money) => money.to_be_bytes().to_vec(),
        Value::Real(number) => number.to_be_bytes().to_vec(),
        Value::Float(number) => number.to_be_bytes().to_vec(),
        Value::Decimal(decimal) => decimal_bytes(*decimal, from),
        Value::Guid(guid) => guid.to_sql_bytes().to_vec(),
        // With its byte order mark.
        Value::Xml(text) => [vec![0xff, 0xfe], encode_nvarchar(text)].concat(),
        Value::DateTime { days, ticks } if from == SqlType::SmallDateTime => {
            [(*days as u16).to_be_bytes(), ((ticks / 18_000) as u16).to_be_bytes()].concat()
        }
        Value::DateTime { days, ticks } => [days.to_be_bytes(), ticks.to_be_bytes()].concat(),
        Value::Date(days) => day_bytes(*days).to_vec(),
        Value::Time(ticks) => time_bytes(*ticks, from.scale()),
        Value::DateTime2 { days, ticks } => {
            [time_bytes(*ticks, from.scale()), day_bytes(*days).to_vec()].concat()
        }
        Value::DateTimeOffset { days, ticks, offset } => {
            [time_bytes(*ticks, from.scale()), day_bytes(*days).to_vec(), offset.to_le_bytes().to_vec()]
                .concat()
        }
        _ => return None,
    };
    Some(bytes)
}

/// Precision, scale, a zero, the sign (1 for positive), then the digits as a little-endian integer.
fn decimal_bytes(decimal: Decimal, from: SqlType) -> Vec<u8> {
    let length = match from.precision() {
        0..=9 => 4,
        10..=19 => 8,
        20..=28 => 12,
        _ => 16,
    };
    let digits = decimal.mantissa.unsigned_abs().to_le_bytes();
    let mut bytes = vec![from.precision(), decimal.scale, 0, u8::from(decimal.mantissa >= 0)];
    bytes.extend_from_slice(&digits[..length]);
    bytes
}

fn day_bytes(days: i32) -> [u8; 3] {
    let [first, second, third, _] = days.to_le_bytes();
    [first, second, third]
}

fn time_bytes(ticks: i64, scale: u8) -> Vec<u8> {
    let length = match scale {
        0..=2 => 3,
        3..=4 => 4,
        _ => 5,
    };
    let units = ticks / 10i64.pow(u32::from(7u8.saturating_sub(scale)));
    let mut bytes = vec![scale];
    bytes.extend_from_slice(&units.to_le_bytes()[..length]);
    bytes
}

/// The last bytes as a big-endian number: what is missing in front is zero.
fn last_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut last = [0; N];
    let length = bytes.len().min(N);
    last[N - length..].copy_from_slice(&bytes[bytes.len() - length..]);
    last
}

pub(super) fn to_number(bytes: &[u8], from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    let value = match to {
        SqlType::Bit => Value::Bit(last_bytes::<1>(bytes) != [0]),
        SqlType::TinyInt => Value::TinyInt(u8::from_be_bytes(last_bytes(bytes))),
        SqlType::SmallInt => Value::SmallInt(i16::from_be_bytes(last_bytes(bytes))),
        SqlType::Int => Value::Int(i32::from_be_bytes(last_bytes(bytes))),
        SqlType::BigInt => Value::BigInt(i64::from_be_bytes(last_bytes(bytes))),
        SqlType::Money => Value::Money(i64::from_be_bytes(last_bytes(bytes))),
        SqlType::SmallMoney => Value::Money(i64::from(i32::from_be_bytes(last_bytes(bytes)))),
        SqlType::Decimal { .. } => {
            let decimal =
                decimal_from_bytes(bytes).ok_or_else(|| sql_error!(8114, from.name(), "numeric"))?;
            return from_number(Number::Decimal(decimal), from, to);
        }
        _ => return Err(sql_error!(529, from.error_name(), to.error_name())),
    };
    Ok(value)
}

fn decimal_from_bytes(bytes: &[u8]) -> Option<Decimal> {
    let [_, scale @ 0..=38, _, sign, digits @ ..] = bytes else { return None };
    if digits.len() > 16 || digits.is_empty() {
        return None;
    }
    let mut mantissa = [0; 16];
    mantissa[..digits.len()].copy_from_slice(digits);
    let mantissa = i128::try_from(u128::from_le_bytes(mantissa)).ok()?;
    Decimal { mantissa: if *sign == 0 { -mantissa } else { mantissa }, scale: *scale }.rescale(*scale)
}

/// The inverse of [`to_bytes`] for dates and times.
pub(super) fn to_moment(bytes: &[u8], to: SqlType) -> Result<Value, SqlError> {
    let value = match to {
        SqlType::DateTime => {
            let [days, ticks]: [[u8; 4]; 2] = halves(last_bytes::<8>(bytes));
            Some(Value::DateTime { days: i32::from_be_bytes(days), ticks: u32::from_be_bytes(ticks) })
                .filter(|_| u32::from_be_bytes(ticks) < crate::moment::DATETIME_TICKS_PER_DAY)
        }
        SqlType::SmallDateTime => {
            let [a, b, c, d] = last_bytes::<4>(bytes);
            let minutes = u32::from(u16::from_be_bytes([c, d]));
            let days = i32::from(u16::from_be_bytes([a, b]));
            (minutes < 24 * 60).then_some(Value::DateTime { days, ticks: minutes * 18_000 })
        }
        _ => newer_moment(bytes, to),
    };
    // Back through the moment, which checks the type's range.
    let moment = value.as_ref().and_then(Moment::of);
    moment.and_then(|moment| dates::from_moment(moment, to)).ok_or_else(|| sql_error!(241))
}

fn halves(bytes: [u8; 8]) -> [[u8; 4]; 2] {
    let [a, b, c, d, e, f, g, h] = bytes;
    [[a, b, c, d], [e, f, g, h]]
}

fn newer_moment(bytes: &[u8], to: SqlType) -> Option<Value> {
    let days = |bytes: &[u8]| match *bytes {
        [a, b, c] => Some(i32::from_le_bytes([a, b, c, 0])).filter(|days| *days <= LAST_DAY),
        _ => None,
    };
    if to == SqlType::Date {
        return days(bytes).map(Value::Date);
    }
    let (&scale @ 0..=7, rest) = bytes.split_first()? else { return None };
    let time_length = time_bytes(0, scale).len() - 1;
    let (time, rest) = rest.split_at_checked(time_length)?;
    let mut units = [0; 8];
    units[..time_length].copy_from_slice(time);
    let ticks = i64::from_le_bytes(units) * 10i64.pow(u32::from(7 - scale));
    if !(0..TICKS_PER_DAY).contains(&ticks) {
        return None;
    }
    match (to.family(), rest) {
        (Family::Time, []) => Some(Value::Time(ticks)),
        (Family::DateTime2, _) => Some(Value::DateTime2 { days: days(rest)?, ticks }),
        (Family::DateTimeOffset, [day @ .., low, high]) => {
            let offset = i16::from_le_bytes([*low, *high]);
            (-840..=840).contains(&offset).then_some(Value::DateTimeOffset {
                days: days(day)?,
                ticks,
                offset,
            })
        }
        _ => None,
    }
}

/// `0x` and the bytes in hexadecimal.
pub(crate) fn literal(bytes: &[u8]) -> String {
    format!("0x{}", texts::hexadecimal(bytes))
}
