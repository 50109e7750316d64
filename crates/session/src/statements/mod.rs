//! The statements: one file for each family, and the table that finds it.

mod administration;
mod conversations;
mod ddl;
mod delete;
mod execute;
mod impersonation;
mod insert;
mod keys;
mod messages;
mod procedures;
mod receive;
mod returned_rows;
mod rows;
mod select;
mod set_options;
mod temp_tables;
mod transactions;
mod truncate;
mod update;
mod use_database;
mod variables;
mod waitfor;

pub(crate) use procedures::{Argument, Call, Prepared, call};
pub(crate) use variables::table_variable;

use duologue_messages::sql_error;
use duologue_tsql::ast::{
    self, BrokerStatement, Module, ModuleAction, ModuleStatement, StatementKind as Statement,
    TransactionStatement,
};

use crate::execution::{Context, Flow, StatementResult};

/// Runs a statement.
pub(crate) fn run(statement: &Statement, cx: &mut Context<'_, '_>) -> StatementResult {
    match statement {
        Statement::Declare(declarations) => variables::declare(cx, declarations),
        Statement::SetVariable(set) => variables::set(cx, set),
        Statement::Set(set) => set_options::set(cx, set),
        Statement::Print(value) => messages::print(cx, value),
        Statement::RaiseError(raise) => messages::raise_error(cx, raise),
        Statement::Throw(throw) => messages::throw(cx, throw.as_deref()),
        Statement::WaitFor(wait) => waitfor::wait(cx, wait),
        Statement::Use(name) => use_database::use_database(cx, name),
        Statement::Execute(execute) => execute::execute(cx, execute),
        Statement::ExecuteAs(execute_as) => impersonation::execute_as(cx, execute_as),
        Statement::Revert(cookie) => impersonation::revert(cx, cookie.as_ref()),
        Statement::Transaction(transaction) => transactions::run(cx, transaction),
        Statement::Administration(statement) => administration::run(cx, statement),
        Statement::Select(select) => select::select(cx, select),
        Statement::Insert(insert) => insert::insert(cx, insert),
        Statement::Update(update) => update::update(cx, update),
        Statement::Delete(delete) => delete::delete(cx, delete),
        Statement::Truncate(name) => truncate::truncate(cx, name),
        Statement::CreateTable(create) => ddl::create_table(cx, create),
        Statement::AlterTable(alter) => ddl::alter_table(cx, alter),
        Statement::Ddl(statement) => ddl::define_other(cx, statement),
        Statement::Drop(drop) => ddl::drop(cx, drop),
        Statement::Database(statement) => ddl::define_database(cx, statement),
        Statement::Broker(statement) => run_broker(cx, statement),
        Statement::Security(statement) => ddl::define_principal(cx, statement),
        Statement::Key(statement) => keys::run(cx, statement),
        Statement::Endpoint(statement) => ddl::define_endpoint(cx, statement),
        Statement::Cursor(_) => not_built("a cursor"),
        Statement::CreateIndex(_) => not_built("CREATE INDEX"),
        Statement::DropIndex(_) => not_built("DROP INDEX"),
        Statement::Module(module) => not_built(module_verb(module)),
        Statement::NotBuilt { name } => not_built(name),
        Statement::Block(_)
        | Statement::If(_)
        | Statement::While(_)
        | Statement::TryCatch(_)
        | Statement::Break
        | Statement::Continue
        | Statement::Goto(_)
        | Statement::Label(_)
        | Statement::Return(_) => Ok(Flow::untraced()),
    }
}

fn run_broker(cx: &mut Context<'_, '_>, statement: &BrokerStatement) -> StatementResult {
    match statement {
        BrokerStatement::BeginDialog(begin) => conversations::begin_dialog(cx, begin),
        BrokerStatement::BeginConversationTimer { handle, timeout } => {
            conversations::begin_timer(cx, handle, timeout)
        }
        BrokerStatement::Send(send) => conversations::send(cx, send),
        BrokerStatement::Receive(receive) => receive::receive(cx, receive, false),
        BrokerStatement::GetConversationGroup(get) => conversations::get_group(cx, get, false),
        BrokerStatement::MoveConversation { handle, group } => {
            conversations::move_conversation(cx, handle, group)
        }
        BrokerStatement::EndConversation { handle, mode } => conversations::end(cx, handle, mode),
        BrokerStatement::CreateEventNotification(create) => ddl::event_notifications::create(cx, create),
        BrokerStatement::DropEventNotification { names, scope } => {
            ddl::drop_event_notifications(cx, names, scope)
        }
        definition => ddl::define_broker_object(cx, definition),
    }
}

/// A statement that is recognised and not built says so by its name.
fn not_built(name: &str) -> StatementResult {
    Err(sql_error!(49901, name).into())
}

fn module_verb(statement: &ModuleStatement) -> &'static str {
    let is_create = statement.action != ModuleAction::Alter;
    match (&statement.module, is_create) {
        (Module::Procedure(_), true) => "CREATE PROCEDURE",
        (Module::Procedure(_), false) => "ALTER PROCEDURE",
        (Module::Function(_), true) => "CREATE FUNCTION",
        (Module::Function(_), false) => "ALTER FUNCTION",
        (Module::Trigger(_), true) => "CREATE TRIGGER",
        (Module::Trigger(_), false) => "ALTER TRIGGER",
        (Module::View(_), true) => "CREATE VIEW",
        (Module::View(_), false) => "ALTER VIEW",
    }
}

/// Whether the statement begins a transaction while IMPLICIT_TRANSACTIONS is ON.
pub(crate) fn begins_transaction(statement: &Statement) -> bool {
    match statement {
        Statement::Insert(_)
        | Statement::Update(_)
        | Statement::Delete(_)
        | Statement::Truncate(_)
        | Statement::CreateTable(_)
        | Statement::AlterTable(_)
        | Statement::Ddl(_)
        | Statement::Broker(_)
        | Statement::Security(_)
        | Statement::WaitFor(_)
        | Statement::Transaction(TransactionStatement::Begin { .. }) => true,
        Statement::Drop(drop) => drop.object != ast::DropObject::Database,
        Statement::Select(statement) => reads_tables(&statement.query.body),
        _ => false,
    }
}

/// A SELECT without FROM begins no transaction.
fn reads_tables(body: &ast::QueryBody) -> bool {
    match body {
        ast::QueryBody::Select(select) => !select.from.is_empty(),
        ast::QueryBody::SetOperation { first, rest } => {
            reads_tables(first) || rest.iter().any(|operand| reads_tables(&operand.right))
        }
        ast::QueryBody::Nested(query) => reads_tables(&query.body),
    }
}

/// A name as it was written, without brackets.
fn written(name: &ast::ObjectName) -> String {
    let parts: Vec<&str> = name.parts.iter().map(|part| part.name.as_str()).collect();
    parts.join(".")
}
