//! `CONVERT`'s styles of dates and times.

use duologue_messages::{SqlError, sql_error};

use crate::moment::{Moment, TICKS_PER_SECOND};
use crate::sql_type::{Family, SqlType};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `moment`, a value of type `from`, as text in `style`.
///
/// # Errors
/// 281 for a number that is no style, 49902 for the styles of the Hijri calendar.
pub(crate) fn format_date(moment: Moment, from: SqlType, style: i32) -> Result<String, SqlError> {
    let is_old = from.family() == Family::DateTime;
    let style = if style == 0 && !is_old { 121 } else { style };
    if matches!(style, 130 | 131) {
        return Err(sql_error!(49902, format!("style {style}"), "it needs the Hijri calendar"));
    }
    let layout = Layout::of(style).ok_or_else(|| sql_error!(281, style, from.name()))?;
    let text = Text { moment: shown(moment, from, style), from };
    let date = if from.family() == Family::Time { None } else { layout.date.map(|date| text.date(date)) };
    let clock = if from == SqlType::Date { None } else { layout.clock.map(|clock| text.clock(clock)) };
    let mut result = match (date, clock) {
        (Some(date), Some(clock)) => format!("{date}{}{clock}", layout.between),
        (Some(part), None) | (None, Some(part)) => part,
        (None, None) => String::new(),
    };
    if from.family() == Family::DateTimeOffset && layout.clock.is_some() {
        result.push_str(&text.offset(style));
    } else if style == 127 && from != SqlType::Date {
        result.push('Z');
    }
    Ok(result)
}

/// `datetime` shows milliseconds; style 127 shows UTC.
fn shown(moment: Moment, from: SqlType, style: i32) -> Moment {
    match from.family() {
        Family::DateTime => moment.rounded(3),
        Family::DateTimeOffset if style == 127 => {
            let (days, ticks) = moment.utc();
            Moment { days, ticks, offset: 0 }
        }
        _ => moment,
    }
}

#[derive(Clone, Copy)]
enum Date {
    /// `mm/dd/yyyy` and its kin: the order, the separator, whether the century shows.
    Numbers(&'static str, &'static str, bool),
    /// `mon dd yyyy`, the day padded with a blank.
    MonthFirst,
    /// `Mon dd, yyyy`.
    MonthComma(bool),
    /// `dd mon yyyy`.
    DayFirst(bool),
}

#[derive(Clone, Copy)]
enum Clock {
    /// ` h:miAM`.
    Minutes12,
    /// ` h:mi:ss:mmmAM`.
    Full12,
    /// `h:mi:ss AM`.
    Seconds12,
    /// `hh:mi:ss`.
    Seconds24,
    /// `hh:mi:ss:mmm`.
    Colon24,
    /// `hh:mi:ss.mmm`.
    Point24,
    /// `hh:mi:ss[.mmm]`: the fraction only where there is one.
    Iso,
}

struct Layout {
    date: Option<Date>,
    between: &'static str,
    clock: Option<Clock>,
}

impl Layout {
    fn of(style: i32) -> Option<Self> {
        let century = style >= 100;
        let layout = |date, between, clock| Some(Self { date, between, clock });
        match style {
            0 | 100 => layout(Some(Date::MonthFirst), " ", Some(Clock::Minutes12)),
            9 | 109 => layout(Some(Date::MonthFirst), " ", Some(Clock::Full12)),
            8 | 24 | 108 => layout(None, "", Some(Clock::Seconds24)),
            13 | 113 => layout(Some(Date::DayFirst(true)), " ", Some(Clock::Colon24)),
            14 | 114 => layout(None, "", Some(Clock::Colon24)),
            20 | 120 => layout(Some(Date::Numbers("ymd", "-", true)), " ", Some(Clock::Seconds24)),
            21 | 25 | 121 => layout(Some(Date::Numbers("ymd", "-", true)), " ", Some(Clock::Point24)),
            22 => layout(Some(Date::Numbers("mdy", "/", false)), " ", Some(Clock::Seconds12)),
            23 => layout(Some(Date::Numbers("ymd", "-", true)), "", None),
            126 | 127 => layout(Some(Date::Numbers("ymd", "-", true)), "T", Some(Clock::Iso)),
            6 | 106 => layout(Some(Date::DayFirst(century)), "", None),
            7 | 107 => layout(Some(Date::MonthComma(century)), "", None),
            1..=5 | 10..=12 | 101..=105 | 110..=112 => {
                let (order, separator) = numbers_of(style % 100);
                layout(Some(Date::Numbers(order, separator, century)), "", None)
            }
            _ => None,
        }
    }
}

