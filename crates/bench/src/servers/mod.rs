//! The servers under load: processes of one's own, or ones that run already.

mod children;
mod own;

pub(crate) use children::Children;
pub(crate) use own::{OwnServer, ServerOptions};
