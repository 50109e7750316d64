//! Every error number of the server, once: number, severity and text.
//!
//! The table serves the constants that `sql_error!` checks at compile time, the rows of `sys.messages`, and
//! the page `docs/errors.md`. Texts are SQL Server's own where the number is SQL Server's; placeholders keep
//! their original spelling (`%.*ls`, `%d`, `%S_MSG` …) and are filled in order.

mod error;
mod fill;
mod markdown;
mod table;

pub use error::SqlError;
pub use markdown::markdown;
pub use table::{MESSAGES, Message, exists, lookup};
