//! One kind of object of one database (or of the server): by id and by name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use crate::objects::{Database, Server};

/// How names of a kind compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NameRule {
    /// By bytes: names that travel between brokers (message types, contracts, services).
    Binary,
    /// By the instance's collation, ignoring case.
    CaseInsensitive,
    /// The kind has no name of its own, or it is unique only together with something else.
    Unnamed,
}

impl NameRule {
    /// The form under which a name is looked up.
    pub fn key(self, name: &str) -> Box<str> {
        match self {
            Self::Binary => name.into(),
            Self::CaseInsensitive | Self::Unnamed => name.to_lowercase().into(),
        }
    }
}

/// The kind of a stored catalog row; the number is part of the row's key on disk and never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "one variant for each object type")]
pub enum Class {
    ServerSettings = 1,
    Login = 2,
    ServerPermission = 3,
    Endpoint = 4,
    DatabaseSettings = 5,
    ServerEventNotification = 6,
    Principal = 10,
    Schema = 11,
    Permission = 12,
    Certificate = 13,
    MessageType = 20,
    Contract = 21,
    Queue = 22,
    Service = 23,
    Route = 24,
    RemoteServiceBinding = 25,
    BrokerPriority = 26,
    EventNotification = 27,
    Table = 30,
}

impl TryFrom<u8> for Class {
    type Error = u8;

    /// The class with that number; the number itself when there is none.
    fn try_from(number: u8) -> Result<Self, u8> {
        use Class::*;
        const ALL: [Class; 19] = [
            ServerSettings,
            Login,
            ServerPermission,
            Endpoint,
            DatabaseSettings,
            ServerEventNotification,
            Principal,
            Schema,
            Permission,
            Certificate,
            MessageType,
            Contract,
            Queue,
            Service,
            Route,
            RemoteServiceBinding,
            BrokerPriority,
            EventNotification,
            Table,
        ];
        ALL.into_iter().find(|class| *class as u8 == number).ok_or(number)
    }
}

/// An object that lives in an [`ObjectSet`] and is stored as one catalog row.
pub trait CatalogObject: Clone + Serialize + DeserializeOwned {
    /// Its row class.
    const CLASS: Class;
    /// How its name compares.
    const NAMES: NameRule;
    /// The container: [`Database`] or [`Server`].
    type Parent: Parent;

    /// The number in its id.
    fn id(&self) -> i32;
    /// Its name; empty for unnamed kinds.
    fn name(&self) -> &str;
    /// The form of its name under which it is found; schema-scoped kinds prepend their schema.
    fn name_key(&self) -> Box<str> {
        Self::NAMES.key(self.name())
    }
    /// Its set in the container.
    fn set(parent: &Self::Parent) -> &ObjectSet<Self>;
    /// Its set in the container, to change.
    fn set_mut(parent: &mut Self::Parent) -> &mut ObjectSet<Self>;
}

/// Objects of one kind.
#[derive(Clone, Debug)]
pub struct ObjectSet<T> {
    by_id: BTreeMap<i32, Arc<T>>,
    by_name: HashMap<Box<str>, i32>,
}

impl<T> Default for ObjectSet<T> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), by_name: HashMap::new() }
    }
}

impl<T: CatalogObject> ObjectSet<T> {
    /// The object with that id.
    pub fn get(&self, id: i32) -> Option<&Arc<T>> {
        self.by_id.get(&id)
    }

    /// The object with that name, compared as the kind compares names.
    pub fn find(&self, name: &str) -> Option<&Arc<T>> {
        self.find_key(&T::NAMES.key(name))
    }

    /// The object found under a ready-made key (see [`CatalogObject::name_key`]).
    pub fn find_key(&self, key: &str) -> Option<&Arc<T>> {
        self.by_name.get(key).and_then(|id| self.by_id.get(id))
    }

    /// All objects, ascending by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<T>> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The smallest id that is at least `first` and above every id in use at or above `first`.
    pub fn next_id(&self, first: i32) -> i32 {
        self.by_id.range(first..).next_back().map_or(first, |(id, _)| id.saturating_add(1))
    }

    /// Adds the object, or replaces the one with its id.
    pub(crate) fn insert(&mut self, object: Arc<T>) {
        self.remove(object.id());
        if T::NAMES != NameRule::Unnamed {
            self.by_name.insert(object.name_key(), object.id());
        }
        self.by_id.insert(object.id(), object);
    }

    pub(crate) fn remove(&mut self, id: i32) -> Option<Arc<T>> {
        let removed = self.by_id.remove(&id)?;
        if T::NAMES != NameRule::Unnamed {
            self.by_name.remove(&removed.name_key());
        }
        Some(removed)
    }
}

/// A container of object sets: finds itself in a catalog.
pub trait Parent: Sized + Clone {
    /// The container in `catalog`: the server, or the database with that id.
    fn of(catalog: &crate::Catalog, database: duologue_types::DatabaseId) -> Option<&Self>;
    /// The same, to change.
    fn of_mut(catalog: &mut crate::Catalog, database: duologue_types::DatabaseId) -> Option<&mut Self>;
}

impl Parent for Server {
    fn of(catalog: &crate::Catalog, _: duologue_types::DatabaseId) -> Option<&Self> {
        Some(&catalog.server)
    }

    fn of_mut(catalog: &mut crate::Catalog, _: duologue_types::DatabaseId) -> Option<&mut Self> {
        Some(Arc::make_mut(&mut catalog.server))
    }
}

impl Parent for Database {
    fn of(catalog: &crate::Catalog, database: duologue_types::DatabaseId) -> Option<&Self> {
        catalog.databases.get(&database).map(|found| &**found)
    }

    fn of_mut(catalog: &mut crate::Catalog, database: duologue_types::DatabaseId) -> Option<&mut Self> {
        catalog.databases.get_mut(&database).map(Arc::make_mut)
    }
}
