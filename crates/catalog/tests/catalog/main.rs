//! The catalog through its public interface: what an instance holds, who may do what, what statements refuse.

#[cfg(test)]
mod ddl;
#[cfg(test)]
mod fresh_and_load;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod support;
