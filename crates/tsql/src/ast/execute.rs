//! EXECUTE of modules and text, and the execution context.

use super::{Expr, Ident, ObjectName, StringOrVariable, Variable};

/// `EXECUTE [@return =] …`.
#[derive(Clone, Debug, PartialEq)]
pub struct Execute {
    pub return_variable: Option<Variable>,
    pub module: ExecuteModule,
    /// `WITH RECOMPILE`.
    pub recompile: bool,
    pub result_sets: Option<ResultSets>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ExecuteModule {
    /// `name [;number] arguments`; also a procedure named alone at the batch's start.
    Procedure { name: ObjectName, number: Option<i32>, arguments: Vec<Argument> },
    /// `@name arguments`: the variable holds the procedure's name.
    ProcedureVariable { variable: Variable, arguments: Vec<Argument> },
    /// `( text + text [, arguments] ) [AS USER|LOGIN = 'name'] [AT server]`.
    Text { text: Expr, arguments: Vec<Argument>, context: Option<ImpersonatedPrincipal>, at: Option<Ident> },
}

/// `[@name =] value [OUTPUT]`; a bare word is a text literal, `DEFAULT` is [`super::ExprKind::Default`].
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub name: Option<Variable>,
    pub value: Expr,
    pub output: bool,
}

/// `WITH RESULT SETS …`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultSets {
    Undefined,
    None,
    Defined,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ImpersonatedPrincipal {
    Login(StringOrVariable),
    User(StringOrVariable),
}

/// The statement `EXECUTE AS …`.
#[derive(Clone, Debug, PartialEq)]
pub struct ExecuteAs {
    /// None for `EXECUTE AS CALLER`.
    pub principal: Option<ImpersonatedPrincipal>,
    pub no_revert: bool,
    /// `WITH COOKIE INTO @v`.
    pub cookie: Option<Variable>,
}

/// The clause `EXECUTE AS …` of modules and queue activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecuteAsClause {
    Caller,
    SelfUser,
    Owner,
    User(String),
}
