//! UNION, EXCEPT, INTERSECT.

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{QueryBody, SetOperand, SetOperator};
use duologue_types::{Family, common_type};

use super::{Binder, BoundQuery, OutputColumn};
use crate::query::conversion::coerce;
use crate::query::plan::{Plan, SetOperation};
use crate::query::scalar::{Scalar, ScalarKind};
use crate::query::scope::{Column, Scope};

impl Binder<'_> {
    /// Operands from left to right.
    pub(super) fn set_operations(
        &self,
        first: &QueryBody,
        rest: &[SetOperand],
        outer: &Scope<'_>,
    ) -> Result<BoundQuery, SqlError> {
        let mut left = self.body(first, outer)?;
        for operand in rest {
            left = combined(operand.operator, left, self.body(&operand.right, outer)?)?;
        }
        Ok(left)
    }
}

fn combined(operator: SetOperator, left: BoundQuery, right: BoundQuery) -> Result<BoundQuery, SqlError> {
    if left.columns.len() != right.columns.len() {
        return Err(sql_error!(205));
    }
    let columns = left.columns.iter().zip(&right.columns).map(|(l, r)| meet(l, r)).collect::<Vec<_>>();
    let compares = operator != SetOperator::UnionAll;
    for output in &columns {
        let family = output.column.sql_type.family();
        if compares && (family == Family::Xml || family.is_old_large_object()) {
            return Err(sql_error!(421, output.column.sql_type.name()));
        }
    }
    let collations = columns.iter().map(|output| output.column.collation).collect();
    let (left, right) = (converted(left, &columns)?, converted(right, &columns)?);
    let plan = Plan::SetOperation(Box::new(SetOperation { operator, left, right, collations }));
    Ok(BoundQuery { plan, columns })
}

/// The name of the first operand, the type in which both meet.
fn meet(left: &OutputColumn, right: &OutputColumn) -> OutputColumn {
    let sql_type = match (left.is_untyped, right.is_untyped) {
        (true, false) => right.column.sql_type,
        (false, true) => left.column.sql_type,
        _ => common_type(left.column.sql_type, right.column.sql_type),
    };
    let collation = left.column.collation.max_binary(right.column.collation);
    let nullable = left.column.nullable || right.column.nullable;
    OutputColumn {
        column: Column { sql_type, nullable, collation, ..left.column.clone() },
        is_untyped: left.is_untyped && right.is_untyped,
    }
}

/// The operand with its columns converted, where they differ.
fn converted(query: BoundQuery, columns: &[OutputColumn]) -> Result<Plan, SqlError> {
    let types = || query.columns.iter().zip(columns);
    if types().all(|(own, wanted)| own.column.sql_type == wanted.column.sql_type) {
        return Ok(query.plan);
    }
    let convert = |(index, (own, wanted)): (usize, (&OutputColumn, &OutputColumn))| {
        let kind = ScalarKind::Column { depth: 0, index };
        let value = Scalar { collation: own.column.collation, ..Scalar::new(own.column.sql_type, kind) };
        match own.is_untyped {
            // NULL of no type is NULL of every type.
            true => Ok(Scalar { sql_type: wanted.column.sql_type, ..value }),
            false => coerce(value, wanted.column.sql_type),
        }
    };
    let scalars = types().enumerate().map(convert).collect::<Result<_, SqlError>>()?;
    Ok(Plan::Project { input: Box::new(query.plan), columns: scalars })
}

/// Of two collations the binary one decides.
trait MaxBinary {
    fn max_binary(self, other: Self) -> Self;
}

impl MaxBinary for duologue_types::Collation {
    fn max_binary(self, other: Self) -> Self {
        if self == Self::Binary { self } else { other }
    }
}
