//! GRANT, DENY and REVOKE.

mod principals;
mod rows;

use duologue_messages::{SqlError, sql_error};
use duologue_types::DatabaseId;

use self::principals::{Grantor, authority, grantees};
use self::rows::{PermissionKey, Scope};
use super::context::{DdlContext, ObjectName, cannot};
use super::outcome::{DdlOutcome, DdlResult, Effect, EventFact};
use crate::fresh::{INFORMATION_SCHEMA, SYS};
use crate::permissions::{Permission, Securable, SecurableKind};

const MASTER: DatabaseId = DatabaseId(1);

/// The verb with its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantVerb {
    /// `GRANT`.
    Grant {
        /// `WITH GRANT OPTION`.
        with_grant_option: bool,
    },
    /// `DENY`.
    Deny {
        /// `CASCADE`.
        cascade: bool,
    },
    /// `REVOKE`.
    Revoke {
        /// `GRANT OPTION FOR`.
        grant_option_for: bool,
        /// `CASCADE`.
        cascade: bool,
    },
}

/// What is granted.
#[derive(Clone, Debug)]
pub enum PermissionList {
    /// `ALL [PRIVILEGES]`.
    All,
    /// Names; unknown ones are a syntax error before this.
    Named(Vec<Permission>),
}

/// `ON …`.
#[derive(Clone, Debug)]
pub enum GrantTarget {
    /// `[OBJECT::]name`.
    Object(ObjectName),
    /// `CLASS::name`.
    Named(SecurableKind, String),
}

/// A GRANT, DENY or REVOKE statement.
#[derive(Clone, Debug)]
pub struct GrantStatement {
    /// Verb and options.
    pub verb: GrantVerb,
    /// Permissions.
    pub permissions: PermissionList,
    /// Securable; `None` is the database, or the server if the permissions are the server's.
    pub on: Option<GrantTarget>,
    /// Principals.
    pub to: Vec<String>,
    /// `AS`.
    pub as_grantor: Option<String>,
}

/// GRANT, DENY, REVOKE. Events 170 to 172 in a database, 167 to 169 on the server.
pub fn grant(cx: &mut DdlContext<'_>, statement: &GrantStatement) -> DdlResult {
    let securable = securable(cx, statement)?;
    let kind = securable.kind(cx.catalog(), Some(cx.db()?)).ok_or_else(|| sql_error!(4606, "ALL"))?;
    let (permissions, warning) = permissions(kind, &statement.permissions)?;
    check_scope(cx, securable, &permissions)?;
    let grantor = authority(cx, statement, securable, &permissions)?;
    let grantees = grantees(cx, statement, securable, &permissions)?;
    let scope = Scope::of(securable);
    let mut changes = rows::Changes::new(cx, scope);
    for permission in &permissions {
        let key = PermissionKey {
            class: securable.class(),
            major_id: securable.major_id(),
            permission: *permission,
        };
        for grantee in &grantees {
            changes.apply(statement.verb, key, grantee.id, grantor.id)?;
        }
    }
    changes.write(cx);
    let event = event(cx, statement, securable, kind, &permissions, &grantor);
    let mut outcome = DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database });
    outcome.warnings.extend(warning);
    Ok(outcome)
}

/// What the statement is about: 4620 when its permissions are partly the database's and partly the server's.
fn securable(cx: &DdlContext<'_>, statement: &GrantStatement) -> Result<Securable, SqlError> {
    match &statement.on {
        Some(target) => find(cx, target),
        None => {
            let PermissionList::Named(permissions) = &statement.permissions else {
                return Ok(Securable::Database);
            };
            let of_database = |permission: &&Permission| SecurableKind::Database.has(**permission);
            let of_server = |permission: &&Permission| SecurableKind::Server.has(**permission);
            let neither =
                permissions.iter().find(|permission| !of_database(permission) && !of_server(permission));
            match neither {
                Some(permission) => Err(sql_error!(4606, permission)),
                None if permissions.iter().all(|permission| of_database(&permission)) => {
                    Ok(Securable::Database)
                }
                None if permissions.iter().all(|permission| of_server(&permission)) => Ok(Securable::Server),
                None => Err(sql_error!(4620)),
            }
        }
    }
}

/// Missing and invisible look alike (15151).
fn find(cx: &DdlContext<'_>, target: &GrantTarget) -> Result<Securable, SqlError> {
    let database = cx.db()?;
    let server = &cx.catalog().server;
    let (found, noun, name) = match target {
        GrantTarget::Object(name) => {
            let found = database.find_object(cx.security.user, name.schema.as_deref(), &name.name);
            (found.map(|found| Securable::Object(found.id())), "object", &name.name)
        }
        GrantTarget::Named(kind, name) => {
            let found = match kind {
                SecurableKind::Server => Some(Securable::Server),
                SecurableKind::Database => {
                    let is_current =
                        cx.catalog().find_database(name).map(|found| found.settings.id) == Some(cx.database);
                    is_current.then_some(Securable::Database)
                }
                SecurableKind::Login | SecurableKind::ServerRole => {
                    server.logins.find(name).map(|found| Securable::Login(found.id))
                }
                SecurableKind::Endpoint => {
                    server.endpoints.find(name).map(|found| Securable::Endpoint(found.id))
                }
                _ => Securable::named(database, *kind, name),
            };
            (found, kind.noun(), name)
        }
    };
    let visible = found.filter(|securable| cx.catalog().is_visible(cx.security, *securable));
    visible.ok_or_else(|| cannot("find", noun, name))
}

