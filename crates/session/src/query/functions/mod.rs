//! Functions by name: one table for each family. A function that needs more than its arguments' values (date parts,
//! aggregates, ISNULL, CASE's kin) is bound by `bind::function` instead.

mod broker;
pub(crate) mod date_part;
mod dates;
mod errors;
mod math;
mod metadata;
mod misc;
pub(crate) mod names;
mod object_properties;
mod principals;
mod rights;
pub(crate) mod rowsets;
pub(crate) mod server;
mod session;
mod system_variables;
mod text;
mod text_positions;

pub use names::split_name;
pub use server::{product_version, version_text};
pub(crate) use system_variables::system_variable;

use duologue_messages::SqlError;
use duologue_types::{Family, Length, SqlType, Value, utf16_length, utf16_prefix};

use super::context::QueryContext;
use super::evaluate::text_of;
use super::scalar::Scalar;

/// What an argument is converted to before the call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parameter {
    /// Nothing: the function looks at the argument's type.
    Any,
    /// A text of either kind; other types become `varchar`.
    Text,
    /// Text or bytes; other types become `varchar`.
    TextOrBytes,
    /// `nvarchar`.
    Unicode,
    /// `int`.
    Int,
    /// `bigint`.
    BigInt,
    /// `float`.
    Float,
    /// `varbinary(max)`.
    Bytes,
    /// `uniqueidentifier`.
    Guid,
    /// A date or time of any type; text becomes `datetime2`.
    Moment,
}

/// One function.
pub struct Function {
    /// In capitals.
    pub name: &'static str,
    /// Least and most arguments.
    pub arity: (usize, usize),
    /// What the arguments are converted to; the last one stands for all that follow.
    pub parameters: &'static [Parameter],
    /// NULL where an argument is NULL.
    pub is_strict: bool,
    /// Type of the result for converted arguments.
    pub result: fn(&[Scalar]) -> SqlType,
    /// The function itself.
    pub call: fn(&Call<'_>) -> Result<Value, SqlError>,
}

/// One call of a function.
pub struct Call<'a> {
    /// Converted arguments.
    pub arguments: &'a [Value],
    /// The expressions that they are values of.
    pub bound: &'a [Scalar],
    /// Type of the result.
    pub result: SqlType,
    /// Where and when.
    pub context: &'a QueryContext<'a>,
}

/// No limit to the number of arguments.
const MANY: usize = 254;

static FAMILIES: &[&[Function]] = &[
    text::FUNCTIONS,
    text_positions::FUNCTIONS,
    names::FUNCTIONS,
    dates::FUNCTIONS,
    math::FUNCTIONS,
    misc::FUNCTIONS,
    metadata::FUNCTIONS,
    object_properties::FUNCTIONS,
    principals::FUNCTIONS,
    rights::FUNCTIONS,
    server::FUNCTIONS,
    session::FUNCTIONS,
    errors::FUNCTIONS,
    broker::FUNCTIONS,
];

/// The function with that name, in any case.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FAMILIES.iter().copied().flatten().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// SQL Server's functions that are not built: the binder says so by name.
pub(crate) fn is_known_elsewhere(name: &str) -> bool {
    const OTHERS: &[&str] = &[
        "APPLOCK_MODE",
        "APPLOCK_TEST",
        "APPROX_COUNT_DISTINCT",
        "ASYMKEYPROPERTY",
        "ASYMKEY_ID",
        "BINARY_CHECKSUM",
        "CERTPRIVATEKEY",
        "CERTPROPERTY",
        "CHECKSUM_AGG",
        "COMPRESS",
        "CUME_DIST",
        "CURSOR_STATUS",
        "DATE_BUCKET",
        "DECOMPRESS",
        "DECRYPTBYASYMKEY",
        "DECRYPTBYCERT",
        "DECRYPTBYKEY",
        "DECRYPTBYKEYAUTOASYMKEY",
        "DECRYPTBYKEYAUTOCERT",
        "DECRYPTBYPASSPHRASE",
        "DIFFERENCE",
        "ENCRYPTBYASYMKEY",
        "ENCRYPTBYCERT",
        "ENCRYPTBYKEY",
        "ENCRYPTBYPASSPHRASE",
        "FILEGROUP_ID",
        "FILEGROUP_NAME",
        "FILE_ID",
        "FILE_IDEX",
        "FILE_NAME",
        "FILEPROPERTY",
        "FIRST_VALUE",
        "FORMAT",
        "GROUPING",
        "GROUPING_ID",
        "HASHBYTES",
        "IDENT_CURRENT",
        "IDENT_INCR",
        "IDENT_SEED",
        "INDEXKEY_PROPERTY",
        "INDEX_COL",
        "INDEXPROPERTY",
        "ISJSON",
        "IS_OBJECTSIGNED",
        "JSON_MODIFY",
        "JSON_QUERY",
        "JSON_VALUE",
        "KEY_GUID",
        "KEY_ID",
        "KEY_NAME",
        "LAG",
        "LAST_VALUE",
        "LEAD",
        "LOGINPROPERTY",
        "MIN_ACTIVE_ROWVERSION",
        "PERCENTILE_CONT",
        "PERCENTILE_DISC",
        "PERCENT_RANK",
        "PWDCOMPARE",
        "PWDENCRYPT",
        "SIGNBYASYMKEY",
        "SIGNBYCERT",
        "SOUNDEX",
        "STATS_DATE",
        "STDEV",
        "STDEVP",
        "STRING_ESCAPE",
        "SYMKEYPROPERTY",
        "VAR",
        "VARP",
        "VERIFYSIGNEDBYASYMKEY",
        "VERIFYSIGNEDBYCERT",
    ];
    OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name))
}

