//! Numbers.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{Decimal, Family, SqlType, UnaryOperator, Value, evaluate_unary};

use super::{Call, Function, Parameter, float};
use crate::query::conversion::cast;
use crate::query::scalar::Scalar;

const fn of_float(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (1, 1), parameters: &[Parameter::Float], is_strict: true, result: float, call }
}

const fn of_number(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function {
        name,
        arity: (1, 1),
        parameters: &[Parameter::Any],
        is_strict: true,
        result: number_type,
        call,
    }
}

pub(super) static FUNCTIONS: &[Function] = &[
    of_number("ABS", |call| {
        let value = number(call)?;
        let zero = cast(&Value::Int(0), SqlType::Int, call.result)?;
        match duologue_types::compare(&value, &zero, Default::default()) {
            Some(std::cmp::Ordering::Less) => evaluate_unary(UnaryOperator::Minus, &value, call.result),
            _ => Ok(value),
        }
    }),
    of_number("SIGN", |call| {
        let value = number(call)?;
        let zero = cast(&Value::Int(0), SqlType::Int, call.result)?;
        let order = duologue_types::compare(&value, &zero, Default::default());
        cast(&Value::Int(order.map_or(0, |order| order as i32)), SqlType::Int, call.result)
    }),
    Function { result: whole_type, ..of_number("CEILING", |call| whole(call, true)) },
    Function { result: whole_type, ..of_number("FLOOR", |call| whole(call, false)) },
    Function {
        name: "ROUND",
        arity: (2, 3),
        parameters: &[Parameter::Any, Parameter::Int, Parameter::Int],
        is_strict: true,
        result: number_type,
        call: round,
    },
    Function {
        name: "POWER",
        arity: (2, 2),
        parameters: &[Parameter::Any, Parameter::Float],
        is_strict: true,
        result: number_type,
        call: |call| {
            let base = cast(&number(call)?, call.result, SqlType::Float)?;
            let (Value::Float(base), Some(exponent)) = (base, call.float(1)) else { return Ok(Value::Null) };
            cast(&finite(base.powf(exponent))?, SqlType::Float, call.result)
        },
    },
    of_float("SQRT", |call| finite(call.float(0).unwrap_or_default().sqrt())),
    of_float("SQUARE", |call| finite(call.float(0).unwrap_or_default().powi(2))),
    of_float("EXP", |call| finite(call.float(0).unwrap_or_default().exp())),
    of_float("LOG10", |call| finite(call.float(0).unwrap_or_default().log10())),
    of_float("SIN", |call| finite(call.float(0).unwrap_or_default().sin())),
    of_float("COS", |call| finite(call.float(0).unwrap_or_default().cos())),
    of_float("TAN", |call| finite(call.float(0).unwrap_or_default().tan())),
    of_float("ASIN", |call| finite(call.float(0).unwrap_or_default().asin())),
    of_float("ACOS", |call| finite(call.float(0).unwrap_or_default().acos())),
    of_float("ATAN", |call| finite(call.float(0).unwrap_or_default().atan())),
    of_float("DEGREES", |call| finite(call.float(0).unwrap_or_default().to_degrees())),
    of_float("RADIANS", |call| finite(call.float(0).unwrap_or_default().to_radians())),
    Function {
        arity: (1, 2),
        ..of_float("LOG", |call| {
            let number = call.float(0).unwrap_or_default();
            finite(call.float(1).map_or_else(|| number.ln(), |base| number.log(base)))
        })
    },
    Function {
        name: "ATN2",
        arity: (2, 2),
        parameters: &[Parameter::Float],
        is_strict: true,
        result: float,
        call: |call| finite(call.float(0).unwrap_or_default().atan2(call.float(1).unwrap_or_default())),
    },
    Function {
        name: "PI",
        arity: (0, 0),
        parameters: &[],
        is_strict: false,
        result: float,
        call: |_| Ok(Value::Float(std::f64::consts::PI)),
    },
    Function {
        name: "RAND",
        arity: (0, 1),
        parameters: &[Parameter::Int],
        is_strict: false,
        result: float,
        call: random,
    },
];

/// 3623 for what has no number.
fn finite(number: f64) -> Result<Value, SqlError> {
    if number.is_finite() { Ok(Value::Float(number)) } else { Err(sql_error!(3623)) }
}

