//! What holds for every value.

use proptest::prelude::*;

use super::*;

fn any_type() -> impl Strategy<Value = SqlType> {
    const NAMES: &[&str] = &[
        "bit",
        "tinyint",
        "smallint",
        "int",
        "bigint",
        "decimal",
        "money",
        "smallmoney",
        "real",
        "float",
        "date",
        "time",
        "smalldatetime",
        "datetime",
        "datetime2",
        "datetimeoffset",
        "char",
        "varchar",
        "nchar",
        "nvarchar",
        "text",
        "ntext",
        "binary",
        "varbinary",
        "image",
        "uniqueidentifier",
        "xml",
        "sql_variant",
    ];
    (prop::sample::select(NAMES), prop::option::of(0i64..40)).prop_filter_map(
        "not a type",
        |(name, length)| {
            let args: Vec<TypeArg> = length.map(TypeArg::Number).into_iter().collect();
            SqlType::from_cast_name(name, &args)?.ok()
        },
    )
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bit),
        any::<u8>().prop_map(Value::TinyInt),
        any::<i16>().prop_map(Value::SmallInt),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::BigInt),
        (-(10i128.pow(38) - 1)..10i128.pow(38), 0u8..=38)
            .prop_map(|(mantissa, scale)| Value::Decimal(Decimal { mantissa, scale })),
        any::<i64>().prop_map(Value::Money),
        any::<f32>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::Real),
        any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(Value::Float),
        (0..3_652_059).prop_map(Value::Date),
        (0..864_000_000_000i64).prop_map(Value::Time),
        (-53_690..2_958_464, 0u32..25_920_000).prop_map(|(days, ticks)| Value::DateTime { days, ticks }),
        (0..3_652_059, 0..864_000_000_000i64).prop_map(|(days, ticks)| Value::DateTime2 { days, ticks }),
        (1..3_652_058, 0..864_000_000_000i64, -840i16..=840)
            .prop_map(|(days, ticks, offset)| Value::DateTimeOffset { days, ticks, offset }),
        "[ -~é€日😀]{0,12}".prop_map(|text| Value::VarChar(text.into())),
        "[0-9/:. -]{0,20}".prop_map(|text| Value::NVarChar(text.into())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::varbinary),
        any::<[u8; 16]>().prop_map(|bytes| Value::Guid(Guid(bytes))),
        Just(Value::Xml("<a/>".into())),
    ]
}

proptest! {
    /// Whatever is asked for, the answer is a value of that type or an error.
    #[test]
    fn every_conversion_ends_in_its_type(value in any_value(), to in any_type(), style in 0i32..132) {
        let from = value.natural_type().unwrap();
        if let Ok(converted) = cast(&value, from, to, style) {
            let again = cast(&converted, to, to, 0);
            prop_assert_eq!(again, Ok(converted.clone()), "{:?} as {}", converted, to);
            let family = converted.natural_type().map(|natural| natural.family());
            let is_plain = matches!(to, SqlType::SqlVariant | SqlType::Text | SqlType::NText | SqlType::Image);
            prop_assert!(is_plain || family == Some(to.family()), "{:?} as {}", converted, to);
            display_sqlcmd(&converted, to);
        }
    }

    #[test]
    fn text_and_bytes_hold_what_they_were_made_of(value in any_value()) {
        let from = value.natural_type().unwrap();
        let exact = match value {
            Value::Real(_) | Value::Float(_) => 3,
            Value::Money(_) => 2,
            Value::VarBinary(_) => 1,
            _ => 121,
        };
        let text_or_rounded = matches!(
            value,
            Value::Real(_) | Value::DateTime { .. } | Value::VarChar(_) | Value::NVarChar(_)
        );
        if !text_or_rounded {
            let text = cast(&value, from, SqlType::NVARCHAR_MAX, exact).unwrap();
            let style = if exact == 1 { 1 } else { 0 };
            prop_assert_eq!(cast(&text, SqlType::NVARCHAR_MAX, from, style), Ok(value.clone()));
        }
        if !matches!(value, Value::Real(_) | Value::Float(_) | Value::Xml(_)) {
            let bytes = cast(&value, from, SqlType::VARBINARY_MAX, 0).unwrap();
            let expected = match &value {
                Value::VarChar(_) => cast(&value, from, TEXT, 0).unwrap(),
                _ => value.clone(),
            };
            prop_assert_eq!(cast(&bytes, SqlType::VARBINARY_MAX, from, 0), Ok(expected));
        }
    }

    #[test]
    fn moments_survive_their_offset(days in 1..3_652_058, ticks in 0..864_000_000_000i64, offset in -840i16..=840) {
        let moment = Moment::of(&Value::DateTimeOffset { days, ticks, offset }).unwrap();
        prop_assert_eq!(moment.utc(), (days, ticks));
    }
}
