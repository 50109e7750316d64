//! What an instance consists of: databases, principals, broker objects, keys, endpoints, permissions.
//!
//! A [`Catalog`] is an immutable snapshot made of shared parts; a transaction that changes it works on a
//! [`CatalogDraft`], whose parts are copied on the first write and which remembers every row it must store.

mod draft;
mod object_set;
pub mod objects;

pub use draft::{CatalogChanges, CatalogDraft};
pub use object_set::{CatalogObject, Class, NameRule, ObjectSet};
pub use objects::{Catalog, Database, Server};
