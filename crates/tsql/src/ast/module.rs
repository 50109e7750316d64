//! Procedures, functions, triggers and views. The module's text is the statement's span, which runs to the
//! end of the batch.

use super::{
    DataType, ExecuteAsClause, Expr, Ident, ObjectName, SelectStatement, Statement, TableDefinition, Variable,
};

/// `CREATE [OR ALTER] | ALTER` and the module.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleStatement {
    pub action: ModuleAction,
    pub module: Module,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleAction {
    Create,
    Alter,
    CreateOrAlter,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Module {
    Procedure(Procedure),
    Function(Function),
    Trigger(Trigger),
    View(View),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Procedure {
    pub name: ObjectName,
    /// `;number`.
    pub number: Option<i32>,
    pub parameters: Vec<Parameter>,
    pub options: ModuleOptions,
    pub body: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub variable: Variable,
    pub data_type: DataType,
    pub default: Option<Expr>,
    pub nullable: Option<bool>,
    pub output: bool,
    pub readonly: bool,
}

/// `WITH …` of a module.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ModuleOptions {
    pub execute_as: Option<ExecuteAsClause>,
    pub encryption: bool,
    pub recompile: bool,
    pub schemabinding: bool,
    /// `RETURNS NULL ON NULL INPUT`.
    pub returns_null_on_null_input: bool,
    pub view_metadata: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub name: ObjectName,
    pub parameters: Vec<Parameter>,
    pub options: ModuleOptions,
    pub kind: FunctionKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FunctionKind {
    Scalar {
        returns: DataType,
        body: Vec<Statement>,
    },
    /// `RETURNS TABLE AS RETURN query`.
    Inline {
        query: Box<SelectStatement>,
    },
    /// `RETURNS @t TABLE (…)`.
    Table {
        variable: Variable,
        definition: TableDefinition,
        body: Vec<Statement>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    pub name: ObjectName,
    pub target: TriggerTarget,
    pub options: ModuleOptions,
    pub timing: TriggerTiming,
    /// INSERT, UPDATE, DELETE, or DDL events and groups, or LOGON: upper case.
    pub events: Vec<String>,
    pub not_for_replication: bool,
    pub body: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum TriggerTarget {
    Table(ObjectName),
    Database,
    AllServer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerTiming {
    /// FOR is AFTER.
    After,
    InsteadOf,
}

#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub name: ObjectName,
    pub columns: Vec<Ident>,
    pub options: ModuleOptions,
    pub query: Box<SelectStatement>,
    pub with_check_option: bool,
}
