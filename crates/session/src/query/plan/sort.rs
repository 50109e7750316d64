//! ORDER BY.

use std::cmp::Ordering;

use duologue_messages::SqlError;

use super::{Plan, Row, Rows, keep, ready};
use crate::query::context::QueryContext;
use crate::query::frame::Frame;
use crate::query::scalar::Scalar;

/// One item of an ORDER BY clause, over the rows that are sorted. NULL comes first, or last when descending.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What decides.
    pub scalar: Scalar,
    /// `DESC`.
    pub descending: bool,
}

/// The keys of one row, as bytes that sort.
pub(super) type RowKey = Vec<Vec<u8>>;

pub(super) fn open<'a>(
    input: &'a Plan,
    keys: &'a [SortKey],
    context: &'a QueryContext<'_>,
    outer: Option<&'a Frame<'_>>,
) -> Result<Rows<'a>, SqlError> {
    let sorted = sorted(keep(input.open(context, outer)?)?, keys, context, outer)?;
    Ok(ready(sorted.into_iter().map(|(_, row)| row).collect()))
}

/// The rows with their keys, in order; equal ones stay as they are.
pub(super) fn sorted(
    rows: Vec<Row>,
    keys: &[SortKey],
    context: &QueryContext<'_>,
    outer: Option<&Frame<'_>>,
) -> Result<Vec<(RowKey, Row)>, SqlError> {
    let with_key = |row: Row| key_of(&row, keys, context, outer).map(|key| (key, row));
    let mut keyed = rows.into_iter().map(with_key).collect::<Result<Vec<_>, _>>()?;
    keyed.sort_by(|(left, _), (right, _)| compare(left, right, keys));
    Ok(keyed)
}

fn key_of(
    row: &Row,
    keys: &[SortKey],
    context: &QueryContext<'_>,
    outer: Option<&Frame<'_>>,
) -> Result<RowKey, SqlError> {
    let frame = Frame { row, outer };
    let bytes = |key: &SortKey| {
        let value = key.scalar.evaluate(&frame, context)?;
        Ok(duologue_types::sort_key(&value, key.scalar.collation))
    };
    keys.iter().map(bytes).collect()
}

fn compare(left: &RowKey, right: &RowKey, keys: &[SortKey]) -> Ordering {
    for ((left, right), key) in left.iter().zip(right).zip(keys) {
        let order = if key.descending { right.cmp(left) } else { left.cmp(right) };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}
