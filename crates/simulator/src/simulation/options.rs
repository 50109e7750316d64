//! What a simulation is to be made of.

/// A bug that is planted on purpose: the checkers must find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Canary {
    /// The commit thread reports batches before they are durable.
    AcknowledgeBeforeDurable,
    /// A wake-up is lost now and then.
    LoseWakes,
}

/// How often each fault happens, in thousandths, and how much is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Steps with faults; then they stop and everything must finish.
    pub steps: usize,
    /// Envelopes lost.
    pub loss: u32,
    /// Envelopes delivered twice.
    pub duplication: u32,
    /// Envelopes delayed by up to a minute and a half; the others take up to 20 ms, in any order.
    pub delay: u32,
    /// Steps at which a node crashes.
    pub crashes: u32,
    /// Steps at which a link is cut or mended.
    pub partitions: u32,
    /// Steps at which a node's clock jumps.
    pub clock_jumps: u32,
    /// Steps at which an administrator interferes: queues off, routes dropped.
    pub administration: u32,
    /// The planted bug.
    pub canary: Option<Canary>,
}

impl Options {
    /// Every kind of fault, `steps` steps.
    pub fn all_faults(steps: usize) -> Self {
        Self {
            steps,
            loss: 50,
            duplication: 50,
            delay: 50,
            crashes: 4,
            partitions: 4,
            clock_jumps: 2,
            administration: 4,
            canary: None,
        }
    }

    /// No faults at all.
    pub fn calm(steps: usize) -> Self {
        Self {
            loss: 0,
            duplication: 0,
            delay: 0,
            crashes: 0,
            partitions: 0,
            clock_jumps: 0,
            administration: 0,
            ..Self::all_faults(steps)
        }
    }

    /// One class of faults by its name: `loss`, `crashes`, …
    pub fn class(name: &str, steps: usize) -> Option<Self> {
        let calm = Self::calm(steps);
        Some(match name {
            "all" => Self::all_faults(steps),
            "calm" => calm,
            "loss" => Self { loss: 150, ..calm },
            "duplication" => Self { duplication: 200, ..calm },
            "delay" => Self { delay: 200, ..calm },
            "crashes" => Self { crashes: 15, ..calm },
            "partitions" => Self { partitions: 10, ..calm },
            "clocks" => Self { clock_jumps: 10, ..calm },
            "administration" => Self { administration: 15, ..calm },
            _ => return None,
        })
    }
}
