//! The broker's behaviour as its users see it, on instances in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bodies;
mod configuration_notice;
mod ends;
mod event_notifications;
mod key_changes;
mod local;
mod queues;
mod restart;
mod room;
mod security;
mod support;
mod two_instances;
