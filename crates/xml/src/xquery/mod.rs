//! The part of XQuery that `value()`, `query()`, `exist()` and `nodes()` accept here.
//!
//! Built: path expressions over the child, attribute, self, parent and descendant axes with name, wildcard and
//! kind tests, predicates, parenthesised paths, comparisons (general and value), `and`, `or`, arithmetic, the
//! functions of `functions.rs`, namespace declarations in the prolog, `sql:variable` and `sql:column`. Not built:
//! FLWOR, `if`, constructors, quantifiers, casts, XML DML: recognised and refused by name.
//!
//! Static typing follows SQL Server where scripts feel it: `value()` and functions of one item want an operand
//! that is provably at most one item, else 2389 (`cardinality.rs`).

mod ast;
mod cardinality;
mod evaluate;
mod functions;
mod item;
mod lexer;
mod parser;

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use roxmltree::{Document, Node, NodeId};

use crate::{errors, tree, write};
use ast::Expression;
use evaluate::Evaluator;
use item::Item;

pub use item::Scalar;

/// The method a query belongs to; errors name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `value(xquery, type)`.
    Value,
    /// `query(xquery)`.
    Query,
    /// `exist(xquery)`.
    Exist,
    /// `nodes(xquery)`.
    Nodes,
}

impl Method {
    /// `value()` and so on, as errors spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Value => "value()",
            Self::Query => "query()",
            Self::Exist => "exist()",
            Self::Nodes => "nodes()",
        }
    }

    /// How every error of a query begins.
    pub(crate) fn prefix(self) -> String {
        format!("XQuery [{}]: ", self.name())
    }
}

/// Where `sql:variable("@x")` and `sql:column("t.c")` get their values.
pub trait Bindings {
    /// The variable's value: None when there is none of that name, `Some(None)` when it is NULL.
    fn variable(&self, name: &str) -> Option<Option<Scalar>>;
    /// The column's value, as above.
    fn column(&self, name: &str) -> Option<Option<Scalar>>;
}

/// No variables and no columns.
#[derive(Clone, Copy, Debug)]
pub struct NoBindings;

impl Bindings for NoBindings {
    fn variable(&self, _name: &str) -> Option<Option<Scalar>> {
        None
    }

    fn column(&self, _name: &str) -> Option<Option<Scalar>> {
        None
    }
}

/// One row of `nodes()`: a node that still knows its document, so that paths may climb out of it and prefixes
/// keep their meaning.
#[derive(Clone, Debug)]
pub struct NodeRef {
    /// The value in the normal form, wrapped as [`tree::wrap`] does it.
    wrapped: Arc<str>,
    /// The element, text or document node; for an attribute the element that has it.
    node: NodeId,
    /// Position among the element's attributes.
    attribute: Option<usize>,
}

impl NodeRef {
    /// The document node of an xml value in its normal form (the text that [`crate::parse_text`] returns).
    ///
    /// # Errors
    /// Those of parsing, for a text that is not in the normal form.
    pub fn document(xml: &str) -> Result<Self, SqlError> {
        let wrapped: Arc<str> = tree::wrap(xml).into();
        let node = tree::parse(&wrapped)?.root_element().id();
        Ok(Self { wrapped, node, attribute: None })
    }

    /// The node's own text: for an element its serialisation with the namespaces it needs.
    ///
    /// # Errors
    /// Those of parsing, which has succeeded before.
    pub fn to_xml(&self) -> Result<String, SqlError> {
        let document = tree::parse(&self.wrapped)?;
        let mut text = String::new();
        match self.item(&document) {
            Some(Item::Node(node)) => write::subtree(node, &mut text)?,
            Some(other) => text = other.string_value(),
            None => {}
        }
        Ok(text)
    }

    fn item<'a>(&self, document: &'a Document<'a>) -> Option<Item<'a>> {
        let node: Node<'a, 'a> = document.get_node(self.node)?;
        Some(match self.attribute {
            Some(position) => Item::Attribute(node, position),
            None => Item::Node(node),
        })
    }
}

/// A checked query, ready to run against any number of values.
#[derive(Clone, Debug)]
pub struct Query {
    method: Method,
    expression: Expression,
}

impl Query {
    /// Parses and checks `text` for `method`.
    ///
    /// # Errors
    /// 2205, 2209, 2229, 2370, 2395 … for what is wrong with the text, 2389 where one item at most is wanted, 49901
    /// for a part of XQuery that is not built.
    pub fn parse(method: Method, text: &str) -> Result<Self, SqlError> {
        let expression = parser::parse(method, text)?;
        cardinality::check(method, &expression)?;
        Ok(Self { method, expression })
    }

    /// `value()`: the string value of the one item, None (NULL) for none.
    ///
    /// # Errors
    /// Those of running: 9501, division by zero, a query that visits too many nodes.
    pub fn value(&self, context: &NodeRef, bindings: &dyn Bindings) -> Result<Option<String>, SqlError> {
        self.run(context, bindings, |items| Ok(items.first().map(Item::string_value)))
    }

    /// `exist()`: whether the query finds anything.
    ///
    /// # Errors
    /// As [`Query::value`].
    pub fn exist(&self, context: &NodeRef, bindings: &dyn Bindings) -> Result<bool, SqlError> {
        self.run(context, bindings, |items| Ok(!items.is_empty()))
    }

    /// `query()`: the items' text, one after the other.
    ///
    /// # Errors
    /// As [`Query::value`], and 2396 for an attribute outside an element.
    pub fn query(&self, context: &NodeRef, bindings: &dyn Bindings) -> Result<String, SqlError> {
        self.run(context, bindings, |items| self.serialise(items))
    }

    /// `nodes()`: one reference for each node found, in document order.
    ///
    /// # Errors
    /// As [`Query::value`], and 2209 for an expression that makes atomic values.
    pub fn nodes(&self, context: &NodeRef, bindings: &dyn Bindings) -> Result<Vec<NodeRef>, SqlError> {
        let wrapped = &context.wrapped;
        let reference = |item: &Item<'_>| match item {
            Item::Node(node) => {
                Ok(NodeRef { wrapped: Arc::clone(wrapped), node: node.id(), attribute: None })
            }
            Item::Attribute(node, position) => {
                Ok(NodeRef { wrapped: Arc::clone(wrapped), node: node.id(), attribute: Some(*position) })
            }
            Item::Atomic(_) => Err(errors::node_required(self.method)),
        };
        self.run(context, bindings, |items| items.iter().map(reference).collect())
    }

    fn run<T>(
        &self,
        context: &NodeRef,
        bindings: &dyn Bindings,
        finish: impl FnOnce(&[Item<'_>]) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let document = tree::parse(&context.wrapped)?;
        let start = context.item(&document);
        let items =
            Evaluator::new(self.method, bindings, document.root_element()).run(&self.expression, start)?;
        finish(&items)
    }

    fn serialise(&self, items: &[Item<'_>]) -> Result<String, SqlError> {
        let mut text = String::new();
        let mut after_atomic = false;
        for item in items {
            match item {
                Item::Node(node) => write::subtree(*node, &mut text)?,
                Item::Attribute(..) => {
                    return Err(sql_error!(2396, self.method.prefix()));
                }
                Item::Atomic(value) => {
                    if after_atomic {
                        text.push(' ');
                    }
                    write::escaped(&value.string_value(), &mut text);
                }
            }
            after_atomic = matches!(item, Item::Atomic(_));
        }
        Ok(text)
    }
}