/// The permissions, which must exist on the kind (4606). ALL exists for databases and tables only (4623) and draws a
/// message (4628).
fn permissions(
    kind: SecurableKind,
    list: &PermissionList,
) -> Result<(Vec<Permission>, Option<SqlError>), SqlError> {
    use Permission::{
        BackupDatabase, BackupLog, CreateDatabase, CreateDefault, CreateFunction, CreateProcedure,
        CreateRule, CreateTable, CreateView, Delete, Insert, References, Select, Update,
    };
    let all: &[Permission] = match (list, kind) {
        (PermissionList::Named(named), _) => {
            if let Some(foreign) = named.iter().find(|permission| !kind.has(**permission)) {
                return Err(sql_error!(4606, foreign));
            }
            return Ok((named.clone(), None));
        }
        (PermissionList::All, SecurableKind::Database) => &[
            BackupDatabase,
            BackupLog,
            CreateDatabase,
            CreateDefault,
            CreateFunction,
            CreateProcedure,
            CreateRule,
            CreateTable,
            CreateView,
        ],
        (PermissionList::All, SecurableKind::Table) => &[Delete, Insert, References, Select, Update],
        (PermissionList::All, SecurableKind::Queue) => &[References, Select],
        (PermissionList::All, _) => return Err(sql_error!(4623)),
    };
    // Only master knows CREATE DATABASE; ALL elsewhere goes without it.
    let usable = all.iter().copied().filter(|permission| *permission != CreateDatabase);
    Ok((usable.collect(), Some(sql_error!(4628))))
}

/// Server permissions and CREATE DATABASE are granted in master (4621, 4619), the latter by sysadmin (4602); what
/// belongs to INFORMATION_SCHEMA and sys is not granted at all (33008).
fn check_scope(
    cx: &DdlContext<'_>,
    securable: Securable,
    permissions: &[Permission],
) -> Result<(), SqlError> {
    if securable.is_server_scoped() && cx.database != MASTER {
        return Err(sql_error!(4621));
    }
    if permissions.contains(&Permission::CreateDatabase) {
        if cx.database != MASTER {
            return Err(sql_error!(4619));
        }
        if !cx.has(Permission::ControlServer, Securable::Server) {
            return Err(sql_error!(4602));
        }
    }
    let is_reserved =
        matches!(securable, Securable::Schema(id) if id.0 == SYS.0 || id.0 == INFORMATION_SCHEMA.0);
    match permissions.first() {
        Some(permission) if is_reserved => Err(sql_error!(33008, permission, "schemas")),
        _ => Ok(()),
    }
}

fn event(
    cx: &DdlContext<'_>,
    statement: &GrantStatement,
    securable: Securable,
    kind: SecurableKind,
    permissions: &[Permission],
    grantor: &Grantor,
) -> EventFact {
    let (database_event, server_event) = match statement.verb {
        GrantVerb::Grant { .. } => (170, 167),
        GrantVerb::Deny { .. } => (171, 168),
        GrantVerb::Revoke { .. } => (172, 169),
    };
    let grant_option = matches!(
        statement.verb,
        GrantVerb::Grant { with_grant_option: true } | GrantVerb::Revoke { grant_option_for: true, .. }
    );
    let cascade =
        matches!(statement.verb, GrantVerb::Deny { cascade: true } | GrantVerb::Revoke { cascade: true, .. });
    let name = cx.db().map(|database| securable.name(cx.catalog(), database)).unwrap_or_default();
    let mut fact = match kind.is_server_scoped() {
        true => cx.server_event(server_event, kind.object_type(), &name),
        false => cx.event(database_event, kind.object_type(), &name),
    };
    if let Securable::Object(id) = securable {
        let schema =
            cx.db().ok().and_then(|database| Some(database.schema_name(database.object_by_id(id)?.schema())));
        fact.schema_name = schema;
    }
    let names = permissions.iter().map(|permission| permission.name().to_lowercase()).collect();
    let flag = |set: bool| if set { "1" } else { "0" };
    fact.with("Grantor", &grantor.name)
        .with_list("Permissions", "Permission", names)
        .with_list("Grantees", "Grantee", statement.to.clone())
        .with("AsGrantor", statement.as_grantor.clone().unwrap_or_default())
        .with("GrantOption", flag(grant_option))
        .with("CascadeOption", flag(cascade))
}
