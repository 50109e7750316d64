//! Functions that count and cut text by positions: UTF-16 units, from 1; bytes of `varbinary`.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{LikePattern, SqlType, Value, utf16_length};

use super::text::folded;
use super::{Call, Function, Parameter, like_first, longest_text};
use crate::query::scalar::Scalar;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "LEN",
        arity: (1, 1),
        parameters: &[Parameter::TextOrBytes],
        is_strict: true,
        result: position_type,
        call: |call| {
            let length = match &call.arguments[0] {
                Value::VarBinary(bytes) => bytes.len(),
                _ => utf16_length(call.text(0).unwrap_or_default().trim_end_matches(' ')),
            };
            Ok(position(call, length))
        },
    },
    Function {
        name: "SUBSTRING",
        arity: (3, 3),
        parameters: &[Parameter::TextOrBytes, Parameter::BigInt],
        is_strict: true,
        result: like_first,
        call: substring,
    },
    Function {
        name: "LEFT",
        arity: (2, 2),
        parameters: &[Parameter::TextOrBytes, Parameter::BigInt],
        is_strict: true,
        result: like_first,
        call: |call| {
            let length = length_argument(call, 1, "LEFT")?;
            Ok(cut(call, 0, length))
        },
    },
    Function {
        name: "RIGHT",
        arity: (2, 2),
        parameters: &[Parameter::TextOrBytes, Parameter::BigInt],
        is_strict: true,
        result: like_first,
        call: |call| {
            let length = length_argument(call, 1, "RIGHT")?;
            Ok(cut(call, units(&call.arguments[0]).saturating_sub(length), length))
        },
    },
    Function {
        name: "CHARINDEX",
        arity: (2, 3),
        parameters: &[Parameter::Text, Parameter::Text, Parameter::BigInt],
        is_strict: true,
        result: |arguments| position_type(&arguments[1..]),
        call: char_index,
    },
    Function {
        name: "PATINDEX",
        arity: (2, 2),
        parameters: &[Parameter::Text],
        is_strict: true,
        result: |arguments| position_type(&arguments[1..]),
        call: pattern_index,
    },
    Function {
        name: "STUFF",
        arity: (4, 4),
        parameters: &[Parameter::Text, Parameter::BigInt, Parameter::BigInt, Parameter::Text],
        is_strict: false,
        result: longest_text,
        call: stuff,
    },
];

/// `bigint` of `(max)` types.
fn position_type(arguments: &[Scalar]) -> SqlType {
    let is_max = |argument: &Scalar| argument.sql_type.length() == Some(duologue_types::Length::Max);
    if arguments.first().is_some_and(is_max) { SqlType::BigInt } else { SqlType::Int }
}

fn position(call: &Call<'_>, position: usize) -> Value {
    match call.result {
        SqlType::BigInt => Value::BigInt(position as i64),
        _ => Value::Int(i32::try_from(position).unwrap_or(i32::MAX)),
    }
}

/// How many units a value has.
fn units(value: &Value) -> usize {
    match value {
        Value::VarBinary(bytes) => bytes.len(),
        Value::VarChar(text) | Value::NVarChar(text) => utf16_length(text),
        _ => 0,
    }
}

fn length_argument(call: &Call<'_>, index: usize, name: &str) -> Result<usize, SqlError> {
    match usize::try_from(call.big_int(index).unwrap_or(0)) {
        Ok(length) => Ok(length),
        Err(_) if name == "RIGHT" => Err(sql_error!(536, "right")),
        Err(_) => Err(sql_error!(537)),
    }
}

/// `length` units of the first argument after the first `start`.
fn cut(call: &Call<'_>, start: usize, length: usize) -> Value {
    match &call.arguments[0] {
        Value::VarBinary(bytes) => {
            let start = start.min(bytes.len());
            Value::VarBinary(bytes.slice(start..start.saturating_add(length).min(bytes.len())))
        }
        value => call.text_value(slice(super::text_of(value).unwrap_or_default(), start, length)),
    }
}

fn slice(text: &str, start: usize, length: usize) -> String {
    if text.is_ascii() {
        let start = start.min(text.len());
        return text[start..start.saturating_add(length).min(text.len())].to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().skip(start).take(length).collect();
    String::from_utf16_lossy(&units)
}

/// A start before the text counts against the length.
fn substring(call: &Call<'_>) -> Result<Value, SqlError> {
    let start = call.big_int(1).unwrap_or(1);
    let length = call.big_int(2).unwrap_or(0);
    if length < 0 {
        return Err(sql_error!(537));
    }
    let end = start.saturating_add(length).saturating_sub(1).max(0);
    let start = start.saturating_sub(1).max(0);
    let length = usize::try_from(end.saturating_sub(start)).unwrap_or(0);
    Ok(cut(call, usize::try_from(start).unwrap_or(usize::MAX), length))
}

fn char_index(call: &Call<'_>) -> Result<Value, SqlError> {
    let fold = |text: &str| -> Vec<u16> {
        text.chars().map(folded).flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()).collect()
    };
    let wanted = fold(call.text(0).unwrap_or_default());
    let text = fold(call.text(1).unwrap_or_default());
    let start = usize::try_from(call.big_int(2).unwrap_or(1).saturating_sub(1)).unwrap_or(0);
    if wanted.is_empty() || start >= text.len() {
        return Ok(position(call, 0));
    }
    let found = text[start..].windows(wanted.len()).position(|window| window == wanted);
    Ok(position(call, found.map_or(0, |found| start + found + 1)))
}

/// The first place from which a part of the text matches.
fn pattern_index(call: &Call<'_>) -> Result<Value, SqlError> {
    let (pattern, text) = (call.text(0).unwrap_or_default(), call.text(1).unwrap_or_default());
    let collation = call.bound.get(1).map(|text| text.collation).unwrap_or_default();
    if !LikePattern::new(pattern, None).matches(text, collation) {
        return Ok(position(call, 0));
    }
    // Without the % in front the pattern is tied to the place where it begins.
    let Some(tied) = pattern.strip_prefix('%').filter(|tied| !tied.is_empty()) else {
        return Ok(position(call, 1));
    };
    let tied = LikePattern::new(tied, None);
    let found = text.char_indices().find(|(at, _)| tied.matches(&text[*at..], collation));
    Ok(position(call, found.map_or(0, |(at, _)| utf16_length(&text[..at]) + 1)))
}

/// NULL for a start outside the text or a negative length; a NULL insertion only deletes.
fn stuff(call: &Call<'_>) -> Result<Value, SqlError> {
    let (Some(text), Some(start), Some(length)) = (call.text(0), call.big_int(1), call.big_int(2)) else {
        return Ok(Value::Null);
    };
    let total = utf16_length(text);
    let (Ok(start), Ok(length)) = (usize::try_from(start), usize::try_from(length)) else {
        return Ok(Value::Null);
    };
    if start == 0 || start > total {
        return Ok(Value::Null);
    }
    let head = slice(text, 0, start - 1);
    let tail = slice(text, (start - 1).saturating_add(length), usize::MAX);
    Ok(call.text_value([head.as_str(), call.text(3).unwrap_or_default(), tail.as_str()].concat()))
}
