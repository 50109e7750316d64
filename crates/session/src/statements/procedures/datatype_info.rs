//! `sp_datatype_info_100`, which ODBC's SQLGetTypeInfo calls: without it a driver does not know how long a parameter
//! may be.

use duologue_types::{Length, SqlType, Value};

use super::{Call, returned};
use crate::execution::{Context, StatementResult};
use crate::output::{ResultColumn, StatementKind};

/// One type, by ODBC 3's numbers.
struct DataType {
    name: &'static str,
    data_type: i16,
    /// Digits, characters or bytes.
    precision: i32,
    /// What stands before a literal; a quote in it stands behind the literal too.
    prefix: Option<&'static str>,
    parameters: Option<&'static str>,
    searchable: i16,
    /// Numbers only.
    radix: Option<i32>,
    unsigned: bool,
    money: bool,
    scales: Option<(i16, i16)>,
    /// `SQL_DATA_TYPE` and `SQL_DATETIME_SUB` where they are not the type's own number and NULL.
    verbose: Option<(i16, i16)>,
    user_type: i16,
}

const BLANK: DataType = DataType {
    name: "",
    data_type: 0,
    precision: 0,
    prefix: None,
    parameters: None,
    searchable: 2,
    radix: None,
    unsigned: false,
    money: false,
    scales: None,
    verbose: None,
    user_type: 0,
};

const fn number(name: &'static str, data_type: i16, precision: i32, user_type: i16) -> DataType {
    DataType { name, data_type, precision, radix: Some(10), scales: Some((0, 0)), user_type, ..BLANK }
}

const fn approximate(name: &'static str, data_type: i16, precision: i32, user_type: i16) -> DataType {
    DataType { name, data_type, precision, radix: Some(2), user_type, ..BLANK }
}

const fn exact(name: &'static str, data_type: i16, user_type: i16) -> DataType {
    let scales = Some((0, 38));
    DataType { parameters: Some("precision,scale"), scales, ..number(name, data_type, 38, user_type) }
}

const fn money(name: &'static str, precision: i32, user_type: i16) -> DataType {
    DataType { prefix: Some("$"), money: true, scales: Some((4, 4)), ..number(name, 3, precision, user_type) }
}

/// Text: `' '` for characters of the code page, `N' '` for Unicode.
const fn text(name: &'static str, data_type: i16, precision: i32, user_type: i16) -> DataType {
    let prefix = if data_type <= -8 { "N'" } else { "'" };
    DataType { name, data_type, precision, prefix: Some(prefix), searchable: 3, user_type, ..BLANK }
}

const fn binary(name: &'static str, data_type: i16, precision: i32, user_type: i16) -> DataType {
    DataType { name, data_type, precision, prefix: Some("0x"), user_type, ..BLANK }
}

const fn moment(name: &'static str, data_type: i16, precision: i32, scales: (i16, i16)) -> DataType {
    DataType { name, data_type, precision, prefix: Some("'"), searchable: 3, scales: Some(scales), ..BLANK }
}

const fn with_length(data_type: DataType, parameters: &'static str) -> DataType {
    DataType { parameters: Some(parameters), ..data_type }
}

/// In the order of the answer: by type number; of several, the widest first, which is the one that drivers read.
const TYPES: &[DataType] = &[
    with_length(moment("datetimeoffset", -155, 34, (0, 7)), "scale"),
    with_length(moment("time", -154, 16, (0, 7)), "scale"),
    DataType { searchable: 0, ..text("xml", -152, 0, 0) },
    DataType { radix: None, ..number("sql_variant", -150, 8000, 39) },
    DataType { prefix: Some("'"), ..binary("uniqueidentifier", -11, 36, 0) },
    DataType { searchable: 1, ..text("ntext", -10, 1_073_741_823, 0) },
    with_length(text("nvarchar", -9, 4000, 0), "max length"),
    text("sysname", -9, 128, 18),
    with_length(text("nchar", -8, 4000, 0), "length"),
    DataType { radix: None, ..number("bit", -7, 1, 16) },
    DataType { unsigned: true, ..number("tinyint", -6, 3, 5) },
    number("bigint", -5, 19, 0),
    DataType { searchable: 0, ..binary("image", -4, 2_147_483_647, 20) },
    with_length(binary("varbinary", -3, 8000, 4), "max length"),
    with_length(binary("binary", -2, 8000, 3), "length"),
    binary("timestamp", -2, 8, 80),
    DataType { searchable: 1, ..text("text", -1, 2_147_483_647, 19) },
    with_length(text("char", 1, 8000, 1), "length"),
    exact("numeric", 2, 10),
    exact("decimal", 3, 24),
    money("money", 19, 11),
    money("smallmoney", 10, 21),
    number("int", 4, 10, 7),
    number("smallint", 5, 5, 6),
    approximate("float", 6, 53, 8),
    approximate("real", 7, 24, 23),
    with_length(text("varchar", 12, 8000, 2), "max length"),
    DataType { verbose: Some((9, 1)), ..moment("date", 91, 10, (0, 0)) },
    DataType { verbose: Some((9, 3)), ..with_length(moment("datetime2", 93, 27, (0, 7)), "scale") },
    DataType { verbose: Some((9, 3)), user_type: 12, ..moment("datetime", 93, 23, (3, 3)) },
    DataType { verbose: Some((9, 3)), user_type: 22, ..moment("smalldatetime", 93, 16, (0, 0)) },
];

