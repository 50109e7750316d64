//! To the number types.

use duologue_messages::{SqlError, sql_error};

use crate::decimal::DecimalError;
use crate::moment::DATETIME_TICKS_PER_DAY;
use crate::sql_type::SqlType;
use crate::value::{Decimal, Value};

/// A number of any type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Integer(i64),
    Decimal(Decimal),
    /// Ten-thousandths.
    Money(i64),
    Float(f64),
}

impl Number {
    /// The number in a value; `None` for values that are none.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let number = match *value {
            Value::Bit(bit) => Self::Integer(i64::from(bit)),
            Value::TinyInt(number) => Self::Integer(i64::from(number)),
            Value::SmallInt(number) => Self::Integer(i64::from(number)),
            Value::Int(number) => Self::Integer(i64::from(number)),
            Value::BigInt(number) => Self::Integer(number),
            Value::Decimal(decimal) => Self::Decimal(decimal),
            Value::Money(money) => Self::Money(money),
            Value::Real(number) => Self::Float(f64::from(number)),
            Value::Float(number) => Self::Float(number),
            _ => return None,
        };
        Some(number)
    }

    /// As an exact number; `None` for `float`.
    pub(crate) fn exact(self) -> Option<Decimal> {
        match self {
            Self::Integer(number) => Some(Decimal::from_integer(number)),
            Self::Decimal(decimal) => Some(decimal),
            Self::Money(money) => Some(Decimal { mantissa: i128::from(money), scale: 4 }),
            Self::Float(_) => None,
        }
    }

    pub(crate) fn to_f64(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
            Self::Decimal(decimal) => decimal.to_f64(),
            Self::Money(money) => money as f64 / 10_000.0,
        }
    }

    /// Whole units: `money` rounds, the others are cut. `None` beyond 38 digits.
    fn whole(self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(i128::from(number)),
            Self::Decimal(decimal) => Some(decimal.truncated()),
            Self::Money(_) => self.exact()?.rescale(0).map(|rounded| rounded.mantissa),
            Self::Float(number) if number.abs() < 1e38 => Some(number.trunc() as i128),
            Self::Float(_) => None,
        }
    }
}

pub(super) fn convert(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    match value {
        Value::VarChar(text) | Value::NVarChar(text) => from_text(text, from, to),
        Value::VarBinary(bytes) => super::binary::to_number(bytes, from, to),
        Value::DateTime { days, ticks } => from_datetime(*days, *ticks, to),
        _ => {
            let number =
                Number::of(value).ok_or_else(|| sql_error!(529, from.error_name(), to.error_name()))?;
            from_number(number, from, to)
        }
    }
}

/// `number`, which came from a value of type `from`, as a value of the number type `to`.
pub(crate) fn from_number(number: Number, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    match to {
        SqlType::Bit => Ok(Value::Bit(match number {
            Number::Float(number) => number != 0.0,
            _ => number.exact().is_some_and(|decimal| decimal.mantissa != 0),
        })),
        SqlType::Decimal { precision, scale } => to_decimal(number, precision, scale)
            .map(Value::Decimal)
            .ok_or_else(|| sql_error!(8115, from.error_name(), "numeric")),
        SqlType::Money | SqlType::SmallMoney => to_money(number, from, to),
        SqlType::Float => Ok(Value::Float(number.to_f64())),
        SqlType::Real => to_real(number.to_f64()),
        _ => to_integer(number, from, to),
    }
}

