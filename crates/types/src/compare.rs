//! Order and equality of values.

use std::cmp::Ordering;

use duologue_messages::{SqlError, sql_error};

use crate::collation::Collation;
use crate::convert::{Mode, Number, check_conversion};
use crate::guid::Guid;
use crate::moment::Moment;
use crate::sql_type::{Family, SqlType, common_type};
use crate::value::{Decimal, Value};

/// The type to which both operands are converted before they are compared. `operator` is its name in errors:
/// "equal to", "less than" …
///
/// # Errors
/// 206 and 257 where one does not convert to the other by itself, 305 for `xml`, 402 for `text`, `ntext` and
/// `image`.
pub fn comparison_type(operator: &str, left: SqlType, right: SqlType) -> Result<SqlType, SqlError> {
    let families = [left.family(), right.family()];
    if families.contains(&Family::Xml) {
        return Err(sql_error!(305));
    }
    if families.iter().any(|family| family.is_old_large_object()) {
        return Err(sql_error!(402, left.error_name(), right.error_name(), operator));
    }
    let common = common_type(left, right);
    if common == SqlType::SqlVariant {
        return Ok(common);
    }
    for operand in [left, right] {
        check_conversion(operand, common, Mode::Implicit)?;
    }
    Ok(common)
}

/// Order of two values of one type, or of two types of one kind (numbers, texts, dates). `None` where one is NULL
/// or they don't compare.
pub fn compare(left: &Value, right: &Value, collation: Collation) -> Option<Ordering> {
    match (left, right) {
        (Value::VarChar(left) | Value::NVarChar(left), Value::VarChar(right) | Value::NVarChar(right)) => {
            Some(collation.compare(left, right))
        }
        (Value::VarBinary(left), Value::VarBinary(right)) => Some(compare_bytes(left, right)),
        (Value::Guid(left), Value::Guid(right)) => Some(guid_key(*left).cmp(&guid_key(*right))),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => compare_numbers(left, right),
            _ => Some(Moment::of(left)?.compare(Moment::of(right)?)),
        },
    }
}

fn compare_numbers(left: Number, right: Number) -> Option<Ordering> {
    match (left.exact(), right.exact()) {
        (Some(left), Some(right)) => Some(left.compare(right)),
        _ => left.to_f64().partial_cmp(&right.to_f64()),
    }
}

/// Zero bytes at the end do not count, as the shorter value is filled up with them.
fn compare_bytes(left: &[u8], right: &[u8]) -> Ordering {
    without_trailing_zeros(left).cmp(without_trailing_zeros(right))
}

fn without_trailing_zeros(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &bytes[..length]
}

/// SQL Server orders identifiers from their last group to their first.
fn guid_key(guid: Guid) -> [u8; 16] {
    const ORDER: [usize; 16] = [10, 11, 12, 13, 14, 15, 8, 9, 6, 7, 4, 5, 0, 1, 2, 3];
    let bytes = guid.to_sql_bytes();
    ORDER.map(|index| bytes[index])
}

/// Bytes that are equal where two values of one type are, and that sort as the values do, NULL first: for grouping,
/// `DISTINCT`, `ORDER BY` and keys in the store. No key is the beginning of another, so keys of several columns may
/// be put one after another.
pub fn sort_key(value: &Value, collation: Collation) -> Vec<u8> {
    let mut key = vec![1];
    match value {
        Value::Null => return vec![0],
        Value::Decimal(decimal) => push_decimal(*decimal, &mut key),
        Value::Money(money) => key.extend_from_slice(&ordered(*money)),
        Value::Real(number) => key.extend_from_slice(&ordered_float(f64::from(*number))),
        Value::Float(number) => key.extend_from_slice(&ordered_float(*number)),
        Value::VarChar(text) | Value::NVarChar(text) => collation.push_key(text, &mut key),
        Value::Xml(text) => Collation::Binary.push_key(text, &mut key),
        Value::VarBinary(bytes) => push_bytes(without_trailing_zeros(bytes), &mut key),
        Value::Guid(guid) => key.extend_from_slice(&guid_key(*guid)),
        _ => match (Number::of(value), Moment::of(value)) {
            (Some(Number::Integer(number)), _) => key.extend_from_slice(&ordered(number)),
            (_, Some(moment)) => {
                let (days, ticks) = moment.utc();
                key.extend_from_slice(&ordered(i64::from(days)));
                key.extend_from_slice(&ordered(ticks));
            }
            _ => {}
        },
    }
    key
}

/// Signed order as unsigned bytes.
fn ordered(number: i64) -> [u8; 8] {
    (number ^ i64::MIN).to_be_bytes()
}

fn ordered_float(number: f64) -> [u8; 8] {
    // Both zeros are one value.
    let bits = if number == 0.0 { 0 } else { number.to_bits() };
    let is_negative = bits >> 63 == 1;
    (if is_negative { !bits } else { bits | 1 << 63 }).to_be_bytes()
}

fn push_decimal(decimal: Decimal, key: &mut Vec<u8>) {
    let (whole, fraction) = decimal.parts();
    for part in [whole, fraction] {
        key.extend_from_slice(&(part ^ i128::MIN).to_be_bytes());
    }
}

/// A zero byte is written as 0 255, the end as 0 0.
fn push_bytes(bytes: &[u8], key: &mut Vec<u8>) {
    for &byte in bytes {
        key.push(byte);
        if byte == 0 {
            key.push(0xff);
        }
    }
    key.extend_from_slice(&[0, 0]);
}