/// `sp_datatype_info_100 [@data_type [, @ODBCVer]]`: one row for each type of that number, 0 or none for all.
pub(super) fn datatype_info(cx: &mut Context<'_, '_>, call: &Call) -> StatementResult {
    let wanted = call.integer(0)?.unwrap_or_default();
    cx.output.columns(&columns());
    let mut rows = 0;
    for data_type in TYPES.iter().filter(|found| wanted == 0 || i32::from(found.data_type) == wanted) {
        cx.output.row(&data_type.row());
        rows += 1;
    }
    cx.output.statement_done(StatementKind::Select, Some(rows));
    returned(cx, call.status.as_ref())
}

fn columns() -> Vec<ResultColumn> {
    let short = SqlType::NVarChar(Length::Fixed(32));
    [
        ("TYPE_NAME", SqlType::SYSNAME),
        ("DATA_TYPE", SqlType::SmallInt),
        ("PRECISION", SqlType::Int),
        ("LITERAL_PREFIX", short),
        ("LITERAL_SUFFIX", short),
        ("CREATE_PARAMS", short),
        ("NULLABLE", SqlType::SmallInt),
        ("CASE_SENSITIVE", SqlType::SmallInt),
        ("SEARCHABLE", SqlType::SmallInt),
        ("UNSIGNED_ATTRIBUTE", SqlType::SmallInt),
        ("MONEY", SqlType::SmallInt),
        ("AUTO_INCREMENT", SqlType::SmallInt),
        ("LOCAL_TYPE_NAME", SqlType::SYSNAME),
        ("MINIMUM_SCALE", SqlType::SmallInt),
        ("MAXIMUM_SCALE", SqlType::SmallInt),
        ("SQL_DATA_TYPE", SqlType::SmallInt),
        ("SQL_DATETIME_SUB", SqlType::SmallInt),
        ("NUM_PREC_RADIX", SqlType::Int),
        ("INTERVAL_PRECISION", SqlType::SmallInt),
        ("USERTYPE", SqlType::SmallInt),
    ]
    .map(|(name, sql_type)| ResultColumn { name: name.into(), sql_type, nullable: true })
    .into()
}

impl DataType {
    fn row(&self) -> [Value; 20] {
        let small = |value: Option<i16>| value.map_or(Value::Null, Value::SmallInt);
        let short = |value: Option<&str>| value.map_or(Value::Null, Value::nvarchar);
        let suffix = self.prefix.filter(|prefix| prefix.ends_with('\'')).map(|_| "'");
        let is_number = self.radix.is_some();
        [
            Value::nvarchar(self.name),
            Value::SmallInt(self.data_type),
            Value::Int(self.precision),
            short(self.prefix),
            short(suffix),
            short(self.parameters),
            Value::SmallInt(1),
            Value::SmallInt(0),
            Value::SmallInt(self.searchable),
            small(is_number.then_some(self.unsigned.into())),
            Value::SmallInt(self.money.into()),
            small(is_number.then_some(0)),
            Value::nvarchar(self.name),
            small(self.scales.map(|(least, _)| least)),
            small(self.scales.map(|(_, most)| most)),
            Value::SmallInt(self.verbose.map_or(self.data_type, |(data_type, _)| data_type)),
            small(self.verbose.map(|(_, part)| part)),
            self.radix.map_or(Value::Null, Value::Int),
            Value::Null,
            Value::SmallInt(self.user_type),
        ]
    }
}
