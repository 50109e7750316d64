//! SELECT and what can stand in a FROM clause.

use std::ops::Range;

use super::{AssignOperator, Condition, DataType, Expr, FunctionCall, Ident, ObjectName, Variable};

/// `[WITH …] query [OPTION (…)]`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectStatement {
    pub with: Option<With>,
    pub query: Query,
    pub options: Vec<QueryHint>,
}

/// `WITH [XMLNAMESPACES (…),] name [(columns)] AS (query), …`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct With {
    pub xml_namespaces: Vec<XmlNamespace>,
    pub common_tables: Vec<CommonTable>,
}

/// `'uri' AS prefix`, or `DEFAULT 'uri'` without prefix.
#[derive(Clone, Debug, PartialEq)]
pub struct XmlNamespace {
    pub uri: String,
    pub prefix: Option<Ident>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CommonTable {
    pub name: Ident,
    pub columns: Vec<Ident>,
    pub query: Query,
}

/// One entry of `OPTION (…)`: `name` in upper case with single blanks, `value` when a number or name follows.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryHint {
    pub name: String,
    pub value: Option<Expr>,
}

/// A query expression with its ORDER BY and FOR clauses.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub line: u32,
    pub span: Range<usize>,
    pub body: QueryBody,
    pub order_by: Vec<OrderItem>,
    pub offset: Option<Expr>,
    pub fetch: Option<Expr>,
    pub for_clause: Option<ForClause>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum QueryBody {
    Select(Box<Select>),
    /// `first op right op right …`, evaluated from left to right; INTERSECT's precedence is expressed by
    /// nesting.
    SetOperation {
        first: Box<QueryBody>,
        rest: Vec<SetOperand>,
    },
    /// `( query )`.
    Nested(Box<Query>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct SetOperand {
    pub operator: SetOperator,
    pub right: QueryBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    Union,
    UnionAll,
    Except,
    Intersect,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    pub line: u32,
    pub distinct: bool,
    pub top: Option<Top>,
    pub items: Vec<SelectItem>,
    pub into: Option<ObjectName>,
    /// Comma-separated sources: a cross join.
    pub from: Vec<TableSource>,
    pub filter: Option<Condition>,
    pub group_by: Option<GroupBy>,
    pub having: Option<Condition>,
}

/// `TOP (count) [PERCENT] [WITH TIES]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    pub count: Expr,
    pub percent: bool,
    pub with_ties: bool,
}

/// One item of a select list, of RECEIVE or of OUTPUT.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectItem {
    /// `*`, `t.*`, `dbo.t.*`.
    Star { qualifier: Option<ObjectName>, line: u32 },
    /// `expr [[AS] alias]`, `alias = expr`; an alias in quotes is an identifier like any other.
    Expr { expr: Expr, alias: Option<Ident> },
    /// `@v = expr`, `@v += expr`.
    Assign { variable: Variable, operator: AssignOperator, value: Expr },
}

#[derive(Clone, Debug, PartialEq)]
pub struct GroupBy {
    pub all: bool,
    pub elements: Vec<GroupingElement>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum GroupingElement {
    Expr(Expr),
    /// `ROLLUP (…)`, `… WITH ROLLUP`.
    Rollup(Vec<Expr>),
    /// `CUBE (…)`, `… WITH CUBE`.
    Cube(Vec<Expr>),
    GroupingSets(Vec<Vec<Expr>>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrderItem {
    pub expr: Expr,
    pub descending: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TableSource {
    pub line: u32,
    pub kind: TableSourceKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TableSourceKind {
    /// A table, view, queue, common table expression, synonym, `inserted` or `deleted`.
    Table {
        name: ObjectName,
        alias: Option<Ident>,
        hints: Vec<TableHint>,
    },
    /// `@t`, and `#t`: both are tables that only the session sees.
    Variable {
        name: String,
        alias: Option<Ident>,
        hints: Vec<TableHint>,
    },
    /// A table-valued function; `columns` of the alias; `schema` of OPENJSON's and OPENXML's WITH.
    Function {
        call: FunctionCall,
        schema: Vec<RowsetColumn>,
        alias: Option<Ident>,
        columns: Vec<Ident>,
    },
    /// `x.nodes('…') AS t(c)`: `call` is an [`super::ExprKind::Method`].
    Nodes {
        call: Expr,
        alias: Option<Ident>,
        columns: Vec<Ident>,
    },
    Derived {
        query: Box<Query>,
        alias: Option<Ident>,
        columns: Vec<Ident>,
    },
    Values {
        rows: Vec<Vec<Expr>>,
        alias: Option<Ident>,
        columns: Vec<Ident>,
    },
    Join(Box<Join>),
}

/// `left kind JOIN right ON condition`, `left CROSS|OUTER APPLY right`.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    pub kind: JoinKind,
    pub left: TableSource,
    pub right: TableSource,
    pub on: Option<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
    CrossApply,
    OuterApply,
}

/// `NOLOCK`, `INDEX(ix)`: `name` in upper case.
#[derive(Clone, Debug, PartialEq)]
pub struct TableHint {
    pub name: String,
    pub arguments: Vec<Expr>,
}

/// A column of `OPENJSON(…) WITH (name type ['path'] [AS JSON])` or of OPENXML.
#[derive(Clone, Debug, PartialEq)]
pub struct RowsetColumn {
    pub name: Ident,
    pub data_type: DataType,
    pub path: Option<String>,
    pub as_json: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ForClause {
    Browse,
    Xml(ForXml),
    Json(ForJson),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ForXml {
    pub mode: ForXmlMode,
    /// `ROOT` alone is `Some(None)`.
    pub root: Option<Option<String>>,
    pub elements: Option<ForXmlElements>,
    /// `TYPE`.
    pub typed: bool,
    pub binary_base64: bool,
    pub xml_data: bool,
    /// `XMLSCHEMA` alone is `Some(None)`.
    pub xml_schema: Option<Option<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ForXmlMode {
    /// With the row element's name, default `row`.
    Raw(Option<String>),
    Auto,
    Explicit,
    /// With the row element's name, default `row`; `''` for none.
    Path(Option<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForXmlElements {
    Default,
    XsiNil,
    Absent,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ForJson {
    /// PATH, else AUTO.
    pub path: bool,
    pub root: Option<Option<String>>,
    pub include_null_values: bool,
    pub without_array_wrapper: bool,
}
