//! Service Broker's own functions.

use duologue_types::{ConversationHandle, SqlType, Value};

use super::{Call, Function, Parameter, nvarchar_4000};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "GET_TRANSMISSION_STATUS",
        arity: (1, 1),
        parameters: &[Parameter::Guid],
        is_strict: true,
        result: nvarchar_4000,
        // Empty also for a handle that nobody has.
        call: |call: &Call<'_>| {
            let Value::Guid(handle) = call.arguments[0] else { return Ok(Value::Null) };
            let (snapshot, database) = (call.context.snapshot, call.context.database_id());
            let status = snapshot.transmission_status(database, ConversationHandle(handle));
            Ok(call.text_value(status.unwrap_or_default()))
        },
    },
    Function {
        name: "EVENTDATA",
        arity: (0, 0),
        parameters: &[],
        is_strict: false,
        result: |_| SqlType::Xml,
        call: |call| Ok(call.context.session.event_data.clone().map_or(Value::Null, Value::Xml)),
    },
];
