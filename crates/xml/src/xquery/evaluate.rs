//! Running a query over a tree.

use std::cmp::Ordering;

use duologue_messages::{SqlError, sql_error};
use roxmltree::{Node, NodeType};

use super::ast::{Axis, Comparison, Expression, NodeTest, Operator, Path, Start, Step};
use super::functions::Function;
use super::item::{Item, Scalar};
use super::{Bindings, Method};
use crate::{errors, tree};

/// Nodes and items a query may look at, however small its document. `//a[.//b[.//c]]` multiplies; a message from
/// a stranger must not hold a reader for minutes.
const MIN_BUDGET: u64 = 10_000_000;

/// Visits per byte of the document that come on top: some 16 passes over its nodes.
const BUDGET_PER_BYTE: u64 = 4;

/// Runs expressions; holds what is the same for all of them.
pub(crate) struct Evaluator<'a, 'b> {
    method: Method,
    bindings: &'b dyn Bindings,
    root: Node<'a, 'a>,
    visits_left: u64,
}

/// The item an expression is evaluated for, and its place among its fellows.
#[derive(Clone)]
struct Focus<'a> {
    item: Option<Item<'a>>,
    position: usize,
    size: usize,
}

type Items<'a> = Result<Vec<Item<'a>>, SqlError>;

impl<'a, 'b> Evaluator<'a, 'b> {
    /// An evaluator over the document whose document node is `root`.
    pub(crate) fn new(method: Method, bindings: &'b dyn Bindings, root: Node<'a, 'a>) -> Self {
        let bytes = u64::try_from(root.range().len()).unwrap_or(u64::MAX);
        let visits_left = bytes.saturating_mul(BUDGET_PER_BYTE).saturating_add(MIN_BUDGET);
        Self { method, bindings, root, visits_left }
    }

