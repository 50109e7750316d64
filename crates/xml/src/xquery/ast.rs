//! A parsed query.

use super::functions::Function;
use super::item::Scalar;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Literal(Scalar),
    /// `a, b` in parentheses; `()` is the empty sequence.
    Sequence(Vec<Expression>),
    Path(Path),
    Call(Function, Vec<Expression>),
    /// `sql:variable("@x")`.
    Variable(String),
    /// `sql:column("t.c")`.
    Column(String),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Arithmetic(Operator, Box<Expression>, Box<Expression>),
    Negate(Box<Expression>),
}

/// A start and steps from it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    /// `/…`: the document node.
    Document,
    /// A relative path: the context item.
    Context,
    /// `(expression)[predicate]…`.
    Filter(Box<Expression>, Vec<Expression>),
}

/// `axis::test[predicate]…`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) axis: Axis,
    pub(crate) test: NodeTest,
    pub(crate) predicates: Vec<Expression>,
}

/// The axes SQL Server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    Attribute,
    SelfNode,
    Parent,
    Descendant,
    DescendantOrSelf,
}

/// Which nodes of an axis a step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeTest {
    /// `*`: every element, or attribute.
    AnyName,
    /// `name`, `p:name`.
    Name { namespace: Option<String>, local: String },
    /// `p:*`.
    AnyLocal { namespace: Option<String> },
    /// `*:name`.
    AnyNamespace { local: String },
    /// `node()`.
    AnyKind,
    /// `text()`.
    Text,
    /// `comment()`.
    Comment,
    /// `processing-instruction()`.
    Instruction,
}

/// `=` compares any pair of items; `eq` wants one item on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Arithmetic on numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
