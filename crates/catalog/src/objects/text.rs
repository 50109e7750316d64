//! How values that JSON lacks stand in a stored row: bytes as base64, types as T-SQL writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Bytes, optional bytes and lists of bytes as base64 text.
pub(crate) mod base64_text {
    use super::*;

    pub(crate) trait Base64Text: Sized {
        type Text: Serialize + for<'de> Deserialize<'de>;
        fn to_text(&self) -> Self::Text;
        fn from_text(text: Self::Text) -> Result<Self, base64::DecodeError>;
    }

    impl Base64Text for Vec<u8> {
        type Text = String;

        fn to_text(&self) -> String {
            STANDARD.encode(self)
        }

        fn from_text(text: String) -> Result<Self, base64::DecodeError> {
            STANDARD.decode(text)
        }
    }

    impl Base64Text for Option<Vec<u8>> {
        type Text = Option<String>;

        fn to_text(&self) -> Option<String> {
            self.as_ref().map(Base64Text::to_text)
        }

        fn from_text(text: Option<String>) -> Result<Self, base64::DecodeError> {
            text.map(Base64Text::from_text).transpose()
        }
    }

    impl Base64Text for Vec<Vec<u8>> {
        type Text = Vec<String>;

        fn to_text(&self) -> Vec<String> {
            self.iter().map(Base64Text::to_text).collect()
        }

        fn from_text(text: Vec<String>) -> Result<Self, base64::DecodeError> {
            text.into_iter().map(Base64Text::from_text).collect()
        }
    }

    pub(crate) fn serialize<T: Base64Text, S: Serializer>(
        bytes: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.to_text().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T: Base64Text, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::from_text(T::Text::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A data type as T-SQL writes it.
pub(crate) mod sql_type_text {
    use duologue_types::{Length, SqlType};

    use super::*;

    pub(crate) fn serialize<S: Serializer>(sql_type: &SqlType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_text(*sql_type))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SqlType, D::Error> {
        let text = String::deserialize(deserializer)?;
        from_text(&text).ok_or_else(|| D::Error::custom(format!("'{text}' is not a data type")))
    }

    /// Types without length, precision or scale.
    const PLAIN: [(&str, SqlType); 18] = [
        ("bit", SqlType::Bit),
        ("tinyint", SqlType::TinyInt),
        ("smallint", SqlType::SmallInt),
        ("int", SqlType::Int),
        ("bigint", SqlType::BigInt),
        ("smallmoney", SqlType::SmallMoney),
        ("money", SqlType::Money),
        ("real", SqlType::Real),
        ("float", SqlType::Float),
        ("date", SqlType::Date),
        ("smalldatetime", SqlType::SmallDateTime),
        ("datetime", SqlType::DateTime),
        ("text", SqlType::Text),
        ("ntext", SqlType::NText),
        ("image", SqlType::Image),
        ("uniqueidentifier", SqlType::UniqueIdentifier),
        ("xml", SqlType::Xml),
        ("sql_variant", SqlType::SqlVariant),
    ];

    fn to_text(sql_type: SqlType) -> String {
        let length = |length| match length {
            Length::Fixed(length) => length.to_string(),
            Length::Max => "max".into(),
        };
        match sql_type {
            SqlType::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            SqlType::Time { scale } => format!("time({scale})"),
            SqlType::DateTime2 { scale } => format!("datetime2({scale})"),
            SqlType::DateTimeOffset { scale } => format!("datetimeoffset({scale})"),
            SqlType::Char(n) => format!("char({n})"),
            SqlType::NChar(n) => format!("nchar({n})"),
            SqlType::Binary(n) => format!("binary({n})"),
            SqlType::VarChar(n) => format!("varchar({})", length(n)),
            SqlType::NVarChar(n) => format!("nvarchar({})", length(n)),
            SqlType::VarBinary(n) => format!("varbinary({})", length(n)),
            plain => {
                PLAIN.iter().find(|(_, known)| *known == plain).map_or("sql_variant", |(name, _)| name).into()
            }
        }
    }

    fn from_text(text: &str) -> Option<SqlType> {
        let Some((name, arguments)) = text.split_once('(') else {
            return PLAIN.iter().find(|(name, _)| *name == text).map(|(_, known)| *known);
        };
        let arguments = arguments.strip_suffix(')')?;
        let length = || match arguments {
            "max" => Some(Length::Max),
            number => number.parse().ok().map(Length::Fixed),
        };
        Some(match name {
            "decimal" => {
                let (precision, scale) = arguments.split_once(',')?;
                SqlType::Decimal { precision: precision.parse().ok()?, scale: scale.parse().ok()? }
            }
            "time" => SqlType::Time { scale: arguments.parse().ok()? },
            "datetime2" => SqlType::DateTime2 { scale: arguments.parse().ok()? },
            "datetimeoffset" => SqlType::DateTimeOffset { scale: arguments.parse().ok()? },
            "char" => SqlType::Char(arguments.parse().ok()?),
            "nchar" => SqlType::NChar(arguments.parse().ok()?),
            "binary" => SqlType::Binary(arguments.parse().ok()?),
            "varchar" => SqlType::VarChar(length()?),
            "nvarchar" => SqlType::NVarChar(length()?),
            "varbinary" => SqlType::VarBinary(length()?),
            _ => return None,
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn types_round_trip() {
            let mut all: Vec<SqlType> = PLAIN.iter().map(|(_, known)| *known).collect();
            all.extend([
                SqlType::Decimal { precision: 38, scale: 4 },
                SqlType::Time { scale: 0 },
                SqlType::DateTime2 { scale: 3 },
                SqlType::DateTimeOffset { scale: 7 },
                SqlType::Char(8000),
                SqlType::NChar(1),
                SqlType::Binary(16),
                SqlType::VarChar(Length::Max),
                SqlType::NVarChar(Length::Fixed(128)),
                SqlType::VarBinary(Length::Max),
            ]);
            for sql_type in all {
                assert_eq!(from_text(&to_text(sql_type)), Some(sql_type), "{sql_type:?}");
            }
            for bad in ["", "int(", "decimal(1)", "varchar(x)", "geometry", "char(70000)"] {
                assert_eq!(from_text(bad), None, "{bad}");
            }
        }
    }
}
