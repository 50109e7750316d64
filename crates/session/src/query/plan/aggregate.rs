//! GROUP BY and aggregate functions.

use std::collections::{HashMap, HashSet};

use duologue_messages::{SqlError, sql_error};
use duologue_types::{Collation, Decimal, SqlType, Value, compare, sort_key};

use super::{Plan, Row, Rows, SortKey, ready, sort};
use crate::query::context::{QueryContext, check_kept};
use crate::query::evaluate::{evaluate_all, text_of};
use crate::query::frame::Frame;
use crate::query::scalar::Scalar;

/// What is computed over a group.
#[derive(Clone, Debug, PartialEq)]
pub enum AggregateFunction {
    /// `COUNT`, `COUNT_BIG`: of rows without argument, else of values that are not NULL.
    Count,
    /// `SUM`.
    Sum,
    /// `AVG`.
    Average,
    /// `MIN`.
    Minimum,
    /// `MAX`.
    Maximum,
    /// `STRING_AGG(argument, separator) [WITHIN GROUP (ORDER BY …)]`.
    StringAgg {
        /// What stands between.
        separator: Scalar,
        /// In which order.
        order_by: Vec<SortKey>,
    },
}

/// One aggregate of a query, over rows before grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Which one.
    pub function: AggregateFunction,
    /// Converted to the type that the function counts in; none for `COUNT(*)`.
    pub argument: Option<Scalar>,
    /// `DISTINCT`.
    pub distinct: bool,
    /// Type of the result.
    pub sql_type: SqlType,
}

impl Aggregate {
    /// How values of the result compare.
    pub(crate) fn collation(&self) -> Collation {
        self.argument.as_ref().map(|argument| argument.collation).unwrap_or_default()
    }

    /// The result over some rows.
    pub(super) fn over<'r>(
        &self,
        rows: impl IntoIterator<Item = &'r Row>,
        context: &QueryContext<'_>,
        outer: Option<&Frame<'_>>,
    ) -> Result<Value, SqlError> {
        let mut accumulator = Accumulator::new(self);
        for row in rows {
            accumulator.add(&Frame { row, outer }, context)?;
        }
        accumulator.finish(context, outer)
    }
}

struct Group<'a> {
    key: Row,
    accumulators: Vec<Accumulator<'a>>,
}

/// One row for each group: its keys, then its aggregates. Without keys there is one group even of no rows.
pub(super) fn open<'a>(
    input: &'a Plan,
    keys: &'a [Scalar],
    aggregates: &'a [Aggregate],
    context: &'a QueryContext<'_>,
    outer: Option<&'a Frame<'_>>,
) -> Result<Rows<'a>, SqlError> {
    let start = |key: Row| Group { key, accumulators: aggregates.iter().map(Accumulator::new).collect() };
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut groups = Vec::new();
    if keys.is_empty() {
        groups.push(start(Vec::new()));
        places.insert(Vec::new(), 0);
    }
    for row in input.open(context, outer)? {
        let row = row?;
        let frame = Frame { row: &row, outer };
        let key = evaluate_all(keys, &frame, context)?;
        let bytes = key.iter().zip(keys).flat_map(|(value, key)| sort_key(value, key.collation)).collect();
        let place = *places.entry(bytes).or_insert_with(|| {
            groups.push(start(key));
            groups.len() - 1
        });
        check_kept(groups.len())?;
        for accumulator in &mut groups[place].accumulators {
            accumulator.add(&frame, context)?;
        }
    }
    let finish = |group: Group<'_>| {
        let mut row = group.key;
        for accumulator in group.accumulators {
            row.push(accumulator.finish(context, outer)?);
        }
        Ok(row)
    };
    Ok(ready(groups.into_iter().map(finish).collect::<Result<_, SqlError>>()?))
}

/// One aggregate of one group while rows arrive.
struct Accumulator<'a> {
    aggregate: &'a Aggregate,
    seen: HashSet<Vec<u8>>,
    count: u64,
    total: Total,
    extreme: Value,
    /// Of STRING_AGG: text, separator before it, and the row, which ORDER BY may want.
    texts: Vec<Row>,
}

#[derive(Clone, Copy)]
enum Total {
    Integer(i128),
    Decimal(Decimal),
    Money(i128),
    Float(f64),
}

impl<'a> Accumulator<'a> {
    fn new(aggregate: &'a Aggregate) -> Self {
        let total = match aggregate.argument.as_ref().map(|argument| argument.sql_type) {
            Some(SqlType::Decimal { scale, .. }) => Total::Decimal(Decimal { mantissa: 0, scale }),
            Some(SqlType::Money | SqlType::SmallMoney) => Total::Money(0),
            Some(SqlType::Float | SqlType::Real) => Total::Float(0.0),
            _ => Total::Integer(0),
        };
        Self { aggregate, seen: HashSet::new(), count: 0, total, extreme: Value::Null, texts: Vec::new() }
    }

