//! Variables, branches, loops, errors and waiting.

use super::{
    AssignOperator, Condition, CursorDefinition, DataType, Expr, GetConversationGroup, Ident, Receive,
    Statement, TableDefinition, Variable,
};

/// One variable of a DECLARE.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    pub variable: Variable,
    pub kind: DeclarationKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DeclarationKind {
    /// `@v [AS] type [= value]`. The value is assigned each time the statement runs; without one the variable
    /// keeps what it has (it is NULL at the batch's start).
    Scalar { data_type: DataType, value: Option<Expr> },
    /// `@v [AS] TABLE (…)`.
    Table(Box<TableDefinition>),
    /// `@v CURSOR`.
    Cursor,
}

/// `SET @v …`.
#[derive(Clone, Debug, PartialEq)]
pub struct SetVariable {
    pub variable: Variable,
    pub kind: SetVariableKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SetVariableKind {
    Assign {
        operator: AssignOperator,
        value: Expr,
    },
    /// `SET @c = CURSOR … FOR query`.
    Cursor(Box<CursorDefinition>),
    /// `SET @x.modify('…')`.
    Method {
        method: Ident,
        arguments: Vec<Expr>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct If {
    pub condition: Condition,
    pub then: Box<Statement>,
    pub otherwise: Option<Box<Statement>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct While {
    pub condition: Condition,
    pub body: Box<Statement>,
}

/// `BEGIN TRY … END TRY BEGIN CATCH … END CATCH`.
#[derive(Clone, Debug, PartialEq)]
pub struct TryCatch {
    pub body: Vec<Statement>,
    pub handler: Vec<Statement>,
}

/// `RAISERROR (message, severity, state [, argument …]) [WITH …]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RaiseError {
    /// A number, a text or a variable.
    pub message: Expr,
    pub severity: Expr,
    pub state: Expr,
    pub arguments: Vec<Expr>,
    pub log: bool,
    pub nowait: bool,
    pub seterror: bool,
}

/// `THROW number, message, state`.
#[derive(Clone, Debug, PartialEq)]
pub struct Throw {
    pub number: Expr,
    pub message: Expr,
    pub state: Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WaitFor {
    Delay(Expr),
    Time(Expr),
    /// `WAITFOR ( statement ) [, TIMEOUT milliseconds]`.
    Statement {
        statement: WaitForStatement,
        timeout: Option<Expr>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum WaitForStatement {
    Receive(Receive),
    GetConversationGroup(GetConversationGroup),
}
