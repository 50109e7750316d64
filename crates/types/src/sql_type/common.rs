//! The type in which two types meet.

use super::{Family, Length, SqlType};

/// The type of `CASE`, `COALESCE`, `UNION` and comparison over operands of two types: the one with the higher
/// precedence, wide enough for both.
pub fn common_type(left: SqlType, right: SqlType) -> SqlType {
    let (higher, lower) = if left.precedence() >= right.precedence() { (left, right) } else { (right, left) };
    match higher.family() {
        Family::Decimal => widest_decimal(higher, lower),
        Family::Time | Family::DateTime2 | Family::DateTimeOffset => with_scale_for(higher, lower),
        Family::Character | Family::Unicode | Family::Binary => longest(higher, lower),
        _ => higher,
    }
}

/// The decimal type that holds every value of the number type `other`; decimal types are their own.
pub(crate) fn as_decimal(other: SqlType) -> Option<(u8, u8)> {
    match other.family() {
        Family::Decimal | Family::Money | Family::Integer => Some((other.precision(), other.scale())),
        _ => None,
    }
}

fn widest_decimal(higher: SqlType, lower: SqlType) -> SqlType {
    let (Some((precision, scale)), Some((other_precision, other_scale))) =
        (as_decimal(higher), as_decimal(lower))
    else {
        return higher;
    };
    let whole = (precision - scale).max(other_precision - other_scale);
    let scale = scale.max(other_scale);
    let precision = whole.saturating_add(scale).min(38);
    SqlType::Decimal { precision, scale: scale.min(38 - whole.min(38)) }
}

fn with_scale_for(higher: SqlType, lower: SqlType) -> SqlType {
    let scale =
        if lower.family().is_date_or_time() { higher.scale().max(lower.scale()) } else { higher.scale() };
    match higher {
        SqlType::Time { .. } => SqlType::Time { scale },
        SqlType::DateTime2 { .. } => SqlType::DateTime2 { scale },
        SqlType::DateTimeOffset { .. } => SqlType::DateTimeOffset { scale },
        _ => higher,
    }
}

fn longest(higher: SqlType, lower: SqlType) -> SqlType {
    let (Some(length), Some(other)) = (higher.length(), lower.length()) else { return higher };
    let is_padded = higher.is_padded() && lower.is_padded() && higher.family() == lower.family();
    let most = if higher.family() == Family::Unicode { 4000 } else { 8000 };
    match (length.max(other), higher.family()) {
        (Length::Fixed(length), Family::Character) if is_padded => SqlType::Char(length),
        (Length::Fixed(length), Family::Unicode) if is_padded => SqlType::NChar(length),
        (Length::Fixed(length), Family::Binary) if is_padded => SqlType::Binary(length),
        (Length::Fixed(length), Family::Unicode) => SqlType::NVarChar(Length::Fixed(length.min(most))),
        (Length::Max, Family::Unicode) => SqlType::NVARCHAR_MAX,
        (length, Family::Character) => SqlType::VarChar(length),
        (length, _) => SqlType::VarBinary(length),
    }
}

#[cfg(test)]
mod tests {
    use crate::{SqlType, common_type};

    #[test]
    fn types_meet_where_both_fit() {
        let cases = [
            ("int", "bigint", "bigint"),
            ("int", "varchar(10)", "int"),
            ("decimal(5,2)", "int", "decimal(12,2)"),
            ("decimal(10,4)", "decimal(12,1)", "decimal(15,4)"),
            ("money", "decimal(5,2)", "decimal(19,4)"),
            ("decimal(38,0)", "decimal(38,38)", "decimal(38,0)"),
            ("float", "decimal(38,0)", "float"),
            ("char(3)", "char(5)", "char(5)"),
            ("char(3)", "varchar(5)", "varchar(5)"),
            ("varchar(5000)", "nvarchar(10)", "nvarchar(4000)"),
            ("nchar(3)", "char(9)", "nvarchar(9)"),
            ("varchar(max)", "nvarchar(10)", "nvarchar(max)"),
            ("binary(3)", "varbinary(2)", "varbinary(3)"),
            ("datetime", "datetime2(0)", "datetime2(3)"),
            ("date", "varchar(10)", "date"),
            ("uniqueidentifier", "nvarchar(36)", "uniqueidentifier"),
        ];
        for (left, right, expected) in cases {
            let (left, right): (SqlType, SqlType) = (left.parse().unwrap(), right.parse().unwrap());
            assert_eq!(common_type(left, right).to_string(), expected, "{left} {right}");
            assert_eq!(common_type(right, left).to_string(), expected, "{right} {left}");
        }
    }
}
