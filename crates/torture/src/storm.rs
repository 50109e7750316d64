//! Rounds under load: in each something happens to a server or to the link; then every message is accounted for.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::chance::Chance;
use crate::load::{Load, Strength, Tally};
use crate::pair::Pair;
use crate::server::{Build, Server};

/// After so many rounds all messages are accounted for.
const ROUNDS_PER_LOAD: u32 = 10;
/// For the load to go on after a round; a dead peer is noticed after a minute.
const PATIENCE: Duration = Duration::from_secs(120);
/// Once in so many rounds a connection is left half open.
const RARELY: u64 = 40;

/// What may happen in a round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// `kill -9` of either server or both, and a start on the same data.
    Kill,
    /// SIGSTOP and, after a while, SIGCONT.
    Stop,
    /// The link between the brokers is cut, late, stalled or changes bytes.
    Link,
    /// Any of these.
    Any,
}

/// Rounds, and what became of the messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// Rounds done.
    pub rounds: u32,
    /// Processes killed.
    pub kills: u32,
    /// Bytes of the link that were changed.
    pub corrupted: u64,
    /// The longest time from a start to readiness.
    pub slowest_start: Duration,
    /// The messages.
    pub tally: Tally,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rounds, kills, corrupted, slowest_start, tally } = self;
        write!(f, "{rounds} rounds ({kills} kills, slowest start {slowest_start:.1?}, ")?;
        write!(f, "{corrupted} bytes changed): {tally}")
    }
}

struct Storm {
    pair: Pair,
    fault: Fault,
    chance: Chance,
    outcome: Outcome,
}

/// Runs the rounds; an unclean tally is an error. `told` hears of each load.
pub fn run(
    build: &Build,
    folder: &Path,
    fault: Fault,
    rounds: u32,
    seed: u64,
    told: &mut dyn FnMut(&Outcome),
) -> anyhow::Result<Outcome> {
    let mut storm = Storm {
        pair: Pair::start(build, folder)?,
        fault,
        chance: Chance::new(seed),
        outcome: Outcome::default(),
    };
    while storm.outcome.rounds < rounds {
        let count = ROUNDS_PER_LOAD.min(rounds - storm.outcome.rounds);
        let load = Load::start(&storm.pair, Strength::default(), seed + u64::from(storm.outcome.rounds))?;
        storm.rounds(&load, count)?;
        let tally = load.finish(&storm.pair).with_context(|| storm.pair.state())?;
        storm.outcome.tally = [storm.outcome.tally, tally].into_iter().sum();
        told(&storm.outcome);
        ensure!(tally.is_clean(), "messages went wrong: {tally}");
    }
    Ok(storm.outcome)
}

impl Storm {
    fn rounds(&mut self, load: &Load, count: u32) -> anyhow::Result<()> {
        for _ in 0..count {
            std::thread::sleep(self.chance.between(20, 400));
            let any = [Fault::Kill, Fault::Stop, Fault::Link][self.outcome.rounds as usize % 3];
            match if self.fault == Fault::Any { any } else { self.fault } {
                Fault::Kill => self.kill()?,
                Fault::Stop => self.stop()?,
                Fault::Link | Fault::Any => self.link(),
            }
            self.outcome.rounds += 1;
            load.progress(2, 2, PATIENCE).with_context(|| self.pair.state())?;
        }
        if let (refused, Some(reason)) = load.refused() {
            anyhow::bail!("{refused} sends were refused: {reason}");
        }
        Ok(())
    }

    /// Either server or both.
    fn victims(&mut self) -> Vec<&mut Server> {
        let which = self.chance.below(3);
        let Pair { near, far, .. } = &mut self.pair;
        match which {
            0 => vec![near],
            1 => vec![far],
            _ => vec![near, far],
        }
    }

    fn kill(&mut self) -> anyhow::Result<()> {
        let down = self.chance.between(0, 200);
        let mut slowest = Duration::ZERO;
        let mut kills = 0;
        let mut victims = self.victims();
        for server in &mut victims {
            server.kill()?;
            kills += 1;
        }
        std::thread::sleep(down);
        for server in victims {
            let started = Instant::now();
            server.restart()?;
            slowest = slowest.max(started.elapsed());
        }
        self.outcome.kills += kills;
        self.outcome.slowest_start = self.outcome.slowest_start.max(slowest);
        Ok(())
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        let asleep = self.chance.between(20, 1500);
        let victims = self.victims();
        for server in &victims {
            server.suspend(true)?;
        }
        std::thread::sleep(asleep);
        for server in &victims {
            server.suspend(false)?;
        }
        Ok(())
    }

    fn link(&mut self) {
        let chunks = 1 + self.chance.below(3);
        let (pause, delay) = (self.chance.between(50, 1500), self.chance.between(5, 150));
        let direction = usize::from(self.chance.one_in(2));
        let what = if self.chance.one_in(RARELY) { 4 } else { self.chance.below(4) };
        let link = &self.pair.links[direction];
        match what {
            0 => link.cut(),
            1 => {
                link.delay(delay);
                std::thread::sleep(pause);
                link.delay(Duration::ZERO);
            }
            2 => {
                link.stall(true);
                std::thread::sleep(pause);
                link.stall(false);
            }
            3 => link.corrupt(chunks),
            // Nobody is told: the brokers find out within a minute.
            _ => link.half_open(),
        }
        self.outcome.corrupted = self.pair.links.iter().map(crate::proxy::Proxy::corrupted).sum();
    }
}
