//! What every DDL operation is given, and the checks that most of them share.

use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, LoginId, PrincipalId, SchemaId, Timestamp};

use super::outcome::{EventFact, EventFactScope};
use crate::draft::CatalogDraft;
use crate::object_set::{CatalogObject, ObjectSet};
use crate::objects::{Catalog, Database, Permission as PermissionRow, PrincipalKind, ServerPermission};
use crate::permissions::{Granted, Permission, Securable, SecurityContext};

/// Longest name, in UTF-16 units (`sysname`).
pub(crate) const MAX_NAME: usize = 128;
/// Longest name of a remote service, in UTF-16 units.
pub(crate) const MAX_REMOTE_NAME: usize = 256;

/// What a DDL operation works on.
#[derive(Debug)]
pub struct DdlContext<'a> {
    /// The transaction's catalog.
    pub draft: &'a mut CatalogDraft,
    /// The database the statement runs in: the current one, or the one its three-part name names.
    pub database: DatabaseId,
    /// Who runs it; its database is `database`.
    pub security: &'a SecurityContext,
    /// The statement's time.
    pub now: Timestamp,
}

impl DdlContext<'_> {
    pub(crate) fn catalog(&self) -> &Catalog {
        self.draft.catalog()
    }

    pub(crate) fn db(&self) -> Result<&Database, SqlError> {
        let found = self.catalog().database(self.database).map(|found| &**found);
        found.ok_or_else(|| sql_error!(911, self.database))
    }

    /// The effective login, for what belongs to logins; a user without login acts for the session's.
    pub(crate) fn login(&self) -> LoginId {
        self.security.login.unwrap_or(self.security.original_login)
    }

    /// Removes the permissions of the server that `is_gone` picks.
    pub(crate) fn forget_server_permissions(&mut self, is_gone: impl Fn(&ServerPermission) -> bool) {
        let rows: Vec<i32> =
            self.catalog().server.permissions.iter().filter(|row| is_gone(row)).map(|row| row.id).collect();
        for row in rows {
            self.draft.remove::<ServerPermission>(self.database, row);
        }
    }

    pub(crate) fn has(&self, permission: Permission, securable: Securable) -> bool {
        self.catalog().has(self.security, permission, securable)
    }

    pub(crate) fn require(&self, permission: Permission, securable: Securable) -> Result<Granted, SqlError> {
        self.catalog().require(self.security, permission, securable)
    }

    /// A database-level permission, or error 262.
    pub(crate) fn require_in_database(&self, permission: Permission) -> Result<Granted, SqlError> {
        self.require(permission, Securable::Database)
    }

    /// Who owns what the statement creates: the caller, or whom AUTHORIZATION names. Another user needs IMPERSONATE
    /// (15151), a role membership (1202).
    pub(crate) fn owner(&self, authorization: Option<&str>) -> Result<PrincipalId, SqlError> {
        let Some(name) = authorization else { return Ok(self.security.user) };
        let database = self.db()?;
        let refused = || cannot("find", "user", name);
        let principal = database.principals.find(name).ok_or_else(refused)?;
        let securable = Securable::Principal(principal.id);
        match principal.kind {
            _ if principal.id == self.security.user => Ok(principal.id),
            PrincipalKind::Role | PrincipalKind::ApplicationRole => {
                let is_member = database.principal_roles(self.security.user).contains(&principal.id);
                let allowed = is_member || self.has(Permission::Alter, securable);
                if allowed { Ok(principal.id) } else { Err(sql_error!(1202, name)) }
            }
            _ if self.has(Permission::Impersonate, securable) => Ok(principal.id),
            _ => Err(refused()),
        }
    }

    /// An object that a statement alters or drops: it must exist, be no system object (9663), and the caller needs
    /// `permission` on it; missing and forbidden look alike (15151).
    pub(crate) fn target<'b, T: CatalogObject>(
        &'b self,
        set: &'b ObjectSet<T>,
        target: Target<'_>,
        securable: impl Fn(i32) -> Securable,
    ) -> Result<&'b T, SqlError> {
        let refused = || cannot(target.verb, target.noun, target.name);
        let found = set.find(target.name).ok_or_else(refused)?;
        let securable = securable(found.id());
        if !self.may_alter(securable) {
            return Err(refused());
        }
        if found.id() < crate::ids::FIRST_USER_ID && is_broker_kind(securable) {
            return Err(sql_error!(9663));
        }
        Ok(found)
    }

    /// Whether the caller may alter and drop it.
    pub(crate) fn may_alter(&self, securable: Securable) -> bool {
        self.has(Permission::Alter, securable) || self.has(Permission::Control, securable)
    }

    /// The schema of a new queue or table: needs ALTER on it (2760), and the name must be free there (2714).
    pub(crate) fn schema_for_new_object(&self, name: &ObjectName) -> Result<SchemaId, SqlError> {
        let database = self.db()?;
        let schema = match &name.schema {
            Some(schema) => database.require_schema(schema)?.id,
            None => database.default_schema(self.security.user),
        };
        if !self.has(Permission::Alter, Securable::Schema(schema)) {
            return Err(sql_error!(2760, database.schema_name(schema)));
        }
        match database.object_in(schema, &name.name) {
            Some(_) => Err(sql_error!(2714, name.name)),
            None => Ok(schema),
        }
    }

    /// Removes an object of the database and the permissions on it.
    pub(crate) fn remove<T: CatalogObject>(&mut self, id: i32, securable: Securable) {
        self.draft.remove::<T>(self.database, id);
        self.forget_permissions(securable);
    }

    /// Removes the permissions on something that goes or changes its owner.
    pub(crate) fn forget_permissions(&mut self, securable: Securable) {
        let Ok(database) = self.db() else { return };
        let class = securable.class();
        let on_it = |row: &&Arc<PermissionRow>| row.class == class && row.major_id == securable.major_id();
        let rows: Vec<i32> = database.permissions.iter().filter(on_it).map(|row| row.id).collect();
        for row in rows {
            self.draft.remove::<PermissionRow>(self.database, row);
        }
    }

    /// An object that a statement mentions, with `permission` on it; missing and forbidden look alike (15151).
    pub(crate) fn mentioned<'b, T: CatalogObject>(
        &'b self,
        set: &'b ObjectSet<T>,
        noun: &str,
        name: &str,
        permission: Permission,
        securable: impl Fn(i32) -> Securable,
    ) -> Result<&'b T, SqlError> {
        let found = set.find(name).filter(|found| self.has(permission, securable(found.id())));
        found.map(|found| &**found).ok_or_else(|| cannot("find", noun, name))
    }

    /// The event of something that has no schema.
    pub(crate) fn event(&self, event_type: i32, object_type: &'static str, name: &str) -> EventFact {
        let database = self.catalog().database(self.database).map(|found| found.settings.name.clone());
        EventFact {
            event_type,
            database,
            scope: EventFactScope::Database(self.database),
            schema_name: None,
            object_name: Some(name.into()),
            object_type: Some(object_type),
            extra: Vec::new(),
        }
    }

    /// The event of something in a schema.
    pub(crate) fn schema_event(
        &self,
        event_type: i32,
        object_type: &'static str,
        schema: &str,
        name: &str,
    ) -> EventFact {
        EventFact { schema_name: Some(schema.into()), ..self.event(event_type, object_type, name) }
    }

    /// The event of something that belongs to the server.
    pub(crate) fn server_event(&self, event_type: i32, object_type: &'static str, name: &str) -> EventFact {
        EventFact {
            database: None,
            scope: EventFactScope::Server,
            ..self.event(event_type, object_type, name)
        }
    }
}

