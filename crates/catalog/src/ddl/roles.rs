//! CREATE, ALTER and DROP ROLE, and membership.

use duologue_messages::{SqlError, sql_error};
use duologue_types::PrincipalId;

use super::context::{DdlContext, cannot};
use super::outcome::{DdlOutcome, DdlResult, Effect};
use super::ownership::check_droppable;
use super::users::check_new_principal_name;
use crate::fresh::{DBO, PUBLIC, SYS};
use crate::object_set::Class;
use crate::objects::{Principal, PrincipalKind};
use crate::permissions::{Permission, Securable};

const NOUN: &str = "role";
const OBJECT_TYPE: &str = "ROLE";

/// `CREATE ROLE`: event 134. `sid` is a new one.
pub fn create_role(
    cx: &mut DdlContext<'_>,
    name: &str,
    authorization: Option<&str>,
    sid: Vec<u8>,
) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateRole)?;
    check_new_principal_name(cx, name)?;
    let owner = cx.owner(authorization)?;
    let id = PrincipalId(cx.draft.take_id(cx.database, Class::Principal));
    let role = Principal {
        id,
        name: name.into(),
        kind: PrincipalKind::Role,
        sid: Some(sid),
        default_schema: None,
        owner: Some(owner),
        member_of: Vec::new(),
        created: cx.now,
        modified: cx.now,
    };
    cx.draft.put(cx.database, role);
    let owner_name = cx.db()?.principal_name(owner);
    Ok(DdlOutcome::event(cx.event(134, OBJECT_TYPE, name).with("OwnerName", owner_name)))
}

/// `ALTER ROLE … WITH NAME`: event 135.
pub fn rename_role(cx: &mut DdlContext<'_>, name: &str, new_name: &str) -> DdlResult {
    let mut role = target(cx, "alter", name)?;
    if role.is_system() {
        return Err(sql_error!(15150, "alter", NOUN, name));
    }
    if !new_name.eq_ignore_ascii_case(name) {
        check_new_principal_name(cx, new_name)?;
    }
    role.name = new_name.into();
    role.modified = cx.now;
    cx.draft.put(cx.database, role);
    Ok(DdlOutcome::event(cx.event(135, OBJECT_TYPE, name).with("NewObjectName", new_name)))
}

/// `DROP ROLE`: it must be empty (15144) and own nothing. Event 136.
pub fn drop_role(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let role = target(cx, "drop", name)?;
    if role.is_system() {
        return Err(sql_error!(15150, "drop", NOUN, name));
    }
    if cx.db()?.principals.iter().any(|member| member.member_of.contains(&role.id)) {
        return Err(sql_error!(15144));
    }
    check_droppable(cx, role.id)?;
    cx.remove_principal(role.id);
    let outcome = DdlOutcome::event(cx.event(136, OBJECT_TYPE, name));
    Ok(outcome.effect(Effect::PermissionsChanged { database: cx.database }))
}

/// `ALTER ROLE … ADD | DROP MEMBER`: needs ALTER on the role, for fixed roles CONTROL of the database. Events 207 and
/// 208.
pub fn alter_role_member(cx: &mut DdlContext<'_>, name: &str, member: &str, add: bool) -> DdlResult {
    let role = target(cx, "alter", name)?;
    if role.id == PUBLIC {
        return Err(sql_error!(15150, "alter", NOUN, name));
    }
    let found = cx.db()?.principals.find(member).ok_or_else(|| sql_error!(15410, member))?;
    let is_special = found.is_fixed_role() || found.id == DBO || found.id == PUBLIC || found.id == SYS;
    let would_contain_itself = cx.db()?.principal_roles(role.id).contains(&found.id);
    if is_special || (add && would_contain_itself) {
        return Err(sql_error!(15405, member));
    }
    let (role_id, member_id, member_name) = (role.id, found.id, found.name.clone());
    cx.draft.update::<Principal>(cx.database, member_id.0, |member| {
        member.member_of.retain(|role| *role != role_id);
        if add {
            member.member_of.push(role_id);
        }
    });
    let number = if add { 207 } else { 208 };
    let event = cx.event(number, OBJECT_TYPE, &member_name).with("RoleName", role.name);
    Ok(DdlOutcome::event(event).effect(Effect::PermissionsChanged { database: cx.database }))
}

fn target(cx: &DdlContext<'_>, verb: &str, name: &str) -> Result<Principal, SqlError> {
    let refused = || cannot(verb, NOUN, name);
    let role = cx.db()?.principals.find(name).filter(|role| role.is_role()).ok_or_else(refused)?;
    let allowed = match role.is_fixed_role() {
        true => cx.has(Permission::Control, Securable::Database),
        false => cx.may_alter(Securable::Principal(role.id)),
    };
    if allowed { Ok((**role).clone()) } else { Err(refused()) }
}
