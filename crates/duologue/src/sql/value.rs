//! From the bytes of a column to the text sqlcmd shows.

use anyhow::{Context, bail};
use bytes::{Buf, Bytes};
use tds_protocol::{ColumnData, TypeId, TypeInfo};

use super::layout::{ColumnLayout, TypeWidth};

/// How the column looks.
pub(super) fn layout(column: &ColumnData) -> ColumnLayout {
    let (width, is_number) = shape(column.type_id, &column.type_info);
    ColumnLayout { name: column.name.clone(), width, is_number }
}

/// Length in metadata that stands for a max type.
const MAX_TYPE: u32 = 0xFFFF;

/// Characters a type needs, and whether it stands at the right.
fn shape(type_id: TypeId, info: &TypeInfo) -> (TypeWidth, bool) {
    let length = info.max_length.unwrap_or_default();
    let bounded = |per_byte: f64| match length {
        MAX_TYPE => TypeWidth::Unbounded,
        length => TypeWidth::Characters(scaled(length, per_byte)),
    };
    let number = |width| (TypeWidth::Characters(width), true);
    let text = |width| (TypeWidth::Characters(width), false);
    match type_id {
        TypeId::Int1 | TypeId::Int2 | TypeId::Int4 | TypeId::Int8 | TypeId::IntN => {
            number(integer_width(type_id, length))
        }
        TypeId::Bit | TypeId::BitN => number(1),
        TypeId::Float4 => number(14),
        TypeId::FloatN if length == 4 => number(14),
        TypeId::Float8 | TypeId::FloatN => number(24),
        TypeId::Money4 => number(12),
        TypeId::MoneyN if length == 4 => number(12),
        TypeId::Money | TypeId::MoneyN => number(21),
        TypeId::Decimal | TypeId::Numeric | TypeId::DecimalN | TypeId::NumericN => {
            number(usize::from(info.precision.unwrap_or(38)) + 2)
        }
        TypeId::DateTime4 => text(19),
        TypeId::DateTimeN if length == 4 => text(19),
        TypeId::DateTime | TypeId::DateTimeN => text(23),
        TypeId::Date => text(16),
        TypeId::Time => text(22),
        TypeId::DateTime2 => text(38),
        TypeId::DateTimeOffset => text(45),
        TypeId::Guid => text(36),
        TypeId::NVarChar | TypeId::NChar => (bounded(0.5), false),
        TypeId::BigVarChar | TypeId::BigChar | TypeId::VarChar | TypeId::Char => (bounded(1.0), false),
        TypeId::BigVarBinary | TypeId::BigBinary | TypeId::VarBinary | TypeId::Binary => match bounded(2.0) {
            TypeWidth::Characters(width) => text(width + 2),
            TypeWidth::Unbounded => (TypeWidth::Unbounded, false),
        },
        _ => (TypeWidth::Unbounded, false),
    }
}

fn integer_width(type_id: TypeId, length: u32) -> usize {
    match (type_id, length) {
        (TypeId::Int1, _) | (TypeId::IntN, 1) => 3,
        (TypeId::Int2, _) | (TypeId::IntN, 2) => 6,
        (TypeId::Int8, _) | (TypeId::IntN, 8) => 20,
        _ => 11,
    }
}

/// A column's length in characters; lengths are at most 8000 bytes here.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn scaled(length: u32, per_byte: f64) -> usize {
    (f64::from(length) * per_byte) as usize
}

/// Reads the column's value from a row; None is NULL.
pub(super) fn read(column: &ColumnData, row: &mut Bytes) -> anyhow::Result<Option<String>> {
    let Some(bytes) = raw(column, row)? else { return Ok(None) };
    show(column.type_id, &column.type_info, bytes).map(Some)
}

