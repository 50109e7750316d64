//! Rows that an expression reads.

use duologue_types::Value;

/// The present row, and the rows of the queries around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame<'a> {
    /// The present row.
    pub row: &'a [Value],
    /// The row of the query further out.
    pub outer: Option<&'a Frame<'a>>,
}

impl<'a> Frame<'a> {
    /// A row with nothing around it.
    pub fn of(row: &'a [Value]) -> Self {
        Self { row, outer: None }
    }

    /// A value `depth` queries further out; NULL where there is none.
    pub fn value(&self, depth: usize, index: usize) -> &'a Value {
        match (depth, self.outer) {
            (0, _) => self.row.get(index).unwrap_or(&Value::Null),
            (_, Some(outer)) => outer.value(depth - 1, index),
            (_, None) => &Value::Null,
        }
    }
}
