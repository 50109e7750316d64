//! Identifiers, checks and checksums.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, Value, sort_key};

use super::{Call, Function, MANY, Parameter, guid, int, int_flag, variant};
use crate::query::conversion::cast;
use crate::query::evaluate::text_of;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "NEWID",
        arity: (0, 0),
        parameters: &[],
        is_strict: false,
        result: guid,
        call: |call| Ok(Value::Guid(call.context.new_guid())),
    },
    Function {
        name: "NEWSEQUENTIALID",
        arity: (0, 0),
        parameters: &[],
        is_strict: false,
        result: guid,
        call: sequential_id,
    },
    Function {
        name: "ISNUMERIC",
        arity: (1, 1),
        parameters: &[Parameter::Any],
        is_strict: false,
        result: int,
        call: is_numeric,
    },
    Function {
        name: "CHECKSUM",
        arity: (1, MANY),
        parameters: &[Parameter::Any],
        is_strict: false,
        result: int,
        call: checksum,
    },
    Function {
        name: "SQL_VARIANT_PROPERTY",
        arity: (2, 2),
        parameters: &[Parameter::Any, Parameter::Unicode],
        is_strict: true,
        result: variant,
        call: variant_property,
    },
    Function {
        name: "COLLATIONPROPERTY",
        arity: (2, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: variant,
        call: collation_property,
    },
    Function {
        name: "ODBCSCALE",
        arity: (2, 2),
        parameters: &[Parameter::Int],
        is_strict: true,
        result: int,
        call: |call| {
            // Dates and times, money and decimals have a scale.
            let has_scale = matches!(call.int(0), Some(41 | 42 | 43 | 58 | 60 | 61 | 106 | 108 | 122));
            Ok(if has_scale { call.arguments[1].clone() } else { Value::Null })
        },
    },
];

/// Greater than those before it as long as the clock goes forward; only a DEFAULT may call it.
fn sequential_id(call: &Call<'_>) -> Result<Value, SqlError> {
    let mut bytes = call.context.new_guid().0;
    // SQL Server's order begins with the last six bytes, so the moment goes there.
    let moment = call.context.now.0.to_be_bytes();
    bytes[10..16].copy_from_slice(&moment[1..7]);
    (bytes[9], bytes[8]) = (bytes[8], moment[7]);
    Ok(Value::Guid(duologue_types::Guid(bytes)))
}

/// Whether the value converts to a number type.
fn is_numeric(call: &Call<'_>) -> Result<Value, SqlError> {
    let value = &call.arguments[0];
    let sql_type = call.bound[0].sql_type;
    let is_number = match text_of(value) {
        _ if value.is_null() => false,
        None => sql_type.family().is_number(),
        Some(text) if text.trim().is_empty() => false,
        Some(_) => {
            cast(value, sql_type, SqlType::Float).is_ok() || cast(value, sql_type, SqlType::Money).is_ok()
        }
    };
    Ok(int_flag(is_number))
}

/// Equal for equal values; not the numbers that SQL Server computes, which are not documented.
fn checksum(call: &Call<'_>) -> Result<Value, SqlError> {
    let mut hash = 0x811c_9dc5u32;
    for (value, bound) in call.arguments.iter().zip(call.bound) {
        if bound.sql_type == SqlType::Xml || bound.sql_type.family().is_old_large_object() {
            return Err(sql_error!(8116, bound.sql_type.error_name(), 1, "checksum"));
        }
        for byte in sort_key(value, bound.collation) {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    Ok(Value::Int(hash as i32))
}

fn variant_property(call: &Call<'_>) -> Result<Value, SqlError> {
    let own = call.bound[0].sql_type;
    let natural = if own == SqlType::SqlVariant { call.arguments[0].natural_type() } else { Some(own) };
    let Some(sql_type) = natural else { return Ok(Value::Null) };
    let property = call.text(1).unwrap_or_default().to_ascii_lowercase();
    Ok(match property.as_str() {
        "basetype" => Value::NVarChar(sql_type.name().into()),
        "precision" => Value::Int(sql_type.precision().into()),
        "scale" => Value::Int(sql_type.scale().into()),
        "maxlength" => Value::Int(sql_type.max_length().into()),
        _ => Value::Null,
    })
}

fn collation_property(call: &Call<'_>) -> Result<Value, SqlError> {
    let name = call.text(0).unwrap_or_default();
    if duologue_types::Collation::from_name(name).is_none() {
        return Ok(Value::Null);
    }
    let is_binary = name.to_ascii_uppercase().contains("_BIN");
    Ok(match call.text(1).unwrap_or_default().to_ascii_lowercase().as_str() {
        "codepage" => Value::Int(1252),
        "lcid" => Value::Int(1033),
        "comparisonstyle" => Value::Int(if is_binary { 0 } else { 196_609 }),
        "version" => Value::TinyInt(0),
        "sqlcharsetname" => Value::NVarChar("iso_1".into()),
        _ => Value::Null,
    })
}
