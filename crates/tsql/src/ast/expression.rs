//! Scalar expressions and search conditions. They are two types because T-SQL has no boolean values: a
//! condition is never stored, assigned or passed.

use std::ops::Range;

use duologue_types::Value;

use super::{DataType, Ident, ObjectName, OrderItem, Query};

/// A scalar expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub line: u32,
    /// Bytes of the batch's text, outer parentheses not always included.
    pub span: Range<usize>,
    pub kind: ExprKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant with the type of its notation: `1` int, `3000000000` and `1.5` decimal, `1e0` float, `$1`
    /// money, `'x'` varchar, `N'x'` nvarchar, `0x01` varbinary.
    Literal(Value),
    /// `@name`, with the at sign.
    Variable(String),
    /// `@@ROWCOUNT`: upper case, with the at signs.
    SystemVariable(String),
    /// A column, qualified or not. Pseudo columns (`$action`, `$identity`, `$rowguid`) keep their dollar
    /// sign.
    Column(ObjectName),
    /// `DEFAULT` in VALUES, in an UPDATE's SET, or as an argument of EXECUTE.
    Default,
    Unary {
        operator: UnaryOperator,
        operand: Box<Expr>,
    },
    Binary {
        operator: BinaryOperator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Function(Box<FunctionCall>),
    /// `CAST(operand AS type)`, `TRY_CAST`.
    Cast {
        operand: Box<Expr>,
        data_type: DataType,
        is_try: bool,
    },
    /// `CONVERT(type, operand [, style])`, `TRY_CONVERT`.
    Convert {
        data_type: DataType,
        operand: Box<Expr>,
        style: Option<Box<Expr>>,
        is_try: bool,
    },
    /// `PARSE(operand AS type [USING culture])`, `TRY_PARSE`.
    Parse {
        operand: Box<Expr>,
        data_type: DataType,
        culture: Option<Box<Expr>>,
        is_try: bool,
    },
    /// `CASE operand WHEN value THEN result …`.
    SimpleCase {
        operand: Box<Expr>,
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// `CASE WHEN condition THEN result …`.
    SearchedCase {
        branches: Vec<(Condition, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    /// `IIF(condition, value, value)`.
    Iif {
        condition: Box<Condition>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    /// `(SELECT …)` as a value.
    Subquery(Box<Query>),
    /// `target.method(arguments)`: any method of a variable or value, and the five xml methods of a column.
    Method {
        target: Box<Expr>,
        method: Ident,
        arguments: Vec<Expr>,
    },
    Collate {
        operand: Box<Expr>,
        collation: Ident,
    },
    AtTimeZone {
        operand: Box<Expr>,
        zone: Box<Expr>,
    },
    /// `NEXT VALUE FOR sequence [OVER (ORDER BY …)]`.
    NextValueFor {
        sequence: ObjectName,
        order_by: Vec<OrderItem>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    Plus,
    Minus,
    BitNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    BitAnd,
    BitOr,
    BitXor,
}

/// `name([DISTINCT] arguments) [WITHIN GROUP (…)] [OVER (…)]`. Functions without parentheses
/// (`CURRENT_TIMESTAMP`, `SYSTEM_USER`, `USER` …) have no arguments. The first argument of DATEADD and its
/// kin is a column name of one part.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    pub name: ObjectName,
    pub distinct: bool,
    /// `COUNT(*)`.
    pub star: bool,
    pub arguments: Vec<Expr>,
    pub within_group: Vec<OrderItem>,
    pub over: Option<Over>,
}

/// `OVER ( [PARTITION BY …] [ORDER BY …] [ROWS|RANGE …] )`.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    pub partition_by: Vec<Expr>,
    pub order_by: Vec<OrderItem>,
    pub frame: Option<WindowFrame>,
}

/// `ROWS|RANGE [BETWEEN] start [AND end]`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFrame {
    pub rows: bool,
    pub start: FrameBound,
    pub end: Option<FrameBound>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

/// A search condition: true, false or unknown.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub line: u32,
    pub span: Range<usize>,
    pub kind: ConditionKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConditionKind {
    /// Two or more, from left to right.
    And(Vec<Condition>),
    /// Two or more, from left to right.
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Comparison {
        operator: Comparison,
        left: Expr,
        right: Expr,
    },
    /// `operand operator ALL|ANY (query)`; SOME is ANY.
    Quantified {
        operator: Comparison,
        operand: Expr,
        all: bool,
        query: Box<Query>,
    },
    IsNull {
        operand: Expr,
        negated: bool,
    },
    /// `left IS [NOT] DISTINCT FROM right`; `negated` for NOT.
    IsDistinctFrom {
        left: Expr,
        right: Expr,
        negated: bool,
    },
    Between {
        operand: Expr,
        low: Expr,
        high: Expr,
        negated: bool,
    },
    InList {
        operand: Expr,
        list: Vec<Expr>,
        negated: bool,
    },
    InQuery {
        operand: Expr,
        query: Box<Query>,
        negated: bool,
    },
    Like {
        operand: Expr,
        pattern: Expr,
        escape: Option<Expr>,
        negated: bool,
    },
    Exists(Box<Query>),
    /// `UPDATE(column)` in a trigger.
    Updated(Ident),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    /// `<=`, `!>`.
    LessOrEqual,
    Greater,
    /// `>=`, `!<`.
    GreaterOrEqual,
}

/// `=` or a compound assignment, which is `variable = variable operator value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOperator {
    Assign,
    Compound(BinaryOperator),
}
