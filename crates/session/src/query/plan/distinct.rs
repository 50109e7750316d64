//! DISTINCT.

use std::collections::HashSet;

use duologue_messages::SqlError;
use duologue_types::Collation;

use super::{Row, Rows, key_of};
use crate::query::context::check_kept;

/// The first of each group of equal rows.
pub(super) fn distinct<'a>(
    rows: Rows<'a>,
    collations: &'a [Collation],
) -> impl Iterator<Item = Result<Row, SqlError>> + 'a {
    let mut seen = HashSet::new();
    rows.filter_map(move |row| {
        let outcome = row.and_then(|row| {
            let is_new = seen.insert(key_of(&row, collations));
            check_kept(seen.len())?;
            Ok(is_new.then_some(row))
        });
        outcome.transpose()
    })
}
