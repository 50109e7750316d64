//! The five steps of configuring dialog security for event notifications, on two real servers, from a stock client.

mod configuration_notice;
mod five_steps;
mod process;
mod symptoms;
mod world;
