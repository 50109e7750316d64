//! An instance in memory with the time in the test's hand.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use duologue_broker::{Action, Instance, LogEntry, NewInstance, Parts};
use duologue_keys::fixtures::{ReadyMadeKeys, SeededRandom};
use duologue_keys::{PasswordHash, RootSecret};
use duologue_messages::{SqlError, sql_error};
use duologue_session::{Host, LoginRequest, Progress, Request, Session, login_candidate};
use duologue_store::{MemoryStore, Store};
use duologue_types::{SessionId, Timestamp};

use crate::files::MemoryFiles;
use crate::text_output::TextOutput;

/// First `session_id`: lower ones are the system's.
const FIRST_SESSION: i32 = 51;
/// 2026-06-01T12:00:00 UTC.
const START: Timestamp = Timestamp::from_unix_seconds(1_780_315_200);
/// So little that scripts read bodies from the store too.
const MESSAGE_MEMORY: usize = 50;
/// Steps after which a request counts as endless.
const MAX_STEPS: usize = 100_000;

/// An instance, its store and everything outside that it needs.
pub struct TestServer {
    instance: Instance,
    store: Arc<MemoryStore>,
    now: Timestamp,
    files: MemoryFiles,
    private_keys: ReadyMadeKeys,
    next_session: i32,
    woken: BTreeSet<SessionId>,
    ended: BTreeSet<SessionId>,
    log: Vec<LogEntry>,
}

/// A session of a test.
pub struct TestSession {
    session: Session,
    output: TextOutput,
    /// How far its request is.
    pub progress: Progress,
    /// Steps that it has been given.
    pub steps: usize,
}

impl TestServer {
    /// A fresh instance; `sa` has no usable password, since tests log in without.
    ///
    /// # Panics
    /// When the instance cannot be made: tests have nothing else to do then.
    #[expect(clippy::panic, reason = "a test harness")]
    pub fn new() -> Self {
        let store = Arc::new(MemoryStore::new());
        let mut random = SeededRandom::new(1);
        let sa_password = PasswordHash::new("Not-Used#1", &mut random);
        let parts = Parts {
            store: store.clone(),
            root_secret: RootSecret::new([7; 32]),
            random: Box::new(random),
            message_memory: MESSAGE_MEMORY,
        };
        let new = NewInstance { server_name: "TESTSERVER".into(), sa_password };
        let instance = match Instance::create(parts, &new, START) {
            Ok(instance) => instance,
            Err(error) => panic!("{error}"),
        };
        let mut server = Self {
            instance,
            store,
            now: START,
            files: MemoryFiles::default(),
            private_keys: ReadyMadeKeys::default(),
            next_session: FIRST_SESSION,
            woken: BTreeSet::new(),
            ended: BTreeSet::new(),
            log: Vec::new(),
        };
        server.settle();
        server
    }

    /// The files that statements read and write.
    pub fn files(&self) -> &MemoryFiles {
        &self.files
    }

    /// Logs in without asking for a password.
    ///
    /// # Errors
    /// 18456 for an unknown login, and what [`Session::open`] says.
    pub fn login(&mut self, user: &str) -> Result<TestSession, SqlError> {
        let request = LoginRequest { user: user.into(), packet_size: 4096, ..LoginRequest::default() };
        let unknown = || sql_error!(18456, user, "", "");
        let candidate = login_candidate(&self.instance, user).ok_or_else(unknown)?;
        let id = SessionId(self.next_session);
        self.next_session += 1;
        let (instance, mut host) = self.parts();
        let session = Session::open(instance, &request, &candidate, id, &mut host)?;
        let progress = Progress::Done(self.instance.last_submitted());
        Ok(TestSession { session, output: TextOutput::default(), progress, steps: 0 })
    }

    /// Logs out.
    pub fn close(&mut self, mut session: TestSession) {
        let (instance, mut host) = self.parts();
        session.session.close(instance, &mut host);
        self.settle();
    }

    /// Begins a request and runs it until it is done or has to wait. Returns what it printed.
    pub fn run(&mut self, session: &mut TestSession, text: &str) -> String {
        self.request(session, Request::Batch(text.to_owned()))
    }

    /// The same for any request.
    pub fn request(&mut self, session: &mut TestSession, request: Request) -> String {
        session.session.start(request);
        self.go_on(session)
    }

    /// Goes on with a request that waits. Returns what it printed since.
    pub fn go_on(&mut self, session: &mut TestSession) -> String {
        for _ in 0..MAX_STEPS {
            self.woken.remove(&session.session.id());
            session.output.begin_step();
            session.steps += 1;
            let (instance, mut host) = self.parts();
            session.progress = session.session.step(instance, &mut host, &mut session.output);
            self.settle();
            if session.progress != Progress::Yielded {
                break;
            }
        }
        session.output.take()
    }

    /// Gives up the request that runs.
    pub fn cancel(&mut self, session: &mut TestSession) {
        let (instance, mut host) = self.parts();
        session.session.cancel(instance, &mut host);
        session.progress = Progress::Done(self.instance.last_submitted());
        self.settle();
    }

    /// Whether a session that waits may try again: it was woken, or its time has come.
    pub fn is_ready(&self, session: &TestSession) -> bool {
        match session.progress {
            Progress::Waiting { until } => {
                self.woken.contains(&session.session.id()) || until.is_some_and(|until| until <= self.now)
            }
            Progress::Yielded => true,
            Progress::Done(_) => false,
        }
    }

    /// What was written to the server's log.
    pub fn log(&self) -> &[LogEntry] {
        &self.log
    }

    /// Whether somebody had the session ended: it is to be closed.
    pub fn is_ended(&self, session: &TestSession) -> bool {
        self.ended.contains(&session.session.id())
    }

    /// Leaves the store no room for anything new, or gives it back.
    pub fn set_room(&mut self, room: bool) {
        self.store.set_room(room);
    }

    /// Lets time pass, with the instance's own timers at their moments.
    pub fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(next) = self.instance.next_timer().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.instance.fire_timers(self.now);
            self.settle();
        }
        self.now = end;
    }

    /// Commits what waits, and does what the instance asks for, until there is nothing left.
    fn settle(&mut self) {
        loop {
            for action in self.instance.take_actions() {
                match action {
                    Action::Wake(session) => drop(self.woken.insert(session)),
                    Action::EndSession(session) => drop(self.ended.insert(session)),
                    Action::Log(entry) => self.log.push(entry),
                    Action::Flush | Action::Pump(_) | Action::ListenerChanged => {}
                }
            }
            let Some((batch, sequence)) = self.instance.take_batch() else { break };
            self.store.commit(&batch).expect("the store in memory has no faults injected");
            self.instance.durable(sequence, self.now);
        }
    }

    fn parts(&mut self) -> (&mut Instance, Host<'_>) {
        let host = Host {
            now: self.now,
            utc_offset_minutes: 0,
            files: &self.files,
            private_keys: &mut self.private_keys,
        };
        (&mut self.instance, host)
    }
}

impl Default for TestServer {
    fn default() -> Self {
        Self::new()
    }
}
