//! Finding things by name, and principals by what stands for them.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, LoginId, ObjectId, PrincipalId, SchemaId};

use crate::fresh::{DBO, DBO_SCHEMA};
use crate::object_set::NameRule;
use crate::objects::{
    Catalog, Database, Login, Principal, PrincipalKind, Queue, Schema, Table, schema_name_key,
};

/// A schema-scoped object.
#[derive(Clone, Debug)]
pub enum SchemaObject {
    /// `SQ`.
    Queue(Arc<Queue>),
    /// `U`.
    Table(Arc<Table>),
}

impl SchemaObject {
    /// `object_id`.
    pub fn id(&self) -> ObjectId {
        match self {
            Self::Queue(queue) => queue.id,
            Self::Table(table) => table.id,
        }
    }

    /// Its name without schema.
    pub fn name(&self) -> &str {
        match self {
            Self::Queue(queue) => &queue.name,
            Self::Table(table) => &table.name,
        }
    }

    /// Its schema.
    pub fn schema(&self) -> SchemaId {
        match self {
            Self::Queue(queue) => queue.schema,
            Self::Table(table) => table.schema,
        }
    }

    /// Its owner if not the schema's.
    pub fn owner(&self) -> Option<PrincipalId> {
        match self {
            Self::Queue(queue) => queue.owner,
            Self::Table(table) => table.owner,
        }
    }

    /// The queue, if it is one.
    pub fn as_queue(&self) -> Option<&Arc<Queue>> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Table(_) => None,
        }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Arc<Table>> {
        match self {
            Self::Table(table) => Some(table),
            Self::Queue(_) => None,
        }
    }
}

impl Catalog {
    /// The database with that id.
    pub fn database(&self, id: DatabaseId) -> Option<&Arc<Database>> {
        self.databases.get(&id)
    }

    /// The database with that name, without case.
    pub fn find_database(&self, name: &str) -> Option<&Arc<Database>> {
        let key = NameRule::CaseInsensitive.key(name);
        self.databases.values().find(|database| NameRule::CaseInsensitive.key(&database.settings.name) == key)
    }

    /// The database with that name, or error 911.
    pub fn require_database(&self, name: &str) -> Result<&Arc<Database>, SqlError> {
        self.find_database(name).ok_or_else(|| sql_error!(911, name))
    }

    /// The login or server role with that `sid`.
    pub fn login_by_sid(&self, sid: &[u8]) -> Option<&Arc<Login>> {
        self.server.logins.iter().find(|login| login.sid == sid)
    }

    /// The login of a user: dbo's is the owner of the database.
    pub fn login_of_user(&self, database: DatabaseId, user: PrincipalId) -> Option<&Arc<Login>> {
        let database = self.database(database)?;
        if user == DBO {
            return self.server.logins.get(database.settings.owner.0);
        }
        let principal = database.principals.get(user.0)?;
        match principal.kind {
            PrincipalKind::User => self.login_by_sid(principal.sid.as_ref()?),
            _ => None,
        }
    }

    /// `sid` of a database principal; dbo's is that of the database's owner.
    pub fn principal_sid(&self, database: DatabaseId, principal: PrincipalId) -> Option<Vec<u8>> {
        let found = self.database(database)?;
        if principal == DBO {
            return Some(self.server.logins.get(found.settings.owner.0)?.sid.clone());
        }
        found.principals.get(principal.0)?.sid.clone()
    }

    /// The name of a login; empty if there is none.
    pub fn login_name(&self, login: LoginId) -> String {
        self.server.logins.get(login.0).map(|login| login.name.clone()).unwrap_or_default()
    }
}

impl Database {
    /// The user that was made for a login with that `sid`.
    pub fn user_by_sid(&self, sid: &[u8]) -> Option<&Arc<Principal>> {
        let is_mapped =
            |user: &&Arc<Principal>| user.kind == PrincipalKind::User && user.sid.as_deref() == Some(sid);
        self.principals.iter().find(is_mapped)
    }

    /// The schema in which `user` creates and first looks for objects without schema name; dbo's if his does not
    /// exist.
    pub fn default_schema(&self, user: PrincipalId) -> SchemaId {
        let name = self.principals.get(user.0).and_then(|user| user.default_schema.as_deref());
        name.and_then(|name| self.schemas.find(name)).map_or(DBO_SCHEMA, |schema| schema.id)
    }

    /// The schema with that name, or error 2760.
    pub fn require_schema(&self, name: &str) -> Result<&Arc<Schema>, SqlError> {
        self.schemas.find(name).ok_or_else(|| sql_error!(2760, name))
    }

    /// A queue or table. Without schema name: in the user's default schema, then in dbo.
    pub fn find_object(&self, user: PrincipalId, schema: Option<&str>, name: &str) -> Option<SchemaObject> {
        match schema {
            Some(schema) => self.object_in(self.schemas.find(schema)?.id, name),
            None => {
                let default = self.object_in(self.default_schema(user), name);
                default.or_else(|| self.object_in(DBO_SCHEMA, name))
            }
        }
    }

    /// A queue, found as [`Database::find_object`] does.
    pub fn find_queue(&self, user: PrincipalId, schema: Option<&str>, name: &str) -> Option<Arc<Queue>> {
        match self.find_object(user, schema, name)? {
            SchemaObject::Queue(queue) => Some(queue),
            SchemaObject::Table(_) => None,
        }
    }

    /// A table, found as [`Database::find_object`] does.
    pub fn find_table(&self, user: PrincipalId, schema: Option<&str>, name: &str) -> Option<Arc<Table>> {
        match self.find_object(user, schema, name)? {
            SchemaObject::Table(table) => Some(table),
            SchemaObject::Queue(_) => None,
        }
    }

    /// The object of that name in exactly that schema.
    pub fn object_in(&self, schema: SchemaId, name: &str) -> Option<SchemaObject> {
        let key = schema_name_key(schema, name);
        let queue = self.queues.find_key(&key).map(|queue| SchemaObject::Queue(queue.clone()));
        queue.or_else(|| self.tables.find_key(&key).map(|table| SchemaObject::Table(table.clone())))
    }

    /// The queue or table with that `object_id`.
    pub fn object_by_id(&self, id: ObjectId) -> Option<SchemaObject> {
        let queue = self.queues.get(id.0).map(|queue| SchemaObject::Queue(queue.clone()));
        queue.or_else(|| self.tables.get(id.0).map(|table| SchemaObject::Table(table.clone())))
    }

    /// Who owns an object: its own owner, else its schema's.
    pub fn object_owner(&self, object: &SchemaObject) -> Option<PrincipalId> {
        object.owner().or_else(|| self.schemas.get(object.schema().0).map(|schema| schema.owner))
    }

    /// The name of a schema; empty if there is none.
    pub fn schema_name(&self, schema: SchemaId) -> String {
        self.schemas.get(schema.0).map(|schema| schema.name.clone()).unwrap_or_default()
    }

    /// The name of a user or role; empty if there is none.
    pub fn principal_name(&self, principal: PrincipalId) -> String {
        self.principals.get(principal.0).map(|principal| principal.name.clone()).unwrap_or_default()
    }
}
