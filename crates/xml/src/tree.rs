//! A parsed value: roxmltree's tree with an element around the fragment that stands for the document node.

use duologue_messages::SqlError;
use roxmltree::{Document, Node, ParsingOptions};

use crate::errors;

/// Levels of elements in a value, as SQL Server has it.
pub const MAX_DEPTH: usize = 128;

/// Nodes in a value. A node costs some 70 bytes in memory while a value is parsed; a larger value is refused.
pub const MAX_NODES: u32 = 8_000_000;

const OPEN: &str = "<_>";
const CLOSE: &str = "</_>";

/// `fragment` inside the element that makes it a document; what [`parse`] reads.
pub(crate) fn wrap(fragment: &str) -> String {
    [OPEN, fragment, CLOSE].concat()
}

/// Parses what [`wrap`] made; the tree borrows from it.
///
/// # Errors
/// The numbers 94xx with positions in the fragment, 6359 for a document type declaration.
pub(crate) fn parse(wrapped: &str) -> Result<Document<'_>, SqlError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(wrapped, options)
        .map_err(|error| errors::from_parser(&error, fragment_of(wrapped), OPEN.len()))
}

fn fragment_of(wrapped: &str) -> &str {
    &wrapped[OPEN.len()..wrapped.len() - CLOSE.len()]
}

/// Whether `node` is the one that stands for the document.
pub(crate) fn is_document_node(node: Node<'_, '_>) -> bool {
    node.parent().is_none_or(|parent| parent.is_root())
}

/// The error for a value that is nested too deeply.
pub(crate) fn too_deep() -> SqlError {
    errors::raise(
        6335,
        format!(
            "XML datatype instance has too many levels of nested nodes. Maximum allowed depth is {MAX_DEPTH} levels."
        ),
    )
}

/// An element's name as written, with its prefix: the tree keeps names expanded only.
pub(crate) fn written_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = node.document().input_text().get(node.range()).unwrap_or_default();
    let name = tag.strip_prefix('<').unwrap_or(tag);
    let end =
        name.find(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>')).unwrap_or(name.len());
    &name[..end]
}

/// Namespace declarations that `node` itself carries, as (prefix, URI).
pub(crate) fn declared_namespaces<'a>(node: Node<'a, 'a>) -> Vec<(Option<&'a str>, &'a str)> {
    let inherited = node.parent().filter(|parent| !is_document_node(*parent));
    let is_inherited = |prefix, uri: &str| match inherited {
        Some(parent) => parent.namespaces().any(|known| known.name() == prefix && known.uri() == uri),
        None => prefix.is_none() && uri.is_empty(),
    };
    node.namespaces()
        .filter(|namespace| namespace.name() != Some("xml"))
        .map(|namespace| (namespace.name(), namespace.uri()))
        .filter(|(prefix, uri)| !is_inherited(*prefix, uri))
        .collect()
}
