//! Programs: a batch as a flat list of instructions, so that a session can stop between any two of them.

mod cache;
mod compile;
mod parameters;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use duologue_tsql::ast::{Condition, Declaration, Expr, Mention, StatementKind};

pub use cache::ProgramCache;
pub(crate) use compile::compile;
pub(crate) use parameters::Declared;
use parameters::declared_parameters;

/// A batch, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Its text: spans are bytes of it.
    pub(crate) text: Arc<str>,
    /// Run from the first to the last, jumps aside.
    pub(crate) instructions: Vec<Instruction>,
    /// Every variable that is declared anywhere in the batch: all exist from its start.
    pub(crate) declarations: Vec<Declaration>,
    /// Variables that it uses and does not declare: parameters, if there are any of these names.
    pub(crate) free: Vec<Mention>,
}

impl Program {
    /// The program that does nothing: procedure calls run on top of it.
    pub(crate) fn empty() -> Arc<Self> {
        static EMPTY: LazyLock<Arc<Program>> = LazyLock::new(Arc::default);
        EMPTY.clone()
    }
}

/// One step of a program.
#[derive(Debug)]
pub(crate) struct Instruction {
    /// Line of the statement.
    pub(crate) line: u32,
    /// The statement's text.
    pub(crate) span: Range<usize>,
    /// The TRY and CATCH blocks around it.
    pub(crate) scope: Scope,
    /// What to do.
    pub(crate) operation: Operation,
}

/// Where an instruction stands. Being a property of the place, it needs no stack that GOTO could confuse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// First instruction of the CATCH block that handles its errors.
    pub(crate) handler: Option<usize>,
    /// CATCH blocks around it.
    pub(crate) catch_depth: usize,
}

/// What an instruction does. Targets are places in the program.
#[derive(Debug)]
pub(crate) enum Operation {
    /// A statement that is neither block nor jump.
    Run(StatementKind),
    /// IF and WHILE: goes on, or to `otherwise` unless the condition is true.
    Branch { condition: Condition, otherwise: usize },
    /// The end of a branch or loop body, BREAK, CONTINUE, GOTO.
    Jump(usize),
    /// RETURN.
    Return(Option<Expr>),
}

#[cfg(test)]
mod tests;