    fn add(&mut self, frame: &Frame<'_>, context: &QueryContext<'_>) -> Result<(), SqlError> {
        let Some(argument) = &self.aggregate.argument else {
            self.count += 1;
            return Ok(());
        };
        let value = argument.evaluate(frame, context)?;
        if value.is_null() {
            return Ok(());
        }
        if self.aggregate.distinct {
            let is_new = self.seen.insert(sort_key(&value, argument.collation));
            check_kept(self.seen.len())?;
            if !is_new {
                return Ok(());
            }
        }
        self.count += 1;
        match &self.aggregate.function {
            AggregateFunction::Count => {}
            AggregateFunction::Sum | AggregateFunction::Average => self.add_number(&value)?,
            AggregateFunction::Minimum => self.replace_if(value, std::cmp::Ordering::Less),
            AggregateFunction::Maximum => self.replace_if(value, std::cmp::Ordering::Greater),
            AggregateFunction::StringAgg { separator, .. } => {
                let mut row = frame.row.to_vec();
                row.push(value);
                row.push(separator.evaluate(frame, context)?);
                self.texts.push(row);
                check_kept(self.texts.len())?;
            }
        }
        Ok(())
    }

    fn replace_if(&mut self, value: Value, order: std::cmp::Ordering) {
        let collation = self.aggregate.collation();
        if self.extreme.is_null() || compare(&value, &self.extreme, collation) == Some(order) {
            self.extreme = value;
        }
    }

    fn add_number(&mut self, value: &Value) -> Result<(), SqlError> {
        let sum = match (self.total, value) {
            (Total::Decimal(total), Value::Decimal(value)) => {
                total.add(*value, total.scale).map(Total::Decimal)
            }
            (Total::Money(total), Value::Money(value)) => Some(Total::Money(total + i128::from(*value))),
            (Total::Float(total), Value::Float(value)) => Some(Total::Float(total + value)),
            (Total::Float(total), Value::Real(value)) => Some(Total::Float(total + f64::from(*value))),
            (Total::Integer(total), Value::Int(value)) => Some(Total::Integer(total + i128::from(*value))),
            (Total::Integer(total), Value::BigInt(value)) => Some(Total::Integer(total + i128::from(*value))),
            _ => None,
        };
        self.total = sum.ok_or_else(|| self.overflow())?;
        Ok(())
    }

    fn overflow(&self) -> SqlError {
        sql_error!(8115, "expression", self.aggregate.sql_type.error_name())
    }

    fn finish(self, context: &QueryContext<'_>, outer: Option<&Frame<'_>>) -> Result<Value, SqlError> {
        match &self.aggregate.function {
            AggregateFunction::Count => self.counted(),
            AggregateFunction::Minimum | AggregateFunction::Maximum => Ok(self.extreme),
            _ if self.count == 0 => Ok(Value::Null),
            AggregateFunction::Sum => self.number(self.total),
            AggregateFunction::Average => self.average(),
            AggregateFunction::StringAgg { order_by, .. } => {
                let sorted = sort::sorted(self.texts, order_by, context, outer)?;
                Ok(joined(sorted.into_iter().map(|(_, row)| row), self.aggregate.sql_type))
            }
        }
    }

    fn counted(&self) -> Result<Value, SqlError> {
        let count = self.count;
        let value = match self.aggregate.sql_type {
            SqlType::BigInt => i64::try_from(count).ok().map(Value::BigInt),
            _ => i32::try_from(count).ok().map(Value::Int),
        };
        value.ok_or_else(|| self.overflow())
    }

    fn number(&self, total: Total) -> Result<Value, SqlError> {
        let value = match (total, self.aggregate.sql_type) {
            (Total::Integer(total), SqlType::BigInt) => i64::try_from(total).ok().map(Value::BigInt),
            (Total::Integer(total), _) => i32::try_from(total).ok().map(Value::Int),
            (Total::Decimal(total), SqlType::Decimal { precision, scale }) => {
                total.to_type(precision, scale).map(Value::Decimal)
            }
            (Total::Decimal(total), _) => Some(Value::Decimal(total)),
            (Total::Money(total), _) => i64::try_from(total).ok().map(Value::Money),
            (Total::Float(total), _) => total.is_finite().then_some(Value::Float(total)),
        };
        value.ok_or_else(|| self.overflow())
    }

    /// Whole numbers give a whole number, cut.
    fn average(&self) -> Result<Value, SqlError> {
        let count = i64::try_from(self.count).unwrap_or(i64::MAX);
        let average = match (self.total, self.aggregate.sql_type) {
            (Total::Integer(total), _) => Some(Total::Integer(total / i128::from(count))),
            (Total::Money(total), _) => Some(Total::Money(total / i128::from(count))),
            (Total::Float(total), _) => Some(Total::Float(total / self.count as f64)),
            (Total::Decimal(total), SqlType::Decimal { scale, .. }) => {
                total.divide(Decimal::from_integer(count), scale).map(Total::Decimal)
            }
            (Total::Decimal(_), _) => None,
        };
        self.number(average.ok_or_else(|| self.overflow())?)
    }
}

/// Texts with their separators between; the first one's separator is not used.
fn joined(rows: impl Iterator<Item = Row>, sql_type: SqlType) -> Value {
    let mut text = String::new();
    for (index, row) in rows.enumerate() {
        if let [.., part, separator] = row.as_slice() {
            if index > 0 {
                text.push_str(text_of(separator).unwrap_or_default());
            }
            text.push_str(text_of(part).unwrap_or_default());
        }
    }
    match sql_type.family() {
        duologue_types::Family::Character => Value::VarChar(text.into()),
        _ => Value::NVarChar(text.into()),
    }
}
