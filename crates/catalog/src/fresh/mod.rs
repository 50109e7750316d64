//! What every instance and every database contains before anybody creates anything.
//!
//! System objects are synthesised when a database is loaded and never stored: a newer version may add some.
//! A stored row with a system object's id replaces it.

mod instance;
mod system_objects;

pub use instance::FreshInstance;

use duologue_types::{LoginId, PrincipalId, SchemaId};

use crate::object_set::{CatalogObject, ObjectSet};
use crate::objects::{
    Database, DatabaseSettings, Login, LoginKind, Principal, PrincipalKind, Schema, Server, ServerSettings,
};

/// The login `sa`.
pub const SA: LoginId = LoginId(1);
/// The server role `public`.
pub const SERVER_PUBLIC: LoginId = LoginId(2);
/// The database role `public`.
pub const PUBLIC: PrincipalId = PrincipalId(0);
/// The database owner.
pub const DBO: PrincipalId = PrincipalId(1);
/// Whom logins without a user become where it is enabled.
pub const GUEST: PrincipalId = PrincipalId(2);
/// The user `INFORMATION_SCHEMA`.
pub const INFORMATION_SCHEMA: PrincipalId = PrincipalId(3);
/// The user `sys`.
pub const SYS: PrincipalId = PrincipalId(4);
/// The schema `dbo`.
pub const DBO_SCHEMA: SchemaId = SchemaId(1);

/// Fixed server roles with their ids.
pub(crate) const FIXED_SERVER_ROLES: [(i32, &str); 8] = [
    (3, "sysadmin"),
    (4, "securityadmin"),
    (5, "serveradmin"),
    (6, "setupadmin"),
    (7, "processadmin"),
    (8, "diskadmin"),
    (9, "dbcreator"),
    (10, "bulkadmin"),
];

/// Fixed database roles with their ids; 16388 does not exist.
pub(crate) const FIXED_DATABASE_ROLES: [(i32, &str); 9] = [
    (16384, "db_owner"),
    (16385, "db_accessadmin"),
    (16386, "db_securityadmin"),
    (16387, "db_ddladmin"),
    (16389, "db_backupoperator"),
    (16390, "db_datareader"),
    (16391, "db_datawriter"),
    (16392, "db_denydatareader"),
    (16393, "db_denydatawriter"),
];

impl Principal {
    /// Whether it is a database role or application role rather than a user.
    pub fn is_role(&self) -> bool {
        matches!(self.kind, PrincipalKind::Role | PrincipalKind::ApplicationRole)
    }

    /// Whether it can own certificates: roles, and users mapped to a certificate, cannot.
    pub fn can_own_certificates(&self) -> bool {
        let is_user = matches!(self.kind, PrincipalKind::User | PrincipalKind::UserWithoutLogin);
        is_user && self.id != SYS && self.id != INFORMATION_SCHEMA
    }

    /// Whether it is one of the fixed database roles (`is_fixed_role`); `public` is not.
    pub fn is_fixed_role(&self) -> bool {
        FIXED_DATABASE_ROLES.iter().any(|(id, _)| *id == self.id.0)
    }

    /// Whether it is part of every database: it cannot be dropped.
    pub fn is_system(&self) -> bool {
        self.id.0 <= SYS.0 || self.is_fixed_role()
    }
}

impl Schema {
    /// Whether it is part of every database: it cannot be dropped.
    pub fn is_system(&self) -> bool {
        self.id.0 <= SYS.0 || FIXED_DATABASE_ROLES.iter().any(|(id, _)| *id == self.id.0)
    }
}

impl Login {
    /// Whether it is one of the fixed server roles (`is_fixed_role`); `public` is not.
    pub fn is_fixed_role(&self) -> bool {
        FIXED_SERVER_ROLES.iter().any(|(id, _)| *id == self.id.0)
    }

    /// Whether it is part of every instance: it cannot be dropped.
    pub fn is_system(&self) -> bool {
        self.id == SA || self.id == SERVER_PUBLIC || self.is_fixed_role()
    }
}

