//! The catalog through its public interface: what an instance holds, who may do what, what statements refuse.

mod ddl;
mod fresh_and_load;
mod permissions;
mod support;
