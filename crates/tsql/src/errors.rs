//! How a production stops before its end.

use duologue_messages::SqlError;

/// Why a statement was not read to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The text is wrong.
    Error(SqlError),
    /// The text uses what SQL Server knows and this parser has no tree for.
    NotBuilt(String),
}

/// The result of a production.
pub(crate) type Parsed<T> = Result<T, Box<Stop>>;

impl From<SqlError> for Box<Stop> {
    fn from(error: SqlError) -> Self {
        Box::new(Stop::Error(error))
    }
}

/// Ends the statement as recognised and not built.
pub(crate) fn not_built<T>(name: impl Into<String>) -> Parsed<T> {
    Err(Box::new(Stop::NotBuilt(name.into())))
}

/// Token text as error messages show it: at most 128 characters.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(128).collect()
}
