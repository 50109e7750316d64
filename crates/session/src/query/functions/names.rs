//! Functions of names: QUOTENAME, PARSENAME, and reading a name that stands in a text.

use duologue_messages::SqlError;
use duologue_types::{Length, SqlType, Value, utf16_length};

use super::{Call, Function, Parameter, name_or_null, sysname};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "QUOTENAME",
        arity: (1, 2),
        parameters: &[Parameter::Unicode],
        is_strict: true,
        result: |_| SqlType::NVarChar(Length::Fixed(258)),
        call: quote_name,
    },
    Function {
        name: "PARSENAME",
        arity: (2, 2),
        parameters: &[Parameter::Unicode, Parameter::Int],
        is_strict: true,
        result: sysname,
        call: parse_name,
    },
];

fn quote_name(call: &Call<'_>) -> Result<Value, SqlError> {
    let name = call.text(0).unwrap_or_default();
    if utf16_length(name) > 128 {
        return Ok(Value::Null);
    }
    let quote =
        if call.arguments.len() == 1 { Some('[') } else { call.text(1).and_then(|q| q.chars().next()) };
    let (open, close) = match quote {
        Some('[' | ']') => ('[', ']'),
        Some('(' | ')') => ('(', ')'),
        Some('<' | '>') => ('<', '>'),
        Some('{' | '}') => ('{', '}'),
        Some(quote @ ('\'' | '"' | '`')) => (quote, quote),
        _ => return Ok(Value::Null),
    };
    let doubled = name.replace(close, &format!("{close}{close}"));
    Ok(Value::NVarChar(format!("{open}{doubled}{close}").into()))
}

fn parse_name(call: &Call<'_>) -> Result<Value, SqlError> {
    let place = usize::try_from(call.int(1).unwrap_or(0)).ok().filter(|place| (1..=4).contains(place));
    let parts = split_name(call.text(0).unwrap_or_default());
    let part = place.zip(parts).and_then(|(place, parts)| parts.into_iter().rev().nth(place - 1));
    Ok(name_or_null(part.filter(|part| !part.is_empty())))
}

/// The parts of `[server.][database.][schema.]name` as a text, with or without brackets or quotation marks. `None`
/// for what is no such name.
pub fn split_name(text: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = name_part(rest)?;
        parts.push(part);
        match after.trim_start().strip_prefix('.') {
            Some(following) => rest = following.trim_start(),
            None if after.trim().is_empty() && parts.len() <= 4 => return Some(parts),
            None => return None,
        }
    }
}

fn name_part(text: &str) -> Option<(String, &str)> {
    let close = match text.chars().next() {
        Some('[') => ']',
        Some('"') => '"',
        _ => {
            let end = text.find('.').unwrap_or(text.len());
            return Some((text[..end].trim_end().to_owned(), &text[end..]));
        }
    };
    let mut part = String::new();
    let mut characters = text[1..].char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != close {
            part.push(character);
        } else if characters.peek().is_some_and(|(_, next)| *next == close) {
            part.push(close);
            characters.next();
        } else {
            return Some((part, &text[1 + at + close.len_utf8()..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split() {
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("q", Some(&["q"])),
            ("dbo.q", Some(&["dbo", "q"])),
            (" [my db]..[a]]b] ", Some(&["my db", "", "a]b"])),
            ("\"x.y\".z", Some(&["x.y", "z"])),
            ("a.b.c.d.e", None),
            ("[open", None),
            ("[a]b", None),
        ];
        for (text, expected) in cases {
            let expected =
                expected.map(|parts| parts.iter().map(|part| part.to_string()).collect::<Vec<_>>());
            assert_eq!(split_name(text), expected, "{text}");
        }
    }
}