/// The bytes of the value, without length and chunk headers.
fn raw(column: &ColumnData, row: &mut Bytes) -> anyhow::Result<Option<Bytes>> {
    let is_max = column.type_info.max_length == Some(MAX_TYPE);
    match column.type_id {
        TypeId::Null => Ok(None),
        TypeId::Int1 | TypeId::Bit => take(row, 1).map(Some),
        TypeId::Int2 => take(row, 2).map(Some),
        TypeId::Int4 | TypeId::Float4 | TypeId::Money4 | TypeId::DateTime4 => take(row, 4).map(Some),
        TypeId::Int8 | TypeId::Float8 | TypeId::Money | TypeId::DateTime => take(row, 8).map(Some),
        TypeId::Xml | TypeId::Udt | TypeId::Text | TypeId::NText | TypeId::Image => chunks(row),
        TypeId::BigVarChar | TypeId::BigVarBinary | TypeId::NVarChar if is_max => chunks(row),
        TypeId::BigVarChar
        | TypeId::BigVarBinary
        | TypeId::NVarChar
        | TypeId::BigChar
        | TypeId::BigBinary
        | TypeId::NChar => {
            let length = take(row, 2)?.get_u16_le();
            if length == u16::MAX { Ok(None) } else { take(row, usize::from(length)).map(Some) }
        }
        TypeId::VarChar | TypeId::Char | TypeId::VarBinary | TypeId::Binary => {
            let length = take(row, 1)?.get_u8();
            if length == u8::MAX { Ok(None) } else { take(row, usize::from(length)).map(Some) }
        }
        TypeId::Variant => {
            let length = take(row, 4)?.get_u32_le();
            if length == 0 || length == u32::MAX { Ok(None) } else { take(row, length as usize).map(Some) }
        }
        _ => {
            let length = take(row, 1)?.get_u8();
            if length == 0 || length == u8::MAX { Ok(None) } else { take(row, usize::from(length)).map(Some) }
        }
    }
}

fn take(row: &mut Bytes, length: usize) -> anyhow::Result<Bytes> {
    if row.len() < length {
        bail!("the server sent a row that ends inside a value");
    }
    Ok(row.split_to(length))
}

/// A value in chunks: total length, then length and bytes of each, then a zero.
fn chunks(row: &mut Bytes) -> anyhow::Result<Option<Bytes>> {
    if take(row, 8)?.get_u64_le() == u64::MAX {
        return Ok(None);
    }
    let mut whole = Vec::new();
    loop {
        let length = take(row, 4)?.get_u32_le();
        if length == 0 {
            return Ok(Some(whole.into()));
        }
        whole.extend_from_slice(&take(row, length as usize)?);
    }
}

