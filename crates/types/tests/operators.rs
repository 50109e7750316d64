//! Operators and comparison, case by case.

#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::cmp::Ordering;

use duologue_types::{
    Collation, Decimal, Guid, Length, Mode, Operator, SqlType, UnaryOperator, Value, XmlParser, compare,
    comparison_type, convert, display_sqlcmd, evaluate, evaluate_unary, result_type, sort_key,
};
use proptest::prelude::*;

const XML: XmlParser =
    XmlParser { from_text: |text, _, _| Ok(text.into()), from_bytes: |_, _| Ok("<a/>".into()) };

fn read(text: &str, to: SqlType) -> Value {
    let style = i32::from(text.starts_with("0x"));
    convert(&Value::VarChar(text.into()), SqlType::VarChar(Length::Max), to, style, Mode::Explicit, XML)
        .unwrap()
}

fn operator(symbol: &str) -> Operator {
    match symbol {
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "&" => Operator::BitAnd,
        "|" => Operator::BitOr,
        _ => Operator::BitXor,
    }
}

/// `type literal operator type literal` and the value with its type, or the error.
#[test]
fn operators_and_their_types() {
    let cases = [
        ("int", "7", "/", "int", "2", "3 int"),
        ("int", "-7", "%", "int", "2", "-1 int"),
        (
            "tinyint",
            "200",
            "+",
            "tinyint",
            "100",
            "8115: Arithmetic overflow error converting expression to data type tinyint.",
        ),
        (
            "int",
            "2147483647",
            "+",
            "int",
            "1",
            "8115: Arithmetic overflow error converting expression to data type int.",
        ),
        ("int", "2147483647", "+", "bigint", "1", "2147483648 bigint"),
        ("int", "1", "/", "int", "0", "8134: Divide by zero error encountered."),
        ("int", "6", "&", "smallint", "3", "2 int"),
        ("int", "6", "^", "int", "3", "5 int"),
        ("bit", "1", "|", "bit", "0", "1 bit"),
        ("decimal(5,2)", "1.50", "+", "int", "2", "3.50 decimal(13,2)"),
        ("decimal(5,2)", "1.00", "/", "decimal(5,2)", "3.00", ".33333333 decimal(13,8)"),
        ("decimal(5,2)", "1.25", "*", "decimal(5,2)", "-1.25", "-1.5625 decimal(11,4)"),
        ("decimal(5,2)", "1.25", "%", "int", "1", ".25 decimal(5,2)"),
        (
            "decimal(38,0)",
            "99999999999999999999999999999999999999",
            "+",
            "int",
            "1",
            "8115: Arithmetic overflow error converting expression to data type numeric.",
        ),
        ("money", "1.5", "*", "int", "3", "4.5000 money"),
        ("money", "1", "/", "money", "3", "0.3333 money"),
        ("money", "1", "/", "int", "0", "8134: Divide by zero error encountered."),
        ("float", "1", "/", "int", "4", "0.25 float"),
        ("float", "1", "/", "float", "0", "8134: Divide by zero error encountered."),
        ("real", "1", "+", "decimal(5,2)", "0.5", "1.5 real"),
        ("varchar(5)", "ab", "+", "varchar(5)", "cd", "abcd varchar(10)"),
        ("varchar(5)", "ab", "+", "nvarchar(5)", "cd", "abcd nvarchar(10)"),
        ("char(3)", "ab", "+", "varchar(5)", "cd", "ab cd varchar(8)"),
        ("char(3)", "ab", "+", "nvarchar(5)", "cd", "ab cd nvarchar(8)"),
        ("nvarchar(max)", "ab", "+", "char(2)", "c", "abc  nvarchar(max)"),
        ("varbinary(4)", "0x01", "+", "varbinary(4)", "0x02", "0x0102 varbinary(8)"),
        ("varchar(5)", "12", "+", "int", "1", "13 int"),
        ("varchar(5)", "1.5", "+", "decimal(5,2)", "1", "2.50 decimal(6,2)"),
        (
            "varchar(5)",
            "x",
            "+",
            "int",
            "1",
            "245: Conversion failed when converting the varchar value 'x' to data type int.",
        ),
        ("varbinary(4)", "0x0102", "+", "int", "1", "259 int"),
        ("datetime", "2007-06-12", "+", "int", "1", "2007-06-13 00:00:00.000 datetime"),
        ("datetime", "2007-06-12", "-", "float", "0.5", "2007-06-11 12:00:00.000 datetime"),
        ("datetime", "2007-06-12", "-", "datetime", "2007-06-11", "1900-01-02 00:00:00.000 datetime"),
        (
            "datetime",
            "9999-12-31",
            "+",
            "int",
            "1",
            "8115: Arithmetic overflow error converting expression to data type datetime.",
        ),
        (
            "datetime",
            "2007-06-12",
            "*",
            "int",
            "1",
            "8117: Operand data type datetime is invalid for multiply operator.",
        ),
        ("date", "2007-06-12", "+", "int", "1", "206: Operand type clash: date is incompatible with int"),
        (
            "date",
            "2007-06-12",
            "-",
            "date",
            "2007-06-12",
            "8117: Operand data type date is invalid for subtract operator.",
        ),
        (
            "datetime",
            "2007-06-12",
            "-",
            "date",
            "2007-06-12",
            "402: The data types datetime and date are incompatible in the subtract operator.",
        ),
        (
            "varchar(5)",
            "a",
            "-",
            "varchar(5)",
            "b",
            "8117: Operand data type varchar is invalid for subtract operator.",
        ),
        (
            "varchar(5)",
            "a",
            "+",
            "varbinary(5)",
            "0x00",
            "402: The data types varchar and varbinary are incompatible in the add operator.",
        ),
        ("bit", "1", "+", "bit", "1", "8117: Operand data type bit is invalid for add operator."),
        (
            "float",
            "1",
            "%",
            "int",
            "1",
            "402: The data types float and int are incompatible in the modulo operator.",
        ),
        (
            "int",
            "1",
            "&",
            "decimal(5,2)",
            "1",
            "402: The data types int and numeric are incompatible in the '&' operator.",
        ),
        (
            "xml",
            "<a/>",
            "+",
            "varchar(5)",
            "b",
            "402: The data types xml and varchar are incompatible in the add operator.",
        ),
    ];
    for (left_type, left, symbol, right_type, right, expected) in cases {
        let (left_type, right_type): (SqlType, SqlType) =
            (left_type.parse().unwrap(), right_type.parse().unwrap());
        let (left, right) = (read(left, left_type), read(right, right_type));
        let found = match evaluate(operator(symbol), &left, left_type, &right, right_type) {
            Ok(value) => {
                let result = result_type(operator(symbol), left_type, right_type).unwrap();
                format!("{} {result}", display_sqlcmd(&value, result))
            }
            Err(error) => format!("{}: {}", error.number, error.text),
        };
        assert_eq!(found, expected, "{left_type} {left:?} {symbol} {right_type} {right:?}");
        if let Ok(value) = evaluate(operator(symbol), &Value::Null, left_type, &right, right_type) {
            assert_eq!(value, Value::Null);
        }
    }
}

