//! What all tasks share: the instance behind its lock, and the ways to reach each other.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use duologue_broker::{Action, Instance};
use duologue_keys::GeneratedKeys;
use duologue_session::{Host, ProgramCache};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::broker::Links;
use crate::clock;
use crate::commit::{self, Commits};
use crate::durable::Durable;
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
    pub(crate) commits: Commits,
    pub(crate) next_timer: NextTimer,
    pub(crate) durable: Durable,
    /// Compiled texts, for all sessions.
    pub(crate) programs: Arc<ProgramCache>,
    /// So much waits for the disk that nothing more is taken from other brokers.
    congested: watch::Sender<bool>,
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
        let durable = Durable::new(instance.durable_up_to());
        let store = instance.store().clone();
        Arc::new(Self {
            instance: Mutex::new(instance),
            files,
            sessions: Arc::default(),
            links: Links::default(),
            commits: Commits::new(store),
            next_timer: NextTimer::default(),
            durable,
            programs: Arc::default(),
            congested: watch::Sender::new(false),
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
        let (outcome, is_flush_due) = self.use_instance(work);
        if is_flush_due {
            self.commits.notify();
        }
        outcome
    }

    /// The outcome, and whether something waits to be committed.
    fn use_instance<T>(self: &Arc<Self>, work: impl FnOnce(&mut Instance) -> T) -> (T, bool) {
        let mut instance = self.lock();
        let outcome = work(&mut instance);
        let actions = instance.take_actions();
        let next_timer = instance.next_timer();
        let is_congested = instance.is_congested();
        if let Some(failure) = instance.failure() {
            self.fail(&failure.text);
        }
        drop(instance);
        self.congested.send_if_modified(|was| std::mem::replace(was, is_congested) != is_congested);
        self.next_timer.set(next_timer);
        let is_flush_due = actions.contains(&Action::Flush);
        actions.into_iter().for_each(|action| self.perform(action));
        (outcome, is_flush_due)
    }

    /// The same for sessions, whose work also needs the host. What they commit may be durable when this returns.
    pub(crate) fn with_host<T>(self: &Arc<Self>, work: impl FnOnce(&mut Instance, &mut Host<'_>) -> T) -> T {
        let mut keys = GeneratedKeys;
        // Local time is UTC, as in SQL Server's containers.
        let mut host =
            Host { now: clock::now(), utc_offset_minutes: 0, files: &self.files, private_keys: &mut keys };
        let (outcome, is_flush_due) = self.use_instance(|instance| work(instance, &mut host));
        if is_flush_due {
            commit::here_or_notify(self);
        }
        outcome
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
            // The caller sees to it.
            Action::Flush => {}
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

    /// Whether the store can't keep up.
    pub(crate) fn congested(&self) -> watch::Receiver<bool> {
        self.congested.subscribe()
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
