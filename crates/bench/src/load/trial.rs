//! How full a queue has to be for clients to be busy with it all the time.

use std::time::Duration;

use super::{Outcome, Timing, Worker, drive};
use crate::measure::Meters;

/// Requests of each client from which the rate is guessed.
const TRIAL_STEPS: u64 = 10;
/// The guess may be that much too low.
const RESERVE: f64 = 1.4;
/// For workers that finish by themselves.
const UNTIL_THE_END: Timing = Timing { warm_up: Duration::ZERO, measured: Duration::from_secs(3600) };

/// `empty` fills a queue with at least so many messages and receives them for as long as it is told: first a few, to
/// learn the rate, then as many as the time takes.
pub(crate) async fn after_trial(
    clients: usize,
    batch: u32,
    timing: Timing,
    mut empty: impl AsyncFnMut(u64, Timing) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    let trial = TRIAL_STEPS * u64::from(batch) * clients as u64;
    let rate = empty(trial, UNTIL_THE_END).await?.rate();
    let seconds = (timing.warm_up + timing.measured).as_secs_f64();
    empty(((rate * seconds * RESERVE) as u64).max(trial), timing).await
}

/// Runs workers that finish by themselves.
pub(crate) async fn to_the_end<W: Worker>(workers: Vec<W>) -> anyhow::Result<()> {
    drive(workers, UNTIL_THE_END, &Meters::default()).await.map(drop)
}
