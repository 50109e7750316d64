//! The type of an operator's result, before any value is known.

use duologue_messages::{SqlError, sql_error};

use super::decimal_type::decimal_type;
use super::{Operator, UnaryOperator};
use crate::sql_type::{Family, Length, SqlType, as_decimal};

/// The type of `left operator right`.
///
/// # Errors
/// 206, 257, 402 and 8117 for types that the operator does not take.
pub fn result_type(operator: Operator, left: SqlType, right: SqlType) -> Result<SqlType, SqlError> {
    let operand = operand_type(operator, left, right)?;
    match operand.family() {
        Family::Character | Family::Unicode | Family::Binary => concatenated(left, right, operand),
        Family::Decimal => {
            // Text takes the type of the other operand.
            let (Some(left_decimal), Some(right_decimal)) =
                (as_decimal(left).or(as_decimal(right)), as_decimal(right).or(as_decimal(left)))
            else {
                return Err(incompatible(operator, left, right));
            };
            let (precision, scale) = decimal_type(operator, left_decimal, right_decimal);
            Ok(SqlType::Decimal { precision, scale })
        }
        _ => Ok(operand),
    }
}

/// The type to which both operands are converted; for decimals only the family counts.
pub(super) fn operand_type(operator: Operator, left: SqlType, right: SqlType) -> Result<SqlType, SqlError> {
    let (l, r) = (left.family(), right.family());
    let higher = if left.precedence() >= right.precedence() { left } else { right };
    let lower = if higher == left { right } else { left };
    match (higher.family(), lower.family()) {
        (Family::Variant, _) => Err(sql_error!(257, "sql_variant", lower.error_name())),
        (Family::Xml | Family::Text | Family::NText | Family::Image | Family::Guid, _) => {
            Err(refused(operator, left, right))
        }
        _ if l.is_string() && r.is_string() && operator == Operator::Add => Ok(higher),
        _ if l.is_string() && r.is_string() => Err(invalid(operator, left)),
        (Family::Binary, Family::Binary) if operator == Operator::Add => Ok(higher),
        (Family::Binary, _) | (Family::Character | Family::Unicode, Family::Binary) => {
            Err(refused(operator, left, right))
        }
        (higher_family, _) if higher_family.is_number() => number_type(operator, left, right, higher, lower),
        (Family::DateTime, lower_family) => datetime_type(operator, left, right, higher, lower_family),
        (_, lower_family) if lower_family.is_number() => {
            Err(sql_error!(206, left.error_name(), right.error_name()))
        }
        _ => Err(refused(operator, left, right)),
    }
}

fn number_type(
    operator: Operator,
    left: SqlType,
    right: SqlType,
    higher: SqlType,
    lower: SqlType,
) -> Result<SqlType, SqlError> {
    let family = higher.family();
    let takes_bytes = matches!(family, Family::Integer | Family::Money);
    if lower.family() == Family::Binary && !takes_bytes {
        return Err(incompatible(operator, left, right));
    }
    let is_allowed = match operator {
        _ if operator.is_bitwise() => family == Family::Integer,
        Operator::Modulo => family != Family::Float,
        // Two bits have no sum.
        _ => higher != SqlType::Bit || lower.family().is_string(),
    };
    if is_allowed { Ok(higher) } else { Err(refused(operator, left, right)) }
}

fn datetime_type(
    operator: Operator,
    left: SqlType,
    right: SqlType,
    higher: SqlType,
    lower: Family,
) -> Result<SqlType, SqlError> {
    if !matches!(operator, Operator::Add | Operator::Subtract) {
        return Err(invalid(operator, higher));
    }
    match lower {
        Family::DateTime | Family::Character | Family::Unicode | Family::Binary => Ok(higher),
        _ if lower.is_number() => Ok(higher),
        _ => Err(incompatible(operator, left, right)),
    }
}

/// 8117 where both operands have one type, 402 where they differ.
fn refused(operator: Operator, left: SqlType, right: SqlType) -> SqlError {
    if left.error_name() == right.error_name() {
        invalid(operator, left)
    } else {
        incompatible(operator, left, right)
    }
}

fn invalid(operator: Operator, operand: SqlType) -> SqlError {
    sql_error!(8117, operand.error_name(), operator.name())
}

fn incompatible(operator: Operator, left: SqlType, right: SqlType) -> SqlError {
    sql_error!(402, left.error_name(), right.error_name(), operator.name())
}

/// The lengths add up, to the longest that the type has; `(max)` stays `(max)`.
fn concatenated(left: SqlType, right: SqlType, operand: SqlType) -> Result<SqlType, SqlError> {
    let length = match (left.length(), right.length()) {
        (Some(Length::Fixed(left)), Some(Length::Fixed(right))) => {
            let most = if operand.family() == Family::Unicode { 4000 } else { 8000 };
            Length::Fixed(left.saturating_add(right).min(most))
        }
        _ => Length::Max,
    };
    let is_padded = left.is_padded() && right.is_padded() && left.family() == right.family();
    Ok(match (operand.family(), length) {
        (Family::Unicode, Length::Fixed(length)) if is_padded => SqlType::NChar(length),
        (Family::Character, Length::Fixed(length)) if is_padded => SqlType::Char(length),
        (Family::Binary, Length::Fixed(length)) if is_padded => SqlType::Binary(length),
        (Family::Unicode, length) => SqlType::NVarChar(length),
        (Family::Character, length) => SqlType::VarChar(length),
        (_, length) => SqlType::VarBinary(length),
    })
}

/// The type of `operator operand`.
///
/// # Errors
/// 8117 for types that the operator does not take.
pub fn unary_result_type(operator: UnaryOperator, operand: SqlType) -> Result<SqlType, SqlError> {
    let family = operand.family();
    let (is_allowed, name) = match operator {
        UnaryOperator::Plus => (!matches!(family, Family::Xml | Family::Variant), "plus"),
        UnaryOperator::Minus => (family.is_number() && operand != SqlType::Bit, "minus"),
        UnaryOperator::BitNot => (family == Family::Integer, "'~'"),
    };
    if !is_allowed {
        return Err(sql_error!(8117, operand.error_name(), name));
    }
    // The negative of a tinyint needs a sign.
    let is_negated_tinyint = operator == UnaryOperator::Minus && operand == SqlType::TinyInt;
    Ok(if is_negated_tinyint { SqlType::SmallInt } else { operand })
}