fn numbers_of(style: i32) -> (&'static str, &'static str) {
    match style {
        1 => ("mdy", "/"),
        2 => ("ymd", "."),
        3 => ("dmy", "/"),
        4 => ("dmy", "."),
        5 => ("dmy", "-"),
        10 => ("mdy", "-"),
        11 => ("ymd", "/"),
        _ => ("ymd", ""),
    }
}

struct Text {
    moment: Moment,
    from: SqlType,
}

impl Text {
    fn date(&self, date: Date) -> String {
        let civil = self.moment.civil();
        let month = MONTHS[civil.month as usize - 1];
        let year = |century: bool| {
            if century { format!("{:04}", civil.year) } else { format!("{:02}", civil.year % 100) }
        };
        match date {
            Date::Numbers(order, separator, century) => {
                let part = |letter: char| match letter {
                    'y' => year(century),
                    'm' => format!("{:02}", civil.month),
                    _ => format!("{:02}", civil.day),
                };
                order.chars().map(part).collect::<Vec<_>>().join(separator)
            }
            Date::MonthFirst => format!("{month} {:2} {}", civil.day, year(true)),
            Date::MonthComma(century) => format!("{month} {:02}, {}", civil.day, year(century)),
            Date::DayFirst(century) => format!("{:02} {month} {}", civil.day, year(century)),
        }
    }

    fn clock(&self, clock: Clock) -> String {
        let seconds = self.moment.seconds();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let half = if hours < 12 { "AM" } else { "PM" };
        let hours12 = (hours + 11) % 12 + 1;
        match clock {
            Clock::Minutes12 => format!("{hours12:2}:{minutes:02}{half}"),
            Clock::Full12 => format!("{hours12:2}:{minutes:02}:{seconds:02}{}{half}", self.fraction(':')),
            Clock::Seconds12 => format!("{hours12:2}:{minutes:02}:{seconds:02} {half}"),
            Clock::Seconds24 => format!("{hours:02}:{minutes:02}:{seconds:02}"),
            Clock::Colon24 => format!("{hours:02}:{minutes:02}:{seconds:02}{}", self.fraction(':')),
            Clock::Point24 => format!("{hours:02}:{minutes:02}:{seconds:02}{}", self.fraction('.')),
            Clock::Iso => {
                let has_fraction =
                    self.moment.ticks % TICKS_PER_SECOND != 0 || self.from.family() != Family::DateTime;
                let fraction = if has_fraction { self.fraction('.') } else { String::new() };
                format!("{hours:02}:{minutes:02}:{seconds:02}{fraction}")
            }
        }
    }

    /// As many digits as the type has; the newer types always take a point before them.
    fn fraction(&self, separator: char) -> String {
        let ticks = self.moment.ticks % TICKS_PER_SECOND;
        if self.from.family() == Family::DateTime {
            return format!("{separator}{:03}", ticks / (TICKS_PER_SECOND / 1000));
        }
        let digits = format!("{ticks:07}");
        match usize::from(self.from.scale().min(7)) {
            0 => String::new(),
            scale => format!(".{}", &digits[..scale]),
        }
    }

    fn offset(&self, style: i32) -> String {
        let offset = self.moment.offset;
        if style == 127 {
            return "Z".to_owned();
        }
        let sign = if offset < 0 { '-' } else { '+' };
        let blank = if matches!(style, 126) { "" } else { " " };
        format!("{blank}{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
    }
}
