//! Functions of text.

use duologue_messages::{SqlError, lookup, sql_error};
use duologue_types::{Length, SqlType, Value, decode_varchar, encode_nvarchar, encode_varchar};

use super::{Call, Function, MANY, Parameter, int, like_first, long_like_first, longest_text, nvarchar_max};
use crate::query::evaluate::text_of;
use crate::query::printf::printf;
use crate::query::scalar::Scalar;

const fn of_text(name: &'static str, call: fn(&Call<'_>) -> Result<Value, SqlError>) -> Function {
    Function {
        name,
        arity: (1, 1),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: like_first,
        call,
    }
}

pub(super) static FUNCTIONS: &[Function] = &[
    of_text("UPPER", |call| Ok(call.text_value(call.text(0).unwrap_or_default().to_uppercase()))),
    of_text("LOWER", |call| Ok(call.text_value(call.text(0).unwrap_or_default().to_lowercase()))),
    of_text("LTRIM", |call| Ok(call.text_value(call.text(0).unwrap_or_default().trim_start_matches(' ')))),
    of_text("RTRIM", |call| Ok(call.text_value(call.text(0).unwrap_or_default().trim_end_matches(' ')))),
    of_text("TRIM", |call| Ok(call.text_value(call.text(0).unwrap_or_default().trim_matches(' ')))),
    of_text("REVERSE", |call| {
        Ok(call.text_value(call.text(0).unwrap_or_default().chars().rev().collect::<String>()))
    }),
    Function {
        name: "DATALENGTH",
        arity: (1, 1),
        parameters: &[Parameter::Any],
        is_strict: true,
        result: data_length_type,
        call: data_length,
    },
    Function {
        name: "REPLICATE",
        arity: (2, 2),
        parameters: &[Parameter::Text, Parameter::Int],
        is_strict: true,
        result: long_like_first,
        call: replicate,
    },
    Function {
        name: "SPACE",
        arity: (1, 1),
        parameters: &[Parameter::Int],
        is_strict: true,
        result: |_| SqlType::VarChar(Length::Fixed(8000)),
        call: |call| match call.int(0).and_then(|count| usize::try_from(count).ok()) {
            Some(count) => Ok(call.text_value(" ".repeat(count.min(8000)))),
            None => Ok(Value::Null),
        },
    },
    Function {
        name: "CHAR",
        arity: (1, 1),
        parameters: &[Parameter::Int],
        is_strict: true,
        result: |_| SqlType::Char(1),
        call: |call| match u8::try_from(call.int(0).unwrap_or(-1)) {
            Ok(code) => Ok(Value::VarChar(decode_varchar(&[code]).into())),
            Err(_) => Ok(Value::Null),
        },
    },
    Function {
        name: "NCHAR",
        arity: (1, 1),
        parameters: &[Parameter::Int],
        is_strict: true,
        result: |_| SqlType::NChar(1),
        call: |call| match u16::try_from(call.int(0).unwrap_or(-1)) {
            Ok(code) => Ok(Value::NVarChar(String::from_utf16_lossy(&[code]).into())),
            Err(_) => Ok(Value::Null),
        },
    },
    Function {
        name: "ASCII",
        arity: (1, 1),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: int,
        call: |call| {
            let first = call.text(0).and_then(|text| text.chars().next());
            let byte =
                first.and_then(|first| encode_varchar(first.encode_utf8(&mut [0; 4])).first().copied());
            Ok(byte.map_or(Value::Null, |byte| Value::Int(i32::from(byte))))
        },
    },
    Function {
        name: "UNICODE",
        arity: (1, 1),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: int,
        call: |call| {
            let first = call.text(0).and_then(|text| text.encode_utf16().next());
            Ok(first.map_or(Value::Null, |unit| Value::Int(i32::from(unit))))
        },
    },
    Function {
        name: "REPLACE",
        arity: (3, 3),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: longest_text,
        call: replace,
    },
    Function {
        name: "TRANSLATE",
        arity: (3, 3),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: longest_text,
        call: translate,
    },
    Function {
        name: "CONCAT",
        arity: (2, MANY),
        parameters: &[Parameter::Text],
        is_strict: false,
        result: longest_text,
        call: |call| Ok(call.text_value(call.arguments.iter().filter_map(text_of).collect::<String>())),
    },
    Function {
        name: "CONCAT_WS",
        arity: (3, MANY),
        parameters: &[Parameter::Text],
        is_strict: false,
        result: longest_text,
        call: |call| {
            let parts: Vec<&str> = call.arguments[1..].iter().filter_map(text_of).collect();
            Ok(call.text_value(parts.join(call.text(0).unwrap_or_default())))
        },
    },
    Function {
        name: "STR",
        arity: (1, 3),
        parameters: &[Parameter::Float, Parameter::Int],
        is_strict: true,
        result: |_| SqlType::VarChar(Length::Fixed(8000)),
        call: number_text,
    },
    Function {
        name: "FORMATMESSAGE",
        arity: (1, 21),
        parameters: &[Parameter::Any],
        is_strict: false,
        result: nvarchar_max,
        call: format_message,
    },
];

/// `bigint` for the large types.
fn data_length_type(arguments: &[Scalar]) -> SqlType {
    match arguments.first().map(|first| first.sql_type) {
        Some(SqlType::Xml | SqlType::Text | SqlType::NText | SqlType::Image) => SqlType::BigInt,
        Some(sql_type) if sql_type.length() == Some(Length::Max) => SqlType::BigInt,
        _ => SqlType::Int,
    }
}

