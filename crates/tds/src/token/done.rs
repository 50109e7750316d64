//! DONE, DONEPROC, DONEINPROC and RETURNSTATUS.

use bytes::BufMut;

use super::id;
use crate::dialect::Dialect;

/// Bits of a DONE's status.
pub mod status {
    /// Another DONE follows in this message. [`crate::Response`] sets it.
    pub const MORE: u16 = 0x0001;
    /// The statement failed.
    pub const ERROR: u16 = 0x0002;
    /// The row count is valid.
    pub const COUNT: u16 = 0x0010;
    /// Acknowledges an ATTENTION.
    pub const ATTENTION: u16 = 0x0020;
    /// The failure ends the batch.
    pub const SERVER_ERROR: u16 = 0x0100;
}

/// CurCmd: which statement a DONE ends. Clients use it to tell row counts of SELECT from others.
pub mod command {
    /// None in particular.
    pub const NONE: u16 = 0x0000;
    /// SET and assignments.
    pub const SET: u16 = 0x00BE;
    /// SELECT and RECEIVE.
    pub const SELECT: u16 = 0x00C1;
    /// INSERT.
    pub const INSERT: u16 = 0x00C3;
    /// DELETE.
    pub const DELETE: u16 = 0x00C4;
    /// UPDATE.
    pub const UPDATE: u16 = 0x00C5;
    /// ROLLBACK.
    pub const ROLLBACK: u16 = 0x00D2;
    /// BEGIN TRANSACTION.
    pub const BEGIN_TRANSACTION: u16 = 0x00D4;
    /// COMMIT.
    pub const COMMIT: u16 = 0x00D5;
    /// EXECUTE, and every remote procedure call.
    pub const EXECUTE: u16 = 0x00E0;
    /// The acknowledgement of an ATTENTION.
    pub const ATTENTION: u16 = 0x00FD;
}

/// Which of the three tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DoneKind {
    /// End of a statement of a batch.
    Statement,
    /// End of a procedure that the client called.
    Procedure,
    /// End of a statement inside a procedure.
    InProcedure,
}

/// The end of a statement or procedure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Done {
    /// Which token.
    pub kind: DoneKind,
    /// Bits of [`status`] but MORE and COUNT, which follow from the rest.
    pub status: u16,
    /// One of [`command`].
    pub command: u16,
    /// Rows affected, when the statement counts them.
    pub rows: Option<u64>,
}

impl Done {
    /// A statement of a batch ended well.
    pub const fn statement(command: u16, rows: Option<u64>) -> Self {
        Self { kind: DoneKind::Statement, status: 0, command, rows }
    }

    /// A statement inside a procedure ended well.
    pub const fn in_procedure(command: u16, rows: Option<u64>) -> Self {
        Self { kind: DoneKind::InProcedure, ..Self::statement(command, rows) }
    }

    /// A procedure call ended well.
    pub const fn procedure() -> Self {
        Self { kind: DoneKind::Procedure, ..Self::statement(command::EXECUTE, None) }
    }

    /// The acknowledgement of an ATTENTION, alone in its message.
    pub(crate) const ATTENTION: Self =
        Self { status: status::ATTENTION, ..Self::statement(command::ATTENTION, None) };

    /// The same end, failed.
    #[must_use]
    pub const fn failed(mut self) -> Self {
        self.status |= status::ERROR;
        self
    }
}

pub(crate) fn put_done(out: &mut Vec<u8>, done: Done, more: bool, dialect: Dialect) {
    out.put_u8(match done.kind {
        DoneKind::Statement => id::DONE,
        DoneKind::Procedure => id::DONE_PROC,
        DoneKind::InProcedure => id::DONE_IN_PROC,
    });
    let count = if done.rows.is_some() { status::COUNT } else { 0 };
    let more = if more { status::MORE } else { 0 };
    out.put_u16_le(done.status | count | more);
    out.put_u16_le(done.command);
    let rows = done.rows.unwrap_or(0);
    if dialect.has_wide_counts() {
        out.put_u64_le(rows);
    } else {
        out.put_u32_le(u32::try_from(rows).unwrap_or(u32::MAX));
    }
}

pub(crate) fn put_return_status(out: &mut Vec<u8>, value: i32) {
    out.put_u8(id::RETURN_STATUS);
    out.put_i32_le(value);
}