/// The type in which a number stays a number: small integers become `int`, text and the rest `float`.
fn number_type(arguments: &[Scalar]) -> SqlType {
    match arguments.first().map(|first| first.sql_type) {
        Some(SqlType::TinyInt | SqlType::SmallInt | SqlType::Int) => SqlType::Int,
        Some(SqlType::SmallMoney | SqlType::Money) => SqlType::Money,
        Some(sql_type @ (SqlType::BigInt | SqlType::Decimal { .. })) => sql_type,
        _ => SqlType::Float,
    }
}

/// As [`number_type`], decimals without digits after the point.
fn whole_type(arguments: &[Scalar]) -> SqlType {
    match number_type(arguments) {
        SqlType::Decimal { precision, scale } => {
            SqlType::Decimal { precision: (precision - scale).saturating_add(1).clamp(1, 38), scale: 0 }
        }
        other => other,
    }
}

/// The first argument as a number of the type that [`number_type`] tells.
fn number(call: &Call<'_>) -> Result<Value, SqlError> {
    let sql_type = number_type(call.bound);
    if call.bound[0].sql_type.family() == Family::DateTime {
        return Err(sql_error!(8116, call.bound[0].sql_type.error_name(), 1, "numeric"));
    }
    cast(&call.arguments[0], call.bound[0].sql_type, sql_type)
}

fn whole(call: &Call<'_>, up: bool) -> Result<Value, SqlError> {
    let towards = |decimal: Decimal| {
        let cut = decimal.truncated();
        let back = Decimal { mantissa: cut, scale: 0 };
        let is_cut = back.compare(decimal).is_ne();
        let step = match (is_cut, up, decimal.mantissa < 0) {
            (true, true, false) => 1,
            (true, false, true) => -1,
            _ => 0,
        };
        cut + step
    };
    Ok(match number(call)? {
        Value::Float(number) => Value::Float(if up { number.ceil() } else { number.floor() }),
        Value::Decimal(decimal) => Value::Decimal(Decimal { mantissa: towards(decimal), scale: 0 }),
        Value::Money(money) => {
            let units = towards(Decimal { mantissa: money.into(), scale: 4 });
            let money = i64::try_from(units * 10_000).map_err(|_| sql_error!(8115, "expression", "money"))?;
            Value::Money(money)
        }
        other => other,
    })
}

/// `ROUND(number, digits [, cut])`.
fn round(call: &Call<'_>) -> Result<Value, SqlError> {
    let digits = call.int(1).unwrap_or(0).clamp(-40, 38);
    let is_cut = call.int(2).unwrap_or(0) != 0;
    let value = number(call)?;
    let exact = match &value {
        Value::Float(number) => {
            let unit = 10f64.powi(digits);
            let scaled = number * unit;
            return finite(if is_cut { scaled.trunc() } else { scaled.round() } / unit);
        }
        Value::Decimal(decimal) => *decimal,
        Value::Money(money) => Decimal { mantissa: (*money).into(), scale: 4 },
        Value::Int(number) => Decimal::from_integer(i64::from(*number)),
        Value::BigInt(number) => Decimal::from_integer(*number),
        _ => return Ok(value),
    };
    let rounded =
        Value::Decimal(Decimal { mantissa: round_mantissa(exact, digits, is_cut), scale: exact.scale });
    cast(&rounded, SqlType::Decimal { precision: 38, scale: exact.scale }, call.result)
}

fn round_mantissa(exact: Decimal, digits: i32, is_cut: bool) -> i128 {
    let dropped = i32::from(exact.scale) - digits;
    let Ok(dropped @ 1..) = u32::try_from(dropped) else { return exact.mantissa };
    let Some(unit) = 10i128.checked_pow(dropped) else { return 0 };
    let (units, rest) = (exact.mantissa / unit, exact.mantissa % unit);
    let is_up = !is_cut && rest.abs() >= unit - rest.abs();
    (units + if is_up { exact.mantissa.signum() } else { 0 }) * unit
}

/// From 0 up to 1; the same for the same seed.
fn random(call: &Call<'_>) -> Result<Value, SqlError> {
    let bits = match call.int(0) {
        Some(seed) => scrambled(u64::from(seed as u32)),
        None => {
            let mut bytes = [0; 8];
            (call.context.random)(&mut bytes);
            u64::from_le_bytes(bytes)
        }
    };
    Ok(Value::Float((bits >> 11) as f64 / (1u64 << 53) as f64))
}

/// SplitMix64: one step, so that neighbouring seeds differ everywhere.
pub(super) fn scrambled(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
