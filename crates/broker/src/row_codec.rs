//! The stored form of a table row. Byte table: `docs/formats/rows.md`.

use std::sync::Arc;

use bytes::Bytes;
use duologue_types::{Decimal, Guid, Value};

use crate::codec::{DamagedRow, Reader, Writer};
use crate::transaction::Row;

const VERSION: u8 = 1;

pub(crate) fn encode_row(values: &[Value]) -> Bytes {
    let mut row = Writer::new(VERSION);
    row.i32(i32::try_from(values.len()).expect("a table has at most 1024 columns"));
    for value in values {
        write_value(&mut row, value);
    }
    row.finish()
}

pub(crate) fn decode_row(row: &[u8]) -> Result<Row, DamagedRow> {
    let mut row = Reader::new(row, VERSION)?;
    let count = usize::try_from(row.i32()?).map_err(|_| DamagedRow)?;
    let values: Vec<Value> = (0..count).map(|_| read_value(&mut row)).collect::<Result<_, _>>()?;
    row.end()?;
    Ok(values.into())
}

fn write_value(row: &mut Writer, value: &Value) {
    match value {
        Value::Null => row.u8(0),
        Value::Bit(bit) => row.u8(1).bool(*bit),
        Value::TinyInt(number) => row.u8(2).u8(*number),
        Value::SmallInt(number) => row.u8(3).i32(i32::from(*number)),
        Value::Int(number) => row.u8(4).i32(*number),
        Value::BigInt(number) => row.u8(5).i64(*number),
        Value::Decimal(Decimal { mantissa, scale }) => row.u8(6).bytes(&mantissa.to_le_bytes()).u8(*scale),
        Value::Money(number) => row.u8(7).i64(*number),
        Value::Real(number) => row.u8(8).i32(number.to_bits().cast_signed()),
        Value::Float(number) => row.u8(9).u64(number.to_bits()),
        Value::Date(days) => row.u8(10).i32(*days),
        Value::Time(ticks) => row.u8(11).i64(*ticks),
        Value::DateTime { days, ticks } => row.u8(12).i32(*days).i32(ticks.cast_signed()),
        Value::DateTime2 { days, ticks } => row.u8(13).i32(*days).i64(*ticks),
        Value::DateTimeOffset { days, ticks, offset } => {
            row.u8(14).i32(*days).i64(*ticks).i32(i32::from(*offset))
        }
        Value::VarChar(text) => row.u8(15).text(text),
        Value::NVarChar(text) => row.u8(16).text(text),
        Value::VarBinary(bytes) => row.u8(17).bytes(bytes),
        Value::Guid(guid) => row.u8(18).guid(*guid),
        Value::Xml(text) => row.u8(19).text(text),
    };
}

fn read_value(row: &mut Reader<'_>) -> Result<Value, DamagedRow> {
    let text = |row: &mut Reader<'_>| row.text().map(Arc::<str>::from);
    let narrow = |number: i32| i16::try_from(number).map_err(|_| DamagedRow);
    Ok(match row.u8()? {
        0 => Value::Null,
        1 => Value::Bit(row.bool()?),
        2 => Value::TinyInt(row.u8()?),
        3 => Value::SmallInt(narrow(row.i32()?)?),
        4 => Value::Int(row.i32()?),
        5 => Value::BigInt(row.i64()?),
        6 => {
            let mantissa = i128::from_le_bytes(row.bytes()?.try_into().map_err(|_| DamagedRow)?);
            Value::Decimal(Decimal { mantissa, scale: row.u8()? })
        }
        7 => Value::Money(row.i64()?),
        8 => Value::Real(f32::from_bits(row.i32()?.cast_unsigned())),
        9 => Value::Float(f64::from_bits(row.u64()?)),
        10 => Value::Date(row.i32()?),
        11 => Value::Time(row.i64()?),
        12 => Value::DateTime { days: row.i32()?, ticks: row.i32()?.cast_unsigned() },
        13 => Value::DateTime2 { days: row.i32()?, ticks: row.i64()? },
        14 => Value::DateTimeOffset { days: row.i32()?, ticks: row.i64()?, offset: narrow(row.i32()?)? },
        15 => Value::VarChar(text(row)?),
        16 => Value::NVarChar(text(row)?),
        17 => Value::VarBinary(Bytes::copy_from_slice(row.bytes()?)),
        18 => Value::Guid(Guid(row.guid()?.0)),
        19 => Value::Xml(text(row)?),
        _ => return Err(DamagedRow),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_survives_and_damage_is_noticed() {
        let values = [
            Value::Null,
            Value::Bit(true),
            Value::TinyInt(255),
            Value::SmallInt(-5),
            Value::Int(i32::MIN),
            Value::BigInt(i64::MAX),
            Value::Decimal(Decimal { mantissa: -12345, scale: 2 }),
            Value::Money(-1),
            Value::Real(1.5),
            Value::Float(-0.25),
            Value::Date(738_000),
            Value::Time(863_999_999_999),
            Value::DateTime { days: -1, ticks: 25_919_999 },
            Value::DateTime2 { days: 1, ticks: 2 },
            Value::DateTimeOffset { days: 1, ticks: 2, offset: -840 },
            Value::VarChar("a".into()),
            Value::NVarChar("\u{1f600}".into()),
            Value::VarBinary(Bytes::from_static(b"\0\xff")),
            Value::Guid(Guid([7; 16])),
            Value::Xml("<a/>".into()),
        ];
        let row = encode_row(&values);
        assert_eq!(&*decode_row(&row).unwrap(), &values);
        for length in 0..row.len() {
            assert_eq!(decode_row(&row[..length]).err(), Some(DamagedRow));
        }
    }
}
