//! What the front end makes of T-SQL text.

mod acceptance;
mod compact;
mod errors;
mod language;
mod properties;
mod statements;
