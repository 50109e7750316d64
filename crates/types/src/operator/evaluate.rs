//! Operators applied to values.

use duologue_messages::{SqlError, sql_error};

use super::result_type::{operand_type, result_type, unary_result_type};
use super::{Operator, UnaryOperator};
use crate::convert::{Mode, Number, add_datetimes, convert_unchecked, expression_overflow, integer_value};
use crate::sql_type::{Family, SqlType};
use crate::text::{utf16_length, utf16_prefix};
use crate::value::{Decimal, Value};

/// `left operator right`; NULL where one of them is. The result has the type that [`result_type`] tells.
///
/// # Errors
/// Those of [`result_type`]; 8115 for a result that does not fit, 8134 for division by zero, and those of the
/// conversion of an operand.
pub fn evaluate(
    operator: Operator,
    left: &Value,
    left_type: SqlType,
    right: &Value,
    right_type: SqlType,
) -> Result<Value, SqlError> {
    let result = result_type(operator, left_type, right_type)?;
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    let operand = operand_type(operator, left_type, right_type)?;
    if operand.family() == Family::Decimal {
        return decimal(
            operator,
            exact(left, left_type, operand)?,
            exact(right, right_type, operand)?,
            result,
        );
    }
    let left = convert_unchecked(left, left_type, widened(left_type, operand), 0, Mode::Implicit)?;
    let right = convert_unchecked(right, right_type, widened(right_type, operand), 0, Mode::Implicit)?;
    match (&left, &right) {
        (Value::VarChar(left), Value::VarChar(right)) => {
            Ok(Value::VarChar(joined(left, right, result).into()))
        }
        (Value::NVarChar(left), Value::NVarChar(right)) => {
            Ok(Value::NVarChar(joined(left, right, result).into()))
        }
        (Value::VarBinary(left), Value::VarBinary(right)) => {
            let mut bytes = [left.as_ref(), right.as_ref()].concat();
            bytes.truncate(room(result));
            Ok(Value::varbinary(bytes))
        }
        (Value::DateTime { .. }, Value::DateTime { .. }) => {
            add_datetimes(&left, &right, operator == Operator::Subtract, result)
        }
        _ => numbers(operator, &left, &right, result),
    }
}

/// Text and bytes keep their own length until they are joined.
fn widened(own: SqlType, operand: SqlType) -> SqlType {
    match operand.family() {
        Family::Unicode => SqlType::NVARCHAR_MAX,
        Family::Character | Family::Binary => own,
        _ => operand,
    }
}

fn joined(left: &str, right: &str, result: SqlType) -> String {
    let text = [left, right].concat();
    let room = room(result);
    if utf16_length(&text) > room { utf16_prefix(&text, room) } else { text }
}

fn room(result: SqlType) -> usize {
    match result.length() {
        Some(crate::Length::Fixed(length)) => usize::from(length),
        _ => usize::MAX,
    }
}

/// An operand of decimal arithmetic; text is read as the decimal type of the other operand.
fn exact(value: &Value, own: SqlType, operand: SqlType) -> Result<Decimal, SqlError> {
    if let Some(decimal) = Number::of(value).and_then(Number::exact) {
        return Ok(decimal);
    }
    match convert_unchecked(value, own, operand, 0, Mode::Implicit)? {
        Value::Decimal(decimal) => Ok(decimal),
        _ => Err(sql_error!(8114, own.name(), "numeric")),
    }
}

fn decimal(operator: Operator, left: Decimal, right: Decimal, result: SqlType) -> Result<Value, SqlError> {
    let SqlType::Decimal { precision, scale } = result else { return Err(expression_overflow(result)) };
    let negative = |decimal: Decimal| Decimal { mantissa: -decimal.mantissa, scale: decimal.scale };
    if matches!(operator, Operator::Divide | Operator::Modulo) && right.mantissa == 0 {
        return Err(sql_error!(8134));
    }
    let value = match operator {
        Operator::Add => left.add(right, scale),
        Operator::Subtract => left.add(negative(right), scale),
        Operator::Multiply => left.multiply(right, scale),
        Operator::Divide => left.divide(right, scale),
        _ => left.remainder(right, scale),
    };
    value
        .and_then(|value| value.to_type(precision, scale))
        .map(Value::Decimal)
        .ok_or_else(|| expression_overflow(result))
}

