//! CREATE, ALTER and DROP REMOTE SERVICE BINDING.

use duologue_messages::{SqlError, sql_error};
use duologue_types::{PrincipalId, RemoteServiceBindingId};

use super::context::{DdlContext, MAX_REMOTE_NAME, Target, check_length, check_new_name};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use crate::object_set::Class;
use crate::objects::RemoteServiceBinding;
use crate::permissions::{Permission, Securable};

const NOUN: &str = "remote service binding";
const OBJECT_TYPE: &str = "REMOTE SERVICE BINDING";

/// `CREATE REMOTE SERVICE BINDING`.
#[derive(Clone, Debug)]
pub struct CreateRemoteServiceBinding {
    /// Local name.
    pub name: String,
    /// `AUTHORIZATION`.
    pub authorization: Option<String>,
    /// `TO SERVICE`; compared by bytes.
    pub service_name: String,
    /// `USER`: needs IMPERSONATE.
    pub user: String,
    /// `ANONYMOUS`.
    pub anonymous: bool,
}

/// `CREATE REMOTE SERVICE BINDING`: one for each remote service (9619). Event 174.
pub fn create_remote_service_binding(
    cx: &mut DdlContext<'_>,
    spec: &CreateRemoteServiceBinding,
) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateRemoteServiceBinding)?;
    let bindings = &cx.db()?.remote_service_bindings;
    check_new_name(bindings, NOUN, &spec.name)?;
    check_length(&spec.service_name, MAX_REMOTE_NAME)?;
    let remote_principal = bound_user(cx, &spec.user)?;
    if bindings.iter().any(|binding| binding.remote_service_name == spec.service_name) {
        return Err(sql_error!(9619, spec.name, spec.service_name));
    }
    let owner = cx.owner(spec.authorization.as_deref())?;
    let id = RemoteServiceBindingId(cx.draft.take_id(cx.database, Class::RemoteServiceBinding));
    let binding = RemoteServiceBinding {
        id,
        name: spec.name.clone(),
        owner,
        remote_service_name: spec.service_name.clone(),
        remote_principal,
        anonymous: spec.anonymous,
    };
    cx.draft.put(cx.database, binding);
    Ok(outcome(cx, 174, &spec.name))
}

/// `ALTER REMOTE SERVICE BINDING`: new conversations only. Event 175.
pub fn alter_remote_service_binding(
    cx: &mut DdlContext<'_>,
    name: &str,
    user: Option<&str>,
    anonymous: Option<bool>,
) -> DdlResult {
    let mut binding = target(cx, Target::alter(NOUN, name))?;
    if let Some(user) = user {
        binding.remote_principal = bound_user(cx, user)?;
    }
    binding.anonymous = anonymous.unwrap_or(binding.anonymous);
    cx.draft.put(cx.database, binding);
    Ok(outcome(cx, 175, name))
}

/// `DROP REMOTE SERVICE BINDING`: running conversations keep their keys. Event 176.
pub fn drop_remote_service_binding(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let id = target(cx, Target::drop(NOUN, name))?.id;
    cx.remove::<RemoteServiceBinding>(id.0, Securable::RemoteServiceBinding(id));
    Ok(outcome(cx, 176, name))
}

fn target(cx: &DdlContext<'_>, target: Target<'_>) -> Result<RemoteServiceBinding, SqlError> {
    let securable = |id| Securable::RemoteServiceBinding(RemoteServiceBindingId(id));
    cx.target(&cx.db()?.remote_service_bindings, target, securable).cloned()
}

/// The user must be able to own certificates (28083), though he need not own one yet; unknown and forbidden users look
/// alike (9611).
fn bound_user(cx: &DdlContext<'_>, name: &str) -> Result<PrincipalId, SqlError> {
    let refused = || sql_error!(9611, name);
    let user = cx.db()?.principals.find(name).ok_or_else(refused)?;
    if !cx.has(Permission::Impersonate, Securable::Principal(user.id)) && !user.is_role() {
        return Err(refused());
    }
    if user.can_own_certificates() { Ok(user.id) } else { Err(sql_error!(28083, name)) }
}

fn outcome(cx: &DdlContext<'_>, event: i32, name: &str) -> DdlOutcome {
    DdlOutcome::event(cx.event(event, OBJECT_TYPE, name))
        .effect(Effect::BindingsChanged { database: cx.database })
}
