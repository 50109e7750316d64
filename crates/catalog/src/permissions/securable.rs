//! Things on which permissions are granted.

use duologue_types::{
    CertificateId, ContractId, EndpointId, LoginId, MessageTypeId, ObjectId, PrincipalId,
    RemoteServiceBindingId, RouteId, SchemaId, ServiceId,
};

use super::hierarchy::SecurableKind;
use crate::lookup::SchemaObject;
use crate::objects::{Catalog, Database, LoginKind, PrincipalKind, SecurableClass};

/// A securable of the server, or of the database that the security context names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[expect(missing_docs, reason = "one variant for each kind of object")]
pub enum Securable {
    Server,
    Login(LoginId),
    Endpoint(EndpointId),
    Database,
    Schema(SchemaId),
    /// A queue or table.
    Object(ObjectId),
    MessageType(MessageTypeId),
    Contract(ContractId),
    Service(ServiceId),
    Route(RouteId),
    RemoteServiceBinding(RemoteServiceBindingId),
    Certificate(CertificateId),
    /// A user or role.
    Principal(PrincipalId),
}

impl Securable {
    /// `major_id` of permission rows.
    pub const fn major_id(self) -> i32 {
        match self {
            Self::Server | Self::Database => 0,
            Self::Login(id) => id.0,
            Self::Endpoint(id) => id.0,
            Self::Schema(id) => id.0,
            Self::Object(id) => id.0,
            Self::MessageType(id) => id.0,
            Self::Contract(id) => id.0,
            Self::Service(id) => id.0,
            Self::Route(id) => id.0,
            Self::RemoteServiceBinding(id) => id.0,
            Self::Certificate(id) => id.0,
            Self::Principal(id) => id.0,
        }
    }

    /// `class` of permission rows.
    pub const fn class(self) -> SecurableClass {
        match self {
            Self::Server => SecurableClass::Server,
            Self::Login(_) => SecurableClass::Login,
            Self::Endpoint(_) => SecurableClass::Endpoint,
            Self::Database => SecurableClass::Database,
            Self::Schema(_) => SecurableClass::Schema,
            Self::Object(_) => SecurableClass::Object,
            Self::MessageType(_) => SecurableClass::MessageType,
            Self::Contract(_) => SecurableClass::Contract,
            Self::Service(_) => SecurableClass::Service,
            Self::Route(_) => SecurableClass::Route,
            Self::RemoteServiceBinding(_) => SecurableClass::RemoteServiceBinding,
            Self::Certificate(_) => SecurableClass::Certificate,
            Self::Principal(_) => SecurableClass::DatabasePrincipal,
        }
    }

    /// Whether it belongs to the server.
    pub const fn is_server_scoped(self) -> bool {
        matches!(self, Self::Server | Self::Login(_) | Self::Endpoint(_))
    }

    /// The securable of that kind and name in a database; objects have names of two parts and are found elsewhere.
    pub fn named(database: &Database, kind: SecurableKind, name: &str) -> Option<Self> {
        match kind {
            SecurableKind::Schema => database.schemas.find(name).map(|found| Self::Schema(found.id)),
            SecurableKind::MessageType => {
                database.message_types.find(name).map(|found| Self::MessageType(found.id))
            }
            SecurableKind::Contract => database.contracts.find(name).map(|found| Self::Contract(found.id)),
            SecurableKind::Service => database.services.find(name).map(|found| Self::Service(found.id)),
            SecurableKind::Route => database.routes.find(name).map(|found| Self::Route(found.id)),
            SecurableKind::RemoteServiceBinding => {
                database.remote_service_bindings.find(name).map(|found| Self::RemoteServiceBinding(found.id))
            }
            SecurableKind::Certificate => {
                database.certificates.find(name).map(|found| Self::Certificate(found.id))
            }
            SecurableKind::User | SecurableKind::Role => {
                let is_role = kind == SecurableKind::Role;
                let found = database.principals.find(name).filter(|found| found.is_role() == is_role);
                found.map(|found| Self::Principal(found.id))
            }
            SecurableKind::Server
            | SecurableKind::Login
            | SecurableKind::ServerRole
            | SecurableKind::Endpoint
            | SecurableKind::Database
            | SecurableKind::Queue
            | SecurableKind::Table => None,
        }
    }

