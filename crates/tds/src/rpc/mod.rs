//! Remote procedure calls (2.2.6.6): several per message, each `name or id, option flags u16, parameters`.

mod table_value;

use duologue_types::{SqlType, Value};

use crate::dialect::Dialect;
use crate::error::ProtocolError;
use crate::reader::Reader;
use crate::types::{TypeInfo, decode_value, token};

pub use table_value::{TableColumn, TableValue};

type Result<T> = std::result::Result<T, ProtocolError>;

/// Parameters of one call, as in SQL Server.
pub const MAX_PARAMETERS: usize = 2100;
/// Calls of one message: ODBC sends one for each row of an array of parameters.
const MAX_CALLS: usize = 1 << 20;
/// Values of one message, in parameters and tables. A NULL has one byte there and many here.
const MAX_VALUES: usize = 1 << 22;
/// UTF-16 units of a procedure's name: four parts in brackets.
const MAX_NAME_UNITS: u16 = 1046;

const BY_ID: u16 = 0xFFFF;
const SEPARATOR: u8 = 0xFF;
const SEPARATOR_NO_EXECUTE: u8 = 0xFE;
const SEPARATOR_BEFORE_72: u8 = 0x80;

const OPTION_RECOMPILE: u16 = 0x0001;
const STATUS_BY_REFERENCE: u8 = 0x01;
const STATUS_DEFAULT: u8 = 0x02;
const STATUS_ENCRYPTED: u8 = 0x08;

/// The procedures that have numbers. Clients call them by name as well.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "the variants are the procedures' names without sp_")]
#[repr(u16)]
pub enum WellKnownProcedure {
    Cursor = 1,
    CursorOpen = 2,
    CursorPrepare = 3,
    CursorExecute = 4,
    CursorPrepExec = 5,
    CursorUnprepare = 6,
    CursorFetch = 7,
    CursorOption = 8,
    CursorClose = 9,
    ExecuteSql = 10,
    Prepare = 11,
    Execute = 12,
    PrepExec = 13,
    PrepExecRpc = 14,
    Unprepare = 15,
}

impl WellKnownProcedure {
    const ALL: [Self; 15] = [
        Self::Cursor,
        Self::CursorOpen,
        Self::CursorPrepare,
        Self::CursorExecute,
        Self::CursorPrepExec,
        Self::CursorUnprepare,
        Self::CursorFetch,
        Self::CursorOption,
        Self::CursorClose,
        Self::ExecuteSql,
        Self::Prepare,
        Self::Execute,
        Self::PrepExec,
        Self::PrepExecRpc,
        Self::Unprepare,
    ];

    /// The procedure's name in T-SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cursor => "sp_cursor",
            Self::CursorOpen => "sp_cursoropen",
            Self::CursorPrepare => "sp_cursorprepare",
            Self::CursorExecute => "sp_cursorexecute",
            Self::CursorPrepExec => "sp_cursorprepexec",
            Self::CursorUnprepare => "sp_cursorunprepare",
            Self::CursorFetch => "sp_cursorfetch",
            Self::CursorOption => "sp_cursoroption",
            Self::CursorClose => "sp_cursorclose",
            Self::ExecuteSql => "sp_executesql",
            Self::Prepare => "sp_prepare",
            Self::Execute => "sp_execute",
            Self::PrepExec => "sp_prepexec",
            Self::PrepExecRpc => "sp_prepexecrpc",
            Self::Unprepare => "sp_unprepare",
        }
    }

    /// The procedure of that unqualified name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|procedure| procedure.name().eq_ignore_ascii_case(name))
    }
}

/// Which procedure is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Procedure {
    /// By number.
    WellKnown(WellKnownProcedure),
    /// By name as the client wrote it, perhaps qualified and in brackets.
    Named(String),
}

/// One procedure call.
#[derive(Clone, PartialEq, Debug)]
pub struct RpcCall {
    /// What is called.
    pub procedure: Procedure,
    /// WITH RECOMPILE.
    pub recompile: bool,
    /// The client wants the call checked and not run.
    pub no_execute: bool,
    /// In the client's order.
    pub parameters: Vec<Parameter>,
}

/// An argument of a call.
#[derive(Clone, PartialEq, Debug)]
pub struct Parameter {
    /// With `@`; empty when passed by position.
    pub name: String,
    /// OUTPUT.
    pub by_reference: bool,
    /// The parameter's default is to be used.
    pub use_default: bool,
    /// What is passed.
    pub argument: Argument,
}

