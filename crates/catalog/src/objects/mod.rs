//! The objects themselves: plain data, one struct for each row class.

mod broker;
mod database;
mod event_notification;
mod keys;
mod principal;
mod server;
mod table;
mod text;

pub use broker::{
    Activation, BrokerPriority, Contract, ContractMessage, ExecuteAs, MessageType, Queue,
    RemoteServiceBinding, Route, SentBy, Service, Validation,
};
pub use database::{Catalog, Database, DatabaseSettings};
pub use event_notification::{EventNotification, EventScope, ServerEventNotification};
pub use keys::{Certificate, MasterKey, PrivateKeyProtection, StoredPrivateKey};
pub use principal::{
    GrantState, Login, LoginKind, Permission, Principal, PrincipalKind, Schema, SecurableClass,
    ServerPermission,
};
pub use server::{Authentication, Endpoint, EndpointEncryption, EndpointState, Server, ServerSettings};
pub use table::{Column, Table, UniqueKey};

use crate::object_set::{CatalogObject, Class, NameRule, ObjectSet};

/// Declares where an object type is kept, how it is named and numbered.
macro_rules! catalog_object {
    ($type:ty, $class:ident, $names:ident, $parent:ty, $set:ident, $id:ident, $name:ident) => {
        impl CatalogObject for $type {
            const CLASS: Class = Class::$class;
            const NAMES: NameRule = NameRule::$names;
            type Parent = $parent;

            fn id(&self) -> i32 {
                self.$id.0
            }

            #[allow(
                clippy::misnamed_getters,
                reason = "an event notification is found under its scoped name"
            )]
            fn name(&self) -> &str {
                &self.$name
            }

            fn set(parent: &$parent) -> &ObjectSet<Self> {
                &parent.$set
            }

            fn set_mut(parent: &mut $parent) -> &mut ObjectSet<Self> {
                &mut parent.$set
            }
        }
    };
}

/// As `catalog_object!`, for kinds whose name is unique within a schema.
macro_rules! schema_object {
    ($type:ty, $class:ident, $set:ident) => {
        impl CatalogObject for $type {
            const CLASS: Class = Class::$class;
            const NAMES: NameRule = NameRule::CaseInsensitive;
            type Parent = Database;

            fn id(&self) -> i32 {
                self.id.0
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn name_key(&self) -> Box<str> {
                schema_name_key(self.schema, &self.name)
            }

            fn set(parent: &Database) -> &ObjectSet<Self> {
                &parent.$set
            }

            fn set_mut(parent: &mut Database) -> &mut ObjectSet<Self> {
                &mut parent.$set
            }
        }
    };
}

/// As `catalog_object!`, for rows that are found by id only.
macro_rules! unnamed_object {
    ($type:ty, $class:ident, $parent:ty, $set:ident) => {
        impl CatalogObject for $type {
            const CLASS: Class = Class::$class;
            const NAMES: NameRule = NameRule::Unnamed;
            type Parent = $parent;

            fn id(&self) -> i32 {
                self.id
            }

            fn name(&self) -> &str {
                ""
            }

            fn set(parent: &$parent) -> &ObjectSet<Self> {
                &parent.$set
            }

            fn set_mut(parent: &mut $parent) -> &mut ObjectSet<Self> {
                &mut parent.$set
            }
        }
    };
}

catalog_object!(Login, Login, CaseInsensitive, Server, logins, id, name);
catalog_object!(Endpoint, Endpoint, CaseInsensitive, Server, endpoints, id, name);
catalog_object!(
    ServerEventNotification,
    ServerEventNotification,
    CaseInsensitive,
    Server,
    event_notifications,
    id,
    name
);
unnamed_object!(ServerPermission, ServerPermission, Server, permissions);
catalog_object!(Principal, Principal, CaseInsensitive, Database, principals, id, name);
catalog_object!(Schema, Schema, CaseInsensitive, Database, schemas, id, name);
unnamed_object!(Permission, Permission, Database, permissions);
catalog_object!(Certificate, Certificate, CaseInsensitive, Database, certificates, id, name);
catalog_object!(MessageType, MessageType, Binary, Database, message_types, id, name);
catalog_object!(Contract, Contract, Binary, Database, contracts, id, name);
schema_object!(Queue, Queue, queues);
catalog_object!(Service, Service, Binary, Database, services, id, name);
catalog_object!(Route, Route, CaseInsensitive, Database, routes, id, name);
catalog_object!(
    RemoteServiceBinding,
    RemoteServiceBinding,
    CaseInsensitive,
    Database,
    remote_service_bindings,
    id,
    name
);
catalog_object!(BrokerPriority, BrokerPriority, CaseInsensitive, Database, broker_priorities, id, name);
catalog_object!(
    EventNotification,
    EventNotification,
    CaseInsensitive,
    Database,
    event_notifications,
    id,
    scoped_name
);
schema_object!(Table, Table, tables);

/// The key under which a schema-scoped name is found: `schema_id.name`, folded.
pub fn schema_name_key(schema: duologue_types::SchemaId, name: &str) -> Box<str> {
    format!("{schema}.{}", NameRule::CaseInsensitive.key(name)).into()
}