#[test]
fn unary_operators() {
    let minus = |value: Value| evaluate_unary(UnaryOperator::Minus, &value, value.natural_type().unwrap());
    let not = |value: Value| evaluate_unary(UnaryOperator::BitNot, &value, value.natural_type().unwrap());
    assert_eq!(minus(Value::TinyInt(5)), Ok(Value::SmallInt(-5)));
    assert_eq!(minus(Value::Int(i32::MIN)).unwrap_err().number, 8115);
    assert_eq!(minus(Value::Float(1.5)), Ok(Value::Float(-1.5)));
    assert_eq!(not(Value::Int(0)), Ok(Value::Int(-1)));
    assert_eq!(not(Value::TinyInt(1)), Ok(Value::TinyInt(254)));
    assert_eq!(not(Value::Bit(true)), Ok(Value::Bit(false)));
    assert_eq!(
        minus(Value::nvarchar("x")).unwrap_err().text,
        "Operand data type nvarchar is invalid for minus operator."
    );
}

#[test]
fn comparison_types() {
    let cases = [
        ("int", "varchar(5)", "int"),
        ("nvarchar(5)", "uniqueidentifier", "uniqueidentifier"),
        ("datetime", "varchar(20)", "datetime"),
        ("bit", "varchar(5)", "bit"),
        ("int", "datetime", "datetime"),
        ("varbinary(8)", "varchar(5)", "257"),
        ("int", "date", "206"),
        ("int", "uniqueidentifier", "206"),
        ("xml", "xml", "305"),
        ("ntext", "varchar(5)", "402"),
    ];
    for (left, right, expected) in cases {
        let found = comparison_type("equal to", left.parse().unwrap(), right.parse().unwrap());
        let found = found.map_or_else(|error| error.number.to_string(), |common| common.to_string());
        // Bytes become text by themselves, text does not become bytes.
        let expected = if expected == "257" { "varchar(8)" } else { expected };
        assert_eq!(found, expected, "{left} {right}");
    }
}

