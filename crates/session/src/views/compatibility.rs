//! The system tables of old releases, with the columns that old scripts read.

use duologue_messages::SqlError;
use duologue_types::{SqlType, Value};

use super::objects::{object_values, visible_objects};
use super::types::SYSTEM_TYPES;
use super::{
    DATETIME, INT, SID, SMALLINT, SYSNAME, TINYINT, View, ViewColumn, ViewContext, int, not_null, null,
    nvarchar, or_null, row, sys, text, tiny,
};
use crate::query::plan::Row;

pub(super) static VIEWS: &[View] = &[
    sys("sysobjects", SYSOBJECTS, sysobjects),
    sys("sysdatabases", SYSDATABASES, sysdatabases),
    sys("systypes", SYSTYPES, systypes),
    sys("sysusers", SYSUSERS, sysusers),
    sys("sysmessages", SYSMESSAGES, sysmessages),
];

static SYSOBJECTS: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("id", INT),
    not_null("xtype", SqlType::Char(2)),
    null("uid", SMALLINT),
    not_null("parent_obj", INT),
    not_null("crdate", DATETIME),
    null("type", SqlType::Char(2)),
];

fn sysobjects(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |object: &duologue_catalog::SchemaObject| {
        let values = object_values(object);
        let value = |place: usize| values[place].clone();
        let schema = i16::try_from(object.schema().0).unwrap_or(i16::MAX);
        row([value(0), value(1), value(5), Value::SmallInt(schema), value(4), value(7), value(5)])
    };
    Ok(visible_objects(context).iter().map(shown).collect())
}

static SYSDATABASES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    null("dbid", SMALLINT),
    null("sid", SID),
    null("mode", SMALLINT),
    null("status", INT),
    null("status2", INT),
    not_null("crdate", DATETIME),
    null("reserved", DATETIME),
    null("category", INT),
    not_null("cmptlevel", TINYINT),
    null("filename", nvarchar(260)),
    null("version", SMALLINT),
];

fn sysdatabases(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let all = context.catalog().databases.values();
    let seen = all.filter(|found| super::databases::may_see(context, found.settings.id));
    let shown = |found: &std::sync::Arc<duologue_catalog::Database>| {
        let settings = &found.settings;
        let owner = context.catalog().server.logins.get(settings.owner.0);
        row([
            text(&settings.name),
            Value::SmallInt(i16::try_from(settings.id.0).unwrap_or(i16::MAX)),
            or_null(owner, |owner| Value::varbinary(owner.sid.clone())),
            Value::SmallInt(0),
            int(0),
            int(0),
            settings.created.to_datetime(),
            Value::Null,
            int(0),
            tiny(160),
            Value::Null,
            Value::SmallInt(957),
        ])
    };
    Ok(seen.map(shown).collect())
}

static SYSTYPES: &[ViewColumn] = &[
    not_null("name", SYSNAME),
    not_null("xtype", TINYINT),
    null("status", TINYINT),
    not_null("xusertype", SMALLINT),
    not_null("length", SMALLINT),
    not_null("xprec", TINYINT),
    not_null("xscale", TINYINT),
    null("uid", SMALLINT),
    null("usertype", SMALLINT),
    null("variable", SqlType::Bit),
    null("allownulls", SqlType::Bit),
    not_null("type", TINYINT),
    null("prec", SMALLINT),
    null("scale", TINYINT),
    null("collation", SYSNAME),
];

fn systypes(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |known: &super::types::SystemType| {
        let user_type = i16::try_from(known.2).unwrap_or(i16::MAX);
        row([
            text(known.0),
            tiny(known.1),
            tiny(0),
            Value::SmallInt(user_type),
            Value::SmallInt(known.3),
            tiny(known.4),
            tiny(known.5),
            Value::SmallInt(4),
            Value::SmallInt(user_type),
            Value::Bit(matches!(known.1, 165 | 167 | 231)),
            Value::Bit(known.0 != "timestamp"),
            tiny(known.1),
            Value::SmallInt(known.4.into()),
            tiny(known.5),
            Value::Null,
        ])
    };
    Ok(SYSTEM_TYPES.iter().map(shown).collect())
}

static SYSUSERS: &[ViewColumn] = &[
    null("uid", SMALLINT),
    null("name", SYSNAME),
    null("sid", SID),
    not_null("createdate", DATETIME),
    not_null("updatedate", DATETIME),
    null("hasdbaccess", INT),
    null("islogin", INT),
    null("issqluser", INT),
    null("issqlrole", INT),
];

fn sysusers(context: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    use duologue_catalog::objects::{Principal, PrincipalKind};
    let shown = |found: &std::sync::Arc<Principal>| {
        let is_role = found.kind == PrincipalKind::Role;
        let sid = context.catalog().principal_sid(context.database.settings.id, found.id);
        row([
            Value::SmallInt(i16::try_from(found.id.0).unwrap_or(i16::MAX)),
            text(&found.name),
            or_null(sid, Value::varbinary),
            found.created.to_datetime(),
            found.modified.to_datetime(),
            int((!is_role).into()),
            int((!is_role).into()),
            int((!is_role).into()),
            int(is_role.into()),
        ])
    };
    let principals = context.database.principals.iter();
    Ok(principals.filter(|found| super::principals::may_see(context, found.id)).map(shown).collect())
}

static SYSMESSAGES: &[ViewColumn] = &[
    not_null("error", INT),
    not_null("severity", TINYINT),
    null("dlevel", SMALLINT),
    not_null("description", nvarchar(255)),
    not_null("msglangid", SMALLINT),
];

fn sysmessages(_: &ViewContext<'_>) -> Result<Vec<Row>, SqlError> {
    let shown = |message: &duologue_messages::Message| {
        let description: String = message.text.chars().take(255).collect();
        row([
            int(message.number),
            tiny(message.severity),
            Value::SmallInt(if message.is_event_logged { 128 } else { 0 }),
            text(description),
            Value::SmallInt(1033),
        ])
    };
    Ok(duologue_messages::MESSAGES.iter().map(shown).collect())
}
