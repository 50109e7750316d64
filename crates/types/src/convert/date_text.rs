//! Reads dates and times as people and programs write them, in the us_english language.

use crate::moment::{Civil, DAYS_TO_1900, Moment, TICKS_PER_SECOND};

/// Why a text is no date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextError {
    /// Not of any known form.
    Syntax,
    /// The form is right, the day or hour does not exist.
    Range,
}

/// The order of three numbers where none of them shows by its length that it is the year.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DateOrder {
    MonthDayYear,
    DayMonthYear,
    YearMonthDay,
}

impl DateOrder {
    pub(super) fn of_style(style: i32) -> Self {
        match style {
            3..=5 | 103..=105 | 130 | 131 => Self::DayMonthYear,
            2 | 11 | 102 | 111 => Self::YearMonthDay,
            _ => Self::MonthDayYear,
        }
    }
}

/// What a text said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parsed {
    pub(super) moment: Moment,
    /// Digits after the second's point.
    pub(super) fraction_digits: usize,
    pub(super) has_offset: bool,
}

/// Two-digit years up to this one are in the 2000s.
const TWO_DIGIT_YEAR_CUTOFF: i32 = 49;

pub(super) fn parse(text: &str, order: DateOrder) -> Result<Parsed, TextError> {
    let text = without_escape(text.trim_matches(|c: char| c.is_ascii_whitespace()));
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens };
    let mut date = DateParts::default();
    let mut clock = None;
    while let Some(token) = reader.peek() {
        if clock.is_none() && reader.is_at_clock() {
            clock = Some(reader.clock()?);
        } else if token == Token::Word("t") && date.has_numbers() && clock.is_none() {
            reader.advance();
            clock = Some(reader.clock()?);
        } else {
            reader.date_part(&mut date)?;
        }
    }
    let days = date.days(order)?;
    let clock = clock.unwrap_or_default();
    let moment = Moment { days, ticks: clock.ticks, offset: clock.offset.unwrap_or(0) };
    Ok(Parsed {
        moment,
        fraction_digits: clock.fraction_digits,
        has_offset: clock.offset.is_some_and(|minutes| minutes != 0),
    })
}

