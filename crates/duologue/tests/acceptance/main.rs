//! The five steps of configuring dialog security for event notifications, on two real servers, from a stock client.

mod five_steps;
mod process;
mod symptoms;
mod world;
