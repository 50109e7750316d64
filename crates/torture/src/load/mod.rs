//! Load like that of a broker's users: senders with transactions of their own, receivers that commit what they take.

mod body;
mod ledger;
mod receiver;
mod sender;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};

pub use ledger::Tally;
pub(crate) use ledger::{Ledger, Receipt};

use crate::client::{Client, Target};
use crate::pair::{DATABASE, Pair, QUEUE};

/// Where receivers note what they took, in the transaction that takes it.
const RECEIVED: &str = "Received";
/// Until everything that was answered has arrived; a half-open connection may have to be noticed meanwhile.
const PATIENCE: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(100);
/// Rows read at a time.
const PAGE: usize = 1000;

/// How much load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strength {
    pub(crate) senders: u32,
    pub(crate) receivers: u32,
    /// Messages of half a megabyte and more.
    pub(crate) is_heavy: bool,
}

impl Strength {
    /// The numbers of the senders say what they send.
    fn senders(self) -> Range<u32> {
        let first = if self.is_heavy { body::FIRST_HEAVY } else { 0 };
        first..first + self.senders
    }
}

impl Default for Strength {
    fn default() -> Self {
        Self { senders: 4, receivers: 3, is_heavy: false }
    }
}

/// What the threads share.
#[derive(Default)]
pub(crate) struct Shared {
    ledger: Mutex<Ledger>,
    senders_end: AtomicBool,
    receivers_end: AtomicBool,
    receivers_pause: AtomicBool,
    /// Transactions that the server answered, by senders and by receivers.
    sent: AtomicU64,
    received: AtomicU64,
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Threads = Vec<JoinHandle<anyhow::Result<()>>>;

/// A load under way. [`Self::finish`] says what became of every message.
pub(crate) struct Load {
    shared: Arc<Shared>,
    senders: Threads,
    receivers: Threads,
    far: Target,
}

impl Load {
    pub(crate) fn start(pair: &Pair, strength: Strength, seed: u64) -> anyhow::Result<Self> {
        let mut far = Client::open(&pair.far.target, DATABASE)?;
        far.batch(&format!(
            "IF OBJECT_ID('{RECEIVED}') IS NULL \
             CREATE TABLE {RECEIVED} (id int IDENTITY, stamp varbinary(8), bytes int)"
        ))?;
        let shared = Arc::new(Shared::default());
        let senders = strength.senders().map(|number| {
            let (shared, target) = (shared.clone(), pair.near.target.clone());
            std::thread::spawn(move || sender::run(&shared, &target, number, seed))
        });
        let senders = senders.collect();
        let receivers = (0..strength.receivers).map(|_| {
            let (shared, target) = (shared.clone(), pair.far.target.clone());
            std::thread::spawn(move || receiver::run(&shared, &target))
        });
        let receivers = receivers.collect();
        Ok(Self { shared, senders, receivers, far: pair.far.target.clone() })
    }

    /// Waits until senders and receivers have been answered that often from now on.
    pub(crate) fn progress(&self, sent: u64, received: u64, within: Duration) -> anyhow::Result<()> {
        let (had_sent, had_received) = self.answered();
        let started = Instant::now();
        loop {
            let (now_sent, now_received) = self.answered();
            if now_sent >= had_sent + sent && now_received >= had_received + received {
                return Ok(());
            }
            let (sent, received) = (now_sent - had_sent, now_received - had_received);
            ensure!(started.elapsed() < within, "only {sent} sends and {received} receives in {within:?}");
            ensure!(
                !self.receivers.iter().chain(&self.senders).any(JoinHandle::is_finished),
                "a client gave up"
            );
            std::thread::sleep(PAUSE);
        }
    }

    /// Transactions of senders and receivers that were answered.
    pub(crate) fn answered(&self) -> (u64, u64) {
        (self.shared.sent.load(Ordering::SeqCst), self.shared.received.load(Ordering::SeqCst))
    }

    /// Sends that the server refused, and the first reason.
    pub(crate) fn refused(&self) -> (u64, Option<String>) {
        self.shared.ledger().refused()
    }

    /// Whether receivers leave everything where it is.
    pub(crate) fn hold_receivers(&self, is_held: bool) {
        self.shared.receivers_pause.store(is_held, Ordering::SeqCst);
    }

    /// Nothing more is sent from now on.
    pub(crate) fn stop_sending(&mut self) -> anyhow::Result<()> {
        self.shared.senders_end.store(true, Ordering::SeqCst);
        join(&mut self.senders)
    }

    /// Lets everything arrive and looks at it. Both servers must run, and the links carry.
    pub(crate) fn finish(mut self, pair: &Pair) -> anyhow::Result<Tally> {
        self.stop_sending()?;
        let arrived = self.wait_for_arrival(pair);
        self.shared.receivers_end.store(true, Ordering::SeqCst);
        join(&mut self.receivers)?;
        self.read_receipts()?;
        let tally = self.shared.ledger().close();
        arrived.map(|()| tally)
    }

    fn wait_for_arrival(&self, pair: &Pair) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut near = Client::open(&pair.near.target, DATABASE)?;
        let mut far = Client::open(&pair.far.target, DATABASE)?;
        loop {
            let waiting = near.integer("SELECT COUNT(*) FROM sys.transmission_queue")?;
            let queued = far.integer(&format!("SELECT COUNT(*) FROM {QUEUE}"))?;
            if waiting == 0 && queued == 0 {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                let reply = near.batch("SELECT TOP (1) transmission_status FROM sys.transmission_queue")?;
                bail!(
                    "{waiting} messages wait for transmission ({}), {queued} to be received",
                    reply.text(0, 0)
                );
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn read_receipts(&self) -> anyhow::Result<()> {
        let mut far = Client::open(&self.far, DATABASE)?;
        let mut last = 0;
        loop {
            let reply = far.batch(&format!(
                "SELECT TOP ({PAGE}) id, stamp, bytes FROM {RECEIVED} WHERE id > {last} ORDER BY id"
            ))?;
            let mut ledger = self.shared.ledger();
            for row in 0..reply.rows() {
                last = reply.integer(row, 0);
                let bytes = usize::try_from(reply.integer(row, 2))?;
                ledger.note_receipt(Receipt::read(reply.value(row, 1), bytes)?);
            }
            if reply.rows() < PAGE {
                break;
            }
        }
        far.batch(&format!("DELETE FROM {RECEIVED}")).map(drop)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.senders_end.store(true, Ordering::SeqCst);
        self.shared.receivers_end.store(true, Ordering::SeqCst);
    }
}

fn join(threads: &mut Threads) -> anyhow::Result<()> {
    for thread in threads.drain(..) {
        match thread.join() {
            Ok(outcome) => outcome?,
            Err(_) => bail!("a client panicked"),
        }
    }
    Ok(())
}
