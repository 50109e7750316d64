//! Guessing passwords is made slow: each failure from an address makes the next answer to it come later.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Typing mistakes that cost nothing.
const FREE_FAILURES: u32 = 3;
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_DELAY: Duration = Duration::from_secs(10);
/// After which an address is forgiven.
const MEMORY: Duration = Duration::from_secs(600);
/// Addresses remembered at a time; a guesser may have more of them, memory not.
const MAX_ADDRESSES: usize = 16 * 1024;

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

/// Failed logins by address.
#[derive(Default)]
pub(super) struct SlowDown {
    by_address: Mutex<HashMap<IpAddr, Failures>>,
}

impl SlowDown {
    /// How long the next login from there has to wait.
    pub(super) fn delay(&self, address: IpAddr, now: Instant) -> Duration {
        let Some(failures) = self.lock().get(&address).copied() else { return Duration::ZERO };
        if now.duration_since(failures.last) >= MEMORY {
            return Duration::ZERO;
        }
        match failures.count.checked_sub(FREE_FAILURES + 1) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY.saturating_mul(1 << doublings.min(16)).min(LONGEST_DELAY),
        }
    }

    /// A login from there failed.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) {
        let mut by_address = self.lock();
        if by_address.len() >= MAX_ADDRESSES {
            by_address.retain(|_, failures| now.duration_since(failures.last) < MEMORY);
        }
        if by_address.len() >= MAX_ADDRESSES && !by_address.contains_key(&address) {
            return;
        }
        let failures = by_address.entry(address).or_insert(Failures { count: 0, last: now });
        if now.duration_since(failures.last) >= MEMORY {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    /// A login from there succeeded.
    pub(super) fn succeeded(&self, address: IpAddr) {
        self.lock().remove(&address);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.by_address.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_add_up_by_address_and_are_forgiven() {
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let slow_down = SlowDown::default();
        let start = Instant::now();
        let mut delays = Vec::new();
        for _ in 0..12 {
            delays.push(slow_down.delay(here, start).as_millis());
            slow_down.failed(here, start);
        }
        assert_eq!(delays, [0, 0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(slow_down.delay(there, start), Duration::ZERO);
        assert_eq!(slow_down.delay(here, start + MEMORY), Duration::ZERO);
        slow_down.failed(here, start + MEMORY);
        assert_eq!(slow_down.delay(here, start + MEMORY), Duration::ZERO, "counts anew");
        slow_down.failed(there, start);
        slow_down.succeeded(there);
        assert!(!slow_down.lock().contains_key(&there));
    }
}