/// `[[database.]schema.]name` of a queue, table or procedure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectName {
    /// Database.
    pub database: Option<String>,
    /// Schema; the user's default schema, then dbo, if absent.
    pub schema: Option<String>,
    /// Name.
    pub name: String,
}

impl ObjectName {
    /// A name in a schema.
    pub fn new(schema: &str, name: &str) -> Self {
        Self { database: None, schema: Some(schema.into()), name: name.into() }
    }

    /// A name alone.
    pub fn unqualified(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What a statement alters or drops, in the words of error 15151.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) verb: &'a str,
    pub(crate) noun: &'a str,
    pub(crate) name: &'a str,
}

impl<'a> Target<'a> {
    pub(crate) fn alter(noun: &'a str, name: &'a str) -> Self {
        Self { verb: "alter", noun, name }
    }

    pub(crate) fn drop(noun: &'a str, name: &'a str) -> Self {
        Self { verb: "drop", noun, name }
    }
}

/// Kinds whose system objects have ids below the users'.
fn is_broker_kind(securable: Securable) -> bool {
    matches!(securable, Securable::MessageType(_) | Securable::Contract(_) | Securable::Service(_))
}

/// Error 15151: `Cannot … the … '…', because it does not exist or you do not have permission.`
pub(crate) fn cannot(verb: &str, noun: &str, name: &str) -> SqlError {
    sql_error!(15151, verb, noun, name)
}

/// A name must have 1 to 128 characters (1038, 103).
pub(crate) fn check_name(name: &str) -> Result<(), SqlError> {
    check_length(name, MAX_NAME)
}

pub(crate) fn check_length(name: &str, max: usize) -> Result<(), SqlError> {
    if name.is_empty() {
        return Err(sql_error!(1038));
    }
    if name.encode_utf16().count() > max {
        let start: String = name.chars().take(max).collect();
        return Err(sql_error!(103, "identifier", start, max));
    }
    Ok(())
}

/// A new name must be valid and free (15530).
pub(crate) fn check_new_name<T: CatalogObject>(
    set: &ObjectSet<T>,
    noun: &str,
    name: &str,
) -> Result<(), SqlError> {
    check_name(name)?;
    match set.find(name) {
        Some(_) => Err(sql_error!(15530, noun, name)),
        None => Ok(()),
    }
}

/// Bytes as `EVENT_INSTANCE` shows them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}
