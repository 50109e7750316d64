//! What the front end makes of T-SQL text.

mod acceptance;
mod compact;
mod golden;
mod limits;
mod properties;
