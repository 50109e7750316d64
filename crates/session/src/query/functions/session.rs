//! The session: its options, client and connection.

use duologue_messages::SqlError;
use duologue_types::{Length, SqlType, Value};

use super::{Call, Function, Parameter, int_flag, name_or_null, sysname, variant};
use crate::state::SessionOptions;

const fn plain(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function { name, arity: (0, 0), parameters: &[], is_strict: false, result: sysname, call }
}

const fn property(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function {
        name,
        arity: (1, 1),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: variant,
        call,
    }
}

pub(super) static FUNCTIONS: &[Function] = &[
    plain("APP_NAME", |call| Ok(name_or_null(Some(&call.context.session.app_name)))),
    plain("PROGRAM_NAME", |call| Ok(name_or_null(Some(&call.context.session.app_name)))),
    plain("HOST_NAME", |call| Ok(name_or_null(Some(&call.context.session.host_name)))),
    Function {
        result: |_| SqlType::Char(10),
        ..plain("HOST_ID", |call| {
            Ok(Value::VarChar(format!("{:<10}", call.context.session.host_process_id).into()))
        })
    },
    Function {
        result: |_| SqlType::VarBinary(Length::Fixed(128)),
        ..plain("CONTEXT_INFO", |call| {
            Ok(call.context.session.options.context_info.clone().map_or(Value::Null, Value::VarBinary))
        })
    },
    Function {
        result: |_| SqlType::BigInt,
        ..plain("ROWCOUNT_BIG", |call| Ok(Value::BigInt(call.context.session.row_count)))
    },
    Function {
        result: |_| SqlType::Decimal { precision: 38, scale: 0 },
        ..plain("SCOPE_IDENTITY", |call| Ok(identity(call.context.session.scope_identity)))
    },
    // Only sp_set_session_context sets keys, which is not built: there are none.
    property("SESSION_CONTEXT", |_| Ok(Value::Null)),
    property("SESSIONPROPERTY", |call| Ok(session_property(call).map_or(Value::Null, int_flag))),
    property("CONNECTIONPROPERTY", |call| Ok(connection_property(call))),
];

/// An identity value as @@IDENTITY returns it.
pub(super) fn identity(value: Option<i64>) -> Value {
    value.map_or(Value::Null, |value| Value::Decimal(duologue_types::Decimal::from_integer(value)))
}

fn session_property(call: &Call<'_>) -> Option<bool> {
    let options: &SessionOptions = &call.context.session.options;
    Some(match call.text(0)?.to_ascii_uppercase().as_str() {
        "ANSI_NULLS" => options.ansi_nulls,
        "ANSI_PADDING" => options.ansi_padding,
        "ANSI_WARNINGS" => options.ansi_warnings,
        "ARITHABORT" => options.arith_abort,
        "CONCAT_NULL_YIELDS_NULL" => options.concat_null_yields_null,
        "NUMERIC_ROUNDABORT" => options.numeric_round_abort,
        "QUOTED_IDENTIFIER" => options.quoted_identifier,
        _ => return None,
    })
}

fn connection_property(call: &Call<'_>) -> Value {
    let connection = &call.context.session.connection;
    let text = |text: &str| Value::NVarChar(text.into());
    let address = |address: Option<std::net::SocketAddr>| {
        address.map_or(Value::Null, |address| Value::VarChar(address.ip().to_string().into()))
    };
    match call.text(0).unwrap_or_default().to_ascii_lowercase().as_str() {
        "net_transport" | "physical_net_transport" => text("TCP"),
        "protocol_type" => text("TSQL"),
        "auth_scheme" => text("SQL"),
        "client_net_address" => address(connection.client),
        "local_net_address" => address(connection.local),
        "local_tcp_port" => connection.local.map_or(Value::Null, |local| Value::Int(local.port().into())),
        _ => Value::Null,
    }
}
