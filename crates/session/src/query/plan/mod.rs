//! Query plans: operators that turn rows into rows, one file each. Rows are pulled; operators that must see all of
//! them first keep them, up to a limit.

mod aggregate;
mod apply;
mod distinct;
mod for_xml;
mod hash_join;
mod join;
mod rowset;
mod scan;
mod set_operation;
mod sort;
mod top;
mod window;

pub use aggregate::{Aggregate, AggregateFunction};
pub(crate) use for_xml::xml_name;
pub use for_xml::{ForXmlPlan, XmlColumn, XmlMode};
pub use join::{Join, JoinKind};
pub use rowset::Rowset;
pub use scan::Scan;
pub use set_operation::{SetOperation, SetOperator};
pub use sort::SortKey;
pub use top::Limit;
pub use window::{Window, WindowFunction};

use duologue_messages::SqlError;
use duologue_types::{Collation, SqlType, Value};

use super::context::{QueryContext, check_kept};
use super::evaluate::evaluate_all;
use super::frame::Frame;
use super::scalar::{Predicate, Scalar};

/// One row.
pub type Row = Vec<Value>;
/// Rows as they are pulled.
pub type Rows<'a> = Box<dyn Iterator<Item = Result<Row, SqlError>> + 'a>;

/// A tree of operators.
#[derive(Debug)]
#[expect(missing_docs, reason = "the fields are the operator's inputs")]
pub enum Plan {
    /// What is stored or shown: tables, queues, views, variables.
    Scan(Scan),
    /// Rows made by expressions over the row outside: VALUES, `nodes()`, STRING_SPLIT.
    Rowset(Rowset),
    Filter {
        input: Box<Plan>,
        predicate: Predicate,
    },
    Join(Box<Join>),
    /// The right side is run for each row of the left.
    Apply {
        left: Box<Plan>,
        right: Box<Plan>,
        keeps_left: bool,
        right_width: usize,
    },
    Project {
        input: Box<Plan>,
        columns: Vec<Scalar>,
    },
    Sort {
        input: Box<Plan>,
        keys: Vec<SortKey>,
    },
    Top {
        input: Box<Plan>,
        limit: Limit,
    },
    /// One of each group of equal rows; the columns' collations.
    Distinct {
        input: Box<Plan>,
        collations: Vec<Collation>,
    },
    Aggregate {
        input: Box<Plan>,
        keys: Vec<Scalar>,
        aggregates: Vec<Aggregate>,
    },
    Window {
        input: Box<Plan>,
        windows: Vec<Window>,
    },
    SetOperation(Box<SetOperation>),
    ForXml {
        input: Box<Plan>,
        xml: ForXmlPlan,
    },
}

impl Plan {
    /// One row without values: SELECT without FROM.
    pub fn one_row() -> Self {
        Self::Rowset(Rowset::Values(vec![Vec::new()]))
    }

    /// Starts to run it. `outer` is the row of the query around it, where it depends on one.
    pub fn open<'a>(
        &'a self,
        context: &'a QueryContext<'_>,
        outer: Option<&'a Frame<'_>>,
    ) -> Result<Rows<'a>, SqlError> {
        match self {
            Self::Scan(scan) => scan.open(context),
            Self::Rowset(rowset) => rowset.open(context, outer),
            Self::Filter { input, predicate } => {
                let rows = input.open(context, outer)?;
                Ok(Box::new(rows.filter_map(move |row| kept(row, predicate, context, outer))))
            }
            Self::Join(join) => join.open(context, outer),
            Self::Apply { left, right, keeps_left, right_width } => {
                let left = left.open(context, outer)?;
                Ok(Box::new(apply::Apply::new(left, right, *keeps_left, *right_width, context, outer)))
            }
            Self::Project { input, columns } => {
                let rows = input.open(context, outer)?;
                Ok(Box::new(
                    rows.map(move |row| evaluate_all(columns, &Frame { row: &row?, outer }, context)),
                ))
            }
            Self::Sort { input, keys } => sort::open(input, keys, context, outer),
            Self::Top { input, limit } => limit.open(input, context, outer),
            Self::Distinct { input, collations } => {
                Ok(Box::new(distinct::distinct(input.open(context, outer)?, collations)))
            }
            Self::Aggregate { input, keys, aggregates } => {
                aggregate::open(input, keys, aggregates, context, outer)
            }
            Self::Window { input, windows } => window::open(input, windows, context, outer),
            Self::SetOperation(operation) => operation.open(context, outer),
            Self::ForXml { input, xml } => xml.open(input, context, outer),
        }
    }

    /// All rows.
    pub fn run(&self, context: &QueryContext<'_>) -> Result<Vec<Row>, SqlError> {
        keep(self.open(context, None)?)
    }
}

fn kept(
    row: Result<Row, SqlError>,
    predicate: &Predicate,
    context: &QueryContext<'_>,
    outer: Option<&Frame<'_>>,
) -> Option<Result<Row, SqlError>> {
    let outcome = row.and_then(|row| {
        let is_true = predicate.is_true(&Frame { row: &row, outer }, context)?;
        Ok(is_true.then_some(row))
    });
    outcome.transpose()
}

/// All rows at once; 49909 for too many.
pub(crate) fn keep(rows: Rows<'_>) -> Result<Vec<Row>, SqlError> {
    let mut kept = Vec::new();
    for row in rows {
        kept.push(row?);
        check_kept(kept.len())?;
    }
    Ok(kept)
}

/// Rows that are there already.
fn ready<'a>(rows: Vec<Row>) -> Rows<'a> {
    Box::new(rows.into_iter().map(Ok))
}

/// Bytes that are equal where the rows are.
fn key_of(row: &[Value], collations: &[Collation]) -> Vec<u8> {
    let collation = |index| collations.get(index).copied().unwrap_or_default();
    row.iter()
        .enumerate()
        .flat_map(|(index, value)| duologue_types::sort_key(value, collation(index)))
        .collect()
}

/// `NULL`s in place of a row that a join did not find.
fn nulls(width: usize) -> impl Iterator<Item = Value> {
    std::iter::repeat_n(Value::Null, width)
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct ResultColumn {
    /// Empty for an expression without alias.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may be NULL.
    pub nullable: bool,
}
