//! How far an error reaches: the statement, the batch, the transaction, the connection.

use duologue_messages::SqlError;

/// What an error ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Reach {
    /// RAISERROR: nothing; the next statement runs.
    Message,
    /// The statement, which is taken back; the next one runs.
    Statement,
    /// The batch, or the text of an EXEC: a statement in it cannot be compiled. Its own CATCH blocks don't see it.
    Scope,
    /// The whole request; the transaction stays: THROW.
    Batch,
    /// The whole request and the transaction; inside TRY the transaction can only be rolled back after it.
    Transaction,
    /// The session.
    Connection,
}

/// An error with its reach.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: SqlError,
    pub(crate) reach: Reach,
}

impl Failure {
    /// An error that a program raised: RAISERROR, THROW.
    pub(crate) fn raised(error: SqlError, reach: Reach) -> Self {
        let reach = if error.severity >= FATAL { Reach::Connection } else { reach };
        Self { error, reach }
    }
}

/// Severities from here on end the connection.
const FATAL: u8 = 20;
/// Severities below are information.
const FIRST_ERROR: u8 = 11;
/// The severity of most errors.
const ORDINARY: u8 = 16;

/// Errors that SQL Server finds when it compiles a statement: names, types, numbers of columns.
const COMPILATION: &[i32] = &[
    102, 103, 105, 109, 110, 120, 121, 128, 137, 141, 145, 147, 156, 164, 170, 174, 189, 195, 205, 206, 207,
    208, 209, 213, 243, 257, 263, 264, 319, 321, 402, 403, 408, 409, 529, 911, 1011, 1013, 1033, 1038, 1046,
    1087, 1090, 2715, 4104, 4108, 4121, 4145, 8116, 8117, 8118, 8120, 8121, 8127, 8154, 8155, 8156, 8158,
    8159, 8163, 8447, 8450,
];

/// Values that do not convert, malformed XML, deadlocks, writing in a doomed transaction.
const ABORTING: &[i32] = &[235, 241, 242, 244, 245, 248, 295, 296, 517, 1205, 3930, 3998, 8114, 8169, 49909];

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        // Several numbers stand in the list as information and stop a statement all the same.
        let is_information = error.severity < FIRST_ERROR;
        let error = SqlError { severity: if is_information { ORDINARY } else { error.severity }, ..error };
        let number = error.number;
        let reach = if error.severity >= FATAL {
            Reach::Connection
        } else if ABORTING.binary_search(&number).is_ok() || (9400..=9499).contains(&number) {
            Reach::Transaction
        } else if COMPILATION.binary_search(&number).is_ok() {
            Reach::Scope
        } else {
            Reach::Statement
        };
        Self { error, reach }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use duologue_messages::sql_error;

    #[test]
    fn the_tables_can_be_searched() {
        assert!(COMPILATION.is_sorted() && ABORTING.is_sorted());
        assert_eq!(Failure::from(sql_error!(208, "t")).reach, Reach::Scope);
        assert_eq!(Failure::from(sql_error!(9617, "q")).reach, Reach::Statement);
        assert_eq!(Failure::from(sql_error!(245, "varchar", "x", "int")).reach, Reach::Transaction);
    }
}
