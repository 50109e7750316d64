//! Permissions: names, hierarchy, evaluation, the security context.
//!
//! Rules: sysadmin and dbo bypass every check; the owner of a thing may do everything with it; otherwise the
//! permissions of the user, his roles and `public` count, on the thing and on what implies it, and any DENY wins.

mod context;
mod context_stack;
mod evaluate;
pub(crate) mod fixed_roles;
mod hierarchy;
mod permission;
mod remote;
mod securable;

pub use context::{ContextScope, SecurityContext};
pub use context_stack::{ContextStack, RevertRule};
pub(crate) use evaluate::Evaluation;
pub use hierarchy::SecurableKind;
pub use permission::Permission;
pub use securable::Securable;

use duologue_messages::{SqlError, sql_error};

use crate::fresh::DBO;
use crate::objects::Catalog;

/// Proof that a permission was checked; only a check makes one.
#[derive(Debug)]
#[must_use]
pub struct Granted(());

impl Catalog {
    /// Whether `context` has `permission` on `securable`.
    pub fn has(&self, context: &SecurityContext, permission: Permission, securable: Securable) -> bool {
        // Most callers are dbo: spare them the collection of roles.
        let is_dbo =
            context.user == DBO && !securable.is_server_scoped() && self.database(context.database).is_some();
        is_dbo || Evaluation::of(self, context).has(permission, securable)
    }

    /// As [`Catalog::has`], with the error a user sees: 229 for queues and tables, 262 for databases, 300 for the
    /// server, 8494 for SEND on a service, 15151 for everything else.
    pub fn require(
        &self,
        context: &SecurityContext,
        permission: Permission,
        securable: Securable,
    ) -> Result<Granted, SqlError> {
        if self.has(context, permission, securable) {
            return Ok(Granted(()));
        }
        Err(self.refusal(context, permission, securable))
    }

    fn refusal(&self, context: &SecurityContext, permission: Permission, securable: Securable) -> SqlError {
        let Some(database) = self.database(context.database) else { return sql_error!(297) };
        let (name, in_database) = (securable.name(self, database), &database.settings.name);
        match securable {
            Securable::Object(id) => {
                let schema = database.object_by_id(id).map(|object| database.schema_name(object.schema()));
                sql_error!(229, permission, name, in_database, schema.unwrap_or_default())
            }
            Securable::Database => sql_error!(262, permission, in_database),
            Securable::Server => sql_error!(300, permission, "server", "master"),
            Securable::Service(_) if permission == Permission::Send => sql_error!(8494, name),
            _ => {
                let noun = securable.kind(self, Some(database)).map_or("object", SecurableKind::noun);
                sql_error!(15151, "find", noun, name)
            }
        }
    }

    /// Whether `context` may see that `securable` exists: he owns it, may view its definition, or has any
    /// permission on it.
    pub fn is_visible(&self, context: &SecurityContext, securable: Securable) -> bool {
        let evaluation = Evaluation::of(self, context);
        let database = self.database(context.database).map(|found| &**found);
        let kind = securable.kind(self, database);
        let any =
            |kind: SecurableKind| kind.permissions().any(|permission| evaluation.has(permission, securable));
        kind.is_some_and(any)
    }

    /// Whether `context` is in the fixed database role or has CONTROL of the database: db_owner and dbo.
    pub fn is_database_owner(&self, context: &SecurityContext) -> bool {
        self.has(context, Permission::Control, Securable::Database)
    }
}