fn show(type_id: TypeId, info: &TypeInfo, mut bytes: Bytes) -> anyhow::Result<String> {
    let scale = info.scale.unwrap_or(7);
    Ok(match type_id {
        TypeId::Int1 | TypeId::Int2 | TypeId::Int4 | TypeId::Int8 | TypeId::IntN => {
            integer(&bytes).to_string()
        }
        TypeId::Bit | TypeId::BitN => u8::from(bytes.iter().any(|byte| *byte != 0)).to_string(),
        TypeId::Float4 | TypeId::Float8 | TypeId::FloatN => float(&mut bytes)?,
        TypeId::Money | TypeId::Money4 | TypeId::MoneyN => {
            let (high, low) = bytes.split_at(bytes.len() / 2);
            let is_small = bytes.len() == 4;
            let amount = if is_small { integer(&bytes) } else { integer(&[low, high].concat()) };
            decimal(amount.unsigned_abs(), amount < 0, 4)
        }
        TypeId::Decimal | TypeId::Numeric | TypeId::DecimalN | TypeId::NumericN => {
            let (sign, digits) = bytes.split_first().context("a decimal without sign")?;
            decimal(unsigned(digits), *sign == 0, usize::from(info.scale.unwrap_or(0)))
        }
        TypeId::Guid => guid(&bytes)?,
        TypeId::NVarChar | TypeId::NChar | TypeId::NText | TypeId::Xml => utf16(&bytes),
        TypeId::BigVarChar | TypeId::BigChar | TypeId::VarChar | TypeId::Char | TypeId::Text => {
            code_page(info, &bytes)
        }
        TypeId::DateTime | TypeId::DateTime4 | TypeId::DateTimeN => date_time(&bytes)?,
        TypeId::Date => date(days(&bytes)),
        TypeId::Time => time(unsigned(&bytes), scale),
        TypeId::DateTime2 => date_time2(&bytes, scale, 0)?,
        TypeId::DateTimeOffset => date_time_offset(&mut bytes, scale)?,
        TypeId::Variant => variant(&mut bytes)?,
        _ => format!("0x{}", hexadecimal(&bytes)),
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Little-endian, at most 16 bytes.
fn unsigned(bytes: &[u8]) -> u128 {
    bytes.iter().rev().fold(0, |value, byte| (value << 8) | u128::from(*byte))
}

/// Little-endian and signed, but for the one-byte `tinyint`.
fn integer(bytes: &[u8]) -> i128 {
    let value = i128::try_from(unsigned(bytes)).unwrap_or(i128::MAX);
    let bits = 8 * bytes.len();
    let is_negative = bytes.len() > 1 && bytes.last().is_some_and(|top| top & 0x80 != 0);
    if is_negative { value - (1 << bits) } else { value }
}

/// ODBC's text of a number below one has no zero before the point.
fn decimal(digits: u128, is_negative: bool, scale: usize) -> String {
    let sign = if is_negative && digits != 0 { "-" } else { "" };
    let digits = format!("{digits:0>scale$}");
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    match (whole.trim_start_matches('0'), fraction) {
        ("", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

/// As few digits as give the number back, a decimal point always.
fn float(bytes: &mut Bytes) -> anyhow::Result<String> {
    let (number, shortest) = match bytes.len() {
        4 => {
            let number = bytes.get_f32_le();
            (f64::from(number), format!("{number:?}"))
        }
        8 => {
            let number = bytes.get_f64_le();
            (number, format!("{number:?}"))
        }
        other => bail!("a float of {other} bytes"),
    };
    let is_plain = number == 0.0 || (1e-5..1e15).contains(&number.abs());
    Ok(if is_plain { shortest } else { shortest.to_uppercase() })
}

fn guid(bytes: &[u8]) -> anyhow::Result<String> {
    if bytes.len() != 16 {
        bail!("a uniqueidentifier of {} bytes", bytes.len());
    }
    let little = |range: std::ops::Range<usize>| {
        let mut part = bytes[range].to_vec();
        part.reverse();
        hexadecimal(&part)
    };
    let (clock, node) = (hexadecimal(&bytes[8..10]), hexadecimal(&bytes[10..]));
    Ok(format!("{}-{}-{}-{clock}-{node}", little(0..4), little(4..6), little(6..8)))
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn code_page(info: &TypeInfo, bytes: &[u8]) -> String {
    let collation = info.collation.as_ref();
    if collation.is_some_and(tds_protocol::Collation::is_utf8) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let encoding = collation.and_then(tds_protocol::Collation::encoding).unwrap_or(encoding_rs::WINDOWS_1252);
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Days from 0001-01-01 to 1900-01-01, where `datetime` counts from.
const DAYS_TO_1900: i64 = 693_595;

fn days(bytes: &[u8]) -> i64 {
    i64::try_from(unsigned(bytes)).unwrap_or(i64::MAX)
}

/// `yyyy-mm-dd` of the day so many days after 0001-01-01, in the proleptic Gregorian calendar.
fn date(days: i64) -> String {
    // Counted from 0000-03-01, so that the leap day is the last of its year.
    let days = days + 306;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `hh:mm:ss[.fraction]` of so many units of 10^-scale seconds.
fn time(units: u128, scale: u8) -> String {
    let per_second = 10_u128.pow(u32::from(scale.min(7)));
    let (seconds, fraction) = (units / per_second, units % per_second);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if scale == 0 { clock } else { format!("{clock}.{fraction:0>width$}", width = usize::from(scale)) }
}

/// `datetime` (days, 1/300 seconds) or `smalldatetime` (days, minutes).
fn date_time(bytes: &[u8]) -> anyhow::Result<String> {
    match bytes.len() {
        8 => {
            let days = i64::try_from(integer(&bytes[..4])).unwrap_or_default();
            let milliseconds = (unsigned(&bytes[4..]) * 10 + 1) / 3;
            Ok(format!("{} {}", date(DAYS_TO_1900 + days), time(milliseconds, 3)))
        }
        4 => {
            let minutes = unsigned(&bytes[2..]);
            Ok(format!("{} {}", date(DAYS_TO_1900 + days(&bytes[..2])), time(minutes * 60, 0)))
        }
        other => bail!("a datetime of {other} bytes"),
    }
}

/// Time of day, then three bytes of days; `offset` minutes are added.
fn date_time2(bytes: &[u8], scale: u8, offset: i64) -> anyhow::Result<String> {
    let split = bytes.len().checked_sub(3).context("a datetime2 without date")?;
    let per_second = 10_i128.pow(u32::from(scale.min(7)));
    let per_day = 86_400 * per_second;
    let local = integer_of(unsigned(&bytes[..split])) + i128::from(offset) * 60 * per_second;
    let day = i128::from(days(&bytes[split..])) + local.div_euclid(per_day);
    let time_of_day = local.rem_euclid(per_day).unsigned_abs();
    Ok(format!("{} {}", date(i64::try_from(day).unwrap_or_default()), time(time_of_day, scale)))
}

fn integer_of(value: u128) -> i128 {
    i128::try_from(value).unwrap_or(i128::MAX)
}

/// The moment in UTC, then the offset in minutes; shown is the local time.
fn date_time_offset(bytes: &mut Bytes, scale: u8) -> anyhow::Result<String> {
    let split = bytes.len().checked_sub(2).context("a datetimeoffset without offset")?;
    let moment = bytes.split_to(split);
    let offset = i64::from(bytes.get_i16_le());
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    Ok(format!("{} {sign}{hours:02}:{minutes:02}", date_time2(&moment, scale, offset)?))
}

/// `sql_variant`: type, properties of the type, value.
fn variant(bytes: &mut Bytes) -> anyhow::Result<String> {
    let mut header = take(bytes, 2)?;
    let type_id = TypeId::from_u8(header.get_u8()).context("a sql_variant of an unknown type")?;
    let properties = take(bytes, usize::from(header.get_u8()))?;
    let mut info = TypeInfo::default();
    match (type_id, &properties[..]) {
        (TypeId::Time | TypeId::DateTime2 | TypeId::DateTimeOffset, [scale]) => info.scale = Some(*scale),
        (TypeId::DecimalN | TypeId::NumericN, [precision, scale]) => {
            info.precision = Some(*precision);
            info.scale = Some(*scale);
        }
        _ => {}
    }
    show(type_id, &info, bytes.split_off(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(type_id: TypeId, max_length: Option<u32>, scale: Option<u8>) -> ColumnData {
        let type_info = TypeInfo { max_length, precision: Some(10), scale, collation: None };
        ColumnData {
            name: String::new(),
            type_id,
            col_type: 0,
            flags: 0,
            user_type: 0,
            type_info,
            crypto_metadata: None,
        }
    }

    fn bytes(hexadecimal: &str) -> Bytes {
        let digits: Vec<char> = hexadecimal.chars().filter(char::is_ascii_hexdigit).collect();
        let byte =
            |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).expect("hexadecimal");
        digits.chunks(2).map(byte).collect::<Vec<_>>().into()
    }

    /// Type, length, scale, the value as it comes in a row, the text.
    #[test]
    fn values() {
        let cases = [
            (TypeId::IntN, 4, 0, "04 ffffffff", "-1"),
            (TypeId::IntN, 1, 0, "01 ff", "255"),
            (TypeId::IntN, 8, 0, "08 0000000000000080", "-9223372036854775808"),
            (TypeId::IntN, 4, 0, "00", "NULL"),
            (TypeId::BitN, 1, 0, "01 01", "1"),
            (TypeId::FloatN, 8, 0, "08 000000000000f03f", "1.0"),
            (TypeId::FloatN, 4, 0, "04 cdcccc3d", "0.1"),
            (TypeId::FloatN, 8, 0, "08 e80c67429234f144", "1.3E24"),
            (TypeId::MoneyN, 8, 0, "08 ffffffff 78ecffff", "-.5000"),
            (TypeId::MoneyN, 4, 0, "04 40e20100", "12.3456"),
            (TypeId::DecimalN, 5, 2, "05 01 39300000", "123.45"),
            (TypeId::DecimalN, 5, 2, "05 00 05000000", "-.05"),
            (TypeId::DecimalN, 5, 0, "05 01 00000000", "0"),
            (
                TypeId::Guid,
                16,
                0,
                "10 00112233 4455 6677 8899aabbccddeeff",
                "33221100-5544-7766-8899-AABBCCDDEEFF",
            ),
            (TypeId::NVarChar, 20, 0, "0400 e400 ac20", "ä€"),
            (TypeId::NVarChar, 0xffff, 0, "0400000000000000 02000000 6100 02000000 6200 00000000", "ab"),
            (TypeId::NVarChar, 0xffff, 0, "ffffffffffffffff", "NULL"),
            (TypeId::BigVarChar, 10, 0, "0200 80e4", "€ä"),
            (TypeId::BigVarChar, 10, 0, "ffff", "NULL"),
            (TypeId::BigVarBinary, 10, 0, "0200 0aff", "0x0AFF"),
            (TypeId::BigVarBinary, 10, 0, "0000", "0x"),
            (TypeId::DateTimeN, 8, 0, "08 00000000 00000000", "1900-01-01 00:00:00.000"),
            (TypeId::DateTimeN, 8, 0, "08 46b40000 ff818b01", "2026-05-10 23:59:59.997"),
            (TypeId::DateTimeN, 4, 0, "04 46b4 3f00", "2026-05-10 01:03:00"),
            (TypeId::Date, 0, 0, "03 000000", "0001-01-01"),
            (TypeId::Date, 0, 0, "03 dab937", "9999-12-31"),
            (TypeId::Time, 0, 3, "04 d2029600", "02:43:51.122"),
            (TypeId::DateTime2, 0, 7, "08 8096980000 000000", "0001-01-01 00:00:01.0000000"),
            (TypeId::DateTimeOffset, 0, 0, "08 000000 010000 c4ff", "0001-01-01 23:00:00 -01:00"),
            (TypeId::Variant, 8009, 0, "06000000 38 00 07000000", "7"),
        ];
        for (type_id, length, scale, row, expected) in cases {
            let mut row_bytes = bytes(row);
            let shown = read(&column(type_id, Some(length), Some(scale)), &mut row_bytes).expect(row);
            assert_eq!(shown.as_deref().unwrap_or("NULL"), expected, "{row}");
            assert!(row_bytes.is_empty(), "{row} is read to its end");
        }
    }

    #[test]
    fn a_cut_value_is_an_error() {
        let whole = bytes("0400000000000000 02000000 6100 02000000 6200 00000000");
        for length in 0..whole.len() {
            assert!(
                read(&column(TypeId::NVarChar, Some(MAX_TYPE), None), &mut whole.slice(..length)).is_err()
            );
        }
        for length in 0..17 {
            let row = bytes("10 00112233 4455 6677 8899aabbccddeeff");
            assert!(read(&column(TypeId::Guid, Some(16), None), &mut row.slice(..length)).is_err());
        }
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        for (days, expected) in [
            (0, "0001-01-01"),
            (58, "0001-02-28"),
            (59, "0001-03-01"),
            (730_178, "2000-02-29"),
            (730_179, "2000-03-01"),
            (693_594, "1899-12-31"),
            (693_653, "1900-02-28"),
            (693_654, "1900-03-01"),
            (3_652_058, "9999-12-31"),
        ] {
            assert_eq!(date(days), expected);
        }
    }

    #[test]
    fn widths() {
        let width = |type_id, length| layout(&column(type_id, Some(length), None)).width;
        assert_eq!(width(TypeId::IntN, 4), TypeWidth::Characters(11));
        assert_eq!(width(TypeId::NVarChar, 256), TypeWidth::Characters(128));
        assert_eq!(width(TypeId::BigVarBinary, 8), TypeWidth::Characters(18));
        assert_eq!(width(TypeId::NVarChar, MAX_TYPE), TypeWidth::Unbounded);
        assert_eq!(width(TypeId::Xml, 0), TypeWidth::Unbounded);
    }
}
