//! A parsed value: roxmltree's tree with an element around the fragment that stands for the document node.

use std::collections::BTreeSet;

use duologue_messages::{SqlError, sql_error};
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

/// Where `node` begins in the fragment.
pub(crate) fn position(node: Node<'_, '_>) -> errors::Position {
    let fragment = fragment_of(node.document().input_text());
    errors::Position::at(fragment, node.range().start.saturating_sub(OPEN.len()))
}

/// The error for a value that is nested too deeply.
pub(crate) fn too_deep() -> SqlError {
    sql_error!(6335, MAX_DEPTH)
}

/// An element's name as written, with its prefix: the tree keeps names expanded only.
pub(crate) fn written_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = node.document().input_text().get(node.range()).unwrap_or_default();
    let name = tag.strip_prefix('<').unwrap_or(tag);
    let end =
        name.find(|next: char| next.is_ascii_whitespace() || matches!(next, '/' | '>')).unwrap_or(name.len());
    &name[..end]
}

/// A declaration: prefix, None for the default, and URI.
pub(crate) type Namespace<'a> = (Option<&'a str>, &'a str);

/// Namespace declarations that `node` itself carries and that change something.
pub(crate) fn declared_namespaces<'a>(node: Node<'a, 'a>) -> Vec<Namespace<'a>> {
    // The tree repeats inherited declarations on every element; comparing them all is for tags that have some.
    if !start_tag(node).contains("xmlns") {
        return Vec::new();
    }
    let parent = node.parent().filter(|parent| !is_document_node(*parent));
    let mut inherited: BTreeSet<Namespace<'_>> = parent.map(namespaces).into_iter().flatten().collect();
    if parent.is_none() {
        inherited.insert((None, ""));
    }
    namespaces(node).filter(|namespace| !inherited.contains(namespace)).collect()
}

/// Namespaces in scope at `node`, but for `xml`, which always is.
pub(crate) fn namespaces<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Namespace<'a>> {
    node.namespaces()
        .filter(|namespace| namespace.name() != Some("xml"))
        .map(|namespace| (namespace.name(), namespace.uri()))
}

/// The element's start tag as written, as far as its closing bracket.
fn start_tag<'a>(node: Node<'a, '_>) -> &'a str {
    let element = node.document().input_text().get(node.range()).unwrap_or_default();
    let mut quote = None;
    let end = element.bytes().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        _ => false,
    });
    &element[..end.unwrap_or(element.len())]
}
