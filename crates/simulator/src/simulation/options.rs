//! What a simulation is to be made of.

/// A bug that is planted on purpose: the checkers must find it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Canary {
    /// The commit thread reports batches before they are durable.
    AcknowledgeBeforeDurable,
    /// A wake-up is lost now and then.
    LoseWakes,
    /// A message that came twice is taken for another one.
    AcceptDuplicates,
    /// Two messages of a conversation change places.
    BreakOrder,
    /// A session that ends leaves its transaction and its locks behind.
    LeakLocks,
    /// A secured message carries its body in clear.
    SendInClear,
    /// Acknowledgements arrive and change nothing.
    IgnoreAcknowledgements,
    /// Timers fire half a minute late.
    FireLate,
}

impl Canary {
    /// All of them, by name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("durable", Self::AcknowledgeBeforeDurable),
        ("wakes", Self::LoseWakes),
        ("duplicates", Self::AcceptDuplicates),
        ("order", Self::BreakOrder),
        ("locks", Self::LeakLocks),
        ("clear", Self::SendInClear),
        ("acknowledgements", Self::IgnoreAcknowledgements),
        ("timers", Self::FireLate),
    ];

    /// The canary of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(own, _)| *own == name).map(|(_, canary)| canary)
    }
}

/// How often each fault happens, in thousandths, and how much is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Steps with faults; then they stop and everything must finish.
    pub steps: usize,
    /// Envelopes lost.
    pub loss: u32,
    /// Envelopes delivered twice.
    pub duplication: u32,
    /// Envelopes that overtake others: they take up to 20 ms, where the rest arrives in order.
    pub reordering: u32,
    /// Envelopes delayed by up to a minute and a half.
    pub delay: u32,
    /// Steps at which a node's process dies; it is down for a while, or starts at once.
    pub crashes: u32,
    /// Writes at which the process dies: before the flush, or after it.
    pub crashing_writes: u32,
    /// Writes that find the disk full: the process dies, and finds no space for a while.
    pub full_disks: u32,
    /// Steps at which a link is cut or mended, and both ends notice.
    pub partitions: u32,
    /// Steps at which a link dies and its sender does not notice for a while.
    pub half_open: u32,
    /// Steps at which a node's clock jumps, forwards or backwards.
    pub clock_jumps: u32,
    /// Steps at which a queue is switched off or on.
    pub queues: u32,
    /// Steps at which a route is dropped, made again or leads astray.
    pub routes: u32,
    /// Steps at which a remote service binding is dropped, made again or altered.
    pub bindings: u32,
    /// Steps at which keys or certificates change.
    pub keys: u32,
    /// Steps at which the configuration service is asked to work, and events are raised; there is one if it is above 0.
    pub notices: u32,
    /// Statements of clients that are END CONVERSATION WITH CLEANUP, of a thousand that end one.
    pub cleanups: u32,
    /// The planted bug.
    pub canary: Option<Canary>,
}

/// The classes of faults, by the names that [`Options::class`] takes.
pub const CLASSES: [&str; 15] = [
    "calm",
    "loss",
    "duplication",
    "reordering",
    "delay",
    "crashes",
    "disk",
    "partitions",
    "half-open",
    "clocks",
    "queues",
    "routes",
    "bindings",
    "keys",
    "notices",
];

impl Options {
    /// Every kind of fault, `steps` steps.
    pub fn all_faults(steps: usize) -> Self {
        Self {
            steps,
            loss: 20,
            duplication: 30,
            reordering: 100,
            delay: 10,
            crashes: 2,
            crashing_writes: 2,
            full_disks: 1,
            partitions: 3,
            half_open: 3,
            clock_jumps: 2,
            queues: 3,
            routes: 3,
            bindings: 2,
            keys: 2,
            notices: 30,
            cleanups: 100,
            canary: None,
        }
    }

    /// No faults at all.
    pub fn calm(steps: usize) -> Self {
        Self { steps, ..Self::default() }
    }

    /// One class of faults by its name: one of [`CLASSES`], or `all`.
    pub fn class(name: &str, steps: usize) -> Option<Self> {
        let calm = Self { cleanups: 20, ..Self::calm(steps) };
        Some(match name {
            "all" => Self::all_faults(steps),
            "calm" => Self::calm(steps),
            "loss" => Self { loss: 100, ..calm },
            "duplication" => Self { duplication: 200, reordering: 100, ..calm },
            "reordering" => Self { reordering: 300, ..calm },
            "delay" => Self { delay: 50, ..calm },
            "crashes" => Self { crashes: 10, ..calm },
            "disk" => Self { crashing_writes: 10, full_disks: 3, ..calm },
            "partitions" => Self { partitions: 10, ..calm },
            "half-open" => Self { half_open: 10, ..calm },
            "clocks" => Self { clock_jumps: 10, ..calm },
            "queues" => Self { queues: 10, ..calm },
            "routes" => Self { routes: 10, ..calm },
            "bindings" => Self { bindings: 10, ..calm },
            "keys" => Self { keys: 10, ..calm },
            "notices" => Self { notices: 100, bindings: 3, routes: 3, ..calm },
            _ => return None,
        })
    }

    /// Nothing that would make a broker send the same fragment twice.
    pub(crate) fn sends_once(&self) -> bool {
        *self == Self { steps: self.steps, canary: self.canary, ..Self::default() }
    }

    /// No fault changes what protects new dialogs, or lets a broker refuse to open what it gets.
    pub(crate) fn protection_is_steady(&self) -> bool {
        self.bindings == 0 && self.notices == 0 && self.keys == 0
    }
}