impl<'a> Call<'a> {
    /// A text argument; `None` for NULL, other types and missing ones.
    fn text(&self, index: usize) -> Option<&'a str> {
        self.arguments.get(index).and_then(text_of)
    }

    /// An `int` argument; `None` for NULL and missing ones.
    fn int(&self, index: usize) -> Option<i32> {
        match self.arguments.get(index) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }

    /// A `bigint` argument; `None` for NULL and missing ones.
    fn big_int(&self, index: usize) -> Option<i64> {
        match self.arguments.get(index) {
            Some(Value::BigInt(number)) => Some(*number),
            _ => None,
        }
    }

    /// A `float` argument; `None` for NULL and missing ones.
    fn float(&self, index: usize) -> Option<f64> {
        match self.arguments.get(index) {
            Some(Value::Float(number)) => Some(*number),
            _ => None,
        }
    }

    /// Text as a value of the result's type, cut to its length.
    fn text_value(&self, text: impl AsRef<str>) -> Value {
        let text = text.as_ref();
        let cut = match self.result.length() {
            Some(Length::Fixed(room)) if utf16_length(text) > usize::from(room) => {
                utf16_prefix(text, usize::from(room))
            }
            _ => text.to_owned(),
        };
        match self.result.family() {
            Family::Character => Value::VarChar(cut.into()),
            _ => Value::NVarChar(cut.into()),
        }
    }
}

/// An `nvarchar` value, NULL for none.
fn name_or_null(name: Option<impl AsRef<str>>) -> Value {
    name.map_or(Value::Null, |name| Value::NVarChar(name.as_ref().into()))
}

/// An error that the message table lacks: severity 16.
fn raise(number: i32, text: String) -> SqlError {
    SqlError { number, severity: 16, state: 1, line: 0, procedure: String::new(), text }
}

/// An `int` value, NULL for none.
fn int_or_null(number: Option<i32>) -> Value {
    number.map_or(Value::Null, Value::Int)
}

/// `int` 1 or 0.
fn int_flag(flag: bool) -> Value {
    Value::Int(i32::from(flag))
}

// Result types.

fn int(_: &[Scalar]) -> SqlType {
    SqlType::Int
}

fn small_int(_: &[Scalar]) -> SqlType {
    SqlType::SmallInt
}

fn big_int(_: &[Scalar]) -> SqlType {
    SqlType::BigInt
}

fn float(_: &[Scalar]) -> SqlType {
    SqlType::Float
}

fn sysname(_: &[Scalar]) -> SqlType {
    SqlType::SYSNAME
}

fn nvarchar_max(_: &[Scalar]) -> SqlType {
    SqlType::NVARCHAR_MAX
}

fn nvarchar_4000(_: &[Scalar]) -> SqlType {
    SqlType::NVarChar(Length::Fixed(4000))
}

fn guid(_: &[Scalar]) -> SqlType {
    SqlType::UniqueIdentifier
}

fn variant(_: &[Scalar]) -> SqlType {
    SqlType::SqlVariant
}

fn datetime(_: &[Scalar]) -> SqlType {
    SqlType::DateTime
}

/// As the first argument, without padding.
fn like_first(arguments: &[Scalar]) -> SqlType {
    arguments.first().map_or(SqlType::NVARCHAR_MAX, |first| unpadded(first.sql_type))
}

fn unpadded(sql_type: SqlType) -> SqlType {
    match sql_type {
        SqlType::Char(length) => SqlType::VarChar(Length::Fixed(length)),
        SqlType::NChar(length) => SqlType::NVarChar(Length::Fixed(length)),
        SqlType::Binary(length) => SqlType::VarBinary(Length::Fixed(length)),
        SqlType::Text => SqlType::VarChar(Length::Max),
        SqlType::NText => SqlType::NVARCHAR_MAX,
        SqlType::Image => SqlType::VARBINARY_MAX,
        other => other,
    }
}

/// The longest text of the kind in which the arguments' texts meet: `(max)` only where one of them is.
fn longest_text(arguments: &[Scalar]) -> SqlType {
    let texts = || arguments.iter().map(|argument| argument.sql_type);
    let is_max = texts().any(|sql_type| sql_type.length() == Some(Length::Max));
    let is_unicode =
        texts().any(|sql_type| sql_type.family() == Family::Unicode || sql_type == SqlType::NText);
    match (is_unicode, is_max) {
        (true, true) => SqlType::NVARCHAR_MAX,
        (true, false) => SqlType::NVarChar(Length::Fixed(4000)),
        (false, true) => SqlType::VarChar(Length::Max),
        (false, false) => SqlType::VarChar(Length::Fixed(8000)),
    }
}

/// As [`longest_text`] of the first argument alone.
fn long_like_first(arguments: &[Scalar]) -> SqlType {
    match arguments.first().map(|first| first.sql_type.family()) {
        Some(Family::Binary | Family::Image) => unpadded(arguments[0].sql_type),
        _ => longest_text(&arguments[..arguments.len().min(1)]),
    }
}