/// What is passed for a parameter.
#[derive(Clone, PartialEq, Debug)]
pub enum Argument {
    /// One value.
    Scalar {
        /// The type that the client declares.
        sql_type: SqlType,
        /// The value. xml comes as [`Value::NVarChar`], not checked yet; a sql_variant as its inner value.
        value: Value,
    },
    /// A table.
    Table(TableValue),
}

/// How many more values the message may hold.
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn take(&mut self) -> Result<()> {
        self.0 = self.0.checked_sub(1).ok_or(ProtocolError::Malformed("a request has too many values"))?;
        Ok(())
    }
}

/// Reads what follows ALL_HEADERS.
pub(crate) fn decode(reader: &mut Reader<'_>, dialect: Dialect) -> Result<Vec<RpcCall>> {
    let mut budget = Budget(MAX_VALUES);
    let mut calls = Vec::new();
    loop {
        if calls.len() == MAX_CALLS {
            return Err(ProtocolError::Malformed("a request has too many calls"));
        }
        calls.push(call(reader, dialect, &mut budget)?);
        // A separator may also follow the last call.
        if reader.is_empty() {
            return Ok(calls);
        }
    }
}

fn call(reader: &mut Reader<'_>, dialect: Dialect, budget: &mut Budget) -> Result<RpcCall> {
    let procedure = procedure(reader)?;
    let options = reader.u16()?;
    let mut parameters = Vec::new();
    let mut no_execute = false;
    while let Some(next) = reader.peek() {
        if let Some(no_execution) = separator(next, dialect) {
            reader.u8()?;
            no_execute = no_execution;
            break;
        }
        if parameters.len() == MAX_PARAMETERS {
            return Err(ProtocolError::TooManyParameters(MAX_PARAMETERS));
        }
        parameters.push(parameter(reader, parameters.len() + 1, dialect, budget)?);
    }
    Ok(RpcCall { procedure, recompile: options & OPTION_RECOMPILE != 0, no_execute, parameters })
}

/// Whether the byte ends a call, and then whether the call is not to be run.
fn separator(byte: u8, dialect: Dialect) -> Option<bool> {
    match byte {
        SEPARATOR if dialect >= Dialect::V72 => Some(false),
        SEPARATOR_NO_EXECUTE if dialect >= Dialect::V72 => Some(true),
        SEPARATOR_BEFORE_72 if dialect < Dialect::V72 => Some(false),
        _ => None,
    }
}

fn procedure(reader: &mut Reader<'_>) -> Result<Procedure> {
    let units = reader.u16()?;
    if units == BY_ID {
        let id = reader.u16()?;
        let known = WellKnownProcedure::ALL.into_iter().find(|procedure| *procedure as u16 == id);
        return known
            .map(Procedure::WellKnown)
            .ok_or(ProtocolError::Malformed("no procedure has that number"));
    }
    if units > MAX_NAME_UNITS {
        return Err(ProtocolError::Malformed("a procedure's name is too long"));
    }
    reader.utf16(usize::from(units)).map(Procedure::Named)
}

fn parameter(
    reader: &mut Reader<'_>,
    ordinal: usize,
    dialect: Dialect,
    budget: &mut Budget,
) -> Result<Parameter> {
    budget.take()?;
    let name = reader.b_varchar()?;
    let status = reader.u8()?;
    if status & STATUS_ENCRYPTED != 0 {
        return Err(ProtocolError::Unsupported("an encrypted parameter"));
    }
    let argument = argument(reader, dialect, budget).map_err(|error| match error {
        ProtocolError::UnknownType(kind) => {
            ProtocolError::UnknownParameterType { ordinal, name: name.clone(), kind }
        }
        other => other,
    })?;
    Ok(Parameter {
        name,
        by_reference: status & STATUS_BY_REFERENCE != 0,
        use_default: status & STATUS_DEFAULT != 0,
        argument,
    })
}

fn argument(reader: &mut Reader<'_>, dialect: Dialect, budget: &mut Budget) -> Result<Argument> {
    if reader.peek() == Some(token::TABLE) {
        reader.u8()?;
        return table_value::decode(reader, dialect, budget).map(Argument::Table);
    }
    let info = TypeInfo::decode(reader, dialect)?;
    Ok(Argument::Scalar { sql_type: info.sql_type, value: decode_value(reader, &info)? })
}
