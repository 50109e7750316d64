//! INSERT, UPDATE, DELETE.

use super::{
    AssignOperator, Condition, CursorName, Execute, Expr, Ident, ObjectName, Query, QueryHint, SelectItem,
    TableHint, TableSource, Top, Variable, With, is_temp_table,
};

/// What a data statement changes.
#[derive(Clone, Debug, PartialEq)]
pub struct DmlTarget {
    pub line: u32,
    pub kind: DmlTargetKind,
    pub hints: Vec<TableHint>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DmlTargetKind {
    /// A table or view, or an alias of the FROM clause.
    Table(ObjectName),
    /// A table variable, with the at sign; a temporary table, with its number sign.
    Variable(String),
}

/// A table that a data statement names.
pub fn data_target(name: ObjectName) -> DmlTargetKind {
    if is_temp_table(&name) {
        DmlTargetKind::Variable(name.object().to_owned())
    } else {
        DmlTargetKind::Table(name)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Insert {
    pub with: Option<With>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub columns: Vec<Ident>,
    pub output: Vec<Output>,
    pub source: InsertSource,
    pub options: Vec<QueryHint>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum InsertSource {
    /// Rows of expressions and DEFAULT.
    Values(Vec<Vec<Expr>>),
    Query(Box<Query>),
    Execute(Box<Execute>),
    DefaultValues,
}

/// `OUTPUT items [INTO target [(columns)]]`. A statement may have one with INTO and one without.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub items: Vec<SelectItem>,
    pub into: Option<OutputInto>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OutputInto {
    pub target: DmlTarget,
    pub columns: Vec<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    pub with: Option<With>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub assignments: Vec<Assignment>,
    pub output: Vec<Output>,
    pub from: Vec<TableSource>,
    pub filter: Option<DmlFilter>,
    pub options: Vec<QueryHint>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Assignment {
    /// `column = value`, `column += value`.
    Column { column: ObjectName, operator: AssignOperator, value: Expr },
    /// `@v = value`.
    Variable { variable: Variable, operator: AssignOperator, value: Expr },
    /// `@v = column = value`: the variable gets the new value.
    VariableAndColumn { variable: Variable, column: ObjectName, operator: AssignOperator, value: Expr },
    /// `column.modify('…')`, `column.WRITE(…)`.
    Method { column: ObjectName, method: Ident, arguments: Vec<Expr> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Delete {
    pub with: Option<With>,
    pub top: Option<Top>,
    pub target: DmlTarget,
    pub output: Vec<Output>,
    pub from: Vec<TableSource>,
    pub filter: Option<DmlFilter>,
    pub options: Vec<QueryHint>,
}

/// `WHERE condition` or `WHERE CURRENT OF cursor`.
#[derive(Clone, Debug, PartialEq)]
pub enum DmlFilter {
    Condition(Condition),
    CurrentOf(CursorName),
}
