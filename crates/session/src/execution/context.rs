//! What a statement is given to work with, and how it says how it ended.

use std::cell::RefCell;
use std::ops::Range;

use duologue_broker::{Attempt, Blocked, Caller, Instance, ObjectKey, Savepoint};
use duologue_catalog::permissions::{Granted, Permission, Securable, SecurityContext};
use duologue_catalog::{Catalog, Database};
use duologue_messages::{SqlError, sql_error};
use duologue_types::{DatabaseId, Timestamp, TransactionId};

use super::failure::Failure;
use super::frame::Frame;
use super::returning::ReturnValue;
use super::sending::ResultSet;
use crate::host::Host;
use crate::output::{Output, StatementKind};
use crate::query::{InstanceSnapshot, QueryContext};
use crate::session::Session;

/// How a statement ended.
pub(crate) type StatementResult = Result<Flow, Failure>;

/// What follows a statement that did not fail.
pub(crate) enum Flow {
    /// The next instruction.
    Done(Done),
    /// Nothing has changed: the statement runs again when the session is woken, or at this moment.
    Wait(Option<Timestamp>),
    /// Another program, then the next instruction.
    Call(Box<Frame>),
}

/// A finished statement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) kind: StatementKind,
    /// Rows that the client is told of.
    pub(crate) rows: Option<u64>,
    /// `@@ROWCOUNT` after it; `None` leaves it and `@@ERROR` as they were.
    pub(crate) row_count: Option<u64>,
}

impl Flow {
    /// A statement without rows: `@@ROWCOUNT` is 0 after it.
    pub(crate) fn done(kind: StatementKind) -> Self {
        Self::Done(Done { kind, rows: None, row_count: Some(0) })
    }

    /// A statement that returned or changed rows.
    pub(crate) fn rows(kind: StatementKind, rows: u64) -> Self {
        Self::Done(Done { kind, rows: Some(rows), row_count: Some(rows) })
    }

    /// A statement that assigned variables: `@@ROWCOUNT` tells rows, the client hears nothing.
    pub(crate) fn assigned(rows: u64) -> Self {
        Self::Done(Done { kind: StatementKind::Set, rows: None, row_count: Some(rows) })
    }

    /// A statement that leaves no trace: DECLARE without value.
    pub(crate) fn untraced() -> Self {
        Self::Done(Done { kind: StatementKind::Set, rows: None, row_count: None })
    }
}

/// What the running statement holds, over all the times that it is tried.
#[derive(Default)]
pub(crate) struct Work {
    /// The statement's own transaction, outside a user's.
    pub(crate) autocommit: Option<TransactionId>,
    /// Where the statement began in its transaction.
    pub(crate) start: Option<Savepoint>,
    /// Where it began among the changes of temporary tables.
    pub(crate) temp_tables: Option<usize>,
    /// The queue in whose line it stands.
    pub(crate) queue: Option<ObjectKey>,
    /// End of WAITFOR.
    pub(crate) deadline: Option<Timestamp>,
    /// When the wait for a lock ends (LOCK_TIMEOUT).
    pub(crate) lock_deadline: Option<Timestamp>,
    /// Whether it has waited for a lock that it tells of.
    pub(crate) has_waited: bool,
    /// What the client gets when the statement is done.
    pub(crate) results: Option<ResultSet>,
}

/// Everything that a statement works with.
pub(crate) struct Context<'a, 'h> {
    pub(crate) session: &'a mut Session,
    pub(crate) frame: &'a mut Frame,
    pub(crate) work: &'a mut Work,
    /// Output parameters of the client's call.
    pub(crate) returned: &'a mut Vec<ReturnValue>,
    pub(crate) instance: &'a mut Instance,
    pub(crate) host: &'a mut Host<'h>,
    pub(crate) output: &'a mut dyn Output,
    /// Line of the statement.
    pub(crate) line: u32,
    /// Its place in the program's text.
    pub(crate) span: Range<usize>,
}

impl Context<'_, '_> {
    /// The transaction whose changes the statement sees.
    pub(crate) fn seen_transaction(&self) -> Option<TransactionId> {
        self.session.transaction.as_ref().map(|open| open.id).or(self.work.autocommit)
    }

    /// The transaction to change things in; the statement's own one outside a user's. 3930 when it is doomed.
    pub(crate) fn transaction(&mut self) -> Result<TransactionId, SqlError> {
        if self.session.is_doomed() {
            return Err(sql_error!(3930));
        }
        if let Some(open) = self.seen_transaction() {
            return Ok(open);
        }
        let own = self.instance.begin(self.session.id());
        self.work.start = self.instance.savepoint(own);
        self.work.autocommit = Some(own);
        Ok(own)
    }

