//! How full a queue has to be for clients to be busy with it all the time.

use std::time::Duration;

use anyhow::bail;

use super::{Outcome, Timing, Worker, drive};
use crate::measure::Meters;

/// Requests of each client from which the rate is guessed.
const TRIAL_STEPS: u64 = 10;
/// The guess may be that much too low.
const RESERVE: f64 = 1.4;
/// Share of the time that the queue must have lasted, lest the figure be of a moment; else it is filled with more.
const ENOUGH: f64 = 0.8;
const MORE: u64 = 2;
const ATTEMPTS: u32 = 8;
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
    let mut messages = ((rate * seconds * RESERVE) as u64).max(trial);
    for _ in 0..ATTEMPTS {
        let outcome = empty(messages, timing).await?;
        if outcome.elapsed >= timing.measured.mul_f64(ENOUGH) {
            return Ok(outcome);
        }
        messages *= MORE;
    }
    bail!("the queue was empty too early, again and again")
}

/// Runs workers that finish by themselves.
pub(crate) async fn to_the_end<W: Worker>(workers: Vec<W>) -> anyhow::Result<()> {
    drive(workers, UNTIL_THE_END, &Meters::default()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::tests::block_on;
    use super::*;
    use crate::load::Step;

    /// A message a millisecond; then it waits as long as RECEIVE does before it gives up.
    struct Slow(u64);

    impl Worker for Slow {
        async fn step(&mut self) -> anyhow::Result<Step> {
            if self.0 == 0 {
                tokio::time::sleep(Duration::from_millis(100)).await;
                return Ok(Step::Finished);
            }
            self.0 -= 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok(Step::Messages(1))
        }
    }

    #[test]
    fn a_queue_that_was_too_short_is_filled_with_more() {
        let timing = Timing { warm_up: Duration::from_millis(10), measured: Duration::from_millis(50) };
        let mut filled = Vec::new();
        let outcome = after_trial(1, 1, timing, async |messages, timing| {
            filled.push(messages);
            // The second time the queue is empty before the measured time begins.
            let messages = if filled.len() == 2 { 1 } else { messages };
            Ok(drive(vec![Slow(messages)], timing, &Meters::default()).await?.0)
        });
        let outcome = block_on(outcome).expect("the third time it lasts, or a later one");
        assert!(filled.len() >= 3 && filled[2] == 2 * filled[1], "{filled:?}");
        assert!(outcome.elapsed >= timing.measured.mul_f64(ENOUGH) && outcome.messages > 0);
    }
}
