//! Aggregate functions.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{FunctionCall, OrderItem};
use duologue_types::{Family, Length, SqlType};

use super::function::check_arity;
use super::{Binder, not_built};
use crate::query::conversion::coerce;
use crate::query::plan::{Aggregate, AggregateFunction, SortKey};
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::Scope;

impl Binder<'_> {
    /// An aggregate as a column of the grouped row; `None` for other functions.
    pub(super) fn aggregate(
        &self,
        call: &FunctionCall,
        scope: &Scope<'_>,
    ) -> Result<Option<Scalar>, SqlError> {
        if !is_aggregate(call.name.object()) || call.over.is_some() {
            return Ok(None);
        }
        let Some(grouping) = scope.grouping() else {
            scope.want_grouping();
            return Err(sql_error!(147));
        };
        let aggregate = self.aggregate_of(call, &scope.ungrouped())?;
        let sql_type = aggregate.sql_type;
        let collation = aggregate.collation();
        let mut grouping = grouping.borrow_mut();
        let known = grouping.aggregates.iter().position(|other| *other == aggregate);
        let place = known.unwrap_or(grouping.aggregates.len());
        if known.is_none() {
            grouping.aggregates.push(aggregate);
        }
        let index = grouping.keys.len() + place;
        Ok(Some(Scalar { sql_type, nullable: true, collation, kind: ScalarKind::Column { depth: 0, index } }))
    }

    /// The aggregate over rows of `scope`.
    pub(super) fn aggregate_of(&self, call: &FunctionCall, scope: &Scope<'_>) -> Result<Aggregate, SqlError> {
        let name = call.name.object().to_ascii_uppercase();
        let is_count = matches!(name.as_str(), "COUNT" | "COUNT_BIG");
        let count_type = if name == "COUNT_BIG" { SqlType::BigInt } else { SqlType::Int };
        if is_count && call.star {
            return Ok(Aggregate {
                function: AggregateFunction::Count,
                argument: None,
                distinct: false,
                sql_type: count_type,
            });
        }
        let arity = if name == "STRING_AGG" { (2, 2) } else { (1, 1) };
        check_arity(&name, call.arguments.len(), arity)?;
        let argument = self.scalar(&call.arguments[0], scope).map_err(nested)?;
        if is_count {
            return Ok(simple(AggregateFunction::Count, argument, call.distinct, count_type));
        }
        refuse(&argument, &name)?;
        match name.as_str() {
            "SUM" => {
                let sql_type = sum_type(argument.sql_type).ok_or_else(|| invalid(&argument, "sum"))?;
                let argument = coerce(argument, sql_type)?;
                Ok(simple(AggregateFunction::Sum, argument, call.distinct, sql_type))
            }
            "AVG" => {
                let counted = sum_type(argument.sql_type).ok_or_else(|| invalid(&argument, "avg"))?;
                let argument = coerce(argument, counted)?;
                Ok(simple(AggregateFunction::Average, argument, call.distinct, average_type(counted)))
            }
            "STRING_AGG" => self.string_agg(call, argument, scope),
            _ => {
                let sql_type = argument.sql_type;
                if sql_type == SqlType::Bit {
                    return Err(invalid(&argument, &name.to_ascii_lowercase()));
                }
                let function =
                    if name == "MIN" { AggregateFunction::Minimum } else { AggregateFunction::Maximum };
                Ok(simple(function, argument, false, sql_type))
            }
        }
    }

    fn string_agg(
        &self,
        call: &FunctionCall,
        argument: Scalar,
        scope: &Scope<'_>,
    ) -> Result<Aggregate, SqlError> {
        if call.distinct {
            return Err(not_built("STRING_AGG(DISTINCT …)"));
        }
        let sql_type = match argument.sql_type.family() {
            Family::Character => SqlType::VarChar(limited(argument.sql_type, 8000)),
            Family::Unicode => SqlType::NVarChar(limited(argument.sql_type, 4000)),
            _ => SqlType::NVarChar(Length::Fixed(4000)),
        };
        let separator = self.scalar(&call.arguments[1], scope)?;
        let separator = coerce(separator, SqlType::NVARCHAR_MAX)?;
        let order = |item: &OrderItem| {
            Ok(SortKey { scalar: self.scalar(&item.expr, scope)?, descending: item.descending })
        };
        let order_by = call.within_group.iter().map(order).collect::<Result<_, SqlError>>()?;
        Ok(Aggregate {
            function: AggregateFunction::StringAgg { separator, order_by },
            argument: Some(coerce(argument, sql_type)?),
            distinct: false,
            sql_type,
        })
    }
}

/// An aggregate within an aggregate, or in a place where none may be: 130.
fn nested(error: SqlError) -> SqlError {
    if error.number == 147 { sql_error!(130) } else { error }
}

pub(super) fn is_aggregate(name: &str) -> bool {
    ["COUNT", "COUNT_BIG", "SUM", "AVG", "MIN", "MAX", "STRING_AGG"]
        .iter()
        .any(|aggregate| aggregate.eq_ignore_ascii_case(name))
}

fn simple(function: AggregateFunction, argument: Scalar, distinct: bool, sql_type: SqlType) -> Aggregate {
    Aggregate { function, argument: Some(argument), distinct, sql_type }
}

fn invalid(argument: &Scalar, name: &str) -> SqlError {
    sql_error!(8117, argument.sql_type.error_name(), name)
}

fn refuse(argument: &Scalar, name: &str) -> Result<(), SqlError> {
    let family = argument.sql_type.family();
    if family == Family::Xml || family.is_old_large_object() {
        return Err(invalid(argument, &name.to_ascii_lowercase()));
    }
    Ok(())
}

/// The type in which numbers are summed; `None` for what is no number.
fn sum_type(sql_type: SqlType) -> Option<SqlType> {
    Some(match sql_type {
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int => SqlType::Int,
        SqlType::BigInt => SqlType::BigInt,
        SqlType::Decimal { scale, .. } => SqlType::Decimal { precision: 38, scale },
        SqlType::Money | SqlType::SmallMoney => SqlType::Money,
        SqlType::Float | SqlType::Real => SqlType::Float,
        _ => return None,
    })
}

fn average_type(counted: SqlType) -> SqlType {
    match counted {
        SqlType::Decimal { scale, .. } => SqlType::Decimal { precision: 38, scale: scale.max(6) },
        other => other,
    }
}

fn limited(sql_type: SqlType, most: u16) -> Length {
    if sql_type.length() == Some(Length::Max) { Length::Max } else { Length::Fixed(most) }
}
