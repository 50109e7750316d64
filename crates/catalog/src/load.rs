//! A catalog as the rows that are stored, and a catalog made from such rows.

use std::fmt;
use std::sync::Arc;

use duologue_types::DatabaseId;

use crate::draft::{RowKey, encode, row_key};
use crate::object_set::{CatalogObject, Class, ObjectSet, Parent};
use crate::objects::{
    BrokerPriority, Catalog, Certificate, Contract, Database, DatabaseSettings, Endpoint, EventNotification,
    Login, MessageType, Permission, Principal, Queue, RemoteServiceBinding, Route, Schema, Server,
    ServerEventNotification, ServerPermission, Service, Table,
};

/// Row key of the server's settings.
pub(crate) const SERVER_SETTINGS: RowKey = (DatabaseId(0), Class::ServerSettings, 0);

/// A stored row that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct RowError {
    /// Its key.
    pub key: RowKey,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (database, class, id) = self.key;
        write!(f, "catalog row {class:?} {id} of database {database}: {}", self.problem)
    }
}

impl std::error::Error for RowError {}

impl Catalog {
    /// Rebuilds a catalog from its stored rows, in any order. Unknown fields are ignored.
    pub fn load(rows: impl IntoIterator<Item = (RowKey, Vec<u8>)>) -> Result<Self, RowError> {
        let mut objects = Vec::new();
        let mut catalog = Self::default();
        for (key, bytes) in rows {
            match key.1 {
                Class::ServerSettings => catalog.server = Arc::new(Server::fresh(decode(key, &bytes)?)),
                Class::DatabaseSettings => {
                    let settings: DatabaseSettings = decode(key, &bytes)?;
                    catalog.databases.insert(key.0, Arc::new(Database::fresh(settings)));
                }
                _ => objects.push((key, bytes)),
            }
        }
        for (key, bytes) in objects {
            catalog.load_object(key, &bytes)?;
        }
        Ok(catalog)
    }

    fn load_object(&mut self, key: RowKey, bytes: &[u8]) -> Result<(), RowError> {
        match key.1 {
            Class::ServerSettings | Class::DatabaseSettings => Ok(()),
            Class::Login => self.load_as::<Login>(key, bytes),
            Class::ServerPermission => self.load_as::<ServerPermission>(key, bytes),
            Class::Endpoint => self.load_as::<Endpoint>(key, bytes),
            Class::ServerEventNotification => self.load_as::<ServerEventNotification>(key, bytes),
            Class::Principal => self.load_as::<Principal>(key, bytes),
            Class::Schema => self.load_as::<Schema>(key, bytes),
            Class::Permission => self.load_as::<Permission>(key, bytes),
            Class::Certificate => self.load_as::<Certificate>(key, bytes),
            Class::MessageType => self.load_as::<MessageType>(key, bytes),
            Class::Contract => self.load_as::<Contract>(key, bytes),
            Class::Queue => self.load_as::<Queue>(key, bytes),
            Class::Service => self.load_as::<Service>(key, bytes),
            Class::Route => self.load_as::<Route>(key, bytes),
            Class::RemoteServiceBinding => self.load_as::<RemoteServiceBinding>(key, bytes),
            Class::BrokerPriority => self.load_as::<BrokerPriority>(key, bytes),
            Class::EventNotification => self.load_as::<EventNotification>(key, bytes),
            Class::Table => self.load_as::<Table>(key, bytes),
        }
    }

    fn load_as<T: CatalogObject>(&mut self, key: RowKey, bytes: &[u8]) -> Result<(), RowError> {
        let object: T = decode(key, bytes)?;
        let problem = |problem: &str| RowError { key, problem: problem.into() };
        if object.id() != key.2 {
            return Err(problem("its id is not its key's"));
        }
        let parent = T::Parent::of_mut(self, key.0).ok_or_else(|| problem("its database has no row"))?;
        T::set_mut(parent).insert(Arc::new(object));
        Ok(())
    }

    /// Every row that a store of this catalog holds; system objects have none.
    pub fn stored_rows(&self) -> Vec<(RowKey, Vec<u8>)> {
        let mut rows = self.server.stored_rows();
        for database in self.databases.values() {
            rows.extend(database.stored_rows());
        }
        rows
    }
}

impl Server {
    fn stored_rows(&self) -> Vec<(RowKey, Vec<u8>)> {
        let fresh = Self::fresh(self.settings.clone());
        let mut rows =
            Rows { database: DatabaseId(0), found: vec![(SERVER_SETTINGS, encode(&self.settings))] };
        rows.add(&self.logins, &fresh.logins);
        rows.add(&self.endpoints, &fresh.endpoints);
        rows.add(&self.permissions, &fresh.permissions);
        rows.add(&self.event_notifications, &fresh.event_notifications);
        rows.found
    }
}

impl Database {
    /// The rows of this database, its own first; objects that equal a fresh database's have none.
    pub(crate) fn stored_rows(&self) -> Vec<(RowKey, Vec<u8>)> {
        let fresh = Self::fresh(self.settings.clone());
        let database = self.settings.id;
        let own = ((database, Class::DatabaseSettings, 0), encode(&self.settings));
        let mut rows = Rows { database, found: vec![own] };
        rows.add(&self.principals, &fresh.principals);
        rows.add(&self.schemas, &fresh.schemas);
        rows.add(&self.permissions, &fresh.permissions);
        rows.add(&self.certificates, &fresh.certificates);
        rows.add(&self.message_types, &fresh.message_types);
        rows.add(&self.contracts, &fresh.contracts);
        rows.add(&self.queues, &fresh.queues);
        rows.add(&self.services, &fresh.services);
        rows.add(&self.routes, &fresh.routes);
        rows.add(&self.remote_service_bindings, &fresh.remote_service_bindings);
        rows.add(&self.broker_priorities, &fresh.broker_priorities);
        rows.add(&self.event_notifications, &fresh.event_notifications);
        rows.add(&self.tables, &fresh.tables);
        rows.found
    }
}

struct Rows {
    database: DatabaseId,
    found: Vec<(RowKey, Vec<u8>)>,
}

impl Rows {
    fn add<T: CatalogObject>(&mut self, set: &ObjectSet<T>, fresh: &ObjectSet<T>) {
        for object in set.iter() {
            let row = encode(&**object);
            let is_fresh = fresh.get(object.id()).is_some_and(|system| encode(&**system) == row);
            if !is_fresh {
                self.found.push((row_key::<T>(self.database, object.id()), row));
            }
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(key: RowKey, bytes: &[u8]) -> Result<T, RowError> {
    serde_json::from_slice(bytes).map_err(|error| RowError { key, problem: error.to_string() })
}
