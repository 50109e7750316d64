//! What tests run on: an instance in memory with a virtual clock, its results in sqlcmd's look, golden scripts and
//! blocking specs.
//!
//! A golden script `tests/sql/name.sql` is a script as sqlcmd reads it; `name.out` beside it is what it prints. A
//! blocking spec `tests/blocking/name.spec` has several sessions and says when each goes on. `UPDATE_EXPECT=1` writes
//! the expected files anew.

mod blocking;
mod files;
mod golden;
mod normalize;
mod script;
mod server;
mod text_output;

pub use blocking::run_spec;
pub use files::MemoryFiles;
pub use golden::{Mismatch, check_folder};
pub use script::run_script;
pub use server::{TestServer, TestSession};
pub use text_output::TextOutput;