fn numbers(operator: Operator, left: &Value, right: &Value, result: SqlType) -> Result<Value, SqlError> {
    let is_division = matches!(operator, Operator::Divide | Operator::Modulo);
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Integer(_) | Number::Money(_)), Some(Number::Integer(0) | Number::Money(0)))
            if is_division =>
        {
            Err(sql_error!(8134))
        }
        (Some(Number::Integer(left)), Some(Number::Integer(right))) => integers(operator, left, right)
            .and_then(|number| integer_value(number, result))
            .ok_or_else(|| expression_overflow(result)),
        (Some(Number::Money(left)), Some(Number::Money(right))) => {
            let most = if result == SqlType::SmallMoney { i64::from(i32::MAX) } else { i64::MAX };
            money(operator, left.into(), right.into())
                .and_then(|money| i64::try_from(money).ok())
                .filter(|money| (-most - 1..=most).contains(money))
                .map(Value::Money)
                .ok_or_else(|| expression_overflow(result))
        }
        (Some(left), Some(right)) => floats(operator, left.to_f64(), right.to_f64(), result),
        _ => Err(expression_overflow(result)),
    }
}

fn integers(operator: Operator, left: i64, right: i64) -> Option<i128> {
    let (left, right) = (i128::from(left), i128::from(right));
    match operator {
        Operator::Add => Some(left + right),
        Operator::Subtract => Some(left - right),
        Operator::Multiply => Some(left * right),
        Operator::Divide => left.checked_div(right),
        Operator::Modulo => left.checked_rem(right),
        Operator::BitAnd => Some(left & right),
        Operator::BitOr => Some(left | right),
        Operator::BitXor => Some(left ^ right),
    }
}

/// In ten-thousandths: products round, quotients are cut.
fn money(operator: Operator, left: i128, right: i128) -> Option<i128> {
    match operator {
        Operator::Add => Some(left + right),
        Operator::Subtract => Some(left - right),
        Operator::Multiply => {
            let product = Decimal { mantissa: left * right, scale: 8 };
            product.rescale(4).map(|rounded| rounded.mantissa)
        }
        Operator::Divide => (left * 10_000).checked_div(right),
        _ => left.checked_rem(right),
    }
}

fn floats(operator: Operator, left: f64, right: f64, result: SqlType) -> Result<Value, SqlError> {
    let value = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        _ if right == 0.0 => return Err(sql_error!(8134)),
        _ => left / right,
    };
    let is_finite = if result == SqlType::Real { (value as f32).is_finite() } else { value.is_finite() };
    match result {
        _ if !is_finite => Err(expression_overflow(result)),
        SqlType::Real => Ok(Value::Real(value as f32)),
        _ => Ok(Value::Float(value)),
    }
}

/// `operator operand`; NULL where it is NULL.
///
/// # Errors
/// 8117 as [`unary_result_type`], 8115 for a number whose negative does not fit.
pub fn evaluate_unary(
    operator: UnaryOperator,
    value: &Value,
    value_type: SqlType,
) -> Result<Value, SqlError> {
    let result = unary_result_type(operator, value_type)?;
    match (operator, value) {
        (UnaryOperator::Plus, _) | (_, Value::Null) => Ok(value.clone()),
        (UnaryOperator::BitNot, Value::Bit(bit)) => Ok(Value::Bit(!bit)),
        (UnaryOperator::BitNot, Value::TinyInt(number)) => Ok(Value::TinyInt(!number)),
        _ => negative_or_not(operator, value, result),
    }
}

fn negative_or_not(operator: UnaryOperator, value: &Value, result: SqlType) -> Result<Value, SqlError> {
    let overflow = || expression_overflow(result);
    match (Number::of(value), operator) {
        (Some(Number::Integer(number)), UnaryOperator::BitNot) => {
            integer_value(i128::from(!number), result).ok_or_else(overflow)
        }
        (Some(Number::Integer(number)), _) => integer_value(-i128::from(number), result).ok_or_else(overflow),
        (Some(Number::Money(money)), _) => money.checked_neg().map(Value::Money).ok_or_else(overflow),
        (Some(Number::Decimal(decimal)), _) => {
            Ok(Value::Decimal(Decimal { mantissa: -decimal.mantissa, scale: decimal.scale }))
        }
        (Some(Number::Float(number)), _) if result == SqlType::Real => Ok(Value::Real(-number as f32)),
        (Some(Number::Float(number)), _) => Ok(Value::Float(-number)),
        (None, _) => Err(overflow()),
    }
}
