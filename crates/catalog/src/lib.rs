//! What an instance consists of: databases, principals, broker objects, keys, endpoints, permissions.
//!
//! A [`Catalog`] is an immutable snapshot made of shared parts; a transaction that changes it works on a
//! [`CatalogDraft`], whose parts are copied on the first write and which remembers every row it must store.

pub mod ddl;
mod draft;
pub mod events;
mod fresh;
mod ids;
mod load;
mod lookup;
mod object_set;
pub mod objects;
pub mod permissions;

pub use draft::{CatalogChanges, CatalogDraft, RowKey};
pub use fresh::{DBO, DBO_SCHEMA, FreshInstance, GUEST, INFORMATION_SCHEMA, PUBLIC, SA, SERVER_PUBLIC, SYS};
pub use ids::{FIRST_USER_ID, IdCounters};
pub use load::RowError;
pub use lookup::SchemaObject;
pub use object_set::{CatalogObject, Class, NameRule, ObjectSet, Parent};
pub use objects::{Catalog, Database, Server};
pub use permissions::{
    ContextScope, ContextStack, Granted, Permission, RevertRule, Securable, SecurableKind, SecurityContext,
};