/// The bounds of an integer type.
fn bounds(to: SqlType) -> (i128, i128) {
    match to {
        SqlType::Bit => (0, 1),
        SqlType::TinyInt => (0, u8::MAX.into()),
        SqlType::SmallInt => (i16::MIN.into(), i16::MAX.into()),
        SqlType::Int => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

/// `number` as a value of the integer type `to`; `None` beyond its bounds.
pub(crate) fn integer_value(number: i128, to: SqlType) -> Option<Value> {
    let (least, most) = bounds(to);
    if number < least || number > most {
        return None;
    }
    Some(match to {
        SqlType::Bit => Value::Bit(number != 0),
        SqlType::TinyInt => Value::TinyInt(number as u8),
        SqlType::SmallInt => Value::SmallInt(number as i16),
        SqlType::Int => Value::Int(number as i32),
        _ => Value::BigInt(number as i64),
    })
}

fn to_integer(number: Number, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    if let Some(value) = number.whole().and_then(|whole| integer_value(whole, to)) {
        return Ok(value);
    }
    let is_small = matches!(to, SqlType::TinyInt | SqlType::SmallInt);
    Err(match number {
        Number::Integer(number) if is_small => sql_error!(220, to.name(), number),
        Number::Float(number) => sql_error!(232, to.name(), format!("{number:.6}")),
        _ if is_small => sql_error!(8115, from.error_name(), to.name()),
        _ => expression_overflow(to),
    })
}

/// 8115 of an operator, or of a conversion where the source's type is not named.
pub(crate) fn expression_overflow(to: SqlType) -> SqlError {
    sql_error!(8115, "expression", to.error_name())
}

fn to_decimal(number: Number, precision: u8, scale: u8) -> Option<Decimal> {
    match number {
        Number::Float(number) => decimal_from_float(number, scale)?.to_type(precision, scale),
        _ => number.exact()?.to_type(precision, scale),
    }
}

/// The exact value of `number`, rounded to `scale` digits, halves away from zero.
fn decimal_from_float(number: f64, scale: u8) -> Option<Decimal> {
    if number.abs() >= 1e38 {
        return None;
    }
    // Two digits more keep "just below a half" below it: what lies beyond them is cut, not rounded.
    let digits = usize::from(scale) + 2;
    let text = format!("{number:.prec$}", prec = digits + 40);
    let cut = text.len() - 40;
    Decimal::parse(&text[..cut]).ok()
}

fn to_money(number: Number, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    let exact = match number {
        Number::Float(number) => decimal_from_float(number, 4),
        _ => number.exact(),
    };
    let most = if to == SqlType::SmallMoney { i64::from(i32::MAX) } else { i64::MAX };
    exact
        .and_then(|decimal| decimal.rescale(4))
        .and_then(|decimal| i64::try_from(decimal.mantissa).ok())
        .filter(|money| (-most - 1..=most).contains(money))
        .map(Value::Money)
        .ok_or_else(|| sql_error!(8115, from.error_name(), to.name()))
}

fn to_real(number: f64) -> Result<Value, SqlError> {
    let real = number as f32;
    if real.is_finite() {
        Ok(Value::Real(real))
    } else {
        Err(sql_error!(232, "real", format!("{number:.6}")))
    }
}

fn from_datetime(days: i32, ticks: u32, to: SqlType) -> Result<Value, SqlError> {
    let from = SqlType::DateTime;
    match to {
        SqlType::Bit => Ok(Value::Bit(days != 0 || ticks != 0)),
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            let rounded = i64::from(days) + i64::from(ticks >= DATETIME_TICKS_PER_DAY / 2);
            from_number(Number::Integer(rounded), from, to)
        }
        _ => {
            let number = f64::from(days) + f64::from(ticks) / f64::from(DATETIME_TICKS_PER_DAY);
            from_number(Number::Float(number), from, to)
        }
    }
}

fn from_text(text: &str, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    let trimmed = text.trim_matches(|c: char| c.is_ascii_whitespace());
    let wrong = || sql_error!(8114, from.name(), if to.name() == "decimal" { "numeric" } else { to.name() });
    match to {
        SqlType::Bit => bit_from_text(trimmed).ok_or_else(|| sql_error!(245, from.name(), text, "bit")),
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int => integer_from_text(text, trimmed, from, to),
        SqlType::BigInt => match parse_integer(trimmed) {
            Some(number) => integer_value(number, to).ok_or_else(|| expression_overflow(to)),
            None => Err(wrong()),
        },
        SqlType::Decimal { precision, scale } => {
            let overflow = || sql_error!(8115, from.name(), "numeric");
            let decimal = Decimal::parse(trimmed).map_err(|error| match error {
                DecimalError::Syntax => wrong(),
                DecimalError::Overflow => overflow(),
            })?;
            decimal.to_type(precision, scale).map(Value::Decimal).ok_or_else(overflow)
        }
        SqlType::Money | SqlType::SmallMoney => money_from_text(trimmed, to),
        SqlType::Real => to_real(parse_float(trimmed).ok_or_else(wrong)?),
        _ => match parse_float(trimmed) {
            Some(number) if number.is_finite() => Ok(Value::Float(number)),
            Some(_) => Err(sql_error!(8115, from.name(), "float")),
            None => Err(wrong()),
        },
    }
}

fn bit_from_text(text: &str) -> Option<Value> {
    if text.eq_ignore_ascii_case("true") {
        return Some(Value::Bit(true));
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(Value::Bit(false));
    }
    parse_integer(text).map(|number| Value::Bit(number != 0))
}

fn integer_from_text(text: &str, trimmed: &str, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    let number = parse_integer(trimmed).ok_or_else(|| sql_error!(245, from.name(), text, to.name()))?;
    integer_value(number, to).ok_or_else(|| match to {
        SqlType::TinyInt => sql_error!(244, from.name(), text, "INT1"),
        SqlType::SmallInt => sql_error!(244, from.name(), text, "INT2"),
        _ => sql_error!(248, from.name(), text),
    })
}

/// `[+-]digits`; empty text and a lone sign are zero, as in SQL Server. Too many digits give a number that no
/// integer type holds.
fn parse_integer(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut number = 0i128;
    for digit in digits.trim_start_matches(' ').bytes() {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = (number * 10 + i128::from(digit - b'0')).min(i128::from(u64::MAX));
    }
    Some(sign * number)
}

/// `[+-]digits[.digits][e[+-]digits]`; empty text is zero.
fn parse_float(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    // Rust's own reader also takes "inf" and "nan".
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if is_plain { text.parse().ok() } else { None }
}

fn money_from_text(text: &str, to: SqlType) -> Result<Value, SqlError> {
    let wrong = || if to == SqlType::SmallMoney { sql_error!(293) } else { sql_error!(235) };
    let overflow = || if to == SqlType::SmallMoney { sql_error!(294) } else { sql_error!(236) };
    let plain: String = text.chars().filter(|character| !",$£€¥ ".contains(*character)).collect();
    if plain.is_empty() {
        return Ok(Value::Money(0));
    }
    let decimal = Decimal::parse(&plain).map_err(|error| match error {
        DecimalError::Syntax => wrong(),
        DecimalError::Overflow => overflow(),
    })?;
    to_money(Number::Decimal(decimal), SqlType::Money, to).map_err(|_| overflow())
}

/// `money` as text. Style 0 rounds to two digits, 1 separates thousands too, 2 and 126 keep all four.
pub(crate) fn format_money(money: i64, style: i32) -> String {
    let exact = Decimal { mantissa: i128::from(money), scale: 4 };
    match style {
        2 | 126 => exact.to_string(),
        // Rounding to fewer digits does not overflow.
        _ => {
            let text = exact.rescale(2).unwrap_or(exact).to_string();
            if style == 1 { with_thousands(&text) } else { text }
        }
    }
}

fn with_thousands(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{fraction}")
}