    /// The items of `expression` with `start` as context item.
    pub(crate) fn run(&mut self, expression: &Expression, start: Option<Item<'a>>) -> Items<'a> {
        self.evaluate(expression, &Focus { item: start, position: 1, size: 1 })
    }

    fn visit(&mut self) -> Result<(), SqlError> {
        self.visits_left = self.visits_left.checked_sub(1).ok_or_else(errors::too_much_work)?;
        Ok(())
    }

    fn evaluate(&mut self, expression: &Expression, focus: &Focus<'a>) -> Items<'a> {
        self.visit()?;
        match expression {
            Expression::Literal(value) => Ok(vec![Item::Atomic(value.clone())]),
            Expression::Sequence(parts) => {
                let mut items = Vec::new();
                for part in parts {
                    items.extend(self.evaluate(part, focus)?);
                }
                Ok(items)
            }
            Expression::Path(path) => self.path(path, focus),
            Expression::Call(function, arguments) => self.call(*function, arguments, focus),
            Expression::Variable(name) => bound(self.bindings.variable(name), || sql_error!(9501, name)),
            Expression::Column(name) => bound(self.bindings.column(name), || errors::no_column(name)),
            Expression::Compare(comparison, left, right) => {
                let (left, right) = (self.evaluate(left, focus)?, self.evaluate(right, focus)?);
                self.compare_all(*comparison, &left, &right).map(boolean)
            }
            Expression::And(left, right) => {
                let holds = self.condition(left, focus)? && self.condition(right, focus)?;
                Ok(boolean(holds))
            }
            Expression::Or(left, right) => {
                let holds = self.condition(left, focus)? || self.condition(right, focus)?;
                Ok(boolean(holds))
            }
            Expression::Arithmetic(operator, left, right) => {
                let (left, right) = (self.number(left, focus)?, self.number(right, focus)?);
                Ok(arithmetic(*operator, left, right)?.map_or_else(Vec::new, number))
            }
            Expression::Negate(operand) => {
                Ok(self.number(operand, focus)?.map_or_else(Vec::new, |value| number(-value)))
            }
        }
    }

    /// The effective boolean value.
    fn condition(&mut self, expression: &Expression, focus: &Focus<'a>) -> Result<bool, SqlError> {
        self.evaluate(expression, focus).map(|items| effective_boolean(&items))
    }

    fn number(&mut self, expression: &Expression, focus: &Focus<'a>) -> Result<Option<f64>, SqlError> {
        let items = self.evaluate(expression, focus)?;
        Ok(items.first().map(|item| item.atomized().number().unwrap_or(f64::NAN)))
    }

    fn text(&mut self, expression: &Expression, focus: &Focus<'a>) -> Result<String, SqlError> {
        let items = self.evaluate(expression, focus)?;
        Ok(items.first().map(Item::string_value).unwrap_or_default())
    }

    // Paths.

    fn path(&mut self, path: &Path, focus: &Focus<'a>) -> Items<'a> {
        let mut items = match &path.start {
            Start::Document => vec![Item::Node(self.root)],
            Start::Context => focus.item.iter().cloned().collect(),
            Start::Filter(inner, predicates) => {
                let items = self.evaluate(inner, focus)?;
                self.filter(items, predicates)?
            }
        };
        for step in &path.steps {
            items = self.step(step, &items)?;
        }
        Ok(items)
    }

    fn step(&mut self, step: &Step, inputs: &[Item<'a>]) -> Items<'a> {
        let mut found = Vec::new();
        for input in inputs {
            let mut candidates = Vec::new();
            self.collect(step, input, &mut candidates)?;
            found.extend(self.filter(candidates, &step.predicates)?);
        }
        if inputs.len() > 1 {
            found.sort_by_key(Item::order);
            found.dedup_by_key(|item| item.order());
        }
        Ok(found)
    }

    /// The nodes on the step's axis that pass its test, in document order.
    fn collect(&mut self, step: &Step, input: &Item<'a>, found: &mut Vec<Item<'a>>) -> Result<(), SqlError> {
        let node = match (input, step.axis) {
            (Item::Atomic(_), _) => return Err(errors::node_required(self.method)),
            (Item::Attribute(element, _), Axis::Parent) => {
                return self.keep(step, Item::Node(*element), found);
            }
            (attribute @ Item::Attribute(..), Axis::SelfNode | Axis::DescendantOrSelf) => {
                return self.keep(step, attribute.clone(), found);
            }
            (Item::Attribute(..), _) => return Ok(()),
            (Item::Node(node), _) => *node,
        };
        match step.axis {
            Axis::SelfNode => self.keep(step, Item::Node(node), found),
            Axis::Parent => match node.parent().filter(|_| !tree::is_document_node(node)) {
                Some(parent) => self.keep(step, Item::Node(parent), found),
                None => Ok(()),
            },
            Axis::Child => node.children().try_for_each(|child| self.keep(step, Item::Node(child), found)),
            Axis::Attribute => (0..node.attributes().len())
                .try_for_each(|position| self.keep(step, Item::Attribute(node, position), found)),
            Axis::Descendant => {
                node.descendants().skip(1).try_for_each(|below| self.keep(step, Item::Node(below), found))
            }
            Axis::DescendantOrSelf => {
                node.descendants().try_for_each(|below| self.keep(step, Item::Node(below), found))
            }
        }
    }

    fn keep(&mut self, step: &Step, item: Item<'a>, found: &mut Vec<Item<'a>>) -> Result<(), SqlError> {
        self.visit()?;
        if passes(&step.test, &item) {
            found.push(item);
        }
        Ok(())
    }

    /// The items for which every predicate holds: a number is a position, anything else a condition.
    fn filter(&mut self, mut items: Vec<Item<'a>>, predicates: &[Expression]) -> Items<'a> {
        for predicate in predicates {
            let size = items.len();
            let mut kept = Vec::new();
            for (index, item) in items.into_iter().enumerate() {
                let position = index + 1;
                let focus = Focus { item: Some(item.clone()), position, size };
                if self.predicate_holds(predicate, &focus)? {
                    kept.push(item);
                }
            }
            items = kept;
        }
        Ok(items)
    }

    fn predicate_holds(&mut self, predicate: &Expression, focus: &Focus<'a>) -> Result<bool, SqlError> {
        let items = self.evaluate(predicate, focus)?;
        Ok(match items.as_slice() {
            [Item::Atomic(Scalar::Number(position))] => *position == count(focus.position),
            other => effective_boolean(other),
        })
    }

    // Comparison: some pair of items must satisfy it.

    fn compare_all(
        &mut self,
        comparison: Comparison,
        left: &[Item<'a>],
        right: &[Item<'a>],
    ) -> Result<bool, SqlError> {
        let right: Vec<Scalar> = right.iter().map(Item::atomized).collect();
        for left in left.iter().map(Item::atomized) {
            for right in &right {
                self.visit()?;
                if compare(&left, right).is_some_and(|ordering| satisfies(comparison, ordering)) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    // Functions.

    fn call(&mut self, function: Function, arguments: &[Expression], focus: &Focus<'a>) -> Items<'a> {
        match function {
            Function::True => Ok(boolean(true)),
            Function::False => Ok(boolean(false)),
            Function::Position => Ok(number(count(focus.position))),
            Function::Last => Ok(number(count(focus.size))),
            Function::Not => Ok(boolean(!self.condition(&arguments[0], focus)?)),
            Function::Concat => {
                let parts: Result<String, _> =
                    arguments.iter().map(|argument| self.text(argument, focus)).collect();
                Ok(text(parts?))
            }
            Function::Contains => {
                let (whole, part) = (self.text(&arguments[0], focus)?, self.text(&arguments[1], focus)?);
                Ok(boolean(whole.contains(&part)))
            }
            Function::Substring => self.substring(arguments, focus),
            _ => {
                let items = match arguments.first() {
                    Some(argument) => self.evaluate(argument, focus)?,
                    None => focus.item.iter().cloned().collect(),
                };
                Ok(of_sequence(function, &items))
            }
        }
    }

    /// Characters from a one-based position, rounded as XPath has it.
    fn substring(&mut self, arguments: &[Expression], focus: &Focus<'a>) -> Items<'a> {
        let whole = self.text(&arguments[0], focus)?;
        let start = self.number(&arguments[1], focus)?.unwrap_or(f64::NAN).round();
        let end = match arguments.get(2) {
            Some(length) => start + self.number(length, focus)?.unwrap_or(f64::NAN).round(),
            None => f64::INFINITY,
        };
        let is_inside = |index: usize| count(index + 1) >= start && count(index + 1) < end;
        Ok(text(
            whole.chars().enumerate().filter(|(index, _)| is_inside(*index)).map(|(_, next)| next).collect(),
        ))
    }
}

/// Functions of the items of one argument.
fn of_sequence<'a>(function: Function, items: &[Item<'a>]) -> Vec<Item<'a>> {
    let first = items.first();
    let first_text = || first.map(Item::string_value).unwrap_or_default();
    let first_number = || first.map(|item| item.atomized().number().unwrap_or(f64::NAN));
    match function {
        Function::Data => items.iter().map(|item| Item::Atomic(item.atomized())).collect(),
        Function::Count => number(count(items.len())),
        Function::Empty => boolean(items.is_empty()),
        Function::String => text(first_text()),
        Function::StringLength => number(count(first_text().chars().count())),
        Function::UpperCase => text(first_text().to_uppercase()),
        Function::LowerCase => text(first_text().to_lowercase()),
        Function::LocalName => text(first.map_or("", |item| item.name().1).to_owned()),
        Function::NamespaceUri => text(first.map_or("", |item| item.name().0).to_owned()),
        Function::Number => number(first_number().unwrap_or(f64::NAN)),
        Function::Floor => first_number().map_or_else(Vec::new, |value| number(value.floor())),
        Function::Ceiling => first_number().map_or_else(Vec::new, |value| number(value.ceil())),
        Function::Round => first_number().map_or_else(Vec::new, |value| number((value + 0.5).floor())),
        Function::Sum => number(numbers(items).sum()),
        Function::Avg if items.is_empty() => Vec::new(),
        Function::Avg => number(numbers(items).sum::<f64>() / count(items.len())),
        Function::Min => numbers(items).reduce(f64::min).map_or_else(Vec::new, number),
        Function::Max => numbers(items).reduce(f64::max).map_or_else(Vec::new, number),
        // The caller handles the functions that look at the focus or at several arguments.
        _ => Vec::new(),
    }
}

fn numbers<'i>(items: &'i [Item<'_>]) -> impl Iterator<Item = f64> + 'i {
    items.iter().map(|item| item.atomized().number().unwrap_or(f64::NAN))
}

fn passes(test: &NodeTest, item: &Item<'_>) -> bool {
    let is_kind = |kind: NodeType| matches!(item, Item::Node(node) if node.node_type() == kind);
    let is_named = matches!(item, Item::Attribute(..))
        || matches!(item, Item::Node(node) if node.is_element() && !tree::is_document_node(*node));
    let (namespace, local) = item.name();
    let has_namespace = |wanted: &Option<String>| wanted.as_deref().unwrap_or_default() == namespace;
    match test {
        NodeTest::AnyKind => true,
        NodeTest::Text => is_kind(NodeType::Text),
        NodeTest::Comment => is_kind(NodeType::Comment),
        NodeTest::Instruction => is_kind(NodeType::PI),
        NodeTest::AnyName => is_named,
        NodeTest::Name { namespace, local: wanted } => {
            is_named && local == wanted && has_namespace(namespace)
        }
        NodeTest::AnyLocal { namespace } => is_named && has_namespace(namespace),
        NodeTest::AnyNamespace { local: wanted } => is_named && local == wanted,
    }
}

fn effective_boolean(items: &[Item<'_>]) -> bool {
    match items {
        [] => false,
        [Item::Atomic(Scalar::Boolean(value))] => *value,
        [Item::Atomic(Scalar::Number(value))] => *value != 0.0 && !value.is_nan(),
        [Item::Atomic(Scalar::Text(value) | Scalar::Untyped(value))] => !value.is_empty(),
        _ => true,
    }
}

/// Untyped content takes the type of the other side; two untyped compare as text, by code point.
fn compare(left: &Scalar, right: &Scalar) -> Option<Ordering> {
    let is_number = |value: &Scalar| matches!(value, Scalar::Number(_));
    match (left, right) {
        (Scalar::Boolean(left), Scalar::Boolean(right)) => Some(left.cmp(right)),
        (Scalar::Boolean(value), other) => Some(value.cmp(&truth(other)?)),
        (other, Scalar::Boolean(value)) => Some(truth(other)?.cmp(value)),
        _ if is_number(left) || is_number(right) => left.number()?.partial_cmp(&right.number()?),
        _ => Some(left.string_value().cmp(&right.string_value())),
    }
}

/// `xs:boolean` of untyped content.
fn truth(value: &Scalar) -> Option<bool> {
    match value.string_value().trim_ascii() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn satisfies(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

/// The empty sequence on either side makes the result empty.
fn arithmetic(operator: Operator, left: Option<f64>, right: Option<f64>) -> Result<Option<f64>, SqlError> {
    let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
    Ok(Some(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide | Operator::Modulo if right == 0.0 => return Err(sql_error!(8134)),
        Operator::Divide => left / right,
        Operator::Modulo => left % right,
    }))
}

fn bound<'a>(value: Option<Option<Scalar>>, missing: impl FnOnce() -> SqlError) -> Items<'a> {
    value.map(|value| value.map(Item::Atomic).into_iter().collect()).ok_or_else(missing)
}

fn boolean<'a>(value: bool) -> Vec<Item<'a>> {
    vec![Item::Atomic(Scalar::Boolean(value))]
}

fn number<'a>(value: f64) -> Vec<Item<'a>> {
    vec![Item::Atomic(Scalar::Number(value))]
}

fn text<'a>(value: String) -> Vec<Item<'a>> {
    vec![Item::Atomic(Scalar::Text(value))]
}

/// Counts are far below 2^53, where every integer is exact.
#[allow(clippy::cast_precision_loss)]
fn count(value: usize) -> f64 {
    value as f64
}
