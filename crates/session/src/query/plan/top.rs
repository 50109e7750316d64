//! TOP, OFFSET and FETCH.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, Value};

use super::{Plan, Rows, SortKey, keep, ready, sort};
use crate::query::context::QueryContext;
use crate::query::conversion::cast;
use crate::query::frame::Frame;
use crate::query::scalar::Scalar;

/// How many rows pass.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the clause's parts")]
pub enum Limit {
    Top {
        count: Scalar,
    },
    Percent {
        percent: Scalar,
    },
    /// `WITH TIES`: also what equals the last row in the ORDER BY keys.
    WithTies {
        count: Scalar,
        keys: Vec<SortKey>,
    },
    OffsetFetch {
        offset: Scalar,
        fetch: Option<Scalar>,
    },
}

impl Limit {
    pub(super) fn open<'a>(
        &'a self,
        input: &'a Plan,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        let frame = outer.copied().unwrap_or_default();
        let count_of = |scalar: &Scalar| count(scalar, &frame, context);
        match self {
            Self::Top { count } => {
                let count = count_of(count)?.ok_or_else(|| sql_error!(127))?;
                if count == 0 {
                    return Ok(ready(Vec::new()));
                }
                Ok(Box::new(input.open(context, outer)?.take(count)))
            }
            Self::Percent { percent } => {
                let mut rows = keep(input.open(context, outer)?)?;
                rows.truncate(share(percent, rows.len(), &frame, context)?);
                Ok(ready(rows))
            }
            Self::WithTies { count, keys } => {
                let count = count_of(count)?.ok_or_else(|| sql_error!(127))?;
                let sorted = sort::sorted(keep(input.open(context, outer)?)?, keys, context, outer)?;
                let last = count.checked_sub(1).and_then(|last| sorted.get(last)).map(|(key, _)| key.clone());
                let tied = |index: usize, key| index < count || Some(key) == last.as_ref();
                let rows = sorted.iter().enumerate().take_while(|(index, (key, _))| tied(*index, key));
                Ok(ready(rows.map(|(_, (_, row))| row.clone()).collect()))
            }
            Self::OffsetFetch { offset, fetch } => {
                let offset = count_of(offset)?.ok_or_else(|| sql_error!(10742))?;
                let fetch = match fetch {
                    None => usize::MAX,
                    Some(fetch) => {
                        count_of(fetch)?.filter(|fetch| *fetch > 0).ok_or_else(|| sql_error!(10744))?
                    }
                };
                Ok(Box::new(input.open(context, outer)?.skip(offset).take(fetch)))
            }
        }
    }
}

/// A number of rows; `None` for a negative one, 1014 for NULL.
fn count(scalar: &Scalar, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<Option<usize>, SqlError> {
    let value = scalar.evaluate(frame, context)?;
    match cast(&value, scalar.sql_type, SqlType::BigInt)? {
        Value::BigInt(count) => Ok(usize::try_from(count).ok()),
        _ => Err(sql_error!(1014)),
    }
}

/// `percent` of `rows`, rounded up; 1031 outside 0 to 100.
fn share(
    percent: &Scalar,
    rows: usize,
    frame: &Frame<'_>,
    context: &QueryContext<'_>,
) -> Result<usize, SqlError> {
    let value = percent.evaluate(frame, context)?;
    match cast(&value, percent.sql_type, SqlType::Float)? {
        Value::Float(percent) if (0.0..=100.0).contains(&percent) => {
            Ok((rows as f64 * percent / 100.0).ceil() as usize)
        }
        Value::Null => Err(sql_error!(1014)),
        _ => Err(sql_error!(1031)),
    }
}