impl Server {
    /// A server with nothing but `public` and the fixed server roles.
    pub(crate) fn fresh(settings: ServerSettings) -> Self {
        let role = |id: i32, name: &str| Login {
            id: LoginId(id),
            name: name.into(),
            sid: vec![u8::try_from(id).unwrap_or_default()],
            kind: LoginKind::Role,
            password_hash: None,
            disabled: false,
            default_database: String::new(),
            default_language: String::new(),
            check_policy: false,
            check_expiration: false,
            must_change: false,
            member_of: Vec::new(),
            created: settings.created,
            modified: settings.created,
        };
        let mut logins = ObjectSet::default();
        fill(&mut logins, [role(SERVER_PUBLIC.0, "public")]);
        fill(&mut logins, FIXED_SERVER_ROLES.map(|(id, name)| role(id, name)));
        Self { settings, logins, ..Self::default() }
    }
}

impl Database {
    /// A database with nothing but its system objects.
    pub(crate) fn fresh(settings: DatabaseSettings) -> Self {
        let mut database = Self {
            principals: ObjectSet::default(),
            schemas: ObjectSet::default(),
            permissions: ObjectSet::default(),
            certificates: ObjectSet::default(),
            message_types: ObjectSet::default(),
            contracts: ObjectSet::default(),
            queues: ObjectSet::default(),
            services: ObjectSet::default(),
            routes: ObjectSet::default(),
            remote_service_bindings: ObjectSet::default(),
            broker_priorities: ObjectSet::default(),
            event_notifications: ObjectSet::default(),
            tables: ObjectSet::default(),
            settings,
        };
        fill(&mut database.principals, principals(&database.settings));
        fill(&mut database.schemas, schemas());
        fill(&mut database.message_types, system_objects::message_types());
        fill(&mut database.contracts, system_objects::contracts());
        fill(&mut database.queues, system_objects::queues(database.settings.created));
        fill(&mut database.services, system_objects::services());
        database
    }
}

fn fill<T: CatalogObject>(set: &mut ObjectSet<T>, objects: impl IntoIterator<Item = T>) {
    for object in objects {
        set.insert(std::sync::Arc::new(object));
    }
}

/// Users and roles of every database. The `sid` of dbo is its owner's: see `Catalog::principal_sid`.
fn principals(settings: &DatabaseSettings) -> Vec<Principal> {
    let principal = |id: i32, name: &str, kind, sid, default_schema: Option<&str>| Principal {
        id: PrincipalId(id),
        name: name.into(),
        kind,
        sid,
        default_schema: default_schema.map(Into::into),
        owner: (kind == PrincipalKind::Role).then_some(DBO),
        member_of: if id == DBO.0 { vec![PrincipalId(16384)] } else { Vec::new() },
        created: settings.created,
        modified: settings.created,
    };
    let mut all = vec![
        principal(0, "public", PrincipalKind::Role, None, None),
        principal(1, "dbo", PrincipalKind::User, None, Some("dbo")),
        principal(2, "guest", PrincipalKind::User, Some(vec![0]), Some("guest")),
        principal(3, "INFORMATION_SCHEMA", PrincipalKind::UserWithoutLogin, None, None),
        principal(4, "sys", PrincipalKind::UserWithoutLogin, None, None),
    ];
    let fixed = |(id, name)| principal(id, name, PrincipalKind::Role, Some(fixed_role_sid(id)), None);
    all.extend(FIXED_DATABASE_ROLES.map(fixed));
    all
}

/// 28 bytes: a prefix, zeroes and the role's id, little-endian.
fn fixed_role_sid(id: i32) -> Vec<u8> {
    let mut sid = vec![1, 5, 0, 0, 0, 0, 0, 9, 4, 0, 0, 0];
    sid.resize(24, 0);
    sid.extend(id.to_le_bytes());
    sid
}

/// Each system principal but `public` owns the schema with its id and name.
fn schemas() -> Vec<Schema> {
    let users = [(1, "dbo"), (2, "guest"), (3, "INFORMATION_SCHEMA"), (4, "sys")];
    let schema =
        |(id, name): (i32, &str)| Schema { id: SchemaId(id), name: name.into(), owner: PrincipalId(id) };
    users.into_iter().chain(FIXED_DATABASE_ROLES).map(schema).collect()
}
