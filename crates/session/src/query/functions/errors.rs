//! The error that a CATCH block handles; NULL outside.

use duologue_messages::SqlError;
use duologue_types::Value;

use super::{Call, Function, int, name_or_null, nvarchar_4000, small_int, sysname};
use crate::query::scalar::Scalar;
use crate::state::TransactionState;

const fn caught(
    name: &'static str,
    result: fn(&[Scalar]) -> duologue_types::SqlType,
    call: fn(&Call<'_>) -> Result<Value, SqlError>,
) -> Function {
    Function { name, arity: (0, 0), parameters: &[], is_strict: false, result, call }
}

fn of_error(call: &Call<'_>, value: impl Fn(&SqlError) -> Value) -> Result<Value, SqlError> {
    Ok(call.context.session.caught_error().map_or(Value::Null, value))
}

pub(super) static FUNCTIONS: &[Function] = &[
    caught("ERROR_NUMBER", int, |call| of_error(call, |error| Value::Int(error.number))),
    caught("ERROR_SEVERITY", int, |call| of_error(call, |error| Value::Int(error.severity.into()))),
    caught("ERROR_STATE", int, |call| of_error(call, |error| Value::Int(error.state.into()))),
    caught("ERROR_LINE", int, |call| {
        of_error(call, |error| Value::Int(i32::try_from(error.line).unwrap_or(i32::MAX)))
    }),
    caught("ERROR_PROCEDURE", sysname, |call| {
        of_error(call, |error| name_or_null(Some(&error.procedure).filter(|name| !name.is_empty())))
    }),
    caught("ERROR_MESSAGE", nvarchar_4000, |call| of_error(call, |error| call.text_value(&error.text))),
    caught("XACT_STATE", small_int, |call| {
        Ok(Value::SmallInt(match call.context.session.transaction_state {
            TransactionState::None => 0,
            TransactionState::Active => 1,
            TransactionState::Doomed => -1,
        }))
    }),
];
