//! `sys.types`.

use duologue_types::Value;

use super::{
    BIT, INT, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, bit, int, not_null, nothing, null, row, sys,
    text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("types", TYPES, |_| Ok(SYSTEM_TYPES.iter().map(SystemType::values).collect())),
    sys("table_types", TYPES, nothing),
    sys(
        "assemblies",
        &[not_null("name", SYSNAME), not_null("principal_id", INT), not_null("assembly_id", INT)],
        nothing,
    ),
];

pub(super) static TYPES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("system_type_id", TINYINT),
    not_null("user_type_id", INT),
    not_null("schema_id", INT),
    null("principal_id", INT),
    not_null("max_length", SMALLINT),
    not_null("precision", TINYINT),
    not_null("scale", TINYINT),
    null("collation_name", SYSNAME),
    null("is_nullable", BIT),
    not_null("is_user_defined", BIT),
    not_null("is_assembly_type", BIT),
    not_null("default_object_id", INT),
    not_null("rule_object_id", INT),
    not_null("is_table_type", BIT),
];

/// Name, `system_type_id`, `user_type_id`, `max_length`, precision, scale.
pub(super) struct SystemType(
    pub(super) &'static str,
    pub(super) u8,
    pub(super) i32,
    pub(super) i16,
    pub(super) u8,
    pub(super) u8,
);

pub(super) static SYSTEM_TYPES: &[SystemType] = &[
    SystemType("image", 34, 34, 16, 0, 0),
    SystemType("text", 35, 35, 16, 0, 0),
    SystemType("uniqueidentifier", 36, 36, 16, 0, 0),
    SystemType("date", 40, 40, 3, 10, 0),
    SystemType("time", 41, 41, 5, 16, 7),
    SystemType("datetime2", 42, 42, 8, 27, 7),
    SystemType("datetimeoffset", 43, 43, 10, 34, 7),
    SystemType("tinyint", 48, 48, 1, 3, 0),
    SystemType("smallint", 52, 52, 2, 5, 0),
    SystemType("int", 56, 56, 4, 10, 0),
    SystemType("smalldatetime", 58, 58, 4, 16, 0),
    SystemType("real", 59, 59, 4, 24, 0),
    SystemType("money", 60, 60, 8, 19, 4),
    SystemType("datetime", 61, 61, 8, 23, 3),
    SystemType("float", 62, 62, 8, 53, 0),
    SystemType("sql_variant", 98, 98, 8016, 0, 0),
    SystemType("ntext", 99, 99, 16, 0, 0),
    SystemType("bit", 104, 104, 1, 1, 0),
    SystemType("decimal", 106, 106, 17, 38, 38),
    SystemType("numeric", 108, 108, 17, 38, 38),
    SystemType("smallmoney", 122, 122, 4, 10, 4),
    SystemType("bigint", 127, 127, 8, 19, 0),
    SystemType("varbinary", 165, 165, 8000, 0, 0),
    SystemType("varchar", 167, 167, 8000, 0, 0),
    SystemType("binary", 173, 173, 8000, 0, 0),
    SystemType("char", 175, 175, 8000, 0, 0),
    SystemType("timestamp", 189, 189, 8, 0, 0),
    SystemType("sysname", 231, 256, 256, 0, 0),
    SystemType("nvarchar", 231, 231, 8000, 0, 0),
    SystemType("nchar", 239, 239, 8000, 0, 0),
    SystemType("hierarchyid", 240, 128, 892, 0, 0),
    SystemType("geometry", 240, 129, -1, 0, 0),
    SystemType("geography", 240, 130, -1, 0, 0),
    SystemType("xml", 241, 241, -1, 0, 0),
];

impl SystemType {
    fn values(&self) -> Row {
        let Self(name, system_id, user_id, max_length, precision, scale) = self;
        let is_text = matches!(system_id, 35 | 99 | 167 | 175 | 231 | 239);
        let is_clr = *system_id == 240;
        row([
            text(name),
            tiny(*system_id),
            int(*user_id),
            int(4),
            Value::Null,
            Value::SmallInt(*max_length),
            tiny(*precision),
            tiny(*scale),
            if is_text { text("SQL_Latin1_General_CP1_CI_AS") } else { Value::Null },
            bit(!matches!(*name, "timestamp" | "sysname")),
            bit(false),
            bit(is_clr),
            int(0),
            int(0),
            bit(false),
        ])
    }
}

/// `TYPE_ID`: the `user_type_id` of a system type.
pub(crate) fn type_id(name: &str) -> Option<i32> {
    SYSTEM_TYPES.iter().find(|known| known.0.eq_ignore_ascii_case(name)).map(|known| known.2)
}

/// `TYPE_NAME`: the name behind a `user_type_id`.
pub(crate) fn type_name(id: i32) -> Option<&'static str> {
    SYSTEM_TYPES.iter().find(|known| known.2 == id).map(|known| known.0)
}
