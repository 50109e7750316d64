//! The syntax tree: what the text says, nothing that only a catalog knows. One module per statement family,
//! and one nested enum per family so that an interpreter can dispatch in two steps.
//!
//! Every node that can fail at run time carries the one-based line in the batch; statements and expressions
//! also carry their byte range in the batch's text, so that the text of a module, default or event can be cut
//! out of it.
#![allow(clippy::large_enum_variant, reason = "the families are boxed in `StatementKind`")]
#![expect(missing_docs, reason = "fields and variants bear the names of the clauses that they stand for")]

mod broker;
mod control_flow;
mod cursor;
mod database;
mod ddl;
mod dml;
mod endpoint;
mod execute;
mod expression;
mod keys;
mod module;
mod name;
mod query;
mod security;
mod session;
mod table;

use std::ops::Range;

pub use broker::*;
pub use control_flow::*;
pub use cursor::*;
pub use database::*;
pub use ddl::*;
pub use dml::*;
pub use endpoint::*;
pub use execute::*;
pub use expression::*;
pub use keys::*;
pub use module::*;
pub use name::*;
pub use query::*;
pub use security::*;
pub use session::*;
pub use table::*;

/// What one request or one `GO` section holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Batch {
    pub statements: Vec<Statement>,
    /// Every variable where it stands, in the order of the text; those of modules are the modules' own.
    pub mentions: Vec<Mention>,
}

/// A variable in the text. Names of a procedure's parameters (`EXEC p @name = 1`) are no mentions.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    pub variable: Variable,
    pub role: MentionRole,
    /// Number of the statement, nested ones counted too.
    pub statement: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MentionRole {
    /// `DECLARE @v …`.
    Declaration,
    /// As a value, or to be assigned one.
    Scalar,
    /// As a table.
    Table,
}

/// One statement and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Line of its first token, counted from 1.
    pub line: u32,
    /// Bytes of the batch's text from its first to its last token, without the semicolon.
    pub span: Range<usize>,
    pub kind: StatementKind,
}

/// A statement by family.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    // Control flow.
    Declare(Vec<Declaration>),
    SetVariable(SetVariable),
    Set(SetStatement),
    Block(Vec<Statement>),
    If(If),
    While(While),
    TryCatch(TryCatch),
    Break,
    Continue,
    Goto(Ident),
    Label(Ident),
    Return(Option<Expr>),
    Print(Expr),
    RaiseError(Box<RaiseError>),
    Throw(Option<Box<Throw>>),
    WaitFor(Box<WaitFor>),
    Use(Ident),
    Execute(Box<Execute>),
    ExecuteAs(ExecuteAs),
    /// `REVERT [WITH COOKIE = @v]`.
    Revert(Option<Variable>),
    Transaction(TransactionStatement),
    Cursor(CursorStatement),
    Administration(AdministrationStatement),
    // Queries and data.
    Select(Box<SelectStatement>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Truncate(ObjectName),
    // Definitions.
    CreateTable(Box<CreateTable>),
    AlterTable(Box<AlterTable>),
    CreateIndex(Box<CreateIndex>),
    DropIndex(DropIndex),
    Module(Box<ModuleStatement>),
    Ddl(Box<DdlStatement>),
    /// `DROP … [IF EXISTS] name, …` of every kind of object that is dropped by its name alone.
    Drop(Drop),
    Database(Box<DatabaseStatement>),
    Broker(Box<BrokerStatement>),
    Security(Box<SecurityStatement>),
    Key(Box<KeyStatement>),
    Endpoint(Box<EndpointStatement>),
    /// A statement or clause that SQL Server knows and that has no tree of its own here, by name:
    /// `CREATE FULLTEXT CATALOG`, `PIVOT`. Its text has been skipped, not checked.
    NotBuilt {
        name: String,
    },
}
