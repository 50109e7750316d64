//! Counters before and after.

use std::iter::Sum;
use std::time::Duration;

use super::{BlockDevice, Process};

/// What is watched while load runs.
#[derive(Clone, Default, Debug)]
pub(crate) struct Meters {
    /// The servers, as far as they run here.
    pub(crate) servers: Vec<Process>,
    /// The disk of the servers' data.
    pub(crate) device: Option<BlockDevice>,
}

/// Counters; what the system does not tell is None. Of one moment, or the difference of two.
#[derive(Clone, Default, Debug)]
pub(crate) struct Usage {
    pub(crate) client_cpu: Option<Duration>,
    pub(crate) server_cpu: Option<Duration>,
    /// Of the whole disk, whoever asked for them.
    pub(crate) flushes: Option<u64>,
    pub(crate) written_bytes: Option<u64>,
    /// The servers' memory at the later moment.
    pub(crate) resident_bytes: Option<u64>,
}

impl Meters {
    pub(crate) fn read(&self) -> Usage {
        Usage {
            client_cpu: Process::own().cpu(),
            server_cpu: self.sum(Process::cpu),
            flushes: self.device.as_ref().and_then(BlockDevice::flushes),
            written_bytes: self.sum(Process::written_bytes),
            resident_bytes: self.sum(Process::resident_bytes),
        }
    }

    /// None if one of them does not tell, or there are none.
    fn sum<T: Sum>(&self, read: fn(Process) -> Option<T>) -> Option<T> {
        if self.servers.is_empty() { None } else { self.servers.iter().map(|server| read(*server)).sum() }
    }
}

impl Usage {
    pub(crate) fn since(self, before: &Self) -> Self {
        let duration =
            |after: Option<Duration>, before: Option<Duration>| Some(after?.saturating_sub(before?));
        let number = |after: Option<u64>, before: Option<u64>| Some(after?.saturating_sub(before?));
        Self {
            client_cpu: duration(self.client_cpu, before.client_cpu),
            server_cpu: duration(self.server_cpu, before.server_cpu),
            flushes: number(self.flushes, before.flushes),
            written_bytes: number(self.written_bytes, before.written_bytes),
            resident_bytes: self.resident_bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences() {
        let before = Usage { flushes: Some(3), written_bytes: None, ..Usage::default() };
        let after = Usage { flushes: Some(10), written_bytes: Some(1), ..Usage::default() };
        let used = Usage { resident_bytes: Some(9), ..after }.since(&before);
        assert_eq!((used.flushes, used.written_bytes, used.resident_bytes), (Some(7), None, Some(9)));
    }

    #[test]
    fn without_servers_nothing_is_known_of_them() {
        let usage = Meters::default().read();
        assert!(usage.client_cpu.is_some());
        assert!(usage.server_cpu.is_none() && usage.flushes.is_none());
    }
}
