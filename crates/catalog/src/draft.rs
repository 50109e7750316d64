//! A catalog under change.

use std::collections::BTreeMap;
use std::sync::Arc;

use duologue_types::{DatabaseId, RouteId};

use crate::fresh::DBO;
use crate::load::SERVER_SETTINGS;
use crate::object_set::{CatalogObject, Class, Parent};
use crate::objects::{Catalog, Database, DatabaseSettings, Route, ServerSettings};

/// Key of a catalog row: the database (0 for the server), the class and the object's id.
pub type RowKey = (DatabaseId, Class, i32);

/// Rows to store (`Some`) or to delete (`None`), as JSON text: see `docs/formats/rows.md`.
#[derive(Clone, Debug, Default)]
pub struct CatalogChanges(pub BTreeMap<RowKey, Option<Vec<u8>>>);

/// A catalog that a transaction is changing. Every change goes through it, so no row can be forgotten.
#[derive(Clone, Debug)]
pub struct CatalogDraft {
    catalog: Catalog,
    changes: CatalogChanges,
    additions: usize,
}

impl CatalogDraft {
    /// Starts from a snapshot.
    pub fn new(catalog: Catalog) -> Self {
        Self { catalog, changes: CatalogChanges::default(), additions: 0 }
    }

    /// How many objects were added so far.
    pub fn additions(&self) -> usize {
        self.additions
    }

    /// The catalog as changed so far.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The changed catalog and the rows to store.
    pub fn finish(self) -> (Catalog, CatalogChanges) {
        (self.catalog, self.changes)
    }

    /// Adds `object` to `database` (ignored for objects of the server), or replaces the one with its id.
    pub fn put<T: CatalogObject>(&mut self, database: DatabaseId, object: T) {
        self.record(row_key::<T>(database, object.id()), Some(encode(&object)));
        if let Some(parent) = T::Parent::of_mut(&mut self.catalog, database) {
            let objects = T::set_mut(parent);
            self.additions += usize::from(objects.get(object.id()).is_none());
            objects.insert(Arc::new(object));
        }
    }

    /// Changes the object with that id, if it exists.
    pub fn update<T: CatalogObject>(&mut self, database: DatabaseId, id: i32, change: impl FnOnce(&mut T)) {
        let found = T::Parent::of(&self.catalog, database).and_then(|parent| T::set(parent).get(id)).cloned();
        if let Some(found) = found {
            let mut object = (*found).clone();
            change(&mut object);
            self.put(database, object);
        }
    }

    /// Removes the object with that id.
    pub fn remove<T: CatalogObject>(&mut self, database: DatabaseId, id: i32) -> Option<Arc<T>> {
        self.record(row_key::<T>(database, id), None);
        T::Parent::of_mut(&mut self.catalog, database).and_then(|parent| T::set_mut(parent).remove(id))
    }

    /// Changes the server's own row.
    pub fn update_server(&mut self, change: impl FnOnce(&mut ServerSettings)) {
        let server = Arc::make_mut(&mut self.catalog.server);
        change(&mut server.settings);
        let row = encode(&server.settings);
        self.record(SERVER_SETTINGS, Some(row));
    }

    /// Adds a database with its system objects and, unless it is `master`, the route `AutoCreatedLocal`.
    pub fn add_database(&mut self, settings: DatabaseSettings) {
        let id = settings.id;
        self.additions += 1;
        self.record((id, Class::DatabaseSettings, 0), Some(encode(&settings)));
        self.catalog.databases.insert(id, Arc::new(Database::fresh(settings)));
        if id != DatabaseId(1) {
            let route_id = RouteId(self.take_id(id, Class::Route));
            self.put(id, auto_created_local(route_id));
        }
    }

    /// The number of a new object of `class` in `database`; server classes count in the server's row.
    pub(crate) fn take_id(&mut self, database: DatabaseId, class: Class) -> i32 {
        let mut id = 0;
        if (class as u8) < Class::Principal as u8 {
            self.update_server(|settings| id = settings.ids.take(class));
        } else {
            self.update_database(database, |settings| id = settings.ids.take(class));
        }
        id
    }

    /// A new `object_id` of an event notification ON SERVER.
    pub(crate) fn take_server_object_id(&mut self) -> i32 {
        let mut id = 0;
        self.update_server(|settings| id = settings.ids.take_object_id());
        id
    }

    /// A new `object_id` of `database`.
    pub(crate) fn take_object_id(&mut self, database: DatabaseId) -> i32 {
        let mut id = 0;
        self.update_database(database, |settings| id = settings.ids.take_object_id());
        id
    }

    /// Changes a database's own row.
    pub fn update_database(&mut self, id: DatabaseId, change: impl FnOnce(&mut DatabaseSettings)) {
        if let Some(database) = self.catalog.databases.get_mut(&id) {
            let database = Arc::make_mut(database);
            change(&mut database.settings);
            let row = encode(&database.settings);
            self.record((id, Class::DatabaseSettings, 0), Some(row));
        }
    }

    /// Removes a database and every row of it.
    pub fn drop_database(&mut self, id: DatabaseId) {
        let Some(database) = self.catalog.databases.remove(&id) else { return };
        for (key, _) in database.stored_rows() {
            self.record(key, None);
        }
    }

    fn record(&mut self, key: RowKey, row: Option<Vec<u8>>) {
        self.changes.0.insert(key, row);
    }
}

/// The route that lets a new database's dialogs find services of the same instance. It may be changed and dropped.
fn auto_created_local(id: RouteId) -> Route {
    Route {
        id,
        name: "AutoCreatedLocal".into(),
        owner: DBO,
        remote_service_name: None,
        broker_instance: None,
        expires: None,
        address: "LOCAL".into(),
        mirror_address: None,
    }
}

pub(crate) fn row_key<T: CatalogObject>(database: DatabaseId, id: i32) -> RowKey {
    let server_scope = (T::CLASS as u8) < Class::Principal as u8;
    (if server_scope { DatabaseId(0) } else { database }, T::CLASS, id)
}

pub(crate) fn encode<T: serde::Serialize>(object: &T) -> Vec<u8> {
    serde_json::to_vec(object).expect("catalog objects have string keys and no failing serializers")
}
