//! Adjacent brokers: the endpoint that they connect to, and the links that this broker opens.
//!
//! Each broker sends its dialog messages over connections that it opened itself, one for each address. A connection
//! that a peer opened only brings messages in, and takes reasons back for those that were refused. So two brokers
//! that connect to each other at the same time have two connections with different uses, and none has to yield.

mod drive;
mod link;
mod listener;
mod table;
mod tls;

pub(crate) use link::Links;
pub(crate) use listener::listen;
