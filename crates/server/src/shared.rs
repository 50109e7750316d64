//! What all tasks share: the instance behind its lock, and the ways to reach each other.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use duologue_broker::{Action, Instance};
use duologue_keys::GeneratedKeys;
use duologue_session::Host;
use duologue_store::CommitSequence;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::broker::Links;
use crate::clock;
use crate::commit::CommitSignal;
use crate::files::ServerFiles;
use crate::log;
use crate::sessions::Sessions;
use crate::timers::NextTimer;

/// After which tasks that have not stopped by themselves are dropped.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// The heart of a running server.
pub(crate) struct Shared {
    instance: Mutex<Instance>,
    pub(crate) files: ServerFiles,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) links: Links,
    pub(crate) commits: CommitSignal,
    pub(crate) next_timer: NextTimer,
    /// Everything up to here is durable.
    durable: watch::Sender<CommitSequence>,
    /// Grows with every change of the broker endpoint.
    endpoint: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    failure: OnceLock<String>,
    tasks: Mutex<JoinSet<()>>,
    runtime: Handle,
}

impl Shared {
    /// To be called inside a tokio runtime, which will run the tasks.
    pub(crate) fn new(instance: Instance, files: ServerFiles) -> Arc<Self> {
        let durable = watch::Sender::new(instance.durable_up_to());
        Arc::new(Self {
            instance: Mutex::new(instance),
            files,
            sessions: Arc::default(),
            links: Links::default(),
            commits: CommitSignal::default(),
            next_timer: NextTimer::default(),
            durable,
            endpoint: watch::Sender::new(0),
            stop: watch::Sender::new(false),
            failure: OnceLock::new(),
            tasks: Mutex::new(JoinSet::new()),
            runtime: Handle::current(),
        })
    }

    /// Uses the instance, then does what follows from it with the lock given back. Never awaits, so the lock is
    /// never held across one.
    pub(crate) fn with_instance<T>(self: &Arc<Self>, work: impl FnOnce(&mut Instance) -> T) -> T {
        let mut instance = self.lock();
        let outcome = work(&mut instance);
        let actions = instance.take_actions();
        let next_timer = instance.next_timer();
        drop(instance);
        self.next_timer.set(next_timer);
        actions.into_iter().for_each(|action| self.perform(action));
        outcome
    }

    /// The same for work that also needs the host.
    pub(crate) fn with_host<T>(self: &Arc<Self>, work: impl FnOnce(&mut Instance, &mut Host<'_>) -> T) -> T {
        let mut keys = GeneratedKeys;
        // Local time is UTC, as in SQL Server's containers.
        let mut host =
            Host { now: clock::now(), utc_offset_minutes: 0, files: &self.files, private_keys: &mut keys };
        self.with_instance(|instance| work(instance, &mut host))
    }

    fn lock(&self) -> MutexGuard<'_, Instance> {
        self.instance.lock().unwrap_or_else(|poisoned| {
            // A panic left the instance half changed. What is durable is whole: stop, and start again from it.
            self.fail("A part of the server failed in the middle of a change. Start it again.");
            PoisonError::into_inner(poisoned)
        })
    }

    fn perform(self: &Arc<Self>, action: Action) {
        match action {
            Action::Wake(session) => self.sessions.wake(session),
            Action::EndSession(session) => self.sessions.end(session),
            Action::Flush => self.commits.notify(),
            Action::Pump(address) => self.links.pump(self, address),
            Action::ListenerChanged => self.endpoint.send_modify(|changes| *changes += 1),
            Action::Log(entry) => log::entry(&entry),
        }
    }

    /// Runs a task until it ends or the server stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, &self.runtime);
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the store has come; changes are seen by whoever awaits them.
    pub(crate) fn durable(&self) -> watch::Receiver<CommitSequence> {
        self.durable.subscribe()
    }

    /// For the commit thread.
    pub(crate) fn set_durable(&self, sequence: CommitSequence) {
        self.durable.send_replace(sequence);
    }

    /// Changes of the broker endpoint.
    pub(crate) fn endpoint_changes(&self) -> watch::Receiver<u64> {
        self.endpoint.subscribe()
    }

    /// Becomes true when the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Whether the server stops.
    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Nothing can be made durable any more: nothing is answered any more either.
    pub(crate) fn fail(&self, reason: &str) {
        if self.failure.set(reason.to_owned()).is_ok() {
            tracing::error!("{reason}");
            self.stop.send_replace(true);
        }
    }

    /// Why the server failed, if it did.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Has all tasks stop and waits for them.
    pub(crate) async fn stop_tasks(&self) {
        self.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks());
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_PATIENCE, all).await.is_err() {
            tracing::warn!("some connections did not end by themselves and were cut");
        }
        tasks.shutdown().await;
    }
}
