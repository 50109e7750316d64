//! The five steps of configuring dialog security for event notifications, on two real servers, from a stock client.

#![allow(clippy::panic, reason = "a test's helpers may fail the test")]

mod configuration_notice;
mod five_steps;
mod large_messages;
mod process;
mod symptoms;
mod world;
