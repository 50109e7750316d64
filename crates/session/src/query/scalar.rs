//! Bound expressions: names are places, every node knows its type.

use std::sync::Arc;

use duologue_tsql::ast::Comparison;
use duologue_types::{Collation, Mode, Operator, SqlType, UnaryOperator, Value};

use super::functions::Function;
use super::plan::Plan;
use super::xml::XmlCall;
use crate::state::Slot;

/// A scalar expression with its static type.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The type of every value it gives.
    pub sql_type: SqlType,
    /// Whether it may give NULL.
    pub nullable: bool,
    /// How its text compares; of two operands the binary one wins.
    pub collation: Collation,
    /// What to do.
    pub kind: ScalarKind,
}

/// What an expression does.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are the operands")]
pub enum ScalarKind {
    Constant(Value),
    /// A value of the row, or of a row further out: `depth` counts the queries between.
    Column {
        depth: usize,
        index: usize,
    },
    /// The value of a window function, counted from the row's end.
    Window(usize),
    Variable(Slot),
    Unary {
        operator: UnaryOperator,
        operand: Box<Scalar>,
    },
    Binary {
        operator: Operator,
        left: Box<Scalar>,
        right: Box<Scalar>,
    },
    /// To the node's own type.
    Convert {
        operand: Box<Scalar>,
        style: Option<Box<Scalar>>,
        mode: Mode,
        is_try: bool,
    },
    Function {
        function: FunctionRef,
        arguments: Vec<Scalar>,
    },
    /// The first branch whose condition is true.
    Case {
        branches: Vec<(Predicate, Scalar)>,
        otherwise: Box<Scalar>,
    },
    /// The first that is not NULL.
    Coalesce(Vec<Scalar>),
    /// The value with that number, from 1.
    Choose {
        index: Box<Scalar>,
        values: Vec<Scalar>,
    },
    /// The value of the one row; NULL for none, 512 for more.
    Subquery(SubPlan),
    Xml(Box<XmlCall>),
}

/// A search condition.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the operands")]
pub enum Predicate {
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    Compare {
        operator: Comparison,
        left: Scalar,
        right: Scalar,
    },
    IsNull(Scalar),
    /// `IS DISTINCT FROM`: NULL equals NULL.
    IsDistinct {
        left: Scalar,
        right: Scalar,
    },
    In {
        operand: Scalar,
        list: Vec<Scalar>,
    },
    Like {
        operand: Scalar,
        pattern: Scalar,
        escape: Option<Scalar>,
    },
    Exists(SubPlan),
    /// `operand operator ALL|ANY (query)`; IN is `= ANY`.
    Quantified {
        operator: Comparison,
        operand: Scalar,
        all: bool,
        plan: SubPlan,
    },
}

/// A function of the registry; equal when its name is.
#[derive(Clone, Copy)]
pub struct FunctionRef(pub &'static Function);

impl PartialEq for FunctionRef {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl std::fmt::Debug for FunctionRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

/// The plan of a subquery; equal to itself only.
#[derive(Clone, Debug)]
pub struct SubPlan {
    /// What it does.
    pub plan: Arc<Plan>,
    /// Whether it reads rows of the queries around it.
    pub correlated: bool,
}

impl PartialEq for SubPlan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.plan, &other.plan)
    }
}

impl Scalar {
    /// A constant of its own narrowest type; NULL is an `int`, as in SQL Server, until something else decides.
    pub fn constant(value: Value) -> Self {
        Self::typed_constant(value.natural_type().unwrap_or(SqlType::Int), value)
    }

    /// A constant of a given type.
    pub fn typed_constant(sql_type: SqlType, value: Value) -> Self {
        let nullable = value.is_null();
        Self { sql_type, nullable, collation: Collation::default(), kind: ScalarKind::Constant(value) }
    }

    /// A nullable expression in the default collation.
    pub(crate) fn new(sql_type: SqlType, kind: ScalarKind) -> Self {
        Self { sql_type, nullable: true, collation: Collation::default(), kind }
    }

    /// Whether this is the word NULL, which has no type of its own.
    pub fn is_null_literal(&self) -> bool {
        self.kind == ScalarKind::Constant(Value::Null)
    }
}

/// How two operands compare.
pub(crate) fn shared_collation(left: &Scalar, right: &Scalar) -> Collation {
    if left.collation == Collation::Binary { Collation::Binary } else { right.collation }
}
