//! Joins: by hashing where columns are compared for equality, else each row with each.

use duologue_messages::SqlError;

use super::hash_join::{self, HashKeys};
use super::{Plan, Row, Rows, keep, nulls};
use crate::query::context::QueryContext;
use crate::query::frame::Frame;
use crate::query::scalar::Predicate;

/// Which rows without a partner stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "T-SQL's own words")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

impl JoinKind {
    fn keeps_left(self) -> bool {
        matches!(self, Self::Left | Self::Full)
    }

    fn keeps_right(self) -> bool {
        matches!(self, Self::Right | Self::Full)
    }
}

/// A join of two independent inputs.
#[derive(Debug)]
pub struct Join {
    /// Rows that come first in the joined row.
    pub left: Plan,
    /// Rows that come second.
    pub right: Plan,
    /// Who stays without a partner.
    pub kind: JoinKind,
    /// ON; none for a cross join.
    pub on: Option<Predicate>,
    /// How many values a left row has.
    pub left_width: usize,
    /// How many values a right row has.
    pub right_width: usize,
}

impl Join {
    pub(super) fn open<'a>(
        &'a self,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        let right = keep(self.right.open(context, outer)?)?;
        let keys = self.on.as_ref().map(|on| HashKeys::of(on, self.left_width)).unwrap_or_default();
        let index = hash_join::Index::build(&keys, &right);
        let joiner = Joiner {
            join: self,
            left: self.left.open(context, outer)?,
            matched: vec![false; right.len()],
            right,
            keys,
            index,
            context,
            outer,
            pending: Vec::new(),
            unmatched: None,
        };
        Ok(Box::new(joiner))
    }
}

struct Joiner<'a> {
    join: &'a Join,
    left: Rows<'a>,
    right: Vec<Row>,
    /// Which right rows have found a partner.
    matched: Vec<bool>,
    keys: HashKeys,
    /// `None` when every right row must be tried.
    index: Option<hash_join::Index>,
    context: &'a QueryContext<'a>,
    outer: Option<&'a Frame<'a>>,
    /// Joined rows of the present left row, the next one last.
    pending: Vec<Row>,
    /// After the left side's end: the next right row to look at.
    unmatched: Option<usize>,
}

impl Joiner<'_> {
    fn partners(&mut self, left: Row) -> Result<(), SqlError> {
        let candidates: Vec<usize> = match &self.index {
            Some(index) => index.candidates(&self.keys, &left).to_vec(),
            None => (0..self.right.len()).collect(),
        };
        for candidate in candidates {
            self.context.count_row()?;
            let joined: Row = left.iter().chain(&self.right[candidate]).cloned().collect();
            if self.accepts(&joined)? {
                self.matched[candidate] = true;
                self.pending.push(joined);
            }
        }
        if self.pending.is_empty() && self.join.kind.keeps_left() {
            self.pending.push(left.into_iter().chain(nulls(self.join.right_width)).collect());
        }
        self.pending.reverse();
        Ok(())
    }

    fn accepts(&self, joined: &Row) -> Result<bool, SqlError> {
        match &self.join.on {
            None => Ok(true),
            Some(on) => on.is_true(&Frame { row: joined, outer: self.outer }, self.context),
        }
    }

    fn next_unmatched(&mut self) -> Option<Row> {
        let from = self.unmatched.unwrap_or(0);
        let found = (from..self.right.len()).find(|index| !self.matched[*index]);
        self.unmatched = Some(found.map_or(self.right.len(), |index| index + 1));
        found.map(|index| nulls(self.join.left_width).chain(self.right[index].iter().cloned()).collect())
    }
}

impl Iterator for Joiner<'_> {
    type Item = Result<Row, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.pending.pop() {
                return Some(Ok(row));
            }
            if self.unmatched.is_some() {
                return self.next_unmatched().map(Ok);
            }
            match self.left.next() {
                Some(Ok(left)) => {
                    if let Err(error) = self.partners(left) {
                        return Some(Err(error));
                    }
                }
                Some(Err(error)) => return Some(Err(error)),
                None if self.join.kind.keeps_right() => self.unmatched = Some(0),
                None => return None,
            }
        }
    }
}
