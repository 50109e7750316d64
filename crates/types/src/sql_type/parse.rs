//! From a type's name and arguments in a statement to the type.

use std::str::FromStr;

use duologue_messages::{SqlError, sql_error};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Length, SqlType};

/// One argument between the parentheses after a type's name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TypeArg {
    /// A length, precision or scale.
    Number(i64),
    /// `max`.
    Max,
}

/// Length of `char`, `binary` and their kin where none is written, outside `CAST` and `CONVERT`.
const DECLARED_LENGTH: i64 = 1;
/// The same inside `CAST` and `CONVERT`.
const CAST_LENGTH: i64 = 30;
const MAX_BYTES: i64 = 8000;

impl SqlType {
    /// The system type with that name, in any case: `DECLARE @v name(args)` or a column. `None` for a name that is
    /// no system type.
    ///
    /// # Errors
    /// 131, 192, 1001, 1002, 2716, 2717, 2750 for arguments that don't fit; 49902 for system types that Duologue
    /// lacks. Where a text counts lines, columns or parameters, 1 stands for the first.
    pub fn from_name(name: &str, args: &[TypeArg]) -> Option<Result<Self, SqlError>> {
        Self::with_default(name, args, DECLARED_LENGTH)
    }

    /// [`SqlType::from_name`] in `CAST` and `CONVERT`, where a missing length is 30.
    pub fn from_cast_name(name: &str, args: &[TypeArg]) -> Option<Result<Self, SqlError>> {
        Self::with_default(name, args, CAST_LENGTH)
    }

    fn with_default(name: &str, args: &[TypeArg], default: i64) -> Option<Result<Self, SqlError>> {
        let name = name.to_ascii_lowercase();
        if let Some(plain) = plain_type(&name) {
            return Some(if args.is_empty() { Ok(plain) } else { Err(sql_error!(2716, 1, name)) });
        }
        let arguments = Arguments { name: &name, args, default };
        let parsed = match name.as_str() {
            "char" | "character" => arguments.fixed(MAX_BYTES).map(Self::Char),
            "varchar" | "char varying" | "character varying" => {
                arguments.length(MAX_BYTES).map(Self::VarChar)
            }
            "nchar" | "national char" | "national character" => {
                arguments.fixed(MAX_BYTES / 2).map(Self::NChar)
            }
            "nvarchar" | "national char varying" | "national character varying" => {
                arguments.length(MAX_BYTES / 2).map(Self::NVarChar)
            }
            "binary" => arguments.fixed(MAX_BYTES).map(Self::Binary),
            "varbinary" | "binary varying" => arguments.length(MAX_BYTES).map(Self::VarBinary),
            "decimal" | "dec" | "numeric" => arguments.decimal(),
            "float" => arguments.float(),
            "time" => arguments.time_scale().map(|scale| Self::Time { scale }),
            "datetime2" => arguments.time_scale().map(|scale| Self::DateTime2 { scale }),
            "datetimeoffset" => arguments.time_scale().map(|scale| Self::DateTimeOffset { scale }),
            "timestamp" | "rowversion" | "hierarchyid" | "geometry" | "geography" => {
                Err(sql_error!(49902, format!("the data type {name}"), "nothing in a broker needs it yet"))
            }
            _ => return None,
        };
        Some(parsed)
    }
}

fn plain_type(name: &str) -> Option<SqlType> {
    let plain = match name {
        "bit" => SqlType::Bit,
        "tinyint" => SqlType::TinyInt,
        "smallint" => SqlType::SmallInt,
        "int" | "integer" => SqlType::Int,
        "bigint" => SqlType::BigInt,
        "smallmoney" => SqlType::SmallMoney,
        "money" => SqlType::Money,
        "real" => SqlType::Real,
        "double precision" => SqlType::Float,
        "date" => SqlType::Date,
        "smalldatetime" => SqlType::SmallDateTime,
        "datetime" => SqlType::DateTime,
        "text" => SqlType::Text,
        "ntext" | "national text" => SqlType::NText,
        "image" => SqlType::Image,
        "uniqueidentifier" => SqlType::UniqueIdentifier,
        "xml" => SqlType::Xml,
        "sql_variant" => SqlType::SqlVariant,
        "sysname" => SqlType::SYSNAME,
        _ => return None,
    };
    Some(plain)
}

/// The arguments of one type, and what their errors name.
struct Arguments<'a> {
    name: &'a str,
    args: &'a [TypeArg],
    default: i64,
}

