//! The format strings of RAISERROR and FORMATMESSAGE.

use duologue_messages::{SqlError, sql_error};
use duologue_types::Value;

/// Most arguments that a format string takes.
pub const MAX_ARGUMENTS: usize = 20;
/// Longest width or precision that is honoured.
const MAX_WIDTH: usize = 2047;

/// `%[flags][width][.precision][h|l|I64]type` filled in from `arguments`: `d i` signed, `u o x X` unsigned, `s` and
/// `S_MSG` text, `*` a width from the arguments, `%%` one percent sign. NULL and missing arguments are `(null)`.
///
/// # Errors
/// 2786 for an argument of another kind than its place, 2787 for what is no specification.
pub fn printf(format: &str, arguments: &[Value]) -> Result<String, SqlError> {
    let mut filler = Filler { text: String::with_capacity(format.len()), arguments, next: 0 };
    let mut rest = format;
    while let Some(position) = rest.find('%') {
        filler.text.push_str(&rest[..position]);
        rest = match rest[position..].strip_prefix("%%") {
            Some(after) => {
                filler.text.push('%');
                after
            }
            None => filler.specification(&rest[position..])?,
        };
    }
    filler.text.push_str(rest);
    Ok(filler.text)
}

struct Filler<'a> {
    text: String,
    arguments: &'a [Value],
    next: usize,
}

#[derive(Default)]
struct Specification {
    left: bool,
    plus: bool,
    blank: bool,
    zero: bool,
    prefix: bool,
    width: usize,
    precision: Option<usize>,
    is_wide: bool,
}

impl<'a> Filler<'a> {
    fn argument(&mut self) -> Option<&'a Value> {
        let value = self.arguments.get(self.next);
        self.next += 1;
        value.filter(|value| !value.is_null())
    }

    fn wrong_type(&self) -> SqlError {
        sql_error!(2786, self.next)
    }

    /// Fills in one specification at the start of `text`; returns what follows it.
    fn specification<'t>(&mut self, text: &'t str) -> Result<&'t str, SqlError> {
        let invalid = || sql_error!(2787, text.chars().take(20).collect::<String>());
        let mut rest = &text[1..];
        if let Some(after) = rest.strip_prefix("S_MSG") {
            self.string(&Specification::default())?;
            return Ok(after);
        }
        let mut specification = Specification::default();
        while let Some(flag) = rest.chars().next().filter(|flag| "-+ 0#".contains(*flag)) {
            specification.set(flag);
            rest = &rest[1..];
        }
        (specification.width, rest) = self.number(rest)?;
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = self.number(after)?;
            specification.precision = Some(precision);
            rest = after;
        }
        for size in ["I64", "h", "l"] {
            if let Some(after) = rest.strip_prefix(size) {
                specification.is_wide = size == "I64";
                rest = after;
                break;
            }
        }
        let kind = rest.chars().next().ok_or_else(invalid)?;
        match kind {
            'd' | 'i' => self.signed(&specification)?,
            'u' | 'o' | 'x' | 'X' => self.unsigned(&specification, kind)?,
            's' => self.string(&specification)?,
            _ => return Err(invalid()),
        }
        Ok(&rest[1..])
    }

    /// Digits, or a number from the arguments for `*`.
    fn number<'t>(&mut self, text: &'t str) -> Result<(usize, &'t str), SqlError> {
        if let Some(after) = text.strip_prefix('*') {
            let number = self.integer()?.unwrap_or(0);
            return Ok((usize::try_from(number).unwrap_or(0).min(MAX_WIDTH), after));
        }
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let number = text[..length].parse().unwrap_or(0usize);
        Ok((number.min(MAX_WIDTH), &text[length..]))
    }

    fn integer(&mut self) -> Result<Option<i64>, SqlError> {
        Ok(match self.argument() {
            None => None,
            Some(Value::TinyInt(number)) => Some(i64::from(*number)),
            Some(Value::SmallInt(number)) => Some(i64::from(*number)),
            Some(Value::Int(number)) => Some(i64::from(*number)),
            Some(Value::BigInt(number)) => Some(*number),
            Some(_) => return Err(self.wrong_type()),
        })
    }

    fn signed(&mut self, specification: &Specification) -> Result<(), SqlError> {
        match self.integer()? {
            None => self.padded("(null)", specification, false),
            Some(number) => {
                let sign = match number {
                    ..0 => "-",
                    _ if specification.plus => "+",
                    _ if specification.blank => " ",
                    _ => "",
                };
                self.digits(sign, &number.unsigned_abs().to_string(), specification);
            }
        }
        Ok(())
    }

    fn unsigned(&mut self, specification: &Specification, kind: char) -> Result<(), SqlError> {
        let Some(number) = self.integer()? else {
            self.padded("(null)", specification, false);
            return Ok(());
        };
        let bits = if specification.is_wide { number as u64 } else { u64::from(number as u32) };
        let (prefix, digits) = match kind {
            'o' => ("0", format!("{bits:o}")),
            'x' => ("0x", format!("{bits:x}")),
            'X' => ("0X", format!("{bits:X}")),
            _ => ("", bits.to_string()),
        };
        self.digits(if specification.prefix { prefix } else { "" }, &digits, specification);
        Ok(())
    }

    fn digits(&mut self, sign: &str, digits: &str, specification: &Specification) {
        let least = specification.precision.unwrap_or(0);
        let mut number = format!("{digits:0>least$}");
        if specification.zero && !specification.left && specification.precision.is_none() {
            let room = specification.width.saturating_sub(sign.len());
            number = format!("{number:0>room$}");
        }
        self.padded(&format!("{sign}{number}"), specification, false);
    }

    fn string(&mut self, specification: &Specification) -> Result<(), SqlError> {
        let text = match self.argument() {
            None => "(null)",
            Some(Value::VarChar(text) | Value::NVarChar(text)) => text,
            Some(_) => return Err(self.wrong_type()),
        };
        self.padded(text, specification, true);
        Ok(())
    }

    fn padded(&mut self, text: &str, specification: &Specification, cut: bool) {
        let shown: String = match specification.precision {
            Some(most) if cut => text.chars().take(most).collect(),
            _ => text.to_owned(),
        };
        let width = specification.width;
        if specification.left {
            self.text.push_str(&format!("{shown:<width$}"));
        } else {
            self.text.push_str(&format!("{shown:>width$}"));
        }
    }
}

