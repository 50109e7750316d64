//! CROSS APPLY and OUTER APPLY.

use duologue_messages::SqlError;

use super::{Plan, Row, Rows, keep, nulls};
use crate::query::context::QueryContext;
use crate::query::frame::Frame;

/// Rows of the left side, each with the rows that the right side makes of it.
pub(super) struct Apply<'a> {
    left: Rows<'a>,
    right: &'a Plan,
    keeps_left: bool,
    right_width: usize,
    context: &'a QueryContext<'a>,
    outer: Option<&'a Frame<'a>>,
    /// Joined rows of the present left row, the next one last.
    pending: Vec<Row>,
}

impl<'a> Apply<'a> {
    pub(super) fn new(
        left: Rows<'a>,
        right: &'a Plan,
        keeps_left: bool,
        right_width: usize,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Self {
        Self { left, right, keeps_left, right_width, context, outer, pending: Vec::new() }
    }

    fn joined(&self, left: Row) -> Result<Vec<Row>, SqlError> {
        let found = keep(self.right.open(self.context, Some(&Frame { row: &left, outer: self.outer }))?)?;
        if found.is_empty() && self.keeps_left {
            return Ok(vec![left.into_iter().chain(nulls(self.right_width)).collect()]);
        }
        let join = |right: Row| left.iter().cloned().chain(right).collect();
        Ok(found.into_iter().rev().map(join).collect())
    }
}

impl Iterator for Apply<'_> {
    type Item = Result<Row, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.pending.pop() {
                return Some(self.context.count_row().map(|()| row));
            }
            let joined = self.left.next()?.and_then(|left| self.joined(left));
            match joined {
                Ok(rows) => self.pending = rows,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
