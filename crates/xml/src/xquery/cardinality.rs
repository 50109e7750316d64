//! Static cardinality: where one item at most is wanted, the expression must prove it (error 2389).
//!
//! SQL Server decides this from the query's text, so `(/a/b)[1]` passes and `/a/b` does not, whatever the data.

use duologue_messages::{SqlError, sql_error};

use super::Method;
use super::ast::{Axis, Expression, NodeTest, Path, Start, Step};
use super::functions::Function;
use super::item::Scalar;

/// Checks the whole query.
pub(crate) fn check(method: Method, expression: &Expression) -> Result<(), SqlError> {
    check_inside(method, expression)?;
    if method == Method::Value { require_singleton(method, method.name(), expression) } else { Ok(()) }
}

fn require_singleton(method: Method, operation: &str, expression: &Expression) -> Result<(), SqlError> {
    if is_singleton(expression) {
        return Ok(());
    }
    Err(sql_error!(2389, method.name(), operation, operand_type(expression)))
}

fn check_inside(method: Method, expression: &Expression) -> Result<(), SqlError> {
    match expression {
        Expression::Literal(_) | Expression::Variable(_) | Expression::Column(_) => Ok(()),
        Expression::Sequence(parts) => parts.iter().try_for_each(|part| check_inside(method, part)),
        Expression::Path(path) => check_path(method, path),
        Expression::Call(function, arguments) => check_call(method, *function, arguments),
        Expression::Negate(operand) => check_inside(method, operand),
        Expression::Compare(_, left, right)
        | Expression::And(left, right)
        | Expression::Or(left, right)
        | Expression::Arithmetic(_, left, right) => {
            check_inside(method, left)?;
            check_inside(method, right)
        }
    }
}

fn check_path(method: Method, path: &Path) -> Result<(), SqlError> {
    if let Start::Filter(inner, predicates) = &path.start {
        check_inside(method, inner)?;
        predicates.iter().try_for_each(|predicate| check_inside(method, predicate))?;
    }
    path.steps
        .iter()
        .flat_map(|step| &step.predicates)
        .try_for_each(|predicate| check_inside(method, predicate))
}

fn check_call(method: Method, function: Function, arguments: &[Expression]) -> Result<(), SqlError> {
    for argument in arguments {
        check_inside(method, argument)?;
        if function.wants_singletons() {
            require_singleton(method, &format!("{}()", function.name()), argument)?;
        }
    }
    Ok(())
}

fn is_singleton(expression: &Expression) -> bool {
    match expression {
        Expression::Sequence(parts) => match parts.as_slice() {
            [] => true,
            [only] => is_singleton(only),
            _ => false,
        },
        Expression::Path(path) => is_singleton_path(path),
        Expression::Call(Function::Data, arguments) => arguments.iter().all(is_singleton),
        _ => true,
    }
}

fn is_singleton_path(path: &Path) -> bool {
    let starts_single = match &path.start {
        Start::Document | Start::Context => true,
        Start::Filter(inner, predicates) => is_singleton(inner) || picks_one(predicates),
    };
    starts_single && path.steps.iter().all(is_singleton_step)
}

fn is_singleton_step(step: &Step) -> bool {
    let is_unique = match step.axis {
        Axis::SelfNode | Axis::Parent => true,
        Axis::Attribute => matches!(step.test, NodeTest::Name { .. }),
        Axis::Child | Axis::Descendant | Axis::DescendantOrSelf => false,
    };
    is_unique || picks_one(&step.predicates)
}

/// Whether one of the predicates is a position.
fn picks_one(predicates: &[Expression]) -> bool {
    predicates.iter().any(|predicate| {
        matches!(
            predicate,
            Expression::Literal(Scalar::Number(_))
                | Expression::Call(Function::Last, _)
                | Expression::Variable(_)
                | Expression::Column(_)
        )
    })
}

/// How the error names the operand's type: untyped documents have few types.
fn operand_type(expression: &Expression) -> &'static str {
    match expression {
        Expression::Sequence(_) => "item() *",
        _ => "xdt:untypedAtomic *",
    }
}
