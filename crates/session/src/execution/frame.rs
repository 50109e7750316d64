//! Frames: a program that runs, with its variables. EXEC puts another one on top.

use std::sync::Arc;

use duologue_broker::Instance;
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{DataType, DataTypeKind, Declaration, DeclarationKind, Mention, MentionRole};
use duologue_types::{DatabaseId, SqlType};

use crate::program::{Instruction, Program};
use crate::session::Session;
use crate::state::{SessionOptions, Slot, TempTables, Variables};
use crate::statements::table_variable;

/// A running program.
pub(crate) struct Frame {
    pub(crate) program: Arc<Program>,
    /// The instruction that runs, or will.
    pub(crate) position: usize,
    pub(crate) variables: Variables,
    pub(crate) origin: Origin,
    /// RETURN's value.
    pub(crate) status: i32,
    /// Errors that were being handled when it began.
    pub(crate) caught_base: usize,
    /// EXECUTE AS levels when it began.
    pub(crate) context_depth: usize,
    /// `@@TRANCOUNT` when it began.
    pub(crate) transaction_count: i32,
    /// The current database when it began.
    pub(crate) database: DatabaseId,
    /// The options when it began.
    pub(crate) options: SessionOptions,
    /// `@@NESTLEVEL` while it runs.
    pub(crate) depth: i32,
    /// The state of the session's temporary tables that its variables show.
    pub(crate) temp_version: u64,
}

/// Who waits for a frame's end.
pub(crate) enum Origin {
    /// The client, for a batch.
    Batch,
    /// EXEC or a remote procedure call.
    Call {
        /// Variables whose final values go back.
        outputs: Vec<Binding>,
        /// Where the return status goes.
        status: Option<Target>,
    },
}

/// An output parameter.
pub(crate) struct Binding {
    pub(crate) inner: Slot,
    pub(crate) target: Target,
}

/// Where an output parameter's value goes.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// To the client, as the return status.
    Status,
    /// To the client, by the parameter's position and name.
    Client { ordinal: u16, name: String },
    /// To a variable of the frame below.
    Variable(Slot),
}

impl Frame {
    /// A frame at its program's beginning; `variables` holds the parameters. 137 and 1087 for each statement that
    /// uses a variable that is neither declared nor a parameter: then none of them runs.
    pub(crate) fn new(
        session: &Session,
        program: Arc<Program>,
        mut variables: Variables,
        origin: Origin,
    ) -> Result<Self, Vec<SqlError>> {
        check_variables(&program.free, &variables)?;
        for declaration in &program.declarations {
            let line = declaration.variable.line;
            declare(&mut variables, declaration).map_err(|error| vec![error.at_line(line)])?;
        }
        let is_called = matches!(origin, Origin::Call { .. });
        Ok(Self {
            depth: session.state.nest_level + i32::from(is_called),
            temp_version: 0,
            program,
            position: 0,
            variables,
            origin,
            status: 0,
            caught_base: session.state.caught.len(),
            context_depth: session.contexts.depth(),
            transaction_count: session.state.transaction_count,
            database: session.contexts.current().database,
            options: session.state.options.clone(),
        })
    }

    /// The instruction that runs; none at the end.
    pub(crate) fn instruction(&self) -> Option<&Instruction> {
        self.program.instructions.get(self.position)
    }

    /// Shows the session's temporary tables among the variables.
    pub(crate) fn see(&mut self, tables: &TempTables) {
        if self.temp_version != tables.version() {
            self.variables.set_temp_tables(tables.iter());
            self.temp_version = tables.version();
        }
    }

    /// Takes back what a called text or procedure changed for itself: EXECUTE AS, USE, options. Says whether it was in
    /// another database.
    pub(crate) fn unwind(&mut self, session: &mut Session, instance: &Instance) -> bool {
        if matches!(self.origin, Origin::Batch) {
            return false;
        }
        session.temp_tables.leave(self.depth);
        session.contexts.unwind(self.context_depth);
        let context_info = session.state.options.context_info.take();
        session.state.options = SessionOptions { context_info, ..std::mem::take(&mut self.options) };
        let moved = session.contexts.current().database != self.database;
        // Whoever could enter the database before can do so again, unless it is gone.
        moved && session.contexts.enter(instance.catalog(), self.database).is_ok()
    }
}

fn check_variables(free: &[Mention], parameters: &Variables) -> Result<(), Vec<SqlError>> {
    let mut errors = Vec::new();
    let mut last = None;
    for Mention { variable, role, statement } in free {
        let found = match role {
            MentionRole::Table => parameters.require_table(&variable.name).map(drop),
            MentionRole::Scalar | MentionRole::Declaration => {
                parameters.require_scalar(&variable.name).map(drop)
            }
        };
        if let Err(error) = found
            && last.replace(*statement) != Some(*statement)
        {
            errors.push(error.at_line(variable.line));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn declare(variables: &mut Variables, declaration: &Declaration) -> Result<(), SqlError> {
    let name = &declaration.variable.name;
    match &declaration.kind {
        DeclarationKind::Scalar { data_type, .. } => {
            variables.declare_scalar(name, sql_type(data_type)?)?;
        }
        DeclarationKind::Table(definition) => {
            variables.declare_table(name, table_variable(definition)?)?;
        }
        DeclarationKind::Cursor => return Err(sql_error!(49901, "DECLARE CURSOR")),
    }
    Ok(())
}

/// The built-in type behind a type's name: 2715 for types that only a catalog could know.
pub(crate) fn sql_type(data_type: &DataType) -> Result<SqlType, SqlError> {
    match &data_type.kind {
        DataTypeKind::BuiltIn(sql_type) => Ok(*sql_type),
        DataTypeKind::TypedXml { .. } => Err(sql_error!(49901, "xml with a schema collection")),
        DataTypeKind::RowVersion => Err(sql_error!(49901, "rowversion")),
        DataTypeKind::User => Err(sql_error!(2715, 1, data_type.name.object())),
    }
}
