//! Constants: notation to value. The notation decides the type.

use std::sync::Arc;

use duologue_messages::sql_error;
use duologue_types::{Decimal, Value};

use crate::errors::{Parsed, shortened};
use crate::parser::Parser;
use crate::token::{TokenKind, unquote};

/// Digits of `decimal`.
const MAX_PRECISION: usize = 38;

/// The bytes of `0x…`; an odd digit count has a zero in front.
pub(crate) fn binary(raw: &str) -> Vec<u8> {
    let digits = raw.as_bytes().get(2..).unwrap_or_default();
    let odd = digits.len() % 2;
    let mut bytes = Vec::with_capacity(digits.len() / 2 + odd);
    bytes.extend(digits[..odd].iter().map(|digit| hex(*digit)));
    bytes.extend(digits[odd..].chunks(2).map(|pair| hex(pair[0]) << 4 | hex(pair[1])));
    bytes
}

fn hex(digit: u8) -> u8 {
    (digit as char).to_digit(16).unwrap_or(0) as u8
}

impl Parser<'_> {
    pub(crate) fn at_literal(&self) -> bool {
        matches!(
            self.peek().kind,
            TokenKind::String { .. }
                | TokenKind::Binary
                | TokenKind::Integer
                | TokenKind::Decimal
                | TokenKind::Float
                | TokenKind::Money
        ) || self.at("NULL")
    }

    /// A constant or NULL.
    pub(crate) fn literal(&mut self) -> Parsed<Value> {
        let token = self.peek();
        let raw = self.token_text(token);
        let value = match token.kind {
            TokenKind::String { national } => {
                let content: Arc<str> = unquote(raw).into();
                if national { Value::NVarChar(content) } else { Value::VarChar(content) }
            }
            TokenKind::Binary => Value::VarBinary(binary(raw).into()),
            TokenKind::Integer => match raw.parse() {
                Ok(small) => Value::Int(small),
                Err(_) => self.exact_number(raw)?,
            },
            TokenKind::Decimal => self.exact_number(raw)?,
            TokenKind::Float => Value::Float(float(raw)),
            TokenKind::Money => self.money(raw)?,
            _ if self.at("NULL") => Value::Null,
            _ => return self.unexpected(),
        };
        self.advance();
        Ok(value)
    }

    fn exact_number(&self, raw: &str) -> Parsed<Value> {
        let digits = raw.replace('.', "");
        let digits = digits.trim_start_matches('0');
        let scale = raw.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        if digits.len() > MAX_PRECISION || scale > MAX_PRECISION {
            return Err(sql_error!(1007, "number", shortened(raw)).at_line(self.line()).into());
        }
        let mantissa = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(i128::MAX) };
        Ok(Value::Decimal(Decimal { mantissa, scale: scale as u8 }))
    }

    /// Four decimals; further ones are rounded away.
    fn money(&self, raw: &str) -> Parsed<Value> {
        let number = raw.trim_start_matches('$');
        let (sign, number) = number.strip_prefix('-').map_or((1, number), |rest| (-1, rest));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{fraction:0<5.5}");
        let ten_times: i128 = digits.parse().unwrap_or(i128::MAX - 5);
        let units = i64::try_from((ten_times + 5) / 10);
        match units {
            Ok(units) if !fraction.contains('.') => Ok(Value::Money(sign * units)),
            _ => Err(sql_error!(151, shortened(raw)).at_line(self.line()).into()),
        }
    }
}

/// `1e`, `1e+` are `1e0`.
fn float(raw: &str) -> f64 {
    let (mantissa, exponent) = raw.split_once(['e', 'E']).unwrap_or((raw, "0"));
    let exponent = if exponent.ends_with(|c: char| c.is_ascii_digit()) { exponent } else { "0" };
    format!("{mantissa}e{exponent}").parse().unwrap_or(0.0)
}
