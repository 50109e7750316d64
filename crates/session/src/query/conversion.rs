//! Conversions as the evaluator uses them: with the xml parser plugged in, and with the conversions that SQL Server
//! inserts by itself.

use std::sync::Arc;

use duologue_messages::SqlError;
use duologue_types::{Mode, SqlType, Value, XmlParser, check_conversion, common_type, convert};
use duologue_xml::{TextKind, Whitespace, parse_bytes, parse_text};

use super::scalar::{Scalar, ScalarKind};

/// The `xml` crate, as conversions need it.
pub const XML: XmlParser = XmlParser { from_text: xml_from_text, from_bytes: xml_from_bytes };

fn xml_from_text(text: &str, is_unicode: bool, style: i32) -> Result<Arc<str>, SqlError> {
    let kind = if is_unicode { TextKind::Unicode } else { TextKind::SingleByte };
    parse_text(text, kind, whitespace(style)).map(Into::into)
}

fn xml_from_bytes(bytes: &[u8], style: i32) -> Result<Arc<str>, SqlError> {
    parse_bytes(bytes, whitespace(style)).map(Into::into)
}

/// Styles 1 and 3 of `CONVERT(xml, …)` keep whitespace.
fn whitespace(style: i32) -> Whitespace {
    if style & 1 == 1 { Whitespace::Preserve } else { Whitespace::Strip }
}

/// `value` for a variable or parameter of type `to`: longer text is cut.
pub fn assign(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    convert(value, from, to, 0, Mode::Implicit, XML)
}

/// `value` for a column of type `to`: what is too long is 8152, for which
/// [`duologue_types::truncation_error`] names the column.
pub fn store(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    convert(value, from, to, 0, Mode::Store, XML)
}

/// `CAST(value AS to)`.
pub fn cast(value: &Value, from: SqlType, to: SqlType) -> Result<Value, SqlError> {
    convert(value, from, to, 0, Mode::Explicit, XML)
}

/// The expression as one of type `to`: 206 or 257 where that needs a CONVERT.
pub(crate) fn coerce(scalar: Scalar, to: SqlType) -> Result<Scalar, SqlError> {
    coerce_with(scalar, to, Mode::Implicit)
}

/// [`coerce`] for whatever converts with CAST.
pub(crate) fn coerce_with(scalar: Scalar, to: SqlType, mode: Mode) -> Result<Scalar, SqlError> {
    if scalar.sql_type == to {
        return Ok(scalar);
    }
    if scalar.is_null_literal() {
        return Ok(Scalar::typed_constant(to, Value::Null));
    }
    check_conversion(scalar.sql_type, to, mode)?;
    let (nullable, collation) = (scalar.nullable, scalar.collation);
    let kind = ScalarKind::Convert { operand: Box::new(scalar), style: None, mode, is_try: false };
    Ok(Scalar { sql_type: to, nullable, collation, kind })
}

/// The type in which several expressions meet; NULLs have no say. `None` when all are NULL.
pub(crate) fn meeting_type<'a>(scalars: impl IntoIterator<Item = &'a Scalar>) -> Option<SqlType> {
    let typed = scalars.into_iter().filter(|scalar| !scalar.is_null_literal());
    typed.map(|scalar| scalar.sql_type).reduce(common_type)
}
