//! The only place that reads a clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duologue_types::Timestamp;

/// Nobody waits longer in one piece: a clock that is set meanwhile is noticed.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Now, UTC.
pub(crate) fn now() -> Timestamp {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => Timestamp(0) + since,
        Err(before) => Timestamp(-i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX)),
    }
}

/// Sleeps until `at` or for a minute, whichever is shorter; without a moment, forever.
pub(crate) async fn sleep_until(at: Option<Timestamp>) {
    match at {
        Some(at) => tokio::time::sleep((at - now()).min(LONGEST_SLEEP)).await,
        None => std::future::pending().await,
    }
}