    /// Its kind; `None` if it does not exist.
    pub fn kind(self, catalog: &Catalog, database: Option<&Database>) -> Option<SecurableKind> {
        Some(match self {
            Self::Server => SecurableKind::Server,
            Self::Login(id) => match catalog.server.logins.get(id.0)?.kind {
                LoginKind::Role => SecurableKind::ServerRole,
                _ => SecurableKind::Login,
            },
            Self::Endpoint(_) => SecurableKind::Endpoint,
            Self::Database => SecurableKind::Database,
            Self::Schema(_) => SecurableKind::Schema,
            Self::Object(id) => match database?.object_by_id(id)? {
                SchemaObject::Queue(_) => SecurableKind::Queue,
                SchemaObject::Table(_) => SecurableKind::Table,
            },
            Self::MessageType(_) => SecurableKind::MessageType,
            Self::Contract(_) => SecurableKind::Contract,
            Self::Service(_) => SecurableKind::Service,
            Self::Route(_) => SecurableKind::Route,
            Self::RemoteServiceBinding(_) => SecurableKind::RemoteServiceBinding,
            Self::Certificate(_) => SecurableKind::Certificate,
            Self::Principal(id) => match database?.principals.get(id.0)?.kind {
                PrincipalKind::Role | PrincipalKind::ApplicationRole => SecurableKind::Role,
                _ => SecurableKind::User,
            },
        })
    }

    /// What contains it.
    pub fn container(self, database: Option<&Database>) -> Option<Self> {
        match self {
            Self::Server => None,
            Self::Login(_) | Self::Endpoint(_) | Self::Database => Some(Self::Server),
            Self::Object(id) => database?.object_by_id(id).map(|object| Self::Schema(object.schema())),
            _ => Some(Self::Database),
        }
    }

    /// The database principal that owns it; a user owns himself in no sense.
    pub fn owner(self, database: Option<&Database>) -> Option<PrincipalId> {
        let database = database?;
        match self {
            Self::Server | Self::Login(_) | Self::Endpoint(_) | Self::Database => None,
            Self::Schema(id) => database.schemas.get(id.0).map(|schema| schema.owner),
            Self::Object(id) => database.object_by_id(id).and_then(|object| database.object_owner(&object)),
            Self::MessageType(id) => database.message_types.get(id.0).map(|found| found.owner),
            Self::Contract(id) => database.contracts.get(id.0).map(|found| found.owner),
            Self::Service(id) => database.services.get(id.0).map(|found| found.owner),
            Self::Route(id) => database.routes.get(id.0).map(|found| found.owner),
            Self::RemoteServiceBinding(id) => {
                database.remote_service_bindings.get(id.0).map(|found| found.owner)
            }
            Self::Certificate(id) => database.certificates.get(id.0).map(|found| found.owner),
            Self::Principal(id) => database.principals.get(id.0).and_then(|found| found.owner),
        }
    }

    /// Its name; a schema-scoped object's without schema.
    pub fn name(self, catalog: &Catalog, database: &Database) -> String {
        let name = match self {
            Self::Server => Some(catalog.server.settings.name.clone()),
            Self::Login(id) => catalog.server.logins.get(id.0).map(|found| found.name.clone()),
            Self::Endpoint(id) => catalog.server.endpoints.get(id.0).map(|found| found.name.clone()),
            Self::Database => Some(database.settings.name.clone()),
            Self::Schema(id) => database.schemas.get(id.0).map(|found| found.name.clone()),
            Self::Object(id) => database.object_by_id(id).map(|found| found.name().to_owned()),
            Self::MessageType(id) => database.message_types.get(id.0).map(|found| found.name.clone()),
            Self::Contract(id) => database.contracts.get(id.0).map(|found| found.name.clone()),
            Self::Service(id) => database.services.get(id.0).map(|found| found.name.clone()),
            Self::Route(id) => database.routes.get(id.0).map(|found| found.name.clone()),
            Self::RemoteServiceBinding(id) => {
                database.remote_service_bindings.get(id.0).map(|found| found.name.clone())
            }
            Self::Certificate(id) => database.certificates.get(id.0).map(|found| found.name.clone()),
            Self::Principal(id) => database.principals.get(id.0).map(|found| found.name.clone()),
        };
        name.unwrap_or_default()
    }
}
