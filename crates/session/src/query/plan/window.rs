//! Window functions: values that are appended to each row, computed over the rows of its partition.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{SqlType, Value};

use super::{Aggregate, Plan, Row, Rows, SortKey, keep, ready, sort};
use crate::query::context::QueryContext;
use crate::query::conversion::cast;
use crate::query::frame::Frame;
use crate::query::scalar::Scalar;

/// `function OVER (PARTITION BY … ORDER BY …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// What is computed.
    pub function: WindowFunction,
    /// PARTITION BY.
    pub partition_by: Vec<Scalar>,
    /// ORDER BY.
    pub order_by: Vec<SortKey>,
}

/// What is computed for each row.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowFunction {
    /// `ROW_NUMBER()`.
    RowNumber,
    /// `RANK()`.
    Rank,
    /// `DENSE_RANK()`.
    DenseRank,
    /// `NTILE(buckets)`.
    Ntile(Scalar),
    /// Over the whole partition; with ORDER BY up to the row and its equals.
    Aggregate(Aggregate),
}

impl WindowFunction {
    /// Type of its values.
    pub(crate) fn sql_type(&self) -> SqlType {
        match self {
            Self::Aggregate(aggregate) => aggregate.sql_type,
            _ => SqlType::BigInt,
        }
    }
}

/// A row under the keys of its partition and of its place in it, with its number in the input.
struct Placed {
    order: Vec<Vec<u8>>,
    row: Row,
    /// Values of the windows so far, the first window's first.
    values: Vec<Value>,
}

/// Rows with the windows' values after their own, the first window's value last. They come in the order of the last
/// window, as SQL Server's do for want of an ORDER BY.
pub(super) fn open<'a>(
    input: &'a Plan,
    windows: &'a [Window],
    context: &'a QueryContext<'_>,
    outer: Option<&'a Frame<'_>>,
) -> Result<Rows<'a>, SqlError> {
    let mut rows: Vec<(Row, Vec<Value>)> =
        keep(input.open(context, outer)?)?.into_iter().map(|row| (row, Vec::new())).collect();
    for window in windows {
        rows = window.append(rows, context, outer)?;
    }
    let extended = |(mut row, values): (Row, Vec<Value>)| {
        row.extend(values.into_iter().rev());
        row
    };
    Ok(ready(rows.into_iter().map(extended).collect()))
}

impl Window {
    fn append(
        &self,
        rows: Vec<(Row, Vec<Value>)>,
        context: &QueryContext<'_>,
        outer: Option<&Frame<'_>>,
    ) -> Result<Vec<(Row, Vec<Value>)>, SqlError> {
        let by_partition = |scalar: &Scalar| SortKey { scalar: scalar.clone(), descending: false };
        let partition: Vec<SortKey> = self.partition_by.iter().map(by_partition).collect();
        let keys: Vec<SortKey> = partition.iter().chain(&self.order_by).cloned().collect();
        // The values so far travel behind the row through the sort.
        let widths: Vec<usize> = rows.iter().map(|(row, _)| row.len()).take(1).collect();
        let width = widths.first().copied().unwrap_or(0);
        let joined = rows.into_iter().map(|(row, values)| row.into_iter().chain(values).collect()).collect();
        let sorted = sort::sorted(joined, &keys, context, outer)?;
        let mut placed: Vec<Placed> = sorted
            .into_iter()
            .map(|(order, mut row)| {
                let values = row.split_off(width);
                Placed { order, row, values }
            })
            .collect();
        let same =
            |left: &Placed, right: &Placed| left.order[..partition.len()] == right.order[..partition.len()];
        for rows in placed.chunk_by_mut(same) {
            self.fill(rows, context, outer)?;
        }
        Ok(placed.into_iter().map(|placed| (placed.row, placed.values)).collect())
    }

    /// Appends this window's value to each row of one partition.
    fn fill(
        &self,
        rows: &mut [Placed],
        context: &QueryContext<'_>,
        outer: Option<&Frame<'_>>,
    ) -> Result<(), SqlError> {
        let values = match &self.function {
            WindowFunction::RowNumber => (1..).take(rows.len()).map(Value::BigInt).collect(),
            WindowFunction::Rank => ranks(rows, false),
            WindowFunction::DenseRank => ranks(rows, true),
            WindowFunction::Ntile(buckets) => ntile(rows, buckets, context, outer)?,
            WindowFunction::Aggregate(aggregate) => self.running(rows, aggregate, context, outer)?,
        };
        for (row, value) in rows.iter_mut().zip(values) {
            row.values.push(value);
        }
        Ok(())
    }

    fn running(
        &self,
        rows: &[Placed],
        aggregate: &Aggregate,
        context: &QueryContext<'_>,
        outer: Option<&Frame<'_>>,
    ) -> Result<Vec<Value>, SqlError> {
        let over =
            |until: usize| aggregate.over(rows[..until].iter().map(|placed| &placed.row), context, outer);
        if self.order_by.is_empty() {
            return Ok(vec![over(rows.len())?; rows.len()]);
        }
        let mut values = Vec::with_capacity(rows.len());
        for peers in rows.chunk_by(|left, right| left.order == right.order) {
            let until = values.len() + peers.len();
            for _ in 0..until {
                context.count_row()?;
            }
            let value = over(until)?;
            values.resize(until, value);
        }
        Ok(values)
    }
}

fn ranks(rows: &[Placed], dense: bool) -> Vec<Value> {
    let mut values = Vec::with_capacity(rows.len());
    for (group, peers) in rows.chunk_by(|left, right| left.order == right.order).enumerate() {
        let rank = if dense { group } else { values.len() } as i64 + 1;
        values.resize(values.len() + peers.len(), Value::BigInt(rank));
    }
    values
}

/// The first buckets are the larger ones.
fn ntile(
    rows: &[Placed],
    buckets: &Scalar,
    context: &QueryContext<'_>,
    outer: Option<&Frame<'_>>,
) -> Result<Vec<Value>, SqlError> {
    let value = buckets.evaluate(&outer.copied().unwrap_or_default(), context)?;
    let buckets = match cast(&value, buckets.sql_type, SqlType::BigInt)? {
        Value::BigInt(buckets) if buckets > 0 => usize::try_from(buckets).unwrap_or(usize::MAX),
        _ => return Err(sql_error!(1023, 1, "ntile")),
    };
    let (size, larger) = (rows.len() / buckets, rows.len() % buckets);
    let bucket = |index: usize| {
        let in_larger = (size + 1) * larger;
        match index.checked_sub(in_larger) {
            None => index / (size + 1),
            Some(beyond) => larger + beyond / size.max(1),
        }
    };
    Ok((0..rows.len()).map(|index| Value::BigInt(bucket(index) as i64 + 1)).collect())
}
