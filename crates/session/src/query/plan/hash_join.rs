//! The index of a hash join: right rows by the values that an ON clause compares with left ones.

use std::collections::HashMap;

use duologue_tsql::ast::Comparison;
use duologue_types::{Collation, Value, sort_key};

use super::Row;
use crate::query::scalar::{Predicate, Scalar, shared_collation};

/// Pairs of columns whose values must be equal.
#[derive(Default)]
pub(super) struct HashKeys {
    pairs: Vec<KeyPair>,
}

struct KeyPair {
    left: usize,
    /// Within the right row.
    right: usize,
    collation: Collation,
}

impl HashKeys {
    /// What an ON clause says about equal columns; the clause itself still decides about each pair of rows.
    pub(super) fn of(on: &Predicate, left_width: usize) -> Self {
        let mut pairs = Vec::new();
        collect(on, left_width, &mut pairs);
        Self { pairs }
    }

    /// `None` where a value is NULL, which equals nothing.
    fn key(&self, row: &Row, place: impl Fn(&KeyPair) -> usize) -> Option<Vec<u8>> {
        let mut key = Vec::new();
        for pair in &self.pairs {
            match row.get(place(pair)) {
                None | Some(Value::Null) => return None,
                Some(value) => key.extend(sort_key(value, pair.collation)),
            }
        }
        Some(key)
    }
}

fn collect(predicate: &Predicate, left_width: usize, pairs: &mut Vec<KeyPair>) {
    match predicate {
        Predicate::And(all) => all.iter().for_each(|part| collect(part, left_width, pairs)),
        Predicate::Compare { operator: Comparison::Equal, left, right } => {
            pairs.extend(pair(left, right, left_width).or_else(|| pair(right, left, left_width)));
        }
        _ => {}
    }
}

/// Keys are taken from the rows as they are, so only columns of one type that need no conversion serve.
fn pair(left: &Scalar, right: &Scalar, left_width: usize) -> Option<KeyPair> {
    let place = |scalar: &Scalar| match &scalar.kind {
        crate::query::scalar::ScalarKind::Column { depth: 0, index } => Some(*index),
        _ => None,
    };
    let (left_place, right_place) = (place(left)?, place(right)?);
    let same_keys = left.sql_type.family() == right.sql_type.family()
        || (left.sql_type.family().is_string() && right.sql_type.family().is_string());
    (left_place < left_width && right_place >= left_width && same_keys).then(|| KeyPair {
        left: left_place,
        right: right_place - left_width,
        collation: shared_collation(left, right),
    })
}

/// Right rows by their key.
pub(super) struct Index {
    rows: HashMap<Vec<u8>, Vec<usize>>,
}

impl Index {
    /// `None` when there is nothing to index by.
    pub(super) fn build(keys: &HashKeys, right: &[Row]) -> Option<Self> {
        if keys.pairs.is_empty() {
            return None;
        }
        let mut rows: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        for (number, row) in right.iter().enumerate() {
            if let Some(key) = keys.key(row, |pair| pair.right) {
                rows.entry(key).or_default().push(number);
            }
        }
        Some(Self { rows })
    }

    /// Right rows that may go with a left one.
    pub(super) fn candidates(&self, keys: &HashKeys, left: &Row) -> &[usize] {
        let key = keys.key(left, |pair| pair.left);
        key.and_then(|key| self.rows.get(&key)).map_or(&[], Vec::as_slice)
    }
}
