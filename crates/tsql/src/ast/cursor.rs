//! Cursors.

use super::{Expr, Ident, SelectStatement, Variable};

#[derive(Clone, Debug, PartialEq)]
pub enum CursorStatement {
    Declare { name: Ident, definition: Box<CursorDefinition> },
    Open(CursorName),
    Fetch { direction: FetchDirection, cursor: CursorName, into: Vec<Variable> },
    Close(CursorName),
    Deallocate(CursorName),
}

#[derive(Clone, Debug, PartialEq)]
pub enum CursorName {
    Name { name: Ident, global: bool },
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq)]
pub struct CursorDefinition {
    /// `LOCAL`, `FAST_FORWARD`, `INSENSITIVE` … in the order written.
    pub options: Vec<CursorOption>,
    pub query: SelectStatement,
    /// `FOR UPDATE [OF columns]`.
    pub for_update: Option<Vec<Ident>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CursorOption {
    Local,
    Global,
    ForwardOnly,
    Scroll,
    Static,
    Keyset,
    Dynamic,
    FastForward,
    ReadOnly,
    ScrollLocks,
    Optimistic,
    TypeWarning,
    Insensitive,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FetchDirection {
    Next,
    Prior,
    First,
    Last,
    Absolute(Expr),
    Relative(Expr),
}
