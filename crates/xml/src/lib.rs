//! The `xml` data type: parsing as `CAST(… AS xml)` does it, serialisation, and the XQuery of its methods.
//!
//! A value of the type is its text in a normal form: no declaration, no insignificant whitespace, CDATA as
//! escaped text, double quotes around attributes, declarations of namespaces before the attributes. A value may
//! be a fragment: several elements and text at the top level. [`parse_text`] and [`parse_bytes`] make it,
//! [`Query`] reads it. roxmltree does the parsing; nothing here resolves entities or fetches anything.
//!
//! Limits: [`MAX_DEPTH`] levels, [`MAX_NODES`] nodes, a budget of name comparisons per value and of visited nodes per
//! query.

mod declaration;
mod encoding;
mod errors;
mod limits;
mod parse;
mod tree;
mod write;
pub mod xquery;

pub use encoding::{Encoding, decode_bytes, sniff_encoding};
pub use parse::{TextKind, Whitespace, check_well_formed, parse_bytes, parse_text};
pub use tree::{MAX_DEPTH, MAX_NODES};
pub use xquery::{Bindings, Method, NoBindings, NodeRef, Query, Scalar};
