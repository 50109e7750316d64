//! `@@` variables: functions without arguments.

use duologue_messages::SqlError;
use duologue_types::{Length, SqlType, Value};

use super::server::{PRODUCT_VERSION, version_text};
use super::{Call, Function, int, name_or_null, small_int, sysname};
use crate::query::scalar::Scalar;

const fn variable(
    name: &'static str,
    result: fn(&[Scalar]) -> SqlType,
    call: fn(&Call<'_>) -> Result<Value, SqlError>,
) -> Function {
    Function { name, arity: (0, 0), parameters: &[], is_strict: false, result, call }
}

fn clamped(number: i64) -> Value {
    Value::Int(i32::try_from(number).unwrap_or(i32::MAX))
}

static VARIABLES: &[Function] = &[
    variable("@@ROWCOUNT", int, |call| Ok(clamped(call.context.session.row_count))),
    variable("@@ERROR", int, |call| Ok(Value::Int(call.context.session.last_error))),
    variable("@@TRANCOUNT", int, |call| Ok(Value::Int(call.context.session.transaction_count))),
    variable("@@FETCH_STATUS", int, |call| Ok(Value::Int(call.context.session.fetch_status))),
    variable("@@CURSOR_ROWS", int, |call| Ok(Value::Int(call.context.session.cursor_rows))),
    variable("@@SPID", small_int, |call| {
        Ok(Value::SmallInt(i16::try_from(call.context.session.session.0).unwrap_or(i16::MAX)))
    }),
    variable(
        "@@IDENTITY",
        |_| SqlType::Decimal { precision: 38, scale: 0 },
        |call| Ok(super::session::identity(call.context.session.last_identity)),
    ),
    variable(
        "@@VERSION",
        |_| SqlType::NVarChar(Length::Fixed(300)),
        |_| Ok(Value::NVarChar(version_text().into())),
    ),
    variable("@@SERVERNAME", sysname, |call| {
        Ok(name_or_null(Some(&call.context.catalog().server.settings.name)))
    }),
    variable("@@SERVICENAME", sysname, |call| {
        let name = &call.context.catalog().server.settings.name;
        Ok(name_or_null(Some(name.split_once('\\').map_or("MSSQLSERVER", |(_, instance)| instance))))
    }),
    variable("@@NESTLEVEL", int, |call| Ok(Value::Int(call.context.session.nest_level))),
    variable("@@PROCID", int, |call| Ok(Value::Int(call.context.session.procedure.map_or(0, |id| id.0)))),
    variable("@@OPTIONS", int, |call| Ok(Value::Int(call.context.session.options.bits()))),
    variable("@@LANGID", small_int, |_| Ok(Value::SmallInt(0))),
    variable("@@LANGUAGE", sysname, |call| Ok(name_or_null(Some(&call.context.session.options.language)))),
    variable(
        "@@DATEFIRST",
        |_| SqlType::TinyInt,
        |call| Ok(Value::TinyInt(call.context.session.options.date_first)),
    ),
    variable("@@LOCK_TIMEOUT", int, |call| Ok(Value::Int(call.context.session.options.lock_timeout))),
    variable("@@TEXTSIZE", int, |call| Ok(Value::Int(call.context.session.options.text_size))),
    variable("@@MAX_PRECISION", |_| SqlType::TinyInt, |_| Ok(Value::TinyInt(38))),
    variable("@@MAX_CONNECTIONS", int, |_| Ok(Value::Int(32_767))),
    variable("@@MICROSOFTVERSION", int, |_| {
        let (major, minor, build) = PRODUCT_VERSION;
        Ok(Value::Int(i32::from(major) << 24 | i32::from(minor) << 16 | i32::from(build)))
    }),
    variable("@@DBTS", |_| SqlType::VarBinary(Length::Fixed(8)), |_| Ok(Value::varbinary(vec![0; 8]))),
    variable("@@TIMETICKS", int, |_| Ok(Value::Int(31_250))),
    variable("@@REMSERVER", sysname, |_| Ok(Value::Null)),
    // Counters of the machine's use, which nothing here counts.
    variable("@@CONNECTIONS", int, |_| Ok(Value::Int(0))),
    variable("@@CPU_BUSY", int, |_| Ok(Value::Int(0))),
    variable("@@IDLE", int, |_| Ok(Value::Int(0))),
    variable("@@IO_BUSY", int, |_| Ok(Value::Int(0))),
    variable("@@PACK_RECEIVED", int, |_| Ok(Value::Int(0))),
    variable("@@PACK_SENT", int, |_| Ok(Value::Int(0))),
    variable("@@PACKET_ERRORS", int, |_| Ok(Value::Int(0))),
    variable("@@TOTAL_ERRORS", int, |_| Ok(Value::Int(0))),
    variable("@@TOTAL_READ", int, |_| Ok(Value::Int(0))),
    variable("@@TOTAL_WRITE", int, |_| Ok(Value::Int(0))),
];

/// The variable with that name, in any case.
pub(crate) fn system_variable(name: &str) -> Option<&'static Function> {
    VARIABLES.iter().find(|variable| variable.name.eq_ignore_ascii_case(name))
}
