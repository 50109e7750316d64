//! Text and bytes as values of every type, and what can be done with those.

use duologue_types::{
    Collation, Length, LikePattern, Mode, Operator, SqlType, UnaryOperator, Value, XmlParser, compare,
    convert, display_sqlcmd, evaluate, evaluate_unary, sort_key,
};

const TYPES: [SqlType; 24] = [
    SqlType::Bit,
    SqlType::TinyInt,
    SqlType::SmallInt,
    SqlType::Int,
    SqlType::BigInt,
    SqlType::Decimal { precision: 38, scale: 10 },
    SqlType::Decimal { precision: 5, scale: 5 },
    SqlType::SmallMoney,
    SqlType::Money,
    SqlType::Real,
    SqlType::Float,
    SqlType::Date,
    SqlType::Time { scale: 7 },
    SqlType::SmallDateTime,
    SqlType::DateTime,
    SqlType::DateTime2 { scale: 3 },
    SqlType::DateTimeOffset { scale: 7 },
    SqlType::Char(5),
    SqlType::VarChar(Length::Fixed(30)),
    SqlType::NVarChar(Length::Max),
    SqlType::Binary(4),
    SqlType::VarBinary(Length::Max),
    SqlType::UniqueIdentifier,
    SqlType::SqlVariant,
];

const OPERATORS: [Operator; 8] = [
    Operator::Add,
    Operator::Subtract,
    Operator::Multiply,
    Operator::Divide,
    Operator::Modulo,
    Operator::BitAnd,
    Operator::BitOr,
    Operator::BitXor,
];

/// Longer text is no number, date or GUID.
const MAX_LENGTH: usize = 80;

/// xml is fuzzed by its own targets.
const XML: XmlParser =
    XmlParser { from_text: |text, _, _| Ok(text.into()), from_bytes: |_, _| Ok("".into()) };

/// The first byte is CONVERT's style, the rest text or bytes that become every type; what does is shown, ordered,
/// converted on, and put between operators.
pub(crate) fn conversion(data: &[u8]) {
    let Some((style, rest)) = data.split_first() else { return };
    let style = i32::from(*style);
    let rest = &rest[..rest.len().min(MAX_LENGTH)];
    let text = Value::nvarchar(String::from_utf8_lossy(rest));
    let bytes = Value::varbinary(rest.to_vec());
    let mut values = Vec::new();
    for (value, from) in [(text, SqlType::NVARCHAR_MAX), (bytes, SqlType::VARBINARY_MAX)] {
        for to in TYPES {
            let _ = convert(&value, from, to, style, Mode::Store, XML);
            let converted = convert(&value, from, to, style, Mode::Explicit, XML);
            values.extend(converted.ok().map(|value| (value, to)));
        }
    }
    for (index, (value, sql_type)) in values.iter().enumerate() {
        use_value(value, *sql_type, style);
        let (other, other_type) = &values[(index + 1) % values.len()];
        combine((value, *sql_type), (other, *other_type));
        combine((value, *sql_type), (value, *sql_type));
    }
}

fn use_value(value: &Value, sql_type: SqlType, style: i32) {
    let _ = display_sqlcmd(value, sql_type);
    let _ = sort_key(value, Collation::default());
    for to in TYPES {
        let _ = convert(value, sql_type, to, style, Mode::Explicit, XML);
    }
    for operator in [UnaryOperator::Plus, UnaryOperator::Minus, UnaryOperator::BitNot] {
        let _ = evaluate_unary(operator, value, sql_type);
    }
}

fn combine((left, left_type): (&Value, SqlType), (right, right_type): (&Value, SqlType)) {
    let _ = compare(left, right, Collation::default());
    for operator in OPERATORS {
        let _ = evaluate(operator, left, left_type, right, right_type);
    }
}

/// Pattern, a line end, and the text to match; `!` escapes.
pub(crate) fn like(data: &[u8]) {
    let all = String::from_utf8_lossy(data);
    let (pattern, text) = all.split_once('\n').unwrap_or((&all, "a%b_c[d]"));
    for escape in [None, Some('!')] {
        LikePattern::new(pattern, escape).matches(text, Collation::default());
    }
}
