//! What keeps a user or role from being dropped.

use duologue_messages::{SqlError, sql_error};
use duologue_types::PrincipalId;

use super::context::DdlContext;
use crate::objects::{Database, ExecuteAs, Permission as PermissionRow, Principal};
use crate::permissions::Securable;

/// Refuses to drop who owns something (15138, 15183, 15421), is named by a binding (33015) or an activation (15136),
/// or granted something (15284).
pub(crate) fn check_droppable(cx: &DdlContext<'_>, principal: PrincipalId) -> Result<(), SqlError> {
    let database = cx.db()?;
    if let Some(noun) = owned_kind(database, principal) {
        return Err(sql_error!(15138, noun));
    }
    let owns_object = database.queues.iter().any(|queue| queue.owner == Some(principal))
        || database.tables.iter().any(|table| table.owner == Some(principal));
    if owns_object {
        return Err(sql_error!(15183));
    }
    if database.principals.iter().any(|role| role.owner == Some(principal)) {
        return Err(sql_error!(15421));
    }
    if database.remote_service_bindings.iter().any(|binding| binding.remote_principal == principal) {
        return Err(sql_error!(33015, "remote service binding"));
    }
    if is_execution_context(database, principal) {
        return Err(sql_error!(15136));
    }
    if database.permissions.iter().any(|row| row.grantor == principal) {
        return Err(sql_error!(15284));
    }
    Ok(())
}

/// The first kind of which `principal` owns something.
fn owned_kind(database: &Database, principal: PrincipalId) -> Option<&'static str> {
    let kinds = [
        (database.schemas.iter().any(|owned| owned.owner == principal), "schema"),
        (database.certificates.iter().any(|owned| owned.owner == principal), "certificate"),
        (database.services.iter().any(|owned| owned.owner == principal), "service"),
        (database.contracts.iter().any(|owned| owned.owner == principal), "contract"),
        (database.message_types.iter().any(|owned| owned.owner == principal), "message type"),
        (database.routes.iter().any(|owned| owned.owner == principal), "route"),
        (
            database.remote_service_bindings.iter().any(|owned| owned.owner == principal),
            "remote service binding",
        ),
        (database.event_notifications.iter().any(|owned| owned.owner == principal), "event notification"),
    ];
    kinds.into_iter().find(|(owns, _)| *owns).map(|(_, noun)| noun)
}

fn is_execution_context(database: &Database, principal: PrincipalId) -> bool {
    let activations = database.queues.iter().filter_map(|queue| queue.activation.as_ref());
    activations.into_iter().any(|activation| activation.execute_as == Some(ExecuteAs::User(principal)))
}

impl DdlContext<'_> {
    /// Removes a user or role with what was granted to it and on it.
    pub(crate) fn remove_principal(&mut self, principal: PrincipalId) {
        let Ok(database) = self.db() else { return };
        let to_it = database.permissions.iter().filter(|row| row.grantee == principal);
        let rows: Vec<i32> = to_it.map(|row| row.id).collect();
        for row in rows {
            self.draft.remove::<PermissionRow>(self.database, row);
        }
        self.remove::<Principal>(principal.0, Securable::Principal(principal));
    }
}
