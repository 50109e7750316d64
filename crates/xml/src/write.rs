//! Serialisation: the normal form of a value, and of the nodes that `query()` and `nodes()` pick from it.

use std::collections::BTreeSet;

use duologue_messages::SqlError;
use roxmltree::{Node, NodeType};

use crate::errors::{Position, parse_error};
use crate::parse::Whitespace;
use crate::tree::{self, MAX_DEPTH, Namespace};

/// The children of the document node, one after the other.
pub(crate) fn document(root: Node<'_, '_>, whitespace: Whitespace) -> Result<String, SqlError> {
    let mut writer = Writer { text: String::new(), whitespace };
    for child in root.children() {
        writer.node(child, 1, whitespace == Whitespace::Preserve)?;
    }
    Ok(writer.text)
}

/// One node out of its document: declarations of the namespaces that its subtree uses come with it.
pub(crate) fn subtree(node: Node<'_, '_>, text: &mut String) -> Result<(), SqlError> {
    let mut writer = Writer { text: std::mem::take(text), whitespace: Whitespace::Preserve };
    let outcome = if node.is_element() && !tree::is_document_node(node) {
        writer.element(node, 1, true, &used_namespaces(node))
    } else if node.is_element() {
        node.children().try_for_each(|child| writer.node(child, 1, true))
    } else {
        writer.node(node, 1, true)
    };
    *text = writer.text;
    outcome
}

/// Declarations in scope at `node`, made further out, whose URI a name of its subtree has.
fn used_namespaces<'a>(node: Node<'a, 'a>) -> Vec<Namespace<'a>> {
    let mut used = BTreeSet::new();
    for descendant in node.descendants().filter(Node::is_element) {
        used.extend(descendant.tag_name().namespace());
        used.extend(descendant.attributes().filter_map(|attribute| attribute.namespace()));
    }
    let own: BTreeSet<_> = tree::declared_namespaces(node).into_iter().collect();
    tree::namespaces(node)
        .filter(|namespace| used.contains(namespace.1) && !own.contains(namespace))
        .collect()
}

struct Writer {
    text: String,
    whitespace: Whitespace,
}

impl Writer {
    fn node(&mut self, node: Node<'_, '_>, depth: usize, preserve: bool) -> Result<(), SqlError> {
        match node.node_type() {
            NodeType::Root => {}
            NodeType::Element => self.element(node, depth, preserve, &[])?,
            NodeType::Text => self.text_node(node, preserve),
            NodeType::Comment => self.comment(node),
            NodeType::PI => self.instruction(node)?,
        }
        Ok(())
    }

    fn element(
        &mut self,
        node: Node<'_, '_>,
        depth: usize,
        preserve: bool,
        outer_namespaces: &[Namespace<'_>],
    ) -> Result<(), SqlError> {
        if depth > MAX_DEPTH {
            return Err(tree::too_deep());
        }
        let name = tree::written_name(node);
        self.text.push('<');
        self.text.push_str(name);
        self.namespaces(outer_namespaces);
        self.namespaces(&tree::declared_namespaces(node));
        self.attributes(node);
        let start_of_content = self.text.len();
        self.text.push('>');
        let preserve = self.preserves(node).unwrap_or(preserve);
        for child in node.children() {
            self.node(child, depth + 1, preserve)?;
        }
        if self.text.len() == start_of_content + 1 {
            self.text.truncate(start_of_content);
            self.text.push_str("/>");
        } else {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
        Ok(())
    }

    /// What `xml:space` on this element says, if it says anything.
    fn preserves(&self, node: Node<'_, '_>) -> Option<bool> {
        match node.attribute((roxmltree::NS_XML_URI, "space"))? {
            "preserve" => Some(true),
            _ => Some(self.whitespace == Whitespace::Preserve),
        }
    }

    fn namespaces(&mut self, namespaces: &[Namespace<'_>]) {
        for (prefix, uri) in namespaces {
            self.text.push_str(" xmlns");
            if let Some(prefix) = prefix {
                self.text.push(':');
                self.text.push_str(prefix);
            }
            self.attribute_value(uri);
        }
    }

    fn attributes(&mut self, node: Node<'_, '_>) {
        for attribute in node.attributes() {
            self.text.push(' ');
            let name = node.document().input_text().get(attribute.range_qname()).unwrap_or(attribute.name());
            self.text.push_str(name);
            self.attribute_value(attribute.value());
        }
    }

    fn attribute_value(&mut self, value: &str) {
        self.text.push_str("=\"");
        for character in value.chars() {
            match character {
                '"' => self.text.push_str("&quot;"),
                '\t' => self.text.push_str("&#x09;"),
                '\n' => self.text.push_str("&#x0A;"),
                other => push_escaped(&mut self.text, other),
            }
        }
        self.text.push('"');
    }

    fn text_node(&mut self, node: Node<'_, '_>, preserve: bool) {
        let content = node.text().unwrap_or_default();
        if !preserve && is_insignificant(node, content) {
            return;
        }
        for character in content.chars() {
            push_escaped(&mut self.text, character);
        }
    }

    fn comment(&mut self, node: Node<'_, '_>) {
        self.text.push_str("<!--");
        self.text.push_str(node.text().unwrap_or_default());
        self.text.push_str("-->");
    }

    /// The name `xml` is reserved: an instruction of that name would read as a declaration the next time.
    fn instruction(&mut self, node: Node<'_, '_>) -> Result<(), SqlError> {
        let Some(instruction) = node.pi() else { return Ok(()) };
        if instruction.target.eq_ignore_ascii_case("xml") {
            return Err(parse_error!(9438, tree::position(node)));
        }
        self.text.push_str("<?");
        self.text.push_str(instruction.target);
        if let Some(value) = instruction.value {
            self.text.push(' ');
            self.text.push_str(value);
        }
        self.text.push_str("?>");
        Ok(())
    }
}

/// Whitespace that only lays the text out: written as such, not as a reference or CDATA section.
fn is_insignificant(node: Node<'_, '_>, content: &str) -> bool {
    let written = node.document().input_text().get(node.range()).unwrap_or(content);
    is_blank(content) && is_blank(written)
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|next| matches!(next, ' ' | '\t' | '\r' | '\n'))
}

/// A character of text or of an attribute's value, in references where the parser would read it differently.
fn push_escaped(text: &mut String, character: char) {
    match character {
        '&' => text.push_str("&amp;"),
        '<' => text.push_str("&lt;"),
        '>' => text.push_str("&gt;"),
        '\r' => text.push_str("&#x0D;"),
        other => text.push(other),
    }
}

/// Appends `text` as the content of a text node.
pub(crate) fn escaped(text: &str, output: &mut String) {
    for character in text.chars() {
        push_escaped(output, character);
    }
}