    /// Calls the broker as the effective user, in the statement's transaction.
    pub(crate) fn broker<T>(
        &mut self,
        call: impl FnOnce(&mut Instance, Caller<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let transaction = self.transaction()?;
        let security = self.session.contexts.current();
        call(self.instance, Caller { transaction, security, now: self.host.now })
    }

    /// [`Context::broker`] for calls that may have to wait: `Err` is how the statement waits.
    pub(crate) fn attempt<T>(
        &mut self,
        call: impl FnOnce(&mut Instance, Caller<'_>) -> Result<Attempt<T>, SqlError>,
    ) -> Result<Result<T, Flow>, SqlError> {
        match self.broker(call)? {
            Attempt::Ready(done) => Ok(Ok(done)),
            Attempt::Blocked(blocked) => self.blocked(blocked).map(Err),
        }
    }

    /// How a blocked statement waits: LOCK_TIMEOUT ends it with 1222.
    pub(crate) fn blocked(&mut self, blocked: Blocked) -> Result<Flow, SqlError> {
        if blocked == Blocked::Congested {
            return Ok(Flow::Wait(Some(self.host.now + CONGESTION_PAUSE)));
        }
        let timeout = self.session.state.options.lock_timeout;
        let Ok(milliseconds) = u64::try_from(timeout) else { return Ok(Flow::Wait(None)) };
        let deadline = self.host.now + std::time::Duration::from_millis(milliseconds);
        let deadline = *self.work.lock_deadline.get_or_insert(deadline);
        if self.host.now >= deadline { Err(sql_error!(1222)) } else { Ok(Flow::Wait(Some(deadline))) }
    }

    /// The effective user.
    pub(crate) fn security(&self) -> &SecurityContext {
        self.session.contexts.current()
    }

    /// The catalog as the statement sees it.
    pub(crate) fn catalog(&self) -> &Catalog {
        self.instance.catalog_for(self.seen_transaction())
    }

    /// The current database.
    pub(crate) fn database_id(&self) -> DatabaseId {
        self.security().database
    }

    /// The current database; 911 when it is gone.
    pub(crate) fn database(&self) -> Result<&Database, SqlError> {
        let found = self.catalog().database(self.database_id());
        found.map(|database| &**database).ok_or_else(|| sql_error!(911, self.database_id()))
    }

    /// Asks for a permission of the effective user.
    pub(crate) fn require(&self, permission: Permission, securable: Securable) -> Result<Granted, SqlError> {
        self.catalog().require(self.security(), permission, securable)
    }

    /// The statement's own text.
    pub(crate) fn statement_text(&self) -> &str {
        self.frame.program.text.get(self.span.clone()).unwrap_or_default()
    }

    /// An informational message at the statement's line.
    pub(crate) fn inform(&mut self, message: SqlError) {
        self.output.info(&message.at_line(self.line));
    }

    /// Asks the query engine something about the instance as the statement sees it.
    pub(crate) fn query<T>(&mut self, ask: impl FnOnce(&QueryContext<'_>) -> T) -> T {
        let random = RefCell::new(StatementRandom::seeded(self.instance));
        let fill = |bytes: &mut [u8]| random.borrow_mut().fill(bytes);
        let snapshot = InstanceSnapshot { instance: self.instance, transaction: self.seen_transaction() };
        let context = QueryContext::new(
            &snapshot,
            self.session.contexts.current(),
            &self.session.state,
            &self.frame.variables,
            self.host.now,
            &fill,
        );
        ask(&context)
    }
}

/// How long a statement waits when too much waits for the disk.
const CONGESTION_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// NEWID and RAND of one statement: expressions only read the instance, so they cannot draw from its random source
/// themselves. Two generators (SplitMix64) with independent random seeds: values never meet, but are no secrets.
struct StatementRandom([u64; 2]);

impl StatementRandom {
    fn seeded(instance: &mut Instance) -> Self {
        let mut seed = [0; 16];
        instance.random().fill(&mut seed);
        let seed = u128::from_le_bytes(seed);
        Self([seed as u64, (seed >> 64) as u64])
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for (index, chunk) in bytes.chunks_mut(8).enumerate() {
            let drawn = self.next(index % 2).to_le_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
    }

    fn next(&mut self, lane: usize) -> u64 {
        let state = &mut self.0[lane];
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
