//! One instance on a store in memory.

use std::sync::{Arc, OnceLock};

use duologue_broker::{
    Attempt, Caller, Instance, NewInstance, Parts, QueueMessage, ReceiveFilter, ReceiveRequest,
};
use duologue_catalog::ddl::{DdlContext, DdlOutcome, DdlResult};
use duologue_catalog::{Database, SA, SecurityContext};
use duologue_keys::fixtures::SeededRandom;
use duologue_keys::{PasswordHash, RootSecret};
use duologue_messages::{SqlError, sql_error};
use duologue_store::MemoryStore;
use duologue_types::{DatabaseId, ObjectId, SessionId, Timestamp, TransactionId};

/// An instance, its store, and what it takes to crash and start it again.
pub struct Node {
    /// Server name; its broker listens at `name:4022`.
    pub name: String,
    /// The broker.
    pub instance: Instance,
    /// Its disk.
    pub store: Arc<MemoryStore>,
    seed: u64,
    boots: u64,
    sessions: i32,
}

/// The value of a statement that did not have to wait.
///
/// # Panics
/// If it had to.
pub fn ready<T>(attempt: Attempt<T>) -> T {
    match attempt {
        Attempt::Ready(value) => value,
        Attempt::Blocked(_) => unreachable!("the statement does not have to wait"),
    }
}

impl Node {
    /// A new instance; what it wrote is durable.
    pub fn create(name: &str, seed: u64, now: Timestamp) -> Self {
        let store = Arc::new(MemoryStore::new());
        let new = NewInstance { server_name: name.into(), sa_password: sa_password() };
        let instance = Instance::create(parts(&store, seed, 0), &new, now).expect("a new instance is made");
        let mut node = Self { name: name.into(), instance, store, seed, boots: 0, sessions: 0 };
        node.flush(now);
        node
    }

    /// Where its broker listens.
    pub fn address(&self) -> Arc<str> {
        format!("{}:4022", self.name).into()
    }

    /// Commits until nothing waits, as the commit thread does.
    pub fn flush(&mut self, now: Timestamp) {
        use duologue_store::Store;
        while let Some((batch, sequence)) = self.instance.take_batch() {
            self.store.commit(&batch).expect("the store works");
            self.instance.durable(sequence, now);
        }
    }

    /// Kills the process, loses what was not durable, and starts again; what the start writes is not durable yet.
    pub fn restart(&mut self, now: Timestamp) -> Result<(), SqlError> {
        self.store = Arc::new(self.store.crash());
        self.boots += 1;
        self.instance = Instance::open(parts(&self.store, self.seed, self.boots), now)?;
        Ok(())
    }

    /// A session that nobody else has.
    pub fn session(&mut self) -> SessionId {
        self.sessions += 1;
        SessionId(50 + self.sessions)
    }

    /// A database by name.
    pub fn database(&self, name: &str) -> &Database {
        self.instance.catalog().find_database(name).expect("the database exists")
    }

    /// A queue of schema `dbo`.
    pub fn queue(&self, database: &str, name: &str) -> (DatabaseId, ObjectId) {
        let found = self.database(database);
        let queue = found.queues.iter().find(|queue| queue.name == name).expect("the queue exists");
        (found.settings.id, queue.id)
    }

    /// `sa` in a database.
    pub fn sa(&self, database: &str) -> SecurityContext {
        let id = self.database(database).settings.id;
        SecurityContext::for_login(self.instance.catalog(), SA, id).expect("sa may enter every database")
    }

    /// A user in his database.
    pub fn user(&self, database: &str, name: &str) -> SecurityContext {
        let found = self.database(database);
        let user = found.principals.find(name).expect("the user exists").id;
        SecurityContext::for_user(self.instance.catalog(), found.settings.id, user)
    }

    /// Runs a DDL statement as `sa`, in a transaction of its own.
    pub fn ddl(
        &mut self,
        database: &str,
        now: Timestamp,
        statement: impl FnOnce(&mut DdlContext<'_>) -> DdlResult,
    ) -> Result<DdlOutcome, SqlError> {
        let security = self.sa(database);
        let session = self.session();
        let transaction = self.instance.begin(session);
        let changed = self.instance.change_catalog(transaction, |draft| {
            statement(&mut DdlContext { draft, database: security.database, security: &security, now })
        });
        match changed {
            Ok(Attempt::Ready(outcome)) => {
                self.instance.add_effects(transaction, outcome.effects.clone());
                self.instance.commit(transaction, now);
                Ok(outcome)
            }
            Ok(Attempt::Blocked(_)) => {
                self.instance.rollback(transaction, now);
                Err(sql_error!(1222))
            }
            Err(error) => {
                self.instance.rollback(transaction, now);
                Err(error)
            }
        }
    }

    /// Begins a transaction of a new session.
    pub fn begin(&mut self) -> TransactionId {
        let session = self.session();
        self.instance.begin(session)
    }

    /// Runs statements as `sa` in an open transaction.
    pub fn within<T>(
        &mut self,
        transaction: TransactionId,
        database: &str,
        now: Timestamp,
        statements: impl FnOnce(&mut Instance, Caller<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let security = self.sa(database);
        statements(&mut self.instance, Caller { transaction, security: &security, now })
    }

    /// Runs statements as `sa` in a transaction of their own, which an error rolls back.
    pub fn run<T>(
        &mut self,
        database: &str,
        now: Timestamp,
        statements: impl FnOnce(&mut Instance, Caller<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let transaction = self.begin();
        let outcome = self.within(transaction, database, now, statements);
        match outcome {
            Ok(_) => {
                self.instance.commit(transaction, now);
            }
            Err(_) => self.instance.rollback(transaction, now),
        }
        outcome
    }

    /// RECEIVE of everything that a group has, in a transaction of its own.
    pub fn receive(
        &mut self,
        database: &str,
        queue: &str,
        now: Timestamp,
    ) -> Result<Vec<QueueMessage>, SqlError> {
        let queue = self.queue(database, queue);
        let request = ReceiveRequest { queue, top: None, filter: ReceiveFilter::Any };
        self.run(database, now, |instance, caller| instance.receive(caller, request).map(ready))
    }
}

fn parts(store: &Arc<MemoryStore>, seed: u64, boots: u64) -> Parts {
    // Half of the nodes read nearly all bodies from their store.
    let message_memory = if seed.is_multiple_of(2) { 100 } else { 1 << 20 };
    // Every start has its own random numbers, or identifiers would come twice.
    let seed = seed.wrapping_mul(1_000_003).wrapping_add(boots);
    Parts {
        store: store.clone(),
        root_secret: RootSecret::new([7; 32]),
        random: Box::new(SeededRandom::new(seed)),
        message_memory,
    }
}

/// Hashing is slow on purpose: once is enough.
fn sa_password() -> PasswordHash {
    static HASH: OnceLock<Vec<u8>> = OnceLock::new();
    let bytes = HASH.get_or_init(|| PasswordHash::new("Sa-Pa55word", &mut SeededRandom::new(1)).to_bytes());
    PasswordHash::from_bytes(bytes).expect("the hash is one")
}
