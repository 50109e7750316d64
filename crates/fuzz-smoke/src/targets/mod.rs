//! Targets of crates that have no entry points of their own for it.

pub(crate) mod keys;
pub(crate) mod store;
pub(crate) mod tsql;
pub(crate) mod types;
pub(crate) mod xml;
