//! UNION, UNION ALL, EXCEPT, INTERSECT.

use std::collections::HashSet;

use duologue_messages::SqlError;
use duologue_types::Collation;

use super::{Plan, Rows, distinct, key_of};
use crate::query::context::{QueryContext, check_kept};
use crate::query::frame::Frame;

pub use duologue_tsql::ast::SetOperator;

/// Two inputs of one shape.
#[derive(Debug)]
pub struct SetOperation {
    /// What happens with them.
    pub operator: SetOperator,
    /// The first operand.
    pub left: Plan,
    /// The second operand.
    pub right: Plan,
    /// How the columns compare.
    pub collations: Vec<Collation>,
}

impl SetOperation {
    pub(super) fn open<'a>(
        &'a self,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        let left = self.left.open(context, outer)?;
        let right = self.right.open(context, outer)?;
        match self.operator {
            SetOperator::UnionAll => Ok(Box::new(left.chain(right))),
            SetOperator::Union => {
                Ok(Box::new(distinct::distinct(Box::new(left.chain(right)), &self.collations)))
            }
            SetOperator::Except => self.filtered(left, right, false),
            SetOperator::Intersect => self.filtered(left, right, true),
        }
    }

    /// Distinct left rows that the right side has, or has not.
    fn filtered<'a>(&'a self, left: Rows<'a>, right: Rows<'a>, wanted: bool) -> Result<Rows<'a>, SqlError> {
        let mut keys = HashSet::new();
        for row in right {
            keys.insert(key_of(&row?, &self.collations));
            check_kept(keys.len())?;
        }
        let rows = distinct::distinct(left, &self.collations);
        Ok(Box::new(rows.filter(move |row| match row {
            Ok(row) => keys.contains(&key_of(row, &self.collations)) == wanted,
            Err(_) => true,
        })))
    }
}
