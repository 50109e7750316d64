//! A statement's result set on its way to the client, a piece at a time.

use crate::output::{Output, ResultColumn};
use crate::query::Row;

use super::context::Done;

/// Rows that are given to the client before the others get a turn.
const PIECE: usize = 64;

/// A result set that a statement has made and not sent yet.
#[derive(Default)]
pub(crate) struct ResultSet {
    pub(crate) columns: Vec<ResultColumn>,
    pub(crate) rows: Vec<Row>,
}

/// A finished statement of which rows are still to be sent.
pub(super) struct Sending {
    rows: std::vec::IntoIter<Row>,
    pub(super) done: Done,
}

impl Sending {
    pub(super) fn begin(results: ResultSet, done: Done, output: &mut dyn Output) -> Self {
        output.columns(&results.columns);
        Self { rows: results.rows.into_iter(), done }
    }

    /// Sends the next piece; false when nothing is left.
    pub(super) fn go_on(&mut self, output: &mut dyn Output) -> bool {
        for _ in 0..PIECE {
            if output.is_full() {
                return true;
            }
            match self.rows.next() {
                Some(row) => output.row(&row),
                None => return false,
            }
        }
        true
    }
}
