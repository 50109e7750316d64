//! RESP2: commands are arrays of strings, answers are values.

use std::ops::Range;

use anyhow::{Context, bail, ensure};

/// An answer has streams in it, these entries, these fields.
const MAX_DEPTH: usize = 8;

/// A command; where each of its arguments begins.
pub(super) fn command(arguments: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
    let mut message = format!("*{}\r\n", arguments.len()).into_bytes();
    let mut starts = Vec::with_capacity(arguments.len());
    for argument in arguments {
        message.extend(format!("${}\r\n", argument.len()).into_bytes());
        starts.push(message.len());
        message.extend(*argument);
        message.extend(b"\r\n");
    }
    (message, starts)
}

/// An answer; strings are ranges of the bytes it was read from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Text(Range<usize>),
    Integer(i64),
    Nil,
    Array(Vec<Value>),
}

impl Value {
    /// Parts of an array; nothing has none.
    pub(super) fn parts(&self) -> &[Self] {
        if let Self::Array(parts) = self { parts } else { &[] }
    }
}

/// The value that begins at `position`, and where it ends; None if it is not all there. An error is one here.
pub(super) fn parse(bytes: &[u8], position: usize) -> anyhow::Result<Option<(Value, usize)>> {
    value(bytes, position, 0)
}

fn value(bytes: &[u8], position: usize, depth: usize) -> anyhow::Result<Option<(Value, usize)>> {
    ensure!(depth < MAX_DEPTH, "Redis nests its answer too deep");
    let Some(line) = line(bytes, position) else { return Ok(None) };
    let next = line.end + 2;
    let Some((kind, rest)) = bytes[line.clone()].split_first() else { bail!("Redis sent an empty line") };
    let text = std::str::from_utf8(rest).context("Redis sent a line that is no text")?;
    Ok(Some(match kind {
        b'+' => (Value::Text(line.start + 1..line.end), next),
        b'-' => bail!("Redis: {text}"),
        b':' => (Value::Integer(text.parse()?), next),
        b'$' => match usize::try_from(text.parse::<i64>()?) {
            Ok(length) if bytes.len() < next + length + 2 => return Ok(None),
            Ok(length) => (Value::Text(next..next + length), next + length + 2),
            Err(_) => (Value::Nil, next),
        },
        b'*' => match usize::try_from(text.parse::<i64>()?) {
            Ok(count) => return array(bytes, next, count, depth),
            Err(_) => (Value::Nil, next),
        },
        other => bail!("Redis sent a value of kind {other:#04x}"),
    }))
}

fn array(
    bytes: &[u8],
    mut position: usize,
    count: usize,
    depth: usize,
) -> anyhow::Result<Option<(Value, usize)>> {
    let mut parts = Vec::new();
    for _ in 0..count {
        let Some((part, next)) = value(bytes, position, depth + 1)? else { return Ok(None) };
        parts.push(part);
        position = next;
    }
    Ok(Some((Value::Array(parts), position)))
}

/// Up to the line's end, without it.
fn line(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let length = bytes.get(start..)?.windows(2).position(|pair| pair == b"\r\n")?;
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"*4\r\n:-7\r\n$2\r\nab\r\n*1\r\n+OK\r\n$-1\r\n";

    #[test]
    fn values() {
        let (value, end) = parse(ANSWER, 0).expect("no error").expect("all there");
        assert_eq!(end, ANSWER.len());
        let text = |part: &Value| match part {
            Value::Text(range) => ANSWER[range.clone()].to_vec(),
            other => panic!("{other:?}"),
        };
        assert_eq!((value.parts().len(), &value.parts()[0]), (4, &Value::Integer(-7)));
        assert_eq!(
            (text(&value.parts()[1]), text(&value.parts()[2].parts()[0])),
            (b"ab".to_vec(), b"OK".to_vec())
        );
        assert_eq!(value.parts()[3], Value::Nil);
        for length in 0..ANSWER.len() {
            assert_eq!(parse(&ANSWER[..length], 0).expect("no error"), None);
        }
    }

    #[test]
    fn errors() {
        assert_eq!(parse(b"-ERR no\r\n", 0).expect_err("an error").to_string(), "Redis: ERR no");
        assert!(parse("*1\r\n".repeat(MAX_DEPTH + 1).as_bytes(), 0).is_err());
    }

    #[test]
    fn commands() {
        let (message, starts) = command(&[b"SET", b"k"]);
        assert_eq!(message, b"*2\r\n$3\r\nSET\r\n$1\r\nk\r\n");
        assert_eq!(starts, [8, 17]);
    }
}