impl Specification {
    fn set(&mut self, flag: char) {
        match flag {
            '-' => self.left = true,
            '+' => self.plus = true,
            ' ' => self.blank = true,
            '0' => self.zero = true,
            _ => self.prefix = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_are_filled() {
        let number = |number| Value::Int(number);
        let text = |text: &str| Value::VarChar(text.into());
        let cases: &[(&str, &[Value], &str)] = &[
            ("plain 100%%", &[], "plain 100%"),
            ("%s = %d", &[text("a"), number(-5)], "a = -5"),
            (
                "[%5d|%-5d|%05d|%+d|% d]",
                &[number(42), number(42), number(42), number(42), number(42)],
                "[   42|42   |00042|+42| 42]",
            ),
            (
                "[%*d] [%.3s] [%-6.2s]",
                &[number(4), number(7), text("abcdef"), text("xyz")],
                "[   7] [abc] [xy    ]",
            ),
            ("%x %#X %o %u", &[number(255), number(255), number(8), number(-1)], "ff 0XFF 10 4294967295"),
            ("%I64d %s %d", &[Value::BigInt(1 << 40), Value::Null], "1099511627776 (null) (null)"),
        ];
        for (format, arguments, expected) in cases {
            assert_eq!(printf(format, arguments).as_deref(), Ok(*expected), "{format}");
        }
        assert_eq!(printf("%d", &[text("a")]).unwrap_err().number, 2786);
        assert_eq!(printf("%y", &[]).unwrap_err().number, 2787);
        assert_eq!(printf("50%", &[]).unwrap_err().number, 2787);
    }
}
