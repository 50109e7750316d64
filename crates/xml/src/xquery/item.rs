//! What an expression evaluates to: a sequence of nodes, attributes and atomic values.

use roxmltree::{Node, NodeType};

/// An atomic value.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `xs:string`.
    Text(String),
    /// `xdt:untypedAtomic`: the content of a node, which takes the type of what it meets.
    Untyped(String),
    /// `xs:double` and the other numbers.
    Number(f64),
    /// `xs:boolean`.
    Boolean(bool),
}

impl Scalar {
    /// The value as text.
    pub fn string_value(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) => text.clone(),
            Self::Number(number) => number_text(*number),
            Self::Boolean(value) => value.to_string(),
        }
    }

    /// The value as a number; None for text that is none.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) | Self::Untyped(text) => text.trim_ascii().parse().ok(),
            Self::Number(number) => Some(*number),
            Self::Boolean(_) => None,
        }
    }
}

/// Integers without a point; large and small magnitudes with an exponent, as `xs:double` is written.
fn number_text(number: f64) -> String {
    match number {
        _ if number.is_nan() => "NaN".to_owned(),
        _ if number.is_infinite() => if number > 0.0 { "INF" } else { "-INF" }.to_owned(),
        0.0 => "0".to_owned(),
        _ if (1e-6..1e15).contains(&number.abs()) => format!("{number}"),
        _ => format!("{number:E}"),
    }
}

/// One item of a sequence.
#[derive(Clone, Debug)]
pub(crate) enum Item<'a> {
    /// An element, text, comment or instruction; the document node is the wrapping element.
    Node(Node<'a, 'a>),
    /// The element and the position among its attributes.
    Attribute(Node<'a, 'a>, usize),
    Atomic(Scalar),
}

impl<'a> Item<'a> {
    /// Text of an attribute or text node; of an element the text of all its descendants.
    pub(crate) fn string_value(&self) -> String {
        match self {
            Self::Node(node) => node_text(*node),
            Self::Attribute(node, position) => node
                .attributes()
                .nth(*position)
                .map(|attribute| attribute.value().to_owned())
                .unwrap_or_default(),
            Self::Atomic(value) => value.string_value(),
        }
    }

    /// The item's typed value: of a node its untyped content.
    pub(crate) fn atomized(&self) -> Scalar {
        match self {
            Self::Atomic(value) => value.clone(),
            node => Scalar::Untyped(node.string_value()),
        }
    }

    /// Place in document order; atomic values have none.
    pub(crate) fn order(&self) -> Option<(usize, usize)> {
        match self {
            Self::Node(node) => Some((node.id().get_usize(), 0)),
            Self::Attribute(node, position) => Some((node.id().get_usize(), position + 1)),
            Self::Atomic(_) => None,
        }
    }

    /// (namespace, local name) of an element or attribute, empty for others.
    pub(crate) fn name(&self) -> (&'a str, &'a str) {
        match self {
            Self::Node(node) if node.is_element() && !crate::tree::is_document_node(*node) => {
                (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name())
            }
            Self::Attribute(node, position) => node
                .attributes()
                .nth(*position)
                .map(|attribute| (attribute.namespace().unwrap_or_default(), attribute.name()))
                .unwrap_or_default(),
            Self::Node(_) | Self::Atomic(_) => ("", ""),
        }
    }
}

fn node_text(node: Node<'_, '_>) -> String {
    match node.node_type() {
        NodeType::Root | NodeType::Element => {
            node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
        }
        NodeType::Text | NodeType::Comment => node.text().unwrap_or_default().to_owned(),
        NodeType::PI => node.pi().and_then(|instruction| instruction.value).unwrap_or_default().to_owned(),
    }
}
