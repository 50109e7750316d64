//! Rows that expressions make: VALUES, `nodes()`, table-valued functions.

use duologue_messages::{SqlError, sql_error};
use duologue_types::Value;

use super::{Row, Rows, ready};
use crate::query::context::QueryContext;
use crate::query::evaluate::{evaluate_all, text_of};
use crate::query::frame::Frame;
use crate::query::functions::rowsets;
use crate::query::scalar::Scalar;
use crate::query::xml::XmlCall;

/// How the rows are made. The expressions see the row outside, at depth 0.
#[derive(Debug)]
pub enum Rowset {
    /// One row for each list.
    Values(Vec<Vec<Scalar>>),
    /// One row with a node for each that the query finds.
    Nodes(Box<XmlCall>),
    /// `STRING_SPLIT(text, separator [, with ordinal])`.
    StringSplit {
        /// The text.
        text: Scalar,
        /// One character.
        separator: Scalar,
        /// Whether a second column counts from 1.
        ordinal: bool,
    },
    /// `GENERATE_SERIES(start, stop, step)` of `bigint`.
    Series(Vec<Scalar>),
    /// `fn_my_permissions(securable, class)`.
    MyPermissions(Vec<Scalar>),
}

impl Rowset {
    pub(super) fn open<'a>(
        &'a self,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        let frame = outer.copied().unwrap_or_default();
        match self {
            Self::Values(rows) => {
                Ok(Box::new(rows.iter().map(move |row| evaluate_all(row, &frame, context))))
            }
            Self::Nodes(call) => {
                let row = |node| vec![Value::BigInt(context.keep_node(node))];
                Ok(ready(call.nodes(&frame, context)?.into_iter().map(row).collect()))
            }
            Self::StringSplit { text, separator, ordinal } => {
                let (text, separator) =
                    (text.evaluate(&frame, context)?, separator.evaluate(&frame, context)?);
                string_split(&text, &separator, *ordinal).map(ready)
            }
            Self::Series(arguments) => rowsets::series(&evaluate_all(arguments, &frame, context)?).map(ready),
            Self::MyPermissions(arguments) => {
                rowsets::my_permissions(&evaluate_all(arguments, &frame, context)?, context).map(ready)
            }
        }
    }
}

fn string_split(text: &Value, separator: &Value, ordinal: bool) -> Result<Vec<Row>, SqlError> {
    let Some(characters) = text_of(text) else { return Ok(Vec::new()) };
    let mut separators = text_of(separator).unwrap_or_default().chars();
    let (Some(separator), None) = (separators.next(), separators.next()) else {
        return Err(sql_error!(214, "separator", "nchar(1)/nvarchar(1)"));
    };
    let value = |part: &str| match text {
        Value::VarChar(_) => Value::VarChar(part.into()),
        _ => Value::NVarChar(part.into()),
    };
    let row = |(number, part)| {
        let mut row = vec![value(part)];
        if ordinal {
            row.push(Value::BigInt(number));
        }
        row
    };
    Ok((1..).zip(characters.split(separator)).map(row).collect())
}
