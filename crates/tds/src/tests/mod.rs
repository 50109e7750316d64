//! Tests over the whole crate; what concerns one file only is tested there.

mod client;
mod connection;
mod framing;
mod goldens;
mod login;
mod requests;
mod robustness;
mod values;
