//! Closed loops: every worker has one request outstanding, all of them in one thread.

mod body;
mod ledger;
mod trial;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::Notify;
use tokio::task::LocalSet;

use crate::measure::{Histogram, Meters, Usage};

pub(crate) use body::{Body, Stamp};
pub(crate) use ledger::Ledger;
pub(crate) use trial::{after_trial, to_the_end};

/// A request that takes longer than this after the end of its cell will not be answered any more.
const LAST_ANSWER: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(5);

/// What a worker's step did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// That many messages went.
    Messages(u64),
    /// There is nothing more to do.
    Finished,
}

/// One client.
pub(crate) trait Worker: 'static {
    /// One request and its answer.
    fn step(&mut self) -> impl Future<Output = anyhow::Result<Step>>;
}

/// How long a cell takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
}

/// What happened in the measured time.
pub(crate) struct Outcome {
    pub(crate) messages: u64,
    pub(crate) steps: u64,
    pub(crate) elapsed: Duration,
    /// Nanoseconds of each step.
    pub(crate) latency: Histogram,
    pub(crate) usage: Usage,
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.messages as f64 / self.elapsed.as_secs_f64()
    }
}

/// What the workers share.
struct Tally {
    latency: RefCell<Histogram>,
    messages: Cell<u64>,
    steps: Cell<u64>,
    is_measuring: Cell<bool>,
    is_over: Cell<bool>,
    /// Somebody found nothing more to do.
    has_finished: Cell<bool>,
    running: Cell<usize>,
    last: Cell<Instant>,
    all_finished: Notify,
}

impl Tally {
    fn count(&self, started: Instant, messages: u64) {
        let now = Instant::now();
        self.last.set(now);
        if self.is_measuring.get() {
            self.messages.set(self.messages.get() + messages);
            self.steps.set(self.steps.get() + 1);
            let nanoseconds = u64::try_from((now - started).as_nanos()).unwrap_or(u64::MAX);
            self.latency.borrow_mut().record(nanoseconds);
        }
    }
}

/// Ends a worker's count however it ends.
struct Running(Rc<Tally>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get() - 1);
        if self.0.running.get() == 0 {
            self.0.all_finished.notify_one();
        }
    }
}

async fn work<W: Worker>(mut worker: W, tally: Rc<Tally>) -> anyhow::Result<W> {
    let running = Running(tally);
    let tally = &running.0;
    while !tally.is_over.get() {
        let started = Instant::now();
        match worker.step().await? {
            Step::Messages(messages) => tally.count(started, messages),
            Step::Finished => {
                tally.has_finished.set(true);
                break;
            }
        }
    }
    Ok(worker)
}

/// Drives the workers through a warm-up and the measured time, or until all have finished; gives them back.
pub(crate) async fn drive<W: Worker>(
    workers: Vec<W>,
    timing: Timing,
    meters: &Meters,
) -> anyhow::Result<(Outcome, Vec<W>)> {
    let tally = Rc::new(Tally {
        latency: RefCell::default(),
        messages: Cell::default(),
        steps: Cell::default(),
        is_measuring: Cell::new(timing.warm_up.is_zero()),
        is_over: Cell::default(),
        has_finished: Cell::default(),
        running: Cell::new(workers.len()),
        last: Cell::new(Instant::now()),
        all_finished: Notify::new(),
    });
    let local = LocalSet::new();
    let before_warm_up = (Instant::now(), meters.read());
    let tasks: Vec<_> =
        workers.into_iter().map(|worker| local.spawn_local(work(worker, tally.clone()))).collect();
    let (outcome, workers) = local
        .run_until(async {
            let (start, before) = if timing.warm_up.is_zero() {
                before_warm_up
            } else {
                finished_within(timing.warm_up, &tally).await;
                tally.is_measuring.set(true);
                (Instant::now(), meters.read())
            };
            finished_within(timing.measured, &tally).await;
            // On a starved machine a short time passes without any answer: it goes on until there is one.
            while tally.steps.get() == 0 && !tally.has_finished.get() && start.elapsed() < LAST_ANSWER {
                finished_within(PAUSE, &tally).await;
            }
            let end = Instant::now();
            let usage = meters.read().since(&before);
            tally.is_measuring.set(false);
            tally.is_over.set(true);
            let mut back = Vec::with_capacity(tasks.len());
            for task in tasks {
                let joined = tokio::time::timeout(LAST_ANSWER, task).await;
                back.push(joined.context("a request was not answered within a minute")???);
            }
            // Who finished has waited for more before: the work ended with the last message.
            let end = if tally.has_finished.get() { tally.last.get().min(end) } else { end };
            let outcome = Outcome {
                messages: tally.messages.get(),
                steps: tally.steps.get(),
                elapsed: end.saturating_duration_since(start),
                latency: tally.latency.take(),
                usage,
            };
            anyhow::Ok((outcome, back))
        })
        .await?;
    Ok((outcome, workers))
}

/// Waits that long, or until all workers have finished.
async fn finished_within(time: Duration, tally: &Tally) {
    if tally.running.get() > 0 {
        // Which of the two it was is known otherwise.
        let _ = tokio::time::timeout(time, tally.all_finished.notified()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes two steps of 5 messages.
    struct Twice(u32);

    impl Worker for Twice {
        async fn step(&mut self) -> anyhow::Result<Step> {
            self.0 += 1;
            Ok(if self.0 > 2 { Step::Finished } else { Step::Messages(5) })
        }
    }

    struct Endless(u64);

    impl Worker for Endless {
        async fn step(&mut self) -> anyhow::Result<Step> {
            self.0 += 1;
            tokio::task::yield_now().await;
            Ok(Step::Messages(1))
        }
    }

    pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(future)
    }

    fn timing(warm_up: u64, measured: u64) -> Timing {
        Timing { warm_up: Duration::from_millis(warm_up), measured: Duration::from_millis(measured) }
    }

    #[test]
    fn workers_that_finish_end_the_cell() {
        let meters = Meters::default();
        let driven = drive(vec![Twice(0), Twice(0)], timing(0, 60_000), &meters);
        let (outcome, _) = block_on(driven).expect("no errors");
        assert_eq!((outcome.messages, outcome.steps), (20, 4));
        assert!(outcome.elapsed < Duration::from_secs(60));
    }

    #[test]
    fn the_warm_up_is_not_counted() {
        let meters = Meters::default();
        let (outcome, workers) =
            block_on(drive(vec![Endless(0)], timing(20, 20), &meters)).expect("no errors");
        assert!(outcome.messages > 0);
        assert!(workers[0].0 > outcome.messages);
        assert_eq!(outcome.latency.count(), outcome.steps);
    }
}
