//! Users and roles.

use duologue_catalog::ddl::users::{self, UserChanges, UserSource};
use duologue_catalog::ddl::{DdlContext, DdlResult, logins, roles};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, CreateUser, Ident, RoleAction, SecurityStatement, UserOptions};

use super::{change_permissions, define, text};
use crate::execution::{Context, StatementResult};
use crate::statements::not_built;

pub(in crate::statements) fn define_principal(
    cx: &mut Context<'_, '_>,
    statement: &SecurityStatement,
) -> StatementResult {
    match statement {
        SecurityStatement::CreateLogin(create) => super::logins::create(cx, create),
        SecurityStatement::AlterLogin(alter) => super::logins::alter(cx, alter),
        SecurityStatement::CreateUser(create) => create_user(cx, create),
        SecurityStatement::AlterUser { name, options } => alter_user(cx, name, options),
        SecurityStatement::CreateRole { name, authorization } => {
            let (owner, sid) = (text(authorization.as_ref()), super::logins::new_sid(cx));
            define(cx, |ddl| roles::create_role(ddl, &name.name, owner.as_deref(), sid))
        }
        SecurityStatement::AlterRole { name, action } => {
            define(cx, |ddl| alter_role(ddl, &name.name, action))
        }
        SecurityStatement::AlterServerRole { name, action } => alter_server_role(cx, &name.name, action),
        SecurityStatement::Permission(statement) => change_permissions(cx, statement),
        SecurityStatement::AlterAuthorization(statement) => super::alter_authorization(cx, statement),
        SecurityStatement::CreateServerRole { .. } => not_built("CREATE SERVER ROLE"),
        SecurityStatement::CreateApplicationRole { .. } => not_built("CREATE APPLICATION ROLE"),
        SecurityStatement::AlterApplicationRole { .. } => not_built("ALTER APPLICATION ROLE"),
        SecurityStatement::Signature(statement) => {
            not_built(if statement.add { "ADD SIGNATURE" } else { "DROP SIGNATURE" })
        }
    }
}

fn create_user(cx: &mut Context<'_, '_>, create: &CreateUser) -> StatementResult {
    let source = user_source(cx, create)?;
    let schema = create.options.default_schema.as_ref().and_then(|schema| text(schema.as_ref()));
    define(cx, |ddl| users::create_user(ddl, &create.name.name, &source, schema.as_deref()))
}

fn user_source(cx: &mut Context<'_, '_>, create: &CreateUser) -> Result<UserSource, SqlError> {
    Ok(match &create.source {
        ast::UserSource::SameName => UserSource::Login(create.name.name.clone()),
        ast::UserSource::Login(login) => UserSource::Login(login.name.clone()),
        ast::UserSource::WithoutLogin => UserSource::WithoutLogin(super::logins::new_sid(cx)),
        ast::UserSource::Certificate(name) => {
            let sid = super::logins::new_sid(cx);
            UserSource::Certificate(name.name.clone(), sid)
        }
        ast::UserSource::AsymmetricKey(_) => {
            return Err(sql_error!(49901, "CREATE USER … FOR ASYMMETRIC KEY"));
        }
        ast::UserSource::Password(_) => return Err(sql_error!(49901, "CREATE USER … WITH PASSWORD")),
        ast::UserSource::ExternalProvider => return Err(sql_error!(49901, "FROM EXTERNAL PROVIDER")),
    })
}

fn alter_user(cx: &mut Context<'_, '_>, name: &Ident, options: &UserOptions) -> StatementResult {
    if options.password.is_some() {
        return not_built("ALTER USER … WITH PASSWORD");
    }
    let changes = UserChanges {
        new_name: text(options.new_name.as_ref()),
        default_schema: options.default_schema.as_ref().map(|schema| {
            // NULL takes the default schema away: dbo is what remains.
            text(schema.as_ref()).unwrap_or_else(|| "dbo".into())
        }),
        login: text(options.login.as_ref()),
    };
    define(cx, |ddl| users::alter_user(ddl, &name.name, &changes))
}

fn alter_role(ddl: &mut DdlContext<'_>, name: &str, action: &RoleAction) -> DdlResult {
    match action {
        RoleAction::AddMember(member) => roles::alter_role_member(ddl, name, &member.name, true),
        RoleAction::DropMember(member) => roles::alter_role_member(ddl, name, &member.name, false),
        RoleAction::Rename(new_name) => roles::rename_role(ddl, name, &new_name.name),
    }
}

fn alter_server_role(cx: &mut Context<'_, '_>, name: &str, action: &RoleAction) -> StatementResult {
    let (member, is_added) = match action {
        RoleAction::AddMember(member) => (&member.name, true),
        RoleAction::DropMember(member) => (&member.name, false),
        RoleAction::Rename(_) => return not_built("ALTER SERVER ROLE … WITH NAME"),
    };
    define(cx, |ddl| logins::alter_server_role_member(ddl, name, member, is_added))
}
