//! Data types.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{Length, SqlType};

use crate::ast::{DataType, DataTypeKind, Ident, ObjectName};
use crate::errors::Parsed;
use crate::parser::Parser;

/// Length of `varchar` and its kin without one, in declarations.
pub(crate) const UNSIZED: u16 = 1;
/// The same in CAST and CONVERT.
pub(crate) const UNSIZED_IN_CAST: u16 = 30;

/// What stood in parentheses.
#[derive(Clone, Copy)]
enum Arguments {
    None,
    Max,
    One(i64),
    Two(i64, i64),
}

impl Parser<'_> {
    /// A type; character and binary types without length get `unsized_length`.
    pub(crate) fn data_type(&mut self, unsized_length: u16) -> Parsed<DataType> {
        let line = self.line();
        let name = self.type_name()?;
        let built_in = match name.parts.as_slice() {
            [only] => Some(only),
            [schema, only] if schema.is("sys") => Some(only),
            _ => None,
        };
        let Some(base) = built_in.map(|ident| ident.name.to_ascii_lowercase()) else {
            return Ok(DataType { name, kind: DataTypeKind::User });
        };
        if base == "xml" && self.at("(") {
            let kind = self.typed_xml()?;
            return Ok(DataType { name, kind });
        }
        let arguments = self.type_arguments()?;
        let kind = match base.as_str() {
            "timestamp" | "rowversion" => DataTypeKind::RowVersion,
            _ => match (Spec { base: &base, arguments, unsized_length, line }).resolve()? {
                Some(sql_type) => DataTypeKind::BuiltIn(sql_type),
                None if matches!(arguments, Arguments::None) => DataTypeKind::User,
                None => return Err(sql_error!(2715, 1, name.object()).at_line(line).into()),
            },
        };
        Ok(DataType { name, kind })
    }

    /// A type as in a declaration.
    pub(crate) fn declared_type(&mut self) -> Parsed<DataType> {
        self.data_type(UNSIZED)
    }

    /// A type's name with the standard's long spellings shortened to T-SQL's.
    fn type_name(&mut self) -> Parsed<ObjectName> {
        let line = self.line();
        let word =
            |name: &str| Ok(ObjectName { parts: vec![Ident { name: name.to_owned(), quoted: false, line }] });
        if self.eat("DOUBLE PRECISION") {
            return word("float");
        }
        let national = self.eat("NATIONAL");
        if national && self.eat("TEXT") {
            return word("ntext");
        }
        let character = self.eat_any(&["CHARACTER VARYING", "CHAR VARYING", "CHARACTER", "CHAR"]);
        match (national, character) {
            (false, None) if self.eat("BINARY VARYING") => word("varbinary"),
            (false, None) => self.object_name(),
            (false, Some(form)) => word(if form.ends_with("VARYING") { "varchar" } else { "char" }),
            (true, Some(form)) => word(if form.ends_with("VARYING") { "nvarchar" } else { "nchar" }),
            (true, None) => self.unexpected(),
        }
    }

    fn typed_xml(&mut self) -> Parsed<DataTypeKind> {
        self.expect("(")?;
        let document = self.eat("DOCUMENT");
        self.skip("CONTENT");
        let collection = self.object_name()?;
        self.expect(")")?;
        Ok(DataTypeKind::TypedXml { document, collection })
    }

    fn type_arguments(&mut self) -> Parsed<Arguments> {
        if !self.eat("(") {
            return Ok(Arguments::None);
        }
        let arguments = if self.eat("MAX") {
            Arguments::Max
        } else {
            let first = self.integer()?;
            if self.eat(",") { Arguments::Two(first, self.integer()?) } else { Arguments::One(first) }
        };
        self.expect(")")?;
        Ok(arguments)
    }
}

/// A type that may be built in, as written.
struct Spec<'a> {
    /// Lower case.
    base: &'a str,
    arguments: Arguments,
    unsized_length: u16,
    line: u32,
}

