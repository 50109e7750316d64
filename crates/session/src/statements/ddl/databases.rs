//! CREATE and ALTER DATABASE.

use duologue_catalog::ddl::databases::{self, BrokerOption, DatabaseOptions};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    AlterDatabase, AlterDatabaseAction, CreateDatabase, CreateDatabaseForm, DatabaseAccess, DatabaseOption,
    DatabaseState, DatabaseStatement,
};
use duologue_types::BrokerInstance;

use super::define;
use crate::execution::{Context, Flow, StatementResult};

pub(in crate::statements) fn define_database(
    cx: &mut Context<'_, '_>,
    statement: &DatabaseStatement,
) -> StatementResult {
    refuse_in_transaction(cx, statement)?;
    match statement {
        DatabaseStatement::Create(create) => create_database(cx, create),
        DatabaseStatement::Alter(alter) => alter_database(cx, alter),
    }
}

/// 226: these statements cannot be taken back with others.
fn refuse_in_transaction(cx: &Context<'_, '_>, statement: &DatabaseStatement) -> Result<(), SqlError> {
    let name = match statement {
        DatabaseStatement::Create(_) => "CREATE DATABASE",
        DatabaseStatement::Alter(_) => "ALTER DATABASE",
    };
    if cx.session.transaction.is_some() { Err(sql_error!(226, name)) } else { Ok(()) }
}

fn create_database(cx: &mut Context<'_, '_>, create: &CreateDatabase) -> StatementResult {
    match create.form {
        CreateDatabaseForm::New => {}
        CreateDatabaseForm::Attach => return Err(sql_error!(49901, "CREATE DATABASE … FOR ATTACH").into()),
        CreateDatabaseForm::Snapshot => {
            return Err(sql_error!(49901, "CREATE DATABASE … AS SNAPSHOT OF").into());
        }
    }
    let broker_instance = BrokerInstance(cx.instance.new_guid());
    define(cx, |ddl| databases::create_database(ddl, &create.name.name, broker_instance))
}

fn alter_database(cx: &mut Context<'_, '_>, alter: &AlterDatabase) -> StatementResult {
    let name = match &alter.name {
        Some(name) => name.name.clone(),
        None => cx.database()?.settings.name.clone(),
    };
    let mut options = DatabaseOptions::default();
    let mut must_end = false;
    match &alter.action {
        AlterDatabaseAction::Set { options: written, termination } => {
            for option in written {
                note(cx, option, &mut options)?;
            }
            must_end = termination.is_some() && written.iter().any(wants_no_others);
        }
        AlterDatabaseAction::ModifyName(new_name) => options.new_name = Some(new_name.name.clone()),
        AlterDatabaseAction::Collate(_) | AlterDatabaseAction::Files => {}
    }
    let flow = define(cx, |ddl| databases::alter_database(ddl, &name, &options))?;
    if must_end && matches!(flow, Flow::Done(_)) {
        end_others(cx, &name);
    }
    Ok(flow)
}

/// What needs the database for oneself: `SET SINGLE_USER WITH ROLLBACK IMMEDIATE`.
fn wants_no_others(option: &DatabaseOption) -> bool {
    matches!(
        option,
        DatabaseOption::Access(DatabaseAccess::Single | DatabaseAccess::Restricted)
            | DatabaseOption::EnableBroker
            | DatabaseOption::DisableBroker
            | DatabaseOption::NewBroker
            | DatabaseOption::ErrorBrokerConversations
    )
}

fn end_others(cx: &mut Context<'_, '_>, name: &str) {
    let Some(database) = cx.catalog().find_database(name).map(|found| found.settings.id) else { return };
    for other in cx.instance.sessions_in(database) {
        if other != cx.session.id() {
            cx.instance.end_session(other);
        }
    }
}

/// One option of `SET`. What SQL Server has and a broker does not need is accepted and changes nothing.
fn note(
    cx: &mut Context<'_, '_>,
    option: &DatabaseOption,
    options: &mut DatabaseOptions,
) -> Result<(), SqlError> {
    match option {
        DatabaseOption::EnableBroker => options.broker = Some(BrokerOption::Enable),
        DatabaseOption::DisableBroker => options.broker = Some(BrokerOption::Disable),
        DatabaseOption::NewBroker => {
            options.broker = Some(BrokerOption::New(BrokerInstance(cx.instance.new_guid())));
        }
        DatabaseOption::ErrorBrokerConversations => options.broker = Some(BrokerOption::ErrorConversations),
        DatabaseOption::HonorBrokerPriority(on) => options.honor_broker_priority = Some(*on),
        DatabaseOption::Trustworthy(on) => options.trustworthy = Some(*on),
        DatabaseOption::ReadOnly(true) => return Err(sql_error!(49901, "SET READ_ONLY")),
        DatabaseOption::State(DatabaseState::Offline | DatabaseState::Emergency) => {
            return Err(sql_error!(49901, "SET OFFLINE"));
        }
        DatabaseOption::Access(
            DatabaseAccess::Single | DatabaseAccess::Restricted | DatabaseAccess::Multi,
        )
        | DatabaseOption::DbChaining(_)
        | DatabaseOption::AllowSnapshotIsolation(_)
        | DatabaseOption::ReadCommittedSnapshot(_)
        | DatabaseOption::CompatibilityLevel(_)
        | DatabaseOption::ReadOnly(false)
        | DatabaseOption::State(DatabaseState::Online)
        | DatabaseOption::Recovery(_)
        | DatabaseOption::Other { .. } => {}
    }
    Ok(())
}
