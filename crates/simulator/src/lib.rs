//! Many brokers in one process: everything that happens follows from one seed.
//!
//! [`Node`] is one instance on a store that can crash; [`World`] is a few of them, with a network that delivers at once
//! and a virtual clock, for tests that tell a story; [`Simulation`] adds faults, a random workload and the checkers.

mod credentials;
mod node;
mod setup;
mod simulation;
mod world;

pub use node::{Node, ready};
pub use setup::{Party, Protection};
pub use simulation::{CLASSES, Canary, Failure, Options, Report, Simulation};
pub use world::World;
