//! A session: identity, options, transaction, and the request that runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use duologue_broker::Instance;
use duologue_catalog::ContextStack;
use duologue_keys::DatabaseMasterKey;
use duologue_messages::SqlError;
use duologue_store::CommitSequence;
use duologue_tsql::ParseOptions;
use duologue_types::{DatabaseId, SessionId};

use crate::execution::{Execution, UserTransaction};
use crate::host::Host;
use crate::output::{Output, SessionChange};
use crate::program::{Declared, Program, ProgramCache};
use crate::query::OtherSession;
use crate::request::{Progress, Request};
use crate::state::{Connection, SessionOptions, SessionState, TempTables};
use crate::statements::Prepared;

/// One client's session.
///
/// A request runs in steps, each of which is given the instance and the moment. A session that is no longer used must
/// be closed: it may hold locks and stand in lines.
pub struct Session {
    pub(crate) state: SessionState,
    pub(crate) contexts: ContextStack,
    /// Where RESETCONNECTION goes back to.
    pub(crate) home: ContextStack,
    pub(crate) transaction: Option<UserTransaction>,
    /// What the running request's answer has to wait for.
    pub(crate) committed: CommitSequence,
    pub(crate) execution: Option<Execution>,
    programs: Arc<ProgramCache>,
    /// By handle: `sp_prepare`.
    pub(crate) prepared: BTreeMap<i32, Arc<Prepared>>,
    pub(crate) next_prepared: i32,
    /// OPEN MASTER KEY.
    pub(crate) master_keys: HashMap<DatabaseId, OpenMasterKey>,
    pub(crate) temp_tables: TempTables,
    /// The table whose IDENTITY_INSERT is ON, by its full name.
    pub(crate) identity_insert: Option<String>,
    /// A change that happened between requests, to be told with the next one.
    pub(crate) untold: Vec<SessionChange>,
}

/// A database master key that the session has opened.
pub(crate) struct OpenMasterKey {
    pub(crate) key: Arc<DatabaseMasterKey>,
    /// Its stored copies when it was opened.
    pub(crate) copies: Vec<Vec<u8>>,
}

impl Session {
    pub(crate) fn new(state: SessionState, contexts: ContextStack) -> Self {
        Self {
            state,
            home: contexts.clone(),
            contexts,
            transaction: None,
            committed: CommitSequence::default(),
            execution: None,
            programs: Arc::default(),
            prepared: BTreeMap::new(),
            next_prepared: 1,
            master_keys: HashMap::new(),
            temp_tables: TempTables::default(),
            identity_insert: None,
            untold: Vec::new(),
        }
    }

    /// `@@SPID`.
    pub fn id(&self) -> SessionId {
        self.state.session
    }

    /// Name of the current database; empty if it was dropped.
    pub fn database_name(&self, instance: &Instance) -> String {
        let database = instance.catalog().database(self.contexts.current().database);
        database.map(|found| found.settings.name.clone()).unwrap_or_default()
    }

    /// `@@LANGUAGE`.
    pub fn language(&self) -> &str {
        &self.state.options.language
    }

    /// What it remembers between statements.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// Tells what CONNECTIONPROPERTY and `sys.dm_exec_connections` show.
    pub fn set_connection(&mut self, connection: Connection) {
        self.state.connection = connection;
    }

    /// Descriptor of the open transaction as TDS names it; 0 for none.
    pub fn transaction_descriptor(&self) -> u64 {
        self.transaction.as_ref().map_or(0, UserTransaction::descriptor)
    }

    /// From here on what is compiled is shared with the other sessions that were given this cache.
    pub fn share_programs(&mut self, programs: Arc<ProgramCache>) {
        self.programs = programs;
    }

    /// The program of a text under the session's options.
    pub(crate) fn compile(&self, text: &str) -> Result<Arc<Program>, Vec<SqlError>> {
        let options = ParseOptions { quoted_identifier: self.state.options.quoted_identifier };
        self.programs.compile(text, options)
    }

    /// The parameters that a text declares.
    pub(crate) fn declared_parameters(&self, text: &str) -> Result<Arc<[Declared]>, SqlError> {
        self.programs.parameters(text)
    }

    /// Begins a request. Nothing runs yet, but its text is compiled here already, where the caller holds nothing that
    /// others wait for. A request that was still running is forgotten, so cancel it first.
    pub fn start(&mut self, request: Request) {
        // Errors are told when it runs, and compiling again for them costs only whoever made them.
        if let Some(text) = request.text() {
            let _ = self.compile(text);
        }
        self.execution = Some(Execution::new(request));
    }

    /// Runs the request until it is done, blocked, or has used up its time slice.
    pub fn step(
        &mut self,
        instance: &mut Instance,
        host: &mut Host<'_>,
        output: &mut dyn Output,
    ) -> Progress {
        for change in std::mem::take(&mut self.untold) {
            output.change(&change);
        }
        let progress = match self.execution.take() {
            Some(execution) => self.run(execution, instance, host, output),
            None => Progress::Done(self.committed),
        };
        self.show(instance);
        progress
    }

    /// Lets the others see what `sys.dm_exec_sessions` shows.
    pub(crate) fn show(&self, instance: &mut Instance) {
        let security = self.contexts.current();
        let facts = OtherSession {
            state: self.state.clone(),
            security: security.clone(),
            is_running: self.execution.is_some(),
        };
        instance.note_session(self.id(), security.database, Arc::new(facts));
    }

    /// ATTENTION: gives the running request up. Its statement is rolled back; the transaction stays open unless
    /// XACT_ABORT is ON. Says nothing.
    pub fn cancel(&mut self, instance: &mut Instance, host: &mut Host<'_>) {
        let Some(execution) = self.execution.take() else { return };
        self.give_up(execution, instance, host.now);
        if self.state.options.xact_abort || self.is_doomed() {
            self.roll_back_untold(instance, host);
        }
    }

    /// RESETCONNECTION: the session as it was after its login. The transaction is rolled back unless
    /// `keep_transaction`.
    pub fn reset(&mut self, instance: &mut Instance, keep_transaction: bool, host: &mut Host<'_>) {
        self.cancel(instance, host);
        if !keep_transaction && self.transaction.is_some() {
            self.roll_back(instance, host.now);
        }
        self.state.options = SessionOptions::default();
        self.state.last_error = 0;
        self.state.row_count = 0;
        self.state.last_identity = None;
        self.state.scope_identity = None;
        self.prepared.clear();
        self.temp_tables.clear();
        self.identity_insert = None;
        self.master_keys.clear();
        self.contexts = self.home.clone();
        self.show(instance);
    }

    /// The socket is closed: rolls back, leaves every line. To be called once.
    pub fn close(&mut self, instance: &mut Instance, host: &mut Host<'_>) {
        if let Some(execution) = self.execution.take() {
            self.give_up(execution, instance, host.now);
        }
        self.roll_back(instance, host.now);
        instance.forget_session(self.id());
    }

    /// Rolls back between two statements of the client, who hears of it with his next request.
    fn roll_back_untold(&mut self, instance: &mut Instance, host: &mut Host<'_>) {
        let descriptor = self.transaction_descriptor();
        if self.roll_back(instance, host.now) {
            self.untold.push(SessionChange::TransactionRolledBack { descriptor });
        }
    }
}