/// The inside of ODBC's `{ts '…'}`, `{d '…'}` and `{t '…'}`.
fn without_escape(text: &str) -> &str {
    let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    inside
        .and_then(|text| text.split_once('\''))
        .and_then(|(_, quoted)| quoted.trim_end().strip_suffix('\''))
        .unwrap_or(text)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Token<'a> {
    Digits(&'a str),
    /// In lower case: a month's name, `am`, `pm`, `t`, `z`.
    Word(&'static str),
    /// `/ - . , : +`
    Mark(char),
    Blank,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn tokens(text: &str) -> Result<Vec<Token<'_>>, TextError> {
    // Longer texts are no dates; the limit keeps the work small.
    if text.len() > 100 {
        return Err(TextError::Syntax);
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '0'..='9' => {
                let length = run(rest, |c| c.is_ascii_digit());
                (Token::Digits(&rest[..length]), length)
            }
            'a'..='z' | 'A'..='Z' => {
                let length = run(rest, |c| c.is_ascii_alphabetic());
                (Token::Word(known_word(&rest[..length]).ok_or(TextError::Syntax)?), length)
            }
            '/' | '-' | '.' | ',' | ':' | '+' => (Token::Mark(first), 1),
            ' ' | '\t' | '\r' | '\n' => (Token::Blank, run(rest, |c| c.is_ascii_whitespace())),
            _ => return Err(TextError::Syntax),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    Ok(tokens)
}

fn run(text: &str, accept: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

fn known_word(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let month = MONTHS.iter().find(|month| **month == word || (word.len() == 3 && month.starts_with(&word)));
    month.copied().or_else(|| ["am", "pm", "t", "z"].into_iter().find(|known| *known == word))
}

/// The numbers and the month's name of a date, in the order in which they came.
#[derive(Default)]
struct DateParts<'a> {
    numbers: Vec<&'a str>,
    /// The month by name, and how many numbers came before it.
    month: Option<(u32, usize)>,
}

impl DateParts<'_> {
    fn has_numbers(&self) -> bool {
        !self.numbers.is_empty()
    }

    fn days(&self, order: DateOrder) -> Result<i32, TextError> {
        let (year, month, day) = match (self.month, self.numbers.as_slice()) {
            (None, []) => return Ok(DAYS_TO_1900),
            (None, [digits]) => unseparated(digits)?,
            (None, [first, second, third]) => separated(first, second, third, order)?,
            (Some((month, _)), [single]) => match single.len() {
                4 => (year(single)?, month, 1),
                _ => return Err(TextError::Syntax),
            },
            (Some((month, _)), [first, second]) if first.len() == 4 => (year(first)?, month, number(second)?),
            (Some((month, _)), [first, second]) => (year(second)?, month, number(first)?),
            _ => return Err(TextError::Syntax),
        };
        Civil { year, month, day }.to_days().ok_or(TextError::Range)
    }
}

/// `yyyymmdd`, `yymmdd` or `yyyy`.
fn unseparated(digits: &str) -> Result<(i32, u32, u32), TextError> {
    match digits.len() {
        8 => Ok((year(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..])?)),
        6 => Ok((year(&digits[..2])?, number(&digits[2..4])?, number(&digits[4..])?)),
        4 => Ok((year(digits)?, 1, 1)),
        _ => Err(TextError::Syntax),
    }
}

fn separated(first: &str, second: &str, third: &str, order: DateOrder) -> Result<(i32, u32, u32), TextError> {
    let order = if first.len() == 4 { DateOrder::YearMonthDay } else { order };
    match order {
        DateOrder::YearMonthDay => Ok((year(first)?, number(second)?, number(third)?)),
        DateOrder::MonthDayYear => Ok((year(third)?, number(first)?, number(second)?)),
        DateOrder::DayMonthYear => Ok((year(third)?, number(second)?, number(first)?)),
    }
}

fn year(digits: &str) -> Result<i32, TextError> {
    let value = number(digits)? as i32;
    match digits.len() {
        4 => Ok(value),
        1 | 2 if value <= TWO_DIGIT_YEAR_CUTOFF => Ok(2000 + value),
        1 | 2 => Ok(1900 + value),
        _ => Err(TextError::Syntax),
    }
}

fn number(digits: &str) -> Result<u32, TextError> {
    if digits.len() > 4 { Err(TextError::Syntax) } else { digits.parse().map_err(|_| TextError::Syntax) }
}

#[derive(Clone, Copy, Default, Debug)]
struct Clock {
    ticks: i64,
    fraction_digits: usize,
    offset: Option<i16>,
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.first().copied()
    }

    fn advance(&mut self) {
        self.tokens = &self.tokens[1..];
    }

    fn take(&mut self, token: Token<'_>) -> bool {
        let is_next = self.peek() == Some(token);
        if is_next {
            self.advance();
        }
        is_next
    }

    fn digits(&mut self) -> Result<&'a str, TextError> {
        match self.peek() {
            Some(Token::Digits(digits)) => {
                self.advance();
                Ok(digits)
            }
            _ => Err(TextError::Syntax),
        }
    }

    /// Digits before a colon or before AM or PM.
    fn is_at_clock(&self) -> bool {
        matches!(
            self.tokens,
            [Token::Digits(_), Token::Mark(':') | Token::Word("am" | "pm"), ..]
                | [Token::Digits(_), Token::Blank, Token::Word("am" | "pm"), ..]
        )
    }

    fn date_part(&mut self, date: &mut DateParts<'a>) -> Result<(), TextError> {
        match self.peek() {
            Some(Token::Digits(digits)) if date.numbers.len() < 3 => date.numbers.push(digits),
            Some(Token::Word(word)) if date.month.is_none() => {
                let index = MONTHS.iter().position(|month| *month == word).ok_or(TextError::Syntax)?;
                date.month = Some((index as u32 + 1, date.numbers.len()));
            }
            Some(Token::Mark('/' | '-' | '.' | ',')) if date.has_numbers() || date.month.is_some() => {}
            Some(Token::Blank) => {}
            _ => return Err(TextError::Syntax),
        }
        self.advance();
        Ok(())
    }

    /// `h[:m[:s[.fraction]]] [AM|PM] [Z|±hh:mm]`
    fn clock(&mut self) -> Result<Clock, TextError> {
        let hours = number(self.digits()?)?;
        let minutes = if self.take(Token::Mark(':')) { number(self.digits()?)? } else { 0 };
        let seconds = if self.take(Token::Mark(':')) { number(self.digits()?)? } else { 0 };
        let (fraction, fraction_digits) = self.fraction()?;
        let hours = self.with_half_of_day(hours)?;
        let offset = self.offset()?;
        if hours > 23 || minutes > 59 || seconds > 59 {
            return Err(TextError::Range);
        }
        let whole = i64::from(hours * 3600 + minutes * 60 + seconds);
        Ok(Clock { ticks: whole * TICKS_PER_SECOND + fraction, fraction_digits, offset })
    }

    /// Digits after a point are a fraction; after a colon they are milliseconds.
    fn fraction(&mut self) -> Result<(i64, usize), TextError> {
        if self.take(Token::Mark('.')) {
            let digits = self.digits()?;
            if digits.len() > 7 {
                return Err(TextError::Syntax);
            }
            let value: i64 = digits.parse().map_err(|_| TextError::Syntax)?;
            Ok((value * 10i64.pow(7 - digits.len() as u32), digits.len()))
        } else if self.take(Token::Mark(':')) {
            let digits = self.digits()?;
            if digits.len() > 3 {
                return Err(TextError::Syntax);
            }
            Ok((i64::from(number(digits)?) * (TICKS_PER_SECOND / 1000), 3))
        } else {
            Ok((0, 0))
        }
    }

    fn with_half_of_day(&mut self, hours: u32) -> Result<u32, TextError> {
        let has_blank = matches!(self.tokens, [Token::Blank, Token::Word("am" | "pm"), ..]);
        if has_blank {
            self.advance();
        }
        if self.take(Token::Word("am")) {
            return if hours > 12 { Err(TextError::Range) } else { Ok(hours % 12) };
        }
        if self.take(Token::Word("pm")) {
            return Ok(if hours < 12 { hours + 12 } else { hours });
        }
        Ok(hours)
    }

    fn offset(&mut self) -> Result<Option<i16>, TextError> {
        if self.take(Token::Word("z")) {
            return Ok(Some(0));
        }
        if matches!(self.tokens, [Token::Blank, Token::Mark('+' | '-'), ..]) {
            self.advance();
        }
        let sign = match self.peek() {
            Some(Token::Mark('+')) => 1,
            Some(Token::Mark('-')) => -1,
            _ => return Ok(None),
        };
        self.advance();
        let hours = number(self.digits()?)?;
        if !self.take(Token::Mark(':')) {
            return Err(TextError::Syntax);
        }
        let minutes = number(self.digits()?)?;
        let total = hours * 60 + minutes;
        if minutes > 59 || total > 14 * 60 {
            return Err(TextError::Range);
        }
        Ok(Some(sign * total as i16))
    }
}
