//! Placeholders of message texts.

use std::fmt::{Display, Write};

use crate::table::Message;

impl Message {
    /// The text with `arguments` in place of its placeholders, in order; a placeholder without an argument stays,
    /// `%%` is one percent sign. Widths and precisions of text are ignored, as the server fills them with the
    /// argument's own length; an integer in a hexadecimal placeholder is written in hexadecimal.
    pub fn fill(&self, arguments: &[&dyn Display]) -> String {
        let mut filled = String::with_capacity(self.text.len() + 16 * arguments.len());
        let mut arguments = arguments.iter();
        let mut rest = self.text;
        while let Some(position) = rest.find('%') {
            filled.push_str(&rest[..position]);
            rest = &rest[position..];
            let length = if rest.starts_with("%%") {
                filled.push('%');
                2
            } else if let Some(placeholder) = Placeholder::at_start(rest) {
                match arguments.next() {
                    Some(argument) => placeholder.write(&mut filled, argument),
                    None => filled.push_str(&rest[..placeholder.length]),
                }
                placeholder.length
            } else {
                filled.push('%');
                1
            };
            rest = &rest[length..];
        }
        filled.push_str(rest);
        filled
    }
}

/// One `%[flags][width][.precision][size]conversion` or `%S_MSG`.
struct Placeholder {
    length: usize,
    /// Of a hexadecimal placeholder.
    hexadecimal: Option<Hexadecimal>,
}

struct Hexadecimal {
    uppercase: bool,
    prefix: bool,
    digits: usize,
}

impl Placeholder {
    fn at_start(text: &str) -> Option<Self> {
        if text.starts_with("%S_MSG") {
            return Some(Self { length: "%S_MSG".len(), hexadecimal: None });
        }
        let after_percent = &text[1..];
        let flags = leading(after_percent, |c| "-+ #0".contains(c));
        let after_flags = &after_percent[flags.len()..];
        let width = leading(after_flags, |c| c == '*' || c.is_ascii_digit() || c == '.');
        let after_width = &after_flags[width.len()..];
        let size = ["I64", "hs", "ls", "h", "l"]
            .into_iter()
            .find(|size| after_width.starts_with(size))
            .unwrap_or("");
        let is_text = size.ends_with('s');
        let conversion = if is_text { 's' } else { after_width[size.len()..].chars().next()? };
        if !"diouxXsSf".contains(conversion) {
            return None;
        }
        let length = 1 + flags.len() + width.len() + size.len() + usize::from(!is_text);
        let hexadecimal = conversion.eq_ignore_ascii_case(&'x').then(|| Hexadecimal {
            uppercase: conversion == 'X',
            prefix: flags.contains('#'),
            digits: width.trim_start_matches('.').parse().unwrap_or(0),
        });
        Some(Self { length, hexadecimal })
    }

    fn write(&self, filled: &mut String, argument: &dyn Display) {
        let text = argument.to_string();
        match (&self.hexadecimal, text.parse::<i64>()) {
            (Some(hexadecimal), Ok(number)) => hexadecimal.write(filled, number),
            _ => filled.push_str(&text),
        }
    }
}

impl Hexadecimal {
    fn write(&self, filled: &mut String, number: i64) {
        let digits = self.digits;
        if self.prefix {
            filled.push_str("0x");
        }
        // Writing to a String does not fail.
        let _ = match (self.uppercase, i32::try_from(number)) {
            (true, Ok(number)) => write!(filled, "{number:0digits$X}"),
            (true, Err(_)) => write!(filled, "{number:0digits$X}"),
            (false, Ok(number)) => write!(filled, "{number:0digits$x}"),
            (false, Err(_)) => write!(filled, "{number:0digits$x}"),
        };
    }
}

fn leading(text: &str, accept: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !accept(c)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &'static str, arguments: &[&dyn Display]) -> String {
        Message { number: 1, severity: 16, is_event_logged: false, text }.fill(arguments)
    }

    #[test]
    fn placeholders_are_filled_in_order() {
        let cases: &[(&'static str, &[&dyn Display], &str)] = &[
            ("Incorrect syntax near '%.*ls'.", &[&"x"], "Incorrect syntax near 'x'."),
            ("Cannot %S_MSG the %S_MSG '%.*ls'.", &[&"drop", &"queue", &"q"], "Cannot drop the queue 'q'."),
            ("%d %i %u %lu %hu %ld %I64d %f", &[&1, &2, &3, &4, &5, &6, &7, &8], "1 2 3 4 5 6 7 8"),
            ("%ls|%s|%S|%.*hs|%hs|%.*s|%-5s", &[&"a", &"b", &"c", &"d", &"e", &"f", &"g"], "a|b|c|d|e|f|g"),
            ("done: %d%%.", &[&50], "done: 50%."),
            ("%x %#lx 0x%08x 0x%02X %x", &[&255, &16, &0xbeef, &10, &"text"], "ff 0x10 0x0000beef 0x0A text"),
            ("%.8x %.2x %x", &[&-1, &3, &-1i64], "ffffffff 03 ffffffff"),
            ("%s and %s", &[&"one"], "one and %s"),
            ("plain", &[&"unused"], "plain"),
            ("100% and %", &[], "100% and %"),
            ("%q %y(", &[&1], "%q %y("),
            ("é%s%", &[&"ü"], "éü%"),
        ];
        for (text, arguments, expected) in cases {
            assert_eq!(fill(text, arguments), *expected, "{text}");
        }
    }

    #[test]
    fn arguments_are_not_read_as_placeholders() {
        assert_eq!(fill("%s %s", &[&"%s", &"b"]), "%s b");
    }
}