fn data_length(call: &Call<'_>) -> Result<Value, SqlError> {
    let sql_type = call.bound.first().map_or(SqlType::Int, |first| first.sql_type);
    let length = match &call.arguments[0] {
        Value::VarChar(text) => text.chars().count(),
        Value::NVarChar(text) | Value::Xml(text) => encode_nvarchar(text).len(),
        Value::VarBinary(bytes) => bytes.len(),
        Value::Guid(_) => 16,
        other => {
            let own = if sql_type == SqlType::SqlVariant { other.natural_type() } else { None };
            usize::try_from(own.unwrap_or(sql_type).max_length()).unwrap_or_default()
        }
    };
    Ok(match call.result {
        SqlType::BigInt => Value::BigInt(length as i64),
        _ => Value::Int(i32::try_from(length).unwrap_or(i32::MAX)),
    })
}

/// Text longer than this is refused: a value has at most 2 GB.
const MAX_UNITS: usize = 1 << 28;

fn replicate(call: &Call<'_>) -> Result<Value, SqlError> {
    let (text, count) = (call.text(0).unwrap_or_default(), call.int(1).unwrap_or_default());
    let Ok(count) = usize::try_from(count) else { return Ok(Value::Null) };
    // Without (max) the rest is cut off anyway.
    let room = match call.result.length() {
        Some(Length::Fixed(room)) => usize::from(room),
        _ => MAX_UNITS,
    };
    let needed = count.min(room / text.chars().count().max(1) + 1);
    if text.len().saturating_mul(needed) > MAX_UNITS {
        return Err(sql_error!(49909, "a text of more than 256 MB"));
    }
    Ok(call.text_value(text.repeat(needed)))
}

/// Where the default collation finds `wanted` in `text`, as byte ranges.
fn occurrences(text: &str, wanted: &str) -> Vec<std::ops::Range<usize>> {
    let wanted: Vec<char> = wanted.chars().map(folded).collect();
    let characters: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, folded(c))).collect();
    let mut found = Vec::new();
    let mut start = 0;
    while !wanted.is_empty() && start + wanted.len() <= characters.len() {
        let candidate = &characters[start..start + wanted.len()];
        if candidate.iter().map(|(_, c)| c).eq(&wanted) {
            let end = characters.get(start + wanted.len()).map_or(text.len(), |(at, _)| *at);
            found.push(candidate[0].0..end);
            start += wanted.len();
        } else {
            start += 1;
        }
    }
    found
}

/// A character without its case.
pub(super) fn folded(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => character,
    }
}

fn replace(call: &Call<'_>) -> Result<Value, SqlError> {
    let text = call.text(0).unwrap_or_default();
    let with = call.text(2).unwrap_or_default();
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for range in occurrences(text, call.text(1).unwrap_or_default()) {
        replaced.push_str(&text[end..range.start]);
        replaced.push_str(with);
        end = range.end;
        if replaced.len() > MAX_UNITS {
            return Err(sql_error!(49909, "a text of more than 256 MB"));
        }
    }
    replaced.push_str(&text[end..]);
    Ok(call.text_value(replaced))
}

fn translate(call: &Call<'_>) -> Result<Value, SqlError> {
    let from: Vec<char> = call.text(1).unwrap_or_default().chars().collect();
    let to: Vec<char> = call.text(2).unwrap_or_default().chars().collect();
    if from.len() != to.len() {
        return Err(sql_error!(1023, 3, "translate"));
    }
    let translated = |character: char| {
        let place = from.iter().position(|known| folded(*known) == folded(character));
        place.map_or(character, |place| to[place])
    };
    Ok(call.text_value(call.text(0).unwrap_or_default().chars().map(translated).collect::<String>()))
}

/// `STR(number, length 10, decimals 0)`: right-justified, asterisks where it does not fit.
fn number_text(call: &Call<'_>) -> Result<Value, SqlError> {
    let length = call.int(1).unwrap_or(10);
    let decimals = call.int(2).unwrap_or(0).clamp(0, 16);
    let Ok(length @ 1..=8000) = usize::try_from(length) else { return Ok(Value::Null) };
    let whole = format!("{:.0}", rounded(call.float(0).unwrap_or_default(), 0));
    if whole.len() > length {
        return Ok(call.text_value("*".repeat(length)));
    }
    // Decimals give way to the length.
    let decimals = usize::try_from(decimals).unwrap_or_default().min(length.saturating_sub(whole.len() + 1));
    let text = format!("{:.decimals$}", rounded(call.float(0).unwrap_or_default(), decimals as i32));
    Ok(call.text_value(format!("{text:>length$}")))
}

/// Halves away from zero.
fn rounded(number: f64, decimals: i32) -> f64 {
    let unit = 10f64.powi(decimals);
    let scaled = number * unit;
    if scaled.is_finite() { scaled.round() / unit } else { number }
}

fn format_message(call: &Call<'_>) -> Result<Value, SqlError> {
    let template = match &call.arguments[0] {
        Value::Int(number) => lookup(*number).map(|message| message.text),
        value => text_of(value),
    };
    let Some(template) = template else { return Ok(Value::Null) };
    printf(template, &call.arguments[1..]).map(|text| call.text_value(text))
}