#[test]
fn identifiers_sort_from_their_last_group() {
    let sorted = [
        "00000000-0000-0000-0000-000000000000",
        "FF000000-0000-0000-0000-000000000000",
        "00000000-00FF-0000-0000-000000000000",
        "00000000-0000-00FF-0000-000000000000",
        "00000000-0000-0000-0001-000000000000",
        "00000000-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-010000000000",
    ];
    for pair in sorted.windows(2) {
        let guid = |text: &str| Value::Guid(text.parse::<Guid>().unwrap());
        assert_eq!(
            compare(&guid(pair[0]), &guid(pair[1]), Collation::default()),
            Some(Ordering::Less),
            "{pair:?}"
        );
    }
}

#[test]
fn values_of_one_kind_compare() {
    let equal = [
        (Value::Int(5), Value::Decimal(Decimal { mantissa: 500, scale: 2 })),
        (Value::Money(15_000), Value::Float(1.5)),
        (Value::VarChar("ABC ".into()), Value::nvarchar("abc")),
        (Value::varbinary(vec![1]), Value::varbinary(vec![1, 0])),
        (Value::DateTime { days: 0, ticks: 0 }, Value::Date(693_595)),
        (Value::Bit(true), Value::TinyInt(1)),
        (
            Value::DateTimeOffset { days: 1, ticks: 0, offset: 60 },
            Value::DateTimeOffset { days: 1, ticks: 0, offset: -60 },
        ),
    ];
    for (left, right) in equal {
        assert_eq!(compare(&left, &right, Collation::default()), Some(Ordering::Equal), "{left:?} {right:?}");
    }
    assert_eq!(compare(&Value::Null, &Value::Null, Collation::default()), None);
    assert_eq!(compare(&Value::Int(1), &Value::nvarchar("1"), Collation::default()), None);
}

/// Two values of one type.
fn pair() -> impl Strategy<Value = (Value, Value)> {
    fn two<T, S>(strategy: fn() -> S, value: fn(T) -> Value) -> BoxedStrategy<(Value, Value)>
    where
        T: std::fmt::Debug + 'static,
        S: Strategy<Value = T> + 'static,
    {
        (strategy(), strategy()).prop_map(move |(left, right)| (value(left), value(right))).boxed()
    }
    prop_oneof![
        two(any::<i32>, Value::Int),
        two(any::<i64>, Value::Money),
        two(|| -5.0f64..5.0, Value::Float),
        two(any::<f64>, |number| Value::Float(if number.is_nan() { 0.0 } else { number })),
        two(|| (-1000i128..1000, 0u8..4), |(mantissa, scale)| Value::Decimal(Decimal { mantissa, scale })),
        two(
            || (-(10i128.pow(38) - 1)..10i128.pow(38), 0u8..=38),
            |(mantissa, scale)| Value::Decimal(Decimal { mantissa, scale })
        ),
        two(|| "[a-cA-Cé ]{0,4}", Value::nvarchar),
        two(|| prop::collection::vec(0u8..3, 0..4), Value::varbinary),
        two(any::<[u8; 16]>, |bytes| Value::Guid(Guid(bytes))),
        two(|| (0..3, 0i64..3), |(days, ticks)| Value::DateTime2 { days, ticks }),
    ]
}

proptest! {
    #[test]
    fn keys_sort_as_values_compare((left, right) in pair()) {
        for collation in [Collation::CaseInsensitive, Collation::Binary] {
            let order = compare(&left, &right, collation).unwrap();
            prop_assert_eq!(sort_key(&left, collation).cmp(&sort_key(&right, collation)), order);
            prop_assert_eq!(compare(&right, &left, collation), Some(order.reverse()));
            let (left, right) = (sort_key(&left, collation), sort_key(&right, collation));
            prop_assert!(left == right || !left.starts_with(&right) && !right.starts_with(&left));
        }
        prop_assert!(sort_key(&Value::Null, Collation::Binary) < sort_key(&left, Collation::Binary));
    }
}
