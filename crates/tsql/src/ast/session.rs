//! SET options, transactions and server administration.

use super::{Expr, Ident, ObjectName, Variable};

#[derive(Clone, Debug, PartialEq)]
pub enum SetStatement {
    /// `SET NOCOUNT, XACT_ABORT ON`.
    Switches {
        switches: Vec<SetSwitch>,
        on: bool,
    },
    /// `SET LOCK_TIMEOUT 1000`; a bare word (`SET DATEFORMAT dmy`) is a text literal.
    Value {
        option: SetValueOption,
        value: Expr,
    },
    IdentityInsert {
        table: ObjectName,
        on: bool,
    },
    IsolationLevel(IsolationLevel),
    /// `SET STATISTICS IO, TIME ON`: names in upper case.
    Statistics {
        names: Vec<String>,
        on: bool,
    },
    /// `SET OFFSETS select, from ON`.
    Offsets {
        on: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetSwitch {
    AnsiDefaults,
    AnsiNullDfltOff,
    AnsiNullDfltOn,
    AnsiNulls,
    AnsiPadding,
    AnsiWarnings,
    ArithAbort,
    ArithIgnore,
    ConcatNullYieldsNull,
    CursorCloseOnCommit,
    FmtOnly,
    ForcePlan,
    ImplicitTransactions,
    NoBrowsetable,
    NoCount,
    NoExec,
    NumericRoundAbort,
    ParseOnly,
    QuotedIdentifier,
    RemoteProcTransactions,
    ShowPlanAll,
    ShowPlanText,
    ShowPlanXml,
    XactAbort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetValueOption {
    ContextInfo,
    DateFirst,
    DateFormat,
    DeadlockPriority,
    FipsFlagger,
    Language,
    LockTimeout,
    QueryGovernorCostLimit,
    RowCount,
    TextSize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IsolationLevel {
    ReadUncommitted,
    ReadCommitted,
    RepeatableRead,
    Snapshot,
    Serializable,
}

/// BEGIN, COMMIT, ROLLBACK, SAVE.
#[derive(Clone, Debug, PartialEq)]
pub enum TransactionStatement {
    Begin { name: Option<TransactionName>, mark: Option<Option<String>> },
    Commit { name: Option<TransactionName> },
    Rollback { name: Option<TransactionName> },
    Save { name: TransactionName },
}

#[derive(Clone, Debug, PartialEq)]
pub enum TransactionName {
    Name(Ident),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq)]
pub enum AdministrationStatement {
    /// `CHECKPOINT [seconds]`.
    Checkpoint { duration: Option<Expr> },
    /// `SHUTDOWN [WITH NOWAIT]`.
    Shutdown { nowait: bool },
    /// `RECONFIGURE [WITH OVERRIDE]`.
    Reconfigure { with_override: bool },
    /// `KILL session [WITH STATUSONLY]`.
    Kill { session: Expr, status_only: bool },
    /// `DBCC command [(arguments)] [WITH options]`: names in upper case, bare words as text literals.
    Dbcc { command: String, arguments: Vec<Expr>, options: Vec<String> },
}