impl Spec<'_> {
    /// The built-in type, None if there is none of that name.
    fn resolve(&self) -> Parsed<Option<SqlType>> {
        Ok(Some(match self.base {
            "decimal" | "dec" | "numeric" => self.decimal()?,
            "float" => self.float()?,
            "time" => SqlType::Time { scale: self.fraction()? },
            "datetime2" => SqlType::DateTime2 { scale: self.fraction()? },
            "datetimeoffset" => SqlType::DateTimeOffset { scale: self.fraction()? },
            "char" | "character" => SqlType::Char(self.fixed(8000)?),
            "nchar" => SqlType::NChar(self.fixed(4000)?),
            "binary" => SqlType::Binary(self.fixed(8000)?),
            "varchar" => SqlType::VarChar(self.variable(8000)?),
            "nvarchar" => SqlType::NVarChar(self.variable(4000)?),
            "varbinary" => SqlType::VarBinary(self.variable(8000)?),
            _ => match (without_arguments(self.base), self.arguments) {
                (Some(sql_type), Arguments::None) => sql_type,
                (Some(_), _) => return self.no_width(),
                (None, _) => return Ok(None),
            },
        }))
    }

    fn variable(&self, longest: u16) -> Parsed<Length> {
        match self.arguments {
            Arguments::Max => Ok(Length::Max),
            _ => self.fixed(longest).map(Length::Fixed),
        }
    }

    fn fixed(&self, longest: u16) -> Parsed<u16> {
        match self.arguments {
            Arguments::None => Ok(self.unsized_length),
            Arguments::One(length) => match u16::try_from(length) {
                Ok(0) => self.fail(sql_error!(1001, self.line, 0)),
                Ok(length) if length <= longest => Ok(length),
                _ if length > 8000 => self.fail(sql_error!(131, length, "type", self.base, 8000)),
                _ => self.fail(sql_error!(2717, length, "type", self.base, longest)),
            },
            Arguments::Max | Arguments::Two(..) => self.no_width(),
        }
    }

    fn decimal(&self) -> Parsed<SqlType> {
        let (precision, scale) = match self.arguments {
            Arguments::None => (18, 0),
            Arguments::One(precision) => (precision, 0),
            Arguments::Two(precision, scale) => (precision, scale),
            Arguments::Max => return self.no_width(),
        };
        match (u8::try_from(precision), u8::try_from(scale)) {
            (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => {
                Ok(SqlType::Decimal { precision, scale })
            }
            (Ok(1..=38), _) => self.fail(sql_error!(1002, self.line, scale)),
            _ => self.fail(sql_error!(1001, self.line, precision)),
        }
    }

    /// Up to 24 bits of mantissa are `real`.
    fn float(&self) -> Parsed<SqlType> {
        match self.arguments {
            Arguments::None | Arguments::One(25..=53) => Ok(SqlType::Float),
            Arguments::One(1..=24) => Ok(SqlType::Real),
            Arguments::One(bits) => self.fail(sql_error!(1001, self.line, bits)),
            Arguments::Max | Arguments::Two(..) => self.no_width(),
        }
    }

    /// Digits of a second; 7 unless given.
    fn fraction(&self) -> Parsed<u8> {
        match self.arguments {
            Arguments::None => Ok(7),
            Arguments::One(scale @ 0..=7) => Ok(scale as u8),
            Arguments::One(scale) => self.fail(sql_error!(1002, self.line, scale)),
            Arguments::Max | Arguments::Two(..) => self.no_width(),
        }
    }

    fn no_width<T>(&self) -> Parsed<T> {
        self.fail(sql_error!(2716, 1, self.base))
    }

    fn fail<T>(&self, error: SqlError) -> Parsed<T> {
        Err(error.at_line(self.line).into())
    }
}

fn without_arguments(base: &str) -> Option<SqlType> {
    Some(match base {
        "bit" => SqlType::Bit,
        "tinyint" => SqlType::TinyInt,
        "smallint" => SqlType::SmallInt,
        "int" | "integer" => SqlType::Int,
        "bigint" => SqlType::BigInt,
        "smallmoney" => SqlType::SmallMoney,
        "money" => SqlType::Money,
        "real" => SqlType::Real,
        "date" => SqlType::Date,
        "smalldatetime" => SqlType::SmallDateTime,
        "datetime" => SqlType::DateTime,
        "text" => SqlType::Text,
        "ntext" => SqlType::NText,
        "image" => SqlType::Image,
        "uniqueidentifier" => SqlType::UniqueIdentifier,
        "xml" => SqlType::Xml,
        "sql_variant" => SqlType::SqlVariant,
        "sysname" => SqlType::SYSNAME,
        _ => return None,
    })
}
