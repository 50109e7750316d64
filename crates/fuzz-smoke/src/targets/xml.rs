//! The xml type: documents and queries.

use std::cell::OnceCell;

use duologue_xml::{
    Method, NoBindings, NodeRef, Query, TextKind, Whitespace, check_well_formed, parse_bytes, parse_text,
};

const DOCUMENT: &str = "<order id=\"7\" xmlns:p=\"urn:p\"><line no=\"1\"><item>pen</item><qty>2</qty></line>\
    text<line no=\"2\"><p:item>ink</p:item><qty>-10.5</qty></line><empty/></order><second/>";

/// Text and bytes to the normal form, which is its own normal form.
pub(crate) fn document(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for whitespace in [Whitespace::Strip, Whitespace::Preserve] {
        let _ = parse_bytes(data, whitespace);
        let _ = parse_text(&text, TextKind::SingleByte, whitespace);
        if let Ok(normal) = parse_text(&text, TextKind::Unicode, whitespace) {
            NodeRef::document(&normal).expect("the normal form is a document");
            let again = parse_text(&normal, TextKind::Unicode, Whitespace::Preserve);
            assert_eq!(again.as_ref(), Ok(&normal));
        }
    }
    let _ = check_well_formed(data);
}

/// Every method with a query over a fixed document.
pub(crate) fn query(data: &[u8]) {
    thread_local! {
        static CONTEXT: OnceCell<NodeRef> = const { OnceCell::new() };
    }
    let text = String::from_utf8_lossy(data);
    CONTEXT.with(|context| {
        run(&text, context.get_or_init(|| NodeRef::document(DOCUMENT).expect("it is in the normal form")));
    });
}

fn run(text: &str, context: &NodeRef) {
    if let Ok(query) = Query::parse(Method::Value, text) {
        let _ = query.value(context, &NoBindings);
    }
    if let Ok(query) = Query::parse(Method::Exist, text) {
        let _ = query.exist(context, &NoBindings);
    }
    if let Ok(query) = Query::parse(Method::Query, text)
        && let Ok(found) = query.query(context, &NoBindings)
    {
        parse_text(&found, TextKind::Unicode, Whitespace::Preserve).expect("query() yields xml");
    }
    if let Ok(query) = Query::parse(Method::Nodes, text) {
        for node in query.nodes(context, &NoBindings).unwrap_or_default().iter().take(4) {
            let _ = node.to_xml();
        }
    }
}
