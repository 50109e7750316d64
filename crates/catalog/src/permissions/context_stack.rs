//! The EXECUTE AS stack of a session.

use duologue_messages::{SqlError, sql_error};

use super::SecurityContext;
use crate::objects::Catalog;

/// How deep EXECUTE AS may nest.
const MAX_DEPTH: usize = 32;

/// What takes a context off the stack again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RevertRule {
    /// `REVERT`.
    Plain,
    /// `REVERT WITH COOKIE = …` with these bytes.
    Cookie(Vec<u8>),
    /// `WITH NO REVERT`: nothing until the session ends.
    Never,
}

/// The contexts of a session: that of its login, and one for each EXECUTE AS.
#[derive(Clone, Debug)]
pub struct ContextStack {
    current: SecurityContext,
    frames: Vec<Frame>,
}

#[derive(Clone, Debug)]
struct Frame {
    /// Whose database EXECUTE AS was called in: REVERT must be called there too.
    before: SecurityContext,
    rule: RevertRule,
}

impl ContextStack {
    /// A session's stack after its login.
    pub fn new(current: SecurityContext) -> Self {
        Self { current, frames: Vec::new() }
    }

    /// The effective context.
    pub fn current(&self) -> &SecurityContext {
        &self.current
    }

    /// How many EXECUTE AS are in effect: a module remembers it and unwinds to it at its end.
    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    /// `USE`: enters a database with the effective context, or error 916.
    pub fn enter(&mut self, catalog: &Catalog, database: duologue_types::DatabaseId) -> Result<(), SqlError> {
        self.current = self.current.enter(catalog, database)?;
        Ok(())
    }

    /// Makes `context` the effective one; error 15159 when nested too deep.
    pub fn push(&mut self, context: SecurityContext, rule: RevertRule) -> Result<(), SqlError> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(sql_error!(15159, MAX_DEPTH));
        }
        let before = std::mem::replace(&mut self.current, context);
        self.frames.push(Frame { before, rule });
        Ok(())
    }

    /// `REVERT [WITH COOKIE = …]`; without an EXECUTE AS it does nothing.
    pub fn revert(&mut self, cookie: Option<&[u8]>) -> Result<(), SqlError> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        match (&frame.rule, cookie) {
            (RevertRule::Never, _) => return Err(sql_error!(15196)),
            (RevertRule::Cookie(expected), Some(given)) if expected != given => {
                return Err(sql_error!(15589));
            }
            (RevertRule::Cookie(_), None) | (RevertRule::Plain, Some(_)) => return Err(sql_error!(15591)),
            _ => {}
        }
        if frame.before.database != self.current.database {
            return Err(sql_error!(15199, "Execute As"));
        }
        self.unwind(self.frames.len() - 1);
        Ok(())
    }

    /// Drops what a module pushed above `depth`, whatever its rules.
    pub fn unwind(&mut self, depth: usize) {
        while self.frames.len() > depth {
            if let Some(frame) = self.frames.pop() {
                self.current = frame.before;
            }
        }
    }
}