impl Arguments<'_> {
    fn fixed(&self, most: i64) -> Result<u16, SqlError> {
        match self.length(most)? {
            Length::Fixed(length) => Ok(length),
            Length::Max => Err(sql_error!(102, "max")),
        }
    }

    fn length(&self, most: i64) -> Result<Length, SqlError> {
        let length = match self.args {
            [] => self.default,
            [TypeArg::Max] => return Ok(Length::Max),
            [TypeArg::Number(length)] => *length,
            _ => return Err(sql_error!(2716, 1, self.name)),
        };
        match length {
            ..1 => Err(sql_error!(1001, 1, length)),
            _ if length > MAX_BYTES => Err(sql_error!(131, length, "type", self.name, MAX_BYTES)),
            _ if length > most => Err(sql_error!(2717, length, "type", self.name, most)),
            _ => Ok(Length::Fixed(length as u16)),
        }
    }

    fn decimal(&self) -> Result<SqlType, SqlError> {
        let (precision, scale) = match self.args {
            [] => (18, 0),
            [TypeArg::Number(precision)] => (*precision, 0),
            [TypeArg::Number(precision), TypeArg::Number(scale)] => (*precision, *scale),
            _ => return Err(sql_error!(102, "max")),
        };
        match (precision, scale) {
            (39.., _) => Err(sql_error!(2750, 1, precision, 38)),
            (..1, _) => Err(sql_error!(1001, 1, precision)),
            (_, ..0) => Err(sql_error!(1002, 1, scale)),
            _ if scale > precision => Err(sql_error!(192)),
            _ => Ok(SqlType::Decimal { precision: precision as u8, scale: scale as u8 }),
        }
    }

    fn float(&self) -> Result<SqlType, SqlError> {
        match self.args {
            [] => Ok(SqlType::Float),
            [TypeArg::Number(1..=24)] => Ok(SqlType::Real),
            [TypeArg::Number(25..=53)] => Ok(SqlType::Float),
            [TypeArg::Number(bits @ ..1)] => Err(sql_error!(1001, 1, bits)),
            [TypeArg::Number(bits)] => Err(sql_error!(2750, 1, bits, 53)),
            _ => Err(sql_error!(102, "max")),
        }
    }

    fn time_scale(&self) -> Result<u8, SqlError> {
        match self.args {
            [] => Ok(7),
            [TypeArg::Number(scale @ 0..=7)] => Ok(*scale as u8),
            [TypeArg::Number(scale)] => Err(sql_error!(1002, 1, scale)),
            _ => Err(sql_error!(102, "max")),
        }
    }
}

impl FromStr for SqlType {
    type Err = SqlError;

    /// Reads what `Display` writes.
    fn from_str(text: &str) -> Result<Self, SqlError> {
        let (name, list) = text.strip_suffix(')').and_then(|open| open.split_once('(')).unwrap_or((text, ""));
        let args: Option<Vec<TypeArg>> =
            list.split(',').filter(|arg| !arg.is_empty()).map(argument).collect();
        args.and_then(|args| Self::from_name(name, &args)).unwrap_or_else(|| Err(sql_error!(243, text)))
    }
}

fn argument(text: &str) -> Option<TypeArg> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("max") { Some(TypeArg::Max) } else { text.parse().ok().map(TypeArg::Number) }
}

impl Serialize for SqlType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SqlType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_round_trip() {
        let declarations = [
            "bit",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "decimal(18,2)",
            "smallmoney",
            "money",
            "real",
            "float",
            "date",
            "time(7)",
            "smalldatetime",
            "datetime",
            "datetime2(3)",
            "datetimeoffset(0)",
            "char(10)",
            "varchar(8000)",
            "varchar(max)",
            "nchar(4000)",
            "nvarchar(128)",
            "nvarchar(max)",
            "text",
            "ntext",
            "binary(1)",
            "varbinary(max)",
            "image",
            "uniqueidentifier",
            "xml",
            "sql_variant",
        ];
        for declaration in declarations {
            assert_eq!(declaration.parse::<SqlType>().unwrap().to_string(), declaration);
        }
    }

    #[test]
    fn arguments_are_optional_or_refused() {
        let cases: &[(&str, &[TypeArg], Result<&str, &str>)] = &[
            ("NVARCHAR", &[], Ok("nvarchar(1)")),
            ("sysname", &[], Ok("nvarchar(128)")),
            ("numeric", &[], Ok("decimal(18,0)")),
            ("dec", &[TypeArg::Number(5)], Ok("decimal(5,0)")),
            ("float", &[TypeArg::Number(24)], Ok("real")),
            ("double precision", &[], Ok("float")),
            ("character varying", &[TypeArg::Max], Ok("varchar(max)")),
            ("datetime2", &[], Ok("datetime2(7)")),
            (
                "varchar",
                &[TypeArg::Number(0)],
                Err("Line 1: Length or precision specification 0 is invalid."),
            ),
            (
                "varchar",
                &[TypeArg::Number(9000)],
                Err("The size (9000) given to the type 'varchar' exceeds the \
                maximum allowed for any data type (8000)."),
            ),
            (
                "nvarchar",
                &[TypeArg::Number(4001)],
                Err("The size (4001) given to the type 'nvarchar' exceeds the \
                maximum allowed (4000)."),
            ),
            (
                "decimal",
                &[TypeArg::Number(39)],
                Err("Column or parameter #1: Specified column precision 39 is greater \
                than the maximum precision of 38."),
            ),
            (
                "decimal",
                &[TypeArg::Number(5), TypeArg::Number(6)],
                Err("The scale must be less than or equal to the precision."),
            ),
            ("time", &[TypeArg::Number(8)], Err("Line 1: Specified scale 8 is invalid.")),
            (
                "int",
                &[TypeArg::Number(4)],
                Err("Column, parameter, or variable #1: Cannot specify a column width on \
                data type int."),
            ),
            (
                "rowversion",
                &[],
                Err("Duologue does not support the data type rowversion, because nothing in a broker \
                needs it yet."),
            ),
        ];
        for (name, args, expected) in cases {
            let found =
                SqlType::from_name(name, args).unwrap().map(|found| found.to_string()).map_err(|e| e.text);
            assert_eq!(found, expected.map(String::from).map_err(String::from), "{name} {args:?}");
        }
        assert!(SqlType::from_name("dbo.Phone", &[]).is_none());
        assert_eq!(SqlType::from_cast_name("varbinary", &[]).unwrap().unwrap().to_string(), "varbinary(30)");
    }
}
