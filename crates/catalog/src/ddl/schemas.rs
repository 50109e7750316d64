//! CREATE and DROP SCHEMA. The objects that CREATE SCHEMA may contain are statements of their own.

use duologue_messages::sql_error;
use duologue_types::SchemaId;

use super::context::{DdlContext, Target, check_name};
use super::outcome::{DdlOutcome, DdlResult};
use crate::object_set::Class;
use crate::objects::Schema;
use crate::permissions::{Permission, Securable};

const NOUN: &str = "schema";
const OBJECT_TYPE: &str = "SCHEMA";

/// `CREATE SCHEMA [name] [AUTHORIZATION owner]`: without a name it has its owner's. Event 141.
pub fn create_schema(cx: &mut DdlContext<'_>, name: Option<&str>, authorization: Option<&str>) -> DdlResult {
    let _granted = cx.require_in_database(Permission::CreateSchema)?;
    let name = name.or(authorization).unwrap_or_default();
    check_name(name)?;
    if cx.db()?.schemas.find(name).is_some() {
        return Err(sql_error!(2714, name));
    }
    let owner = cx.owner(authorization)?;
    let id = SchemaId(cx.draft.take_id(cx.database, Class::Schema));
    cx.draft.put(cx.database, Schema { id, name: name.into(), owner });
    let owner_name = cx.db()?.principal_name(owner);
    let event = cx.schema_event(141, OBJECT_TYPE, name, name).with("OwnerName", owner_name);
    Ok(DdlOutcome::event(event))
}

/// `DROP SCHEMA`: it must be empty (3729) and not every database's (15150). Event 143.
pub fn drop_schema(cx: &mut DdlContext<'_>, name: &str) -> DdlResult {
    let securable = |id| Securable::Schema(SchemaId(id));
    let database = cx.db()?;
    let schema = cx.target(&database.schemas, Target::drop(NOUN, name), securable)?;
    if schema.is_system() {
        return Err(sql_error!(15150, "drop", NOUN, name));
    }
    let queue = database.queues.iter().find(|queue| queue.schema == schema.id).map(|queue| &queue.name);
    let table = database.tables.iter().find(|table| table.schema == schema.id).map(|table| &table.name);
    if let Some(object) = queue.or(table) {
        return Err(sql_error!(3729, "drop schema", name, object));
    }
    let id = schema.id;
    cx.remove::<Schema>(id.0, Securable::Schema(id));
    Ok(DdlOutcome::event(cx.schema_event(143, OBJECT_TYPE, name, name)))
}
